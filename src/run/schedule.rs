//! Which users are in which batch, and the seed of each step: pure functions of (seed, epoch, step), so that a run that is paused,
//! killed and resumed meets the same batches.
//!
//! In: the seed and the number of users. Out: the users of an epoch in random order, and seeds.

use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Streams of random numbers that must not be alike.
#[derive(Clone, Copy)]
pub enum Stream {
    /// Initial parameters.
    Parameters = 1,
    /// Order of the users.
    Order = 2,
    /// Dropout and noise.
    Noise = 3,
    /// Sampled negatives.
    Negatives = 4,
    /// Crops, masks and reorderings of second views.
    Augmentation = 5,
    /// Draws of the diagnostics.
    Diagnosis = 6,
    /// Other histories with the same target.
    SameTarget = 7,
}

/// A seed for one use at one time: splitmix64 over the three numbers, so that neighbours share nothing.
pub fn seed_for(seed: u32, stream: Stream, time: usize) -> u64 {
    let mut state = u64::from(seed) ^ ((stream as u64) << 32) ^ (time as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state
}

/// The users of one epoch in random order.
pub fn epoch_order(seed: u32, epoch: usize, users: &[u32]) -> Vec<u32> {
    let mut order = users.to_vec();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed_for(seed, Stream::Order, epoch)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_meets_every_user_once_in_an_order_of_its_own() {
        let users: Vec<u32> = (0..100).collect();
        let first = epoch_order(7, 0, &users);
        let second = epoch_order(7, 1, &users);
        assert_ne!(first, second);
        assert_eq!(first, epoch_order(7, 0, &users));
        let mut sorted = second;
        sorted.sort_unstable();
        assert_eq!(sorted, users);
        assert_ne!(seed_for(1, Stream::Noise, 0), seed_for(1, Stream::Negatives, 0));
        assert_ne!(seed_for(1, Stream::Noise, 0), seed_for(2, Stream::Noise, 0));
    }
}
