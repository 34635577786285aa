Gem::Specification.new do |s|
  s.name = "cluster-core"
  s.add_dependency "kubeclient", "< 5"
end
