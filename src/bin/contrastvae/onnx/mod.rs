//! `contrastvae export --what onnx`: the recommender as a file that any runtime of ONNX serves.
//!
//! In: a run. Out: one file with the graph (see `network`), its weights, and as metadata the identifiers and titles of the items as JSON lists, so
//! that nothing else is needed beside it. The models of bags have no such file.

mod graph;
mod message;
mod network;
#[cfg(test)]
mod tests;

use std::path::Path;

use contrastvae::model::{ModelKind, Sampling};
use contrastvae::run::{Checkpoint, Mode, RunRecord};
use prost::Message;
use safetensors::{Dtype, SafeTensors};

use crate::failure::Failure;
use crate::whole_file::write_to;
use message::{Model, OperatorSet, Property};
use network::{Deviation, Missing, Network, Weights};

/// Version of ONNX's messages; that of release 1.12, with which opset 17 came.
const IR_VERSION: i64 = 8;
/// Oldest operators that have a layer norm of their own.
const OPSET: i64 = 17;
/// Most bytes of a message of protocol buffers.
const MAX_BYTES: usize = i32::MAX as usize;

const ABOUT: &str = "history: [batch, length] indices of items, oldest first, filled up on the left with -1. scores: [batch, items]. top_scores and \
                     top_items: the best items that are not in the history. The metadata item_ids and item_titles are JSON lists, by index.";

/// Writes a run's recommender; the number of its items.
pub fn write(checkpoint: &Checkpoint, k: usize, out: &Path) -> Result<usize, Failure> {
    if !out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) {
        return Err(Failure::Input(format!(
            "{} is no name for an ONNX file; end it in .onnx.",
            out.display()
        )));
    }
    let model = model_of(checkpoint, k)?;
    if model.encoded_len() > MAX_BYTES {
        return Err(Failure::Input(format!(
            "An ONNX file holds 2 GiB, and {} would have {} MiB; leave out rare items in training, or make the model narrower.",
            out.display(),
            model.encoded_len() >> 20
        )));
    }
    write_to(out, |file| file.write_all(&model.encode_to_vec()))?;
    Ok(checkpoint.record.item_ids.len())
}

fn model_of(checkpoint: &Checkpoint, k: usize) -> Result<Model, Failure> {
    let record = &checkpoint.record;
    let config = &record.config;
    if config.model.kind != ModelKind::Contrastvae {
        return Err(Failure::Input(format!(
            "A model of bags ({}) has no ONNX file, only the sequential one has; train another preset, or serve lists of `contrastvae recommend --everyone`.",
            serde_json::to_string(&config.model.kind)
                .unwrap_or_default()
                .trim_matches('"')
        )));
    }
    config.check().map_err(|error| Failure::Input(error.to_string()))?;
    let weights = weights_of(&checkpoint.tensors)?;
    let network = Network {
        weights: &weights,
        items: record.item_ids.len(),
        hidden: config.model.hidden_size,
        layers: config.model.layers,
        heads: config.model.heads,
        length: config.model.max_length,
        deviation: match (config.view.sampling, config.view.mode) {
            (Sampling::Paper, _) | (Sampling::Official, Mode::Deterministic) => Deviation::Unused,
            (Sampling::Official, _) => Deviation::Added {
                own_stack: !(config.model.linear_logvar && config.model.shared_encoder),
                linear: config.model.linear_logvar,
            },
        },
        head: config.model.head,
        differences: config.differences(),
        k,
    };
    let graph = network.graph().map_err(|Missing(name)| {
        Failure::Input(format!(
            "model.safetensors has no whole {name}; it is damaged, or belongs to another run.json."
        ))
    })?;
    Ok(Model {
        ir_version: IR_VERSION,
        producer_name: "contrastvae".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: ABOUT.to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: metadata(record)?,
    })
}

fn metadata(record: &RunRecord) -> Result<Vec<Property>, Failure> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(|error| Failure::Other(error.to_string()));
    let properties = [
        ("item_ids", json(serde_json::to_string(&record.item_ids))?),
        ("item_titles", json(serde_json::to_string(&record.item_titles))?),
        ("config", json(serde_json::to_string(&record.config))?),
        ("data", json(serde_json::to_string(&record.data))?),
    ];
    Ok(properties
        .into_iter()
        .map(|(key, value)| Property {
            key: key.to_owned(),
            value,
        })
        .collect())
}

/// The weights to use, under plain names, of the contents of `model.safetensors`.
fn weights_of(tensors: &[u8]) -> Result<Weights, Failure> {
    let damaged = |told: &dyn std::fmt::Display| {
        Failure::Input(format!(
            "model.safetensors cannot be read ({told}); it is damaged or was not written to its end."
        ))
    };
    let file = SafeTensors::deserialize(tensors).map_err(|error| damaged(&error))?;
    let mut weights = Weights::new();
    // Without the optimiser's tensors, which are two thirds of the file.
    let is_weight = |name: &str| ["item_", "position_", "LayerNorm."].iter().any(|part| name.starts_with(part));
    for (name, view) in file.tensors().into_iter().filter(|(name, _)| is_weight(name)) {
        let &[rows, columns] = view.shape() else {
            return Err(damaged(&format!("{name} has {} dimensions", view.shape().len())));
        };
        if view.dtype() != Dtype::F32 {
            return Err(damaged(&format!("{name} is not of 32-bit floats")));
        }
        let values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        weights.insert(name, ([rows, columns], values.collect()));
    }
    Ok(weights)
}
