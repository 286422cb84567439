//! How much the latent knows about its row, in nats.
//!
//! In: posteriors of N rows, a seed. Out: [`Information`].
//!
//! The mutual information compares each row's latent with each row's posterior, N^2 D multiplications and additions, so that at
//! most [`ROWS_AT_MOST`] rows take part. Differences are taken before they are scaled, not multiplied out to z^2 - 2 z mu + mu^2:
//! that saves nothing here and loses every digit where a posterior is narrow. The loop over posteriors is the innermost and has
//! a fixed width, so that the compiler turns it into SIMD without reordering a sum.

use std::ops::Range;

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::{
    collapse::kl_term,
    sample::{PosteriorSample, to_u32},
};

use crate::parallel::map_pieces;

/// Rows that are compared with each other. 2,048 put the ceiling at 7.62 nats, and at 64 dimensions take about a tenth of a
/// second, in a browser too.
const ROWS_AT_MOST: usize = 2_048;
/// Posteriors that one inner loop takes: two SIMD registers of a browser.
const LANES: usize = 8;
/// Latents that one pass over the posteriors takes: with `LANES`, eight registers of sums.
const TILE: usize = 4;
/// Rows that are one piece of work.
const ROWS_AT_ONCE: usize = 16 * TILE;
/// Exponent below which a term is negligible: terms below e⁻⁴⁰ of the maximum are lost in the f64 rounding of a sum of 2,048 terms.
const NEGLIGIBLE: f64 = -40.0;

/// Information of the latent about its row, and its cost: `kl` = `mutual_information` + `marginal_kl` (Hoffman & Johnson 2016).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Information {
    /// Rows N that were compared: all, or a random 2,048. All numbers here are of these rows.
    pub rows: u32,
    /// ln N, in nats: what it takes to tell N rows apart, and so the most that `mutual_information` can be. An estimate close to
    /// it says only "at least so much".
    pub ceiling: f64,
    /// Mean KL from posterior to prior of these rows, in nats, 0 or more; differs from the KL of all rows by chance only.
    pub kl: f64,
    /// I(x; z) = mean_n[-(D ln 2 pi + sum_d (1 + ln s_nd^2)) / 2] - mean_n[logsumexp_m ln q(z_n|x_m) - ln N] with z_n drawn from
    /// q(z|x_n), in nats, 0 (but for noise) to `ceiling` (Hoffman & Johnson 2016; estimator of He et al. 2019). 0: the latent
    /// does not depend on the sequence, whatever the KL; at the ceiling each row can be told from its latent.
    pub mutual_information: f64,
    /// KL from the aggregated posterior (the mean of all posteriors) to the prior = `kl` - `mutual_information`, in nats, 0 or
    /// more but for noise (Hoffman & Johnson 2016). Large: the latents as a whole do not lie where the prior samples. It is too
    /// large by what the ceiling cuts off the mutual information.
    pub marginal_kl: f64,
}

impl Information {
    /// The information of `sample`, or of 2,048 rows of it where it has more; `seed` draws rows and noise.
    pub fn of(sample: &PosteriorSample, seed: u64) -> Self {
        Self::of_at_most(sample, seed, ROWS_AT_MOST)
    }

    /// The information of at most `most` rows (two at least); see [`Information::of`].
    fn of_at_most(sample: &PosteriorSample, seed: u64, most: usize) -> Self {
        let dimensions = sample.dimensions();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let chosen = choose_rows(sample.rows(), most.max(2), &mut rng);
        let mean = take_rows(sample.mean(), &chosen, dimensions);
        let log_variance = take_rows(sample.log_variance(), &chosen, dimensions);
        let noise = draw_noise(mean.len(), &mut rng);

        let kl = mean
            .iter()
            .zip(&log_variance)
            .map(|(mean, log_variance)| kl_term(f64::from(*mean), f64::from(*log_variance)))
            .sum::<f64>()
            / chosen.len() as f64;
        let mutual_information = mutual_information(&mean, &log_variance, &noise, dimensions);
        Self {
            rows: to_u32(chosen.len()),
            ceiling: (chosen.len() as f64).ln(),
            kl,
            mutual_information,
            marginal_kl: kl - mutual_information,
        }
    }
}

/// At most `most` of `rows` row numbers, each set of that size equally likely, in ascending order (Knuth's selection sampling:
/// unlike a shuffle of the standard crates, its result is fixed by what is written here).
pub(crate) fn choose_rows(rows: usize, most: usize, rng: &mut impl Rng) -> Vec<usize> {
    if rows <= most {
        return (0..rows).collect();
    }
    let mut chosen = Vec::with_capacity(most);
    for row in 0..rows {
        let (left, wanted) = ((rows - row) as u64, (most - chosen.len()) as u64);
        if rng.random_range(0..left) < wanted {
            chosen.push(row);
        }
    }
    chosen
}

