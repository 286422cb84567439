//! Measurements of a run, epoch by epoch, and early stopping.
//!
//! In: losses and validation metrics after each epoch. Out: the curve, the best epoch, and whether it is time to stop. The measure is
//! NDCG@20 on validation; the test is never looked at.

use serde::{Deserialize, Serialize};

use super::LossTerms;
use crate::evaluate::Metrics;

/// One epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Epochs done, counted from 1.
    pub epoch: usize,
    /// Mean losses over the epoch's steps.
    pub losses: LossTerms,
    /// Metrics on validation.
    pub valid: Metrics,
}

/// All epochs so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// In order.
    pub epochs: Vec<EpochRecord>,
}

impl History {
    /// The epoch with the highest NDCG@20; the first of equal ones.
    pub fn best(&self) -> Option<&EpochRecord> {
        self.epochs.iter().fold(None, |best: Option<&EpochRecord>, next| match best {
            Some(best) if best.valid.ndcg_20 >= next.valid.ndcg_20 => Some(best),
            _ => Some(next),
        })
    }

    /// Whether so many epochs have passed without a better one; 0 never stops.
    pub fn is_over(&self, patience: usize) -> bool {
        match (self.best(), self.epochs.last()) {
            (Some(best), Some(last)) => patience > 0 && last.epoch - best.epoch >= patience,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(values: &[f32]) -> History {
        let epochs = values.iter().zip(1..).map(|(&ndcg_20, epoch)| EpochRecord {
            epoch,
            losses: LossTerms::default(),
            valid: Metrics {
                ndcg_20,
                ..Metrics::from_ranks([])
            },
        });
        History {
            epochs: epochs.collect(),
        }
    }

    #[test]
    fn the_first_of_the_best_epochs_counts() {
        assert!(history(&[]).best().is_none());
        assert_eq!(history(&[0.1, 0.3, 0.3, 0.2]).best().map(|record| record.epoch), Some(2));
    }

    #[test]
    fn patience_ends_a_run_and_none_does_not() {
        let history = history(&[0.1, 0.3, 0.2, 0.3]);
        assert!(history.is_over(2) && !history.is_over(3) && !history.is_over(0));
    }
}
