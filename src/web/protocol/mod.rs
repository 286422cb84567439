//! The language between the page and the worker: commands with their answers, and events.
//!
//! In: [`Request`]s that the page posts to the worker. Out: [`Event`]s that the worker posts to the page. The TypeScript types in
//! `pkg/src/generated/protocol.ts` are made from these files, so the page cannot drift from them. Names are snake case on both sides, the same
//! as in a configuration file and on the command line. Bulk data crosses as typed arrays whose buffers are transferred, not copied.
//!
//! A new command is a variant of [`Command`] with, if it has something to say, an [`Answer`] of the same name; a function of the session;
//! and a call on the page.

mod answers;
mod commands;
mod events;

use serde::{Deserialize, Serialize};

use crate::run::Config;

pub use answers::Answer;
pub use commands::{Command, ComparisonPlan, ListsWish, Request, SimilarWish};
pub use events::Event;

/// Subject of a latent snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatentKind {
    /// The item embeddings.
    Items,
    /// The posterior means of the users, at the last position of each user's sequence.
    Users,
}

/// One of the models that the worker holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelChoice {
    /// That of the run.
    #[default]
    Present,
    /// The one that was pinned.
    Pinned,
}

/// Stage of a model in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonStage {
    /// A baseline is built and ranked.
    Counting,
    /// Optimiser steps.
    Training,
    /// The ranking after an epoch.
    Validation,
    /// The best weights on validation and test.
    Ranking,
    /// The diagnosis of the posterior.
    Latents,
}

/// State of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Nothing is loaded yet.
    Empty,
    /// Data is loaded, no run has begun.
    Ready,
    Running,
    Paused,
    /// All epochs are done, or the run was stopped.
    Finished,
}

/// One row of a list of recommendations.
#[derive(Clone, Debug, Serialize)]
pub struct Recommendation {
    /// 0-based index of the item, as in `Event::Loaded`.
    pub item: u32,
    /// The model's score: a dot product, comparable within one list only.
    pub score: f32,
}

/// A user by an identifier.
#[derive(Clone, Debug, Serialize)]
pub struct FoundUser {
    /// 0-based number of the user.
    pub user: u32,
    /// The identifier as it stood in the log.
    pub id: String,
    /// Item indices of the whole sequence, oldest first.
    pub history: Vec<u32>,
}

/// A configuration by name.
#[derive(Clone, Debug, Serialize)]
pub struct Preset {
    pub name: String,
    /// Description in English.
    pub about: String,
    pub config: Config,
}

/// Kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    Cpu,
    Gpu,
}
