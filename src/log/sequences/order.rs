//! The interactions of each user in order of time, and new numbers for what is kept.

use std::ops::Range;

use crate::log::sequences::interactions::Interactions;
use crate::log::sequences::raw::RawLog;

/// The interactions of each user, oldest first; ties in the order of the file, or against it if the file stands newest first.
pub(crate) struct Sequences {
    /// Where each user's begin in `places`, and one more for the end.
    starts: Vec<usize>,
    places: Vec<u32>,
    /// Interactions with the same time as the one before, of the same user.
    pub(crate) ties: u64,
    /// The file stands newest first.
    pub(crate) newest_first: bool,
}

impl Sequences {
    pub(crate) fn new(log: &RawLog, keep: &[bool]) -> Self {
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
        let mut steps = Steps::default();
        let mut timed: Vec<(f64, u32)> = Vec::new();
        let users = if all.has_times() { log.users.len() } else { 0 };
        for user in 0..users {
            put_in_order(all, &mut places[starts[user]..starts[user + 1]], &mut timed, &mut steps);
        }
        let newest_first = steps.ties > 0 && steps.back >= FEWEST_BACK && steps.back >= steps.forth * 20;
        for user in 0..if newest_first { users } else { 0 } {
            let same = |a: &u32, b: &u32| all.time(*a as usize) == all.time(*b as usize);
            places[starts[user]..starts[user + 1]]
                .chunk_by_mut(same)
                .for_each(<[u32]>::reverse);
        }
        Sequences {
            starts,
            places,
            ties: steps.ties,
            newest_first,
        }
    }

    pub(crate) fn users(&self) -> usize {
        self.starts.len() - 1
    }

    pub(crate) fn of(&self, user: usize) -> &[u32] {
        &self.places[self.starts[user]..self.starts[user + 1]]
    }
}

/// Does something with all numbers below a count, some thousands at a time.
///
/// Browsers run a function slowly until it is called anew after they have compiled it well, and one long loop is one call.
pub(crate) fn in_blocks(count: usize, mut work: impl FnMut(Range<usize>)) {
    const BLOCK: usize = 1 << 13;
    for from in (0..count).step_by(BLOCK) {
        uninlined(&mut work, from..count.min(from + BLOCK));
    }
}

#[inline(never)]
fn uninlined(work: &mut impl FnMut(Range<usize>), block: Range<usize>) {
    work(block);
}

/// Steps of the users' times from one line to the next.
#[derive(Default)]
struct Steps {
    forth: u64,
    back: u64,
    /// Interactions with the time of the one before, once they are in order.
    ties: u64,
}

/// Steps back by which a file is known to stand newest first.
const FEWEST_BACK: u64 = 5;

/// Sorts the interactions of one user by time and adds its steps; `timed` is room to work in.
///
/// A function of its own, since browsers compile well only what is called again and again.
#[inline(never)]
fn put_in_order(all: &Interactions, places: &mut [u32], timed: &mut Vec<(f64, u32)>, steps: &mut Steps) {
    timed.clear();
    timed.extend(places.iter().map(|&at| (all.time(at as usize), at)));
    let (mut back, mut forth) = (0, 0);
    for pair in timed.windows(2) {
        back += u64::from(pair[0].0 > pair[1].0);
        forth += u64::from(pair[0].0 < pair[1].0);
    }
    steps.back += back;
    steps.forth += forth;
    // Most logs are in order already.
    if back == 0 {
        steps.ties += (timed.len() as u64).saturating_sub(1 + forth);
        return;
    }
    // A stable sort, so that ties keep the order of the file.
    timed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (place, (_, at)) in places.iter_mut().zip(timed.iter()) {
        *place = *at;
    }
    steps.ties += timed.windows(2).filter(|pair| pair[0].0 == pair[1].0).count() as u64;
}

/// The items of each user who is left, by their new numbers, and how many interactions are with an item that the user had before.
pub(crate) fn renumbered(
    all: &Interactions,
    sequences: &Sequences,
    user_number: &[u32],
    item_number: &[u32],
) -> (Vec<Vec<u32>>, u64) {
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
pub(crate) fn renumber<'a>(kept: &[bool], name: impl Fn(u32) -> &'a str) -> (Vec<u32>, Vec<String>) {
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
