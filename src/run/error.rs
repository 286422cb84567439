//! Why a run cannot begin or go on.

use thiserror::Error;

use super::{ConfigError, RequestError};
use crate::latent::DiagnosticsError;

/// Why a run cannot begin or go on: one sentence.
#[derive(Debug, Error)]
pub enum RunError {
    /// The configuration is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No user has enough items.
    #[error(
        "None of the {users} users has the four items that training needs (one to predict from, one to learn, and one each for validation and test); load a longer log."
    )]
    NothingToLearn {
        /// Users in the data.
        users: usize,
    },
    /// A value became NaN or infinite.
    #[error(
        "The {what} became {value} at step {step}{}, so the run stopped; lower training.learning_rate, or raise objective.temperature.",
        .culprit.as_ref().map(|culprit| format!(" (first in {culprit})")).unwrap_or_default()
    )]
    NotFinite {
        /// Name of the value.
        what: &'static str,
        /// The value.
        value: f32,
        /// The step it was seen at.
        step: usize,
        /// The first weights that are no finite numbers or, where all are, the first gradient.
        culprit: Option<String>,
    },
    /// Weights that are no finite numbers were to be saved.
    #[error(
        "The tensor {name} holds {value}, which is no finite number, so the run is not saved; what was saved before stays, go on from there with a lower training.learning_rate."
    )]
    Unsaveable {
        /// Name of the tensor.
        name: String,
        /// The value.
        value: f32,
    },
    /// The device failed to answer.
    #[error("The device failed: {0}. Start the run again, on the CPU if it happens again.")]
    Device(String),
    /// A buffer of the run is larger than the GPU takes.
    #[error(
        "This run needs a buffer of {needed} MB on the GPU, and {device} takes at most {most} MB; make the model narrower, leave out rare items, or train on the CPU."
    )]
    TooLargeForGpu {
        /// Size of the buffer in megabytes.
        needed: u64,
        /// Size of the largest that there may be, in megabytes.
        most: u64,
        /// Name of the GPU.
        device: String,
    },
    /// The latents cannot be diagnosed.
    #[error(transparent)]
    Diagnosis(#[from] DiagnosticsError),
    /// A critique that cannot be made.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Moves of latents that do not fit the run.
    #[error(
        "{given} moves were given for a run whose latent directions are tied to {known} attributes; give one for each, none beyond 20 either way."
    )]
    Moves {
        /// Moves that were given.
        given: usize,
        /// Attributes of the run.
        known: usize,
    },
    /// Ranking met a score that is no number.
    #[error("{0}")]
    Ranking(String),
    /// A user index that is not in the data.
    #[error("There is no user number {user}; the data has {users} users, numbered from 0.")]
    UnknownUser {
        /// The index given.
        user: u32,
        /// Number of users.
        users: usize,
    },
    /// An item index that is not in the data.
    #[error("There is no item number {item}; the data has {items} items, numbered from 0.")]
    UnknownItem {
        /// The index given.
        item: u32,
        /// Number of items.
        items: usize,
    },
}
