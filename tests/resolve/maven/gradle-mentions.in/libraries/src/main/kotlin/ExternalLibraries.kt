abstract class ExternalLibraries {
    val officialKubernetesClient = "io.kubernetes:client-java:8.0.0"
}
