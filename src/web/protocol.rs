//! The language between the page and the worker: every command and every event, in one file.
//!
//! In: commands that the page posts to the worker. Out: events that the worker posts to the page. The TypeScript types in
//! `pkg/dist/` are generated from this file, so the page cannot drift from it. Names are snake case on both sides, the same as in
//! a configuration file and on the command line. Bulk data crosses as typed arrays whose buffers are transferred, not copied.

use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::JsValue;

use crate::compare::{Comparison, Row};
use crate::evaluate::{BaselineMetrics, FrequencyGroups, Metrics};
use crate::log::{CleanedFormat, Example, Preview, ReadOptions, Summary};
use crate::run::{Config, EpochRecord, LatentReport, LossTerms, RunSize};

/// What the page may ask of the worker. `request` comes back in the event that answers, so that the page can match them.
#[derive(Deserialize, Tsify)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Generate the built-in example shop and make it the data of the next run.
    LoadExample {
        request: u32,
        example: Example,
        /// What to leave out and hold back; of the example everything is kept where it is absent.
        #[tsify(optional)]
        options: Option<ReadOptions>,
    },
    /// Read the visitor's files: one log and, beside it, at most one file of item titles and genres.
    LoadFiles {
        request: u32,
        /// Filled in by [`Command::from_object`].
        #[serde(deserialize_with = "leave_empty")]
        #[tsify(type = "File[]")]
        files: js_sys::Array,
        /// How to understand it, what to leave out and hold back; the defaults where absent.
        #[tsify(optional)]
        options: Option<ReadOptions>,
    },
    /// Make the data anew of what was loaded last, with other options. The files are read again only where they are to be
    /// understood in another way.
    Reload { request: u32, options: ReadOptions },
    /// Give up the reading under way.
    CancelLoading { request: u32 },
    /// Replace the configuration of the next run; refused with a sentence where it is out of range.
    Configure { request: u32, config: Config },
    /// What a run with this configuration on the loaded data would take.
    Estimate { request: u32, config: Config },
    /// Time a few steps of the default configuration on the loaded data; refused while a run goes on.
    Probe { request: u32 },
    /// Rest this long after each step from now on, so that people can follow; 0: not at all.
    Rest { request: u32, milliseconds: u32 },
    /// Rank by popularity, a Markov chain and item-kNN on validation and test, beside whatever else goes on.
    Baselines { request: u32 },
    /// Give up the ranking by the baselines.
    CancelBaselines { request: u32 },
    /// Train and rank several models on the loaded data, one after the other, beside whatever else goes on.
    Compare {
        request: u32,
        /// Presets and baselines, a preset with settings of its own behind `+`, as the command line has them.
        models: Vec<String>,
        /// KEY=VALUE, for all models that are trained; those of a name come after them.
        settings: Vec<String>,
        /// How many seeds for each model, from 1.
        seeds: u32,
        /// A JSON array of earlier comparisons; what they hold of the same data and settings is not done again.
        before: String,
    },
    /// What that would take; nothing is begun.
    EstimateComparison {
        request: u32,
        models: Vec<String>,
        settings: Vec<String>,
        seeds: u32,
        before: String,
    },
    /// Give up the comparison under way. The models that are done stay.
    CancelComparison { request: u32 },
    /// Rank the test items by the best weights on validation so far, beside whatever else goes on.
    Test { request: u32 },
    /// Begin a new run with the loaded data and the configuration.
    Start { request: u32 },
    /// Hold the run after the step under way.
    Pause { request: u32 },
    /// Go on with a run on hold.
    Resume { request: u32 },
    /// Do this many optimiser steps, then hold.
    Step { request: u32, count: u32 },
    /// End the run. Its model stays for recommendations.
    Stop { request: u32 },
    /// The best next items after a history of item indices (0-based, oldest first), by the present model or the pinned one.
    Recommend {
        request: u32,
        history: Vec<u32>,
        k: u32,
        #[serde(default)]
        #[tsify(optional)]
        model: ModelChoice,
    },
    /// A latent snapshot now, whatever the epoch.
    Latents { request: u32, what: LatentKind },
    /// The latents themselves, of at most so many users or items (evenly spaced ones where there are more), for tools that look at
    /// the space as it is.
    Vectors {
        request: u32,
        what: LatentKind,
        most: u32,
        /// Whether the two views of each user are wanted too.
        views: bool,
    },
    /// The posterior after a history of item indices (0-based, oldest first), as a row without a user.
    Posterior { request: u32, history: Vec<u32> },
    /// Keep the present model as it is beside the run, to compare with; it takes the place of the one kept before.
    Pin { request: u32 },
    /// Forget the pinned model.
    Unpin { request: u32 },
    /// The run as it stands, to go on from later.
    Checkpoint { request: u32 },
    /// The log as it was understood, after the filters, to keep as a file.
    Clean { request: u32, format: CleanedFormat },
    /// Put the run of a checkpoint in the place of the present one and hold it. The data that it was trained on must be loaded;
    /// where it cannot be used, the present run stays.
    Restore {
        request: u32,
        /// The zip archive that an [`Event::Checkpoint`] brought or the command line wrote. Filled in by
        /// [`Command::from_object`].
        #[serde(deserialize_with = "no_bytes")]
        #[tsify(type = "Uint8Array")]
        bytes: js_sys::Uint8Array,
    },
}

