//! Laws that hold for every ecosystem: its order is total, and the algebra of ranges agrees with membership. And for every text of
//! the user's own: it is read or refused with its place.

use std::cmp::Ordering;
use std::ops::Bound;

use kubefloor::config::Config;
use kubefloor::ecosystem;
use kubefloor::model::Ecosystem;
use kubefloor::owners::{Forge, Owners};
use kubefloor::version::{Interval, Version, VersionRange};
use proptest::prelude::*;

/// Texts in the shape of each ecosystem's versions, close to each other so that many pairs touch.
fn pattern(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Golang => r"v[0-2]\.[0-2]\.(0|1|10)(-(0|1|rc\.1|rc\.10|alpha)(\.[0-2])?)?(\+incompatible)?",
        Ecosystem::Pypi => r"(1!)?[0-2](\.[0-2]){0,2}((a|b|rc)[0-2])?(\.post[0-1])?(\.dev[0-1])?(\+(a|1))?",
        // Without numbers behind qualifiers: there Maven's own comparison is not transitive (`1-alpha < 1 < 1.sp.1 < 1-alpha`),
        // and we do as it does.
        Ecosystem::Maven => r"[0-2](\.[0-2]){0,2}(-(alpha|beta|rc|SNAPSHOT|Final|sp|x|1))?",
        Ecosystem::Npm => r"[0-2]\.[0-2]\.[0-2](-(0|1|rc\.1|rc7|rc10|a-b)(\.[0-2])?)?(\+b)?",
        Ecosystem::Gem => r"[0-2](\.[0-2]){0,2}(\.(a|pre|rc1)(\.[0-2])?)?(-1)?",
        // Without zeros at the end: 0.3 is below 0.3.0, yet a range between the two is empty, since nobody publishes both.
        Ecosystem::Hackage => r"[0-2](\.(0|1|10)){0,2}\.[12]",
        Ecosystem::Nuget => r"[0-2](\.[0-2]){0,3}(-(0|1|rc9|RC10|a\.1|a\.B))?(\+m)?",
        Ecosystem::Cargo | Ecosystem::Hex | Ecosystem::Swift | Ecosystem::Generic => {
            r"[0-2]\.[0-2]\.[0-2](-(0|1|rc\.1|rc7|a-b)(\.[0-2])?)?(\+b)?"
        }
        Ecosystem::Composer => r"v?[0-2](\.[0-2]){0,2}(-(alpha1|beta|RC2|patch1|p2|dev|stable))?",
        Ecosystem::Deb => r"([0-1]:)?[0-2](\.[0-2a~+]){0,2}(-[0-1~])?",
    }
}

/// Versions of an ecosystem; what the pattern makes and the ecosystem refuses is left out.
fn versions(ecosystem: Ecosystem, count: usize) -> impl Strategy<Value = Vec<Version>> {
    proptest::collection::vec(pattern(ecosystem), count)
        .prop_map(move |texts| texts.iter().filter_map(|text| ecosystem::version(ecosystem, text).ok()).collect())
}

/// Intervals between versions of a list, by their places in it.
type Shape = Vec<((u8, usize), (u8, usize), bool)>;

fn shapes() -> impl Strategy<Value = Shape> {
    let bound = || (0u8..3, any::<usize>());
    proptest::collection::vec((bound(), bound(), any::<bool>()), 0..4)
}

fn range(shape: &Shape, versions: &[Version]) -> VersionRange {
    let bound = |(kind, place): (u8, usize)| {
        let version = || versions[place % versions.len()].clone();
        match kind {
            0 => Bound::Unbounded,
            1 => Bound::Included(version()),
            _ => Bound::Excluded(version()),
        }
    };
    VersionRange::from_intervals(
        shape.iter().map(|(lower, upper, pre)| Interval::new(bound(*lower), bound(*upper), *pre)),
    )
}

fn check_order(versions: &[Version]) -> Result<(), TestCaseError> {
    for a in versions {
        prop_assert_eq!(a.cmp(a), Ordering::Equal);
        for b in versions {
            prop_assert_eq!(a.cmp(b), b.cmp(a).reverse(), "{} and {}", a, b);
            prop_assert_eq!(a == b, a.cmp(b) == Ordering::Equal);
            for c in versions {
                if a <= b && b <= c {
                    prop_assert!(a <= c, "{} <= {} <= {}", a, b, c);
                }
            }
        }
        let release = a.release();
        prop_assert!(!release.is_prerelease(), "{} leads to {}", a, release);
        prop_assert_eq!(a.is_prerelease(), release != *a, "{} leads to {}", a, release);
        prop_assert!(*a <= release, "{} leads to {}", a, release);
        if let Some(next) = release.next_release() {
            prop_assert!(release < next && !next.is_prerelease());
        }
    }
    Ok(())
}

