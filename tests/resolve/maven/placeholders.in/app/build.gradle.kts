dependencies {
    implementation("io.fabric8:kubernetes-client:_")
    implementation("io.fabric8:openshift-client:_")
    // The properties have no version of this one.
    implementation("io.kubernetes:client-java:_")
}
