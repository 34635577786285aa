//! What the files of one ecosystem together select.

use super::{FileId, Package, Problem, Scope, Source, words};
use crate::source::Span;
use crate::version::{Version, VersionRange};

/// What the files of one ecosystem together say of one dependency, at the place where a person would edit it.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The package.
    pub package: Package,
    /// The version text as written at the origin; `None` where none is.
    pub declared: Option<String>,
    /// What is selected.
    pub selected: Selected,
    /// What it is for.
    pub scope: Scope,
    /// Whether the project itself asks for it.
    pub direct: Option<bool>,
    /// The group, profile, component or marker it hangs on.
    pub condition: Option<String>,
    /// Where a person would edit.
    pub origin: Origin,
    /// The other places that led here, each with what it does.
    pub because: Vec<Related>,
    /// The declared dependency that brings it in, which is what to upgrade; nothing where it is declared itself or that is not known.
    pub through: Option<String>,
}

/// The version that is used, as far as the files tell.
#[derive(Clone, Debug)]
pub enum Selected {
    /// This one.
    Exact(Version),
    /// One of these.
    Within(VersionRange),
    /// Whatever that source holds.
    Source(Source),
    /// Not to be known from the files.
    Unknown(Why),
}

impl Selected {
    /// What a requirement selects when nothing else decides: a pin selects its version; a requirement that nothing can
    /// satisfy selects nothing that could be known.
    pub fn from_range(range: VersionRange, requirement: &str) -> Selected {
        if range.is_empty() {
            let message = format!("no version can satisfy `{requirement}`");
            return Selected::Unknown(Why::new(Reason::NothingSatisfies, message));
        }
        match range.pinned() {
            Some(version) => Selected::Exact(version.clone()),
            None => Selected::Within(range),
        }
    }
}

/// Why something is not known, or what a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// A machine's word.
    pub reason: Reason,
    /// What exactly is missing, for people.
    pub message: String,
}

impl Why {
    /// A reason and its sentence.
    pub fn new(reason: Reason, message: impl Into<String>) -> Why {
        Why { reason, message: message.into() }
    }
}

words! {
    /// The reasons for verdicts.
    Reason {
        /// Below the published minimum.
        BelowMinimum = "below-minimum",
        /// Our study shows that this version does not re-read the token.
        VerifiedBroken = "verified-broken",
        /// No version of this client re-reads the token.
        NoFixedVersion = "no-fixed-version",
        /// The requirement admits versions on both sides.
        RangeStraddles = "range-straddles",
        /// Nothing bounds the version.
        Unpinned = "unpinned",
        /// At or above the minimum.
        AtLeastMinimum = "at-least-minimum",
        /// Our study shows that this version re-reads the token.
        VerifiedReloads = "verified-reloads",
        /// The token is re-read only after the API server refused a request.
        ReloadsAfterRejection = "reloads-after-rejection",
        /// A commit that lacks the fix.
        RevisionBeforeFix = "revision-before-fix",
        /// A commit that has the fix.
        RevisionAfterFix = "revision-after-fix",
        /// The rules hold no fact about this version.
        NoFacts = "no-facts",
        /// A version refers to a property or variable that is not in the tree.
        UnresolvedVariable = "unresolved-variable",
        /// A parent outside the tree decides.
        RemoteParent = "remote-parent",
        /// A BOM outside the tree decides.
        RemoteBom = "remote-bom",
        /// The version is decided in a place that is not in the tree.
        DecidedElsewhere = "decided-elsewhere",
        /// The version text is none in this ecosystem.
        UnparsableVersion = "unparsable-version",
        /// A git, address or path source of which the rules know nothing.
        SourceUnknown = "source-unknown",
        /// A fork with a numbering of its own.
        Fork = "fork",
        /// A copy inside the tree.
        LocalCopy = "local-copy",
        /// The requirements contradict each other.
        NothingSatisfies = "nothing-satisfies",
        /// The version is excluded by the same file.
        Excluded = "excluded",
        /// The file holds merge-conflict markers.
        MergeConflict = "merge-conflict",
        /// The file breaks its format's grammar, so that its tool refuses all of it.
        BrokenManifest = "broken-manifest",
        /// The value is computed when the build runs.
        Computed = "computed",
    }
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The place in its text.
    pub span: Span,
}

/// A place that bears on a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub origin: Origin,
    /// What it does: `replaces it with v0.18.6`.
    pub message: String,
}

impl Related {
    /// A place and what it does.
    pub fn new(origin: Origin, message: impl Into<String>) -> Related {
        Related { origin, message: message.into() }
    }
}

/// The places that lead to a value: those that consist of a property, outermost first, and those of the properties that are
/// parts of it, each with the property's name; `what` says what the outermost is.
pub fn places_of_properties(through: &[(Origin, String)], parts: &[(Origin, String)], what: &str) -> Vec<Related> {
    let through = through.iter().enumerate().map(|(index, (origin, name))| {
        let what = if index == 0 { what } else { "property" };
        Related::new(*origin, format!("{what} with the value of property `{name}`"))
    });
    let parts = parts.iter().map(|(origin, name)| Related::new(*origin, format!("property `{name}` is part of it")));
    through.chain(parts).collect()
}

/// What resolving gives.
#[derive(Debug, Default)]
pub struct Resolution {
    /// The dependencies, in no particular order.
    pub dependencies: Vec<Dependency>,
    /// What contradicts or is missing between files.
    pub problems: Vec<(FileId, Problem)>,
}
