val version = if (project.hasProperty("old")) "8.0.2" else { "9.0.1" }
dependencies {
    implementation("io.kubernetes:client-java-spring-integration:$version")
}
