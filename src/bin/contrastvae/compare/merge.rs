//! One comparison out of its parts.
//!
//! In: the folder that all parts were written to. Out: the comparison as one command would have written it, or a sentence about the part that is
//! missing or does not belong to the others.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use contrastvae::compare::Comparison;

use super::{WHOLE, cannot, shown, write};
use crate::failure::Failure;
use crate::parts::Part;

/// Merges all parts of a folder, and writes what they come to.
pub(super) fn merged(out: &Path) -> Result<Comparison, Failure> {
    let of = number_of_parts(out)?;
    let mut parts = Vec::with_capacity(of);
    for part in Part::all(of) {
        let file = part.path(&out.join(WHOLE));
        if !file.exists() {
            return Err(Failure::Input(format!(
                "There is no {}; run that part before the merge.",
                file.display()
            )));
        }
        parts.push((shown(&file)?, file));
    }
    let whole = |part: &Comparison| Comparison {
        outcomes: Vec::new(),
        ..part.clone()
    };
    let mut comparison = whole(&parts[0].0);
    for (part, file) in &parts {
        if part.fingerprint != comparison.fingerprint {
            return Err(Failure::Input(format!(
                "{} is of another log than {}; delete it and run that part again.",
                file.display(),
                parts[0].1.display()
            )));
        }
    }
    // Every part took each N-th job: by turns they come in the order of the plan.
    let mut outcomes: Vec<_> = parts.into_iter().map(|(part, _)| part.outcomes.into_iter()).collect();
    for turn in 0.. {
        match outcomes[turn % of].next() {
            Some(outcome) => comparison.outcomes.push(outcome),
            None => break,
        }
    }
    if outcomes.iter().any(|left| left.len() > 0) {
        return Err(Failure::Input(format!(
            "The parts in {} hold too few outcomes for one comparison; delete those of another one, and run these parts again.",
            out.display()
        )));
    }
    write(out, &comparison)?;
    Ok(comparison)
}

/// Into how many parts the comparison of a folder was divided.
fn number_of_parts(out: &Path) -> Result<usize, Failure> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(out).map_err(|error| Failure::Input(format!("{} cannot be read: {error}.", out.display())))? {
        let entry = entry.map_err(|error| cannot(out, &error))?;
        let name = entry.file_name();
        let of = (name.to_str())
            .and_then(|name| name.strip_prefix("comparison-")?.strip_suffix(".json")?.split_once("-of-"))
            .and_then(|(_, of)| of.parse::<usize>().ok().filter(|&of| of > 0));
        found.extend(of);
    }
    match (found.len(), found.first()) {
        (1, Some(&of)) => Ok(of),
        (0, _) | (_, None) => Err(Failure::Input(format!(
            "There is no comparison-K-of-N.json in {}; name the folder that the parts were written to with --out.",
            out.display()
        ))),
        (_, Some(_)) => Err(Failure::Input(format!(
            "{} holds parts of comparisons in {} parts each; delete those that are not meant.",
            out.display(),
            found.iter().map(usize::to_string).collect::<Vec<_>>().join(" and ")
        ))),
    }
}
