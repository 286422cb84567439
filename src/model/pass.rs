//! What one pass through the network needs besides the batch: dropout rates and random numbers.
//!
//! In: rates and a [`Noise`]. Out: dropped-out tensors. A pass without noise is an evaluation: dropout is off.

use burn::tensor::Tensor;

use crate::batch::Noise;

/// One pass, in training or in evaluation.
pub struct Pass<'a> {
    noise: Option<&'a mut dyn Noise>,
    hidden_dropout: f64,
    attention_dropout: f64,
}

impl<'a> Pass<'a> {
    /// A training pass with these dropout rates, each at least 0 and below 1.
    pub fn training(noise: &'a mut dyn Noise, hidden_dropout: f64, attention_dropout: f64) -> Self {
        Self {
            noise: Some(noise),
            hidden_dropout,
            attention_dropout,
        }
    }

    /// A pass without dropout and without sampling.
    pub fn evaluation() -> Self {
        Self {
            noise: None,
            hidden_dropout: 0.0,
            attention_dropout: 0.0,
        }
    }

    /// Whether this is a training pass.
    pub fn is_training(&self) -> bool {
        self.noise.is_some()
    }

    /// Dropout at `rate` (inverted, so that the expectation stays).
    pub fn dropout<const D: usize>(&mut self, value: Tensor<D>, rate: f64) -> Tensor<D> {
        let Some(noise) = self.noise.as_mut().filter(|_| rate > 0.0) else {
            return value;
        };
        let shape = value.dims();
        let columns = shape[D - 1];
        let rows = shape.iter().product::<usize>() / columns.max(1);
        let device = value.device().inner();
        let mask = noise.keep_mask([rows, columns], rate, &device).reshape(shape);
        value * Tensor::from_inner(mask)
    }

    /// Dropout at the rate of hidden layers.
    pub fn hidden_dropout(&mut self, value: Tensor<2>) -> Tensor<2> {
        self.dropout(value, self.hidden_dropout)
    }

    /// Dropout at the rate of attention probabilities.
    pub fn attention_dropout(&mut self, value: Tensor<4>) -> Tensor<4> {
        self.dropout(value, self.attention_dropout)
    }

    /// Standard normal noise like `value`, or nothing in an evaluation.
    pub fn normal_like(&mut self, value: &Tensor<2>) -> Option<Tensor<2>> {
        let device = value.device().inner();
        self.noise
            .as_mut()
            .map(|noise| Tensor::from_inner(noise.normal(value.dims(), &device)))
    }
}
