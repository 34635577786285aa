//! Versions of Maven artifacts in the order of `ComparableVersion` (POM Reference, "Version Order Specification").
//!
//! Traps:
//! - Almost any text is a version. An unknown qualifier is *above* the release: `9.0.0-dev`, `-preview` and `-ea` are newer
//!   than `9.0.0`, and a version that starts with a letter is below every number.
//! - `9`, `9.0`, `9.0.0.Final` and `9.0.0-ga` are one version.
//! - Numbers have no upper limit.
//! - A deployed snapshot carries its time (`9.0.0-20200101.120000-1`), which as text would be above `9.0.0`; Maven takes it
//!   for `9.0.0-SNAPSHOT`, and so it is read.
//! - The order is Maven's even where that is not transitive: `1-alpha` < `1` < `1.sp.1` < `1-alpha`.
//!
//! Not done: the resolver's own order (`GenericVersion`), which differs in `rc.1` and `.1` against `-1`; digits outside ASCII.

use std::cmp::Ordering;
use std::fmt;

use crate::ecosystem::number::Number;

/// A version: lists of items, each list the last element of the one before it. Maven nests them; since a nested list is
/// always the last element, a flat row says the same and no depth can overflow.
#[derive(Clone, Debug)]
pub struct MavenVersion {
    text: Box<str>,
    lists: Vec<Vec<Item>>,
}

#[derive(Clone, Debug)]
enum Item {
    Number(Number),
    Qualifier(Qualifier),
}

/// The known qualifiers in their order, then all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Qualifier {
    Alpha,
    Beta,
    Milestone,
    ReleaseCandidate,
    Snapshot,
    /// No qualifier, `final`, `ga`, `release`.
    Release,
    ServicePack,
    /// Ordered by UTF-16 units, as Java compares text.
    Other(Vec<u16>),
}

/// What stands at a position of a list.
enum Element<'a> {
    Item(&'a Item),
    List,
    Nothing,
}

