class ExternalLibrariesTest {
    val expected = "io.kubernetes:client-java:1.0.1"
}
