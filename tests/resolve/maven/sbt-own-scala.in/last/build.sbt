val scala213 = "2.13.8"
crossScalaVersions := Seq("2.11.12", scala213)
scalaVersion := crossScalaVersions.value.last

libraryDependencies += "io.skuber" %% "skuber" % "2.6.1"
