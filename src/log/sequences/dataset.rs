//! Data set for training: items with their titles, and for each user a sequence in order of time.
//!
//! In: a [`RawLog`], where there is one an [`ItemTable`], and options. Out: a [`Dataset`]: filtered, sorted by time with ties in
//! the order of the file, indices without gaps in order of first appearance, and summarised.

mod doubts;

use std::collections::HashMap;

use crate::log::error::LogError;
use crate::log::meaning::looks::takes_back;
use crate::log::sequences::items::{Item, ItemTable};
use crate::log::sequences::options::{ReadOptions, SplitRule};
use crate::log::sequences::order::{Sequences, in_blocks, renumber, renumbered};
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::sieve::{Sieve, moment, time_span};
use crate::log::sequences::split::{HeldBack, Split, moments};
use crate::log::sequences::summary::{
    EventCount, SplitSummary, Summary, clamp, head_share, length_bins, median, popularity_curve,
};
use crate::log::sequences::titles::{counted, join};

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
    /// How often each item occurs in all sequences.
    pub(crate) item_counts: Vec<u32>,
    /// Part of each sequence that is held back.
    pub(crate) held_back: HeldBack,
    /// The numbers of the log, before and after the filter.
    pub summary: Summary,
}

impl Dataset {
    /// How often each item occurs in all sequences.
    pub fn item_counts(&self) -> &[u32] {
        &self.item_counts
    }

    /// The part of a user's sequence that training may see: its inputs are all but its last item, its targets all but its first.
    /// Empty where nothing may be seen.
    pub fn train_part(&self, user: usize) -> &[u32] {
        let sequence = self.sequences.get(user).map(Vec::as_slice).unwrap_or_default();
        self.held_back.train_part(user, sequence)
    }

    /// History and answer of one user. `None` where nothing is asked of this user.
    pub fn query(&self, user: usize, split: Split) -> Option<(&[u32], u32)> {
        self.held_back.query(user, self.sequences.get(user)?, split)
    }

