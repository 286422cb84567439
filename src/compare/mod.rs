//! Several models on one log, side by side.
//!
//! In: names of presets and baselines with settings of their own ([`plan()`]), a data set and a device. Out: an [`Outcome`] for each model and
//! seed, a [`Comparison`] of all of them that can be written and read as JSON, and [`Row`]s with means over the seeds and a [`Verdict`]
//! on what came of each model. The work is done in pieces ([`TrainedWork`], [`BaselineWork`]): the page and the command line share it, and each
//! brings its own clock, its way of keeping what is done, and its order.

mod baseline;
mod comparison;
mod outcome;
mod plan;
mod rows;
mod trained;
mod verdict;

pub use baseline::BaselineWork;
pub use comparison::Comparison;
pub use outcome::{Outcome, Posterior, Training};
pub use plan::{Job, PlanError, plan};
pub use rows::{Mean, Row};
pub use trained::{Piece, Stage, TrainedWork};
pub use verdict::{LatentState, Standing, Verdict};

use crate::{
    evaluate::{GroupedMetrics, Grouping, Metrics, assign},
    log::{Dataset, Split},
};

/// The group of answers that occur fewer than ten times.
const RARE: usize = 0;

/// Test metrics of answers that occur fewer than ten times in training.
fn rare(data: &Dataset, ranks: &[Option<u32>]) -> Metrics {
    let groups = assign(data, Split::Test, Grouping::TrainingFrequency);
    GroupedMetrics::of_ranks(&groups, ranks)
        .finish()
        .into_iter()
        .nth(RARE)
        .map_or_else(|| Metrics::from_ranks([]), |group| group.metrics)
}
