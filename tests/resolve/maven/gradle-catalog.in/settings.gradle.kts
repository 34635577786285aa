include(":app")
includeBuild("build-logic")
dependencyResolutionManagement {
    versionCatalogs {
        create("testLibs") { from(files("gradle/test.versions.toml")) }
        create("inline") {
            version("k8s", "8.0.1")
            library("client", "io.kubernetes", "client-java").versionRef("k8s")
            library("unused", "io.fabric8:openshift-client:5.0.1")
        }
    }
}
