gem "k8s-ruby", "0.10.0"
