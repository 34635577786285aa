module example.com/moved

go 1.13

require k8s.io/client-go v0.17.0
