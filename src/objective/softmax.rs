//! Cross-entropy over a sample of the items.
//!
//! In: decoder outputs `[M, d]`, embedding rows of the targets `[M]` and weights `[M, 1]` that average over positions. Out: tensors of one
//! element, in nats, whose gradients are exact.

use burn::tensor::{Int, Tensor};

use crate::{batch::Candidates, model::ContrastVae};

/// Cross-entropy with the normaliser estimated from a sample: -o . e_t + ln( exp(o . e_t) + sum_k exp(o . e_k - ln E_k) ), where E_k is
/// the expected number of item k among the K drawn, and a draw that is the target itself is left out.
///
/// The sum is unbiased for the normaliser without the target, so that value and gradient tend to those of
/// [`cross_entropy`](super::cross_entropy) as K grows,
/// and are equal to them where every item comes once with E = 1. Source: importance sampling of Bengio and Senécal, Adaptive
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
    let rows = model.table_rows(Tensor::cat(vec![targets.clone(), candidates.ids.clone()], 0));
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
