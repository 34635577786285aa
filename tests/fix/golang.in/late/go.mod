module example.com/late

require k8s.io/client-go v2.0.0-alpha.0.0.20190115164855-701b91367003+incompatible
