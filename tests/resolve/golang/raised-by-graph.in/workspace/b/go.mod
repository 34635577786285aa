module example.com/b
go 1.13
require k8s.io/client-go v0.17.0
