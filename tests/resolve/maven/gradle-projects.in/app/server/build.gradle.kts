plugins { id("acme.conventions") }
dependencies {
    implementation("io.fabric8:kubernetes-client-api:5.+")
    implementation("com.goyeau:kubernetes-client_2.13")
}
