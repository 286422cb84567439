//! The choice of weights by validation, and early stopping.
//!
//! In: the metrics of each epoch, and the weights that they were measured with. Out: the history, the weights with the highest NDCG@20, and
//! whether `training.patience` says that it is time to stop.

use super::{
    LossTerms,
    history::{EpochRecord, History},
};
use crate::{evaluate::Metrics, model::Recommender};

/// History of validation, and the best weights so far.
#[derive(Default)]
pub(super) struct Selection {
    history: History,
    /// Step after which the best weights stood, and these weights.
    best: Option<(usize, Recommender)>,
}

impl Selection {
    /// Selection of a run that goes on.
    pub(super) fn resumed(history: History, best: Option<(usize, Recommender)>) -> Self {
        Self { history, best }
    }

    /// Metrics and losses of all epochs so far.
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// Best weights, and the step after which they stood; None before the first validation.
    pub(super) fn best(&self) -> Option<(usize, &Recommender)> {
        self.best.as_ref().map(|(step, model)| (*step, model))
    }

    /// Takes in the validation after an epoch. `model` is what was validated, after `step` steps; it is copied only if it is the best.
    pub(super) fn note(
        &mut self,
        epoch: usize,
        losses: LossTerms,
        valid: Metrics,
        step: usize,
        model: impl FnOnce() -> Recommender,
    ) {
        let better = self.history.best().is_none_or(|best| valid.ndcg_20 > best.valid.ndcg_20);
        self.history.epochs.push(EpochRecord { epoch, losses, valid });
        if better {
            self.best = Some((step, model()));
        }
    }
}
