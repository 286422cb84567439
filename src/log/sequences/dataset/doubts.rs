//! Search for the warnings that a data set deserves.
//!
//! In: a data set, and the log that it was made of. Out: [`Warning`]s.

use crate::log::sequences::dataset::{Dataset, count_items};
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::split::Split;
use crate::log::sequences::summary::clamp;
use crate::log::sequences::warnings::Warning;

/// Below so many users measures are told to rest on few.
const FEW_ASKED: u32 = 20;
/// A share of the interactions, in percent, from which one user dominates.
const DOMINATES: u32 = 50;

/// All warnings about a data set; `keep` says which interactions of the log it has.
pub(super) fn warnings(data: &Dataset, log: &RawLog, keep: &[bool]) -> Vec<Warning> {
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
    let mut trained = vec![0; data.items.len()];
    (0..data.users.len()).for_each(|user| count_items(data.train_part(user), &mut trained));
    let answers = (0..data.users.len())
        .filter_map(|user| data.query(user, Split::Test))
        .map(|(_, answer)| answer);
    let (mut seen, mut of) = (0u64, 0u64);
    for answer in answers {
        of += 1;
        seen += u64::from(trained[answer as usize] > 0);
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
