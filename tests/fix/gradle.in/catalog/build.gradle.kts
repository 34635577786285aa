dependencies {
    implementation(libs.k8s.client)
    implementation(libs.fabric8.client)
    implementation(libs.openshift)
}
