val k8sVersion: String by project
val fabric8Version: String by project

dependencies {
    implementation("io.kubernetes:client-java:$k8sVersion")
    implementation("io.fabric8:kubernetes-client:$fabric8Version")
    implementation("com.acme:model:$fabric8Version")
}
