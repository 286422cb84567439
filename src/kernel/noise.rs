//! The random numbers of a training step: dropout masks and the noise of the reparameterisation.
//!
//! In: a seed for the step. Out: tensors. A step's numbers follow from (seed of the run, number of the step) alone, so a run
//! that is resumed draws what it would have drawn. On the CPU they come from the host's generator, which is far cheaper than
//! burn's (16 random bits a dropout decision) and the same natively and on wasm; on a GPU from the device, which saves the upload.

use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution as _, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::draw::Draw;
use crate::device::{self, Compute, Kind};

/// Source of random tensors.
pub trait Noise {
    /// Standard normal numbers, `[rows, columns]`.
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2>;
    /// Inverted dropout: `1 / (1 - rate)` with probability `1 - rate`, else 0. `rate` is in (0, 1).
    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2>;
    /// Place where an operation on `device` draws the same for itself, a new one at each call; `None` if numbers come as tensors only.
    fn draw(&mut self, _rate: f64, _device: &Device) -> Option<Draw> {
        None
    }
    /// Whether [`Noise::draw`] is `Some`.
    fn can_draw(&self, _device: &Device) -> bool {
        false
    }
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

/// Numbers drawn on the device itself, by operations for themselves where they can: a number follows from the seed, from how many draws
/// there were before, and from its place. The seed is the only thing that is uploaded.
pub struct DeviceNoise {
    seed: u64,
    uploaded: Option<Tensor<1, Int>>,
    sites: u32,
}

impl DeviceNoise {
    /// Numbers that follow from `seed`; on a CPU from its device's generator, which is seeded with it.
    pub fn new(seed: u64, device: &Device) -> Self {
        if device::is_cpu(device) {
            device.seed(seed);
        }
        Self {
            seed,
            uploaded: None,
            sites: 0,
        }
    }
}

impl Noise for DeviceNoise {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        #[cfg(feature = "gpu")]
        if let Some(draw) = self.draw(0.0, device) {
            return super::gpu::normal(shape, draw);
        }
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2> {
        #[cfg(feature = "gpu")]
        if let Some(draw) = self.draw(rate, device) {
            return super::gpu::keep_mask(shape, draw);
        }
        Tensor::random(shape, Distribution::Bernoulli(1.0 - rate), device).mul_scalar(1.0 / (1.0 - rate))
    }

    fn draw(&mut self, rate: f64, device: &Device) -> Option<Draw> {
        if !self.can_draw(device) {
            return None;
        }
        let seed = self.seed;
        let uploaded = self.uploaded.get_or_insert_with(|| {
            let halves = vec![seed as u32 as i32, (seed >> 32) as u32 as i32];
            Tensor::from_data(TensorData::new(halves, [2]), device)
        });
        let site = self.sites;
        self.sites += 1;
        Some(Draw {
            seed: uploaded.clone(),
            site,
            rate,
        })
    }

    fn can_draw(&self, device: &Device) -> bool {
        cfg!(feature = "gpu") && !device::is_cpu(device)
    }
}

/// The numbers that operations on a GPU draw for themselves ([`DeviceNoise`]), drawn on the host: the CPU's side of a comparison of both.
/// Masks are the same, normal numbers up to the rounding of logarithm and cosine. It counts its draws as a GPU does, so both sides must draw
/// in the same order; masks of attention weights have other shapes on both and cannot be compared.
pub struct TwinNoise {
    seed: [u32; 2],
    sites: u32,
}

/// Steps from one 24-bit number to the next between 0 and 1.
const STEP: f32 = 1.0 / 16_777_216.0;

impl TwinNoise {
    /// The twin of the [`DeviceNoise`] with this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed: [seed as u32, (seed >> 32) as u32],
            sites: 0,
        }
    }

    /// The hash of each position of the next site; `hashed` of `gpu/shaders/common.wgsl`.
    fn hashes(&mut self, count: usize) -> impl Iterator<Item = [u32; 3]> + use<> {
        let ([low, high], site) = (self.seed, self.sites);
        self.sites += 1;
        (0..count as u32).map(move |position| {
            let start = [low ^ site.wrapping_mul(0x9e37_79b9), high.wrapping_add(site), position];
            let [x, y, z] = mixed(start.map(|word| word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)));
            mixed([x, y, z].map(|word| word ^ (word >> 16)))
        })
    }
}

fn mixed([mut x, mut y, mut z]: [u32; 3]) -> [u32; 3] {
    x = x.wrapping_add(y.wrapping_mul(z));
    y = y.wrapping_add(z.wrapping_mul(x));
    z = z.wrapping_add(x.wrapping_mul(y));
    [x, y, z]
}

impl Noise for TwinNoise {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        let normal = |[x, y, _]: [u32; 3]| {
            let radius = (-2.0 * (((x >> 8) + 1) as f32 * STEP).ln()).sqrt();
            radius * (std::f32::consts::TAU * (y >> 8) as f32 * STEP).cos()
        };
        let values: Vec<f32> = self.hashes(shape[0] * shape[1]).map(normal).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2> {
        let rate = rate as f32;
        let kept = |[x, ..]: [u32; 3]| match (x >> 8) as f32 * STEP >= rate {
            true => 1.0 / (1.0 - rate),
            false => 0.0,
        };
        let values: Vec<f32> = self.hashes(shape[0] * shape[1]).map(kept).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }
}

/// Source of random tensors that follow from `seed`: the host's generator for the CPU, the device's own for a GPU.
pub fn noise_for(compute: &Compute, seed: u64) -> Box<dyn Noise> {
    match compute.kind() {
        Kind::Cpu => Box::new(HostNoise::new(seed)),
        Kind::Gpu => Box::new(DeviceNoise::new(seed, compute.device())),
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
        let twin = &mut TwinNoise::new(1);
        for noise in [
            &mut HostNoise::new(1) as &mut dyn Noise,
            &mut DeviceNoise::new(1, &device),
            twin,
        ] {
            for rate in [0.3, 0.3, 0.6] {
                let mask = mask(noise, [200, 101], rate);
                let dropped = mask.iter().filter(|&&value| value == 0.0).count() as f64 / mask.len() as f64;
                assert!((dropped - rate).abs() < 0.015, "{dropped}");
                let mean = mask.iter().sum::<f32>() / mask.len() as f32;
                assert!((mean - 1.0).abs() < 0.03, "{mean}");
            }
        }
    }
}
