module example.com/app
go 1.21
require (
	k8s.io/client-go v12.0.0+incompatible
	k8s.io/api v0.17.0
	k8s.io/kubectl v0.17.0
	k8s.io/metrics v0.17.0
)
replace k8s.io/client-go => k8s.io/client-go v0.18.6
replace k8s.io/api v0.16.0 => k8s.io/api v0.18.6
replace k8s.io/kubectl => ../kubectl
replace k8s.io/metrics => github.com/acme/metrics v1.0.0
