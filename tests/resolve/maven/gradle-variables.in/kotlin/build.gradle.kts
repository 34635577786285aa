import com.acme.deps.Deps

val fromProperties: String by project
val alias = rootProject.extra["versions"] as Map<String, String>
val plain = extra["fromRoot"]
val lazily by lazy { "5.0.0" }
dependencies {
    implementation("io.kubernetes:client-java:$fromProperties")
    api("io.fabric8:kubernetes-client:${alias["fabric8"]}")
    other1(Deps.k8s)
    other2("io.kubernetes:client-java:$plain")
    other3("io.fabric8:kubernetes-client:$lazily")
    other4("io.fabric8:kubernetes-client:${Versions.missing}")
    other5("io.kubernetes:client-java:${providers.gradleProperty("absent").getOrElse("8.0.7")}")
    other6("io.kubernetes:client-java:${providers.gradleProperty("fromProperties").get()}")
}

val fromSystem: String by System.getProperties()
val fromNowhere: String by System.getProperties()
dependencies {
    other7("io.kubernetes:client-java-extended:$fromSystem")
    other8("io.kubernetes:client-java-extended:$fromNowhere")
    other9(Libs.K8s.extended)
}
