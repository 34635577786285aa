//! How often one file may speak of one package. What statements of one package mean is found by holding each against all
//! others, so a file of some megabytes that says nothing else would take hours.
//!
//! Traps:
//! - Declarations are known by their numbers (parts, graphs), so those that are too much lose their names instead of being
//!   taken out.
//! - A lockfile may hold a thousand copies of some small package; only those that are asked about count there.

use std::collections::HashMap;

use crate::model::{File, Problem, ProblemKind};
use crate::source::Span;

/// Most statements of one package in one file. No file that people or tools write comes near.
const MAX_STATEMENTS: usize = 1_000;

/// Leaves statements of one package beyond the limit without a name, and says so once; `counts` tells which names count.
pub(super) fn cut(file: &mut File, counts: impl Fn(&str) -> bool) {
    let reading = &mut file.reading;
    if reading.declared.len() + reading.overrides.len() + reading.mentions.len() <= MAX_STATEMENTS {
        return;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut first: Option<(String, Span)> = None;
    let mut is_too_much = |name: &str, span: Span| {
        if !counts(name) {
            return false;
        }
        let times = seen.entry(name.to_owned()).or_default();
        *times += 1;
        if *times > MAX_STATEMENTS {
            first.get_or_insert_with(|| (name.to_owned(), span));
        }
        *times > MAX_STATEMENTS
    };
    for declared in &mut reading.declared {
        if is_too_much(&declared.name, declared.span) {
            declared.name.clear();
        }
    }
    reading.overrides.retain(|change| !is_too_much(&change.name, change.then.span));
    reading.mentions.retain(|mention| !is_too_much(&mention.then.name, mention.span));
    if let Some((name, span)) = first {
        let message =
            format!("`{name}` is spoken of more than {MAX_STATEMENTS} times; the rest of it is not looked at");
        reading.problems.push(Problem { kind: ProblemKind::Limit, message, span });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystem::maven::build_gradle::FORMAT;
    use crate::scan::content;

    fn declared(requests: usize, counts: bool) -> (usize, Vec<String>) {
        let line = "implementation 'org.acme:client:1.0'\n";
        let text = format!("dependencies {{\n{}}}\n", line.repeat(requests));
        let mut file = content::read("build.gradle", &FORMAT, text.as_bytes());
        cut(&mut file, |_| counts);
        let named = file.reading.declared.iter().filter(|declared| !declared.name.is_empty()).count();
        (named, file.reading.problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn what_is_too_much_is_said_and_not_looked_at() {
        assert_eq!(declared(MAX_STATEMENTS, true), (MAX_STATEMENTS, Vec::new()));
        let (named, problems) = declared(MAX_STATEMENTS + 1, true);
        assert_eq!(named, MAX_STATEMENTS);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("`org.acme:client`"), "{problems:?}");
        assert_eq!(declared(MAX_STATEMENTS + 1, false), (MAX_STATEMENTS + 1, Vec::new()));
    }
}
