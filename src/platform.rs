//! What is known of the clusters of different makers: how long they accept a service-account token, and whose token it is by
//! its issuer. The facts are data, `rules/runtime/platforms.toml`; what every API server does is a constant here.
//!
//! Traps:
//! - On some platforms the server refuses a token before its `exp`, so that claim is not the end of it ([`Platform::enforced`]).
//! - An issuer is what the cluster's administrator wrote there. One that is unknown says nothing of the platform, and one that
//!   is known proves nothing: tokens are not verified here.
//! - AKS wrote issuers in quotes of their own for a while.

use std::sync::LazyLock;

use crate::data::{self, Fault, Refused, RuleError, Shape, Table, Text};

/// Seconds for which kubelet asks a token of the volume that every pod gets, and after which the API server marks requests with
/// an extended one: `WarnOnlyBoundTokenExpirationSeconds` in Kubernetes' `pkg/serviceaccount/claims.go`.
pub const WARN_AFTER: i64 = 3607;

/// Seconds for which an API server that extends tokens issues them: `ExpirationExtensionSeconds` in the same file.
pub const EXTENDED: i64 = 31_536_000;

const BUILT_IN: (&str, &str) = ("platforms.toml", include_str!("../rules/runtime/platforms.toml"));

const FILE: Shape = Shape { name: "a file of platforms", keys: &["date", "platform"] };
const PLATFORM: Shape =
    Shape { name: "a `[[platform]]`", keys: &["id", "name", "lifetime", "enforced", "note", "evidence", "issuers"] };
const ISSUER: Shape = Shape { name: "an entry of `issuers`", keys: &["like", "extension", "evidence"] };

/// The platforms that are known.
#[derive(Clone, Debug)]
pub struct Platforms {
    /// The day of the facts, `yyyy-mm-dd`.
    pub date: String,
    /// In the order of the file.
    pub platforms: Vec<Platform>,
}

/// A kind of cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// A word for it: `eks`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Seconds from the issue of an extended token until it is refused.
    pub lifetime: i64,
    /// Whether the server refuses any token of that age, whatever its `exp` says.
    pub enforced: bool,
    /// What else there is to know.
    pub note: Option<String>,
    /// Where that is shown.
    pub evidence: Vec<String>,
    /// The issuers of its tokens.
    pub issuers: Vec<Issuer>,
}

/// A form of issuers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The issuer; `*` stands for one or more characters that are no `/`.
    pub like: String,
    /// What is known of such clusters.
    pub extension: Extension,
    /// Where that is shown.
    pub evidence: String,
}

/// Whether clusters extend tokens of the volume that every pod gets (`--service-account-extend-token-expiration`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// They do.
    On,
    /// They do not: an old client is refused after about an hour, and no request is marked as stale before.
    Off,
    /// It depends on how the cluster was set up.
    Either,
}

impl Platforms {
    /// What the program knows, read once.
    ///
    /// # Panics
    /// If it is malformed, which a test would show.
    pub fn built_in() -> &'static Platforms {
        static PLATFORMS: LazyLock<Platforms> = LazyLock::new(|| {
            let (path, text) = BUILT_IN;
            Platforms::parse(path, text).unwrap_or_else(|error| panic!("the platforms are well-formed: {error}"))
        });
        &PLATFORMS
    }

    /// Reads a file of platforms.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(path: &str, text: &str) -> Result<Platforms, RuleError> {
        read(text).map_err(|refused| refused.of_file(path, text))
    }

    /// A platform by its word.
    pub fn find(&self, id: &str) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.id == id)
    }

    /// The first platform that accepts tokens for so many seconds.
    pub fn with_lifetime(&self, seconds: i64) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.lifetime == seconds)
    }

    /// The platform whose tokens have this issuer.
    pub fn of_issuer(&self, issuer: &str) -> Option<(&Platform, &Issuer)> {
        let bare = issuer.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(issuer);
        let bare = bare.strip_suffix('/').unwrap_or(bare);
        let all =
            self.platforms.iter().flat_map(|platform| platform.issuers.iter().map(move |issuer| (platform, issuer)));
        // A whole name goes before a pattern.
        let mut found: Vec<_> = all.filter(|(_, issuer)| is_like(&issuer.like, bare)).collect();
        found.sort_by_key(|(_, issuer)| issuer.like.contains('*'));
        found.first().copied()
    }
}

/// Whether a text has the form of a pattern, whose `*`s stand for one or more characters that are no `/`. The whole text is looked
/// at once for each character of the pattern, which no text can make slow.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // The ends of the beginnings of the text that match the pattern so far.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for (at, byte) in text.iter().enumerate() {
            let matches = match wanted {
                b'*' => (ends[at] || next[at]) && *byte != b'/',
                plain => ends[at] && byte == plain,
            };
            next[at + 1] = matches;
        }
        ends = next;
    }
    ends[text.len()]
}

fn read(text: &str) -> Result<Platforms, Refused> {
    let document = data::document(text)?;
    let file = Table::new(&FILE, &document, 0)?;
    let date = file.day("date")?;
    let mut platforms: Vec<Platform> = Vec::new();
    for table in file.tables("platform", &PLATFORM)? {
        let id = table.text("id")?;
        if platforms.iter().any(|platform| platform.id == id.value) {
            return Err(id.refuse(Fault::Twice(id.value.into())));
        }
        platforms.push(Platform {
            id: id.value.to_owned(),
            name: table.text("name")?.value.to_owned(),
            lifetime: table.number("lifetime")?,
            enforced: table.flag("enforced")?,
            note: table.maybe_text("note")?.map(|note| note.value.to_owned()),
            evidence: table.some_texts("evidence")?.into_iter().map(|text| text.value.to_owned()).collect(),
            issuers: table.tables("issuers", &ISSUER)?.into_iter().map(issuer).collect::<Result<_, _>>()?,
        });
    }
    Ok(Platforms { date, platforms })
}

