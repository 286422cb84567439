//! Affine maps.
//!
//! In: rows `[tokens, inputs]`. Out: `[tokens, outputs]`.

use burn::tensor::Tensor;

use super::initialise::Initialise;
use crate::kernel::{self, Activation};

/// An affine map, `y = x W + b` with `W` of shape `[inputs, outputs]`.
#[derive(Clone, Debug)]
pub struct Linear {
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl Linear {
    pub(super) fn new(inputs: usize, outputs: usize, initialise: &mut Initialise) -> Self {
        Self {
            weight: initialise.normal(inputs, outputs),
            bias: initialise.constant(outputs, 0.0),
        }
    }

    /// With initial values as PyTorch gives them to its linear layers: weights and biases uniform within 1 / sqrt(inputs).
    pub(super) fn uniform(inputs: usize, outputs: usize, initialise: &mut Initialise) -> Self {
        let bound = 1.0 / (inputs as f32).sqrt();
        Self {
            weight: initialise.uniform(inputs, outputs, bound),
            bias: initialise.uniform(1, outputs, bound),
        }
    }

    /// Applies the map to `[tokens, inputs]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.forward_with(input, Activation::Identity)
    }

    /// Applies the map and then `activation`.
    pub(super) fn forward_with(&self, input: Tensor<2>, activation: Activation) -> Tensor<2> {
        kernel::affine(input, self.weight.clone(), self.bias.clone(), activation)
    }

    /// Several maps of one input, their outputs side by side.
    pub(super) fn forward_together(maps: [&Self; 3], input: Tensor<2>) -> Tensor<2> {
        let weight = Tensor::cat(maps.map(|map| map.weight.clone()).to_vec(), 1);
        let bias = Tensor::cat(maps.map(|map| map.bias.clone()).to_vec(), 1);
        kernel::affine(input, weight, bias, Activation::Identity)
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit(&format!("{prefix}.weight"), &mut self.weight);
        visit(&format!("{prefix}.bias"), &mut self.bias);
    }

    /// Weight and bias.
    pub(super) fn parameters(&self) -> [Tensor<2>; 2] {
        [self.weight.clone(), self.bias.clone()]
    }
}
