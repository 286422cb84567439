//! All diagnostics of a latent space at one moment of training.
//!
//! In: [`PosteriorSample`], the posteriors of some rows (a row is one user at one real position, or one user's last position),
//! checked once when it is made. Out: [`Diagnostics`], plain numbers and short lists that a chart can draw and JSON can hold:
//! none of them is infinite or NaN. No tensors here, and no randomness but what follows from the seed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    collapse::Collapse,
    geometry::Geometry,
    information::{InfoNceBound, Information},
};

/// Means and view latents may be this large in size. Far above anything a network gives, and low enough that the squared
/// rounding error of a value, in units of the least standard deviation, is still a finite float.
const VALUE_AT_MOST: f32 = 1e10;
/// Log-variances may be this large in size: standard deviations from e^-30 to e^30.
const LOG_VARIANCE_AT_MOST: f32 = 60.0;

/// Why there are no diagnostics: one sentence that names the quantity.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DiagnosticsError {
    /// Rows of width 0.
    #[error("The posterior has no dimensions, so there is nothing to diagnose; pass the width of the latents.")]
    NoDimensions,
    /// A model without a posterior.
    #[error("A deterministic model draws no latents, so there is no posterior to diagnose; train with another view.mode.")]
    NoPosterior,
    /// Fewer rows than a variance needs.
    #[error("Diagnostics need at least two rows of the {quantity}, and there are {rows}; take more users or positions.")]
    TooFewRows {
        /// What has too few rows.
        quantity: &'static str,
        /// Rows that there are.
        rows: usize,
    },
    /// An array that is no matrix of the width given.
    #[error("The {quantity} has {values} values, which are no whole rows of {dimensions}; pass one row after another.")]
    NotRows {
        /// What does not fit.
        quantity: &'static str,
        /// Its length.
        values: usize,
        /// The width of a row.
        dimensions: usize,
    },
    /// Two arrays that belong together but differ in length.
    #[error("The {quantity} has {values} values, but the {other} has {expected}; pass both for the same rows.")]
    Unequal {
        /// What does not fit.
        quantity: &'static str,
        /// Its length.
        values: usize,
        /// What it should fit.
        other: &'static str,
        /// The length of that.
        expected: usize,
    },
    /// NaN or infinity.
    #[error(
        "The {quantity} is {value} in row {row}, dimension {dimension}; the training has diverged, so lower the learning rate."
    )]
    NotFinite {
        /// What is not finite.
        quantity: &'static str,
        /// The value.
        value: f32,
        /// 0-based row.
        row: usize,
        /// 0-based dimension.
        dimension: usize,
    },
    /// A finite value that no sensible network gives and whose square or exponential would be lost.
    #[error(
        "The {quantity} is {value} in row {row}, dimension {dimension}, beyond the limit of {limit} in size; \
         lower the learning rate."
    )]
    OutOfRange {
        /// What is out of range.
        quantity: &'static str,
        /// The value.
        value: f32,
        /// The largest size.
        limit: f32,
        /// 0-based row.
        row: usize,
        /// 0-based dimension.
        dimension: usize,
    },
    /// A contrastive loss that is NaN, infinite or of no sequences at all.
    #[error(
        "A contrastive loss of {loss} over {sequences} sequences gives no bound; pass a finite loss and the size of its batch."
    )]
    ContrastiveLoss {
        /// The loss.
        loss: f64,
        /// Sequences in the batch.
        sequences: u32,
    },
}

/// What the diagnostics look at: posteriors and, where there are two views, latents of both. Values are checked on the way in,
/// so that whatever reads them need not.
#[derive(Clone, Debug, PartialEq)]
pub struct PosteriorSample {
    dimensions: usize,
    mean: Vec<f32>,
    log_variance: Vec<f32>,
    views: Option<(Vec<f32>, Vec<f32>)>,
    contrast: Option<InfoNceBound>,
}

impl PosteriorSample {
    /// Posteriors N(mean, exp(log_variance)), both row-major with rows of `dimensions`; two rows or more.
    pub fn new(dimensions: usize, mean: Vec<f32>, log_variance: Vec<f32>) -> Result<Self, DiagnosticsError> {
        check_matrix("posterior mean", &mean, dimensions, VALUE_AT_MOST)?;
        check_equal("posterior log-variance", &log_variance, "posterior mean", &mean)?;
        check_matrix("posterior log-variance", &log_variance, dimensions, LOG_VARIANCE_AT_MOST)?;
        Ok(Self {
            dimensions,
            mean,
            log_variance,
            views: None,
            contrast: None,
        })
    }

    /// Adds the latents of two views for alignment: row `i` of both is the same sequence. They may be of other rows than the
    /// posteriors (such as sums over positions), but are as wide.
    pub fn with_views(mut self, first: Vec<f32>, second: Vec<f32>) -> Result<Self, DiagnosticsError> {
        check_views(&first, &second, self.dimensions)?;
        self.views = Some((first, second));
        Ok(self)
    }

    /// Adds the mean NT-Xent loss (nats) of batches of `sequences` users, for the bound that it gives.
    pub fn with_contrastive_loss(mut self, loss: f64, sequences: u32) -> Result<Self, DiagnosticsError> {
        self.contrast = Some(InfoNceBound::new(loss, sequences)?);
        Ok(self)
    }