impl MavenVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// A sentence without the version itself, if the text is empty, a placeholder, or holds a character that Maven allows in
    /// no version (they are the ones that file systems refuse).
    pub fn parse(text: &str) -> Result<MavenVersion, String> {
        let text = text.trim_matches(|c| c <= ' ');
        if text.is_empty() {
            return Err("it is empty".into());
        }
        if text.len() > 2 && text.starts_with('@') && text.ends_with('@') {
            return Err("it is a placeholder".into());
        }
        if text.contains("${") {
            return Err("it refers to a property".into());
        }
        if let Some(c) = text.chars().find(|c| r#"\/:"<>|?*[](){},&"#.contains(*c)) {
            return Err(format!("`{c}` cannot be part of a version"));
        }
        Ok(MavenVersion { text: text.into(), lists: lists(&snapshot_of(text).to_lowercase()) })
    }

    /// Whether requirements leave the version out: Maven's leave out none.
    pub fn is_prerelease(&self) -> bool {
        false
    }

    /// The version itself, since requirements do not tell pre-releases apart.
    #[must_use]
    pub fn release(&self) -> MavenVersion {
        self.clone()
    }

    fn at(&self, list: usize, index: usize) -> Element<'_> {
        match self.lists.get(list).and_then(|items| items.get(index)) {
            Some(item) => Element::Item(item),
            None if index == self.lists.get(list).map_or(0, Vec::len) && list + 1 < self.lists.len() => Element::List,
            None => Element::Nothing,
        }
    }

    /// The rest from a list on against nothing: the first item that differs from nothing decides.
    fn rest_against_nothing(&self, list: usize) -> Ordering {
        let items = self.lists[list..].iter().flatten();
        items.map(Item::against_nothing).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// The text with the time and build number of a deployed snapshot replaced by `SNAPSHOT`.
fn snapshot_of(text: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let stamped = text.rsplit_once('-').and_then(|(rest, build)| {
        let (base, stamp) = rest.rsplit_once('-')?;
        let (date, time) = stamp.split_once('.')?;
        let is_stamp = date.len() == 8 && time.len() == 6 && digits(date) && digits(time) && digits(build);
        is_stamp.then_some(base)
    });
    stamped.map_or_else(|| text.to_owned(), |base| format!("{base}-SNAPSHOT"))
}

/// Splits at `.`, at `-` and where digits and other characters meet; the latter two open a list.
fn lists(text: &str) -> Vec<Vec<Item>> {
    let mut lists: Vec<Vec<Item>> = vec![Vec::new()];
    let mut start = 0;
    let mut in_digits = false;
    for (index, c) in text.char_indices() {
        let token = &text[start..index];
        match c {
            '.' | '-' => {
                push(&mut lists, if token.is_empty() { Item::zero() } else { Item::new(token, false) });
                start = index + 1;
                if c == '-' {
                    lists.push(Vec::new());
                }
            }
            '0'..='9' => {
                if !in_digits && !token.is_empty() {
                    open(&mut lists);
                    push(&mut lists, Item::new(token, true));
                    start = index;
                    lists.push(Vec::new());
                }
                in_digits = true;
            }
            _ => {
                if in_digits && !token.is_empty() {
                    push(&mut lists, Item::new(token, false));
                    start = index;
                    lists.push(Vec::new());
                }
                in_digits = false;
            }
        }
    }
    if start < text.len() {
        if !in_digits {
            open(&mut lists);
        }
        push(&mut lists, Item::new(&text[start..], false));
    }
    for list in &mut lists {
        while list.last().is_some_and(Item::is_null) {
            list.pop();
        }
    }
    while lists.last().is_some_and(Vec::is_empty) {
        lists.pop();
    }
    lists
}

/// Opens a list for a qualifier unless one was just opened: `.X` is `-X`.
fn open(lists: &mut Vec<Vec<Item>>) {
    if lists.last().is_some_and(|list| !list.is_empty()) {
        lists.push(Vec::new());
    }
}

fn push(lists: &mut [Vec<Item>], item: Item) {
    if let Some(list) = lists.last_mut() {
        list.push(item);
    }
}

impl Item {
    fn zero() -> Item {
        Item::Number(Number::default())
    }

    fn new(token: &str, digit_follows: bool) -> Item {
        Number::parse(token).map_or_else(|| Item::Qualifier(Qualifier::new(token, digit_follows)), Item::Number)
    }

    /// Whether the item may be left out at the end of its list.
    fn is_null(&self) -> bool {
        self.against_nothing().is_eq()
    }

    fn against_nothing(&self) -> Ordering {
        match self {
            Item::Number(number) if number.is_zero() => Ordering::Equal,
            Item::Number(_) => Ordering::Greater,
            Item::Qualifier(qualifier) => qualifier.cmp(&Qualifier::Release),
        }
    }
}

impl Qualifier {
    /// A qualifier in lower case; `a`, `b` and `m` are short for words only where a digit follows.
    fn new(word: &str, digit_follows: bool) -> Qualifier {
        match word {
            "alpha" => Qualifier::Alpha,
            "beta" => Qualifier::Beta,
            "milestone" => Qualifier::Milestone,
            "rc" | "cr" => Qualifier::ReleaseCandidate,
            "snapshot" => Qualifier::Snapshot,
            "final" | "ga" | "release" => Qualifier::Release,
            "sp" => Qualifier::ServicePack,
            "a" if digit_follows => Qualifier::Alpha,
            "b" if digit_follows => Qualifier::Beta,
            "m" if digit_follows => Qualifier::Milestone,
            _ => Qualifier::Other(word.encode_utf16().collect()),
        }
    }
}

impl Ord for MavenVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut list, mut index) = (0, 0);
        loop {
            // A number is above a list, a list above a qualifier ("Version Order Specification", the table of prefixes).
            let order = match (self.at(list, index), other.at(list, index)) {
                (Element::Nothing, Element::Nothing) => return Ordering::Equal,
                (Element::List, Element::List) => {
                    (list, index) = (list + 1, 0);
                    continue;
                }
                (Element::List, Element::Nothing) => return self.rest_against_nothing(list + 1),
                (Element::Nothing, Element::List) => return other.rest_against_nothing(list + 1).reverse(),
                (Element::List, Element::Item(Item::Number(_))) => Ordering::Less,
                (Element::List, Element::Item(Item::Qualifier(_))) => Ordering::Greater,
                (Element::Item(Item::Number(_)), Element::List) => Ordering::Greater,
                (Element::Item(Item::Qualifier(_)), Element::List) => Ordering::Less,
                (Element::Item(item), Element::Nothing) => item.against_nothing(),
                (Element::Nothing, Element::Item(item)) => item.against_nothing().reverse(),
                (Element::Item(Item::Number(a)), Element::Item(Item::Number(b))) => a.cmp(b),
                (Element::Item(Item::Qualifier(a)), Element::Item(Item::Qualifier(b))) => a.cmp(b),
                (Element::Item(Item::Number(_)), Element::Item(Item::Qualifier(_))) => Ordering::Greater,
                (Element::Item(Item::Qualifier(_)), Element::Item(Item::Number(_))) => Ordering::Less,
            };
            if order.is_ne() {
                return order;
            }
            index += 1;
        }
    }
}

impl PartialOrd for MavenVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for MavenVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for MavenVersion {}

impl fmt::Display for MavenVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
