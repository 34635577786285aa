//! From a finding to the edits that should mend it. Whether they do is for `trial` to find out.

use super::place::{Statement, compiled_by, is_same, is_written_by_tool, locate, statement, statements};
use super::requirement::{lower_bounds, raise};
use super::shared;
use super::{Edit, Fix, is_breaking};
use crate::ecosystem;
use crate::ecosystem::golang::version::commit;
use crate::ecosystem::nuget::packages_config;
use crate::judge::{self, Finding, Verdict};
use crate::model::{Ecosystem, File, FileId, Files, Grammar, Origin, ProblemKind, Selected, Stated};
use crate::rules::{Client, Move, RuleSet};
use crate::source::Span;
use crate::version::Version;

/// Folders that hold copies of other people's packages.
const VENDORED: &[&str] = &["node_modules", "vendor", "site-packages", "third_party", "bower_components"];

/// What should mend a finding; `None` if the rules name nothing to move to.
pub(super) fn propose(rules: &RuleSet, files: &Files, finding: &Finding<'_>) -> Option<Fix> {
    let last = finding.client.move_to.last()?;
    Some(propose_up_to(rules, files, finding, last))
}

fn propose_up_to(rules: &RuleSet, files: &Files, finding: &Finding<'_>, last: &Move) -> Fix {
    let origin = finding.dependency.origin;
    let (client, file) = (finding.client, files.get(origin.file));
    let package = &finding.dependency.package.name;
    let stated = statement(files, origin, package);
    let written: Vec<&str> = match &stated {
        Statement::Requirement(text, grammar) => lower_bounds(text, *grammar),
        Statement::Value(variable, grammar) => lower_bounds(&variable.value, *grammar),
        Statement::Name | Statement::Other(_) => Vec::new(),
    };
    let Some(target) = target(client, &written, &finding.dependency.selected) else {
        let why = format!("the rules name no good version above this one; the last they name is {}", last.version);
        return Fix::refused(None, why);
    };
    let to = Some(target.version.clone());
    if let Some(why) = forbidden(file, package) {
        return Fix::refused(to, why);
    }
    let moves_along = |name: &str| moves_along(rules, client, package, name);
    if let Some(through) = finding.dependency.through.as_ref().filter(|through| !moves_along(through)) {
        return Fix::refused(to, format!("it comes in through `{through}`, so that is what to upgrade"));
    }
    let edits = match own_edits(rules, files, finding, origin, target, &stated) {
        Ok(edits) => edits,
        Err(why) => return Fix::refused(to, why),
    };
    let at = |file: FileId, span: Span| Origin { file, span };
    let edit = |id: FileId, (span, new)| Edit { at: at(id, span), new, to: target.version.clone() };
    let mut edits: Vec<Edit> = edits.into_iter().map(|one| edit(origin.file, one)).collect();
    // What else asks for it, and would hold it back.
    for other in finding.dependency.because.iter().map(|related| related.origin) {
        let stated = statement(files, other, package);
        let is_requirement =
            matches!(stated, Statement::Requirement(..)) && forbidden(files.get(other.file), package).is_none();
        if is_requirement && !is_written_by_tool(files.get(other.file)) {
            let more = own_edits(rules, files, finding, other, target, &stated).unwrap_or_default();
            edits.extend(more.into_iter().map(|one| edit(other.file, one)));
        }
    }
    let mut edited: Vec<FileId> = edits.iter().map(|edit| edit.at.file).collect();
    edited.dedup();
    for id in edited {
        let more = companions(id, files.get(id), client, target);
        if let Some(feature) = feature_of_a_version(files.get(id)).filter(|_| !more.is_empty()) {
            let why = format!(
                "the feature `{feature}` is named after a version, which what moves along may not have any more"
            );
            return Fix::refused(to, why);
        }
        edits.extend(more);
    }
    edits.sort_by_key(|edit| edit.at);
    edits.dedup_by_key(|edit| edit.at);
    let goes_over_lines = |edit: &Edit| files.get(edit.at.file).source.slice(edit.at.span).contains(['\n', '\r']);
    if edits.iter().any(goes_over_lines) {
        return Fix::refused(to, "what stands here goes over several lines".into());
    }
    let from = written.first().copied().map(str::to_owned).or(match &finding.dependency.selected {
        Selected::Exact(version) => Some(version.text().to_owned()),
        Selected::Within(_) | Selected::Source(_) | Selected::Unknown(_) => None,
    });
    let breaking = from.is_some_and(|from| is_breaking(client.ecosystem, &from, &target.version));
    Fix { to, breaking, edits, refusal: None, commands: Vec::new() }
}

