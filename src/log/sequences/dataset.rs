//! What training sees: items with their titles, and for each user a sequence in order of time.
//!
//! In: a [`RawLog`], where there is one an [`ItemTable`], and options. Out: a [`Dataset`]: filtered, sorted by time with ties in
//! the order of the file, indices without gaps in order of first appearance, and summarised.

use std::ops::Range;

use crate::log::MAX_GENRES;
use crate::log::error::LogError;
use crate::log::meaning::time::{DAY, TimeUnit, shown_time};
use crate::log::sequences::filter::{k_core, recent_users, repeats};
use crate::log::sequences::items::ItemTable;
use crate::log::sequences::options::{Filter, ReadOptions, Repeats, SplitRule, bound};
use crate::log::sequences::raw::{Interactions, RawLog};
use crate::log::sequences::split::{HeldBack, Split, moments};
use crate::log::sequences::summary::{
    Counts, FilterKind, FilterStep, SplitSummary, Summary, TimeSpan, clamp, head_share, length_bins, median, popularity_curve,
};

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
    /// What is held back of each sequence.
    pub(crate) held_back: HeldBack,
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

    /// Fills in the numbers of the summary that follow from the sequences.
    fn describe(&mut self) {
        let mut lengths: Vec<u32> = self.sequences.iter().map(|s| clamp(s.len() as u64)).collect();
        let interactions: f64 = lengths.iter().map(|&length| f64::from(length)).sum();
        let (users, items) = (self.users.len() as f64, self.items.len() as f64);
        let mut counts = self.item_counts();
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
    let mut sieve = Sieve::new(log);
    sieve.ratings_and_dates(&options.filter)?;
    if let Some(count) = options.filter.recent_users {
        sieve.step(FilterKind::RecentUsers, |keep| {
            recent_users(all, keep, log.users.len(), count)
        })?;
    }
    if options.filter.repeats != Repeats::Keep {
        let sequences = Sequences::new(log, &sieve.keep);
        sieve.step(FilterKind::Repeats, |keep| {
            for user in 0..sequences.users() {
                repeats(all, keep, sequences.of(user), options.filter.repeats);
            }
        })?;
    }
    let (min_user, min_item) = (options.filter.min_user, options.filter.min_item);
    if min_user > 1 || min_item > 1 {
        let before = sieve.keep.clone();
        sieve.take(FilterKind::KCore, |keep| {
            k_core(all, keep, log.users.len(), log.items.len(), min_user, min_item)
        });
        if sieve.counts.interactions == 0 {
            return Err(nothing_left(log, &before, min_user, min_item));
        }
    }
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
        notes.push(format!(
            "{subject} the same time as the one before; such ties keep the order of the file."
        ));
    }
    if repeated > 0 {
        let subject = counted(repeated, "interaction is", "interactions are");
        notes.push(format!("{subject} with an item that the user had before; they are kept."));
    }

    let kept_items = item_number.iter().zip(0..).filter(|(number, _)| **number != u32::MAX);
    let originals: Vec<u32> = kept_items.map(|(_, original)| original).collect();
    let (items, genres) = join(log, items, item_ids, &originals, &mut notes);
    let (held_back, split) = hold_back(log, &sequences, &sieve, &user_number, users.len(), options.split)?;
    let mut data = Dataset {
        name: log.name.clone(),
        users,
        items,
        genres,
        sequences: in_order,
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
            notes,
        },
    };
    data.describe();
    Ok(data)
}

/// Which interactions are still kept, and the counts of them.
struct Sieve<'a> {
    log: &'a RawLog,
    keep: Vec<bool>,
    user_kept: Vec<bool>,
    item_kept: Vec<bool>,
    counts: Counts,
    steps: Vec<FilterStep>,
}

impl<'a> Sieve<'a> {
    fn new(log: &'a RawLog) -> Self {
        let mut sieve = Sieve {
            log,
            keep: vec![true; log.interactions.len()],
            user_kept: Vec::new(),
            item_kept: Vec::new(),
            counts: Counts {
                users: 0,
                items: 0,
                interactions: 0,
            },
            steps: Vec::new(),
        };
        sieve.count();
        sieve
    }

    fn count(&mut self) {
        self.user_kept = vec![false; self.log.users.len()];
        self.item_kept = vec![false; self.log.items.len()];
        let mut interactions = 0;
        in_blocks(self.keep.len(), |block| {
            for at in block.filter(|&at| self.keep[at]) {
                self.user_kept[self.log.interactions.user(at) as usize] = true;
                self.item_kept[self.log.interactions.item(at) as usize] = true;
                interactions += 1;
            }
        });
        let set = |flags: &[bool]| clamp(flags.iter().filter(|&&flag| flag).count() as u64);
        self.counts = Counts {
            users: set(&self.user_kept),
            items: set(&self.item_kept),
            interactions: clamp(interactions),
        };
    }

    /// Applies a filter and notes what it took.
    fn take(&mut self, filter: FilterKind, apply: impl FnOnce(&mut [bool])) {
        let before = self.counts;
        apply(&mut self.keep);
        self.count();
        self.steps.push(FilterStep {
            filter,
            before,
            after: self.counts,
        });
    }

