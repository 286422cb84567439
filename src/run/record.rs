//! Contents of `run.json`: state of the run, identity of its data, and the names of its items.
//!
//! In: a configuration and data. Out: [`RunRecord`], plain fields that JSON holds, and [`DataIdentity`], by which a run knows the
//! data that it was trained on.

use serde::{Deserialize, Serialize};

use super::{AttributeLabels, Config, LossTerms, ModelCard, history::History};
use crate::log::{Dataset, ReadOptions};

/// Version of the two files. Another number is refused.
pub const FORMAT: u32 = 1;

/// Contents of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of the files.
    pub format: u32,
    /// Version of the program that wrote them.
    pub program: String,
    pub config: Config,
    /// How the log was read, filtered and split.
    pub read: ReadOptions,
    pub data: DataIdentity,
    /// Optimiser steps done.
    pub step: usize,
    /// The step after which the weights under plain names were the best; absent before the first validation.
    pub best_step: Option<usize>,
    /// Sums of the losses in the epoch under way, and the number of steps in them.
    pub epoch_losses: (LossTerms, usize),
    /// Measurements after each epoch.
    pub history: History,
    /// Identifier of each item, in the order of the embedding table (whose row 0 is the padding).
    pub item_ids: Vec<String>,
    /// Title of each item; the identifier where none is known.
    pub item_titles: Vec<String>,
    /// Name of the checkpoint of another program that the weights came from; absent where the run began here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<String>,
    /// Model card, which goes with a model that is handed on; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<ModelCard>,
    /// Attributes that the first latent dimensions are tied to, in their order; absent where none is tied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeLabels>,
}

impl RunRecord {
    /// Names of the attributes that the first latent dimensions are tied to, in their order.
    pub fn attribute_names(&self) -> Vec<String> {
        self.attributes.iter().map(|attribute| attribute.name.clone()).collect()
    }

    /// Of a run that has not begun. `read` says how its log was read.
    pub fn new(config: Config, data: &Dataset, read: &ReadOptions) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            config,
            read: read.clone(),
            data: DataIdentity::of(data),
            step: 0,
            best_step: None,
            epoch_losses: (LossTerms::default(), 0),
            history: History::default(),
            item_ids: data.items.iter().map(|item| item.id.clone()).collect(),
            item_titles: (0..data.items.len() as u32).map(|item| data.title(item).to_owned()).collect(),
            imported_from: None,
            card: None,
            attributes: Vec::new(),
        }
    }
}

/// Identity of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataIdentity {
    pub name: String,
    pub users: usize,
    pub items: usize,
    pub interactions: usize,
    /// Of all identifiers and sequences, in hexadecimal.
    pub fingerprint: String,
}

impl DataIdentity {
    /// Of a data set, after its filters.
    pub fn of(data: &Dataset) -> Self {
        let mut hash = Fnv::default();
        for item in &data.items {
            hash.bytes(item.id.as_bytes());
        }
        for (user, sequence) in data.users.iter().zip(&data.sequences) {
            hash.bytes(user.as_bytes());
            for item in sequence {
                hash.bytes(&item.to_le_bytes());
            }
        }
        Self {
            name: data.name.clone(),
            users: data.users.len(),
            items: data.items.len(),
            interactions: data.sequences.iter().map(Vec::len).sum(),
            fingerprint: format!("{:016x}", hash.0),
        }
    }
}

/// FNV-1a, 64 bits: it need not withstand anybody, only be the same on every machine and in every version.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        // The length first, so that no two lists of texts run together alike.
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
