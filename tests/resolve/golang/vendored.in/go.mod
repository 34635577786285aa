module example.com/app
go 1.14
require (
	k8s.io/client-go v0.15.6
	k8s.io/api v0.17.0
)
replace k8s.io/client-go => k8s.io/client-go v0.18.6