/// A feature of Cargo's that a manifest asks for and that is called after a version, as `v1_15`: a later release drops it.
fn feature_of_a_version(file: &File) -> Option<&str> {
    if file.format.ecosystem != Ecosystem::Cargo {
        return None;
    }
    let is_called_so = |text: &&str| {
        let rest = text.strip_prefix('v').and_then(|rest| rest.split_once('_'));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        rest.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
    };
    file.source.text().split(['"', '\'']).find(is_called_so)
}

/// The smallest version to move to: the first that is not below what is written, else not below what is selected.
fn target<'c>(client: &'c Client, written: &[&str], selected: &Selected) -> Option<&'c Move> {
    let written = written.iter().filter_map(|text| ecosystem::version(client.ecosystem, text).ok());
    let from = written.max().or(match selected {
        Selected::Exact(version) => Some(version.clone()),
        Selected::Within(_) | Selected::Source(_) | Selected::Unknown(_) => None,
    });
    let mut targets = client.move_to.iter();
    // Go's commits between the old tags bear the number of a tag that was there before, however late they are.
    let is_late = |from: &Version| {
        client.ecosystem == Ecosystem::Golang && from.text().ends_with("+incompatible") && commit(from.text()).is_some()
    };
    if from.as_ref().is_some_and(is_late) {
        return targets.next_back().filter(|target| from.is_some_and(|from| target.version >= from));
    }
    targets.find(|target| from.as_ref().is_none_or(|from| target.version >= *from))
}

/// Why nothing in a file is edited.
fn forbidden(file: &File, package: &str) -> Option<String> {
    if file.conflicted {
        return Some("the file holds merge-conflict markers".into());
    }
    let breaks = |kind: ProblemKind| {
        matches!(kind, ProblemKind::Syntax | ProblemKind::Template | ProblemKind::Encoding | ProblemKind::Limit)
    };
    if file.reading.problems.iter().any(|problem| breaks(problem.kind)) {
        return Some("not all of the file could be read".into());
    }
    if file.format.is_written_by_tools() {
        return Some("a tool writes this file".into());
    }
    if file.format.id == packages_config::FORMAT.id {
        return Some(
            "the project beside it names the folder of the version too; `nuget update` changes both".to_owned(),
        );
    }
    if file.path.split('/').any(|folder| VENDORED.contains(&folder)) {
        return Some("the file lies among packages of others".into());
    }
    if let Some(tool) = compiled_by(file) {
        return Some(format!(
            "`{tool}` wrote this file; change what it was made from, and run that again with `--upgrade-package {package}`"
        ));
    }
    None
}

