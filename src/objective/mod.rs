//! ContrastELBO as a sum of named terms: reconstruction and KL of each view, the contrast between the views' latents, and the supervision of
//! latents by attributes.
//!
//! In: the [`Views`] of a batch. Out: a scalar to minimise and the value of each term. Source: Wang et al., ContrastVAE (CIKM
//! 2022), equation of ContrastELBO, and the official code (`trainers.py`, `modules.py`). All terms are in nats.

mod attributes;
mod contrast;
mod divergence;
mod reference;
mod reference_file;
mod softmax;
mod terms;

use burn::tensor::{Int, Tensor, kind::Basic};
use serde::Deserialize;

use crate::{
    batch::Batch,
    kernel,
    model::{ContrastVae, Views},
};

pub use attributes::attribute_cross_entropy;
pub use contrast::{Contrast, ContrastPosition, Positives, contrast_of_views, pairs_left_out};
pub use divergence::{composite_log_ratio, kl_to_unit_normal, kl_with_free_bits};
pub use reference::{Agreement, compare_with_reference};
pub use softmax::sampled_softmax;
pub use terms::{align_uniform, alpha_prior, cross_entropy, kl_to_standard_normal, nt_xent, sampled_negative};

/// Likelihood of the next item: the items that it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// All items.
    FullSoftmax,
    /// The batch's sampled candidates; all items where it has none.
    SampledSoftmax,
    /// One sampled negative; all items where the batch has none.
    SampledNegative,
}

/// The form of the terms and their weights at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Items that the next item is compared with.
    pub likelihood: Likelihood,
    /// Share of the target's probability that the softmax over all items gives to all items alike.
    pub label_smoothing: f64,
    /// Weight of each view's KL.
    pub kl_weight: f64,
    /// Whether that weight is for each item up to a position: a longer history is held to the prior more.
    pub by_length: bool,
    /// Nats that each latent dimension may carry before its KL counts; 0 for none.
    pub free_bits: f64,
    /// Weight of the contrastive term.
    pub contrast_weight: f64,
    /// Its form.
    pub contrast: Contrast,
    /// Positives of a sequence in the contrast.
    pub positives: Positives,
    /// Which latents enter the contrast.
    pub contrast_position: ContrastPosition,
    /// Whether sequences with the same last target are kept from being negatives of each other.
    pub mask_same_target: bool,
    /// Temperature of NT-Xent.
    pub temperature: f64,
    /// Weight of uniformity beside alignment.
    pub uniformity_weight: f64,
    /// Weight of the supervision of latents by attributes, where the batch has such.
    pub attribute_weight: f64,
}

impl Default for Terms {
    /// Reconstruction over all items alone: every weight is 0.
    fn default() -> Self {
        Self {
            likelihood: Likelihood::FullSoftmax,
            label_smoothing: 0.0,
            kl_weight: 0.0,
            by_length: false,
            free_bits: 0.0,
            contrast_weight: 0.0,
            contrast: Contrast::NtXent,
            positives: Positives::OtherView,
            contrast_position: ContrastPosition::Pooled,
            mask_same_target: false,
            temperature: 0.5,
            uniformity_weight: 1.0,
            attribute_weight: 0.0,
        }
    }
}

/// The objective of one batch; every tensor has one element.
pub struct ContrastElbo {
    /// Loss to minimise.
    pub total: Tensor<1>,
    /// Sum of the views' reconstruction losses.
    pub reconstruction: Tensor<1>,
    /// Sum of the views' KL terms, unweighted and without free bits; 0 where the network is deterministic.
    pub kl: Tensor<1>,
    /// The part of the KL that enters the loss, unweighted (with free bits or length weighting); `None` if it is the KL itself.
    pub minimised_kl: Option<Tensor<1>>,
    /// The contrastive term, unweighted; absent where there is nothing to contrast with.
    pub contrast: Option<Tensor<1>>,
    /// The prior of alpha; absent but in the variational modes.
    pub alpha_prior: Option<Tensor<1>>,
    /// The supervision by attributes, unweighted, the sum over the views; absent where the batch has no attributes.
    pub attributes: Option<Tensor<1>>,
}

impl ContrastElbo {
    /// Computes every term. The second view has the targets, weights and positions of the batch's own second view, where there is one.
    pub fn new(model: &ContrastVae, batch: &Batch, views: &Views, terms: Terms) -> Self {
        let second = batch.second.as_deref().unwrap_or(batch);
        let batches: Vec<&Batch> = [batch, second].into_iter().take(views.views).collect();
        let reconstruction = reconstruction(model, &batches, views, terms);
        let (kl, minimised) = divergence::divergence(&batches, views, terms).unwrap_or_else(|| {
            let none = reconstruction.zeros_like();
            (none.clone(), none)
        });
        let contrast = contrast::contrast(batch, views, terms);
        let attributes = attributes::attributes(&batches, views);
        let others = (contrast.clone(), attributes.clone());
        let mut total = sum(reconstruction.clone(), minimised.clone(), others, terms);
        let alpha_prior = views.alpha.clone().map(alpha_prior);
        if let Some(prior) = &alpha_prior {
            total = total + prior.clone();
        }
        let alike = terms.free_bits == 0.0 && !terms.by_length;
        Self {
            total,
            reconstruction,
            kl,
            minimised_kl: (!alike).then_some(minimised),
            contrast,
            alpha_prior,
            attributes,
        }
    }