    /// The same; an error where it took all.
    fn step(&mut self, filter: FilterKind, apply: impl FnOnce(&mut [bool])) -> Result<(), LogError> {
        let before = self.counts.interactions;
        self.take(filter, apply);
        if self.counts.interactions > 0 {
            return Ok(());
        }
        let (filter, advice) = match filter {
            FilterKind::Rating => {
                let ratings = || self.log.ratings.iter().copied();
                let (least, most) = (
                    ratings().fold(f64::INFINITY, f64::min),
                    ratings().fold(f64::NEG_INFINITY, f64::max),
                );
                ("least rating", format!("the ratings go from {least} to {most}"))
            }
            FilterKind::Dates => {
                let times = || (0..self.keep.len()).map(|at| self.log.interactions.time(at));
                let (first, last) = (
                    times().fold(f64::INFINITY, f64::min),
                    times().fold(f64::NEG_INFINITY, f64::max),
                );
                let shown = |time| moment(self.log, time);
                (
                    "range of dates",
                    format!("the log goes from {} to {}", shown(first), shown(last)),
                )
            }
            FilterKind::RecentUsers => ("number of recent users", "set it to 1 or more".to_owned()),
            FilterKind::Repeats | FilterKind::KCore => ("filter", "choose another".to_owned()),
        };
        Err(LogError::FilterTakesAll {
            file: self.log.name.clone(),
            filter,
            interactions: before,
            advice,
        })
    }

    fn ratings_and_dates(&mut self, filter: &Filter) -> Result<(), LogError> {
        let log = self.log;
        let all = &log.interactions;
        let file = || log.name.clone();
        if let Some(least) = filter.min_rating {
            if log.ratings.is_empty() {
                return Err(LogError::NoColumn {
                    file: file(),
                    column: "rating",
                    wish: "a least rating cannot be asked for",
                });
            }
            let passes = |at: usize| {
                log.ratings
                    .get(all.rating(at) as usize)
                    .is_some_and(|&rating| rating >= least)
            };
            self.step(FilterKind::Rating, |keep| {
                (0..keep.len()).for_each(|at| keep[at] &= passes(at))
            })?;
        }
        if filter.from.is_some() || filter.to.is_some() {
            if !all.has_times() {
                return Err(LogError::NoColumn {
                    file: file(),
                    column: "time",
                    wish: "a range of dates cannot be asked for",
                });
            }
            let edge = |key, text: &Option<String>, end| match text {
                Some(text) => bound(&log.name, key, text, log.unit, end).map(Some),
                None => Ok(None),
            };
            let first = edge("from", &filter.from, false)?.unwrap_or(f64::NEG_INFINITY);
            let last = edge("to", &filter.to, true)?.unwrap_or(f64::INFINITY);
            let passes = |at| (first..=last).contains(&all.time(at));
            self.step(FilterKind::Dates, |keep| {
                (0..keep.len()).for_each(|at| keep[at] &= passes(at))
            })?;
        }
        Ok(())
    }
}

/// The interactions of each user, oldest first; ties in the order of the file.
struct Sequences {
    /// Where each user's begin in `places`, and one more for the end.
    starts: Vec<usize>,
    places: Vec<u32>,
    /// Interactions with the same time as the one before, of the same user.
    ties: u64,
}

impl Sequences {
    fn new(log: &RawLog, keep: &[bool]) -> Self {
        let all = &log.interactions;
        let mut starts = vec![0usize; log.users.len() + 1];
        in_blocks(keep.len(), |block| {
            for at in block.filter(|&at| keep[at]) {
                starts[all.user(at) as usize + 1] += 1;
            }
        });
        for user in 0..log.users.len() {
            starts[user + 1] += starts[user];
        }
        let mut next = starts.clone();
        let mut places = vec![0u32; starts.last().copied().unwrap_or(0)];
        in_blocks(keep.len(), |block| {
            for at in block.filter(|&at| keep[at]) {
                let next = &mut next[all.user(at) as usize];
                places[*next] = at as u32;
                *next += 1;
            }
        });
        let mut ties = 0;
        if all.has_times() {
            let mut timed: Vec<(f64, u32)> = Vec::new();
            for user in 0..log.users.len() {
                ties += put_in_order(all, &mut places[starts[user]..starts[user + 1]], &mut timed);
            }
        }
        Sequences { starts, places, ties }
    }

    fn users(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, user: usize) -> &[u32] {
        &self.places[self.starts[user]..self.starts[user + 1]]
    }
}

/// Does something with all numbers below a count, some thousands at a time.
///
/// Browsers run a function slowly until it is called anew after they have compiled it well, and one long loop is one call.
fn in_blocks(count: usize, mut work: impl FnMut(Range<usize>)) {
    const BLOCK: usize = 1 << 13;
    for from in (0..count).step_by(BLOCK) {
        uninlined(&mut work, from..count.min(from + BLOCK));
    }
}

#[inline(never)]
fn uninlined(work: &mut impl FnMut(Range<usize>), block: Range<usize>) {
    work(block);
}

