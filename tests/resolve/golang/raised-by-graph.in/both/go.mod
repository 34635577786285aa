module example.com/both
go 1.13
require (
	k8s.io/client-go v10.0.0+incompatible
	k8s.io/kubernetes v1.13.5
	k8s.io/api v0.15.6
)
