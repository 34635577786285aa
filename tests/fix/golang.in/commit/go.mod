module example.com/commit

require k8s.io/client-go v0.0.0-20190313235726-6ee68ca5fd83 // indirect
