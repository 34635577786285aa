module example.com/b

go 1.22

require k8s.io/client-go v0.16.4

require k8s.io/api v0.17.0 // indirect
