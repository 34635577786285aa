val clients = listOf("io.fabric8:kubernetes-client:6.3.0", "io.kubernetes:client-java:8.0.2")
val more = listOf("io.fabric8:openshift-client:6.3.0")
val names = listOf("kubernetes-client-api")

dependencies {
    clients.forEach { implementation(it) }
    for (l in more) implementation(l)
    names.forEach { name -> implementation("io.fabric8:$name:6.3.2") }
}
