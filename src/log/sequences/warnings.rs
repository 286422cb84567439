//! Warnings against training on a log, or against trusting the metrics measured on it.
//!
//! In: a data set. Out: [`Warning`]s, each a code with its numbers, so that the page can say it in its own language, and a sentence for the
//! command line.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::log::sequences::dataset::Dataset;
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::split::Split;
use crate::log::sequences::summary::clamp;

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

/// Below so many users measures are told to rest on few.
pub(crate) const FEW_ASKED: u32 = 20;
/// A share of the interactions, in percent, from which one user dominates.
pub(crate) const DOMINATES: u32 = 50;

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

/// All warnings about a data set; `keep` says which interactions of the log it has.
pub(crate) fn warnings(data: &Dataset, log: &RawLog, keep: &[bool]) -> Vec<Warning> {
    let summary = &data.summary;
    let mut warnings = Vec::new();
    for event in summary.events.iter().filter(|event| event.takes_back && event.count > 0) {
        let kept = summary
            .filter
            .events
            .as_ref()
            .is_none_or(|kept| kept.iter().any(|name| name.eq_ignore_ascii_case(&event.name)));
        if kept {
            let keep = summary
                .events
                .iter()
                .filter(|event| !event.takes_back)
                .map(|event| event.name.clone())
                .collect();
            warnings.push(Warning::TakesBack {
                event: event.name.clone(),
                count: event.count,
                keep,
            });
        }
    }
    if data.items.len() == 1 {
        warnings.push(Warning::OneItem);
        return warnings;
    }
    let counts = data.item_counts();
    if counts.iter().all(|&count| count == 1) {
        warnings.push(Warning::EveryItemOnce { items: summary.items });
    } else {
        warnings.extend(unseen_answers(data));
    }
    if data.users.len() == 1 {
        warnings.push(Warning::OneUser);
    } else {
        warnings.extend(dominating_user(data));
        let asked = summary.split.test_users;
        if asked < FEW_ASKED {
            warnings.push(Warning::FewAsked {
                asked,
                users: summary.users,
            });
        }
    }
    if one_moment(log, keep) {
        warnings.push(Warning::OneMoment {
            interactions: summary.interactions,
        });
    }
    warnings
}

/// How many of the items that are asked for in the test are trained on, if hardly any are.
fn unseen_answers(data: &Dataset) -> Option<Warning> {
    let mut trained = vec![false; data.items.len()];
    for user in 0..data.users.len() {
        for &item in data.train_part(user) {
            trained[item as usize] = true;
        }
    }
    let answers = (0..data.users.len())
        .filter_map(|user| data.query(user, Split::Test))
        .map(|(_, answer)| answer);
    let (mut seen, mut of) = (0u64, 0u64);
    for answer in answers {
        of += 1;
        seen += u64::from(trained[answer as usize]);
    }
    (of > 0 && seen * 10 < of).then(|| Warning::UnseenAnswers {
        seen: clamp(seen),
        of: clamp(of),
    })
}

fn dominating_user(data: &Dataset) -> Option<Warning> {
    let (user, longest) = data.sequences.iter().enumerate().max_by_key(|(_, sequence)| sequence.len())?;
    let percent = clamp(longest.len() as u64 * 100 / u64::from(data.summary.interactions.max(1)));
    (percent >= DOMINATES && data.users.len() >= 3).then(|| Warning::OneUserDominates {
        user: data.users[user].clone(),
        percent,
    })
}

fn one_moment(log: &RawLog, keep: &[bool]) -> bool {
    let all = &log.interactions;
    let mut times = keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(at, _)| all.time(at));
    match (all.has_times(), times.next()) {
        (true, Some(first)) => keep.len() > 1 && times.all(|time| time == first),
        _ => false,
    }
}
