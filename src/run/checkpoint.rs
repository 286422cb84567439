//! A run as two files, the same for the page and the command line.
//!
//! In: a record and named tensors. Out: a [`Checkpoint`], which is the contents of `model.safetensors` and `run.json`, and back; the
//! names of the tensors are in `state.rs`.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::Device;
use safetensors::{SafeTensors, tensor::TensorView};
use serde::Deserialize;
use thiserror::Error;

use super::{
    RunError,
    evaluation::{best_items, moved_scores_after},
    fresh::fresh_model,
    readback::read,
    record::{DataIdentity, FORMAT, RunRecord},
    state::{NamedTensor, Values},
};
use crate::{
    device::Compute,
    log::{Dataset, SplitRule},
    model::{ParameterError, Parameters, Recommender},
};

/// Key of the tensor file's metadata under which it holds a copy of the record.
const RECORD: &str = "run.json";

/// The contents of the two files.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// `model.safetensors`.
    pub tensors: Vec<u8>,
    /// `run.json`.
    pub record: RunRecord,
}

/// Why a checkpoint cannot be used: one sentence.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// `run.json` cannot be understood.
    #[error("run.json cannot be read ({0}); it is damaged, or from another version of this program.")]
    Record(String),
    /// Another version of the files.
    #[error("run.json has format {found}, but this program reads format {FORMAT}; use the version {program} that wrote it.")]
    Format {
        /// Number that was found.
        found: u32,
        /// The program that wrote it.
        program: String,
    },
    /// `model.safetensors` cannot be understood.
    #[error("model.safetensors cannot be read ({0}); it is damaged or was not written to its end.")]
    Tensors(String),
    /// Weights for another network.
    #[error("model.safetensors does not fit run.json: {0}")]
    Parameters(#[from] ParameterError),
    /// A tensor holds what is no number.
    #[error(
        "The tensor {name} in model.safetensors holds {value}, which is no finite number; the run had failed before it was saved."
    )]
    NotFinite {
        /// Name of the tensor.
        name: String,
        /// The value.
        value: f32,
    },
    /// Bytes that are no zip archive.
    #[error(
        "This is no checkpoint: it is not a zip archive of model.safetensors and run.json; choose a file that was saved as a checkpoint."
    )]
    NoArchive,
    /// A zip archive that cannot be used or written.
    #[error("{0}")]
    Archive(String),
    /// Another part of the same data is held back.
    #[error(
        "The run was trained on another split of {name}, with {expected}, but the data was loaded with {found}; load it with the split of the run."
    )]
    OtherSplit {
        /// Name of the data of the run.
        name: String,
        /// How the run splits.
        expected: String,
        /// How the data is split.
        found: String,
    },
    /// Another data set.
    #[error(
        "The run was trained on {expected} ({expected_users} users, {expected_items} items), but this data is {found} ({found_users} users, \
         {found_items} items) or was filtered in another way; give the same log with the same options."
    )]
    OtherData {
        /// Name of the data of the run.
        expected: String,
        /// Its users.
        expected_users: usize,
        /// Its items.
        expected_items: usize,
        /// Name of the data given.
        found: String,
        /// Its users.
        found_users: usize,
        /// Its items.
        found_items: usize,
    },
    /// The run itself could not begin.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Checkpoint {
    /// The text of `run.json`.
    pub fn json(&self) -> Result<String, CheckpointError> {
        serde_json::to_string(&self.record).map_err(|error| CheckpointError::Record(error.to_string()))
    }

    /// A checkpoint out of the contents of the two files.
    pub fn from_files(tensors: Vec<u8>, json: &str) -> Result<Self, CheckpointError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
            #[serde(default)]
            program: String,
        }
        let damaged = |error: serde_json::Error| CheckpointError::Record(error.to_string());
        // The version first: what another one writes need not be understood to be refused rightly.
        let Version { format, program } = serde_json::from_str(json).map_err(damaged)?;
        if format != FORMAT {
            return Err(CheckpointError::Format { found: format, program });
        }
        let beside: RunRecord = serde_json::from_str(json).map_err(damaged)?;
        // A program that is killed between writing the two files leaves new tensors beside an old record; the tensors have theirs.
        let within = SafeTensors::read_metadata(&tensors).ok().and_then(|(_, header)| {
            let text = header.metadata().as_ref()?.get(RECORD)?.clone();
            serde_json::from_str(&text).ok()
        });
        let record = within.unwrap_or(beside);
        Ok(Self { tensors, record })
    }

    /// The file that the weights were imported from, where no step was taken since: there is no training to go on with.
    pub fn nothing_to_resume(&self) -> Option<&str> {
        self.record.imported_from.as_deref().filter(|_| self.record.step == 0)
    }

    /// The two files out of a record and tensors: name, shape, values.
    pub(super) fn write(record: RunRecord, tensors: Vec<(String, [usize; 2], Vec<f32>)>) -> Result<Self, RunError> {
        let bytes: Vec<(String, [usize; 2], Vec<u8>)> = tensors
            .into_iter()
            .map(|(name, shape, values)| (name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect()))
            .collect();
        let written = |error: safetensors::SafeTensorError| RunError::Device(format!("its tensors cannot be written ({error})"));
        let mut views = Vec::with_capacity(bytes.len());
        for (name, shape, bytes) in &bytes {
            let view = TensorView::new(safetensors::Dtype::F32, shape.to_vec(), bytes).map_err(written)?;
            views.push((name.as_str(), view));
        }
        let checkpoint = Checkpoint {
            tensors: Vec::new(),
            record,
        };
        let json = checkpoint.json().map_err(|error| RunError::Device(error.to_string()))?;
        let about = HashMap::from([(RECORD.to_owned(), json)]);
        Ok(Checkpoint {
            tensors: safetensors::serialize(views, Some(about)).map_err(written)?,
            ..checkpoint
        })
    }

    /// The `k` best items after `history` (item numbers, oldest first) by the model to use, with their scores; no data is needed.
    pub async fn recommend(&self, history: &[u32], k: usize, compute: Compute) -> Result<Vec<(u32, f32)>, CheckpointError> {
        self.recommend_moved(history, k, &[], compute).await
    }

    /// The same with the latent moved along the tied dimensions, by as many logits as `moves` has for each of
    /// [`RunRecord::attribute_names`]; empty: not moved.
    pub async fn recommend_moved(
        &self,
        history: &[u32],
        k: usize,
        moves: &[f32],
        compute: Compute,
    ) -> Result<Vec<(u32, f32)>, CheckpointError> {
        let (items, config, device) = (self.record.item_ids.len(), &self.record.config, compute.device());
        let model = self.model_for(history, device)?;
        let scores = read(moved_scores_after(&model, &[history], items, config, device, moves)).await?;
        Ok(best_items(&scores, history, k))
    }

    /// The model to use on a device, or an error if the history has an item that it does not know.
    pub(super) fn model_for(&self, history: &[u32], device: &Device) -> Result<Recommender, CheckpointError> {
        let items = self.record.item_ids.len();
        if let Some(&item) = history.iter().find(|&&item| item as usize >= items) {
            return Err(RunError::UnknownItem { item, items }.into());
        }
        let config = &self.record.config;
        config.check().map_err(RunError::from)?;
        let mut model = fresh_model(config, self.record.data.users, items, device);
        model.set(&self.values()?, device)?;
        model.drop_gradients();
        Ok(model)
    }

    /// Error if the data is another than that of the run, or is split in another way.
    pub(super) fn check_data(&self, data: &Dataset) -> Result<(), CheckpointError> {
        let record = &self.record;
        let identity = DataIdentity::of(data);
        // The name of the file may change; what is in it may not.
        if identity.fingerprint != record.data.fingerprint {
            return Err(CheckpointError::OtherData {
                expected: record.data.name.clone(),
                expected_users: record.data.users,
                expected_items: record.data.items,
                found: identity.name,
                found_users: identity.users,
                found_items: identity.items,
            });
        }
        // The fingerprint is of whole sequences, whatever is held back of them.
        let (expected, found) = (record.read.split, data.summary.split.rule);
        if expected != found {
            return Err(CheckpointError::OtherSplit {
                name: record.data.name.clone(),
                expected: in_words(expected),
                found: in_words(found),
            });
        }
        Ok(())
    }

    /// Values of all tensors by name, checked to be finite.
    pub(super) fn values(&self) -> Result<Values, CheckpointError> {
        let damaged = |error: &dyn std::fmt::Display| CheckpointError::Tensors(error.to_string());
        let file = SafeTensors::deserialize(&self.tensors).map_err(|error| damaged(&error))?;
        let mut values = BTreeMap::new();
        for (name, view) in file.tensors() {
            if view.dtype() != safetensors::Dtype::F32 {
                return Err(damaged(&format!("{name} is not of 32-bit floats")));
            }
            let floats: Vec<f32> = view
                .data()
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect();
            if let Some(&value) = floats.iter().find(|value| !value.is_finite()) {
                return Err(CheckpointError::NotFinite { name, value });
            }
            values.insert(name, floats);
        }
        Ok(values)
    }
}

/// A split as a part of a sentence.
fn in_words(split: SplitRule) -> String {
    match split {
        SplitRule::LeaveOneOut => "the last two items of each user held back".to_owned(),
        SplitRule::TimeCut {
            valid_percent,
            test_percent,
        } => format!("the last {valid_percent} and {test_percent} percent in time held back"),
    }
}

/// Values of tensors for a file, or an error that names the first one that is not finite.
pub(super) async fn read_finite(tensors: Vec<NamedTensor>) -> Result<Vec<(String, [usize; 2], Vec<f32>)>, RunError> {
    let mut values = Vec::with_capacity(tensors.len());
    for (name, shape, tensor) in tensors {
        let read = read(tensor).await?;
        if let Some(&value) = read.iter().find(|value| !value.is_finite()) {
            return Err(RunError::Unsaveable { name, value });
        }
        values.push((name, shape, read));
    }
    Ok(values)
}
