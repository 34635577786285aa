val kv = (findProperty("kv") ?: "12.0.0") as String
dependencies {
    implementation("io.fabric8:kubernetes-client:$kv")
}
