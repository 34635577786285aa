# frozen_string_literal: true

# Writes tests/versions/gem-oracle.txt: what RubyGems itself says of versions and requirements. See README.md.

require "rubygems"

SEED = 20_260_101
RANDOM = Random.new(SEED)

# Release lists as published.
KUBECLIENT = %w[0.1.0 0.1.9 0.3.0 0.4.0 0.5.0 0.6.0 0.7.0 0.8.0 0.9.0 1.0.0 1.1.0 1.1.4 1.2.0 2.0.0 2.1.0 2.2.0 2.3.0 2.4.0
                2.5.0 2.5.1 2.5.2 3.0.0 3.1.0 3.1.1 3.1.2 4.0.0 4.1.0 4.1.1 4.1.2 4.2.0 4.2.1 4.2.2 4.3.0 4.4.0 4.5.0 4.6.0
                4.7.0 4.8.0 4.9.0 4.9.1 4.9.2 4.9.3 4.10.0 4.10.1 4.11.0 4.12.0].freeze
K8S_RUBY = %w[0.10.0 0.10.1 0.10.2 0.10.3 0.10.4 0.10.5 0.11.0 0.12.0 0.13.0 0.14.0 0.15.0 0.16.0 0.17.0 0.17.1 0.17.2
              0.10.0.beta1].freeze
OTHERS = %w[1.0.0.pre.alpha2 1.0.0.pre.alpha1 1.0.0-alpha2 1.0.0.pre 1.0.0.alpha2 1.0.0 7.1.0.beta1 7.1.0.rc1 7.1.0.rc2
            7.1.0 7.1.3.4 3.0.0.beta.2 5.0.0.racecar1 1.16.0.rc1 2.0.0.rc1 1.8.0.pre0 10.0.0.pre.1].freeze

LETTERS = %w[a b rc pre alpha beta RC Alpha A z dev post final].freeze

def out(*words)
  escaped = words.map do |word|
    word.gsub("\\", "\\\\\\\\").gsub("\t", "\\t").gsub("\n", "\\n").gsub("\r", "\\r")
        .gsub(/[^\x20-\x7e]/) { |c| "\\u{#{c.ord.to_s(16)}}" }
  end
  puts escaped.join("\t")
end

def pick(list) = list[RANDOM.rand(list.size)]

def number
  case RANDOM.rand(20)
  when 0 then RANDOM.rand(10**25).to_s
  when 1 then "0#{RANDOM.rand(12)}"
  when 2 then (2**64 + RANDOM.rand(2)).to_s
  else RANDOM.rand(13).to_s
  end
end

def release(parts = 1 + RANDOM.rand(4)) = Array.new(parts) { number }.join(".")

def prerelease
  tail = Array.new(1 + RANDOM.rand(3)) { RANDOM.rand(3).zero? ? number : pick(LETTERS) + (RANDOM.rand(2).zero? ? number : "") }
  release + (RANDOM.rand(3).zero? ? "-" : ".") + tail.join(".")
end

def version
  case RANDOM.rand(10)
  when 0..1 then pick(KUBECLIENT)
  when 2 then pick(K8S_RUBY)
  when 3 then pick(OTHERS)
  when 4..6 then release
  else prerelease
  end
end

def order(a, b)
  case Gem::Version.new(a) <=> Gem::Version.new(b)
  when -1 then out("order", a, "<", b)
  when 0 then out("order", a, "=", b)
  when 1 then out("order", b, "<", a)
  end
end

# A version one step away from another: what sorting errors hide in.
def neighbour(text)
  case RANDOM.rand(9)
  when 0 then "#{text}.0"
  when 1 then "#{text}.#{pick(LETTERS)}"
  when 2 then text.sub(/\.0\z/, "")
  when 3 then "#{text}-#{number}"
  when 4 then text.sub(/\d+\z/) { |digits| digits.to_i.succ.to_s }
  when 5 then text.sub(/[a-zA-Z]+/, &:swapcase)
  when 6 then text.sub(/\.(\d+)/) { ".0#{Regexp.last_match(1)}" }
  when 7 then text.sub(".", ".0.")
  else " #{text} "
  end
end

def requirements
  operators = ["", "= ", "!= ", "> ", "< ", ">= ", "<= ", "~> ", "~>", ">=", "  <  "]
  count = [1, 1, 1, 2, 2, 3][RANDOM.rand(6)]
  Array.new(count) { pick(operators) + version }
end

# Requirements as people write them, near a minimum.
def written(base)
  a, b, c = Gem::Version.new(base).segments.grep(Integer).values_at(0, 1, 2).map(&:to_i)
  operator = ["", "= ", "> ", "< ", ">= ", "<= ", "~> ", "~> ", "~> ", "!= "]
  near = [a, b, c].map { |n| [0, n + RANDOM.rand(3) - 1].max }
  text = [near.first(1), near.first(2), near][RANDOM.rand(3)].join(".")
  text += ".#{pick(%w[rc1 pre beta.1 a])}" if RANDOM.rand(8).zero?
  pick(operator) + text
end

def match?(texts, version)
  Gem::Dependency.new("x", *texts).match?("x", version)
end

