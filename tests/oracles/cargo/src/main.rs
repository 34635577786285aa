//! Writes the verdicts of the `semver` crate, which is Cargo's own, in the line format of `tests/fixtures/versions.rs`.
//!
//! The seed is fixed, so two runs write the same bytes. Versions are trimmed as Cargo trims a package's version. Which side of
//! a minimum a requirement lies on is found by trying every version near each one that the requirement or the minimum names.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;

use semver::{BuildMetadata, Prerelease, Version, VersionReq};

const KUBE: &str = include_str!("../kube-versions.txt");
const K8S_OPENAPI: &str = include_str!("../k8s-openapi-versions.txt");

const MINIMUMS: &[&str] = &["0.69.1", "0.69.1", "0.87.0", "0.69.0", "1.0.0", "0.0.1", "0.20.0"];

const IDENTIFIERS: &[&str] =
    &["0", "1", "2", "10", "alpha", "beta", "rc", "rc1", "rc7", "rc10", "x", "-", "0a", "a-b", "dev", "A"];

const WILD: &str = "0123456789...--+~^<>==, ,xX*|vrcabz_@#/\t\u{a0}\u{feff}é";

struct Oracle {
    state: u64,
    seen: HashSet<String>,
    lines: Vec<String>,
    released: Vec<&'static str>,
}