    /// Width of a row, at least 1.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Number of posteriors, at least 2.
    pub fn rows(&self) -> usize {
        self.mean.len() / self.dimensions
    }

    /// Means, row-major.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Log-variances, row-major.
    pub fn log_variance(&self) -> &[f32] {
        &self.log_variance
    }

    /// Latents of the first and the second view, row-major, pair by pair.
    pub fn views(&self) -> Option<(&[f32], &[f32])> {
        self.views
            .as_ref()
            .map(|(first, second)| (first.as_slice(), second.as_slice()))
    }
}

/// Whether two views are pairs of rows that can be compared.
pub(super) fn check_views(first: &[f32], second: &[f32], dimensions: usize) -> Result<(), DiagnosticsError> {
    check_matrix("first view", first, dimensions, VALUE_AT_MOST)?;
    check_equal("second view", second, "first view", first)?;
    check_matrix("second view", second, dimensions, VALUE_AT_MOST)
}

fn check_equal(quantity: &'static str, values: &[f32], other: &'static str, expected: &[f32]) -> Result<(), DiagnosticsError> {
    match values.len() == expected.len() {
        true => Ok(()),
        false => Err(DiagnosticsError::Unequal {
            quantity,
            values: values.len(),
            other,
            expected: expected.len(),
        }),
    }
}

fn check_matrix(quantity: &'static str, values: &[f32], dimensions: usize, limit: f32) -> Result<(), DiagnosticsError> {
    if dimensions == 0 {
        return Err(DiagnosticsError::NoDimensions);
    }
    if !values.len().is_multiple_of(dimensions) {
        return Err(DiagnosticsError::NotRows {
            quantity,
            values: values.len(),
            dimensions,
        });
    }
    let rows = values.len() / dimensions;
    if rows < 2 {
        return Err(DiagnosticsError::TooFewRows { quantity, rows });
    }
    match values.iter().position(|value| value.is_nan() || value.abs() > limit) {
        None => Ok(()),
        Some(index) => {
            let (value, row, dimension) = (values[index], index / dimensions, index % dimensions);
            Err(match value.is_finite() {
                true => DiagnosticsError::OutOfRange {
                    quantity,
                    value,
                    limit,
                    row,
                    dimension,
                },
                false => DiagnosticsError::NotFinite {
                    quantity,
                    value,
                    row,
                    dimension,
                },
            })
        }
    }
}

/// The diagnostics of one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Diagnostics {
    /// Posteriors N that were looked at; the pairwise numbers may use fewer and say so themselves.
    pub rows: u32,
    /// Dimensions D of the latent.
    pub dimensions: u32,
    /// How much of the posterior is still the prior.
    pub collapse: Collapse,
    /// How much the latent knows about its row.
    pub information: Information,
    /// How the latents lie in space.
    pub geometry: Geometry,
    /// What the contrastive loss proves; `None` where the sample had no such loss.
    pub contrast: Option<InfoNceBound>,
}

/// All diagnostics of `sample`. What is drawn at random (rows where there are too many, noise) follows from `seed`: the same
/// seed at every epoch keeps the noise out of the comparison of epochs.
pub fn diagnose(sample: &PosteriorSample, seed: u64) -> Diagnostics {
    Diagnostics {
        rows: to_u32(sample.rows()),
        dimensions: to_u32(sample.dimensions()),
        collapse: Collapse::of(sample),
        information: Information::of(sample, seed),
        geometry: Geometry::of(sample, seed),
        contrast: sample.contrast,
    }
}

