//! Summary of a log that was read.
//!
//! In: the log before the filter and the data set after it. Out: [`Summary`], plain numbers and sentences that the page shows
//! and `contrastvae inspect` prints.

use serde::{Deserialize, Serialize};

use crate::log::error::LogError;
use crate::log::meaning::mapping::Role;
use crate::log::sequences::left_out::Other;
use crate::log::sequences::options::{Filter, SplitRule};
use crate::log::sequences::warnings::Warning;
use crate::log::{MAX_LISTED_SKIPS, MAX_SKIPPED_PERCENT};

/// One line that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRow {
    /// 1-based line on which it begins.
    pub line: u32,
    /// The fault, without a full stop.
    pub why: String,
}

/// Lines that were left out though nothing is wrong with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Why.
    pub kind: LeftOutKind,
    /// How many.
    pub lines: u32,
}

/// Why a line is left out though nothing is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutKind {
    /// The user is missing: empty, `NA`, `null` and the like.
    NoUser,
    NoItem,
    NoTime,
    /// The header once more.
    Header,
    /// Lines drawn around a printed table, or the count of its rows.
    Ruler,
    /// A sum below the table.
    Total,
}

/// The numbers of a log, before and after the filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Median interactions of a user.
    pub median_length: f64,
    /// Interactions by users times items, 0 to 1 (more only where interactions repeat).
    pub density: f64,
    /// From the first to the last interaction that is left; absent where the log has no times, or none that a calendar knows.
    pub time_span: Option<TimeSpan>,
    /// How popular the items are: rank (1: the commonest) and number of interactions, at ranks that grow by about a twelfth.
    pub popularity: Vec<[u32; 2]>,
    /// Share of the interactions that fall to the commonest tenth of the items, 0 to 1.
    pub head_share: f64,
    /// How long the sequences are.
    pub lengths: Vec<LengthBin>,
    /// Users in the log.
    pub users_before: u32,
    /// Items in the log.
    pub items_before: u32,
    /// Interactions in the log.
    pub interactions_before: u32,
    /// Steps of the filter in order; those that were not asked for are absent.
    pub filters: Vec<FilterStep>,
    /// The filter as it was asked for.
    pub filter: Filter,
    /// The split and the sizes of its parts.
    pub split: SplitSummary,
    /// The first of the lines left out, at most [`MAX_LISTED_SKIPS`].
    pub skipped: Vec<SkippedRow>,
    /// All damaged lines.
    pub skipped_count: u32,
    /// Lines left out for other reasons than damage.
    pub left_out: Vec<LeftOut>,
    /// The kinds of interactions that the log tells apart, with their numbers before any filter; empty where it tells none apart.
    pub events: Vec<EventCount>,
    /// The encoding of the text, where it is not UTF-8.
    pub encoding: Option<String>,
    /// Warnings against training on this, or against trusting its metrics.
    pub warnings: Vec<Warning>,
    /// Further notes for a person; whole sentences.
    pub notes: Vec<String>,
}

/// A kind of interaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCount {
    /// As the log writes it; empty where it says nothing.
    pub name: String,
    /// Interactions of it.
    pub count: u32,
    /// Whether it takes back what was chosen before.
    pub takes_back: bool,
}

/// First and last moment, in UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeSpan {
    /// First moment: `2013-03-01 09:30`.
    pub from: String,
    /// Last moment.
    pub to: String,
    /// Days between them.
    pub days: f64,
}

/// Sequences of lengths `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LengthBin {
    /// Least length.
    pub from: u32,
    /// Greatest length.
    pub to: u32,
    /// Users with such sequences.
    pub users: u32,
}

/// One of the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterKind {
    Events,
    Rating,
    Dates,
    RecentUsers,
    Repeats,
    KCore,
}

/// How much there is of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub users: u32,
    pub items: u32,
    pub interactions: u32,
}

/// Counts before and after one filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterStep {
    pub filter: FilterKind,
    pub before: Counts,
    pub after: Counts,
}

/// A split: its rule, its moments in time and the sizes of its parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitSummary {
    /// The rule, as it was asked for.
    pub rule: SplitRule,
    /// The two moments of a cut in time, as dates where a calendar knows them, else as numbers.
    pub moments: Option<[String; 2]>,
    /// Interactions that training may see.
    pub train_interactions: u32,
    /// Users whose item is asked for in validation.
    pub valid_users: u32,
    /// Users whose item is asked for in the test.
    pub test_users: u32,
}

/// The popularity of the items as a curve: counts in falling order, at ranks that grow by about a twelfth.
pub(crate) fn popularity_curve(counts: &mut [u32]) -> Vec<[u32; 2]> {
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let mut curve = Vec::new();
    let mut rank = 1;
    while let Some(&count) = counts.get(rank - 1) {
        curve.push([clamp(rank as u64), count]);
        let next = (rank + 1).max(rank * 13 / 12);
        // The curve ends with the rarest item.
        rank = if rank < counts.len() { next.min(counts.len()) } else { next };
    }
    curve
}

/// Share of the whole in the first tenth of falling counts, rounded up.
pub(crate) fn head_share(falling: &[u32]) -> f64 {
    let sum = |counts: &[u32]| counts.iter().map(|&count| f64::from(count)).sum::<f64>();
    let all = sum(falling);
    if all > 0.0 {
        sum(&falling[..falling.len().div_ceil(10)]) / all
    } else {
        0.0
    }
}

