scalaVersion := "2.11.12"
libraryDependencies += "io.skuber" %% "skuber" % "2.0.11"
