//! What Gradle's builds select, project by project (Gradle User Manual, "Dependency resolution", "Rich versions", "Locking").
//!
//! - A forced version counts; else what is locked; else of all requests and constraints of a class path the highest, in Gradle's
//!   order, but one that is `strictly`.
//! - Compile and run time have a class path each, and tests a third: what is on several can be selected twice.
//! - The place to edit is the text that holds the version: the script's, a variable's, a property's, a catalog's, a constraint's.
//!   A request that another overrules is a related place of that one.
//! - A locked version that the request does not allow makes the build fail; then the request counts, and the lock is a
//!   problem.
//! - What a script names without its being understood what becomes of it is a pin, too (`mentions`).
//! - Constraints, managed versions, forced ones and libraries of a catalog that nothing uses are pins for others (scope `managed`),
//!   and so is a platform that is not in the tree.
//!
//! Not done: what dependencies of dependencies ask for, which can raise every version that is neither strict nor locked.

mod builds;
mod catalogs;
mod class_paths;
mod decide;
mod evaluation;
mod locks;
mod mentions;
mod requests;
mod unused;
mod values;

use crate::model::{Files, Resolution};

use super::super::places::Found;
use builds::Builds;
use catalogs::Catalogs;
use values::Values;

/// Resolves all builds of a tree.
pub(super) fn resolve(files: &Files) -> Resolution {
    let builds = Builds::new(files);
    let catalogs = Catalogs::new(files);
    let values = Values::new(files, &builds, &catalogs);
    let mut found = Found::default();
    let mut problems = decide::all(&values, &mut found);
    problems.extend(builds.absent());
    mentions::pins(&values, &mut found);
    Resolution { dependencies: found.finish(), problems }
}
