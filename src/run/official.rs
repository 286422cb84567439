//! A checkpoint of the official ContrastVAE becomes a run of this program.
//!
//! In: the named tensors of `torch.save(model.state_dict())` (see [`crate::pytorch`]), the number of heads, which they do not
//! tell, and the data set that the model was trained on. Out: a [`Checkpoint`] that is evaluated as the official code evaluates,
//! and what a person should know about it; or one sentence on what does not fit. No file is opened here, so that a page can do
//! the same as the command line.
//!
//! The official code takes the numbers in its data file for rows of the item table: row 0 is the padding, and one row more than
//! the largest item the mask (`main.py`). This crate numbers items by their first appearance, so the rows change places.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Checkpoint, Config, ConfigError, Mode, RunError, RunRecord, fresh::shape_of};
use crate::{
    device::Compute,
    log::{Dataset, ReadOptions},
    model::{ContrastVae, Parameters, Sampling, is_linear_weight},
    pytorch::Tensor,
};

const ITEMS: &str = "item_embeddings.weight";
const POSITIONS: &str = "position_embeddings.weight";
/// Only the variational class has it.
const ALPHA: &str = "latent_dropout_VD.logitalpha";
/// Parameters that the official classes have and never use (`models.py`).
const UNUSED: [&str; 2] = ["temperature", "drop_rate"];

/// Outcome of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The run.
    pub checkpoint: Checkpoint,
    /// Tensors that play no part.
    pub unused: Vec<String>,
    /// Notes for people, a sentence each.
    pub notes: Vec<String>,
}

/// Why a checkpoint cannot be imported: one sentence.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A tensor that every checkpoint of ContrastVAE has is not there.
    #[error("{file} has no tensor {name}, so it is no checkpoint of the official ContrastVAE; give one that its main.py wrote.")]
    Missing {
        /// Name of the checkpoint.
        file: String,
        /// Name of the tensor.
        name: String,
    },
    /// Tensors that ContrastVAE does not have.
    #[error("{file} has tensors that the official ContrastVAE does not have ({names}); it belongs to another model.")]
    Unknown {
        /// Name of the checkpoint.
        file: String,
        /// The first few of their names.
        names: String,
    },
    /// A tensor has another shape than the others ask for.
    #[error("The tensor {name} of {file} has the shape {found:?} where {expected} belongs; it belongs to another model.")]
    Shape {
        /// Name of the checkpoint.
        file: String,
        /// Name of the tensor.
        name: String,
        /// The shape that it should have.
        expected: String,
        /// Its shape.
        found: Vec<usize>,
    },
    /// A tensor holds what is no number.
    #[error("The tensor {name} of {file} holds {value}, which is no finite number; the training had failed before it was saved.")]
    NotFinite {
        /// Name of the checkpoint.
        file: String,
        /// Name of the tensor.
        name: String,
        /// The value.
        value: f32,
    },
    /// The number of heads that was given cannot be right.
    #[error(
        "{heads} heads do not divide the width {hidden} of {file}; give the number of heads that it was trained with (4 unless it was \
         changed)."
    )]
    Heads {
        /// Name of the checkpoint.
        file: String,
        /// Width of its latents.
        hidden: usize,
        /// Number that was given.
        heads: usize,
    },
    /// An item of the log is not called by a number.
    #[error(
        "The item {item:?} of {log} is no whole number, but the official code knows items by their numbers; give the very log that the \
         model was trained on."
    )]
    NoNumber {
        /// Name of the log.
        log: String,
        /// Identifier of the item.
        item: String,
    },
    /// The log ends at another item than the table.
    #[error(
        "The items of {log} go up to {largest}, but {file} has rows for the items up to {last}; give the very log that the model was \
         trained on, whole and with the same numbers."
    )]
    OtherLog {
        /// Name of the checkpoint.
        file: String,
        /// The last item that it has a row for.
        last: usize,
        /// Name of the log.
        log: String,
        /// The largest item of the log.
        largest: usize,
    },
    /// Beyond what this program configures.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The run could not be written.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Makes a run of the tensors of an official checkpoint. `file` is how sentences call it, `read` says how `data` was read.
