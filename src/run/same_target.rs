//! Histories that end before the same item: the supervised positives of DuoRec (Qiu et al., WSDM 2022, section 4.2).
//!
//! In: the training parts of a data set. Out: for a user another history of the training parts, of whatever user and length, that
//! the same item follows as that user's whole training part.

use rand::{Rng, RngExt};

use crate::log::Dataset;

/// Every place of the training parts that has something before it, by the item that stands there.
pub(super) struct SameTarget {
    /// Where the places of each item begin, and after the last item where they end.
    starts: Vec<u32>,
    /// User and index in the user's sequence.
    places: Vec<(u32, u32)>,
}

impl SameTarget {
    /// Looks through all training parts once; memory grows with the number of interactions.
    pub fn new(data: &Dataset) -> Self {
        let items = data.items.len();
        let mut starts = vec![0u32; items + 1];
        let users = 0..data.sequences.len() as u32;
        let targets = |user: u32| data.train_part(user as usize).iter().enumerate().skip(1);
        for (_, &item) in users.clone().flat_map(targets) {
            starts[item as usize + 1] += 1;
        }
        for item in 0..items {
            starts[item + 1] += starts[item];
        }
        let mut next = starts.clone();
        let mut places = vec![(0, 0); starts[items] as usize];
        for user in users {
            for (index, &item) in targets(user) {
                let place = &mut next[item as usize];
                places[*place as usize] = (user, index as u32);
                *place += 1;
            }
        }
        Self { starts, places }
    }

    /// A history, oldest first, that the last item of the user's training part follows; each other one is equally likely. The user's
    /// own where there is no other.
    pub fn draw<'a>(&self, data: &'a Dataset, user: u32, rng: &mut impl Rng) -> &'a [u32] {
        let part = data.train_part(user as usize);
        let Some((&target, own)) = part.split_last() else {
            return part;
        };
        let target = target as usize;
        let places = &self.places[self.starts[target] as usize..self.starts[target + 1] as usize];
        let own_place = (user, own.len() as u32);
        // Places are in the order of users and indices.
        let Ok(skipped) = places.binary_search(&own_place) else {
            return own;
        };
        if places.len() < 2 {
            return own;
        }
        let drawn = rng.random_range(0..places.len() - 1);
        let (user, end) = places[drawn + usize::from(drawn >= skipped)];
        &data.train_part(user as usize)[..end as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::log::{Example, generate};

    #[test]
    fn every_other_history_before_the_same_item_is_drawn_and_nothing_of_what_is_held_back() {
        let data = generate(&Example::default()).unwrap();
        let index = SameTarget::new(&data);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let users: Vec<u32> = (0..data.sequences.len() as u32)
            .filter(|&user| data.train_part(user as usize).len() >= 2)
            .take(40)
            .collect();
        let mut alone = 0;
        for user in users {
            let (&target, own) = data.train_part(user as usize).split_last().unwrap();
            // All of them, found the slow way.
            let mut expected: HashMap<Vec<u32>, usize> = HashMap::new();
            for other in 0..data.sequences.len() {
                let part = data.train_part(other);
                for end in 1..part.len() {
                    if part[end] == target && (other as u32, end) != (user, own.len()) {
                        *expected.entry(part[..end].to_vec()).or_default() += 1;
                    }
                }
            }
            let ways: usize = expected.values().sum();
            if ways == 0 {
                alone += 1;
                assert_eq!(index.draw(&data, user, &mut rng), own);
                continue;
            }
            let mut found: HashMap<Vec<u32>, usize> = HashMap::new();
            for _ in 0..20 * ways {
                *found.entry(index.draw(&data, user, &mut rng).to_vec()).or_default() += 1;
            }
            assert_eq!(found.len(), expected.len(), "user {user}: each is drawn, and no other");
            assert!(found.keys().all(|history| expected.contains_key(history)));
            let most = found.iter().map(|(history, &count)| count as f64 / expected[history] as f64);
            assert!(
                most.fold(0.0, f64::max) < 50.0,
                "none is drawn much more often than twenty times"
            );
        }
        assert!(alone < 40);
    }
}
