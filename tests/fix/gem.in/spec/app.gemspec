Gem::Specification.new do |s|
  s.name = "app"
  s.add_dependency "kubeclient", "~> 4.4.0"
  s.add_development_dependency %q<kubeclient>.freeze, [">= 3".freeze, "< 5".freeze]
end
