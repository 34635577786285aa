val fabric8Version = "6.3.0"

fun fabric8(module: String): String {
    return "io.fabric8:$module:$fabric8Version"
}

dependencies {
    implementation(fabric8("kubernetes-client"))
    implementation(platform(fabric8("kubernetes-client-bom")))
}
