//! How much of the posterior is still the prior: posterior collapse, dimension by dimension.
//!
//! In: posteriors N(mu_n, diag s_n^2) of N rows. Out: [`Collapse`]. The prior is N(0, I). All sums are in doubles and go over all
//! rows; the work is one exponential for each value.

use serde::{Deserialize, Serialize};

use super::sample::PosteriorSample;

/// A dimension is active if the variance of its mean is this or more (Burda et al. 2016).
const ACTIVE_VARIANCE: f64 = 0.01;
/// A row's posterior is the prior, for a dimension, if the KL there is below this: epsilon of Lucas et al. 2019, in nats.
const COLLAPSED_KL: f64 = 0.01;
/// A dimension is collapsed if all rows but this share have collapsed: delta of Lucas et al. 2019.
const COLLAPSED_EXCEPTIONS: f64 = 0.01;

/// How far the posterior has fallen back on the prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collapse {
    /// Mean KL from posterior to prior: the sum of `kl_per_dimension`, in nats, 0 or more (the rate of Kingma & Welling 2014).
    /// Near 0 the latent says nothing about the sequence.
    pub kl: f64,
    /// KL_d = mean over rows of (mu_d^2 + s_d^2 - ln s_d^2 - 1) / 2, in nats, 0 or more (Kingma & Welling 2014). A dimension near
    /// 0 has collapsed.
    pub kl_per_dimension: Vec<f64>,
    /// Number of dimensions with `variance_of_means` of 0.01 or more, 0 to D (Burda et al. 2016). Few active units: the latent
    /// uses little of its width. A posterior that ends in a layer norm, as here, keeps the spread within each vector, so that all
    /// units may look active before training.
    pub active_units: u32,
    /// Var_n[mu_d(x_n)], the sample variance (N - 1) of each dimension's mean over rows, in squared latent units, 0 or more
    /// (Burda et al. 2016). Near 0 the dimension answers every sequence alike.
    pub variance_of_means: Vec<f64>,
    /// Share of dimensions d with P_n(KL of row n in d < 0.01 nats) of 0.99 or more, 0 to 1 ((epsilon, delta)-collapse, Lucas et
    /// al. 2019). 1 is full collapse; unlike the mean KL it is not hidden by a few rows of large KL.
    pub collapsed_share: f64,
    /// Mean of s^2 over rows and dimensions, in squared latent units, above 0 (the second panel of Fig. 3 of Wang et al. 2022). 1
    /// is the prior's; near 0 the posterior has become a point, the opposite failure (vanishing variance).
    pub mean_variance: f64,
}

impl Collapse {
    /// The collapse of all rows of `sample`.
    pub fn of(sample: &PosteriorSample) -> Self {
        let (rows, dimensions) = (sample.rows(), sample.dimensions());
        let count = rows as f64;
        let mut kl = vec![0.0f64; dimensions];
        let mut near_prior = vec![0usize; dimensions];
        let mut centre = vec![0.0f64; dimensions];
        let mut variance_sum = 0.0f64;
        for (means, log_variances) in sample
            .mean()
            .chunks_exact(dimensions)
            .zip(sample.log_variance().chunks_exact(dimensions))
        {
            for (d, (mean, log_variance)) in means.iter().zip(log_variances).enumerate() {
                let (mean, log_variance) = (f64::from(*mean), f64::from(*log_variance));
                let term = kl_term(mean, log_variance);
                kl[d] += term;
                near_prior[d] += usize::from(term < COLLAPSED_KL);
                centre[d] += mean;
                variance_sum += log_variance.exp();
            }
        }
        centre.iter_mut().for_each(|sum| *sum /= count);
        kl.iter_mut().for_each(|sum| *sum /= count);

        // In a second pass: the difference of large sums of squares would lose what an inactive dimension has.
        let mut spread = vec![0.0f64; dimensions];
        for means in sample.mean().chunks_exact(dimensions) {
            for ((spread, mean), centre) in spread.iter_mut().zip(means).zip(&centre) {
                *spread += (f64::from(*mean) - centre).powi(2);
            }
        }
        // A sample has two rows or more.
        spread.iter_mut().for_each(|sum| *sum /= count - 1.0);

        let collapsed = near_prior
            .iter()
            .filter(|&&rows_near| rows_near as f64 >= (1.0 - COLLAPSED_EXCEPTIONS) * count)
            .count();
        Self {
            kl: kl.iter().sum(),
            kl_per_dimension: kl,
            active_units: spread.iter().map(|&variance| u32::from(variance >= ACTIVE_VARIANCE)).sum(),
            variance_of_means: spread,
            collapsed_share: collapsed as f64 / dimensions as f64,
            mean_variance: variance_sum / (count * dimensions as f64),
        }
    }
}

/// How far one row's posterior is from the prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowCollapse {
    /// KL from the row's posterior to the prior, the sum over dimensions, in nats, 0 or more.
    pub kl: f64,
    /// Mean of s^2 over dimensions, in squared latent units, above 0.
    pub mean_variance: f64,
}

/// [`RowCollapse`] of every row of `sample`, in order. Their means over all rows are [`Collapse::kl`] and
/// [`Collapse::mean_variance`]; over groups of rows they are the two panels of Fig. 3 of Wang et al. 2022.
pub fn collapse_of_rows(sample: &PosteriorSample) -> Vec<RowCollapse> {
    let dimensions = sample.dimensions();
    let rows = sample
        .mean()
        .chunks_exact(dimensions)
        .zip(sample.log_variance().chunks_exact(dimensions));
    rows.map(|(means, log_variances)| {
        let mut row = RowCollapse {
            kl: 0.0,
            mean_variance: 0.0,
        };
        for (mean, log_variance) in means.iter().zip(log_variances) {
            row.kl += kl_term(f64::from(*mean), f64::from(*log_variance));
            row.mean_variance += f64::from(*log_variance).exp() / dimensions as f64;
        }
        row
    })
    .collect()
}

