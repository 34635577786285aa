package com.acme.deps
object Deps { const val k8s = "io.kubernetes:client-java:${Versions.K8S}" }
