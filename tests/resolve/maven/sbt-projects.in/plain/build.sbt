lazy val common: Seq[Setting[_]] = Def.settings(scalaVersion := "3.1.0")
lazy val lib = project.settings(common)
