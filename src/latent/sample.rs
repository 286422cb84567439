//! Input of the diagnostics: posteriors, and latents of two views, checked once.
//!
//! In: row-major matrices. Out: a [`PosteriorSample`], whose values every diagnostic can take as they are, or one sentence.

use super::{contrast::InfoNceBound, error::DiagnosticsError};

/// Means and view latents may be this large in size. Far above anything a network gives, and low enough that the squared
/// rounding error of a value, in units of the least standard deviation, is still a finite float.
pub(super) const VALUE_AT_MOST: f32 = 1e10;
/// Log-variances may be this large in size: standard deviations from e^-30 to e^30.
const LOG_VARIANCE_AT_MOST: f32 = 60.0;

/// Posteriors to diagnose and, if there are two views, latents of both. Values are checked when it is made, so that no diagnostic
/// need check them again.
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

    /// Bound from the contrastive loss, if the sample has one.
    pub fn contrast(&self) -> Option<InfoNceBound> {
        self.contrast
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

/// A count for the report.
pub(super) fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

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
