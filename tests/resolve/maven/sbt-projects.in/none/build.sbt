libraryDependencies += "io.skuber" %% "skuber" % "2.0.5"
