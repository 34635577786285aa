Gem::Specification.new do |s|
  s.name = "two"
  s.add_dependency "kubeclient", ">= 3"
end
