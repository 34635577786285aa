package com.acme

object Libs {
    object K8s {
        private const val version = "8.0.6"
        val extended get() = "io.kubernetes:client-java-extended:$version"
    }
}
