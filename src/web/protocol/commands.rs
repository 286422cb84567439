//! Commands of the page.
//!
//! In: the object that the page posted. Out: a [`Request`], or the sentence that says why it is none.

use serde::{Deserialize, de::IgnoredAny};
use wasm_bindgen::{JsCast, JsValue};

use super::{LatentKind, ModelChoice};
use crate::{
    log::{CleanedFormat, Example, ReadOptions},
    run::{Config, ListFormat, SimilarBy},
};

/// A command, and the number under which it is answered.
#[derive(Deserialize)]
pub struct Request {
    /// Chosen by the page; comes back in [`Event::Answered`](super::Event::Answered) or [`Event::Refused`](super::Event::Refused).
    pub id: u32,
    pub command: Command,
}

/// Something that the page asks of the worker. A command that has an [`Answer`](super::Answer) of its name is answered by that, every
/// other one by `Done`.
#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Generate the built-in example shop and make it the data of the next run.
    LoadExample {
        example: Example,
        /// Filters and split; without them all of the example is kept.
        options: Option<ReadOptions>,
    },
    /// Read the visitor's files: one log and, beside it, at most one file of item titles and genres.
    LoadFiles {
        /// Filled in by [`Request::from_object`](super::Request::from_object).
        #[serde(deserialize_with = "leave_empty")]
        files: js_sys::Array<web_sys::File>,
        /// How to understand it, what to leave out and hold back; the defaults where absent.
        options: Option<ReadOptions>,
    },
    /// Make the data anew of what was loaded last, with other options. The files are read again only where they are to be
    /// understood in another way.
    Reload { options: ReadOptions },
    /// Give up the reading under way.
    CancelLoading,
    /// Replace the configuration of the next run; refused with a sentence where it is out of range.
    Configure { config: Config },
    /// Tell the memory and work of a run with this configuration on the loaded data.
    Estimate { config: Config },
    /// Time a few steps of the default configuration on the loaded data; refused while a run goes on.
    Probe,
    /// Time steps of the configuration on the loaded data for about so many seconds; refused while a run goes on.
    TimeSteps { seconds: f64 },
    /// Take a few steps of the configuration on the loaded data both on this device and on the CPU; refused while a run goes on.
    CheckDevice { steps: u32 },
    /// Rest this long after each step from now on, so that people can follow; 0: not at all.
    Rest { milliseconds: u32 },
    /// Rank by popularity, a Markov chain and item-kNN on validation and test, beside whatever else goes on.
    Baselines,
    /// Give up the ranking by the baselines.
    CancelBaselines,
    /// Train and rank several models on the loaded data, one after the other, beside whatever else goes on.
    Compare(ComparisonPlan),
    /// Tell the work of a comparison; nothing is begun.
    EstimateComparison(ComparisonPlan),
    /// Give up the comparison under way. The models that are done stay.
    CancelComparison,
    /// Rank the test items by the best weights on validation so far, beside whatever else goes on.
    Test,
    /// Begin a new run with the loaded data and the configuration.
    Start,
    /// Hold the run after the step under way.
    Pause,
    /// Go on with a run on hold.
    Resume,
    /// Do this many optimiser steps, then hold.
    Step { count: u32 },
    /// End the run. Its model stays for recommendations.
    Stop,
    /// The best next items after a history of item indices (0-based, oldest first), by the present model or the pinned one.
    Recommend {
        history: Vec<u32>,
        k: u32,
        #[serde(default)]
        model: ModelChoice,
        /// Moves of the latent along the tied dimensions in logits, one for each attribute of [`Event::Begun`](super::Event::Begun); not moved
        /// without them.
        #[serde(default)]
        moves: Vec<f32>,
    },
    /// Tell why the present model gives an item its score after a history (item indices, oldest first): each item of the history left out in
    /// turn.
    Explain { history: Vec<u32>, item: u32 },
    /// Attention of the last position of a history (item indices, oldest first) by the present model.
    Attention { history: Vec<u32> },
    /// Search the `count` users whose sequences are nearest to a history and what they took next, beside whatever else goes on; `own` is left
    /// out.
    NearestUsers {
        history: Vec<u32>,
        count: u32,
        own: Option<u32>,
    },
    /// Give up the search under way.
    CancelNearestUsers,
    /// Make lists of the best items for many users, beside whatever else goes on. Their text comes in pieces
    /// ([`Event::ListsPart`](super::Event::ListsPart)).
    Lists(ListsWish),
    /// Give up what is being listed.
    CancelLists,
    /// Measure the lists that popularity and item-kNN would give the same users, beside whatever else goes on.
    ListBaselines(ListsWish),
    /// Make a table of the items that are most alike to each item, beside whatever else goes on. Its text comes in pieces, as that of lists.
    SimilarItems(SimilarWish),
    /// Take a key of pseudonyms for the users, or draw one where there is none; it holds from now on.
    Pseudonyms {
        /// Text of a key that was saved; one that is in use already stays without it.
        key: Option<String>,
    },
    /// Users whose identifiers begin with a text, in either case, at most so many (and 50); the one that is the text comes first.
    FindUsers { text: String, most: u32 },
    /// The identifiers of these users (0-based numbers).
    NameUsers {
        /// All users without it.
        users: Option<Vec<u32>>,
        /// Whether their pseudonyms are wanted in the place of the identifiers; a key must have been taken or drawn.
        #[serde(default)]
        pseudonyms: bool,
    },
    /// A latent snapshot now, whatever the epoch.
    Latents { what: LatentKind },
    /// The latents themselves, of at most so many users or items (evenly spaced ones where there are more), for tools that look at
    /// the space as it is.
    Vectors {
        what: LatentKind,
        most: u32,
        /// Whether the two views of each user are wanted too.
        views: bool,
    },
    /// The posterior after a history of item indices (0-based, oldest first), as a row without a user.
    Posterior { history: Vec<u32> },
    /// Keep the present model as it is beside the run, to compare with; it takes the place of the one kept before.
    Pin,
    /// Forget the pinned model.
    Unpin,
    /// The run as it stands, to go on from later.
    Checkpoint,
    /// The log as it was understood, after the filters, to keep as a file.
    Clean {
        format: CleanedFormat,
        /// Whether users are named by their pseudonyms; a key must have been taken or drawn.
        #[serde(default)]
        pseudonyms: bool,
    },
    /// Put the run of a checkpoint in the place of the present one and hold it. The data that it was trained on must be loaded;
    /// where it cannot be used, the present run stays.
    Restore {
        /// The zip archive that an [`Answer::Checkpoint`](super::Answer::Checkpoint) brought or the command line wrote. Filled in by
        /// [`Request::from_object`](super::Request::from_object).
        #[serde(deserialize_with = "no_bytes")]
        bytes: js_sys::Uint8Array,
    },
}

