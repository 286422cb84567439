//! Sampled negatives: items that a user never met.
//!
//! In: the user's whole set of items. Out: one item for each position, uniform over all the others (official code,
//! `datasets.py` and `utils.py`, without its slip of drawing the mask token as a negative).

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
}
