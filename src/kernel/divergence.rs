//! The divergence of diagonal Gaussians from the standard normal distribution.
//!
//! In: means and log-variances `[M, d]` and a weight `[M, 1]`. Out: `[1]`, the weighted sum of
//! KL(N(mu, exp(logvar)) || N(0, I)) = -1/2 sum_d (1 + logvar - mu^2 - exp(logvar)).

use burn::tensor::Tensor;

use super::{
    numbers::{Exponential, sum},
    on_host,
    operation::{Forward, Operation, apply, primitive, values},
};
use crate::device::CpuTensor;

/// The weighted sum of divergences, in nats.
pub fn kl_to_standard_normal(mu: Tensor<2>, logvar: Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
    if on_host(&mu) {
        let [_, size] = mu.dims();
        let weight = primitive(weight);
        return apply(Divergence { size, weight }, [mu, logvar]).reshape([1]);
    }
    #[cfg(feature = "gpu")]
    if super::on_gpu(&mu) {
        return super::gpu::divergence(mu, logvar, weight);
    }
    let each = logvar.clone().add_scalar(1.0) - mu.clone() * mu - logvar.exp();
    (each.sum_dim(1) * weight).sum().mul_scalar(-0.5)
}

#[derive(Clone, Debug)]
struct Divergence {
    size: usize,
    weight: CpuTensor,
}

impl Operation<2> for Divergence {
    type Saved = ();

    fn forward(&self, [mu, logvar]: [&[f32]; 2], _tracked: bool) -> Forward<()> {
        let exp = Exponential::load();
        let mut total = 0.0f64;
        let mut terms = vec![0.0f32; self.size];
        for ((mu, logvar), weight) in mu
            .chunks_exact(self.size)
            .zip(logvar.chunks_exact(self.size))
            .zip(values(&self.weight))
        {
            // Not skipped where the weight is 0, so that a value that is no number shows itself.
            for ((term, mu), logvar) in terms.iter_mut().zip(mu).zip(logvar) {
                *term = 1.0 + logvar - mu * mu - exp.of(*logvar);
            }
            total += f64::from(weight * sum(&terms));
        }
        Forward {
            values: vec![(-0.5 * total) as f32],
            shape: [1, 1],
            saved: (),
        }
    }

    fn backward(self, [mu, logvar]: [&[f32]; 2], _: (), gradient: &[f32], _wanted: [bool; 2]) -> [Vec<f32>; 2] {
        let exp = Exponential::load();
        let (mut of_mu, mut of_logvar) = (vec![0.0; mu.len()], vec![0.0; mu.len()]);
        let inputs = mu.chunks_exact(self.size).zip(logvar.chunks_exact(self.size));
        let results = of_mu.chunks_exact_mut(self.size).zip(of_logvar.chunks_exact_mut(self.size));
        for (((mu, logvar), (of_mu, of_logvar)), weight) in inputs.zip(results).zip(values(&self.weight)) {
            let factor = weight * gradient[0];
            for ((mu, logvar), (of_mu, of_logvar)) in mu.iter().zip(logvar).zip(of_mu.iter_mut().zip(of_logvar)) {
                *of_mu = factor * mu;
                *of_logvar = 0.5 * factor * (exp.of(*logvar) - 1.0);
            }
        }
        [of_mu, of_logvar]
    }
}
