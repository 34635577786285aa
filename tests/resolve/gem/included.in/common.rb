gem "shared", "~> 1.0"
gem "kubeclient", "4.10.1"
