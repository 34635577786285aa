Gem::Specification.new do |s|
  s.name = File.basename(__FILE__, ".gemspec")
  s.add_dependency "kubeclient", ">= 2"
end
