Gem::Specification.new do |s|
  s.name = "alone"
  s.add_dependency "kubeclient", "~> 4.9.0"
end