    /// Gives items that have no title those of `titles`, each beside its identifier: what a run knows whose log came with a file of items.
    pub fn add_titles<'a>(&mut self, titles: impl Iterator<Item = (&'a str, &'a str)>) {
        let titles: HashMap<&str, &str> = titles.filter(|(id, title)| id != title).collect();
        for item in self.items.iter_mut().filter(|item| item.title.is_none()) {
            item.title = titles.get(item.id.as_str()).map(|&title| title.to_owned());
        }
    }

    /// Fills in the numbers of the summary that follow from the sequences.
    fn describe(&mut self) {
        let mut lengths: Vec<u32> = self.sequences.iter().map(|s| clamp(s.len() as u64)).collect();
        let interactions: f64 = lengths.iter().map(|&length| f64::from(length)).sum();
        let (users, items) = (self.users.len() as f64, self.items.len() as f64);
        let mut counts = self.item_counts.clone();
        let asked = |split| {
            (0..self.users.len())
                .filter(|&user| self.query(user, split).is_some())
                .count() as u64
        };
        let (valid_users, test_users) = (clamp(asked(Split::Valid)), clamp(asked(Split::Test)));
        let trained: usize = (0..self.users.len()).map(|user| self.train_part(user).len()).sum();
        let summary = &mut self.summary;
        summary.mean_length = interactions / users;
        summary.density = interactions / (users * items);
        summary.median_length = median(&mut lengths);
        summary.lengths = length_bins(&lengths);
        summary.popularity = popularity_curve(&mut counts);
        summary.head_share = head_share(&counts);
        summary.split.train_interactions = clamp(trained as u64);
        (summary.split.valid_users, summary.split.test_users) = (valid_users, test_users);
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

/// Makes a data set of a log: filters it, joins the titles, puts each user's items in order, decides what is held back.
pub fn assemble(log: &RawLog, items: Option<&ItemTable>, options: &ReadOptions) -> Result<Dataset, LogError> {
    options.check()?;
    let all = &log.interactions;
    let mut notes = log.notes.clone();
    let sieve = Sieve::filtered(log, options)?;
    let sequences = Sequences::new(log, &sieve.keep);
    if (0..sequences.users()).all(|user| sequences.of(user).len() < 3) {
        return Err(LogError::TooShort {
            file: log.name.clone(),
            interactions: sieve.counts.interactions,
            users: sieve.counts.users,
        });
    }

    let (user_number, users) = renumber(&sieve.user_kept, |user| log.users.name(user));
    let (item_number, item_ids) = renumber(&sieve.item_kept, |item| log.items.name(item));
    let ties = sequences.ties;
    let (in_order, repeated) = renumbered(all, &sequences, &user_number, &item_number);
    if ties > 0 {
        let subject = counted(ties, "interaction has", "interactions have");
        let order = match sequences.newest_first {
            true => "the lines stand newest first, so such ties are taken from the last line to the first.",
            false => "such ties keep the order of the file.",
        };
        notes.push(format!("{subject} the same time as the one before; {order}"));
    }
    if repeated > 0 {
        let subject = counted(repeated, "interaction is", "interactions are");
        notes.push(format!("{subject} with an item that the user had before; they are kept."));
    }

    let kept_items = item_number.iter().zip(0..).filter(|(number, _)| **number != u32::MAX);
    let originals: Vec<u32> = kept_items.map(|(_, original)| original).collect();
    let (items, genres) = join(log, items, item_ids, &originals, &mut notes);
    let (held_back, split) = hold_back(log, &sequences, &sieve, &user_number, users.len(), options.split)?;
    let mut item_counts = vec![0u32; items.len()];
    in_order.iter().for_each(|sequence| count_items(sequence, &mut item_counts));
    let mut data = Dataset {
        name: log.name.clone(),
        users,
        items,
        genres,
        sequences: in_order,
        item_counts,
        held_back,
        summary: Summary {
            name: log.name.clone(),
            format: log.format.clone(),
            columns: log.columns.clone(),
            column_names: log.column_names.clone(),
            users: sieve.counts.users,
            items: sieve.counts.items,
            interactions: sieve.counts.interactions,
            mean_length: 0.0,
            median_length: 0.0,
            density: 0.0,
            time_span: time_span(log, &sieve.keep),
            popularity: Vec::new(),
            head_share: 0.0,
            lengths: Vec::new(),
            users_before: clamp(log.users.len() as u64),
            items_before: clamp(log.items.len() as u64),
            interactions_before: clamp(all.len() as u64),
            filters: sieve.steps,
            filter: options.filter.clone(),
            split,
            skipped: log.skips.rows.clone(),
            skipped_count: clamp(log.skips.count),
            left_out: log.skips.left_out(),
            events: event_counts(log),
            encoding: log.encoding.clone(),
            warnings: Vec::new(),
            notes,
        },
    };
    data.describe();
    data.summary.warnings = doubts::warnings(&data, log, &sieve.keep);
    Ok(data)
}

/// Counts the items of one user. A function of its own, since browsers compile well only what is called again and again.
#[inline(never)]
fn count_items(sequence: &[u32], counts: &mut [u32]) {
    for &item in sequence {
        if let Some(count) = counts.get_mut(item as usize) {
            *count += 1;
        }
    }
}

/// The kinds of interactions with their numbers, the commonest first.
fn event_counts(log: &RawLog) -> Vec<EventCount> {
    if log.events.is_empty() {
        return Vec::new();
    }
    let mut counts = vec![0u64; log.events.len()];
    in_blocks(log.interactions.len(), |block| {
        for at in block {
            if let Some(count) = log.interactions.event(at).and_then(|code| counts.get_mut(usize::from(code))) {
                *count += 1;
            }
        }
    });
    let mut events: Vec<EventCount> = log
        .events
        .iter()
        .zip(counts)
        .map(|(name, count)| EventCount {
            name: name.clone(),
            count: clamp(count),
            takes_back: takes_back(name),
        })
        .collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.count));
    events
}

/// Applies the rule of the split to each user.
fn hold_back(
    log: &RawLog,
    sequences: &Sequences,
    sieve: &Sieve<'_>,
    user_number: &[u32],
    users: usize,
    rule: SplitRule,
) -> Result<(HeldBack, SplitSummary), LogError> {
    let mut split = SplitSummary {
        rule,
        ..SplitSummary::default()
    };
    let SplitRule::TimeCut {
        valid_percent,
        test_percent,
    } = rule
    else {
        return Ok((HeldBack::LastTwo, split));
    };
    let all = &log.interactions;
    if !all.has_times() {
        return Err(LogError::NoColumn {
            file: log.name.clone(),
            column: "time",
            wish: "it cannot be cut at a point in time; leave one out instead",
        });
    }
    let mut times: Vec<f64> = (0..all.len()).filter(|&at| sieve.keep[at]).map(|at| all.time(at)).collect();
    let moments = moments(&log.name, &mut times, valid_percent, test_percent)?;
    let mut borders = vec![[0, 0]; users];
    for (user, &number) in user_number.iter().enumerate().filter(|(_, number)| **number != u32::MAX) {
        let places = sequences.of(user);
        borders[number as usize] = moments.map(|moment| places.partition_point(|&at| all.time(at as usize) < moment) as u32);
    }
    split.moments = Some(moments.map(|time| moment(log, time)));
    Ok((HeldBack::Cut(borders), split))
}

#[cfg(test)]
mod tests;