/// Serde reads the members of a tagged enum through a buffer of plain data, in which a `File` does not survive.
fn leave_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<js_sys::Array, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer)?;
    Ok(js_sys::Array::new())
}

/// The same for bytes, which would be copied number by number.
fn no_bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<js_sys::Uint8Array, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer)?;
    Ok(js_sys::Uint8Array::new_with_length(0))
}

impl Command {
    /// A command out of the object that the page posted.
    pub fn from_object(object: JsValue) -> Result<Self, JsValue> {
        let mut command: Self = serde_wasm_bindgen::from_value(object.clone())
            .map_err(|error| JsValue::from_str(&format!("The worker does not understand this command: {error}.")))?;
        let member = |name: &str| js_sys::Reflect::get(&object, &JsValue::from_str(name));
        match &mut command {
            Self::LoadFiles { files, .. } => *files = js_sys::Array::from(&member("files")?),
            Self::Restore { bytes, .. } => *bytes = js_sys::Uint8Array::new(&member("bytes")?),
            _ => {}
        }
        Ok(command)
    }

    /// The number that the answer carries.
    pub fn request(&self) -> u32 {
        match *self {
            Self::LoadExample { request, .. }
            | Self::LoadFiles { request, .. }
            | Self::Reload { request, .. }
            | Self::CancelLoading { request }
            | Self::Configure { request, .. }
            | Self::Estimate { request, .. }
            | Self::Probe { request }
            | Self::Rest { request, .. }
            | Self::Baselines { request }
            | Self::CancelBaselines { request }
            | Self::Compare { request, .. }
            | Self::EstimateComparison { request, .. }
            | Self::CancelComparison { request }
            | Self::Test { request }
            | Self::Start { request }
            | Self::Pause { request }
            | Self::Resume { request }
            | Self::Step { request, .. }
            | Self::Stop { request }
            | Self::Recommend { request, .. }
            | Self::Latents { request, .. }
            | Self::Vectors { request, .. }
            | Self::Posterior { request, .. }
            | Self::Pin { request }
            | Self::Unpin { request }
            | Self::Checkpoint { request }
            | Self::Clean { request, .. }
            | Self::Restore { request, .. } => request,
        }
    }
}

/// Whose latents a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum LatentKind {
    /// The item embeddings.
    Items,
    /// The posterior means of the users, at the last position of each user's sequence.
    Users,
}

/// Which of the models that the worker holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum ModelChoice {
    /// That of the run.
    #[default]
    Present,
    /// The one that was pinned.
    Pinned,
}

/// What a comparison is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Tsify)]
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

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
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
#[derive(Clone, Debug, Serialize, Tsify)]
pub struct Recommendation {
    /// 0-based index of the item, as in `Event::Loaded`.
    pub item: u32,
    /// The model's score: a dot product, comparable within one list only.
    pub score: f32,
}

/// A configuration by name.
#[derive(Clone, Debug, Serialize, Tsify)]
pub struct Preset {
    pub name: String,
    /// What it is, in English.
    pub about: String,
    pub config: Config,
}