/// Sorts the interactions of one user by time and tells how many have the time of the one before; `timed` is room to work in.
///
/// A function of its own, since browsers compile well only what is called again and again.
#[inline(never)]
fn put_in_order(all: &Interactions, places: &mut [u32], timed: &mut Vec<(f64, u32)>) -> u64 {
    timed.clear();
    timed.extend(places.iter().map(|&at| (all.time(at as usize), at)));
    // Most logs are in order already.
    if !timed.is_sorted_by(|a, b| a.0 <= b.0) {
        // A stable sort, so that ties keep the order of the file.
        timed.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (place, (_, at)) in places.iter_mut().zip(timed.iter()) {
            *place = *at;
        }
    }
    timed.windows(2).filter(|pair| pair[0].0 == pair[1].0).count() as u64
}

/// The items of each user who is left, by their new numbers, and how many interactions are with an item that the user had before.
fn renumbered(all: &Interactions, sequences: &Sequences, user_number: &[u32], item_number: &[u32]) -> (Vec<Vec<u32>>, u64) {
    let mut repeated = 0;
    // The last user who had each item.
    let mut had = vec![u32::MAX; item_number.len()];
    let mut in_order = Vec::new();
    // New numbers follow the old order.
    for (user, _) in user_number.iter().enumerate().filter(|(_, number)| **number != u32::MAX) {
        let (sequence, again) = items_of(all, sequences.of(user), user as u32, item_number, &mut had);
        repeated += again;
        in_order.push(sequence);
    }
    (in_order, repeated)
}

/// The same of one user. A function of its own, as [`put_in_order`] is.
#[inline(never)]
fn items_of(all: &Interactions, places: &[u32], user: u32, item_number: &[u32], had: &mut [u32]) -> (Vec<u32>, u64) {
    let mut again = 0;
    let new_number = |&at: &u32| {
        let item = all.item(at as usize) as usize;
        again += u64::from(std::mem::replace(&mut had[item], user) == user);
        item_number[item]
    };
    (places.iter().map(new_number).collect(), again)
}

/// New numbers for the identifiers that are kept, without gaps and in the old order; `u32::MAX` for the others.
fn renumber<'a>(kept: &[bool], name: impl Fn(u32) -> &'a str) -> (Vec<u32>, Vec<String>) {
    let mut left = Vec::new();
    let numbers = kept
        .iter()
        .zip(0..)
        .map(|(&kept, old)| {
            if kept {
                left.push(name(old).to_owned());
                left.len() as u32 - 1
            } else {
                u32::MAX
            }
        })
        .collect();
    (numbers, left)
}

/// What is held back of each user, by the rule.
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

/// A time of a log for people: a date, or the number where no calendar knows it.
fn moment(log: &RawLog, time: f64) -> String {
    if log.unit == TimeUnit::Order {
        time.to_string()
    } else {
        shown_time(time)
    }
}

fn time_span(log: &RawLog, keep: &[bool]) -> Option<TimeSpan> {
    if !log.interactions.has_times() || log.unit == TimeUnit::Order {
        return None;
    }
    let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
    for at in (0..keep.len()).filter(|&at| keep[at]) {
        let time = log.interactions.time(at);
        first = first.min(time);
        last = last.max(time);
    }
    Some(TimeSpan {
        from: shown_time(first),
        to: shown_time(last),
        days: (last - first) / DAY,
    })
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

/// The error for a core that holds nothing, with the largest minimum that leaves something to train on. `kept` is what the
/// filters before it left.
fn nothing_left(log: &RawLog, kept: &[bool], min_user: u32, min_item: u32) -> LogError {
    let trains = |k: u32| {
        let mut keep = kept.to_vec();
        let (users, items) = (log.users.len(), log.items.len());
        k_core(&log.interactions, &mut keep, users, items, k.min(min_user), k.min(min_item));
        let mut lengths = vec![0u32; users];
        for ((user, _), _) in log.interactions.pairs().zip(&keep).filter(|(_, keep)| **keep) {
            lengths[user as usize] += 1;
        }
        lengths.into_iter().any(|length| length >= 3)
    };
    // The cores are nested, so halving finds the border.
    let (mut works, mut fails) = (0, min_user.max(min_item));
    while fails - works > 1 {
        let middle = works + (fails - works) / 2;
        if trains(middle) { works = middle } else { fails = middle }
    }
    let advice = match works {
        0 => "the log is too short to train on, so choose a longer one".to_owned(),
        1 => "set the minimum to 1, which keeps all".to_owned(),
        works => format!("set the minimum to {works} or less"),
    };
    let minimum = if min_user == min_item {
        format!("every user and item must have at least {min_user}")
    } else {
        format!("every user must have at least {min_user} and every item at least {min_item}")
    };
    LogError::NothingLeft {
        file: log.name.clone(),
        interactions: clamp(kept.iter().filter(|&&kept| kept).count() as u64),
        users: clamp(log.users.len() as u64),
        items: clamp(log.items.len() as u64),
        minimum,
        advice,
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests;
