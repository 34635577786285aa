module example.com/a
go 1.13
require k8s.io/client-go v0.15.6