# Every release round a minimum that a requirement near it could tell apart, and pre-releases of each.
def dense(minimum)
  a, b, c = Gem::Version.new(minimum).segments.grep(Integer).values_at(0, 1, 2).map(&:to_i)
  firsts = [0, a - 1, a, a + 1, a + 2, a + 9].select { |n| n >= 0 }.uniq
  seconds = [0, 1, b - 2, b - 1, b, b + 1, b + 2, b + 9, 99].select { |n| n >= 0 }.uniq
  thirds = [0, 1, 2, c - 1, c, c + 1, c + 2, c + 9, 99].select { |n| n >= 0 }.uniq
  numbers = firsts.product(seconds, thirds).map { |n| n.join(".") }
  numbers += numbers.map { |n| "#{n}.1" }
  tails = %w[A a.0 beta.0 beta.1.1 pre pre.1 pre.alpha1 pre.alpha2 pre.alpha3 rc0 rc1 rc2 zz]
  (numbers + numbers.flat_map { |n| tails.map { |tail| "#{n}.#{tail}" } }).map { |n| Gem::Version.new(n) }
end

puts "# Verdicts of RubyGems #{Gem::VERSION}, written by tests/oracles/gem/generate.rb with seed #{SEED}."

# Published lists are in order as they stand, but for one that is out of it on purpose.
(KUBECLIENT + K8S_RUBY + OTHERS).each_cons(2) { |a, b| order(a, b) }
OTHERS.product(OTHERS) { |a, b| order(a, b) }
6500.times { order(version, version) }
3500.times do
  a = version
  b = neighbour(a)
  order(a, b) if Gem::Version.correct?(b)
end

# Refusals, and what looks wild but is read.
wild = ["", " ", "\t1\n", "1 ", "v1.0", "1.0+build", "1..0", ".1", "1.", "1-", "-1", "1--", "1-a-b", "1-a.", "1-.a", "1.-a",
        "1,0", "1 0", "a", "a.1", "1.a-b", "1_0", "1.0_a", "\u00a01", "1\u00a0", "\u0661", "1.\u00e9", "1.0.rc1", "1rc1", "01",
        "1.00", "0", "00", "1.A", "1.a.b.c.0.0", "1.0-0-0", "1\x0b", "\x0c1", "1\u0000", "\u00001", "\u30001", "= 1", "~> 1",
        "1.*", "*", "1.x", "1.0.0.pre.alpha2", "latest", "1.0.0-rc.1+b", "9" * 300, "1.#{'0.' * 60}1", "1\n2", "#"]
wild += Array.new(1200) { Array.new(1 + RANDOM.rand(7)) { pick(%w[1 0 2 a rc . . - + _ v x * =] << " ") }.join }
wild.uniq.each do |text|
  next if text.start_with?("#")

  if Gem::Version.correct?(text)
    order(text, pick(wild.select { |other| Gem::Version.correct?(other) }))
  else
    out("refuse", text)
  end
end

bad = ["", "=> 4.10", ">= 4.9 < 5", "==1", "= = 1", "~1", "~ > 1", "> =1", ">", "= ", "*", "1.*", ">= v1", "^1.0", "~>", "1 0",
       "!1", "<>1", "1 ||2", ">= 1.0+b", "\u00a0>= 1", ">=\u00a01", "\u2265 1", "4.x", "latest", "~> 1.x", "===1", "=~1"]
bad += Array.new(900) { Array.new(1 + RANDOM.rand(5)) { pick(%w[= > < ! ~ 1 2.0 a - . ^] << " ") }.join }
bad.uniq.each do |text|
  Gem::Requirement.new(text)
  4.times do
    candidate = version
    out(match?([text], candidate) ? "in" : "out", "gem", text, candidate)
  end
rescue Gem::Requirement::BadRequirementError
  out("refuse-range", "gem", text)
end

candidates = (KUBECLIENT + K8S_RUBY + OTHERS).freeze
7000.times do
  texts = RANDOM.rand(3).zero? ? requirements : Array.new(1 + RANDOM.rand(2)) { written(pick(candidates)) }
  candidate = RANDOM.rand(2).zero? ? pick(candidates) : version
  candidate = neighbour(texts.first.sub(/\A[ =!<>~]+/, "").strip) if RANDOM.rand(3).zero?
  next unless Gem::Version.correct?(candidate)

  out(match?(texts, candidate) ? "in" : "out", "gem", texts.join(", "), candidate)
end

MINIMA = %w[4.10.0 4.10.1 4.9.3 1.0.0.pre.alpha2 0.17.2 0.10.0 2.0.0 1.0.0].freeze
LISTS = MINIMA.to_h { |minimum| [minimum, dense(minimum)] }
6000.times do
  minimum = pick(MINIMA)
  texts = Array.new([1, 1, 1, 2, 2, 3][RANDOM.rand(6)]) { written(minimum) }
  dependency = Gem::Dependency.new("x", *texts)
  matched = LISTS[minimum].select { |version| dependency.match?("x", version) }
  next if matched.empty?

  below, above = matched.partition { |version| version < Gem::Version.new(minimum) }
  verdict = if above.empty? then "below" elsif below.empty? then "above" else "straddles" end
  out(verdict, "gem", texts.join(", "), minimum)
end
