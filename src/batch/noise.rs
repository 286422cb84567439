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
        let threshold = (rate * 65536.0).round() as u16;
        let mut values = vec![0.0; count];
        for four in values.chunks_mut(4) {
            let bits = self.rng.next_u64();
            for (value, shift) in four.iter_mut().zip([0, 16, 32, 48]) {
                // A product instead of a branch that no processor can foresee.
                *value = f32::from((bits >> shift) as u16 >= threshold) * keep;
            }
        }
        Tensor::from_data(TensorData::new(values, shape), device)
    }
}

/// Masks drawn at once are this many times as large as the one that was asked for; those that follow come out of the rest.
const MASKS_AT_ONCE: usize = 8;
/// But not larger than this: 16 MiB.
const LARGEST_DRAW: usize = 4 << 20;
/// Elements that a GPU's memory is addressed by (256 bytes): from such a place on a part of a tensor is no copy.
pub(crate) const ALIGNMENT: usize = 64;

/// Numbers drawn on the device itself. Each draw costs a launch, so dropout masks of one rate are cut from a common one.
pub struct DeviceNoise {
    /// The rate, the draw, and how much of it is used.
    masks: Option<(f64, Tensor<1>, usize)>,
}

impl DeviceNoise {
    /// Seeds the device's generator; the numbers depend on the device as well as on `seed`.
    pub fn new(seed: u64, device: &Device) -> Self {
        device.seed(seed);
        Self { masks: None }
    }
}

impl Noise for DeviceNoise {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2> {
        let count = shape[0] * shape[1];
        let fits = |&(of, ref draw, used): &(f64, Tensor<1>, usize)| of == rate && used + count <= draw.dims()[0];
        let (_, draw, used) = self.masks.take().filter(fits).unwrap_or_else(|| {
            let size = count
                .max((MASKS_AT_ONCE * count).min(LARGEST_DRAW))
                .next_multiple_of(ALIGNMENT);
            let draw = Tensor::<1>::random([size], Distribution::Bernoulli(1.0 - rate), device);
            (rate, draw.mul_scalar(1.0 / (1.0 - rate)), 0)
        });
        let mask = draw.clone().narrow(0, used, count).reshape(shape);
        self.masks = Some((rate, draw, (used + count).next_multiple_of(ALIGNMENT)));
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(noise: &mut dyn Noise, shape: [usize; 2], rate: f64) -> Vec<f32> {
        let mask = noise.keep_mask(shape, rate, &Device::flex());
        assert_eq!(mask.dims(), shape);
        mask.into_data().try_to_vec::<f32>().unwrap()
    }

    #[test]
    fn dropout_keeps_the_mean_and_the_rate() {
        let device = Device::flex();
        for noise in [&mut HostNoise::new(1) as &mut dyn Noise, &mut DeviceNoise::new(1, &device)] {
            for rate in [0.3, 0.3, 0.6] {
                let mask = mask(noise, [200, 101], rate);
                let dropped = mask.iter().filter(|&&value| value == 0.0).count() as f64 / mask.len() as f64;
                assert!((dropped - rate).abs() < 0.015, "{dropped}");
                let mean = mask.iter().sum::<f32>() / mask.len() as f32;
                assert!((mean - 1.0).abs() < 0.03, "{mean}");
            }
        }
    }

    #[test]
    fn masks_of_one_draw_are_different_and_of_any_size() {
        let mut noise = DeviceNoise::new(1, &Device::flex());
        let first = mask(&mut noise, [9, 11], 0.5);
        // More than what is left of the first draw, and then out of the second.
        let others: Vec<Vec<f32>> = [[9, 11], [90, 11], [90, 11]]
            .map(|shape| mask(&mut noise, shape, 0.5))
            .to_vec();
        assert_ne!(first, others[0]);
        assert_ne!(others[1], others[2]);
    }
}
