fun fabric8(m: String) = "io.fabric8:$m:4.1.0"
val openshift = fabric8("openshift-client")

dependencies {
    implementation(fabric8("kubernetes-client"))
    add("runtimeOnly", openshift)
}
