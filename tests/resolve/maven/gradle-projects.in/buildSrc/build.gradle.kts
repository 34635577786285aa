dependencies { implementation("io.skuber:skuber_2.12:2.6.0") }
