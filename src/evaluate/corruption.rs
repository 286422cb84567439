//! Spoiled histories: how much worse recommendations get when what is known of a user is partly missing or wrong.
//!
//! In: a history, what to do to it, to which share of it, and a seed. Out: the spoiled history. The test is Figure 4 of the
//! ContrastVAE paper, which deletes, or replaces by other items, a share of 0, 0.1, 0.2, 0.3 and 0.4 of each test sequence at
//! random and shows the recall at 40. Only what the recommender is told is spoiled: it has been trained on the true
//! sequences, and the answer is the true one.
//!
//! Histories are short (four in five of the paper's users have fewer than ten items to go by, half have five or fewer), so the
//! number of spoiled items is not rounded down, which would spare most users altogether at a share of 0.1: of n items,
//! floor(share n + r) are spoiled, with r uniform in [0, 1). That is share n on average, exactly. The paper does not say how it
//! rounds; its curves fall evenly from the first step on, as they do with this rule and do not when rounding down.

use std::borrow::Cow;

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// Kind of corruption of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorruptionKind {
    /// It is left out; the others close up. At least one item is kept.
    Deletion,
    /// Another item stands in its place, uniform over all but itself.
    Replacement,
}

/// A way of spoiling the histories of all users, the same each time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Corruption {
    /// Kind of corruption.
    pub kind: CorruptionKind,
    /// To which share of each history, 0 to 1; the paper goes to 0.4.
    pub share: f64,
    /// The choice of items follows from this and the user.
    pub seed: u32,
}

impl Corruption {
    /// History of a user as the recommender sees it: spoiled if there is a corruption.
    pub fn told<'a>(corruption: Option<&Self>, user: usize, history: &'a [u32], items: usize) -> Cow<'a, [u32]> {
        match corruption {
            Some(corruption) => Cow::Owned(corruption.apply(user, history, u32::try_from(items).unwrap_or(u32::MAX))),
            None => Cow::Borrowed(history),
        }
    }

    /// The spoiled history of a user (its position in the data set); `items` is how many items there are.
    ///
    /// With the same seed a larger share spoils the items of a smaller one and more, in the same way, so that curves over the
    /// share are not blurred by the draw.
    pub fn apply(&self, user: usize, history: &[u32], items: u32) -> Vec<u32> {
        // A place of its own for every pair of seed and user; seeding passes it through splitmix64, so neighbours share nothing.
        let mut random = Xoshiro256PlusPlus::seed_from_u64(u64::from(self.seed) << 32 ^ user as u64);
        corrupt(history, self.kind, self.share, items, &mut random)
    }
}

/// Spoils a share of a history; see the head of this module for how many items that is. A share that is not within 0 to 1 counts
/// as the nearest that is, and one that is not a number as 0.
pub fn corrupt(history: &[u32], kind: CorruptionKind, share: f64, items: u32, random: &mut impl Rng) -> Vec<u32> {
    let mut spoiled = history.to_vec();
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let fraction: f64 = random.random();
    // The addition may round up to a whole number beyond the length; the limit below sees to it.
    let wanted = (share * history.len() as f64 + fraction).floor() as usize;
    let most = match kind {
        CorruptionKind::Deletion => history.len().saturating_sub(1),
        // With a single item there is no other one to put in its place.
        CorruptionKind::Replacement if items < 2 => 0,
        CorruptionKind::Replacement => history.len(),
    };
    // The head of a shuffle, one place after the other: a larger share goes on where a smaller one stops.
    let mut places: Vec<u32> = (0..history.len() as u32).collect();
    let mut deleted = vec![false; history.len()];
    for done in 0..wanted.min(most) {
        let chosen = random.random_range(done as u32..places.len() as u32);
        places.swap(done, chosen as usize);
        let place = places[done] as usize;
        match kind {
            CorruptionKind::Deletion => deleted[place] = true,
            CorruptionKind::Replacement => {
                // One of the others: those from the item itself on move up by one.
                let other = random.random_range(0..items - 1);
                spoiled[place] = other + u32::from(other >= history[place]);
            }
        }
    }
    let mut place = 0..;
    spoiled.retain(|_| place.next().is_some_and(|place: usize| !deleted[place]));
    spoiled
}

#[cfg(test)]
mod tests {
    use super::CorruptionKind::{Deletion, Replacement};
    use super::*;

    fn spoil(kind: CorruptionKind, share: f64, user: usize, history: &[u32]) -> Vec<u32> {
        Corruption { kind, share, seed: 11 }.apply(user, history, 1000)
    }

    /// Whether `part` is `whole` with items left out.
    fn is_subsequence(part: &[u32], whole: &[u32]) -> bool {
        let mut rest = whole.iter();
        part.iter().all(|item| rest.any(|other| other == item))
    }

