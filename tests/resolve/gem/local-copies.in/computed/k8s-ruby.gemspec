Gem::Specification.new do |s|
  s.name = "k8s-ruby"
  s.version = K8s::Ruby::VERSION
end