/// KL from N(mean, exp(log_variance)) to N(0, 1), in nats.
pub(super) fn kl_term(mean: f64, log_variance: f64) -> f64 {
    // exp(v) - 1 - v by way of exp_m1, which keeps the digits where the variance is close to 1; rounding may still leave it an
    // ulp below 0.
    0.5 * (mean * mean + (log_variance.exp_m1() - log_variance).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collapse(dimensions: usize, mean: Vec<f32>, log_variance: Vec<f32>) -> Collapse {
        Collapse::of(&PosteriorSample::new(dimensions, mean, log_variance).unwrap())
    }

    #[test]
    fn the_prior_is_full_collapse() {
        let collapse = collapse(4, vec![0.0; 40], vec![0.0; 40]);
        assert_eq!(collapse.kl, 0.0);
        assert_eq!(collapse.kl_per_dimension, vec![0.0; 4]);
        assert_eq!(collapse.active_units, 0);
        assert_eq!(collapse.variance_of_means, vec![0.0; 4]);
        assert_eq!(collapse.collapsed_share, 1.0);
        assert_eq!(collapse.mean_variance, 1.0);
    }

    #[test]
    fn a_gaussian_worked_by_hand() {
        // Dimension 0: mean +-2, variance 1. Dimension 1: mean 0, variance 1/4 and 4.
        let quarter = 0.25f32.ln();
        let collapse = collapse(2, vec![2.0, 0.0, -2.0, 0.0], vec![0.0, quarter, 0.0, -quarter]);
        assert!((collapse.kl_per_dimension[0] - 2.0).abs() < 1e-12);
        // (1/4 + ln 4 - 1) / 2 and (4 - ln 4 - 1) / 2: their mean is (17/4 - 2) / 4.
        assert!((collapse.kl_per_dimension[1] - 0.5625).abs() < 1e-6, "{collapse:?}");
        assert!((collapse.kl - 2.5625).abs() < 1e-6);
        // Two points at +-2: squares 4 + 4, over N - 1 = 1.
        assert_eq!(collapse.variance_of_means, vec![8.0, 0.0]);
        assert_eq!(collapse.active_units, 1);
        assert_eq!(collapse.collapsed_share, 0.0);
        assert!((collapse.mean_variance - (1.0 + 1.0 + 0.25 + 4.0) / 4.0).abs() < 1e-6);
    }

    #[test]
    fn rows_one_by_one() {
        let sample = PosteriorSample::new(2, vec![2.0, 0.0, -1.0, 3.0], vec![0.0, 4f32.ln(), 0.0, 0.0]).unwrap();
        let rows = collapse_of_rows(&sample);
        // 2^2 / 2 + (4 - ln 4 - 1) / 2, and (1 + 9) / 2.
        assert!(
            (rows[0].kl - (2.0 + (3.0 - 4f64.ln()) / 2.0)).abs() < 1e-6 && (rows[1].kl - 5.0).abs() < 1e-12,
            "{rows:?}"
        );
        assert!((rows[0].mean_variance - 2.5).abs() < 1e-6 && (rows[1].mean_variance - 1.0).abs() < 1e-12);
        let whole = Collapse::of(&sample);
        assert!((whole.kl - (rows[0].kl + rows[1].kl) / 2.0).abs() < 1e-12);
        assert!((whole.mean_variance - (rows[0].mean_variance + rows[1].mean_variance) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn activity_begins_at_a_hundredth() {
        // Rows at +-h: the variance with N - 1 is 2 h^2, with N it would be h^2; 0.0756 lies between the two thresholds.
        let pair = |h: f32| collapse(1, vec![h, -h], vec![0.0; 2]).active_units;
        assert_eq!(pair(0.0700), 0);
        assert_eq!(pair(0.0715), 1);
        assert_eq!(pair(0.0756), 1);
    }

    #[test]
    fn a_common_offset_is_no_activity() {
        let mean: Vec<f32> = (0..100).map(|row| 1000.0 + if row % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let collapse = collapse(1, mean, vec![0.0; 100]);
        assert!(
            (collapse.variance_of_means[0] - 0.25 * 100.0 / 99.0).abs() < 1e-9,
            "{collapse:?}"
        );
    }

    #[test]
    fn one_row_in_a_hundred_may_differ() {
        let with = |loud: usize| {
            let mean = (0..100).map(|row| if row < loud { 3.0 } else { 0.1 }).collect();
            collapse(1, mean, vec![0.0; 100]).collapsed_share
        };
        // A mean of 0.1 is a KL of 0.005, below epsilon.
        assert_eq!(with(0), 1.0);
        assert_eq!(with(1), 1.0);
        assert_eq!(with(2), 0.0);
    }

    #[test]
    fn collapse_begins_at_a_hundredth_of_a_nat() {
        // A mean m at the prior's variance is a KL of m^2 / 2.
        let share = |mean: f32| collapse(1, vec![mean; 50], vec![0.0; 50]).collapsed_share;
        assert_eq!(share(0.141), 1.0);
        assert_eq!(share(0.142), 0.0);
    }

    #[test]
    fn kl_keeps_its_digits_near_the_prior() {
        // v^2 / 4 + v^3 / 12, where exp(v) - 1 - v in the naive order would be rounding only.
        for v in [1e-6f64, -1e-6] {
            let expected = v * v / 4.0 + v * v * v / 12.0;
            assert!((kl_term(0.0, v) / expected - 1.0).abs() < 1e-6, "{}", kl_term(0.0, v));
        }
    }
}
