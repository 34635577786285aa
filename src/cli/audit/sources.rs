//! `--scan` and `--map` of `kubefloor audit`: the repositories that are joined with what the logs show.
//!
//! A file that is a report of `kubefloor scan` in JSON is taken as it is. Anything else is scanned, with the configuration that lies there,
//! and its Kubernetes manifests are searched for the accounts.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::audit::{Mapping, Picture, Problem, Scanned, Sources};
use crate::cli::scan::{explain, so_far, today};
use crate::cli::{Failure, watch::watched};
use crate::data::{Fault, RuleError};
use crate::report::audit::scanned;
use crate::report::neutral::{brief, neutral};
use crate::rules::RuleSet;
use crate::scan::{self, Progress, Request};

/// Most bytes of a mapping.
const MAX_MAPPING: usize = 8 << 20;

/// Scans, reads reports, and joins them with what the logs show.
pub(super) fn join(
    picture: &mut Picture,
    scans: &[PathBuf],
    map: Option<&Path>,
    rules: &RuleSet,
) -> Result<(), Failure> {
    let mapping = map.map(mapping).transpose()?;
    if scans.is_empty() {
        return Ok(());
    }
    let names: BTreeSet<String> = picture.accounts().into_iter().map(|(_, name)| name).collect();
    let mut sources = Sources { scans: Vec::new(), mapping };
    for path in scans {
        let (scanned, problems) = scanned_at(path, &names, rules)?;
        sources.scans.push(scanned);
        picture.problems.extend(problems);
    }
    picture.join(&sources);
    if let (Some(mapping), Some(path)) = (&sources.mapping, map) {
        let problems = mapping.idle(&picture.scans).map(|(line, scan)| Problem {
            path: path.to_string_lossy().into_owned(),
            line: Some(line as u64),
            message: format!("no `--scan` is called `{scan}`, so this entry does nothing"),
        });
        let problems: Vec<Problem> = problems.collect();
        picture.problems.extend(problems);
    }
    Ok(())
}

/// What is known of one repository, and what went wrong there.
fn scanned_at(path: &Path, names: &BTreeSet<String>, rules: &RuleSet) -> Result<(Scanned, Vec<Problem>), Failure> {
    let name = path.to_string_lossy();
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let mut why_no_report = None;
    if is_json && path.is_file() {
        let text = fs::read_to_string(path)
            .map_err(|error| Failure(format!("`{}` cannot be read: {}", neutral(&name), error.kind())))?;
        match scanned::read(&name, &text) {
            Ok(scanned) => return Ok((scanned, Vec::new())),
            Err(why) => why_no_report = Some(why),
        }
    }
    let request = Request { paths: vec![path.to_owned()], today: Some(today()), ..Request::default() };
    let refuse = |refusal: &scan::Refusal| match (refusal, &why_no_report) {
        (scan::Refusal::NoManifest(_), Some(why)) => Failure(format!(
            "`{}` is no report of kubefloor in JSON: {}; write one with `kubefloor scan --report json=FILE`, or name what is to be \
             scanned",
            neutral(&name),
            neutral(why)
        )),
        _ => Failure(explain(refusal)),
    };
    let progress = Progress::default();
    let report = watched(false, || so_far(&progress), || scan::scan(&request, rules, &progress));
    let report = report.map_err(|refusal| refuse(&refusal))?;
    let mut scanned = scanned::of_report(&name, &report);
    if !names.is_empty() {
        scanned.mentions = scan::accounts(&request, names).map_err(|refusal| refuse(&refusal))?;
    }
    let (grave, _) = report.problems_by_weight();
    let problems = grave.into_iter().map(|problem| Problem {
        path: scanned.shown(&problem.path),
        line: problem.at.map(|at| at.line as u64),
        message: problem.message.clone(),
    });
    let problems = problems.collect();
    Ok((scanned, problems))
}

fn mapping(path: &Path) -> Result<Mapping, Failure> {
    let fail = |error: &RuleError| Failure(brief(&error.to_string(), 2000));
    let fault = |fault| fail(&RuleError::of_path(path, fault));
    let bytes = fs::read(path).map_err(|error| fault(Fault::Unreadable(error.kind().to_string())))?;
    if bytes.len() > MAX_MAPPING {
        return Err(fault(Fault::TooLarge { limit: "8 MiB" }));
    }
    let text = String::from_utf8(bytes).map_err(|_| fault(Fault::NotText))?;
    Mapping::parse(&path.to_string_lossy(), &text).map_err(|error| fail(&error))
}