impl Oracle {
    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.random() % count as u64) as usize
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let index = self.below(list.len());
        list[index]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn line(&mut self, words: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| escape(word)).collect();
        let line = words.join("\t");
        if self.seen.insert(line.clone()) {
            self.lines.push(line);
        }
    }

    fn number(&mut self) -> String {
        self.pick(&["0", "0", "0", "1", "1", "2", "3", "9", "10", "68", "69", "70", "87"]).into()
    }

    fn prerelease(&mut self) -> String {
        let count = 1 + self.below(3);
        let parts: Vec<&str> = (0..count).map(|_| self.pick(IDENTIFIERS)).collect();
        parts.join(".")
    }

    fn plain(&mut self) -> String {
        let core = if self.chance(30) {
            let released = self.released.clone();
            self.pick(&released).to_owned()
        } else {
            let major = self.pick(&["0", "0", "0", "1", "2"]);
            format!("{major}.{}.{}", self.number(), self.number())
        };
        if self.chance(25) && !core.contains('-') { format!("{core}-{}", self.prerelease()) } else { core }
    }

    fn version(&mut self) -> String {
        let plain = self.plain();
        if self.chance(10) {
            format!("{plain}+{}", self.pick(&["b", "1", "001", "sha.5114f85", "a-b.0"]))
        } else {
            plain
        }
    }

    fn order(&mut self, a: &str, b: &str) {
        let (Ok(left), Ok(right)) = (Version::parse(a.trim()), Version::parse(b.trim())) else { return };
        match left.cmp_precedence(&right) {
            std::cmp::Ordering::Less => self.line(&["order", a, "<", b]),
            std::cmp::Ordering::Greater => self.line(&["order", b, "<", a]),
            std::cmp::Ordering::Equal => self.line(&["order", a, "=", b]),
        }
    }

    fn refuse(&mut self, text: &str) {
        if Version::parse(text.trim()).is_err() {
            self.line(&["refuse", text]);
        } else {
            self.order(text, "1.0.0");
        }
    }

    fn partial(&mut self) -> String {
        let plain = self.plain();
        let (core, _) = plain.split_once('-').unwrap_or((&plain, ""));
        let parts: Vec<&str> = core.split('.').collect();
        match self.below(10) {
            0..5 => {
                let build = if self.chance(5) { "+b.1" } else { "" };
                format!("{plain}{build}")
            }
            5..8 => parts[..1 + self.below(2)].join("."),
            _ => {
                let from = self.below(3);
                let count = 1 + self.below(3);
                let parts = parts.iter().enumerate().take(count);
                let parts: Vec<String> = parts
                    .map(
                        |(index, part)| if index >= from { self.pick(&["x", "X", "*"]).into() } else { (*part).into() },
                    )
                    .collect();
                parts.join(".")
            }
        }
    }

    fn comparator(&mut self) -> String {
        let operator = self.pick(&["", "", "", "=", ">", ">=", ">=", "<", "<", "<=", "^", "^", "~", "~"]);
        let blank = self.pick(&["", "", "", "", "", " ", "  "]);
        format!("{operator}{blank}{}", self.partial())
    }

    fn requirement(&mut self) -> String {
        let count = self.pick(&[1, 1, 1, 1, 2, 2, 2, 3]);
        let mut text = self.comparator();
        for _ in 1..count {
            // Pre-releases matter where several comparators name one triple.
            let comparator = if self.chance(30) { self.beside(&text) } else { self.comparator() };
            let comma = self.pick(&[",", ", ", ", ", " , "]);
            let _ = write!(text, "{comma}{comparator}");
        }
        if self.chance(4) { format!(" {text} ") } else { text }
    }

    /// A comparator close to one in a requirement.
    fn beside(&mut self, text: &str) -> String {
        let names = named(text);
        let Some((major, minor, patch, _)) = names.into_iter().next() else { return self.comparator() };
        let operator = self.pick(&["=", ">", ">=", "<", "<=", "^", "~", ""]);
        let pre = if self.chance(60) { format!("-{}", self.prerelease()) } else { String::new() };
        match self.below(6) {
            0 => format!("{operator}{major}.{minor}"),
            1 => format!("{operator}{major}"),
            2 => format!("{operator}{major}.{minor}.{}{pre}", patch + 1),
            _ => format!("{operator}{major}.{minor}.{patch}{pre}"),
        }
    }

    fn mangled(&mut self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let at = self.below(chars.len() + 1);
        let skip = self.below(3).min(chars.len() - at);
        let middle = if self.chance(50) { self.wild(2) } else { String::new() };
        chars[..at].iter().collect::<String>() + &middle + &chars[at + skip..].iter().collect::<String>()
    }

    fn wild(&mut self, longest: usize) -> String {
        let count = 1 + self.below(longest);
        let wild: Vec<char> = WILD.chars().collect();
        (0..count).map(|_| self.pick(&wild)).collect()
    }

    fn judge(&mut self, text: &str, count: usize) {
        let Ok(requirement) = VersionReq::parse(text) else {
            return self.line(&["refuse-range", "cargo", text]);
        };
        let candidates = near(&[text]);
        for _ in 0..count {
            let candidate = if self.chance(20) {
                let released = self.released.clone();
                Version::parse(self.pick(&released)).expect("a released version")
            } else {
                let index = self.below(candidates.len());
                candidates[index].clone()
            };
            let verdict = if requirement.matches(&candidate) { "in" } else { "out" };
            self.line(&[verdict, "cargo", text, &candidate.to_string()]);
        }
        // What it can be seen to admit is asked for as well: most versions lie outside of most requirements.
        let admitted: Vec<&Version> = candidates.iter().filter(|version| requirement.matches(version)).collect();
        if !admitted.is_empty() {
            let candidate = admitted[self.below(admitted.len())].to_string();
            self.line(&["in", "cargo", text, &candidate]);
        }
        let minimum = self.pick(MINIMUMS);
        let least = Version::parse(minimum).expect("a minimum");
        let admitted: Vec<Version> = near(&[text, minimum]).into_iter().filter(|v| requirement.matches(v)).collect();
        let lower = admitted.iter().filter(|version| **version < least).count();
        if !admitted.is_empty() {
            let verdict = if lower == admitted.len() {
                "below"
            } else if lower == 0 {
                "above"
            } else {
                "straddles"
            };
            self.line(&[verdict, "cargo", text, minimum]);
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() || c.is_whitespace() && c != ' ' || c == '\u{feff}' => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The versions that a text names, missing numbers as zero.
fn named(text: &str) -> Vec<(u64, u64, u64, String)> {
    let mut found = Vec::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))) {
        let word = word.split('+').next().unwrap_or_default();
        let (core, pre) = word.split_once('-').unwrap_or((word, ""));
        let mut numbers = core.split('.').map(|part| part.parse::<u64>().ok());
        let Some(Some(major)) = numbers.next() else { continue };
        let mut next = || numbers.next().flatten().unwrap_or(0);
        found.push((major, next(), next(), pre.to_owned()));
    }
    found
}

