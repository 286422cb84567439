//! Measures of lists beyond their accuracy, beside those of the baselines.
//!
//! In: the users that have lists, and the measures of these. Out: a row for the model and for popularity and item-kNN, whose lists are made of
//! the same histories and items; as a table or for programs.

use contrastvae::evaluate::{BeyondAccuracy, BeyondAccuracyMeter, RARE_BELOW};
use contrastvae::log::Dataset;
use contrastvae::run::{ListOptions, baseline_lists};
use serde::Serialize;

use crate::baselines::build;
use crate::failure::Failure;
use crate::progress::Progress;

/// Baselines that stand beside a model's lists.
const BESIDE: [&str; 2] = ["popularity", "item_knn"];
/// Users between two moves of the bar.
const USERS_AT_ONCE: usize = 256;

/// Measures of the lists that somebody made.
#[derive(Serialize)]
pub struct Measured {
    /// `model`, or the name of a baseline.
    by: &'static str,
    #[serde(flatten)]
    measures: BeyondAccuracy,
}

/// The measures of the model's lists and those of the baselines for the same users.
pub fn beside(log: &Dataset, users: &[u32], options: &ListOptions, model: BeyondAccuracy) -> Result<Vec<Measured>, Failure> {
    let mut rows = vec![Measured {
        by: "model",
        measures: model,
    }];
    for name in BESIDE {
        let (scorer, _) = build(name, log, None)?;
        let progress = Progress::of_steps(&format!("Lists by {name}"), users.len() as u64);
        let mut meter = BeyondAccuracyMeter::new(log, options.k);
        let mut done = 0;
        for some in users.chunks(USERS_AT_ONCE) {
            for list in baseline_lists(log, scorer.as_ref(), some, options) {
                meter.add(list.items.into_iter().map(|(item, _)| item));
            }
            done += some.len();
            progress.set(done as u64);
        }
        rows.push(Measured {
            by: scorer.name(),
            measures: meter.finish(),
        });
    }
    Ok(rows)
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
