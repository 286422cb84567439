//! Hyperparameters that decide which parameters a network has, and how many.
//!
//! In: sizes and kinds. Out: a [`Shape`], from which the network is built and its size is known beforehand.

use serde::Deserialize;

use super::{Differences, Head, Prior};

/// How the second view comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Augmentation {
    /// One view only: an attentive variational autoencoder.
    None,
    /// Model augmentation: a second pass with fresh dropout, and dropout on its standard deviation.
    Model,
    /// Variational augmentation: the second view's standard deviation is scaled by a learned factor alpha in (0, 1).
    Variational,
    /// Data augmentation: the second view sees the ids of the batch's second view.
    Data,
    /// Data augmentation and the learned factor together.
    VariationalData,
}

impl Augmentation {
    /// Number of views, 1 or 2.
    pub fn views(self) -> usize {
        1 + usize::from(self != Self::None)
    }

    /// Whether there is a learned factor alpha.
    pub fn learns_alpha(self) -> bool {
        matches!(self, Self::Variational | Self::VariationalData)
    }

    /// Whether the second view has ids of its own.
    pub fn changes_ids(self) -> bool {
        matches!(self, Self::Data | Self::VariationalData)
    }
}

/// Where the logarithm of the posterior's variance comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogVariance {
    /// Nowhere: the latents are the means, and nothing is drawn.
    None,
    /// The raw output of a stack of its own, a layer norm's (official code).
    Stack,
    /// A linear map of the output of a stack of its own.
    Linear,
    /// A linear map of the means; there is no second stack.
    SharedLinear,
}

impl LogVariance {
    /// Whether there is a second encoder stack.
    pub fn has_stack(self) -> bool {
        matches!(self, Self::Stack | Self::Linear)
    }

    /// Whether there is a linear map.
    pub fn has_head(self) -> bool {
        matches!(self, Self::Linear | Self::SharedLinear)
    }
}

/// Hyperparameters that decide the shapes of the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of items; the table has two rows more, one for padding and one for the mask token.
    pub items: usize,
    /// Width of embeddings and latents.
    pub hidden: usize,
    /// Blocks in each stack.
    pub layers: usize,
    /// Attention heads; a divisor of `hidden`.
    pub heads: usize,
    /// Positions in the window.
    pub length: usize,
    /// How the second view comes about; the variational ones have a parameter of their own.
    pub augmentation: Augmentation,
    /// Where the log-variance comes from, which decides whether there is a second encoder stack.
    pub log_variance: LogVariance,
    /// Prior of the posteriors; the adaptive one has parameters of its own.
    pub prior: Prior,
    /// Scores of the items; a cosine has a parameter of its own.
    pub head: Head,
    /// Lags of the differences beside attention, whose gate has parameters in each block.
    pub differences: Differences,
}

impl Shape {
    /// Number of trained values, without building the network.
    pub fn parameter_count(&self) -> usize {
        let square = self.hidden * self.hidden;
        let block = 12 * square + 13 * self.hidden + self.differences.parameter_count(self.hidden);
        (self.items + 2 + self.length) * self.hidden
            + (2 + usize::from(self.log_variance.has_stack())) * self.layers * block
            + 2 * self.hidden
            + (usize::from(self.log_variance.has_head()) + usize::from(self.prior == Prior::Adaptive)) * (square + self.hidden)
            + usize::from(self.augmentation.learns_alpha())
            + usize::from(self.head == Head::CosineSimilarity)
    }
}
