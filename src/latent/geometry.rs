//! How latents lie in space: alignment and uniformity on the sphere, and in how many directions they spread.
//!
//! In: posterior means of N rows and, where there are, latents of two views. Out: [`Geometry`]. Uniformity compares rows with
//! rows and uses at most [`PAIRED_ROWS_AT_MOST`]; the spectra use at most [`SPECTRUM_ROWS_AT_MOST`]. Both choose by the seed.
//!
//! Alignment and uniformity look at directions alone: a row of zeros has none and is left out, and a latent space that has
//! shrunk to a point may look uniform. Read them beside the collapse.

use nalgebra::DMatrix;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::{
    error::DiagnosticsError,
    information::{choose_rows, take_rows},
    sample::{PosteriorSample, check_views, to_u32},
};

use crate::parallel::map_pieces;

/// Rows that uniformity compares with each other. Half a million pairs fix their mean well enough, and there may be three sets
/// of rows (the posterior and two views).
const PAIRED_ROWS_AT_MOST: usize = 1_024;
/// Rows that are one piece of work, each compared with those behind it.
const ROWS_AT_ONCE: usize = 64;
/// Rows that the spectra look at: many times any width, so that more would not move them.
const SPECTRUM_ROWS_AT_MOST: usize = 8_192;
/// Standard deviations below this share of the latents' root mean square are what is left of rounding to floats, and count as 0.
const RESOLUTION: f64 = 1e-7;
/// Width of the inner loop over dimensions: two SIMD registers of a browser.
const LANES: usize = 8;

/// Where the latents lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geometry {
    /// ln mean_{i<j} exp(-2 |u_i - u_j|^2) of the posterior means on the unit sphere, -8 to 0 (Wang & Isola 2020, t = 2). Lower
    /// is more uniform: 0 is one direction for all rows, and directions spread evenly come near -4 + 8/D where D is large.
    /// `None` where fewer than two rows have a direction. Of all rows, or of a random 1,024.
    pub uniformity: Option<f64>,
    /// Singular values of the posterior means Z over sqrt(N), and their effective rank (RankMe, Garrido et al. 2023).
    pub means: Spectrum,
    /// Singular values of the covariance of the posterior means, which are the variances along its axes, and their effective rank
    /// (dimensional collapse, Jing et al. 2022). A common offset of all rows counts in `means`, but not here.
    pub covariance: Spectrum,
    /// The two views; `None` where the sample has none, or where fewer than two pairs have directions.
    pub views: Option<ViewGeometry>,
}

/// The singular values of a matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spectrum {
    /// exp(-sum_k p_k ln p_k) with p_k = s_k / sum s: a number of directions, 1 to min(N, D), and 0 where all s are 0 (Roy &
    /// Vetterli 2007). Far below D: the latents use few of their dimensions, whatever the axes.
    pub effective_rank: f64,
    /// ln s_k, the largest first, D of them (Jing et al. 2022). A cliff is dimensional collapse. What floats cannot resolve, 0
    /// among it, stands at the floor: 1e-7 of the root mean square of the rows' length (its square for the covariance).
    pub log_singular_values: Vec<f64>,
}

/// How the views of the same sequence agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewGeometry {
    /// Pairs that were looked at: those of which both latents have a direction.
    pub pairs: u32,
    /// Mean |u - v|^2 of the pairs on the unit sphere, 0 to 4 (Wang & Isola 2020, alpha = 2). Lower is better aligned: 0 is equal
    /// directions, 2 is what unrelated ones have.
    pub alignment: f64,
    /// Uniformity (see [`Geometry::uniformity`]) of the views, the mean of the two, -8 to 0 (Wang & Isola 2020). Good alignment
    /// beside a uniformity near 0 is collapse, not agreement.
    pub uniformity: f64,
}

