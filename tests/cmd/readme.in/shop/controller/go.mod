module example.com/shop/controller

go 1.16

require (
	k8s.io/api v0.18.6
	k8s.io/client-go v11.0.0+incompatible
)

replace k8s.io/client-go => k8s.io/client-go v11.0.1-0.20190516230509-ae8359b20417+incompatible
