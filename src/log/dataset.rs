//! What training sees: items with their titles, and for each user a sequence in order of time.
//!
//! In: a [`RawLog`], where there is one an [`ItemTable`], and options. Out: a [`Dataset`]: filtered, sorted by time with ties in
//! the order of the file, indices without gaps in order of first appearance, and summarised.

use super::MAX_GENRES;
use super::error::LogError;
use super::filter::k_core;
use super::items::ItemTable;
use super::raw::RawLog;
use super::reader::ReadOptions;
use super::summary::{Summary, clamp};

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its identifier as it stood in the log.
    pub id: String,
    /// Its title, where one is known.
    pub title: Option<String>,
    /// Indices into [`Dataset::genres`], the main one first; empty where none is known.
    pub genres: Vec<u32>,
}

/// A log that is ready to train on. Items and users are known by their positions here.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Name of the file or of the example.
    pub name: String,
    /// Identifiers of the users, as in the log.
    pub users: Vec<String>,
    /// The items.
    pub items: Vec<Item>,
    /// Names of the genres, those with most items first; empty where none are known.
    pub genres: Vec<String>,
    /// For each user the items, oldest first.
    pub sequences: Vec<Vec<u32>>,
    /// The numbers of the log, before and after the filter.
    pub summary: Summary,
}

