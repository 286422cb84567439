//! Numbers that give the order of the interactions where no date does.
//!
//! In: a table, and the roles so far. Out: the column that counts a user's interactions, by its name and by how it rises.

use std::collections::HashMap;

use crate::log::meaning::ballot::{Ballot, Choice};
use crate::log::meaning::mapping::Role;
use crate::log::meaning::names::counts_up;
use crate::log::meaning::table::Table;
use crate::log::meaning::time::number;

/// The column that is named like a count of a user's interactions and runs like one.
pub(super) fn counted(table: &Table, header: &[String], ballot: &Ballot<'_>, roles: &[Role]) -> Option<Choice> {
    let user = roles.iter().position(|&role| role == Role::User)?;
    let weights = header.iter().enumerate().filter_map(|(at, name)| {
        let weight = counts_up(name).filter(|_| roles.get(at) == Some(&Role::Ignored))?;
        let looks = ballot.looks(at);
        let whole = looks.numbers >= 0.95 && looks.fractions == 0.0 && looks.least >= 0.0 && looks.distinct >= 2;
        // Several interactions of an order have its number in common.
        (whole && (weight >= 0.6 || runs(table, user, at))).then_some((at, weight))
    });
    let (at, _) = weights.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    Some(Choice { at, confidence: 0.7 })
}

/// Whether a column of numbers rises from line to line of each user, or numbers the interactions of each or of all without gaps.
pub(super) fn runs(table: &Table, user: usize, at: usize) -> bool {
    let mut users: HashMap<&str, Vec<f64>> = HashMap::new();
    let mut all = Vec::new();
    for row in &table.rows {
        if let (Some(user), Some(value)) = (row.get(user), row.get(at).and_then(|text| number(text))) {
            users.entry(user).or_default().push(value);
            all.push(value);
        }
    }
    let steps = || users.values().flat_map(|values| values.windows(2));
    let (up, steps) = (steps().filter(|pair| pair[1] > pair[0]).count(), steps().count());
    let gapless = users
        .values_mut()
        .map(|values| numbered(values))
        .fold((0, 0), |(good, most), (is, count)| {
            (good + if is { count } else { 0 }, most + count)
        });
    steps > 0 && (up * 20 >= steps * 19 || gapless.0 * 10 >= gapless.1 * 9 || numbered(&mut all).0)
}

/// Whether numbers are those from the least to the largest, each once, and how many there are.
fn numbered(values: &mut [f64]) -> (bool, usize) {
    values.sort_unstable_by(f64::total_cmp);
    (values.windows(2).all(|pair| pair[1] - pair[0] == 1.0), values.len())
}
