//! Outcome of one model with one seed: how it was trained, how it ranks, and what its posterior is like.

use serde::{Deserialize, Serialize};

use crate::{evaluate::Metrics, run::Config};

/// One model with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// As it was asked for, settings included.
    pub model: String,
    /// Absent if the model draws no random numbers.
    pub seed: Option<u32>,
    /// Absent for what has no gradient.
    pub training: Option<Training>,
    /// Building and ranking of a baseline, or training of a model; absent where a run was begun by another command.
    pub seconds: Option<f64>,
    /// On validation.
    pub valid: Metrics,
    /// On the test.
    pub test: Metrics,
    /// Test metrics of the answers that occur fewer than ten times in training.
    pub rare: Metrics,
    /// Absent for models without a posterior.
    pub posterior: Option<Posterior>,
}

/// Training of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// With its seed.
    pub config: Config,
    /// Epochs done.
    pub epochs: usize,
    /// The best of them on validation, whose weights were put to the test.
    pub best_epoch: usize,
    /// Trained values.
    pub parameters: usize,
}

/// Posterior diagnostics at the last position of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posterior {
    /// Dimensions whose means differ from user to user.
    pub active_units: u32,
    /// Dimensions in all.
    pub dimensions: u32,
    /// To N(0, I) whatever the prior, nats, summed over dimensions.
    pub kl: f64,
    /// To the adaptive prior, where the model has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kl_to_prior: Option<f64>,
    /// Nats.
    pub mutual_information: f64,
    /// The most that it could be, nats.
    pub mutual_information_ceiling: f64,
    /// Lower bound of the mutual information of the views, nats; absent if there is one view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contrastive_bound: Option<f64>,
}
