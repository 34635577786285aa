dependencies {
    "constraints" {
    }
    constraints { "implementation"("com.goyeau:kubernetes-client_2.13:0.9.0") }
    "runtimeOnly"("io.skuber:skuber_2.13:2.6.0")
}
