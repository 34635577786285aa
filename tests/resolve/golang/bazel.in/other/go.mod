module example.com/other

go 1.17

require k8s.io/client-go v0.17.0