fn issuer(table: Table<'_>) -> Result<Issuer, Refused> {
    Ok(Issuer {
        like: table.text("like")?.value.to_owned(),
        extension: extension(table.text("extension")?)?,
        evidence: table.text("evidence")?.value.to_owned(),
    })
}

fn extension(word: Text<'_>) -> Result<Extension, Refused> {
    match word.value {
        "on" => Ok(Extension::On),
        "off" => Ok(Extension::Off),
        "either" => Ok(Extension::Either),
        found => Err(word.refuse(Fault::UnknownWord { found: found.into(), known: vec!["on", "off", "either"] })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(issuer: &str) -> Option<(&'static str, Extension)> {
        let (platform, issuer) = Platforms::built_in().of_issuer(issuer)?;
        Some((platform.id.as_str(), issuer.extension))
    }

    #[test]
    fn platforms_are_told_by_their_issuers() {
        let cases = [
            ("https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF", Some(("eks", Extension::On))),
            ("https://oidc.eks.cn-north-1.amazonaws.com.cn/id/0123456789ABCDEF", Some(("eks", Extension::On))),
            ("https://oidc-eks.us-east-2.api.aws/id/0123456789ABCDEF", Some(("eks", Extension::On))),
            ("https://container.googleapis.com/v1/projects/p/locations/l/clusters/c", Some(("gke", Extension::On))),
            ("https://container.googleapis.com/v1/projects/p/zones/z/clusters/c/", Some(("gke", Extension::On))),
            ("https://northeurope.oic.prod-aks.azure.com/tenant/cluster/", Some(("aks", Extension::Off))),
            ("https://demo-dns-1234.hcp.eastus.azmk8s.io", Some(("aks", Extension::On))),
            ("\"demo-dns-1234.hcp.eastus.azmk8s.io\"", Some(("aks", Extension::On))),
            ("https://kubernetes.default.svc", Some(("upstream", Extension::Either))),
            ("https://kubernetes.default.svc.cluster.local", Some(("upstream", Extension::Either))),
            ("https://oidc.eks.eu-west-1.amazonaws.com.example.org/id/x", None),
            ("https://oidc.eks./id/x.amazonaws.com/id/x", None),
            ("https://example.org", None),
            ("", None),
        ];
        for (issuer, expected) in cases {
            assert_eq!(of(issuer), expected, "{issuer}");
        }
    }

    #[test]
    fn a_star_takes_something_and_no_slash() {
        assert!(is_like("a*c", "abc") && is_like("*", "x") && is_like("a*b*c", "abbbc") && is_like("ab", "ab"));
        assert!(!is_like("a*c", "ac") && !is_like("a*c", "a/c") && !is_like("*", "") && !is_like("a*", "ba"));
        let long = "a".repeat(100_000);
        assert!(!is_like("*a*a*a*b", &long));
    }

    #[test]
    fn the_lifetimes_are_those_of_the_facts() {
        let platforms = Platforms::built_in();
        let lifetime = |id| platforms.find(id).map(|platform| (platform.lifetime, platform.enforced));
        assert_eq!(lifetime("upstream"), Some((EXTENDED, false)));
        assert_eq!(lifetime("eks"), Some((90 * 86_400, true)));
        assert_eq!(lifetime("gke"), Some((EXTENDED, false)));
        assert_eq!(lifetime("aks"), Some((EXTENDED, false)));
        assert_eq!(lifetime("elsewhere"), None);
    }

    #[test]
    fn a_wrong_file_is_refused_at_its_place() {
        let file = |platform: &str| format!("date = 2026-01-31\n[[platform]]\n{platform}");
        let whole = "id = \"x\"\nname = \"X\"\nevidence = [\"x\"]\n";
        let cases = [
            (format!("{whole}lifetime = 0"), "x:6:12: `lifetime` takes a whole number above 0, as in `3600`"),
            (format!("{whole}lifetime = \"1y\""), "x:6:12: `lifetime` takes a whole number above 0, as in `3600`"),
            (whole.to_owned(), "x:2:1: a `[[platform]]` lacks `lifetime`; add it"),
            (
                format!("{whole}lifetime = 1\nissuers = [{{ like = \"x\", extension = \"no\", evidence = \"x\" }}]"),
                "x:7:38: `no` is unknown here; write one of `on`, `off`, `either`",
            ),
        ];
        for (platform, expected) in cases {
            let error = Platforms::parse("x", &file(&platform)).map(|_| ()).map_err(|error| error.to_string());
            assert_eq!(error, Err(expected.to_owned()));
        }
    }

    /// The example of `rules/README.md`, and that it speaks of every key.
    #[test]
    fn the_example_of_the_readme_is_a_file_of_platforms() {
        let readme = include_str!("../rules/README.md");
        let section = readme.find("## Platforms").expect("the section");
        let start = readme[section..].find("```toml\n").expect("the example") + section + "```toml\n".len();
        let end = readme[start..].find("```").expect("the end of the example") + start;
        let known = Platforms::parse("x", &readme[start..end]).unwrap_or_else(|error| panic!("{error}"));
        let (platform, issuer) = known.of_issuer("https://tokens.eu.parcels.example/0").expect("a platform");
        assert_eq!((platform.lifetime, platform.enforced, issuer.extension), (30 * 86_400, true, Extension::On));
        for key in [FILE, PLATFORM, ISSUER].iter().flat_map(|shape| shape.keys) {
            assert!(
                readme[section..].contains(&format!("`{key}`")) || *key == "platform",
                "rules/README.md omits {key}"
            );
        }
    }
}
