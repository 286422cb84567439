//! Initial values: N(0, 0.02^2) for tables and linear weights, 0 for biases, 1 and 0 for layer norm (official code, `models.py`); uniform
//! ones for the models of bags, whose own codes leave them to PyTorch.
//!
//! In: a seed. Out: parameters on a device. The numbers are drawn on the host, so that a seed gives the same network on every
//! device.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Draws the parameters of a network in the order in which it asks for them.
pub(super) struct Initialise<'a> {
    rng: Xoshiro256PlusPlus,
    device: &'a Device,
}

impl<'a> Initialise<'a> {
    /// Of the normal values.
    pub(super) const STANDARD_DEVIATION: f32 = 0.02;

    pub(super) fn new(seed: u64, device: &'a Device) -> Self {
        Self {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            device,
        }
    }

    pub(super) fn normal(&mut self, rows: usize, columns: usize) -> Tensor<2> {
        let values: Vec<f32> = (0..rows * columns)
            .map(|_| {
                let value: f32 = StandardNormal.sample(&mut self.rng);
                value * Self::STANDARD_DEVIATION
            })
            .collect();
        Tensor::from_data(TensorData::new(values, [rows, columns]), self.device)
    }

    pub(super) fn uniform(&mut self, rows: usize, columns: usize, bound: f32) -> Tensor<2> {
        let values: Vec<f32> = (0..rows * columns).map(|_| self.rng.random_range(-bound..bound)).collect();
        Tensor::from_data(TensorData::new(values, [rows, columns]), self.device)
    }

    pub(super) fn constant(&mut self, columns: usize, value: f32) -> Tensor<2> {
        Tensor::from_data(TensorData::new(vec![value; columns], [1, columns]), self.device)
    }
}
