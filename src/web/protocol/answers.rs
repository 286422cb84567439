//! Answers to commands.
//!
//! In: what a command asked for. Out: an [`Answer`] under the command's name, from which the page knows its type.

use serde::Serialize;

use super::{FoundUser, LatentKind, Recommendation};
use crate::{
    compare::{Comparison, Row},
    evaluate::{BaselineMetrics, BeyondAccuracy, Metrics},
    run::{Attention, Config, Explanation, ListMeasures, LossTerms, NearUser, RunSize, Speed},
};

/// The answer to a command, under its name.
#[derive(Serialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Answer {
    /// The configuration was taken.
    Configure {
        config: Config,
    },
    Estimate {
        size: RunSize,
    },
    Probe {
        /// Seconds that a step of the default configuration took, the quickest of a few.
        step_seconds: f32,
        /// Its floating-point operations, as [`RunSize`] counts them.
        step_work: f64,
    },
    /// How fast this device trains.
    TimeSteps {
        speed: Speed,
    },
    /// Losses of the same steps on the CPU and on the device of this worker.
    CheckDevice {
        cpu: Vec<LossTerms>,
        device: Vec<LossTerms>,
        /// Largest difference of a loss, as a share of the CPU's; absent if one is no number.
        largest_difference: Option<f64>,
        /// Whether that is rounding.
        agrees: bool,
    },
    Baselines {
        baselines: Vec<BaselineMetrics>,
        seconds: f32,
    },
    /// Work of a comparison, and the rows that are there already.
    EstimateComparison {
        /// Models and seeds in all.
        total: u32,
        /// Those that are not done yet.
        left: u32,
        /// Floating-point operations of these, as [`RunSize`] counts them.
        work: f64,
        comparison: Comparison,
        rows: Vec<Row>,
    },
    /// All models of the comparison are done.
    Compare {
        comparison: Comparison,
        rows: Vec<Row>,
    },
    /// The test items ranked by the best weights on validation, which stood after this epoch.
    Test {
        epoch: u32,
        metrics: Metrics,
        seconds: f32,
    },
    Recommend {
        items: Vec<Recommendation>,
    },
    /// Why an item has its score.
    Explain {
        explanation: Explanation,
    },
    /// Where the model looks.
    Attention {
        attention: Attention,
    },
    /// All lists are made.
    Lists {
        users: u32,
        /// Lines that were written.
        rows: u32,
        /// Identifiers of users that the log does not have.
        unknown: Vec<String>,
        /// Of these lists, beyond their accuracy.
        measures: BeyondAccuracy,
        seconds: f32,
    },
    /// The lists of the baselines are measured.
    ListBaselines {
        rows: Vec<ListMeasures>,
    },
    /// The table is made.
    SimilarItems {
        /// Lines that were written.
        rows: u32,
        seconds: f32,
    },
    /// The users that are nearest, nearest first.
    NearestUsers {
        users: Vec<NearUser>,
    },
    /// The key of the pseudonyms.
    Pseudonyms {
        /// A table of two columns, as text.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        key: js_sys::Uint8Array,
        /// Users who had no pseudonym before.
        added: u32,
    },
    /// The users that were found.
    FindUsers {
        users: Vec<FoundUser>,
        /// How many there are in all.
        total: u32,
    },
    /// The identifiers of users, in the order of the question; empty for a number that nobody has.
    NameUsers {
        ids: Vec<String>,
    },
    /// Latents as they are. All matrices are row-major.
    Vectors {
        what: LatentKind,
        epoch: u32,
        step: u32,
        /// Width of a row.
        dimensions: u32,
        /// How many users or items there are; of more than were asked for, evenly spaced ones are here.
        total: u32,
        /// Item or user index of each row.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        indices: js_sys::Uint32Array,
        /// Item embeddings, or posterior means.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        mean: js_sys::Float32Array,
        /// Logarithms of posterior variances; empty for items and where the model is deterministic.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        log_variance: js_sys::Float32Array,
        /// Latents of the first view; empty where they were not asked for or there is one view.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        first_view: js_sys::Float32Array,
        /// Latents of the second view.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        second_view: js_sys::Float32Array,
        /// As in `Latents`.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        genre: js_sys::Int32Array,
        /// As in `Latents`.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        popularity: js_sys::Float32Array,
        /// As in `Latents`.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        frequency: js_sys::Int32Array,
    },
    /// Where a history lies.
    Posterior {
        epoch: u32,
        step: u32,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        mean: js_sys::Float32Array,
        /// Empty where the model is deterministic.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        log_variance: js_sys::Float32Array,
    },
    /// A model is kept to compare with, as it was then.
    Pin {
        epoch: u32,
        step: u32,
    },
    /// The log after the filters, as text.
    Clean {
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bytes: js_sys::Uint8Array,
    },
    /// The run as a zip archive of `model.safetensors` and `run.json`, as the command line takes and writes it.
    Checkpoint {
        /// Name of the data.
        data: String,
        /// Epochs that are complete.
        epoch: u32,
        step: u32,
        /// How long making it kept the run waiting.
        seconds: f32,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bytes: js_sys::Uint8Array,
    },
    /// A command that has no other answer was done.
    Done,
}