impl Geometry {
    /// The geometry of `sample`; `seed` chooses rows where there are too many.
    pub fn of(sample: &PosteriorSample, seed: u64) -> Self {
        let dimensions = sample.dimensions();
        let directions = unit_rows(sample.mean(), dimensions);
        let directions: Vec<f32> = directions.into_iter().flatten().flatten().collect();
        let chosen = choose_rows(
            sample.rows(),
            SPECTRUM_ROWS_AT_MOST,
            &mut Xoshiro256PlusPlus::seed_from_u64(seed),
        );
        let (means, covariance) = spectra(&take_rows(sample.mean(), &chosen, dimensions), dimensions);
        Self {
            uniformity: uniformity(&directions, dimensions, seed),
            means,
            covariance,
            views: sample
                .views()
                .and_then(|(first, second)| view_geometry(first, second, dimensions, seed)),
        }
    }
}

impl ViewGeometry {
    /// How the latents of two views agree, row by row, where there is no posterior to go with them; `seed` chooses rows where
    /// there are too many. `None` where fewer than two pairs have directions.
    pub fn between(first: &[f32], second: &[f32], dimensions: usize, seed: u64) -> Result<Option<Self>, DiagnosticsError> {
        check_views(first, second, dimensions)?;
        Ok(view_geometry(first, second, dimensions, seed))
    }
}

/// Rows of `values` over their length; `None` for a row of zeros.
fn unit_rows(values: &[f32], dimensions: usize) -> Vec<Option<Vec<f32>>> {
    values
        .chunks_exact(dimensions)
        .map(|row| {
            let length = row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
            (length > 0.0).then(|| row.iter().map(|&value| (f64::from(value) / length) as f32).collect())
        })
        .collect()
}

fn view_geometry(first: &[f32], second: &[f32], dimensions: usize, seed: u64) -> Option<ViewGeometry> {
    let (first, second): (Vec<_>, Vec<_>) = unit_rows(first, dimensions)
        .into_iter()
        .zip(unit_rows(second, dimensions))
        .filter_map(|(u, v)| u.zip(v))
        .unzip();
    let sum: f64 = first
        .iter()
        .zip(&second)
        .map(|(u, v)| f64::from(squared_distance(u, v)))
        .sum();
    Some(ViewGeometry {
        pairs: to_u32(first.len()),
        alignment: sum / first.len() as f64,
        // Also says no where fewer than two pairs are left.
        uniformity: (uniformity(&first.concat(), dimensions, seed)? + uniformity(&second.concat(), dimensions, seed)?) / 2.0,
    })
}

/// ln mean_{i<j} exp(-2 |u_i - u_j|^2) of rows of length 1.
fn uniformity(directions: &[f32], dimensions: usize, seed: u64) -> Option<f64> {
    let chosen = choose_rows(
        directions.len() / dimensions,
        PAIRED_ROWS_AT_MOST,
        &mut Xoshiro256PlusPlus::seed_from_u64(seed),
    );
    let rows = take_rows(directions, &chosen, dimensions);
    let count = chosen.len();
    let sums = map_pieces(count, ROWS_AT_ONCE, |range| {
        let mut sum = 0.0f64;
        for (index, u) in rows.chunks_exact(dimensions).enumerate().take(range.end).skip(range.start) {
            for v in rows.chunks_exact(dimensions).skip(index + 1) {
                // Between e^-8 and 1: no logsumexp is needed.
                sum += f64::from((-2.0 * squared_distance(u, v)).exp());
            }
        }
        sum
    });
    let sum: f64 = sums.into_iter().sum();
    let pairs = (count * count.saturating_sub(1) / 2) as f64;
    (pairs > 0.0).then(|| (sum / pairs).ln().clamp(-8.0, 0.0))
}

