//! Lists beyond their accuracy: how much of the catalogue they show, how rare and how novel it is, and how like each other they are.
//!
//! In: lists of items, one a user, and how many users have had each item. Out: [`BeyondAccuracy`]. Lists are taken one by one and none is kept, so
//! that everybody's may pass: the mean over all pairs of users follows from how many lists each item is in.

use serde::Serialize;

use crate::log::Dataset;

/// Users below whom an item counts as rare: the border of the lowest group of [`GroupMetrics`](super::GroupMetrics).
pub const RARE_BELOW: u32 = 10;

/// Measures of a set of lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BeyondAccuracy {
    /// Lists with an item in them.
    pub lists: u32,
    /// Catalogue coverage: share of all items that are in at least one list (Ge, Delgado-Battenfeld, Jannach, "Beyond Accuracy: Evaluating
    /// Recommender Systems by Coverage and Serendipity", RecSys 2010, section 3.1).
    pub coverage: f64,
    /// Average percentage of long-tail items, as a share: mean over the lists of the share of items that fewer than [`RARE_BELOW`] users have
    /// had (Abdollahpouri, Burke, Mobasher, "Managing Popularity Bias in Recommender Systems with Personalized Re-ranking", FLAIRS 2019; the border
    /// is ours).
    pub rare_share: f64,
    /// Mean self-information in bits: mean over the lists of the mean of −log2 p(item), with p the share of users who have had the item (Zhou et al.,
    /// "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 107(10), 2010, there "surprisal").
    pub novelty: f64,
    /// Mean over all pairs of lists of the share of items that they have in common, |A ∩ B| / k for lists of k items: 1 if everybody gets the same, 0
    /// if no two lists share an item. The inter-user diversity of Zhou et al. 2010 ("personalization") is 1 less this.
    pub overlap: f64,
}

/// Adds up lists.
#[derive(Clone, Debug)]
pub struct BeyondAccuracyMeter {
    /// Items of a list that was not cut short.
    k: usize,
    users: u32,
    /// Users who have had each item.
    had_by: Vec<u32>,
    /// Lists that each item is in.
    within: Vec<u32>,
    lists: u32,
    rare_shares: f64,
    novelties: f64,
}

impl BeyondAccuracyMeter {
    /// No list yet; they will have `k` items at most.
    pub fn new(data: &Dataset, k: usize) -> Self {
        Self {
            k: k.max(1),
            users: data.sequences.len() as u32,
            had_by: users_of_items(data),
            within: vec![0; data.items.len()],
            lists: 0,
            rare_shares: 0.0,
            novelties: 0.0,
        }
    }

    /// Takes in one user's list, in which no item is twice. An empty one counts as none.
    pub fn add(&mut self, list: impl Iterator<Item = u32>) {
        let (mut items, mut rare, mut bits) = (0u32, 0u32, 0.0);
        for item in list {
            let (Some(&had_by), Some(within)) = (self.had_by.get(item as usize), self.within.get_mut(item as usize)) else {
                continue;
            };
            *within += 1;
            items += 1;
            rare += u32::from(had_by < RARE_BELOW);
            // An item of a data set was had by somebody; one that was not would be infinitely novel.
            bits += (f64::from(self.users) / f64::from(had_by.max(1))).log2();
        }
        if items > 0 {
            self.lists += 1;
            self.rare_shares += f64::from(rare) / f64::from(items);
            self.novelties += bits / f64::from(items);
        }
    }

    /// The measures of all lists so far; zeros if there is none.
    pub fn finish(&self) -> BeyondAccuracy {
        let lists = f64::from(self.lists);
        let share = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 0.0 };
        let pairs = |count: f64| count * (count - 1.0) / 2.0;
        let common: f64 = self.within.iter().map(|&count| pairs(f64::from(count))).sum();
        let shown = self.within.iter().filter(|&&count| count > 0).count();
        BeyondAccuracy {
            lists: self.lists,
            coverage: share(shown as f64, self.within.len() as f64),
            rare_share: share(self.rare_shares, lists),
            novelty: share(self.novelties, lists),
            overlap: share(common, pairs(lists) * self.k as f64),
        }
    }
}

/// How many users have had each item, however often.
fn users_of_items(data: &Dataset) -> Vec<u32> {
    let mut users = vec![0u32; data.items.len()];
    let mut own: Vec<u32> = Vec::new();
    for sequence in &data.sequences {
        own.clear();
        own.extend_from_slice(sequence);
        own.sort_unstable();
        own.dedup();
        for &item in &own {
            if let Some(users) = users.get_mut(item as usize) {
                *users += 1;
            }
        }
    }
    users
}

#[cfg(test)]
mod tests {
    use super::super::scorer::tests::{dataset, forty_users};
    use super::*;

    fn measured(data: &Dataset, k: usize, lists: &[&[u32]]) -> BeyondAccuracy {
        let mut meter = BeyondAccuracyMeter::new(data, k);
        for list in lists {
            meter.add(list.iter().copied());
        }
        meter.finish()
    }

    #[test]
    fn the_measures_by_hand() {
        // Four users; a was had by 4 (twice by one), b by 2, c, d and e by 1 each.
        let data = dataset("u a b c\nv a b d\nw a a e\nx a f f\n");
        assert_eq!(users_of_items(&data), [4, 2, 1, 1, 1, 1]);
        let found = measured(&data, 2, &[&[0, 1], &[1, 2], &[]]);
        // −log2 of 1, 1/2 and 1/4: (0 + 1) / 2 and (1 + 2) / 2.
        let expected = BeyondAccuracy {
            lists: 2,
            coverage: 3.0 / 6.0,
            rare_share: 1.0,
            novelty: 1.0,
            overlap: 0.5,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn rare_items_are_those_that_few_users_have_had() {
        // a and c were had by ten users, b by nine, d by one.
        let mut text: String = (0..9).map(|user| format!("u{user} a b c\n")).collect();
        text += "u9 a c d\n";
        let data = dataset(&text);
        assert_eq!(users_of_items(&data), [10, 9, 10, 1]);
        assert_eq!(measured(&data, 2, &[&[0, 1], &[2]]).rare_share, 0.25);
    }

    #[test]
    fn the_overlap_is_the_mean_over_all_pairs() {
        let data = forty_users();
        let lists: Vec<Vec<u32>> = (0..12)
            .map(|user| (0..4).map(|at| (user * user + at * 3) % 29).collect())
            .collect();
        let (mut common, mut pairs) = (0.0, 0.0);
        for (at, list) in lists.iter().enumerate() {
            for other in &lists[at + 1..] {
                common += list.iter().filter(|item| other.contains(item)).count() as f64 / 4.0;
                pairs += 1.0;
            }
        }
        let lists: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
        assert!((measured(&data, 4, &lists).overlap - common / pairs).abs() < 1e-12);
        assert_eq!(measured(&data, 4, &[&[1, 2, 3, 4], &[4, 3, 2, 1]]).overlap, 1.0);
        assert_eq!(measured(&data, 4, &[]), BeyondAccuracy::default());
    }
}