fn check_algebra(versions: &[Version], a: &VersionRange, b: &VersionRange) -> Result<(), TestCaseError> {
    let (both, either, outside) = (a.intersect(b), a.clone().union(b.clone()), a.complement());
    for version in versions {
        let (in_a, in_b) = (a.contains(version), b.contains(version));
        prop_assert_eq!(both.contains(version), in_a && in_b, "{} in {} and {}: {}", version, a, b, both);
        prop_assert_eq!(either.contains(version), in_a || in_b, "{} in {} or {}: {}", version, a, b, either);
        if in_a {
            prop_assert!(!outside.contains(version), "{} in {} and outside: {}", version, a, outside);
        }
        if !version.is_prerelease() {
            prop_assert_eq!(outside.contains(version), !in_a, "{} in {} and outside: {}", version, a, outside);
        }
        if in_a && in_b {
            prop_assert!(a.meets(b) && b.meets(a), "{} in {} and {}", version, a, b);
        }
        if in_b && !version.is_prerelease() && a.covers(b) {
            prop_assert!(in_a, "{} covers {} but not {}", a, b, version);
        }
    }
    prop_assert!(a.covers(&both) && b.covers(&both) && either.covers(a) && either.covers(b));
    prop_assert_eq!(a.is_empty(), !a.meets(&VersionRange::all(true)));
    if let Some(version) = a.pinned() {
        prop_assert!(a.intervals().len() == 1 && a.contains(version) || version.is_prerelease());
    }
    Ok(())
}

macro_rules! laws {
    ($($name:ident: $ecosystem:expr,)*) => {
        $(mod $name {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

                #[test]
                fn the_order_is_total(versions in versions($ecosystem, 6)) {
                    check_order(&versions)?;
                }

                #[test]
                fn ranges_agree_with_membership(versions in versions($ecosystem, 6), a in shapes(), b in shapes()) {
                    prop_assume!(!versions.is_empty());
                    check_algebra(&versions, &range(&a, &versions), &range(&b, &versions))?;
                }
            }
        })*

        #[test]
        fn every_ecosystem_is_here() {
            let here = [$($ecosystem,)*];
            assert!(Ecosystem::ALL.iter().all(|ecosystem| here.contains(ecosystem)));
        }
    };
}

laws! {
    golang: Ecosystem::Golang,
    pypi: Ecosystem::Pypi,
    maven: Ecosystem::Maven,
    npm: Ecosystem::Npm,
    gem: Ecosystem::Gem,
    hackage: Ecosystem::Hackage,
    nuget: Ecosystem::Nuget,
    cargo: Ecosystem::Cargo,
    hex: Ecosystem::Hex,
    composer: Ecosystem::Composer,
    swift: Ecosystem::Swift,
    deb: Ecosystem::Deb,
    generic: Ecosystem::Generic,
}

/// Texts out of the parts that files of the user's own are made of, in any order.
fn scraps(parts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let part =
        prop_oneof![4 => proptest::sample::select(parts).prop_map(str::to_owned), 1 => ".{0,3}".prop_map(|text| text)];
    proptest::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_configuration_makes_it_panic(text in scraps(&[
        "[[ignore]]\n", "[[override]]\n", "rule = \"r\"\n", "path = ", "package = ", "group = ", "scope = \"test\"\n", "reason = \"x\"\n",
        "until = 2026-12-31\n", "until = 2026-02-30\n", "exclude = ", "fail-on = \"never\"\n", "\"a/**\"\n", "[\"{a,[b\", \"!x\"]\n", "\"pkg:npm/@*\"\n",
        "\n", "#", "\u{feff}", "\"",
    ])) {
        if let Err(error) = Config::parse("kubefloor.toml", &text) {
            let said = error.to_string();
            prop_assert!(said.starts_with("kubefloor.toml:") && said.contains(": "), "{said}");
        }
    }

    #[test]
    fn no_list_of_owners_makes_it_panic(text in scraps(&[
        "* @a\n", "/docs/ @a/b c@example.com\n", "[Section][2] @x\n", "^[S]\n", "!", "\\", "**", "/", "[", "]", "{", " @a", " ", "\n", "#",
    ])) {
        for forge in [Forge::Github, Forge::Gitlab] {
            let owners = Owners::parse(forge, &text).expect("that is little");
            let all = owners.all();
            for path in ["a", "docs/a/b.md", "[x]/{y}"] {
                prop_assert!(owners.of(path).iter().all(|owner| all.contains(owner.as_str())));
            }
        }
    }
}
