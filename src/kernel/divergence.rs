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
use crate::{
    device::CpuTensor,
    parallel::{Rows, for_each_piece, map_pieces, piece_rows, unwritten, written},
};

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

impl Divergence {
    /// Rows of a piece of work.
    fn piece(&self) -> usize {
        piece_rows(values(&self.weight).len(), self.size as f64)
    }
}

impl Operation<2> for Divergence {
    type Saved = ();

    fn forward(&self, [mu, logvar]: [&[f32]; 2], _tracked: bool) -> Forward<()> {
        let (weights, size) = (values(&self.weight), self.size);
        let totals = map_pieces(weights.len(), self.piece(), |rows| {
            let exp = Exponential::load();
            let mut total = 0.0f64;
            let mut terms = vec![0.0f32; size];
            let here = rows.start * size..rows.end * size;
            for ((mu, logvar), weight) in mu[here.clone()]
                .chunks_exact(size)
                .zip(logvar[here].chunks_exact(size))
                .zip(&weights[rows])
            {
                // Not skipped where the weight is 0, so that a value that is no number shows itself.
                for ((term, mu), logvar) in terms.iter_mut().zip(mu).zip(logvar) {
                    *term = 1.0 + logvar - mu * mu - exp.of(*logvar);
                }
                total += f64::from(weight * sum(&terms));
            }
            total
        });
        Forward {
            values: vec![(-0.5 * totals.into_iter().sum::<f64>()) as f32],
            shape: [1, 1],
            saved: (),
        }
    }

    fn backward(self, [mu, logvar]: [&[f32]; 2], _: (), gradient: &[f32], _wanted: [bool; 2]) -> [Vec<f32>; 2] {
        let (weights, size) = (values(&self.weight), self.size);
        let (mut of_mu, mut of_logvar) = (unwritten(mu.len()), unwritten(mu.len()));
        let target = (Rows::new(&mut of_mu, size), Rows::new(&mut of_logvar, size));
        for_each_piece(weights.len(), self.piece(), target, |rows, (of_mu, of_logvar)| {
            let exp = Exponential::load();
            let here = rows.start * size..rows.end * size;
            let inputs = mu[here.clone()].chunks_exact(size).zip(logvar[here].chunks_exact(size));
            let results = of_mu
                .into_values()
                .chunks_exact_mut(size)
                .zip(of_logvar.into_values().chunks_exact_mut(size));
            for (((mu, logvar), (of_mu, of_logvar)), weight) in inputs.zip(results).zip(&weights[rows]) {
                let factor = weight * gradient[0];
                for ((mu, logvar), (of_mu, of_logvar)) in mu.iter().zip(logvar).zip(of_mu.iter_mut().zip(of_logvar)) {
                    of_mu.write(factor * mu);
                    of_logvar.write(0.5 * factor * (exp.of(*logvar) - 1.0));
                }
            }
        });
        // SAFETY: each piece writes its rows of both, and the pieces are all rows.
        unsafe { [written(of_mu), written(of_logvar)] }
    }
}
