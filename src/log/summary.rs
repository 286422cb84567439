//! What a person should know about a log that was read.
//!
//! In: the log before the filter and the data set after it. Out: [`Summary`], plain numbers and sentences that the page shows
//! and `contrastvae inspect` prints.

use serde::{Deserialize, Serialize};

use super::MAX_LISTED_SKIPS;

/// One line that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct SkippedRow {
    /// 1-based line on which it begins.
    pub line: u32,
    /// What is wrong with it, without a full stop.
    pub why: String,
}

/// The numbers of a log, before and after the filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Summary {
    /// Name of the file or of the example.
    pub name: String,
    /// How it was written, in words: "comma separated, header".
    pub format: String,
    /// Role of each column in order: `user`, `item`, `time`, `rating`, `title`, `genres` or `ignored`.
    pub columns: Vec<String>,
    /// Name of each column as the header gives it; empty where there is no header.
    pub column_names: Vec<String>,
    /// Users that are left.
    pub users: u32,
    /// Items that are left.
    pub items: u32,
    /// Interactions that are left.
    pub interactions: u32,
    /// Mean interactions of a user.
    pub mean_length: f64,
    /// Interactions by users times items, 0 to 1 (more only where interactions repeat).
    pub density: f64,
    /// Users in the log.
    pub users_before: u32,
    /// Items in the log.
    pub items_before: u32,
    /// Interactions in the log.
    pub interactions_before: u32,
    /// The least number of interactions that each user and each item was to have; 1: all were kept.
    pub k_core: u32,
    /// The first of the lines left out, at most [`MAX_LISTED_SKIPS`].
    pub skipped: Vec<SkippedRow>,
    /// All lines left out.
    pub skipped_count: u32,
    /// What else a person should know; whole sentences.
    pub notes: Vec<String>,
}

/// Lines left out so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Skips {
    pub(super) rows: Vec<SkippedRow>,
    pub(super) count: u64,
}

impl Skips {
    /// Notes one record that covers `lines` lines of the file.
    pub(super) fn add(&mut self, line: u64, lines: u64, why: String) {
        if self.rows.len() < MAX_LISTED_SKIPS {
            self.rows.push(SkippedRow { line: clamp(line), why });
        }
        self.count += lines;
    }
}

/// A count for a summary; numbers beyond the limits of this floor cannot be, so nothing is lost.
pub(super) fn clamp(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
