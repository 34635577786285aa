module example.com/raised
go 1.14
require k8s.io/client-go v0.19.3
