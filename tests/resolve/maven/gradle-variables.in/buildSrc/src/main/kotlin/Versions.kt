object Versions {
    const val K8S = "8.0.4"
    private const val fabric8 = "5.4.1"
    object Libs {
        const val FABRIC8 = "io.fabric8:kubernetes-client:$fabric8"
    }
}