/// A count for the report.
pub(super) fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(rows: usize, dimensions: usize) -> Vec<f32> {
        (0..rows * dimensions).map(|index| (index as f32 * 0.7).sin()).collect()
    }

    fn every_number(value: &serde_json::Value, check: &mut impl FnMut(&serde_json::Value)) {
        match value {
            serde_json::Value::Array(list) => list.iter().for_each(|value| every_number(value, check)),
            serde_json::Value::Object(fields) => fields.values().for_each(|value| every_number(value, check)),
            other => check(other),
        }
    }

    #[test]
    fn a_full_report_survives_json() {
        let sample = PosteriorSample::new(3, plain(40, 3), vec![-1.0; 120])
            .unwrap()
            .with_views(plain(9, 3), plain(9, 3))
            .unwrap()
            .with_contrastive_loss(1.5, 8)
            .unwrap();
        let report = diagnose(&sample, 7);
        assert_eq!((report.rows, report.dimensions), (40, 3));
        assert_eq!(report.collapse.kl_per_dimension.len(), 3);
        assert_eq!(report.geometry.views.as_ref().map(|views| views.pairs), Some(9));
        assert_eq!(report.contrast.map(|bound| bound.bound), Some(15f64.ln() - 1.5));
        let back: Diagnostics = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        // The parser of serde_json may miss a double by its last digit.
        let (mut before, mut after) = (Vec::new(), Vec::new());
        every_number(&serde_json::to_value(&report).unwrap(), &mut |value| {
            before.push(value.as_f64().unwrap())
        });
        every_number(&serde_json::to_value(&back).unwrap(), &mut |value| {
            after.push(value.as_f64().unwrap())
        });
        assert_eq!(before.len(), after.len());
        assert!(
            before.iter().zip(&after).all(|(a, b)| (a - b).abs() <= 1e-14 * a.abs()),
            "{report:?} {back:?}"
        );
        assert_eq!(diagnose(&sample, 7), report, "the same seed gives the same numbers");
        assert_ne!(diagnose(&sample, 8).information, report.information);
    }

    #[test]
    fn the_extremes_that_are_let_in_give_finite_numbers() {
        let limit = VALUE_AT_MOST;
        let cases = [
            (1, vec![limit, -limit], vec![60.0, -60.0]),
            (2, vec![limit; 4], vec![-60.0; 4]),
            (2, vec![0.0; 6], vec![60.0; 6]),
            (3, vec![1e-30, 0.0, 0.0, 0.0, 1e-30, 0.0], vec![0.0; 6]),
            (1, vec![f32::MIN_POSITIVE / 4.0, 0.0], vec![0.0; 2]),
        ];
        for (dimensions, mean, log_variance) in cases {
            let views = mean.clone();
            let sample = PosteriorSample::new(dimensions, mean.clone(), log_variance).unwrap();
            let sample = sample.with_views(views.clone(), views).unwrap();
            let json = serde_json::to_value(diagnose(&sample, 1)).unwrap();
            let mut numbers = 0;
            // JSON has no infinity: serde_json writes `null`, which only the optional fields may be.
            every_number(&json["collapse"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}");
                numbers += 1;
            });
            every_number(&json["information"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}")
            });
            every_number(&json["geometry"]["means"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}")
            });
            every_number(&json["geometry"]["covariance"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}")
            });
            assert!(numbers >= 6);
            serde_json::from_value::<Diagnostics>(json).unwrap();
        }
    }

    #[test]
    fn what_cannot_be_diagnosed_is_named() {
        let new = PosteriorSample::new;
        assert_eq!(new(0, vec![], vec![]), Err(DiagnosticsError::NoDimensions));
        for rows in [0, 1] {
            let error = new(2, vec![0.0; 2 * rows], vec![0.0; 2 * rows]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "Diagnostics need at least two rows of the posterior mean, and there are {rows}; take more \
                     users or positions."
                )
            );
        }
        assert!(matches!(
            new(2, vec![0.0; 5], vec![0.0; 5]),
            Err(DiagnosticsError::NotRows {
                values: 5,
                dimensions: 2,
                ..
            })
        ));
        assert!(matches!(
            new(2, vec![0.0; 4], vec![0.0; 6]),
            Err(DiagnosticsError::Unequal {
                values: 6,
                expected: 4,
                ..
            })
        ));
        assert_eq!(
            new(2, vec![0.0, 1.0, 0.0, f32::INFINITY], vec![0.0; 4]),
            Err(DiagnosticsError::NotFinite {
                quantity: "posterior mean",
                value: f32::INFINITY,
                row: 1,
                dimension: 1
            })
        );
        let nan = new(2, vec![0.0; 4], vec![0.0, 0.0, f32::NAN, 0.0]).unwrap_err();
        assert_eq!(
            nan.to_string(),
            "The posterior log-variance is NaN in row 1, dimension 0; the training has diverged, so lower the learning rate."
        );
        assert!(matches!(
            new(1, vec![0.0; 2], vec![0.0, -61.0]),
            Err(DiagnosticsError::OutOfRange {
                quantity: "posterior log-variance",
                row: 1,
                ..
            })
        ));
        assert!(matches!(
            new(1, vec![2e10, 0.0], vec![0.0; 2]),
            Err(DiagnosticsError::OutOfRange {
                quantity: "posterior mean",
                row: 0,
                ..
            })
        ));
    }

    #[test]
    fn views_and_losses_are_checked_too() {
        let sample = PosteriorSample::new(2, vec![0.0; 4], vec![0.0; 4]).unwrap();
        let views = |first: Vec<f32>, second: Vec<f32>| sample.clone().with_views(first, second);
        assert!(matches!(
            views(vec![1.0; 2], vec![1.0; 2]),
            Err(DiagnosticsError::TooFewRows {
                quantity: "first view",
                rows: 1
            })
        ));
        assert!(matches!(
            views(vec![1.0; 4], vec![1.0; 6]),
            Err(DiagnosticsError::Unequal {
                quantity: "second view",
                ..
            })
        ));
        assert!(matches!(
            views(vec![1.0; 4], vec![1.0, 1.0, f32::NAN, 1.0]),
            Err(DiagnosticsError::NotFinite {
                quantity: "second view",
                row: 1,
                dimension: 0,
                ..
            })
        ));
        for (loss, sequences) in [(f64::NAN, 4), (f64::INFINITY, 4), (1.0, 0)] {
            let error = sample.clone().with_contrastive_loss(loss, sequences).unwrap_err();
            assert!(matches!(error, DiagnosticsError::ContrastiveLoss { .. }), "{error}");
        }
    }
}
