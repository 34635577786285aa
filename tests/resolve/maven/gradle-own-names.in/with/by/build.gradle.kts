val kv by extra { findProperty("kv") ?: "12.0.0" }
dependencies {
    implementation("io.fabric8:kubernetes-client:$kv")
}
