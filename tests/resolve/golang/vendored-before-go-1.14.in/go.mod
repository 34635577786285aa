module example.com/app
go 1.12
require (
	k8s.io/client-go v8.0.0+incompatible
	k8s.io/api v0.17.0
	k8s.io/apimachinery v0.17.0
	k8s.io/klog v1.0.0
)
replace k8s.io/apimachinery => k8s.io/apimachinery v0.16.0