/// The rows `chosen` of a row-major matrix.
pub(super) fn take_rows(values: &[f32], chosen: &[usize], dimensions: usize) -> Vec<f32> {
    let mut taken = Vec::with_capacity(chosen.len() * dimensions);
    for row in chosen {
        taken.extend_from_slice(&values[row * dimensions..(row + 1) * dimensions]);
    }
    taken
}

/// Standard normal numbers, scaled so that their mean square is exactly 1.
///
/// The scale differs from 1 by chance only (by 0.2 % for 2,048 rows of 64), but it makes the mean of ln q(z_n|x_n) over the drawn
/// latents equal to its expectation, the first mean of the formula. So that formula's two halves share their noise, and the
/// estimate keeps under its ceiling; otherwise it would pass it by chance, by about sqrt(D / 2N) nats.
fn draw_noise(count: usize, rng: &mut impl Rng) -> Vec<f64> {
    let mut noise: Vec<f64> = StandardNormal.sample_iter(rng).take(count).collect();
    let square = noise.iter().map(|value| value * value).sum::<f64>() / count as f64;
    if square > 0.0 {
        let scale = square.sqrt().recip();
        noise.iter_mut().for_each(|value| *value *= scale);
    }
    noise
}

/// The mean over n of ln q(z_n|x_n) - ln((1/N) sum_m q(z_n|x_m)), with z_n = mean_n + s_n noise_n. As the noise's mean square is
/// 1, this is the formula at [`Information::mutual_information`].
fn mutual_information(mean: &[f32], log_variance: &[f32], noise: &[f64], dimensions: usize) -> f64 {
    let rows = mean.len() / dimensions;
    let centre: Vec<f64> = (0..dimensions)
        .map(|d| {
            mean.iter()
                .skip(d)
                .step_by(dimensions)
                .map(|&value| f64::from(value))
                .sum::<f64>()
                / rows as f64
        })
        .collect();
    // Centred, which changes no difference but leaves floats more digits for them.
    let centred = |row: usize, d: usize| f64::from(mean[row * dimensions + d]) - centre[d];
    let half_log = |row: usize, d: usize| 0.5 * f64::from(log_variance[row * dimensions + d]);

    // ln q(z|x_m) = offset_m - distance / 2; the 2 pi cancels between the halves.
    let offsets: Vec<f64> = (0..rows)
        .map(|row| -(0..dimensions).map(|d| half_log(row, d)).sum::<f64>())
        .collect();
    // For `LANES` posteriors at a time, dimension by dimension: their means, and the reciprocals of their standard deviations.
    // The lanes beyond the last posterior hold zeros and are not read.
    let blocks = rows.div_ceil(LANES);
    let mut posteriors = vec![[[0.0f32; LANES]; 2]; blocks * dimensions];
    for row in 0..rows {
        for d in 0..dimensions {
            let [means, rates] = &mut posteriors[row / LANES * dimensions + d];
            means[row % LANES] = centred(row, d) as f32;
            rates[row % LANES] = (-half_log(row, d)).exp() as f32;
        }
    }

    let own_shares = |range: Range<usize>| {
        let mut total = 0.0f64;
        let mut latents = vec![[0.0f32; TILE]; dimensions];
        let mut distances = vec![[0.0f32; LANES]; TILE * blocks];
        for first in range.clone().step_by(TILE) {
            let tile = TILE.min(range.end - first);
            for (d, latent) in latents.iter_mut().enumerate() {
                for (t, value) in latent.iter_mut().enumerate().take(tile) {
                    let row = first + t;
                    // Added in floats to the very float that stands for the mean, so that noise too small to show is none.
                    *value = centred(row, d) as f32 + (half_log(row, d).exp() * noise[row * dimensions + d]) as f32;
                }
            }
            for (block, posteriors) in posteriors.chunks_exact(dimensions).enumerate() {
                for (t, sums) in squared_distances(&latents, posteriors).into_iter().enumerate() {
                    distances[t * blocks + block] = sums;
                }
            }
            for t in 0..tile {
                let row = first + t;
                let distances = distances[t * blocks..(t + 1) * blocks].as_flattened();
                let log_densities = || {
                    offsets
                        .iter()
                        .zip(distances.iter())
                        .map(|(offset, d)| offset - 0.5 * f64::from(*d))
                };
                let largest = log_densities().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = log_densities()
                    .map(|log_density| log_density - largest)
                    .filter(|&below| below > NEGLIGIBLE)
                    .map(|below| f64::from((below as f32).exp()))
                    .sum();
                // ln of its own posterior's share of the sum, 0 at most. Its distance is measured like the others, although the noise
                // tells it: where z is rounded, posteriors that are equal (of users with equal histories) must remain so.
                let own_share = offsets[row] - 0.5 * f64::from(distances[row]) - largest - sum.ln();
                total += own_share.min(0.0);
            }
        }
        total
    };
    let total: f64 = map_pieces(rows, ROWS_AT_ONCE, own_shares).into_iter().sum();
    (rows as f64).ln() + total / rows as f64
}

