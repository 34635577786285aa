Gem::Specification.new do |s|
  s.name = "engine"
  s.add_dependency "kubeclient", ">= 5"
end
