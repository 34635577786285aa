inThisBuild(List(
  organization := "org.acme",
  scalaVersion := "2.13.4"
))
lazy val common = Seq(
  scalaVersion := "3.1.0"
)
lazy val lib = project.settings(common)
