module example.com/app
require k8s.io/client-go v0.15.7
