module example.com/app
go 1.13
require k8s.io/client-go v0.15.6
require k8s.io/client-go v0.17.0 // indirect
require k8s.io/api v0.15.6
exclude k8s.io/api v0.15.6
replace k8s.io/kubectl => k8s.io/kubectl v0.15.6
