module example.com/a
go 1.21
require k8s.io/client-go v0.15.6
require k8s.io/api v0.15.6
replace k8s.io/api => k8s.io/api v0.16.4
require k8s.io/kubectl v0.16.4
require example.com/b v0.0.0
