module example.com/moved

require k8s.io/client-go v0.17.0
