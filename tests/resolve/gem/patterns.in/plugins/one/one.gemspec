Gem::Specification.new do |s|
  s.name = "one"
  s.version = "0.1"
  s.add_dependency "kubeclient", ">= 2"
end