/// What the worker tells the page.
#[derive(Serialize, Tsify)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The worker is up; the first event there is. `name` is fit for people ("CPU, one core, SIMD").
    Hello {
        kind: DeviceKind,
        name: String,
        version: String,
        default_config: Config,
        /// All presets, the default one first.
        presets: Vec<Preset>,
    },
    /// Bytes read so far of all the files together.
    LoadProgress {
        bytes_done: f64,
        bytes_total: f64,
    },
    /// How the log being read is understood. It comes before the reading ends, and also where nothing comes of it.
    Preview {
        request: u32,
        preview: Preview,
    },
    /// Data is there. Indices of items and users are positions in these lists.
    Loaded {
        request: u32,
        summary: Summary,
        /// Identifier of each item as it stood in the log.
        item_ids: Vec<String>,
        /// Title of each item, its identifier where no title is known; empty where none of them has a title.
        item_titles: Vec<String>,
        /// Names of the genres; empty where the log has none.
        genres: Vec<String>,
        /// Main genre of each item as an index into `genres`, -1 where unknown.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Int32Array")]
        item_genre: js_sys::Int32Array,
        /// Number of interactions of each item.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Uint32Array")]
        item_count: js_sys::Uint32Array,
    },
    /// The configuration was taken.
    Configured {
        request: u32,
        config: Config,
    },
    Estimated {
        request: u32,
        size: RunSize,
    },
    Probed {
        request: u32,
        /// Seconds that a step of the default configuration took, the quickest of a few.
        step_seconds: f32,
        /// Its floating-point operations, as [`RunSize`] counts them.
        step_work: f64,
    },
    /// A run is there: it has just begun, or came out of a checkpoint.
    Begun {
        /// Trained values.
        parameters: u32,
    },
    /// How much of the ranking by the baselines is done.
    BaselineProgress {
        done: u32,
        total: u32,
    },
    Baselines {
        request: u32,
        baselines: Vec<BaselineMetrics>,
        seconds: f32,
    },
    /// What a comparison would take, and what of it is there already.
    ComparisonEstimated {
        request: u32,
        /// Models and seeds in all.
        total: u32,
        /// Those that are not done yet.
        left: u32,
        /// Floating-point operations of these, as [`RunSize`] counts them.
        work: f64,
        comparison: Comparison,
        rows: Vec<Row>,
    },
    /// How far a comparison is.
    ComparisonProgress {
        /// The model under way.
        model: String,
        /// Absent for a baseline.
        seed: Option<u32>,
        stage: ComparisonStage,
        /// Models and seeds that are done, and those in all.
        done: u32,
        total: u32,
        /// The epoch under way, from 1, and how many there are at most; zeros for a baseline.
        epoch: u32,
        epochs: u32,
        /// Of the work of all, from 0 to 1.
        share: f32,
        /// Of the training of this model so far.
        sequences_per_second: f32,
        /// At the present rate; absent at the very beginning.
        seconds_left: Option<f32>,
    },
    /// A model of the comparison is done; these are all that are.
    ComparisonRows {
        comparison: Comparison,
        rows: Vec<Row>,
    },
    /// All models of the comparison are done.
    Compared {
        request: u32,
        comparison: Comparison,
        rows: Vec<Row>,
    },
    /// The test items ranked by the best weights on validation, which stood after this epoch.
    Tested {
        request: u32,
        epoch: u32,
        metrics: Metrics,
        seconds: f32,
    },
    /// The device failed in the middle of a run, for instance since the GPU was taken away: this worker cannot go on.
    DeviceFailed {
        message: String,
    },
    /// A command that has no other answer was done.
    Done {
        request: u32,
    },
    State {
        state: RunState,
    },
    /// After each step (at most ten times a second). Losses are in nats, means over the steps since the last such event.
    Progress {
        epoch: u32,
        epochs: u32,
        /// Steps done since the start of the run.
        step: u32,
        steps_per_epoch: u32,
        losses: LossTerms,
        /// Weight of the KL terms in this step, after annealing.
        kl_weight: f32,
        sequences_per_second: f32,
        /// Milliseconds that a step kept this thread busy, without waiting for a GPU; median of the latest 32.
        step_milliseconds: f32,
        /// Seconds until the last epoch ends, at the present rate.
        seconds_left: f32,
    },
    /// After each epoch: full ranking on the validation items.
    Validation {
        epoch: u32,
        metrics: Metrics,
        /// The same metrics of ranking by popularity, on the same split.
        popularity: Metrics,
        /// Both again by how common the answer is.
        groups: Vec<FrequencyGroups>,
        seconds: f32,
    },
    /// After each epoch, and after a checkpoint was taken up: what the latent space of a sample of the users looks like. There is
    /// no such event where the model has no posterior.
    Diagnosis {
        epoch: u32,
        /// Steps done since the start of the run.
        step: u32,
        seconds: f32,
        /// Named as `contrastvae diagnose --json` names them; absent where there is a problem.
        report: Option<LatentReport>,
        /// Why this latent space cannot be diagnosed: one sentence.
        problem: Option<String>,
    },
    /// A projection of latents to the plane by principal components, axes aligned with the snapshot before.
    Latents {
        request: Option<u32>,
        what: LatentKind,
        epoch: u32,
        step: u32,
        /// Share of the variance that each of the two axes explains.
        explained: [f32; 2],
        /// x0 y0 x1 y1 …, scaled so that the largest coordinate is about 1.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        points: js_sys::Float32Array,
        /// For `items` the item index of each point, for `users` the user index.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Uint32Array")]
        indices: js_sys::Uint32Array,
        /// Main genre of each point (-1 unknown): of the item, or the commonest of the user's items.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Int32Array")]
        genre: js_sys::Int32Array,
        /// For items the number of interactions, for users the mean of that over the user's items.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        popularity: js_sys::Float32Array,
        /// For items the number of users whose answer in the test it is, for users how many have the same answer (-1 where the
        /// test does not ask): the frequency by which the paper groups.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Int32Array")]
        frequency: js_sys::Int32Array,
        /// How a latent comes to this plane: the centre, then the two axes, each as wide as a latent. A coordinate is the product
        /// of an axis with what is left of the latent without the centre.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        plane: js_sys::Float32Array,
    },
    /// Latents as they are. All matrices are row-major.
    Vectors {
        request: u32,
        what: LatentKind,
        epoch: u32,
        step: u32,
        /// Width of a row.
        dimensions: u32,
        /// How many users or items there are; of more than were asked for, evenly spaced ones are here.
        total: u32,
        /// Item or user index of each row.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Uint32Array")]
        indices: js_sys::Uint32Array,
        /// Item embeddings, or posterior means.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        mean: js_sys::Float32Array,
        /// Logarithms of posterior variances; empty for items and where the model is deterministic.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        log_variance: js_sys::Float32Array,
        /// Latents of the first view; empty where they were not asked for or there is one view.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        first_view: js_sys::Float32Array,
        /// Latents of the second view.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        second_view: js_sys::Float32Array,
        /// As in `Latents`.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Int32Array")]
        genre: js_sys::Int32Array,
        /// As in `Latents`.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        popularity: js_sys::Float32Array,
        /// As in `Latents`.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Int32Array")]
        frequency: js_sys::Int32Array,
    },
    /// Where a history lies.
    Posterior {
        request: u32,
        epoch: u32,
        step: u32,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        mean: js_sys::Float32Array,
        /// Empty where the model is deterministic.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Float32Array")]
        log_variance: js_sys::Float32Array,
    },
    Recommendations {
        request: u32,
        items: Vec<Recommendation>,
    },
    /// A model is kept to compare with, as it was then.
    Pinned {
        request: u32,
        epoch: u32,
        step: u32,
    },
    /// The log after the filters, as text.
    Cleaned {
        request: u32,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Uint8Array")]
        bytes: js_sys::Uint8Array,
    },
    /// The run as a zip archive of `model.safetensors` and `run.json`, as the command line takes and writes it.
    Checkpoint {
        request: u32,
        /// Name of the data.
        data: String,
        /// Epochs that are complete.
        epoch: u32,
        step: u32,
        /// How long making it kept the run waiting.
        seconds: f32,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[tsify(type = "Uint8Array")]
        bytes: js_sys::Uint8Array,
    },
    /// A checkpoint has taken the place of the run. Its state, latents and diagnosis follow, and `Done` at last.
    Restored {
        config: Config,
        /// Epochs that are complete.
        epoch: u32,
        epochs: u32,
        /// Steps done.
        step: u32,
        steps_per_epoch: u32,
        kl_weight: f32,
        /// What was measured after each epoch.
        history: Vec<EpochRecord>,
        /// Mean losses of the epoch under way, where it has begun.
        under_way: Option<LossTerms>,
        /// Validation metrics of ranking by popularity.
        popularity: Metrics,
        /// The file that the weights were imported from, where there is no training to go on with.
        weights_of: Option<String>,
    },
    /// Something could not be done. One sentence that a person can act on; the worker goes on.
    Failed {
        request: Option<u32>,
        message: String,
    },
}

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    Cpu,
    Gpu,
}
