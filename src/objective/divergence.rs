//! The divergence of a view's posterior from the prior, with free bits.
//!
//! In: posterior parameters of one view. Out: the KL itself, and what of it is minimised.

use burn::tensor::Tensor;

/// KL to N(0, I) of one view, and that with free bits: sum_d max(lambda, KL_d), where KL_d is the mean over the positions that count
/// (Kingma et al., Improved variational inference with inverse autoregressive flow, 2016, equation 15). A dimension
/// that carries less than `free_bits` nats is left alone, so that the prior cannot empty it.
///
/// `mu` and `logvar` are `[N, d]`, `weight` `[N, 1]` sums to 1.
pub fn kl_with_free_bits(mu: Tensor<2>, logvar: Tensor<2>, weight: Tensor<2>, free_bits: f64) -> (Tensor<1>, Tensor<1>) {
    let each = logvar.clone().add_scalar(1.0) - mu.clone() * mu - logvar.exp();
    let of_dimension = (each * weight).sum_dim(0).mul_scalar(-0.5);
    (of_dimension.clone().sum(), of_dimension.clamp_min(free_bits).sum())
}
