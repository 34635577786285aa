gem "k8s-ruby"
