//! Cross-entropy over catalogues of any size: all items in pieces, or a sample of them.
//!
//! In: decoder outputs `[M, d]`, embedding rows of the targets `[M]` and weights `[M, 1]` that average over positions. Out: tensors of one
//! element, in nats, whose gradients are exact.

use burn::tensor::{Int, Tensor};

use super::terms::cross_entropy;
use crate::{batch::Candidates, model::ContrastVae};

/// Scores that are held at once (32 MiB of floats). Beyond it all items are gone through in pieces.
const SCORES_AT_ONCE: usize = 8 << 20;

/// Whether the scores of all items for `outputs` are held at once.
pub(super) fn at_once(model: &ContrastVae, outputs: &Tensor<2>) -> bool {
    outputs.dims()[0] * model.shape().items <= SCORES_AT_ONCE
}

/// Cross-entropy over all items, in pieces where tokens times items would take too much memory.
pub fn full_softmax(model: &ContrastVae, outputs: Tensor<2>, targets: Tensor<1, Int>, weight: Tensor<2>) -> Tensor<1> {
    let items = model.shape().items;
    if at_once(model, &outputs) {
        cross_entropy(model, outputs, targets, weight)
    } else {
        cross_entropy_in_pieces(model, outputs, targets, weight, (SCORES_AT_ONCE / items).max(1))
    }
}

/// [`cross_entropy`], `tokens_at_once` tokens at a time, with the same value and gradient.
///
/// Left to automatic differentiation, every piece would keep its scores until the backward pass. So the gradient of the normaliser
/// sum_t w_t ln sum_i exp(o_t . e_i) is worked out beside its value, piece by piece: w p E for the outputs and (w p)^T O for the
/// table, with p the softmax. What enters the objective is the linear function that has this value and this gradient here.
pub fn cross_entropy_in_pieces(
    model: &ContrastVae,
    outputs: Tensor<2>,
    targets: Tensor<1, Int>,
    weight: Tensor<2>,
    tokens_at_once: usize,
) -> Tensor<1> {
    let table = model.items();
    let (fixed_outputs, fixed_table) = (outputs.clone().inner(), table.clone().inner());
    let fixed_weight = weight.clone().inner();
    let (tokens, step) = (outputs.dims()[0], tokens_at_once.max(1));
    let mut value = fixed_weight.clone().sum().zeros_like();
    let mut table_gradient = fixed_table.zeros_like();
    let mut output_gradients = Vec::with_capacity(tokens.div_ceil(step));
    for first in (0..tokens).step_by(step) {
        let count = step.min(tokens - first);
        let some = fixed_outputs.clone().narrow(0, first, count);
        let weight = fixed_weight.clone().narrow(0, first, count);
        let scores = some.clone().matmul(fixed_table.clone().transpose());
        let shift = scores.clone().max_dim(1);
        let shares = (scores - shift.clone()).exp();
        let sum = shares.clone().sum_dim(1);
        value = value + ((sum.clone().log() + shift) * weight.clone()).sum();
        let weighted = shares * (weight / sum);
        table_gradient = table_gradient + weighted.clone().transpose().matmul(some);
        output_gradients.push(weighted.matmul(fixed_table.clone()));
    }
    let output_gradient = Tensor::cat(output_gradients, 0);
    let linear =
        (outputs.clone() * Tensor::from_inner(output_gradient)).sum() + (table * Tensor::from_inner(table_gradient)).sum();
    let normaliser = linear.clone() - Tensor::from_inner(linear.inner()) + Tensor::from_inner(value);
    let target_scores = (outputs * model.embed(targets)).sum_dim(1);
    normaliser - (target_scores * weight).sum()
}

/// Cross-entropy with the normaliser estimated from a sample: -o . e_t + ln( exp(o . e_t) + sum_k exp(o . e_k - ln E_k) ), where E_k is
/// the expected number of item k among the K drawn, and a draw that is the target itself is left out.
///
/// The sum is unbiased for the normaliser without the target, so that value and gradient tend to those of [`full_softmax`] as K
/// grows, and are equal to them where every item comes once with E = 1. Source: importance sampling of Bengio and Senécal, Adaptive
/// importance sampling to accelerate training of a neural probabilistic language model (2008); the correction by the
/// logarithm of the sampling probability as in Yi et al., Sampling-bias-corrected neural modeling (RecSys 2019). All positions
/// share the K items, which makes their scores one product of matrices.
pub fn sampled_softmax(
    model: &ContrastVae,
    outputs: Tensor<2>,
    targets: Tensor<1, Int>,
    candidates: &Candidates,
    weight: Tensor<2>,
) -> Tensor<1> {
    let (tokens, count) = (outputs.dims()[0], candidates.ids.dims()[0]);
    // One lookup for both, so that its backward pass runs once.
    let rows = model.embed(Tensor::cat(vec![targets.clone(), candidates.ids.clone()], 0));
    let target_scores = (outputs.clone() * rows.clone().narrow(0, 0, tokens)).sum_dim(1);
    let sampled = rows.narrow(0, tokens, count);
    let scores = outputs.matmul(sampled.transpose()) - Tensor::from_inner(candidates.log_expected.clone());
    let hits = targets
        .reshape([tokens, 1])
        .expand([tokens, count])
        .equal(candidates.ids.clone().reshape([1, count]).expand([tokens, count]));
    let all = Tensor::cat(vec![target_scores.clone(), scores.mask_fill(hits, -1e9)], 1);
    // The shift changes nothing in the value, so no gradient need flow through it.
    let shift = Tensor::from_inner(all.clone().inner().max_dim(1));
    let normaliser = (all - shift.clone()).exp().sum_dim(1).log() + shift;
    ((normaliser - target_scores) * weight).sum()
}