    /// The terms as one tensor, so that one read brings them all: total, reconstruction, KL, contrast (0 where absent), `[4]`. Where
    /// what these add to the total does not follow from them and their weights, also what of the KL is minimised and the prior of
    /// alpha, `[6]`; with attributes these and their term, `[7]`.
    pub fn to_vector(&self) -> Tensor<1> {
        let none = || self.total.zeros_like();
        let contrast = self.contrast.clone().unwrap_or_else(none);
        let more = self.minimised_kl.is_some() || self.alpha_prior.is_some() || self.attributes.is_some();
        let mut terms = vec![self.total.clone(), self.reconstruction.clone(), self.kl.clone(), contrast];
        if more {
            terms.push(self.minimised_kl.clone().unwrap_or_else(|| self.kl.clone()));
            terms.push(self.alpha_prior.clone().unwrap_or_else(none));
        }
        terms.extend(self.attributes.clone());
        kernel::gathered(terms)
    }
}

/// Loss to minimise, without the prior of alpha.
fn sum(
    reconstruction: Tensor<1>,
    divergence: Tensor<1>,
    (contrast, attributes): (Option<Tensor<1>>, Option<Tensor<1>>),
    terms: Terms,
) -> Tensor<1> {
    let mut others = vec![(divergence, terms.kl_weight)];
    others.extend(contrast.map(|contrast| (contrast, terms.contrast_weight)));
    others.extend(attributes.map(|attributes| (attributes, terms.attribute_weight)));
    kernel::weighted_sum(reconstruction, others)
}

/// The views' values of something, one under the other.
fn of_views<const D: usize, K: Basic>(batches: &[&Batch], of: impl Fn(&Batch) -> Tensor<D, K>) -> Tensor<D, K> {
    Tensor::cat(batches.iter().map(|batch| of(batch)).collect(), 0)
}

/// Like [`of_views`], for operations of `outputs` that may take what is the same in all views once.
fn of_equal_views<const D: usize, K: Basic>(
    batches: &[&Batch],
    outputs: &Tensor<2>,
    of: impl Fn(&Batch) -> Tensor<D, K>,
) -> Tensor<D, K> {
    let alike = batches.iter().all(|batch| std::ptr::eq(*batch, batches[0]));
    kernel::of_views(batches.iter().map(|batch| of(batch)).collect(), alike, outputs)
}

/// Sum of the views' reconstruction losses.
fn reconstruction(model: &ContrastVae, batches: &[&Batch], views: &Views, terms: Terms) -> Tensor<1> {
    let outputs = views.outputs.clone();
    if let (Likelihood::SampledNegative, Some(negatives)) = (terms.likelihood, &batches[0].negatives) {
        let targets = of_equal_views(batches, &outputs, |batch| batch.targets.clone());
        let weight = of_equal_views(batches, &outputs, |batch| batch.target_weight.clone());
        let negatives = of_equal_views(batches, &outputs, |_| negatives.clone());
        return sampled_negative(model, outputs, targets, negatives, weight);
    }
    let sampled = match terms.likelihood {
        Likelihood::SampledSoftmax => batches[0].candidates.as_ref(),
        _ => None,
    };
    // Scores cost tokens times items, so where many tokens have no target only the others are scored.
    let targeted = targeted(batches);
    let Some(candidates) = sampled else {
        let targets = of_equal_views(batches, &outputs, |batch| batch.targets.clone());
        let weight = of_equal_views(batches, &outputs, |batch| batch.target_weight.clone());
        let items = model.shape().items;
        let smoothing = (terms.label_smoothing > 0.0).then(|| smoothing(model, batches, outputs.clone()) * terms.label_smoothing);
        let loss = kernel::cross_entropy(outputs, model.table(), items, targets, weight, targeted);
        return match smoothing {
            Some(smoothing) => loss + smoothing,
            None => loss,
        };
    };
    let targets = of_views(batches, |batch| batch.targets.clone());
    let weight = of_views(batches, |batch| batch.target_weight.clone());
    let (outputs, targets, weight) = match targeted {
        Some(tokens) => (
            outputs.select(0, tokens.clone()),
            targets.select(0, tokens.clone()),
            weight.select(0, tokens),
        ),
        None => (outputs, targets, weight),
    };
    sampled_softmax(model, outputs, targets, candidates, weight)
}

/// Addition of label smoothing by a share of 1 to the cross-entropy over all items: the weighted sum of o . (e_target - mean of all e). With a
/// share s the sum is the cross-entropy with (1 - s) on the target and s on all items alike (Szegedy et al., Rethinking the Inception
/// architecture, CVPR 2016), whose normaliser is that of the plain one.
fn smoothing(model: &ContrastVae, batches: &[&Batch], outputs: Tensor<2>) -> Tensor<1> {
    let targets = of_views(batches, |batch| batch.targets.clone());
    let weight = of_views(batches, |batch| batch.target_weight.clone());
    let all = model.table().narrow(0, 1, model.shape().items);
    let apart = model.table_rows(targets) - all.mean_dim(0);
    ((outputs * apart).sum_dim(1) * weight).sum()
}

/// The tokens with a target among those of all views, where in each view many have none.
fn targeted(batches: &[&Batch]) -> Option<Tensor<1, Int>> {
    let mut tokens = Vec::with_capacity(batches.len());
    for (view, batch) in batches.iter().enumerate() {
        let offset = (view * batch.rows * batch.length) as i32;
        tokens.push(batch.targeted.clone()?.add_scalar(offset));
    }
    Some(Tensor::cat(tokens, 0))
}
