# frozen_string_literal: true

# Prints what Bundler makes of a Gemfile, a gem a line: name, requirement, source, groups. Bundler executes the file, so give it
# only Gemfiles of our own. See README.md.

require "bundler"

Bundler.ui = Bundler::UI::Silent.new
gemfile = Pathname.new(ARGV.fetch(0)).expand_path
ENV["BUNDLE_GEMFILE"] = gemfile.to_s
dsl = Bundler::Dsl.new
dsl.eval_gemfile(gemfile)
dsl.dependencies.each do |dependency|
  source = dependency.source
  from =
    case source
    when Bundler::Source::Git then [source.uri, source.ref]
    when Bundler::Source::Path then [source.path.to_s]
    else []
    end
  puts [dependency.name, dependency.requirement.to_s, *from, dependency.groups.inspect].join("  ")
end
