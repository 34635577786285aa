Gem::Specification.new do |s|
  s.name = "cluster"
  s.add_dependency "kubeclient", "~> 4.9"
  s.add_dependency "http", "< 5"
  s.add_development_dependency "rake", "~> 12"
end
