//! Errors of the diagnostics: each one sentence that names the quantity and says what to do.

use thiserror::Error;

/// Reason why there are no diagnostics: one sentence that names the quantity.
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
        /// Name of the quantity.
        quantity: &'static str,
        /// Rows that there are.
        rows: usize,
    },
    /// An array that is no matrix of the width given.
    #[error("The {quantity} has {values} values, which are no whole rows of {dimensions}; pass one row after another.")]
    NotRows {
        /// Name of the quantity.
        quantity: &'static str,
        /// Its length.
        values: usize,
        /// The width of a row.
        dimensions: usize,
    },
    /// Two arrays that belong together but differ in length.
    #[error("The {quantity} has {values} values, but the {other} has {expected}; pass both for the same rows.")]
    Unequal {
        /// Name of the quantity.
        quantity: &'static str,
        /// Its length.
        values: usize,
        /// Name of the quantity that it belongs to.
        other: &'static str,
        /// The length of that.
        expected: usize,
    },
    /// NaN or infinity.
    #[error(
        "The {quantity} is {value} in row {row}, dimension {dimension}; the training has diverged, so lower the learning rate."
    )]
    NotFinite {
        /// Name of the quantity.
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
        /// Name of the quantity.
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
