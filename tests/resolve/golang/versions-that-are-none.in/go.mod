module k8s.io/sample
go 1.21
require k8s.io/client-go master
require k8s.io/api v0.15
require k8s.io/klog v11.0.0
require k8s.io/klog/v2 v2.4.0
require gopkg.in/yaml.v2 v2.4.0
require k8s.io/sample v1.0.0
