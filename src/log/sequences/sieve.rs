//! Which interactions of a log are kept, filter by filter.
//!
//! In: a [`RawLog`] and a [`Filter`]. Out: [`Sieve`], a flag for each interaction, with the counts before and after each filter.

use crate::log::error::{LogError, shown};
use crate::log::meaning::time::{TimeUnit, shown_time};
use crate::log::sequences::filter::{k_core, recent_users, repeats};
use crate::log::sequences::options::{Filter, ReadOptions, Repeats, bound};
use crate::log::sequences::order::{Sequences, in_blocks};
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::summary::{Counts, FilterKind, FilterStep, TimeSpan, clamp};
use crate::log::text::calendar::DAY;

/// Which interactions are still kept, and the counts of them.
pub(crate) struct Sieve<'a> {
    log: &'a RawLog,
    pub(crate) keep: Vec<bool>,
    pub(crate) user_kept: Vec<bool>,
    pub(crate) item_kept: Vec<bool>,
    pub(crate) counts: Counts,
    pub(crate) steps: Vec<FilterStep>,
}

impl<'a> Sieve<'a> {
    /// All filters, in their order: kinds of interactions, ratings, dates, users, repeated interactions, k-core.
    pub(crate) fn filtered(log: &'a RawLog, options: &ReadOptions) -> Result<Self, LogError> {
        let all = &log.interactions;
        let filter = &options.filter;
        let mut sieve = Sieve::new(log);
        sieve.events(filter)?;
        sieve.ratings_and_dates(filter)?;
        if let Some(count) = filter.recent_users {
            sieve.step(FilterKind::RecentUsers, |keep| {
                recent_users(all, keep, log.users.len(), count)
            })?;
        }
        if filter.repeats != Repeats::Keep {
            let sequences = Sequences::new(log, &sieve.keep);
            sieve.step(FilterKind::Repeats, |keep| {
                for user in 0..sequences.users() {
                    repeats(all, keep, sequences.of(user), filter.repeats);
                }
            })?;
        }
        let (min_user, min_item) = (filter.min_user, filter.min_item);
        if min_user > 1 || min_item > 1 {
            let before = sieve.keep.clone();
            sieve.take(FilterKind::KCore, |keep| {
                k_core(all, keep, log.users.len(), log.items.len(), min_user, min_item)
            });
            if sieve.counts.interactions == 0 {
                return Err(nothing_left(log, &before, min_user, min_item));
            }
        }
        Ok(sieve)
    }

    /// Keeps the kinds of interactions that are asked for.
    fn events(&mut self, filter: &Filter) -> Result<(), LogError> {
        let Some(wanted) = &filter.events else { return Ok(()) };
        let log = self.log;
        if log.events.is_empty() {
            return Err(LogError::NoColumn {
                file: log.name.clone(),
                column: "event",
                wish: "no kinds of interactions can be asked for",
            });
        }
        let known = |name: &String| log.events.iter().any(|event| event.eq_ignore_ascii_case(name));
        if let Some(unknown) = wanted.iter().find(|name| !known(name)) {
            return Err(LogError::NoSuchEvent {
                file: log.name.clone(),
                event: shown(unknown),
                found: log.events.iter().map(|event| shown(event)).collect::<Vec<_>>().join(", "),
            });
        }
        let kept: Vec<bool> = log
            .events
            .iter()
            .map(|event| wanted.iter().any(|name| name.eq_ignore_ascii_case(event)))
            .collect();
        let passes = |at: usize| {
            let code = log.interactions.event(at);
            code.is_some_and(|code| kept.get(usize::from(code)).copied().unwrap_or(false))
        };
        self.keep_those(FilterKind::Events, passes)
    }

    pub(crate) fn new(log: &'a RawLog) -> Self {
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
    pub(crate) fn take(&mut self, filter: FilterKind, apply: impl FnOnce(&mut [bool])) {
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
    pub(crate) fn step(&mut self, filter: FilterKind, apply: impl FnOnce(&mut [bool])) -> Result<(), LogError> {
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
            FilterKind::Events | FilterKind::Repeats | FilterKind::KCore => ("filter", "choose another".to_owned()),
        };
        Err(LogError::FilterTakesAll {
            file: self.log.name.clone(),
            filter,
            interactions: before,
            advice,
        })
    }

    /// Applies a filter that looks at each interaction by itself, known by its place in the log.
    fn keep_those(&mut self, filter: FilterKind, passes: impl Fn(usize) -> bool) -> Result<(), LogError> {
        self.step(filter, |keep| {
            in_blocks(keep.len(), |block| block.for_each(|at| keep[at] &= passes(at)));
        })
    }

    pub(crate) fn ratings_and_dates(&mut self, filter: &Filter) -> Result<(), LogError> {
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
            self.keep_those(FilterKind::Rating, passes)?;
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
            self.keep_those(FilterKind::Dates, passes)?;
        }
        Ok(())
    }
}

/// A time of a log for people: a date, or the number where no calendar knows it.
pub(crate) fn moment(log: &RawLog, time: f64) -> String {
    if log.unit == TimeUnit::Order {
        time.to_string()
    } else {
        shown_time(time)
    }
}

pub(crate) fn time_span(log: &RawLog, keep: &[bool]) -> Option<TimeSpan> {
    if !log.interactions.has_times() || log.unit == TimeUnit::Order {
        return None;
    }
    let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
    in_blocks(keep.len(), |block| {
        for at in block.filter(|&at| keep[at]) {
            let time = log.interactions.time(at);
            first = first.min(time);
            last = last.max(time);
        }
    });
    Some(TimeSpan {
        from: shown_time(first),
        to: shown_time(last),
        days: (last - first) / DAY,
    })
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
