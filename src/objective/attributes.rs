//! The supervised term that ties latent dimensions to attributes of items, so that these directions have a meaning.
//!
//! In: posterior means and the attributes of the next items. Out: a scalar in nats. Shapes: M tokens of all views, d the hidden size, A
//! attributes, A <= d. Source: Locatello et al., Disentangling factors of variation using few labels (ICLR 2020), section 4: the supervised
//! regulariser beside a beta-VAE's loss, each dimension of the mean the logit of one factor; for recommendations to be criticised Nema,
//! Karatzoglou and Radlinski, Disentangling preference representations for recommendation critiquing with beta-VAE (CIKM 2021).

use burn::tensor::{Tensor, activation};

use super::of_views;
use crate::{batch::Batch, model::Views};

/// Cross-entropy of attributes whose logits are the first A dimensions of `mu`:
///
/// sum_t w_t sum_j -(y_tj ln s(mu_tj) + (1 - y_tj) ln(1 - s(mu_tj))), s the logistic function.
///
/// `mu` is `[M, d]`, `attributes` `[M, A]` with values from 0 to 1, `weight` `[M, 1]`. No dimension beyond A has a gradient from it.
pub fn attribute_cross_entropy(mu: Tensor<2>, attributes: Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
    let count = attributes.dims()[1];
    let logits = mu.narrow(1, 0, count);
    // -ln(1 - s(x)) is -ln s(-x), and the rest of the sum is -y x; finite for any x.
    let each = activation::log_sigmoid(logits.clone().neg()).neg() - attributes * logits;
    (each.sum_dim(1) * weight).sum()
}

/// Sum of the views' terms, each a mean over the positions with a next item; `None` if the batch has no attributes.
pub(super) fn attributes(batches: &[&Batch], views: &Views) -> Option<Tensor<1>> {
    if batches.iter().any(|batch| batch.attributes.is_none()) {
        return None;
    }
    let values = batches.iter().filter_map(|batch| batch.attributes.clone()).collect();
    let weight = of_views(batches, |batch| batch.target_weight.clone());
    Some(attribute_cross_entropy(views.mu.clone(), Tensor::cat(values, 0), weight))
}
