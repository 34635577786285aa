module example.com/app
go 1.13
require (
	k8s.io/client-go v0.15.6
	k8s.io/api v0.15.6
	k8s.io/klog v1.0.0
)
