scalaVersion := "2.11.1"