/// The edits of one place.
fn own_edits(
    rules: &RuleSet,
    files: &Files,
    finding: &Finding<'_>,
    origin: Origin,
    target: &Move,
    stated: &Statement<'_>,
) -> Result<Vec<(Span, String)>, String> {
    let file = files.get(origin.file);
    let package = &finding.dependency.package.name;
    let moves_along = |name: &str| moves_along(rules, finding.client, package, name);
    let (text, grammar) = match stated {
        Statement::Requirement(text, grammar) => (*text, *grammar),
        Statement::Value(variable, grammar) => {
            if let Some(place) = shared::other_user(files, origin, variable, &moves_along) {
                return Err(format!("`{}` is also used {place}, which would move as well", variable.name));
            }
            (variable.value.as_str(), *grammar)
        }
        Statement::Name => return put_in(file, origin.span, &target.version).map(|edit| vec![edit]),
        Statement::Other(why) => return Err(why.clone()),
    };
    let other = statements(file).find(|other| other.span == origin.span && !moves_along(&other.name));
    if let Some(other) = other {
        return Err(format!("the version of `{}` stands in the same place", other.name));
    }
    if let Some(place) = shared::other_user_of_literal(file, origin.span, package) {
        return Err(format!("the version stands in a place of its own, and is also used {place}"));
    }
    has_digest(file, origin.span)?;
    let to = target.version.text();
    let is_good = |text: &str| {
        ecosystem::range(text, grammar).is_ok_and(|range| {
            let contains = range.contains(&target.version) || grammar == Grammar::GoMod || range.pinned().is_some();
            let selected = Selected::from_range(range, text);
            contains && judge::selected(rules, finding.client, &selected).verdict == Verdict::Compatible
        })
    };
    // What is good already may ask for a later version than the one to move to.
    let is_wanted =
        |candidate: &str| is_good(candidate) || (candidate == text && is_good_alone(rules, finding, text, grammar));
    let mut edits = Vec::new();
    for (piece, new) in raise(text, grammar, to, is_wanted)? {
        let span = locate(file, origin.span, text, piece);
        let span = span.ok_or_else(|| format!("`{text}` is written in pieces, or with escapes"))?;
        if file.source.slice(span) != new {
            edits.push((span, new));
        }
    }
    Ok(edits)
}

/// Whether a requirement is good whatever it leads to.
fn is_good_alone(rules: &RuleSet, finding: &Finding<'_>, text: &str, grammar: Grammar) -> bool {
    ecosystem::range(text, grammar).is_ok_and(|range| {
        let selected = Selected::from_range(range, text);
        judge::selected(rules, finding.client, &selected).verdict == Verdict::Compatible
    })
}

/// Whether a package moves when a client does: it is the client, another that is judged, or one that is released with it.
fn moves_along(rules: &RuleSet, client: &Client, package: &str, name: &str) -> bool {
    let ecosystem = client.ecosystem;
    let same = |a: &str, b: &str| ecosystem.folded(a) == ecosystem.folded(b);
    let is_listed = client.together.iter().any(|companion| companion.major.is_none() && same(&companion.name, name));
    // Artifacts of one group that share a version are released together.
    let group = |name: &str| name.split_once(':').map(|(group, _)| group.to_owned());
    let is_of_group = ecosystem == Ecosystem::Maven && group(name).is_some() && group(name) == group(package);
    let is_judged = || rules.index().find(ecosystem, name).any(|(_, other)| std::ptr::eq(other, client));
    same(name, package) || is_listed || is_of_group || is_judged()
}

/// A version beside which a digest of the package stands: that would have to change as well.
fn has_digest(file: &File, span: Span) -> Result<(), String> {
    let mut line = file.source.line_col(span.end).line;
    let mut rest = file.source.slice(Span::new(span.end, file.source.line_start(line) + file.source.line(line).len()));
    if file.format.ecosystem == Ecosystem::Hackage && rest.starts_with('@') {
        return Err("a digest of the old version stands beside it".into());
    }
    if file.format.id == "bazel_go" {
        return Err("a checksum of the old version stands beside it".into());
    }
    if file.format.id != "requirements_txt" {
        return Ok(());
    }
    loop {
        if rest.contains("--hash") {
            return Err("digests of the old version stand beside it".into());
        }
        if !rest.trim_end().ends_with('\\') {
            return Ok(());
        }
        line += 1;
        rest = file.source.line(line);
    }
}

