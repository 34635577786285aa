//! Where the source of a workload is, in words that all forms share.

use crate::audit::join::{Fit, How};
use crate::audit::{Join, Joins, Mention, SourceClient};
use crate::report::summary::number;

/// The place of a client.
pub(super) fn place(client: &SourceClient) -> String {
    format!("{}:{}:{}", client.path, client.at.line, client.at.column)
}

/// The place where a manifest names an account.
pub(super) fn mention_place(mention: &Mention) -> String {
    format!("{}:{}:{}", mention.path, mention.at.line, mention.at.column)
}

/// What is at a place: package and version.
pub(super) fn what(client: &SourceClient) -> String {
    match client.selected.as_ref().or(client.declared.as_ref()) {
        Some(version) => format!("{} {version}", client.package),
        None => client.package.clone(),
    }
}

/// By what a workload and a place were joined, and how they fit: a sentence.
pub(super) fn why(join: &Join) -> String {
    let by = match (join.how, &join.manifest) {
        (How::Mapping, _) => "by the mapping".to_owned(),
        (How::Account, Some(mention)) => {
            let named = match (&mention.kind, &mention.name) {
                (Some(kind), Some(name)) => format!(" ({kind} {name})"),
                (Some(kind), None) => format!(" ({kind})"),
                (None, _) => String::new(),
            };
            let place = mention_place(mention);
            if !join.is_nearest && join.client.is_some() {
                return format!(
                    "by its service account, named elsewhere in the repository, in `{place}`{named}{}",
                    fit(join)
                );
            }
            match &mention.namespace {
                Some(_) => format!("by its service account, named in `{place}`{named}"),
                None => {
                    format!("by the name of its service account in `{place}`{named}, where no namespace is written")
                }
            }
        }
        (How::Account, None) => "by its service account".to_owned(),
        (How::Version, _) => "by library and version".to_owned(),
        (How::Library, _) => "by the library alone".to_owned(),
    };
    by + fit(join) + &report(join)
}

/// The report that a place is from, where its path does not tell.
fn report(join: &Join) -> String {
    let is_told = join.client.as_ref().is_none_or(|client| join.scan == "." || client.path.starts_with(&join.scan));
    if is_told { String::new() } else { format!("; in `{}`", join.scan) }
}

fn fit(join: &Join) -> &'static str {
    match join.fit {
        Fit::Same if join.how == How::Version => "",
        Fit::Same => "; library and version are those of the user agent",
        Fit::Possible => "; whether it has the version that runs is not to be seen",
        Fit::Differs => "; another version runs, so it was changed and not rolled out, or is another program",
        Fit::Untold => "; the user agent does not tell the library",
        Fit::Missing => "; no such client was found there",
    }
}

/// How sure the places are, and how many.
pub(super) fn heading(joins: &Joins) -> String {
    let surest = joins.places.iter().map(|join| join.how).min();
    let start = match surest {
        None => return "in source: nothing that was scanned fits".to_owned(),
        Some(How::Mapping | How::Account) => "in source",
        Some(How::Version) => "likely in source",
        Some(How::Library) => "perhaps in source",
    };
    match joins.places.len() + joins.left_out {
        1 => format!("{start}:"),
        count => format!("{start}, one of {} places:", number(count)),
    }
}
