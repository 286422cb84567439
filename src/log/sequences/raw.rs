//! A log as it was read, before any filter: columns of numbers and the identifiers they stand for.
//!
//! In: the parts that a reader has put together. Out: [`RawLog`], of which data sets are made.

use crate::log::meaning::mapping::Preview;
use crate::log::meaning::time::TimeUnit;
use crate::log::sequences::dictionary::Dictionary;
use crate::log::sequences::interactions::Interactions;
use crate::log::sequences::item_info::ItemInfo;
use crate::log::sequences::summary::Skips;

/// A log that was read but not yet filtered and put in order. [`assemble`](crate::log::assemble) makes a data set of it, as often as
/// wanted with different options.
#[derive(Clone, Debug)]
pub struct RawLog {
    pub(crate) name: String,
    pub(crate) format: String,
    pub(crate) columns: Vec<String>,
    pub(crate) column_names: Vec<String>,
    pub(crate) users: Dictionary,
    pub(crate) items: Dictionary,
    pub(crate) interactions: Interactions,
    /// The scale of the times.
    pub(crate) unit: TimeUnit,
    /// The different ratings, by their codes.
    pub(crate) ratings: Vec<f64>,
    /// Titles and genres from the log itself; empty, or one entry an item.
    pub(crate) infos: Vec<ItemInfo>,
    pub(crate) genre_names: Vec<String>,
    /// The kinds of interactions, by their codes; empty where the log tells none apart.
    pub(crate) events: Vec<String>,
    pub(crate) skips: Skips,
    pub(crate) notes: Vec<String>,
    pub(crate) preview: Option<Preview>,
    /// The encoding of the text, where it is not UTF-8.
    pub(crate) encoding: Option<String>,
}

impl RawLog {
    /// Number of interactions.
    pub fn interactions(&self) -> usize {
        self.interactions.len()
    }

    /// Number of users.
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// Bytes that the interactions take in memory, without the identifiers.
    pub fn interaction_bytes(&self) -> usize {
        self.interactions.bytes()
    }

    /// How the file was understood; none for a log that was generated.
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
    }
}