/// Models to be compared.
#[derive(Deserialize)]
pub struct ComparisonPlan {
    /// Presets and baselines, a preset with settings of its own behind `+`, as the command line has them.
    pub models: Vec<String>,
    /// KEY=VALUE, for all models that are trained; those of a name come after them.
    pub settings: Vec<String>,
    /// Number of seeds for each model, from 1.
    pub seeds: u32,
    /// A JSON array of earlier comparisons; what they hold of the same data and settings is not done again.
    pub before: String,
}

/// Lists for many users.
#[derive(Deserialize)]
pub struct ListsWish {
    /// Items of a list.
    pub k: u32,
    /// Whether items that a user has had may be in the list.
    pub with_history: bool,
    /// Interactions that an item must have in the log.
    pub least: u32,
    pub format: ListFormat,
    /// Whether users are named by their pseudonyms; a key must have been taken or drawn.
    #[serde(default)]
    pub pseudonyms: bool,
    /// Text of a file with an identifier of a user a line; all users without it.
    pub users: Option<String>,
    /// The same with the items that may be recommended; all without it.
    pub only: Option<String>,
    /// The same with items that may not.
    pub without: Option<String>,
}

/// Items that are alike, for all items.
#[derive(Deserialize)]
pub struct SimilarWish {
    /// Neighbours of an item.
    pub k: u32,
    pub by: SimilarBy,
    pub format: ListFormat,
}

/// Serde reads the members of a tagged enum through a buffer of plain data, in which a `File` does not survive.
fn leave_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<js_sys::Array<web_sys::File>, D::Error> {
    IgnoredAny::deserialize(deserializer)?;
    Ok(js_sys::Array::new_typed())
}

/// The same for bytes, which would be copied number by number.
fn no_bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<js_sys::Uint8Array, D::Error> {
    IgnoredAny::deserialize(deserializer)?;
    Ok(js_sys::Uint8Array::new_with_length(0))
}

impl Request {
    /// A request out of the object that the page posted.
    pub fn from_object(object: &JsValue) -> Result<Self, JsValue> {
        let mut request: Self = serde_wasm_bindgen::from_value(object.clone())
            .map_err(|error| JsValue::from_str(&format!("The worker does not understand this command: {error}.")))?;
        let command = js_sys::Reflect::get(object, &JsValue::from_str("command"))?;
        let member = |name: &str| js_sys::Reflect::get(&command, &JsValue::from_str(name));
        match &mut request.command {
            Command::LoadFiles { files, .. } => *files = js_sys::Array::from(&member("files")?).unchecked_into(),
            Command::Restore { bytes } => *bytes = js_sys::Uint8Array::new(&member("bytes")?),
            _ => {}
        }
        Ok(request)
    }
}
