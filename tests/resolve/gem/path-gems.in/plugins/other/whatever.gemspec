Gem::Specification.new do |s|
  s.name = "app_other"
  s.add_development_dependency "kubeclient", "~> 3.0"
end
