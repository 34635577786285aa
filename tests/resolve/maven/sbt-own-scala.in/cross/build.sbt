crossScalaVersions := Seq("2.11.12", "2.12.8")
scalaVersion := crossScalaVersions.value.head

libraryDependencies += "io.skuber" %% "skuber" % "2.0.12"
