object Dependencies {
  object Versions {
    val k8s = "8.0.1"
    val patch = 0
    val fabric8 = "5.12.4"
  }
  val fabric8 = "io.fabric8" % "kubernetes-client" % Versions.fabric8
}
