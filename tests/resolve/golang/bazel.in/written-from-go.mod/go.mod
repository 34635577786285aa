module example.com/tool

go 1.13

require (
	k8s.io/client-go v11.0.0+incompatible
	k8s.io/api v0.15.6
	sigs.k8s.io/controller-runtime v0.0.0-20181121180216-5558165425ef
)

replace k8s.io/api => k8s.io/api v0.16.4
