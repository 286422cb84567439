//! The file of reference values (`tests/reference/contrastvae_toy.json`): what is in it, and its numbers in this crate's layout.
//!
//! In: JSON. Out: [`Reference`] with its cases.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Contrast, ContrastPosition, Likelihood, Positives};
use crate::model::{Augmentation, LogVariance, Prior, Sampling};

#[derive(Deserialize)]
pub(super) struct Reference {
    pub(super) config: Settings,
    pub(super) parameters: BTreeMap<String, Value>,
    /// Those of the earlier encoder that differ.
    pub(super) earlier: BTreeMap<String, Value>,
    pub(super) inputs: BTreeMap<String, Value>,
    pub(super) expected: Value,
    pub(super) cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(super) struct Settings {
    pub(super) items: usize,
    pub(super) hidden_size: usize,
    pub(super) num_heads: usize,
    pub(super) max_length: usize,
    pub(super) kl_weight: f64,
    pub(super) contrast_weight: f64,
    pub(super) temperature: f64,
    pub(super) uniformity_weight: f64,
    pub(super) logit_alpha: f32,
}

/// A mode with its options, and what must come of it.
#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) options: Options,
    /// Of each view, `[users, length, hidden]`; not in every case.
    #[serde(default)]
    pub(super) latents: Vec<Value>,
    #[serde(default)]
    pub(super) outputs: Vec<Value>,
    /// Terms and gradients with the reduction over real positions.
    pub(super) real: Value,
    /// The same over all positions, where the case has them.
    #[serde(default)]
    pub(super) padded: Value,
}

#[derive(Deserialize)]
pub(super) struct Options {
    pub(super) name: String,
    pub(super) mode: String,
    pub(super) sampling: Sampling,
    pub(super) likelihood: Likelihood,
    pub(super) log_variance: LogVariance,
    /// Names of inputs: the second view's ids, and what each view should give back.
    pub(super) view: String,
    pub(super) targets: String,
    pub(super) second_targets: String,
    pub(super) free_bits: f64,
    pub(super) contrast_position: ContrastPosition,
    pub(super) mask_same_target: bool,
    pub(super) prior: Prior,
    pub(super) by_length: bool,
    pub(super) contrast: Contrast,
    pub(super) positives: Positives,
    /// Whether all positions count in one of its results too; not every option goes with that.
    pub(super) reductions: Vec<String>,
}

impl Options {
    pub(super) fn augmentation(&self) -> Result<Augmentation, String> {
        match self.mode.as_str() {
            "avae" | "deterministic" => Ok(Augmentation::None),
            "model" => Ok(Augmentation::Model),
            "variational" => Ok(Augmentation::Variational),
            "data" => Ok(Augmentation::Data),
            "variational_data" => Ok(Augmentation::VariationalData),
            other => Err(format!("The reference file has a mode {other}, which is unknown.")),
        }
    }
}

/// Values of a parameter in the layout of this crate: the file has linear weights as [outputs, inputs].
pub(super) fn in_our_layout(name: &str, value: &Value) -> Vec<f32> {
    let linear = [".attention.", ".intermediate.", ".linear."]
        .iter()
        .any(|part| name.contains(part));
    match name.ends_with(".weight") && linear && !name.contains("LayerNorm") {
        true => transpose(value),
        false => numbers(value),
    }
}

pub(super) fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().map_or(f32::NAN, |number| number as f32)],
    }
}

fn transpose(value: &Value) -> Vec<f32> {
    let rows: Vec<Vec<f32>> = value
        .as_array()
        .map(|rows| rows.iter().map(numbers).collect())
        .unwrap_or_default();
    let columns = rows.first().map_or(0, Vec::len);
    (0..columns)
        .flat_map(|column| rows.iter().map(move |row| row[column]).collect::<Vec<f32>>())
        .collect()
}
