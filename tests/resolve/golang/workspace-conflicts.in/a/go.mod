module example.com/a

go 1.21

require (
	k8s.io/api v0.17.0
	k8s.io/client-go v0.17.0
	k8s.io/klog v1.0.0
)

replace (
	k8s.io/api => k8s.io/api v0.17.1
	k8s.io/client-go => k8s.io/client-go v0.15.6
	k8s.io/klog => ../klog
)