/// Sequences by length, in bins that grow by about a quarter; from the first that holds a user to the last.
pub(crate) fn length_bins(lengths: &[u32]) -> Vec<LengthBin> {
    let mut bins: Vec<LengthBin> = Vec::new();
    let most = lengths.iter().copied().max().unwrap_or(0);
    let mut from = lengths.iter().copied().min().unwrap_or(0);
    while from <= most && !lengths.is_empty() {
        let to = from + from / 4;
        bins.push(LengthBin { from, to, users: 0 });
        from = to + 1;
    }
    for &length in lengths {
        let at = bins.partition_point(|bin| bin.to < length);
        if let Some(bin) = bins.get_mut(at) {
            bin.users += 1;
        }
    }
    bins
}

/// The middle one of lengths; the mean of the two middle ones where their number is even.
pub(crate) fn median(lengths: &mut [u32]) -> f64 {
    lengths.sort_unstable();
    let half = lengths.len() / 2;
    match (lengths.get(half), lengths.get(half.wrapping_sub(1))) {
        (Some(&middle), Some(&below)) if lengths.len().is_multiple_of(2) => (f64::from(middle) + f64::from(below)) / 2.0,
        (Some(&middle), _) => f64::from(middle),
        _ => 0.0,
    }
}

/// Lines left out so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skips {
    pub(crate) rows: Vec<SkippedRow>,
    pub(crate) count: u64,
    /// Lines without a user, without an item, without a time.
    pub(crate) missing: [u64; 3],
    /// Headers, rulers and totals.
    pub(crate) others: [u64; 3],
}

/// The roles whose values may be missing, in the order of [`Skips::missing`].
pub(crate) const NEEDED: [Role; 3] = [Role::User, Role::Item, Role::Time];

impl Skips {
    /// Notes lines in which the value of a role is missing.
    pub(crate) fn missing(&mut self, role: Role, lines: u64) {
        if let Some(at) = NEEDED.iter().position(|needed| *needed == role) {
            self.missing[at] += lines;
        }
    }

    /// Notes lines that are no data.
    pub(crate) fn other(&mut self, other: Other, lines: u64) {
        self.others[other as usize] += lines;
    }

    /// Whether more of so many lines are damaged than may be skipped.
    pub(crate) fn too_many(&self, lines: u64) -> bool {
        self.count * 100 > lines * MAX_SKIPPED_PERCENT
    }

    /// Counts of the lines left out besides damaged ones.
    pub(crate) fn left_out(&self) -> Vec<LeftOut> {
        let [user, item, time] = self.missing;
        let [header, ruler, total] = self.others;
        [
            (LeftOutKind::NoUser, user),
            (LeftOutKind::NoItem, item),
            (LeftOutKind::NoTime, time),
            (LeftOutKind::Header, header),
            (LeftOutKind::Ruler, ruler),
            (LeftOutKind::Total, total),
        ]
        .into_iter()
        .filter(|(_, lines)| *lines > 0)
        .map(|(kind, lines)| LeftOut {
            kind,
            lines: clamp(lines),
        })
        .collect()
    }

    /// Notes one record that covers `lines` lines of the file.
    pub(crate) fn add(&mut self, line: u64, lines: u64, why: String) {
        if self.rows.len() < MAX_LISTED_SKIPS {
            self.rows.push(SkippedRow { line: clamp(line), why });
        }
        self.count += lines;
    }
}

/// Refuses a file in which too many lines are bad.
pub(crate) fn check_skips(file: &str, skips: &Skips, lines: u64) -> Result<(), LogError> {
    match skips.rows.first() {
        Some(first) if skips.too_many(lines) => Err(LogError::TooManyBad {
            file: file.to_owned(),
            bad: skips.count,
            lines,
            line: first.line,
            why: first.why.clone(),
        }),
        _ => Ok(()),
    }
}

/// A count for a summary; numbers beyond the limits of this floor cannot be, so nothing is lost.
pub(crate) fn clamp(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_falls_from_the_commonest_to_the_rarest() {
        let mut counts: Vec<u32> = (1..=1000).collect();
        let curve = popularity_curve(&mut counts);
        assert_eq!((curve[0], curve[curve.len() - 1]), ([1, 1000], [1000, 1]));
        assert!(
            curve.len() < 100
                && curve
                    .windows(2)
                    .all(|pair| pair[0][0] < pair[1][0] && pair[0][1] >= pair[1][1])
        );
        assert_eq!(popularity_curve(&mut []), Vec::<[u32; 2]>::new());
        assert_eq!(popularity_curve(&mut [4]), [[1, 4]]);
    }

    #[test]
    fn the_head_is_a_tenth() {
        assert_eq!(head_share(&[91, 1, 1, 1, 1, 1, 1, 1, 1, 1]), 0.91);
        assert_eq!((head_share(&[]), head_share(&[3])), (0.0, 1.0));
    }

    #[test]
    fn every_length_is_in_one_bin() {
        let lengths: Vec<u32> = (3..200).flat_map(|n| [n, n / 2]).collect();
        let bins = length_bins(&lengths);
        assert_eq!(bins.iter().map(|bin| bin.users).sum::<u32>() as usize, lengths.len());
        assert!(bins.windows(2).all(|pair| pair[0].to + 1 == pair[1].from));
        assert_eq!((bins[0].from, bins[0].users), (1, 1));
        assert!(length_bins(&[]).is_empty());
    }

    #[test]
    fn medians() {
        assert_eq!(
            [median(&mut []), median(&mut [3]), median(&mut [9, 2]), median(&mut [1, 9, 2])],
            [0.0, 3.0, 5.5, 2.0]
        );
    }

    #[test]
    fn five_in_a_hundred_may_be_bad() {
        let mut skips = Skips::default();
        for line in 1..=5 {
            skips.add(line, 1, "bad".into());
        }
        assert!(check_skips("a", &skips, 100).is_ok());
        assert!(check_skips("a", &skips, 99).is_err());
    }
}
