libraryDependencies ++= Seq(
  "io.skuber" %% "skuber" % Versions.skuber,
  "io.kubernetes" % "client-java" % "8.0.2"
)
