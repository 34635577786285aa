Gem::Specification.new { |s| s.name = "kubeclient"; s.add_dependency "http", ">= 3.0" }
