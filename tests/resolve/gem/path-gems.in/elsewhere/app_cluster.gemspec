Gem::Specification.new 'app_cluster', '0.0.0' do |s|
  s.add_runtime_dependency 'kubeclient', '~> 4.0'
end
