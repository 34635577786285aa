dependencyManagement {
    imports {
        mavenBom("org.springframework.cloud:spring-cloud-dependencies:2021.0.3") {
            bomProperty("spring-cloud-kubernetes.version", "2.0.3")
        }
    }
}
dependencies {
    implementation("org.springframework.cloud:spring-cloud-starter-kubernetes-fabric8")
}
