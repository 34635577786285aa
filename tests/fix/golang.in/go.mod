module example.com/operator

go 1.13

require (
	github.com/spf13/cobra v1.0.0
	k8s.io/api v0.14.6 // the types
	k8s.io/apimachinery v0.14.6
	k8s.io/client-go v0.14.6 // pinned in 2019
	k8s.io/klog v1.0.0
)
