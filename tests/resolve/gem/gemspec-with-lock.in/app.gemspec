Gem::Specification.new do |s|
  s.name = "app"
  s.add_dependency "kubeclient", "~> 4.9"
  s.add_development_dependency "rake"
end
