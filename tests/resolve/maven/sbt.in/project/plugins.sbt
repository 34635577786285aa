libraryDependencies += "io.fabric8" % "openshift-client" % "5.0.0"
