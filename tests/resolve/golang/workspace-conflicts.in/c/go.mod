module example.com/c

go 1.21

require k8s.io/client-go v0.17.0
