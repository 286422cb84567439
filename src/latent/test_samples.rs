//! Samples for the tests of this folder: normal numbers that are the same on every machine.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::sample::PosteriorSample;

/// `count` standard normal numbers that follow from `seed`.
pub(super) fn normals(count: usize, seed: u64) -> Vec<f32> {
    StandardNormal
        .sample_iter(Xoshiro256PlusPlus::seed_from_u64(seed))
        .take(count)
        .collect()
}

/// Posteriors of these means and of the prior's variance.
pub(super) fn sample(dimensions: usize, mean: Vec<f32>) -> PosteriorSample {
    let log_variance = vec![0.0; mean.len()];
    PosteriorSample::new(dimensions, mean, log_variance).unwrap()
}
