//! ContrastELBO as a sum of named terms: reconstruction and KL of each view, and the contrast between the views' latents.
//!
//! In: the [`Views`] of a batch. Out: a scalar to minimise and the value of each term. Source: Wang et al., ContrastVAE (CIKM
//! 2022), equation of ContrastELBO, and the official code (`trainers.py`, `modules.py`). All terms are in nats.

mod reference;
mod terms;

use burn::tensor::Tensor;

use crate::{
    batch::Batch,
    model::{ContrastVae, Views},
};

pub use reference::{Comparison, compare_with_reference};
pub use terms::{alpha_prior, cross_entropy, kl_to_standard_normal, nt_xent, sampled_negative};

/// What the next item is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likelihood {
    /// All items.
    FullSoftmax,
    /// One sampled negative.
    SampledNegative,
}

/// Weights of the terms at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Weight of each view's KL.
    pub kl: f64,
    /// Weight of the contrastive term.
    pub contrast: f64,
    /// Temperature of NT-Xent.
    pub temperature: f64,
}

/// The objective of one batch; every tensor has one element.
pub struct ContrastElbo {
    /// What is minimised.
    pub total: Tensor<1>,
    /// Sum of the views' reconstruction losses.
    pub reconstruction: Tensor<1>,
    /// Sum of the views' KL terms, unweighted.
    pub kl: Tensor<1>,
    /// NT-Xent, unweighted; absent where there is one view.
    pub contrast: Option<Tensor<1>>,
}

impl ContrastElbo {
    /// Computes every term.
    pub fn new(model: &ContrastVae, batch: &Batch, views: &Views, likelihood: Likelihood, weights: Weights) -> Self {
        let per_view = |weight: &Tensor<2>| match views.views {
            1 => weight.clone(),
            _ => Tensor::cat(vec![weight.clone(), weight.clone()], 0),
        };
        let targets = match views.views {
            1 => batch.targets.clone(),
            _ => Tensor::cat(vec![batch.targets.clone(), batch.targets.clone()], 0),
        };
        let target_weight = per_view(&batch.target_weight);
        let reconstruction = match (likelihood, &batch.negatives) {
            (Likelihood::SampledNegative, Some(negatives)) => {
                let negatives = match views.views {
                    1 => negatives.clone(),
                    _ => Tensor::cat(vec![negatives.clone(), negatives.clone()], 0),
                };
                sampled_negative(model, views.outputs.clone(), targets, negatives, target_weight)
            }
            _ => cross_entropy(model, views.outputs.clone(), targets, target_weight),
        };
        let kl = kl_to_standard_normal(views.mu.clone(), views.logvar.clone(), per_view(&batch.kl_weight));
        let mut total = reconstruction.clone() + kl.clone().mul_scalar(weights.kl);
        let contrast = (views.views == 2).then(|| {
            let tokens = batch.rows * batch.length;
            let first = batch.pool.clone().matmul(views.latents.clone().narrow(0, 0, tokens));
            let second = batch.pool.clone().matmul(views.latents.clone().narrow(0, tokens, tokens));
            nt_xent(first, second, weights.temperature)
        });
        if let Some(contrast) = &contrast {
            total = total + contrast.clone().mul_scalar(weights.contrast);
        }
        if let Some(alpha) = &views.alpha {
            total = total + alpha_prior(alpha.clone());
        }
        Self {
            total,
            reconstruction,
            kl,
            contrast,
        }
    }

    /// The terms as one tensor, so that one read brings them all: total, reconstruction, KL, contrast (0 where absent).
    pub fn to_vector(&self) -> Tensor<1> {
        let contrast = self.contrast.clone().unwrap_or_else(|| self.total.zeros_like());
        Tensor::cat(
            vec![self.total.clone(), self.reconstruction.clone(), self.kl.clone(), contrast],
            0,
        )
        .inner()
    }
}
