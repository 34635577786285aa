module example.com/left-over
go 1.13
require (
	k8s.io/client-go v0.20.2
	k8s.io/kubernetes v1.13.5 // indirect
	k8s.io/api v0.15.6
)
