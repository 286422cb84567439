//! Measures of lists beyond their accuracy, beside those of the baselines.
//!
//! In: the users that have lists, and the measures of these. Out: a row for the model and for popularity and item-kNN, whose lists are made of
//! the same histories and items; as a table or for programs.

use std::sync::Arc;

use contrastvae::evaluate::{BeyondAccuracy, RARE_BELOW};
use contrastvae::log::Dataset;
use contrastvae::run::{ListBaselines, ListMeasures, ListOptions};
use serde::Serialize;

use crate::failure::Failure;
use crate::progress::Progress;

/// Measures of the lists that somebody made.
#[derive(Serialize)]
pub struct Measured {
    /// `model`, or the name of a baseline.
    by: String,
    #[serde(flatten)]
    measures: BeyondAccuracy,
}

/// The measures of the model's lists and those of the baselines for the same users.
pub fn beside(log: &Arc<Dataset>, users: &[u32], options: &ListOptions, model: BeyondAccuracy) -> Result<Vec<Measured>, Failure> {
    let mut baselines = ListBaselines::new(log.clone(), users.to_vec(), options.clone());
    let progress = Progress::of_steps("Lists by the baselines", baselines.progress().1 as u64);
    let found = loop {
        let found = baselines.advance().map_err(|error| Failure::Input(error.to_string()))?;
        progress.set(baselines.progress().0 as u64);
        if let Some(found) = found {
            break found;
        }
    };
    let own = ListMeasures {
        by: "model".to_owned(),
        measures: model,
    };
    let rows = [own].into_iter().chain(found);
    Ok(rows.map(|ListMeasures { by, measures }| Measured { by, measures }).collect())
}

/// A line for each row.
pub fn table(rows: &[Measured]) -> String {
    let mut text = format!("\nBeyond accuracy  coverage  rare (<{RARE_BELOW} users)  novelty, bits  overlap of two lists\n");
    for Measured { by, measures } in rows {
        text += &format!(
            "{by:15}  {:8.4}  {:16.4}  {:13.2}  {:20.4}\n",
            measures.coverage, measures.rare_share, measures.novelty, measures.overlap
        );
    }
    text
}
