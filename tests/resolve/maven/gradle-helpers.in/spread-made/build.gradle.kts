fun fabric8(m: String, v: String) = "io.fabric8:$m:$v"
val list = listOf(fabric8("kubernetes-client", "6.3.0"), fabric8("openshift-client", "6.3.1"))

dependencies {
    list.forEach { implementation(it) }
}
