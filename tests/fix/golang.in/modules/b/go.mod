module example.com/b

go 1.18

require k8s.io/client-go v0.14.1
