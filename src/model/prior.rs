//! Priors, of which there are three kinds.
//!
//! In: a batch and the embeddings of its tokens. Out: [`PriorOf`], the prior at each position as the objective takes it. Sources: the composite prior
//! is that of RecVAE (Shenbin et al., WSDM 2020, section 3.2); the adaptive one carries the constrained adaptive prior of BiVAE
//! (Truong, Salah and Lauw, WSDM 2021), a learned linear map of features, over to sequences: the feature is the mean of the items so far.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Linear;
use crate::batch::Batch;

/// Kinds of priors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prior {
    /// N(0, I), the same for everybody.
    Standard,
    /// A mixture, in each dimension, of N(0, 1), a wide Gaussian and the posterior of the same history by an earlier copy of the encoder.
    Composite,
    /// N(m, I), where m is a learned linear map of the mean embedding of the items up to the position.
    Adaptive,
}

/// The prior at each of M tokens, view 1 above view 2.
#[derive(Clone, Debug)]
pub enum PriorOf {
    /// N(0, I).
    Standard,
    /// The composite prior.
    Composite(Box<CompositePrior>),
    /// N(mean, I).
    Adaptive {
        /// `[M, hidden]`.
        mean: Tensor<2>,
    },
}

/// The part of the composite prior that differs from token to token. There is no closed form of the KL to it, so that draws from the
/// posteriors come with it.
#[derive(Clone, Debug)]
pub struct CompositePrior {
    /// Means by the earlier copy of the encoder, `[M, hidden]`, without gradients.
    pub mean: Tensor<2>,
    /// Its log-variances, `[M, hidden]`, without gradients.
    pub log_variance: Tensor<2>,
    /// One draw from each posterior, `[M, hidden]`.
    pub draws: Tensor<2>,
}

/// Means of the adaptive prior at each of N tokens, `[N, hidden]`, from the embeddings of the tokens.
///
/// The mean embedding of what the token sees of its own sequence, itself included, so nothing of what is to be predicted. It is
/// a feature that is given: no gradient goes through it to the item table, only to the linear map.
pub(super) fn adaptive_means(head: &Linear, items: Tensor<2>, batch: &Batch) -> Tensor<2> {
    let in_training = items.is_autodiff();
    let items = items.inner();
    let [tokens, hidden] = items.dims();
    let averages = batch.visible.averages(&items.device());
    let means = averages
        .matmul(items.reshape([batch.rows, batch.length, hidden]))
        .reshape([tokens, hidden]);
    head.forward(if in_training { Tensor::from_inner(means) } else { means })
}
