plugins { id("com.acme.libraries") }

fun fabric8(module: String) = "io.fabric8:$module:4.6.2"

dependencies {
    implementation(libs.officialKubernetesClient)
    implementation(fabric8("openshift-client"))
}