/// Every release and pre-release next to what some texts name.
fn near(texts: &[&str]) -> Vec<Version> {
    let mut found: Vec<Version> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |major: u64, minor: u64, patch: u64, pre: &str| {
        let Ok(pre) = Prerelease::new(pre) else { return };
        let version = Version { major, minor, patch, pre, build: BuildMetadata::EMPTY };
        if seen.insert(version.clone()) {
            found.push(version);
        }
    };
    for (major, minor, patch) in [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (999, 0, 0)] {
        add(major, minor, patch, "");
    }
    let around = |number: u64| {
        let all = [number.checked_sub(1), Some(number), number.checked_add(1)];
        all.into_iter().flatten()
    };
    for (major, minor, patch, pre) in texts.iter().flat_map(|text| named(text)) {
        for major in around(major) {
            add(major, 0, 0, "");
            add(major, 999, 999, "");
            add(major, u64::MAX, u64::MAX, "");
        }
        for minor in around(minor) {
            add(major, minor, 0, "");
            add(major, minor, 999, "");
            add(major, minor, u64::MAX, "");
        }
        for patch in around(patch) {
            add(major, minor, patch, "");
            add(major, minor, patch, "rc.1");
        }
        for tail in ["0", "a", "rc.1", "rc7", "zzz"] {
            add(major, minor, patch, tail);
        }
        if !pre.is_empty() {
            for tail in ["", ".0", ".zzz"] {
                add(major, minor, patch, &format!("{pre}{tail}"));
            }
        }
    }
    found
}