pub fn import_official(
    file: &str,
    tensors: &BTreeMap<String, Tensor>,
    heads: usize,
    data: &Dataset,
    read: &ReadOptions,
) -> Result<Imported, ImportError> {
    let source = Source { file, tensors };
    let config = source.config(heads)?;
    let hidden = config.model.hidden_size;
    let table = source.get(ITEMS)?;
    let rows = source.rows(table.shape[0], data)?;

    // The network itself says which parameters there are, and of which shapes.
    let compute = Compute::cpu();
    let mut model = ContrastVae::new(shape_of(&config, data.items.len()), 0, compute.device());
    let mut values = Vec::new();
    let mut result = Ok(());
    model.visit_mut(&mut |name, parameter| {
        if result.is_ok() {
            let shape = parameter.dims();
            let taken = match name {
                ITEMS => Ok(rows
                    .iter()
                    .flat_map(|row| &table.values[row * hidden..(row + 1) * hidden])
                    .copied()
                    .collect()),
                _ => source.parameter(name, shape),
            };
            match taken {
                Ok(taken) => values.push((name.to_owned(), shape, taken)),
                Err(error) => result = Err(error),
            }
        }
    });
    result?;
    let (mut unused, mut unknown) = (Vec::new(), Vec::new());
    for name in tensors.keys() {
        if UNUSED.contains(&name.as_str()) {
            unused.push(name.clone());
        } else if !values.iter().any(|(known, _, _)| known == name) {
            unknown.push(name.as_str());
        }
    }
    if !unknown.is_empty() {
        return Err(ImportError::Unknown {
            file: file.to_owned(),
            names: match unknown.len() {
                ..=3 => unknown.join(", "),
                more => format!("{} and {} more", unknown[..3].join(", "), more - 3),
            },
        });
    }
    for (name, tensor) in tensors {
        if let Some(&value) = tensor.values.iter().find(|value| !value.is_finite()) {
            return Err(ImportError::NotFinite {
                file: file.to_owned(),
                name: name.clone(),
                value,
            });
        }
    }
    let notes = source.notes(&config, table.shape[0], data);
    let record = RunRecord {
        imported_from: Some(file.to_owned()),
        ..RunRecord::new(config, data, read)
    };
    Ok(Imported {
        checkpoint: Checkpoint::write(record, values)?,
        unused,
        notes,
    })
}

/// The tensors of a checkpoint, with its name.
struct Source<'a> {
    file: &'a str,
    tensors: &'a BTreeMap<String, Tensor>,
}

