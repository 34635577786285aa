lazy val V = new { val skuber = "2.4.0" }
lazy val W = new Object { val java = "8.0.1" }
val versions = Map("k8s" -> "8.0.2", "fabric8" -> "4.6.0")
val k8sVersion = "8.0.2"

def k8s(artifact: String) = "io.kubernetes" % artifact % "8.0.0"
def fabric8(version: String) = "io.fabric8" % "kubernetes-client" % version
lazy val deps = List("skuber").map(a => "io.skuber" %% a % V.skuber)

libraryDependencies ++= Seq(
  "client-java",
  "client-java-extended"
).map("io.kubernetes" % _ % k8sVersion)

libraryDependencies += k8s("client-java-spring-integration")
libraryDependencies += "io.fabric8" % "openshift-client" % versions("fabric8")
libraryDependencies += ModuleID("io.fabric8", "kubernetes-client-api", "4.6.1")
excludeDependencies += ExclusionRule("io.kubernetes", "client-java-parent")
