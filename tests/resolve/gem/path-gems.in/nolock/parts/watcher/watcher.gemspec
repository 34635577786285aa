Gem::Specification.new do |s|
  s.name = "watcher"
  s.add_dependency "kubeclient", "~> 4.10"
end
