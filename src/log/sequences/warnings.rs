//! Warnings against training on a log, or against trusting the metrics measured on it.
//!
//! In: nothing; `dataset/doubts.rs` finds them. Out: [`Warning`]s, each a code with its numbers, so that the page can say it in its own language,
//! and a sentence for the command line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that a person should know before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Warning {
    /// There is one item.
    OneItem,
    /// There is one user.
    OneUser,
    /// Items that are asked for in the test and never trained on.
    UnseenAnswers {
        /// Test items that are trained on.
        seen: u32,
        /// Users who are asked.
        of: u32,
    },
    /// One user has most of the interactions.
    OneUserDominates {
        /// The identifier.
        user: String,
        /// Share of all interactions, in percent.
        percent: u32,
    },
    /// All times are the same.
    OneMoment {
        /// How many interactions.
        interactions: u32,
    },
    /// No item occurs twice.
    EveryItemOnce {
        /// How many items.
        items: u32,
    },
    /// Measures rest on few users.
    FewAsked {
        /// Users who are asked in the test.
        asked: u32,
        /// Users in all.
        users: u32,
    },
    /// Interactions of a kind that takes back what was chosen.
    TakesBack {
        /// The kind.
        event: String,
        /// How many interactions.
        count: u32,
        /// The kinds that are left without those that take back.
        keep: Vec<String>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::OneItem => f.write_str("There is one item only, so there is nothing to recommend; choose a log with more."),
            Warning::OneUser => f.write_str(
                "There is one user only: the contrastive term has nobody to tell apart, and every measure rests on one answer.",
            ),
            Warning::UnseenAnswers { seen, of } => write!(
                f,
                "Of the items asked for in the test {seen} of {of} are ever trained on, so measures will be near 0 whatever the model; \
                 a k-core of 2 or more leaves items that occur again."
            ),
            Warning::OneUserDominates { user, percent } => write!(
                f,
                "The user \"{user}\" has {percent} % of all interactions; if that is a guest or a default account, leave it out."
            ),
            Warning::OneMoment { interactions } => write!(
                f,
                "All {interactions} interactions have the same time, so the order of the file is taken as the order in time."
            ),
            Warning::EveryItemOnce { items } => write!(
                f,
                "Each of the {items} items occurs once, so nothing can be learnt about any; a minimum of 1 for items keeps them, a larger one \
                 keeps none."
            ),
            Warning::FewAsked { asked: 1, users } => write!(f, "Measures rest on 1 of {users} users: they will jump."),
            Warning::FewAsked { asked, users } => write!(f, "Measures rest on {asked} of {users} users: they will jump."),
            Warning::TakesBack { event, count, keep } => write!(
                f,
                "{count} interactions are \"{event}\", which takes back what was chosen before; `--events {}` leaves them out.",
                keep.join(",")
            ),
        }
    }
}