    #[test]
    fn the_share_is_met_exactly_where_it_is_whole() {
        let history: Vec<u32> = (100..120).collect();
        for user in 0..50 {
            for (share, spoiled) in [(0.0, 0), (0.25, 5), (0.5, 10), (1.0, 20)] {
                let deleted = spoil(Deletion, share, user, &history);
                assert_eq!(deleted.len(), (20 - spoiled).max(1));
                assert!(is_subsequence(&deleted, &history));
                let replaced = spoil(Replacement, share, user, &history);
                assert_eq!(replaced.len(), 20);
                assert_eq!(replaced.iter().zip(&history).filter(|(a, b)| a != b).count(), spoiled);
                assert!(replaced.iter().all(|&item| item < 1000));
            }
        }
    }

    #[test]
    fn the_share_is_met_on_average_where_it_is_not_whole() {
        let history = [1, 2, 3, 4, 5, 6, 7];
        for share in [0.1, 0.2, 0.3, 0.4] {
            let deleted: usize = (0..20_000).map(|user| 7 - spoil(Deletion, share, user, &history).len()).sum();
            let mean = deleted as f64 / 20_000.0;
            // Five standard deviations of the mean of numbers that vary by one at most.
            assert!((mean - 7.0 * share).abs() < 5.0 * 0.5 / 20_000f64.sqrt(), "{share}: {mean}");
        }
    }

    #[test]
    fn every_place_and_every_other_item_comes_up_alike() {
        let mut places = [0u32; 5];
        let mut items = [0u32; 6];
        let history = [2, 2, 2, 2, 2];
        for user in 0..10_000 {
            let corruption = Corruption {
                kind: Replacement,
                share: 0.2,
                seed: 5,
            };
            for (place, &item) in corruption.apply(user, &history, 6).iter().enumerate() {
                if item != 2 {
                    places[place] += 1;
                    items[item as usize] += 1;
                }
            }
        }
        assert_eq!(items[2], 0);
        // Binomial, mean 2000, standard deviation 40.
        assert!(places.iter().all(|&count| count.abs_diff(2000) < 200), "{places:?}");
        assert!(
            items
                .iter()
                .enumerate()
                .all(|(item, &count)| item == 2 || count.abs_diff(2000) < 200),
            "{items:?}"
        );
    }

    #[test]
    fn a_larger_share_spoils_the_same_and_more() {
        let history: Vec<u32> = (0..13).collect();
        for user in 0..200 {
            let mut before = (history.clone(), history.clone());
            for share in [0.1, 0.2, 0.3, 0.4] {
                let now = (
                    spoil(Deletion, share, user, &history),
                    spoil(Replacement, share, user, &history),
                );
                assert!(is_subsequence(&now.0, &before.0));
                for ((old, new), original) in before.1.iter().zip(&now.1).zip(&history) {
                    assert!(old == original || old == new);
                }
                before = now;
            }
        }
    }

    #[test]
    fn seed_and_user_decide() {
        let history: Vec<u32> = (0..30).collect();
        assert_eq!(spoil(Replacement, 0.4, 7, &history), spoil(Replacement, 0.4, 7, &history));
        assert_ne!(spoil(Replacement, 0.4, 7, &history), spoil(Replacement, 0.4, 8, &history));
        let other = Corruption {
            kind: Replacement,
            share: 0.4,
            seed: 12,
        };
        assert_ne!(spoil(Replacement, 0.4, 7, &history), other.apply(7, &history, 1000));
        // The stream is specified, so these stay what they are on every platform.
        assert_eq!(spoil(Deletion, 0.4, 0, &[1, 2, 3, 4, 5]), [1, 3, 4]);
        assert_eq!(spoil(Replacement, 0.4, 0, &[1, 2, 3, 4, 5]), [1, 2, 386, 4, 138]);
    }

    #[test]
    fn small_and_odd_cases() {
        for user in 0..100 {
            assert_eq!(spoil(Deletion, 1.0, user, &[9]), [9]);
            assert_eq!(spoil(Deletion, 1.0, user, &[9, 8]).len(), 1);
            assert_eq!(spoil(Deletion, f64::NAN, user, &[9, 8]), [9, 8]);
            assert_eq!(spoil(Replacement, -1.0, user, &[9, 8]), [9, 8]);
            assert_eq!(spoil(Replacement, 7.0, user, &[9, 8]).len(), 2);
        }
        assert!(spoil(Deletion, 0.4, 0, &[]).is_empty() && spoil(Replacement, 0.4, 0, &[]).is_empty());
        let only = Corruption {
            kind: Replacement,
            share: 1.0,
            seed: 0,
        };
        assert_eq!(only.apply(0, &[0, 0], 1), [0, 0]);
        assert_eq!(only.apply(0, &[0, 1], 2), [1, 0]);
    }
}
