scalaVersion := "3.3.1"

libraryDependencies ++= Seq(
  ("io.skuber" %% "skuber" % "2.6.2").cross(CrossVersion.for3Use2_13),
  "io.github.hagay3" %% "skuber" % "3.2"
)

lazy val old = project.settings(
  scalaVersion := "2.13.8",
  libraryDependencies += "com.goyeau" %% "kubernetes-client" % "0.8.1" cross CrossVersion.for2_13Use3,
  libraryDependencies += "io.skuber" %% "skuber" % "2.6.4"
)