impl Dataset {
    /// How often each item occurs in all sequences.
    pub fn item_counts(&self) -> Vec<u32> {
        let mut counts = vec![0u32; self.items.len()];
        for &item in self.sequences.iter().flatten() {
            if let Some(count) = counts.get_mut(item as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// The first genre of an item.
    pub fn main_genre(&self, item: u32) -> Option<u32> {
        self.items.get(item as usize)?.genres.first().copied()
    }

    /// The title of an item; its identifier where no title is known, nothing where there is no such item.
    pub fn title(&self, item: u32) -> &str {
        self.items
            .get(item as usize)
            .map_or("", |item| item.title.as_deref().unwrap_or(&item.id))
    }
}

/// Makes a data set of a log: joins the titles, takes the k-core, puts each user's items in order.
pub fn assemble(log: &RawLog, items: Option<&ItemTable>, options: &ReadOptions) -> Result<Dataset, LogError> {
    let k = options.k_core.max(1);
    let keep = k_core(&log.user, &log.item, log.users.len(), log.items.len(), k);
    let kept: Vec<u32> = (0..).zip(&keep).filter(|(_, keep)| **keep).map(|(at, _)| at).collect();
    if kept.is_empty() {
        return Err(nothing_left(log, k));
    }
    let (user_number, users) = renumber(kept.iter().map(|&at| log.user[at as usize]), &log.users);
    let (item_number, item_ids) = renumber(kept.iter().map(|&at| log.item[at as usize]), &log.items);

    // First the places of each user's interactions, in the order of the file; then a stable sort by time.
    let mut places: Vec<Vec<u32>> = vec![Vec::new(); users.len()];
    for &at in &kept {
        places[user_number[log.user[at as usize] as usize] as usize].push(at);
    }
    let mut notes = log.notes.clone();
    let (mut ties, mut repeats, mut longest) = (0u64, 0u64, 0);
    let mut sequences = Vec::with_capacity(places.len());
    let mut seen: Vec<u32> = Vec::new();
    for mut places in places {
        if !log.time.is_empty() {
            places.sort_by(|&a, &b| log.time[a as usize].total_cmp(&log.time[b as usize]));
            ties += places
                .windows(2)
                .filter(|pair| log.time[pair[0] as usize] == log.time[pair[1] as usize])
                .count() as u64;
        }
        let sequence: Vec<u32> = places.iter().map(|&at| item_number[log.item[at as usize] as usize]).collect();
        seen.clear();
        seen.extend_from_slice(&sequence);
        seen.sort_unstable();
        seen.dedup();
        repeats += (sequence.len() - seen.len()) as u64;
        longest = longest.max(sequence.len());
        sequences.push(sequence);
    }
    if longest < 3 {
        let (interactions, users) = (clamp(log.user.len() as u64), clamp(log.users.len() as u64));
        return Err(LogError::TooShort {
            file: log.name.clone(),
            interactions,
            users,
        });
    }
    if ties > 0 {
        let subject = counted(ties, "interaction has", "interactions have");
        notes.push(format!(
            "{subject} the same time as the one before; such ties keep the order of the file."
        ));
    }
    if repeats > 0 {
        let subject = counted(repeats, "interaction is", "interactions are");
        notes.push(format!("{subject} with an item that the user had before; they are kept."));
    }

    let originals: Vec<u32> = {
        let mut originals = vec![0; item_ids.len()];
        for (original, &number) in item_number.iter().enumerate() {
            if number != u32::MAX {
                originals[number as usize] = original as u32;
            }
        }
        originals
    };
    let (items, genres) = join(log, items, item_ids, &originals, &mut notes);

    let (users_left, items_left, left) = (users.len() as f64, items.len() as f64, kept.len() as f64);
    let summary = Summary {
        name: log.name.clone(),
        format: log.format.clone(),
        columns: log.columns.clone(),
        column_names: log.column_names.clone(),
        users: clamp(users.len() as u64),
        items: clamp(items.len() as u64),
        interactions: clamp(kept.len() as u64),
        mean_length: left / users_left,
        density: left / (users_left * items_left),
        users_before: clamp(log.users.len() as u64),
        items_before: clamp(log.items.len() as u64),
        interactions_before: clamp(log.user.len() as u64),
        k_core: k,
        skipped: log.skips.rows.clone(),
        skipped_count: clamp(log.skips.count),
        notes,
    };
    Ok(Dataset {
        name: log.name.clone(),
        users,
        items,
        genres,
        sequences,
        summary,
    })
}

/// New numbers for the identifiers that occur, without gaps and in the old order; `u32::MAX` for the others.
fn renumber(occurring: impl Iterator<Item = u32>, names: &[String]) -> (Vec<u32>, Vec<String>) {
    let mut numbers = vec![u32::MAX; names.len()];
    for old in occurring {
        numbers[old as usize] = 0;
    }
    let mut left = Vec::new();
    for (number, name) in numbers.iter_mut().zip(names) {
        if *number == 0 {
            *number = left.len() as u32;
            left.push(name.clone());
        }
    }
    (numbers, left)
}

/// Titles and genres for the items that are left: from the file of items first, else from the log's own columns.
fn join(
    log: &RawLog,
    table: Option<&ItemTable>,
    ids: Vec<String>,
    originals: &[u32],
    notes: &mut Vec<String>,
) -> (Vec<Item>, Vec<String>) {
    let mut found = 0u64;
    let mut known: Vec<(Option<String>, Vec<&str>)> = Vec::with_capacity(ids.len());
    for (id, &original) in ids.iter().zip(originals) {
        let own = log.infos.get(original as usize).map(|info| (info, &log.genre_names));
        let beside = table.and_then(|table| table.infos.get(id).map(|info| (info, &table.genre_names)));
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
            notes.push(format!("{} names {found} of the {} items.", table.file, ids.len()));
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
    let mut counts: std::collections::HashMap<&str, (u32, u32)> = std::collections::HashMap::new();
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
    let numbers: std::collections::HashMap<&str, u32> =
        order.iter().zip(0..).map(|((name, _), number)| (*name, number)).collect();
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

/// The error for a filter that leaves nothing, with the largest minimum that leaves something to train on.
fn nothing_left(log: &RawLog, k: u32) -> LogError {
    let trains = |k: u32| {
        let keep = k_core(&log.user, &log.item, log.users.len(), log.items.len(), k);
        let mut lengths = vec![0u32; log.users.len()];
        for (&user, _) in log.user.iter().zip(&keep).filter(|(_, keep)| **keep) {
            lengths[user as usize] += 1;
        }
        lengths.into_iter().any(|length| length >= 3)
    };
    // The cores are nested, so halving finds the border.
    let (mut works, mut fails) = (0, k);
    while fails - works > 1 {
        let middle = works + (fails - works) / 2;
        if trains(middle) { works = middle } else { fails = middle }
    }
    let advice = match works {
        0 => "the log is too short to train on, so choose a longer one".to_owned(),
        1 => "set the minimum to 1, which keeps all".to_owned(),
        works => format!("set the minimum to {works} or less"),
    };
    LogError::NothingLeft {
        file: log.name.clone(),
        interactions: clamp(log.user.len() as u64),
        users: clamp(log.users.len() as u64),
        items: clamp(log.items.len() as u64),
        k_core: k,
        advice,
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn options(k_core: u32) -> ReadOptions {
        ReadOptions { k_core }
    }

    #[test]
    fn sorted_by_time_with_ties_in_file_order() {
        let text = b"user,item,time\nu,c,3\nu,a,1\nu,b,1\nu,0,-5\nv,a,0\nv,c,0\n";
        let data = read(("a.csv", text), None, &options(1)).unwrap();
        let ids = |s: &[u32]| s.iter().map(|&i| data.items[i as usize].id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids(&data.sequences[0]), ["0", "a", "b", "c"]);
        assert_eq!(ids(&data.sequences[1]), ["a", "c"]);
        assert!(
            data.summary
                .notes
                .iter()
                .any(|note| note.starts_with("2 interactions have the same time"))
        );
    }

    #[test]
    fn titles_from_beside_the_log_win_over_its_own() {
        let log = b"user,item,title,genre\nu,1,own one,x\nu,2,own two,y\nu,3,,y\n";
        let items = b"id,title,genres\n1,Better,z|x\n9,Absent,q\n";
        let data = read(("a.csv", log), Some(("i.csv", items)), &options(1)).unwrap();
        assert_eq!(
            [data.title(0), data.title(1), data.title(2), data.title(99)],
            ["Better", "own two", "3", ""]
        );
        let genre = |i| data.main_genre(i).map(|g| data.genres[g as usize].as_str());
        assert_eq!(
            [genre(0), genre(1), genre(2), genre(99)],
            [Some("z"), Some("y"), Some("y"), None]
        );
        assert_eq!(data.genres, ["y", "z", "x"]);
        assert!(data.summary.notes.iter().any(|note| note == "i.csv names 1 of the 3 items."));
    }

    #[test]
    fn a_filter_that_takes_all_suggests_a_smaller_minimum() {
        let text = b"u 1 2 3\nv 1 2 3\nw 1 2 3\n";
        let error = read(("a.txt", text), None, &options(5)).unwrap_err();
        assert!(error.to_string().contains("9 interactions (3 users, 3 items)"), "{error}");
        assert!(error.to_string().ends_with("set the minimum to 3 or less."), "{error}");
        let error = read(("a.txt", b"u 1 2\nv 3 4\n"), None, &options(u32::MAX)).unwrap_err();
        assert!(error.to_string().ends_with("choose a longer one."), "{error}");
        let error = read(("a.txt", b"u 1 2\nv 3 4\n"), None, &options(1)).unwrap_err();
        assert!(matches!(error, LogError::TooShort { .. }), "{error}");
    }

    #[test]
    fn counts_and_summary() {
        let data = read(("a.txt", b"u 1 2 1 3\nv 3 1\n"), None, &options(0)).unwrap();
        assert_eq!(data.item_counts(), [3, 1, 2]);
        let s = &data.summary;
        assert_eq!((s.users, s.items, s.interactions, s.k_core), (2, 3, 6, 1));
        assert_eq!((s.mean_length, s.density), (3.0, 1.0));
        assert!(
            s.notes
                .iter()
                .any(|note| note.starts_with("1 interaction is with an item that the user had before"))
        );
    }
}
