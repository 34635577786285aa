module example.com/tidy
go 1.17
require k8s.io/client-go v0.15.6