/// sum_d ((z_d - mean_d) rate_d)^2 for each latent of a tile and each posterior of a block.
fn squared_distances(latents: &[[f32; TILE]], posteriors: &[[[f32; LANES]; 2]]) -> [[f32; LANES]; TILE] {
    let mut sums = [[0.0f32; LANES]; TILE];
    for (latents, [means, rates]) in latents.iter().zip(posteriors) {
        for (sums, latent) in sums.iter_mut().zip(latents) {
            for lane in 0..LANES {
                let scaled = (latent - means[lane]) * rates[lane];
                sums[lane] += scaled * scaled;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::test_samples::normals;
    use super::*;

    fn information(dimensions: usize, mean: Vec<f32>, log_variance: Vec<f32>) -> Information {
        Information::of(&PosteriorSample::new(dimensions, mean, log_variance).unwrap(), 11)
    }

    #[test]
    fn the_prior_knows_nothing() {
        let information = information(5, vec![0.0; 500], vec![0.0; 500]);
        assert_eq!(information.kl, 0.0);
        assert!(information.mutual_information.abs() < 1e-5, "{information:?}");
        assert!(information.marginal_kl.abs() < 1e-5);
    }

    #[test]
    fn equal_posteriors_off_the_prior_cost_but_know_nothing() {
        // The KL of N(3, e^-2) in each dimension, all of it marginal; narrow and far off, to show that nothing is rounded away.
        for log_variance in [-2.0f32, -40.0] {
            let information = information(4, vec![3.0; 400], vec![log_variance; 400]);
            let expected = 4.0 * kl_term(3.0, f64::from(log_variance));
            assert!((information.kl - expected).abs() < 1e-9);
            assert!(information.mutual_information.abs() < 1e-4, "{information:?}");
            assert!((information.marginal_kl - expected).abs() < 1e-4);
        }
    }

    #[test]
    fn separate_posteriors_reach_the_ceiling() {
        for (rows, log_variance) in [(2, -8.0), (301, -8.0), (64, -60.0)] {
            let mean: Vec<f32> = (0..rows).flat_map(|row| [row as f32, 0.0, 1.0]).collect();
            let information = information(3, mean, vec![log_variance; 3 * rows]);
            assert_eq!(information.ceiling, (rows as f64).ln());
            assert!(
                (information.mutual_information - information.ceiling).abs() < 1e-9,
                "{information:?}"
            );
        }
    }

    #[test]
    fn two_classes_are_one_bit() {
        // 60 rows in two places: which of the two is all that can be known, also where s is far below what z can show.
        for log_variance in [0.0, -8.0, -30.0, -60.0] {
            let mean: Vec<f32> = (0..60)
                .flat_map(|row| [if row % 2 == 0 { 20.0 } else { -20.1 }, 0.5])
                .collect();
            let information = information(2, mean, vec![log_variance; 120]);
            assert!((information.mutual_information - 2f64.ln()).abs() < 1e-5, "{information:?}");
        }
    }

    #[test]
    fn a_gaussian_channel_has_its_capacity() {
        // mu ~ N(0, snr), z = mu + N(0, 1): I = D ln(1 + snr) / 2 of the channel. A thousand rows show it to about 0.02 nats.
        let rows = 1_000;
        for (dimensions, snr) in [(1, 3.0f32), (2, 1.0), (3, 0.25)] {
            let mean = normals(rows * dimensions, 5).iter().map(|value| value * snr.sqrt()).collect();
            let information = information(dimensions, mean, vec![0.0; rows * dimensions]);
            let capacity = 0.5 * dimensions as f64 * f64::from(1.0 + snr).ln();
            assert!(
                (information.mutual_information - capacity).abs() < 0.06,
                "{capacity}: {information:?}"
            );
            assert!(information.mutual_information < information.ceiling - 4.0);
            assert!((information.kl - information.mutual_information - information.marginal_kl).abs() < 1e-12);
        }
    }

    #[test]
    fn the_scale_of_the_latent_does_not_matter() {
        let base = normals(200 * 3, 1);
        let scaled = |scale: f32| {
            let mean = base.iter().map(|value| 5.0 + scale * value).collect();
            information(3, mean, vec![2.0 * scale.ln() - 1.0; 600]).mutual_information
        };
        assert!((scaled(1.0) - scaled(0.01)).abs() < 1e-3, "{} {}", scaled(1.0), scaled(0.01));
        assert!(scaled(1.0) > 1.0);
    }

    /// The formula as it is printed, in doubles and without any of the rearrangements.
    fn by_the_book(mean: &[f32], log_variance: &[f32], noise: &[f64], dimensions: usize) -> f64 {
        let tau = std::f64::consts::TAU;
        let rows = mean.len() / dimensions;
        let entropy: f64 = (0..rows)
            .map(|n| {
                let sum: f64 = (0..dimensions)
                    .map(|d| 1.0 + f64::from(log_variance[n * dimensions + d]))
                    .sum();
                -0.5 * dimensions as f64 * tau.ln() - 0.5 * sum
            })
            .sum::<f64>()
            / rows as f64;
        let aggregate: f64 = (0..rows)
            .map(|n| {
                let density: f64 = (0..rows)
                    .map(|m| {
                        (0..dimensions)
                            .map(|d| {
                                let (own, other) = (n * dimensions + d, m * dimensions + d);
                                let deviation = (0.5 * f64::from(log_variance[own])).exp();
                                let z = f64::from(mean[own]) + deviation * noise[own];
                                let variance = f64::from(log_variance[other]).exp();
                                let square = (z - f64::from(mean[other])).powi(2) / variance;
                                (-0.5 * square).exp() / (tau * variance).sqrt()
                            })
                            .product::<f64>()
                    })
                    .sum();
                density.ln() - (rows as f64).ln()
            })
            .sum::<f64>()
            / rows as f64;
        entropy - aggregate
    }

    #[test]
    fn the_fast_way_is_the_formula() {
        // 37 rows fill neither the last tile nor the last block; each posterior has its own width.
        for dimensions in [1, 5] {
            let count = 37 * dimensions;
            let mean = normals(count, 2);
            let log_variance: Vec<f32> = normals(count, 3).iter().map(|value| value - 1.0).collect();
            let noise = draw_noise(count, &mut Xoshiro256PlusPlus::seed_from_u64(4));
            let fast = mutual_information(&mean, &log_variance, &noise, dimensions);
            let slow = by_the_book(&mean, &log_variance, &noise, dimensions);
            assert!((fast - slow).abs() < 1e-5, "{fast} {slow}");
            assert!(fast > 0.3 && fast < 3.5, "{fast}");
        }
    }

    #[test]
    fn many_rows_are_thinned_by_the_seed() {
        let rows = 3 * ROWS_AT_MOST;
        let sample = PosteriorSample::new(2, normals(2 * rows, 6), vec![-1.0; 2 * rows]).unwrap();
        let of = |seed| Information::of_at_most(&sample, seed, 300);
        assert_eq!(of(1).rows, 300);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        // Another 300 rows of the same kind say about the same.
        assert!(
            (of(1).mutual_information - of(2).mutual_information).abs() < 0.2,
            "{:?} {:?}",
            of(1),
            of(2)
        );
        assert!((of(1).kl - of(2).kl).abs() < 0.2);
    }

    #[test]
    fn chosen_rows_are_distinct_and_fair() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
        assert_eq!(choose_rows(3, 3, &mut rng), vec![0, 1, 2]);
        let mut hits = [0; 10];
        for _ in 0..2_000 {
            let chosen = choose_rows(10, 4, &mut rng);
            assert_eq!(chosen.len(), 4);
            assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]), "{chosen:?}");
            chosen.iter().for_each(|&row| hits[row] += 1);
        }
        // 800 expected, deviation 22.
        assert!(hits.iter().all(|&count: &i32| (count - 800).abs() < 110), "{hits:?}");
        assert_eq!(
            take_rows(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &[0, 2], 2),
            vec![0.0, 1.0, 4.0, 5.0]
        );
    }

    #[test]
    fn noise_has_unit_square() {
        let noise = draw_noise(1_000, &mut Xoshiro256PlusPlus::seed_from_u64(1));
        let square = noise.iter().map(|value| value * value).sum::<f64>() / 1_000.0;
        assert!((square - 1.0).abs() < 1e-12);
        assert!(noise.iter().sum::<f64>().abs() / 1_000.0 < 0.15);
    }
}
