module example.com/replaced

go 1.16

require (
	k8s.io/client-go v12.0.0+incompatible
	k8s.io/kubernetes v1.14.1
	sigs.k8s.io/controller-runtime v0.2.0
)

replace (
	k8s.io/api => k8s.io/api v0.0.0-20190409021203-6e4e0e4f393b
	k8s.io/client-go => k8s.io/client-go v0.0.0-20190409021438-1a26190bd76a
	k8s.io/klog => ../klog
)
