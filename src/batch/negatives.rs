//! Sampled negatives: items that a user never met, and items by their popularity.
//!
//! In: a user's whole set of items, or the counts of all items. Out: one item for each position, uniform over all that the user never
//! met (official code, `datasets.py` and `utils.py`, without its slip of drawing the mask token as a negative); or items for a sampled
//! softmax, each with the logarithm of how often it was to be expected.

use std::collections::HashSet;

use rand::{Rng, RngExt};

/// Draws `count` items of `0..items` that are not in `met`. Where a user met every item, repeats are all there is: any item.
pub fn draw_negatives(rng: &mut impl Rng, items: usize, met: &HashSet<u32>, count: usize) -> Vec<u32> {
    let all_met = met.len() >= items;
    (0..count)
        .map(|_| {
            loop {
                let item = rng.random_range(0..items as u32);
                if all_met || !met.contains(&item) {
                    return item;
                }
            }
        })
        .collect()
}

/// Draws items with probability proportional to (count + 1)^power. The 1 gives items that training never meets their chance to be a
/// negative, without which their scores would be held down by nothing.
#[derive(Clone, Debug)]
pub struct ItemSampler {
    /// Sum of the weights up to and with each item.
    cumulative: Vec<f64>,
}

impl ItemSampler {
    /// Of the items' `counts`; a `power` of 0 is uniform, 1 is the unigram distribution.
    pub fn new(counts: &[u32], power: f64) -> Self {
        let mut sum = 0.0;
        let cumulative = counts
            .iter()
            .map(|&count| {
                sum += (f64::from(count) + 1.0).powf(power);
                sum
            })
            .collect();
        Self { cumulative }
    }

    /// Probability of an item.
    pub fn probability(&self, item: usize) -> f64 {
        let below = item.checked_sub(1).map_or(0.0, |before| self.cumulative[before]);
        (self.cumulative[item] - below) / self.cumulative.last().copied().unwrap_or(1.0)
    }

    /// Draws `count` items with replacement, each with ln(count * probability), the logarithm of its expected number among them.
    /// Where `count` reaches the number of items, every item comes once instead, with ln 1: then nothing is left to chance.
    pub fn draw(&self, rng: &mut impl Rng, count: usize) -> (Vec<u32>, Vec<f32>) {
        let items = self.cumulative.len();
        if count >= items {
            return ((0..items as u32).collect(), vec![0.0; items]);
        }
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        (0..count)
            .map(|_| {
                let at = rng.random_range(0.0..1.0) * total;
                let item = self.cumulative.partition_point(|&sum| sum <= at).min(items - 1);
                (item as u32, (count as f64 * self.probability(item)).ln() as f32)
            })
            .unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn negatives_are_never_items_of_the_user() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let met: HashSet<u32> = [0, 1, 2, 4].into();
        let drawn = draw_negatives(&mut rng, 6, &met, 400);
        assert!(drawn.iter().all(|item| !met.contains(item)));
        assert!(drawn.contains(&3) && drawn.contains(&5));
        assert_eq!(draw_negatives(&mut rng, 2, &[0, 1].into(), 3).len(), 3);
    }

    #[test]
    fn items_are_drawn_as_often_as_their_counts_say() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        let counts = [0, 3, 15, 8];
        for (power, weights) in [(0.0, [1.0; 4]), (1.0, [1.0, 4.0, 16.0, 9.0]), (0.5, [1.0, 2.0, 4.0, 3.0])] {
            let sampler = ItemSampler::new(&counts, power);
            let total: f64 = weights.iter().sum();
            let mut drawn = [0usize; 4];
            let rounds = 20_000;
            for _ in 0..rounds {
                let (items, expected) = sampler.draw(&mut rng, 2);
                for (item, log) in items.into_iter().zip(expected) {
                    drawn[item as usize] += 1;
                    assert!((f64::from(log) - (2.0 * weights[item as usize] / total).ln()).abs() < 1e-5);
                }
            }
            for (item, &count) in drawn.iter().enumerate() {
                let share = count as f64 / (2 * rounds) as f64;
                assert!((share - weights[item] / total).abs() < 0.013, "{item}: {share}");
                assert!((sampler.probability(item) - weights[item] / total).abs() < 1e-12);
            }
        }
        let everything = ItemSampler::new(&counts, 1.0).draw(&mut rng, 4);
        assert_eq!(everything, (vec![0, 1, 2, 3], vec![0.0; 4]));
    }
}
