object Versions {
  val skuber = "2.0.12"
}
