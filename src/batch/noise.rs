//! The random numbers of a training step: dropout masks and the noise of the reparameterisation.
//!
//! In: a seed for the step. Out: tensors. A step's numbers follow from (seed of the run, number of the step) alone, so a run
//! that is resumed draws what it would have drawn. On the CPU they come from the host's generator, which is far cheaper than
//! burn's (16 random bits a dropout decision) and the same natively and on wasm; on a GPU from the device, which saves the upload.

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution as _, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A source of random tensors.
pub trait Noise {
    /// Standard normal numbers, `[rows, columns]`.
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2>;
    /// Inverted dropout: `1 / (1 - rate)` with probability `1 - rate`, else 0. `rate` is in (0, 1).
    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2>;
}

/// Numbers drawn on the host.
pub struct HostNoise {
    rng: Xoshiro256PlusPlus,
}

impl HostNoise {
    /// A source whose numbers follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }
}

impl Noise for HostNoise {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..shape[0] * shape[1])
            .map(|_| StandardNormal.sample(&mut self.rng))
            .collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2> {
        let count = shape[0] * shape[1];
        let keep = (1.0 / (1.0 - rate)) as f32;
        // A decision takes 16 bits: the rate is exact to 1/65536, and one 64-bit draw serves four elements.
        let threshold = (rate * 65536.0).round() as u64;
        let mut values = Vec::with_capacity(count + 3);
        while values.len() < count {
            let bits = self.rng.next_u64();
            for shift in [0, 16, 32, 48] {
                values.push(if (bits >> shift) & 0xffff < threshold { 0.0 } else { keep });
            }
        }
        values.truncate(count);
        Tensor::from_data(TensorData::new(values, shape), device)
    }
}

/// Numbers drawn on the device itself.
pub struct DeviceNoise;

impl DeviceNoise {
    /// Seeds the device's generator; the numbers depend on the device as well as on `seed`.
    pub fn new(seed: u64, device: &Device) -> Self {
        device.seed(seed);
        Self
    }
}

impl Noise for DeviceNoise {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2> {
        Tensor::<2>::random(shape, Distribution::Bernoulli(1.0 - rate), device).mul_scalar(1.0 / (1.0 - rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropout_keeps_the_mean_and_the_rate() {
        let mask = HostNoise::new(1)
            .keep_mask([200, 100], 0.3, &Device::flex())
            .into_data()
            .try_to_vec::<f32>()
            .unwrap();
        let dropped = mask.iter().filter(|&&value| value == 0.0).count() as f64 / mask.len() as f64;
        assert!((dropped - 0.3).abs() < 0.015, "{dropped}");
        let mean = mask.iter().sum::<f32>() / mask.len() as f32;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
    }
}
