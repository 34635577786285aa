extra["spring-cloud-kubernetes.version"] = "2.0.3"
dependencies {
    implementation(platform("org.springframework.cloud:spring-cloud-dependencies:2021.0.3"))
    implementation("org.springframework.cloud:spring-cloud-starter-kubernetes-fabric8")
}
