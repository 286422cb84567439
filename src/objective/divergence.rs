//! The divergence of the views' posteriors from the prior: standard, composite or adaptive, with free bits, weighted by position.
//!
//! In: posterior parameters and the prior at each position. Out: the KL itself, and what of it is minimised. In nats; N tokens of one
//! view, M of all.

use burn::tensor::Tensor;

use super::{Terms, of_equal_views, of_views, terms::kl_to_standard_normal};
use crate::{
    batch::Batch,
    model::{PriorOf, Views},
};

/// Shares of the composite prior: N(0, I), the posterior of the earlier encoder, and the wide Gaussian (RecVAE, section 3.2).
const SHARES: [f64; 3] = [0.15, 0.75, 0.10];
/// Log-variance of the wide Gaussian, the same source.
const WIDE: f64 = 10.0;

/// Sum of the views' KL terms, and what of it is minimised; `None` where there is no posterior.
pub(super) fn divergence(batches: &[&Batch], views: &Views, terms: Terms) -> Option<(Tensor<1>, Tensor<1>)> {
    let logvar = views.logvar.as_ref()?;
    let plain = of_equal_views(batches, &views.mu, |batch| batch.kl_weight.clone());
    if terms.free_bits == 0.0 {
        let kl = kl_to(views, logvar, plain);
        if !terms.by_length {
            return Some((kl.clone(), kl));
        }
        let minimised = kl_to(views, logvar, of_views(batches, length_weight));
        return Some((Tensor::from_inner(kl.inner()), minimised));
    }
    // Free bits are of each view's own mean.
    batches
        .iter()
        .enumerate()
        .map(|(view, batch)| {
            let tokens = batch.rows * batch.length;
            let of = |tensor: &Tensor<2>| tensor.clone().narrow(0, view * tokens, tokens);
            let weight = batch.kl_weight.clone();
            match &views.prior {
                PriorOf::Standard => kl_with_free_bits(of(&views.mu), of(logvar), weight, terms.free_bits),
                PriorOf::Adaptive { mean } => kl_with_free_bits(of(&views.mu) - of(mean), of(logvar), weight, terms.free_bits),
                PriorOf::Composite(prior) => {
                    let old = (of(&prior.mean), of(&prior.log_variance));
                    let each = composite_log_ratio(of(&prior.draws), (of(&views.mu), of(logvar)), old);
                    with_free_bits(each, weight, terms.free_bits)
                }
            }
        })
        .reduce(|one, other| (one.0 + other.0, one.1 + other.1))
}

/// The weights that average KL over positions, times the number of items up to each position.
fn length_weight(batch: &Batch) -> Tensor<2> {
    let weight = batch.kl_weight.clone();
    let counts = batch.visible.counts(&weight.device());
    weight * counts
}

/// KL of all views' posteriors to the prior, averaged by `weight` `[M, 1]`.
fn kl_to(views: &Views, logvar: &Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
    let (mu, logvar) = (views.mu.clone(), logvar.clone());
    match &views.prior {
        PriorOf::Standard => kl_to_standard_normal(mu, logvar, weight),
        PriorOf::Adaptive { mean } => kl_to_unit_normal(mu, logvar, mean.clone(), weight),
        PriorOf::Composite(prior) => {
            let old = (prior.mean.clone(), prior.log_variance.clone());
            let each = composite_log_ratio(prior.draws.clone(), (mu, logvar), old);
            // What is the same in both views may come once.
            let [tokens, _] = each.dims();
            let [weights, _] = weight.dims();
            let of_token = each.sum_dim(1).reshape([tokens / weights, weights]);
            (of_token * weight.reshape([1, weights])).sum()
        }
    }
}

/// KL(N(mu, exp(logvar)) || N(mean, I)), which is that of N(mu - mean, exp(logvar)) to N(0, I), averaged by `weight` `[M, 1]`; all
/// others are `[M, d]`.
pub fn kl_to_unit_normal(mu: Tensor<2>, logvar: Tensor<2>, mean: Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
    kl_to_standard_normal(mu - mean, logvar, weight)
}

/// ln q(z) - ln p(z) in each dimension, `[M, d]`, where q = N(mu, exp(logvar)), z is one draw from it, and p is the composite prior
/// 3/20 N(0, 1) + 3/4 N(old mu, exp(old logvar)) + 1/10 N(0, e^10), mixed in each dimension. Its mean over draws is the KL
/// (RecVAE, `model.py`, estimates it so).
pub fn composite_log_ratio(
    draws: Tensor<2>,
    (mu, logvar): (Tensor<2>, Tensor<2>),
    (old_mu, old_logvar): (Tensor<2>, Tensor<2>),
) -> Tensor<2> {
    // The logarithm of 2 pi is the same in all densities and cancels.
    let log_density = |mu: Tensor<2>, logvar: Tensor<2>| {
        let distance = draws.clone() - mu;
        (logvar.clone() + distance.clone() * distance * logvar.neg().exp()).mul_scalar(-0.5)
    };
    let square = draws.clone() * draws.clone();
    let standard = square.clone().mul_scalar(-0.5).add_scalar(SHARES[0].ln());
    let old = log_density(old_mu, old_logvar).add_scalar(SHARES[1].ln());
    let wide = square
        .mul_scalar(-0.5 * (-WIDE).exp())
        .add_scalar(SHARES[2].ln() - 0.5 * WIDE);
    // The largest is taken out before the exponentials; it cancels, so that it needs no gradient.
    let largest = standard.clone().max_pair(old.clone()).max_pair(wide.clone()).detach();
    let shares = [standard, old, wide].map(|one| (one - largest.clone()).exp());
    let [standard, old, wide] = shares;
    let prior = (standard + old + wide).log() + largest;
    log_density(mu, logvar) - prior
}

/// KL to N(0, I) of one view, and that with free bits: sum_d max(lambda, KL_d), where KL_d is the mean over the positions that count
/// (Kingma et al., Improved variational inference with inverse autoregressive flow, 2016, equation 15). A dimension
/// that carries less than `free_bits` nats is left alone, so that the prior cannot empty it.
///
/// `mu` and `logvar` are `[N, d]`, `weight` `[N, 1]` sums to 1.
pub fn kl_with_free_bits(mu: Tensor<2>, logvar: Tensor<2>, weight: Tensor<2>, free_bits: f64) -> (Tensor<1>, Tensor<1>) {
    let each = logvar.clone().add_scalar(1.0) - mu.clone() * mu - logvar.exp();
    with_free_bits(each.mul_scalar(-0.5), weight, free_bits)
}

/// The same of the KL of each position and dimension, `[N, d]`.
fn with_free_bits(each: Tensor<2>, weight: Tensor<2>, free_bits: f64) -> (Tensor<1>, Tensor<1>) {
    let of_dimension = (each * weight).sum_dim(0);
    (of_dimension.clone().sum(), of_dimension.clamp_min(free_bits).sum())
}
