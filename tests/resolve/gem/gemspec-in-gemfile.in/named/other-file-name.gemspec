Gem::Specification.new do |s|
  s.name = "named"
  s.add_dependency "json", "2.0"
end
