//! From the name of a revision (gitrevisions) to its commit, and what to run where that is not there.
//!
//! - A base is where the revision and the head have parted, as in `git diff REV...`; where the history does not show that, it
//!   is the revision itself. `REV..` is the revision itself in any case; `A...B` is where those two have parted, a side that is
//!   left out being `HEAD`.
//! - In a shallow clone a parent's name is known from its child although the commit is not there: then that very name is what
//!   to fetch.
//!
//! Traps:
//! - `git fetch --depth` makes a whole clone a shallow one. It is named for those only that are shallow.
//! - `git fetch REMOTE BRANCH` leaves no name behind that one could write; so where to put it is written out.
//! - The name comes from the caller, in CI perhaps from the name of somebody's branch: in a command it is quoted.

use gix::objs::Kind;
use gix::{ObjectId, Repository};

use super::NoRevision;

/// The tree of a commit.
pub(super) fn tree_of(repository: &Repository, commit: ObjectId) -> Result<ObjectId, NoRevision> {
    let object = repository.find_object(commit).map_err(|error| damaged(commit, &error))?;
    let object = object.try_into_commit().map_err(|error| damaged(commit, &error))?;
    object.tree_id().map(gix::Id::detach).map_err(|error| damaged(commit, &error))
}

/// The commit before a change that led to a head, by default to `HEAD`.
pub(super) fn before(repository: &Repository, revision: &str, head: Option<ObjectId>) -> Result<ObjectId, NoRevision> {
    if let Some((one, other)) = revision.split_once("...") {
        return parted(repository, revision, one, other);
    }
    if let Some(revision) = revision.strip_suffix("..") {
        return single(repository, revision);
    }
    let commit = single(repository, revision)?;
    let head = head.or_else(|| repository.head_id().ok().map(gix::Id::detach));
    let base = head.and_then(|head| repository.merge_base(commit, head).ok().flatten());
    Ok(base.map_or(commit, gix::Id::detach))
}

/// How to get the files of a commit that is there without them.
pub(super) fn get_files(repository: &Repository, commit: ObjectId) -> String {
    match remote(repository) {
        Some(remote) => format!("get them with `git fetch --refetch --no-filter {} {commit}`", quoted(&remote)),
        None => "this repository has no remote to fetch them from".into(),
    }
}

/// Where two lines of history have parted.
fn parted(repository: &Repository, revision: &str, one: &str, other: &str) -> Result<ObjectId, NoRevision> {
    let or_head = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
    let one = single(repository, &or_head(one))?;
    let other = single(repository, &or_head(other))?;
    if let Ok(Some(base)) = repository.merge_base(one, other) {
        return Ok(base.detach());
    }
    let advice = match remote(repository) {
        Some(remote) if is_shallow(repository) => {
            format!(
                "this shallow clone lacks that part of the history; get it with `git fetch --unshallow {}`",
                quoted(&remote)
            )
        }
        Some(_) | None => "they have no history in common".to_owned(),
    };
    Err(NoRevision(format!("where the two sides of `{revision}` have parted is not known: {advice}")))
}

/// The commit that a name without dots stands for.
pub(super) fn single(repository: &Repository, revision: &str) -> Result<ObjectId, NoRevision> {
    if revision.trim().is_empty() {
        return Err(NoRevision("no revision is named; name a branch, a tag or a commit".into()));
    }
    let found =
        repository.rev_parse_single(revision).ok().map(gix::Id::detach).or_else(|| parent(repository, revision));
    let Some(id) = found else { return Err(absent(repository, revision)) };
    match repository.try_find_header(id) {
        Ok(Some(_)) => {}
        Ok(None) => return Err(not_here(repository, revision, id)),
        Err(error) => return Err(damaged(id, &error)),
    }
    let object = repository.find_object(id).map_err(|error| damaged(id, &error))?;
    let kind = object.kind;
    match object.peel_to_kind(Kind::Commit) {
        Ok(commit) => Ok(commit.id),
        Err(error) if error.is_not_found() => Err(not_here(repository, revision, id)),
        Err(_) => Err(NoRevision(format!("`{revision}` is no commit but a {kind}; name a branch, a tag or a commit"))),
    }
}

