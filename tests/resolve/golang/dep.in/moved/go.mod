module example.com/moved

go 1.12

require k8s.io/client-go v0.17.0
