module example.com/app
go 1.16
require (
	k8s.io/client-go v11.0.0+incompatible
	k8s.io/api v0.15.6
)
replace k8s.io/client-go => k8s.io/client-go v0.20.0
replace k8s.io/client-go => k8s.io/client-go v11.0.0+incompatible
replace k8s.io/api => k8s.io/api v0.18.0
replace k8s.io/api => k8s.io/api v0.18.0
replace k8s.io/api v0.1.0 => k8s.io/api v0.19.0
replace k8s.io/kubectl => ../kubectl
replace k8s.io/kubectl => k8s.io/kubectl v0.18.0
