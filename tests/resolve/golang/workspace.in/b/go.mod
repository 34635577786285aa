module example.com/b
go 1.21
require k8s.io/client-go v0.17.0
replace k8s.io/kubectl v0.16.4 => k8s.io/kubectl v0.17.1
