gem "kubeclient", path: "../.."
gem "vendored", path: "vendor/vendored"
