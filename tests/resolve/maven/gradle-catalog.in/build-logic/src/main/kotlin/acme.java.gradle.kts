dependencies {
    "implementation"(libs.findLibrary("k8s-spring").get())
}
