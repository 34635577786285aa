scalaVersion in Global := "2.13.1"
lazy val core = project
lazy val example = project dependsOn core
val skuber = "2.0.1"
