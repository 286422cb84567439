//! Titles and genres for the items of a log.
//!
//! In: identifiers, what the log itself says of them, and a file of items. Out: [`Item`]s. An identifier that is written as another number in
//! the file (`1e+05`, `100000`, `100000.0`) is found by its value.

use std::collections::HashMap;

use crate::log::MAX_GENRES;
use crate::log::sequences::items::{Item, ItemTable};
use crate::log::sequences::raw::RawLog;

/// Titles and genres for the items that are left: from the file of items first, else from the log's own columns.
pub(crate) fn join(
    log: &RawLog,
    table: Option<&ItemTable>,
    ids: Vec<String>,
    originals: &[u32],
    notes: &mut Vec<String>,
) -> (Vec<Item>, Vec<String>) {
    let mut found = 0u64;
    let mut by_value = 0u64;
    let mut values: Option<HashMap<String, &str>> = None;
    let mut known: Vec<(Option<String>, Vec<&str>)> = Vec::with_capacity(ids.len());
    for (id, &original) in ids.iter().zip(originals) {
        let own = log.infos.get(original as usize).map(|info| (info, &log.genre_names));
        let beside = table.and_then(|table| {
            let info = table.infos.get(id).or_else(|| {
                // Only a number can be written in another way.
                let value = same_number(id)?;
                let values = values.get_or_insert_with(|| values_of(table));
                let info = table.infos.get(*values.get(&value)?)?;
                by_value += 1;
                Some(info)
            });
            info.map(|info| (info, &table.genre_names))
        });
        found += u64::from(beside.is_some());
        let title = [beside, own].into_iter().flatten().find_map(|(info, _)| info.title.clone());
        let genres = [beside, own].into_iter().flatten().find(|(info, _)| !info.genres.is_empty());
        let genres = genres.map(|(info, names)| {
            info.genres
                .iter()
                .filter_map(|&g| names.get(g as usize))
                .map(String::as_str)
                .collect()
        });
        known.push((title, genres.unwrap_or_default()));
    }
    if let Some(table) = table {
        if found == 0 {
            notes.push(format!(
                "None of the items in {} occurs in the log, so no titles are known.",
                table.file
            ));
        } else if found < ids.len() as u64 {
            let left = ids.len() as u64 - found;
            notes.push(format!(
                "{} names {found} of the {} items; {}.",
                table.file,
                ids.len(),
                counted(left, "has no title", "have no title")
            ));
        }
        if by_value > 0 {
            notes.push(format!(
                "{} found in {} under another way of writing the same number, such as 1e+05 for 100000.",
                counted(by_value, "item was", "items were"),
                table.file
            ));
        }
        if table.skipped > 0 {
            notes.push(format!(
                "{} of {} could not be read.",
                counted(table.skipped, "line", "lines"),
                table.file
            ));
        }
    }

    // Genres by the number of items that have them as the main one, then at all, then by name.
    let mut counts: HashMap<&str, (u32, u32)> = HashMap::new();
    for (_, genres) in &known {
        for (at, genre) in genres.iter().enumerate() {
            let count = counts.entry(genre).or_default();
            count.0 += u32::from(at == 0);
            count.1 += 1;
        }
    }
    let mut order: Vec<(&str, (u32, u32))> = counts.into_iter().collect();
    order.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    if order.len() > MAX_GENRES {
        notes.push(format!("Of {} genres the {MAX_GENRES} commonest are kept.", order.len()));
        order.truncate(MAX_GENRES);
    }
    let names: Vec<String> = order.iter().map(|(name, _)| (*name).to_owned()).collect();
    let numbers: HashMap<&str, u32> = order.iter().zip(0..).map(|((name, _), number)| (*name, number)).collect();
    let items = ids
        .into_iter()
        .zip(&known)
        .map(|(id, (title, genres))| Item {
            id,
            title: title.clone(),
            genres: genres.iter().filter_map(|genre| numbers.get(genre).copied()).collect(),
        })
        .collect();
    (items, names)
}

pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// An identifier that is a number, as its value is written without an exponent and without decimals; `None` for any other.
fn same_number(id: &str) -> Option<String> {
    // Beyond 15 digits a double does not tell whole numbers apart.
    let value: f64 = id
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite() && value.fract() == 0.0 && value.abs() < 1e15)?;
    id.bytes().any(|b| b.is_ascii_digit()).then(|| format!("{value:.0}"))
}

/// The identifiers of a file of items by the values of those that are numbers.
fn values_of(table: &ItemTable) -> HashMap<String, &str> {
    table
        .infos
        .keys()
        .filter_map(|id| Some((same_number(id)?, id.as_str())))
        .collect()
}