/// Puts a requirement behind a name that has none.
fn put_in(file: &File, span: Span, to: &Version) -> Result<(Span, String), String> {
    let text = file.source.text();
    let line_end = file.source.line_start(file.source.line_col(span.end).line);
    let line_end = line_end + file.source.line(file.source.line_col(span.end).line).len();
    let rest = text.get(span.end..line_end).unwrap_or_default();
    let refused = || Err("no version is written here, and where one would go is not certain".to_owned());
    let at = |offset: usize| Span::new(span.end + offset, span.end + offset);
    match file.format.id {
        "requirements_txt" | "pyproject_toml" | "setup_cfg" | "setup_py" | "tox_ini" | "tox_toml" | "noxfile_py"
        | "script_metadata" | "environment_yml" | "meta_yaml" => {
            let extras = rest.trim_start();
            let extras = match extras.strip_prefix('[') {
                Some(inside) => match inside.find(']') {
                    Some(end) => rest.len() - inside.len() + end + 1,
                    None => return refused(),
                },
                None => 0,
            };
            let behind = &rest[extras..];
            let is_end = behind.trim_start().is_empty()
                || behind.starts_with(['"', '\'', ';', ','])
                || behind.trim_start().starts_with([';', '#'])
                || behind.trim_start().starts_with(" #");
            if !is_end {
                return refused();
            }
            // A recipe of conda puts a blank between the name and the requirement.
            let blank = if file.format.id == "meta_yaml" { " " } else { "" };
            Ok((at(extras), format!("{blank}>={to}")))
        }
        "gemfile" | "gemspec" => {
            let before = text[..span.start].chars().next_back();
            match (before, rest.chars().next()) {
                (Some(open @ ('\'' | '"')), Some(close)) if open == close => {
                    let behind = rest[1..].trim_start();
                    let frozen = behind.strip_prefix(".freeze").map_or(0, |_| ".freeze".len());
                    Ok((at(1 + frozen), format!(", {open}>= {to}{open}")))
                }
                _ => refused(),
            }
        }
        "cabal" | "package_yaml" | "paket_dependencies" => {
            let is_end = rest.trim_start().is_empty() || rest.trim_start().starts_with([',', '#']);
            if is_end { Ok((at(0), format!(" >= {to}"))) } else { refused() }
        }
        _ => refused(),
    }
}

/// What must move with the client in the same file.
fn companions(id: FileId, file: &File, client: &Client, target: &Move) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for declared in statements(file) {
        let Some(version) = version_with(file, client, target, &declared.name) else { continue };
        let Stated::Requirement(text, grammar) = &declared.stated else { continue };
        let is_below = lower_bounds(text, *grammar)
            .iter()
            .filter_map(|text| ecosystem::version(client.ecosystem, text).ok())
            .all(|written| written < version);
        let is_moved = |text: &str| {
            let range = ecosystem::range(text, *grammar);
            range.is_ok_and(|range| {
                let from = lower_bounds(text, *grammar);
                let from = from.iter().filter_map(|text| ecosystem::version(client.ecosystem, text).ok()).max();
                range.contains(&version) && from.is_some_and(|from| from >= version || !is_pin(&range))
            })
        };
        if !is_below || is_moved(text) {
            continue;
        }
        for (piece, new) in raise(text, *grammar, version.text(), is_moved).unwrap_or_default() {
            let Some(span) = locate(file, declared.span, text, piece) else { continue };
            let edit = Edit { at: Origin { file: id, span }, new, to: version.clone() };
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    edits
}

fn is_pin(range: &crate::version::VersionRange) -> bool {
    range.pinned().is_some()
}

/// The version that a package must have beside a client's.
fn version_with(file: &File, client: &Client, target: &Move, name: &str) -> Option<Version> {
    if let Some((_, version)) = target.with.iter().find(|(other, _)| is_same(file, other, name)) {
        return Some(version.clone());
    }
    let companion = client.together.iter().find(|companion| is_same(file, &companion.name, name))?;
    let to = target.version.text();
    // What went with the old tags has numbers of its own, as far as any is known.
    if to.ends_with("+incompatible") {
        return None;
    }
    let text = match &companion.major {
        Some(major) => format!("{major}{}", &to[to.find('.')?..]),
        None => to.to_owned(),
    };
    ecosystem::version(client.ecosystem, &text).ok()
}
