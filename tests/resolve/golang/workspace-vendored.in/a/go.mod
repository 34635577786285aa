module example.com/a

go 1.22

require k8s.io/client-go v0.17.0
