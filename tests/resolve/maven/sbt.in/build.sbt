ThisBuild / scalaVersion := "2.12.10"
val k8s = "8.0.2"
libraryDependencies ++= Seq(
  "io.kubernetes" % "client-java" % k8s,
  "io.kubernetes" % "client-java-extended" % Versions.k8s % Test,
  "com.goyeau" %% "kubernetes-client" % "0.9.0",
  "io.skuber" %% "skuber" % s"2.6.${Versions.patch}",
  "io.fabric8" % "openshift-client" % Versions.absent,
  "io.fabric8" % "kubernetes-client-api" % sys.env.getOrElse("V", "5.0.0"),
  "io.kubernetes" % "client-java-spring-integration" % "latest.release"
)
dependencyOverrides += "io.fabric8" % "kubernetes-client" % "5.4.0"
