//! Events of the worker: what happens without being asked for, and the envelope of answers.
//!
//! In: a run, a reading or a comparison under way. Out: an [`Event`] for each thing that the page shows.

use serde::Serialize;

use super::{Answer, ComparisonStage, DeviceKind, LatentKind, Preset, RunState};
use crate::{
    compare::{Comparison, Row},
    evaluate::{FrequencyGroups, Metrics},
    log::{Preview, Summary},
    run::{Config, EpochRecord, LatentReport, LossTerms},
};

/// Something that the worker tells the page.
#[derive(Serialize)]
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
    /// The answer to a request.
    Answered {
        id: u32,
        answer: Answer,
    },
    /// A request that could not be fulfilled: one sentence that a person can act on. The worker goes on.
    Refused {
        id: u32,
        message: String,
    },
    /// Something that nobody asked for failed: one sentence that a person can act on. The worker goes on.
    Failed {
        message: String,
    },
    /// Bytes read so far of all the files together.
    LoadProgress {
        bytes_done: f64,
        bytes_total: f64,
    },
    /// How the log being read is understood. It comes before the reading ends, and also where nothing comes of it.
    Preview {
        preview: Preview,
    },
    /// Data is there. Indices of items and users are positions in these lists.
    Loaded {
        summary: Summary,
        /// Identifier of each item as it stood in the log.
        #[serde(serialize_with = "crate::web::events::texts")]
        item_ids: Vec<String>,
        /// Title of each item, its identifier where no title is known; empty where none of them has a title.
        #[serde(serialize_with = "crate::web::events::texts")]
        item_titles: Vec<String>,
        /// Names of the genres; empty where the log has none.
        genres: Vec<String>,
        /// Main genre of each item as an index into `genres`, -1 where unknown.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        item_genre: js_sys::Int32Array,
        /// Number of interactions of each item.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        item_count: js_sys::Uint32Array,
    },
    /// A run is there: it has just begun, or came out of a checkpoint.
    Begun {
        /// Trained values.
        parameters: u32,
        /// Attributes that the first latent dimensions are tied to, in their order.
        attributes: Vec<String>,
    },
    /// How much of the ranking by the baselines is done.
    BaselineProgress {
        done: u32,
        total: u32,
    },
    /// How far the search for the nearest users is.
    NearestProgress {
        done: u32,
        total: u32,
    },
    /// The next lines of the lists that were asked for, and how many users have theirs.
    ListsPart {
        done: u32,
        total: u32,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bytes: js_sys::Uint8Array,
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
    /// The device failed in the middle of a run, for instance since the GPU was taken away: this worker cannot go on.
    DeviceFailed {
        message: String,
        /// Whether it answered, but with other numbers than the CPU.
        wrong: bool,
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
        what: LatentKind,
        epoch: u32,
        step: u32,
        /// Share of the variance that each of the two axes explains.
        explained: [f32; 2],
        /// x0 y0 x1 y1 …, scaled so that the largest coordinate is about 1.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        points: js_sys::Float32Array,
        /// For `items` the item index of each point, for `users` the user index.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        indices: js_sys::Uint32Array,
        /// Main genre of each point (-1 unknown): of the item, or the commonest of the user's items.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        genre: js_sys::Int32Array,
        /// For items the number of interactions, for users the mean of that over the user's items.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        popularity: js_sys::Float32Array,
        /// For items the number of users whose answer in the test it is, for users how many have the same answer (-1 where the
        /// test does not ask): the frequency by which the paper groups.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        frequency: js_sys::Int32Array,
        /// How a latent comes to this plane: the centre, then the two axes, each as wide as a latent. A coordinate is the product
        /// of an axis with what is left of the latent without the centre.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        plane: js_sys::Float32Array,
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
        /// Measurements after each epoch.
        history: Vec<EpochRecord>,
        /// Mean losses of the epoch under way, where it has begun.
        under_way: Option<LossTerms>,
        /// Validation metrics of ranking by popularity.
        popularity: Metrics,
        /// The file that the weights were imported from, where there is no training to go on with.
        weights_of: Option<String>,
    },
}
