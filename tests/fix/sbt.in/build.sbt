val k8s = "8.0.2"

libraryDependencies ++= Seq(
  "io.kubernetes" % "client-java" % k8s,
  "io.fabric8" % "kubernetes-client" % "5.4.0" // old
)
