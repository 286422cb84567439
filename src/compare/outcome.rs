//! What came of several models on one log.
//!
//! In: an [`Outcome`] for each model and seed. Out: a [`Comparison`] that can be written and read as JSON, the same file from the page and from
//! the command line.

use serde::{Deserialize, Serialize};

use super::{Job, Row, rows::rows};
use crate::{
    evaluate::Metrics,
    log::Dataset,
    run::{Config, DataIdentity},
};

/// One model with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Outcome {
    /// As it was asked for, settings included.
    pub model: String,
    /// Absent where nothing is drawn.
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

/// How a model came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
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

/// What its latent space looks like, at the last position of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
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
    /// What the contrast of the views proves that they share, nats; absent where there is one view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contrastive_bound: Option<f64>,
}

/// All of them, on one log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Comparison {
    /// The log's name.
    pub data: String,
    /// After its filters.
    pub users: usize,
    /// After its filters.
    pub items: usize,
    /// After its filters.
    pub interactions: usize,
    /// Of all identifiers and sequences, in hexadecimal.
    pub fingerprint: String,
    /// In the order in which they were done.
    pub outcomes: Vec<Outcome>,
}

impl Comparison {
    /// An empty one.
    pub fn of(data: &Dataset) -> Self {
        let identity = DataIdentity::of(data);
        Self {
            data: identity.name,
            users: identity.users,
            items: identity.items,
            interactions: identity.interactions,
            fingerprint: identity.fingerprint,
            outcomes: Vec::new(),
        }
    }

    /// Takes over what others of the same data hold and these settings for all models would come to again, each once.
    pub fn take_over(&mut self, others: &[Comparison], settings: &[String]) {
        for outcome in others
            .iter()
            .filter(|other| other.fingerprint == self.fingerprint)
            .flat_map(|other| &other.outcomes)
        {
            let seed = outcome.seed.unwrap_or(1);
            let again = Job::new(&outcome.model, settings, seed).is_ok_and(|job| job.is_done_by(outcome));
            if again && !self.has(&outcome.model, outcome.seed) {
                self.outcomes.push(outcome.clone());
            }
        }
    }

    /// Whether it holds this model with this seed.
    pub fn has(&self, model: &str, seed: Option<u32>) -> bool {
        self.outcomes.iter().any(|one| one.model == model && one.seed == seed)
    }

    /// One row a model, in the order in which they came first.
    pub fn rows(&self) -> Vec<Row> {
        rows(&self.outcomes)
    }

    /// The table in Markdown, with a line above it on the log.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}: {} users, {} items, {} interactions\n\n",
            self.data, self.users, self.items, self.interactions
        );
        text += Row::HEADER;
        text.extend(self.rows().iter().map(Row::line));
        text
    }
}
