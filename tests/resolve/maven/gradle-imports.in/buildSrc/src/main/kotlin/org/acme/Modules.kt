package org.acme

object Modules {
    const val fabric8 = "5.4.0"
    const val client = "io.fabric8:kubernetes-client:$fabric8"
    val both = listOf("io.kubernetes:client-java-extended:8.0.1", "io.fabric8:openshift-client:5.3.0")
}

const val topLevel = "8.0.5"