/// The parent that `X^`, `X^2`, `X~` and `X~1` speak of, whether it is there or not.
fn parent(repository: &Repository, revision: &str) -> Option<ObjectId> {
    let at = revision.rfind(['^', '~'])?;
    let (child, number) = (&revision[..at], &revision[at + 1..]);
    let number: usize = if number.is_empty() { 1 } else { number.parse().ok()? };
    if number == 0 || (revision[at..].starts_with('~') && number > 1) {
        return None;
    }
    let child = single(repository, child).ok()?;
    let commit = repository.find_object(child).ok()?.try_into_commit().ok()?;
    commit.parent_ids().nth(number - 1).map(gix::Id::detach)
}

/// What to say of a commit whose name is known.
fn not_here(repository: &Repository, revision: &str, id: ObjectId) -> NoRevision {
    let id = id.to_string();
    let which = if revision == id { format!("commit `{id}`") } else { format!("`{revision}`, which is `{id}`,") };
    NoRevision(match remote(repository) {
        Some(remote) => {
            let depth = depth(repository);
            format!("{which} is not in this clone; get it with `git fetch --no-tags{depth} {} {id}`", quoted(&remote))
        }
        None => format!("{which} is not in this repository, which has no remote to fetch it from"),
    })
}

/// What to say of a name that stands for nothing here.
fn absent(repository: &Repository, revision: &str) -> NoRevision {
    let is_number = revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let length = repository.object_hash().len_in_hex();
    if let (true, Ok(id)) = (is_number && revision.len() == length, ObjectId::from_hex(revision.as_bytes())) {
        return not_here(repository, revision, id);
    }
    let absent = format!("there is no revision `{revision}` in this clone");
    let Some(remote) = remote(repository) else { return NoRevision(absent) };
    let depth = depth(repository);
    let fetch = |from: &str, to: &str, remote: &str| {
        format!("git fetch --no-tags{depth} {} {}", quoted(remote), quoted(&format!("+{from}:{to}")))
    };
    let plain = revision.strip_prefix("refs/heads/").unwrap_or(revision);
    let advice = if revision.contains(['^', '~', ':', '@', ' ']) {
        if !is_shallow(repository) {
            return NoRevision(absent);
        }
        format!("if the history goes back that far, get it with `git fetch --unshallow {}`", quoted(&remote))
    } else if is_number && revision.len() >= 7 {
        "write all of the commit's digits, and how to get it can be said".to_owned()
    } else if let Some((remote, branch)) = of_remote(repository, plain) {
        let to = format!("refs/remotes/{remote}/{branch}");
        format!("get it with `{}`", fetch(&format!("refs/heads/{branch}"), &to, &remote))
    } else if plain.starts_with("refs/") {
        format!("get it with `{}`", fetch(plain, plain, &remote))
    } else {
        let name = format!("{remote}/{plain}");
        let to = format!("refs/remotes/{name}");
        if repository.try_find_reference(to.as_str()).is_ok_and(|found| found.is_some()) {
            format!("there is `{name}`, if that is meant")
        } else {
            format!("get it with `{}`, then name `{name}`", fetch(plain, &to, &remote))
        }
    };
    NoRevision(format!("{absent}; {advice}"))
}

/// The remote and its branch, if a name begins with a remote's.
fn of_remote(repository: &Repository, name: &str) -> Option<(String, String)> {
    let name = name.strip_prefix("refs/remotes/").unwrap_or(name);
    let names = repository.remote_names();
    let mut remotes = names.iter().map(ToString::to_string);
    let remote = remotes.find(|remote| name.strip_prefix(remote.as_str()).is_some_and(|rest| rest.starts_with('/')))?;
    let branch = name[remote.len() + 1..].to_owned();
    (!branch.is_empty()).then_some((remote, branch))
}

/// The remote to fetch from: `origin`, else the first.
fn remote(repository: &Repository) -> Option<String> {
    let names: Vec<String> = repository.remote_names().iter().map(ToString::to_string).collect();
    names.iter().find(|name| *name == "origin").or(names.first()).cloned()
}

fn is_shallow(repository: &Repository) -> bool {
    repository.is_shallow().unwrap_or(false)
}

fn depth(repository: &Repository) -> &'static str {
    if is_shallow(repository) { " --depth=1" } else { "" }
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/+:-".contains(c);
    if !word.starts_with('-') && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn damaged(id: ObjectId, error: &gix::Error) -> NoRevision {
    NoRevision(format!("the object `{id}` of the git repository is damaged: {error}"))
}
