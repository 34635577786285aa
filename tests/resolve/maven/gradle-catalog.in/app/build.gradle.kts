val fabric = libs.fabric8
dependencies {
    implementation(libs.bundles.k8s)
    implementation(fabric)
    implementation(libs.dangling)
    implementation(libs.openshift)
    testImplementation(testLibs.k8s)
    other1(inline.client)
    other2("io.kubernetes:client-java:${libs.versions.k8s.get()}")
    other3(libs.not.there)
    constraints { implementation(libs.constrained) }
}
