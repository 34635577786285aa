extra["kv"] = findProperty("kv") ?: "12.0.0"
dependencies {
    implementation("io.fabric8:kubernetes-client:${extra["kv"]}")
}
