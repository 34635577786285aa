//! A reading of a text that stands inside another file: a line of requirements in a list, a document in a comment.

use crate::model::Reading;
use crate::source::Span;

/// The reading with its places put where they are in the file; it has no graph.
pub(super) fn placed(mut reading: Reading, place: impl Fn(Span) -> Span) -> Reading {
    let declared = reading.declared.iter_mut().map(|declared| &mut declared.span);
    let overrides = reading.overrides.iter_mut().map(|change| &mut change.then.span);
    let variables = reading.variables.iter_mut().map(|variable| &mut variable.span);
    let includes = reading.includes.iter_mut().map(|include| &mut include.span);
    let problems = reading.problems.iter_mut().map(|problem| &mut problem.span);
    for span in declared.chain(overrides).chain(variables).chain(includes).chain(problems) {
        *span = place(*span);
    }
    reading
}

/// Adds what one reading found to another.
pub(super) fn append(reading: &mut Reading, mut part: Reading) {
    reading.declared.append(&mut part.declared);
    reading.overrides.append(&mut part.overrides);
    reading.variables.append(&mut part.variables);
    reading.includes.append(&mut part.includes);
    reading.problems.append(&mut part.problems);
}
