object Dependencies {
  val version = new {
    val skuber = "2.4.0"
  }
  val skuber = "io.skuber" %% "skuber-core" % version.skuber
}