fn main() -> std::io::Result<()> {
    let released: Vec<&'static str> = KUBE.lines().chain(K8S_OPENAPI.lines()).collect();
    let mut oracle = Oracle { state: 0x6b75_6265, seen: HashSet::new(), lines: Vec::new(), released: released.clone() };

    for list in [KUBE, K8S_OPENAPI] {
        let list: Vec<&str> = list.lines().collect();
        for step in [1, 2, 7] {
            for index in 0..list.len().saturating_sub(step) {
                oracle.order(list[index], list[index + step]);
            }
        }
    }
    for _ in 0..4000 {
        let (a, b) = (oracle.version(), oracle.version());
        oracle.order(&a, &b);
    }
    for _ in 0..1000 {
        let core = format!("{}.{}.{}", oracle.number(), oracle.number(), oracle.number());
        let (a, b) = (oracle.prerelease(), oracle.prerelease());
        oracle.order(&format!("{core}-{a}"), &format!("{core}-{b}"));
    }
    for text in ["18446744073709551615.18446744073709551615.18446744073709551615", "1.0.0-99999999999999999999"] {
        oracle.order(text, "1.0.0-100000000000000000000");
    }

    for text in [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "1.2.3-01",
        "1.2.3-",
        "1.2.3+",
        "1.2.3-a..b",
        "1.2.3-a_b",
        "1.2.3rc1",
        "1.2.3 4",
        "1.2.x",
        "x",
        "*",
        "latest",
        "-1.2.3",
        "+1.2.3",
        "١.2.3",
        "1. 2.3",
        "V1.2.3",
        "v1.2.3",
        "18446744073709551616.0.0",
        "0.18446744073709551616.0",
        "0.0.18446744073709551616",
        "1e3.0.0",
        "1.2.3-é",
        "0x1.0.0",
        "1.2.3+001",
        "1.2.3+a_b",
        "1.2.3-0.00",
        "1.2.3--",
        "1.2.3-+b",
        "1.2.3+b+c",
        "1.2.3-x+",
        ".1.2.3",
        "1..2.3",
        "1.2.3.",
    ] {
        oracle.refuse(text);
    }
    for _ in 0..2000 {
        let version = oracle.version();
        let text = oracle.mangled(&version);
        oracle.refuse(text.trim());
    }
    for _ in 0..700 {
        let text = oracle.wild(9);
        oracle.refuse(text.trim());
    }

    for text in [
        "",
        "*",
        "x",
        "X",
        " * ",
        "*.1",
        "*, 1",
        "1, *",
        "^0",
        "^0.0",
        "^0.0.3",
        "^0.0.0",
        "~0",
        "~0.0",
        "~0.0.0",
        "0",
        "0.0",
        "0.0.0",
        "=0",
        "=0.0",
        "=0.0.0",
        "<0",
        "<0.0",
        "<0.0.0",
        "<=0",
        "<=0.0.0",
        ">0",
        ">0.0",
        ">0.0.0",
        ">=0",
        ">=0.0.0",
        "=0.87",
        ">0.86",
        "<=0.86",
        "0.*",
        "0.87.*",
        "0.*.1",
        "=0.*",
        ">0.*",
        "<0.87.x",
        "~0.86.*",
        "^*",
        ">*",
        "=*",
        "==1",
        "0.87.0-rc.1",
        "=0.87.0-rc.1",
        "^0.87.0-rc.1",
        "~0.87.0-rc.1",
        ">0.87.0-rc.1",
        "<0.87.0-rc.1",
        "<=0.87.0-rc.1",
        ">=0.87.0-rc.1",
        ">=0.86, <0.88.0-rc.2",
        ">=0.87.0-a, <0.87",
        ">=0.87.0-a, <=0.87",
        ">=0.87.0-a, >=0.87",
        ">=0.87.0-a, 0.87",
        ">=0.87.0-a, ~0.87",
        ">=0.87.0-a, =0.87",
        ">=0.87.0-a, 0.87.*",
        ">=0.87.1-a, ^0.87.0",
        ">=1.2.3-a, 1",
        ">=1.2.3-a, ~1",
        ">=1.2.3-a, >1",
        ">=1.2.3-a, >=1",
        ">=1.2.3-a, <2",
        ">=1.2.3-a, <1.2.3-b, =1.2.3",
        "=1.2.3-a, =1.2.3-b",
        ">1.2.3-a, <1.2.3-a.0",
        ">0.87, <0.86",
        "=0.86.0, =0.87.0",
        "0.86, 0.87",
        "1.2.3-0",
        "<1.2.3-0",
        "v1",
        "=v1",
        "1 || 2",
        "1 2",
        ">=1 <2",
        "1,",
        ",1",
        "1,,2",
        "1, ,2",
        ">",
        "^",
        "~",
        "=",
        ">=",
        "> =1",
        "=>1",
        "!=1",
        "~>1",
        "^^1",
        "1.2.3.4",
        "1.2-rc",
        "1-rc",
        "1.2+b",
        "1.2.3+b",
        "=1.2.3+b",
        "1.2.3-01",
        "01",
        "1.02",
        "1.*.3",
        "1.x.x",
        "1.x.X",
        "18446744073709551615",
        "=18446744073709551615",
        ">18446744073709551615",
        "<=18446744073709551615",
        "18446744073709551616",
        "1.18446744073709551615",
        "~1.18446744073709551615",
        ">1.18446744073709551615",
        "=1.0.18446744073709551615",
        ">1.0.18446744073709551615",
        "<=1.0.18446744073709551615",
        "0.0.18446744073709551615",
        ">=0.69.1, <1.0.0-0",
        "1\t",
        "\t1",
        "1\u{a0}",
        "1 .2",
        "1. 2",
        "latest",
        "{{version}}",
        "${version}",
        "0.87; 0.88",
    ] {
        oracle.judge(text, 6);
    }
    for _ in 0..3400 {
        let text = oracle.requirement();
        oracle.judge(&text, 3);
    }
    for _ in 0..2200 {
        let requirement = oracle.requirement();
        let text = oracle.mangled(&requirement);
        oracle.judge(&text, 1);
    }
    for _ in 0..1500 {
        let text = oracle.wild(10);
        oracle.judge(&text, 1);
    }
    for release in released {
        for operator in ["", "~", "=", ">", "<="] {
            oracle.judge(&format!("{operator}{release}"), 1);
        }
        let (partial, _) = release.rsplit_once('.').expect("a release has three numbers");
        for operator in ["", "=", ">", "<", "<=", ">="] {
            oracle.judge(&format!("{operator}{partial}"), 1);
        }
    }

    let mut out = std::io::stdout().lock();
    writeln!(out, "# Written by tests/oracles/cargo/src/main.rs with semver 1.0.28; do not edit.")?;
    for line in oracle.lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