/// |u - v|^2. Taken from the difference, not as 2 - 2 u.v, which has no digits left where the two are close.
fn squared_distance(u: &[f32], v: &[f32]) -> f32 {
    let (u_blocks, u_rest) = u.as_chunks::<LANES>();
    let (v_blocks, v_rest) = v.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (u, v) in u_blocks.iter().zip(v_blocks) {
        for lane in 0..LANES {
            let difference = u[lane] - v[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = u_rest.iter().zip(v_rest).map(|(u, v)| (u - v) * (u - v)).sum();
    sums.iter().sum::<f32>() + rest
}

/// The spectra of Z / sqrt(N) and of the covariance of its rows.
fn spectra(values: &[f32], dimensions: usize) -> (Spectrum, Spectrum) {
    let rows = values.len() as f64 / dimensions as f64;
    let mut centre = vec![0.0f64; dimensions];
    for row in values.chunks_exact(dimensions) {
        for (sum, &value) in centre.iter_mut().zip(row) {
            *sum += f64::from(value) / rows;
        }
    }
    let moment = second_moment(values, &vec![0.0; dimensions], rows);
    let covariance = second_moment(values, &centre, rows);
    let floor = RESOLUTION * RESOLUTION * moment.trace();
    // The singular values of Z / sqrt(N) are the roots of the eigenvalues of Z'Z / N; those of a covariance are its eigenvalues.
    let of_means = eigenvalues(moment).into_iter().map(f64::sqrt).collect();
    (
        Spectrum::new(of_means, floor.sqrt()),
        Spectrum::new(eigenvalues(covariance), floor),
    )
}

/// (1/N) sum_n (z_n - centre)(z_n - centre)'.
fn second_moment(values: &[f32], centre: &[f64], rows: f64) -> DMatrix<f64> {
    let dimensions = centre.len();
    let mut moment = DMatrix::<f64>::zeros(dimensions, dimensions);
    let mut centred = vec![0.0f64; dimensions];
    for row in values.chunks_exact(dimensions) {
        for ((centred, &value), centre) in centred.iter_mut().zip(row).zip(centre) {
            *centred = f64::from(value) - centre;
        }
        // Column by column, the lower triangle: contiguous in memory.
        for (j, column) in moment.as_mut_slice().chunks_exact_mut(dimensions).enumerate() {
            let factor = centred[j] / rows;
            for (sum, value) in column[j..].iter_mut().zip(&centred[j..]) {
                *sum += factor * value;
            }
        }
    }
    moment.fill_upper_triangle_with_lower_triangle();
    moment
}

/// Eigenvalues of a positive semidefinite matrix, none below 0.
fn eigenvalues(matrix: DMatrix<f64>) -> Vec<f64> {
    matrix.symmetric_eigenvalues().iter().map(|value| value.max(0.0)).collect()
}

impl Spectrum {
    /// The spectrum of `singular_values`; those up to `floor` count as 0.
    fn new(mut singular_values: Vec<f64>, floor: f64) -> Self {
        singular_values.sort_by(|a, b| b.total_cmp(a));
        let above = || singular_values.iter().copied().filter(|&value| value > floor);
        let sum: f64 = above().sum();
        let entropy: f64 = above().map(|value| value / sum).map(|share| -share * share.ln()).sum();
        // All zeros have no floor; a logarithm needs one.
        let floor = floor.max(f64::MIN_POSITIVE);
        Self {
            effective_rank: if sum > 0.0 { entropy.exp() } else { 0.0 },
            log_singular_values: singular_values.iter().map(|value| value.max(floor).ln()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_samples::{normals, sample};
    use super::*;

    fn geometry(dimensions: usize, mean: Vec<f32>) -> Geometry {
        Geometry::of(&sample(dimensions, mean), 3)
    }

    fn views(dimensions: usize, first: Vec<f32>, second: Vec<f32>) -> Option<ViewGeometry> {
        let sample = sample(dimensions, vec![1.0; 2 * dimensions])
            .with_views(first, second)
            .unwrap();
        Geometry::of(&sample, 3).views
    }

    /// One row +1 and one row -1 along each axis, times `lengths`.
    fn axes(lengths: &[f32]) -> Vec<f32> {
        let dimensions = lengths.len();
        (0..2 * dimensions)
            .flat_map(|row| {
                let sign = if row < dimensions { 1.0 } else { -1.0 };
                (0..dimensions).map(move |d| if d == row % dimensions { sign * lengths[d] } else { 0.0 })
            })
            .collect()
    }

    #[test]
    fn equal_variance_has_full_rank() {
        let geometry = geometry(6, axes(&[2.0; 6]));
        assert!((geometry.means.effective_rank - 6.0).abs() < 1e-9, "{geometry:?}");
        assert!((geometry.covariance.effective_rank - 6.0).abs() < 1e-9);
        // 12 rows, two of them at +-2 along each axis: a variance of 8 / 12.
        for value in &geometry.covariance.log_singular_values {
            assert!((value - (8.0f64 / 12.0).ln()).abs() < 1e-12);
        }
        for value in &geometry.means.log_singular_values {
            assert!((value - 0.5 * (8.0f64 / 12.0).ln()).abs() < 1e-12);
        }
    }

    #[test]
    fn unequal_variance_by_hand() {
        // Singular values 2 : 1 for Z and 4 : 1 for the covariance.
        let geometry = geometry(2, axes(&[2.0, 1.0]));
        let rank = |p: f64| (-p * p.ln() - (1.0 - p) * (1.0 - p).ln()).exp();
        assert!(
            (geometry.means.effective_rank - rank(2.0 / 3.0)).abs() < 1e-12,
            "{geometry:?}"
        );
        assert!((geometry.covariance.effective_rank - rank(4.0 / 5.0)).abs() < 1e-12);
        assert!((geometry.means.log_singular_values[0] - geometry.means.log_singular_values[1] - 2f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_line_in_space_has_rank_one() {
        let mean: Vec<f32> = normals(300, 1)
            .iter()
            .flat_map(|t| [t * 0.3, t * -1.7, t * 0.9, 0.0])
            .collect();
        let geometry = geometry(4, mean);
        // What floats leave of rounding lies under the floor or close to it.
        assert!((geometry.means.effective_rank - 1.0).abs() < 1e-5, "{geometry:?}");
        assert!((geometry.covariance.effective_rank - 1.0).abs() < 1e-5);
        let logs = &geometry.covariance.log_singular_values;
        assert!(logs.windows(2).all(|pair| pair[0] >= pair[1]), "{logs:?}");
        assert!(logs[0] - logs[1] > 25.0, "{logs:?}");
    }

    #[test]
    fn an_offset_counts_in_the_means_only() {
        let mean: Vec<f32> = axes(&[1.0; 4]).iter().map(|value| value + 50.0).collect();
        let geometry = geometry(4, mean);
        assert!((geometry.covariance.effective_rank - 4.0).abs() < 1e-5, "{geometry:?}");
        assert!(geometry.means.effective_rank < 1.2);
    }

    #[test]
    fn one_point_has_no_spread() {
        // 0.1 is no float: the mean of many is not exactly one of them, and the rounding must not pass for variance.
        let geometry = geometry(5, vec![0.1; 5 * 777]);
        assert_eq!(geometry.covariance.effective_rank, 0.0);
        assert!((geometry.means.effective_rank - 1.0).abs() < 1e-9);
        assert!(geometry.uniformity.unwrap() > -1e-9);
    }

    #[test]
    fn zeros_have_neither_rank_nor_direction() {
        let geometry = geometry(3, vec![0.0; 30]);
        assert_eq!(geometry.means.effective_rank, 0.0);
        assert_eq!(geometry.covariance.effective_rank, 0.0);
        assert!(geometry.means.log_singular_values.iter().all(|value| value.is_finite()));
        assert_eq!(geometry.uniformity, None);
        assert_eq!(views(2, vec![0.0; 4], vec![1.0; 4]), None);
        // One direction among zeros is still no pair.
        assert_eq!(super::Geometry::of(&sample(2, vec![0.0, 0.0, 1.0, 0.0]), 1).uniformity, None);
    }

    #[test]
    fn fewer_rows_than_dimensions_bound_the_rank() {
        let geometry = geometry(32, normals(5 * 32, 4));
        assert!(
            geometry.means.effective_rank > 4.0 && geometry.means.effective_rank <= 5.0 + 1e-9,
            "{geometry:?}"
        );
        assert!(geometry.covariance.effective_rank <= 4.0 + 1e-9);
    }

    #[test]
    fn uniformity_of_two_points_by_hand() {
        // Opposite: |u - v|^2 = 4. At a right angle: 2. Lengths do not matter.
        assert!((geometry(2, vec![3.0, 0.0, -0.1, 0.0]).uniformity.unwrap() + 8.0).abs() < 1e-6);
        assert!((geometry(2, vec![1.0, 0.0, 0.0, 7.0]).uniformity.unwrap() + 4.0).abs() < 1e-6);
        assert!(geometry(2, vec![1.0, 1.0, 2.0, 2.0]).uniformity.unwrap().abs() < 1e-6);
        // Three points: two pairs at a right angle, one opposite.
        let three = geometry(2, vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0]).uniformity.unwrap();
        assert!((three - ((2.0 * (-4f64).exp() + (-8f64).exp()) / 3.0).ln()).abs() < 1e-6);
    }

    #[test]
    fn normal_directions_are_uniform() {
        // In many dimensions squared distances are 2 with variance 4 / D: ln E exp(-2 x) is about -4 + 8 / D.
        let geometry = geometry(64, normals(64 * 1_000, 8));
        assert!(
            (geometry.uniformity.unwrap() - (-4.0 + 8.0 / 64.0)).abs() < 0.01,
            "{:?}",
            geometry.uniformity
        );
    }

    #[test]
    fn alignment_by_hand() {
        let first = normals(30, 5);
        let doubled = first.iter().map(|value| 2.0 * value).collect();
        let equal = views(3, first.clone(), doubled).unwrap();
        assert_eq!((equal.pairs, equal.alignment), (10, 0.0));
        let opposite = views(3, first.clone(), first.iter().map(|value| -value).collect()).unwrap();
        assert!((opposite.alignment - 4.0).abs() < 1e-5);
        // One pair at a right angle, one equal: (2 + 0) / 2. The first view is opposite (-8), the second at a right angle (-4).
        let alone = ViewGeometry::between(&first, &first, 3, 3).unwrap().unwrap();
        assert_eq!((alone.pairs, alone.alignment), (10, 0.0));
        assert_eq!(views(3, first.clone(), first.clone()), Some(alone));
        assert!(ViewGeometry::between(&first, &first[3..], 3, 3).is_err());
        let mixed = views(2, vec![0.0, 1.0, 0.0, -1.0], vec![1.0, 0.0, 0.0, -1.0]).unwrap();
        assert!((mixed.alignment - 1.0).abs() < 1e-6);
        assert!((mixed.uniformity + 6.0).abs() < 1e-6, "{mixed:?}");
    }

    #[test]
    fn pairs_without_direction_are_left_out() {
        let first = vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let second = vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        let views = views(2, first, second).unwrap();
        assert_eq!((views.pairs, views.alignment), (2, 0.0));
    }

    #[test]
    fn distances_of_any_width() {
        for width in [1, 7, 8, 9, 64, 67] {
            let (u, v) = (normals(width, 1), normals(width, 2));
            let plain: f64 = u.iter().zip(&v).map(|(u, v)| f64::from(u - v).powi(2)).sum();
            assert!((f64::from(squared_distance(&u, &v)) / plain - 1.0).abs() < 1e-5, "{width}");
        }
    }

    #[test]
    fn many_rows_are_thinned() {
        // Twice as many rows as the spectra take, on a shape with a known rank.
        let rows = 2 * SPECTRUM_ROWS_AT_MOST;
        let geometry = geometry(3, normals(3 * rows, 6));
        assert!((geometry.covariance.effective_rank - 3.0).abs() < 0.01, "{geometry:?}");
        // Uniform on the sphere in space: E exp(-4 + 4 cos) with cos uniform in -1..1 = (1 - e^-8) / 8.
        let expected = ((1.0 - (-8f64).exp()) / 8.0).ln();
        assert!((geometry.uniformity.unwrap() - expected).abs() < 0.02, "{geometry:?}");
    }
}
