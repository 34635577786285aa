val scala211 = "2.11.12"

val common = Seq(
  organization := "org.acme",
  scalaVersion := scala211
)

lazy val core = (project in file("core"))
  .settings(
    scalaVersion := "2.12.8",
    libraryDependencies += "io.skuber" %% "skuber" % "2.1.0"
  )

lazy val api = project
  .settings(common)
  .settings(libraryDependencies += "io.skuber" %% "skuber" % "2.0.11")

lazy val tool = project
  .settings(common: _*)
  .settings(
    scalaVersion := "2.13.8",
    libraryDependencies ++= Seq(
      "io.skuber" %% "skuber" % "2.6.0",
      "io.kubernetes" % "client-java" % "8.0.2"
    )
  )
