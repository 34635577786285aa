module example.com/fork

require k8s.io/client-go v0.14.6

replace k8s.io/client-go => github.com/example/client-go v1.2.3
