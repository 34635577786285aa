Gem::Specification.new do |s|
  s.name = "kubeclient"
  s.version = "4.9.0"
end