impl<'a> Source<'a> {
    fn get(&self, name: &str) -> Result<&'a Tensor, ImportError> {
        self.tensors.get(name).ok_or_else(|| ImportError::Missing {
            file: self.file.to_owned(),
            name: name.to_owned(),
        })
    }

    fn shape_error(&self, name: &str, expected: String, tensor: &Tensor) -> ImportError {
        ImportError::Shape {
            file: self.file.to_owned(),
            name: name.to_owned(),
            expected,
            found: tensor.shape.clone(),
        }
    }

    /// Mode and shape as the tensors tell them, and training settings of the official commands, since a checkpoint has none.
    fn config(&self, heads: usize) -> Result<Config, ImportError> {
        let (items, positions) = (self.get(ITEMS)?, self.get(POSITIONS)?);
        let mut config = Config::preset(match self.tensors.contains_key(ALPHA) {
            true => "paper-toys",
            false => "paper-beauty",
        })?;
        let &[rows, hidden] = items.shape.as_slice() else {
            return Err(self.shape_error(ITEMS, "[items + 2, width]".to_owned(), items));
        };
        // Padding, at least one item, and the mask.
        if rows < 3 {
            return Err(self.shape_error(ITEMS, format!("[3 or more, {hidden}]"), items));
        }
        let &[length, _] = positions.shape.as_slice() else {
            return Err(self.shape_error(POSITIONS, format!("[positions, {hidden}]"), positions));
        };
        let layers = (0..)
            .take_while(|layer| {
                let first = format!("item_encoder_mu.layer.{layer}.attention.query.weight");
                self.tensors.contains_key(&first)
            })
            .count();
        config.view.sampling = Sampling::Official;
        let model = &mut config.model;
        // Without any layer the first one is looked for, and its absence told.
        (model.hidden_size, model.layers, model.heads, model.max_length) = (hidden, layers.max(1), heads, length);
        if heads > 0 && hidden % heads != 0 {
            return Err(ImportError::Heads {
                file: self.file.to_owned(),
                hidden,
                heads,
            });
        }
        config.check()?;
        Ok(config)
    }

    /// The row of the official table for each row of this program's: padding, the items of the data, mask.
    fn rows(&self, rows: usize, data: &Dataset) -> Result<Vec<usize>, ImportError> {
        let last = rows - 2;
        let mut taken = vec![0];
        for item in &data.items {
            // Written otherwise, such as 007, it would be the same row as another item's.
            let number: Option<usize> = item.id.parse().ok().filter(|number: &usize| number.to_string() == item.id);
            taken.push(number.ok_or_else(|| ImportError::NoNumber {
                log: data.name.clone(),
                item: item.id.clone(),
            })?);
        }
        // The official code makes the table as large as its log asks for. Another end is another log, or one that counts from 0
        // instead of 1, and then every row would be another item's.
        match taken.iter().max() {
            Some(&largest) if largest != last => {
                return Err(ImportError::OtherLog {
                    file: self.file.to_owned(),
                    last,
                    log: data.name.clone(),
                    largest,
                });
            }
            _ => {}
        }
        taken.push(rows - 1);
        Ok(taken)
    }

    /// The values of a parameter, in this crate's layout, `shape`.
    fn parameter(&self, name: &str, shape: [usize; 2]) -> Result<Vec<f32>, ImportError> {
        let [rows, columns] = shape;
        let tensor = self.get(name)?;
        let linear = is_linear_weight(name);
        let expected = match name {
            POSITIONS => vec![rows, columns],
            ALPHA => Vec::new(),
            _ if linear => vec![columns, rows],
            _ => vec![columns],
        };
        if tensor.shape != expected {
            return Err(self.shape_error(name, format!("{expected:?}"), tensor));
        }
        if !linear {
            return Ok(tensor.values.clone());
        }
        let transposed = (0..rows).flat_map(|row| tensor.values.iter().skip(row).step_by(rows).copied());
        Ok(transposed.collect())
    }

    fn notes(&self, config: &Config, rows: usize, data: &Dataset) -> Vec<String> {
        let mut notes = Vec::new();
        let class = match config.view.mode {
            Mode::Variational => "",
            _ => "The official modes with and without contrast have the same tensors; the run is called one of mode `model`. ",
        };
        notes.push(format!(
            "{class}A checkpoint holds no settings of its training; those in run.json are of an official command and play no part in \
             scores."
        ));
        let zero = data.items.iter().position(|item| item.id == "0");
        let missing = rows - 2 - (data.items.len() - usize::from(zero.is_some()));
        if missing > 0 {
            notes.push(format!(
                "Of the {} items of the checkpoint {missing} occur nowhere in the log; they are left out here, but the official code ranks \
                 them too.",
                rows - 2
            ));
        }
        if let Some(zero) = zero {
            let users = data
                .sequences
                .iter()
                .filter(|sequence| sequence.contains(&(zero as u32)))
                .count();
            notes.push(format!(
                "The log has an item 0, which the official code takes for padding and does not look at; here it is an item with the \
                 vector of the padding, so that scores after it differ (users who have it: {users})."
            ));
        }
        notes
    }
}
