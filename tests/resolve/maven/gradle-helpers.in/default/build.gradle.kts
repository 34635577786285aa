fun fabric8(m: String, v: String = "4.1.0") = "io.fabric8:$m:$v"

dependencies {
    implementation(fabric8("kubernetes-client", "6.3.0"))
    testImplementation(fabric8("openshift-client"))
    implementation(fabric8(m = "kubernetes-client-api", v = "6.3.1"))
}
