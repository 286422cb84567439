//! Inputs of a pass through the network besides the batch: dropout rates and random numbers.
//!
//! In: rates and a [`Noise`]. Out: dropped-out tensors. A pass without noise is an evaluation: dropout is off.

use burn::tensor::{Device, Tensor};

use crate::kernel::{Draw, Noise};

/// Noise along the drift of a second view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftNoise {
    /// Share of positions that get noise, 0 to 1.
    pub share: f64,
    /// Part of its direction that is random, 0 to 1; the rest is the drift's.
    pub random: f64,
}

/// One pass, in training or in evaluation.
pub struct Pass<'a> {
    noise: Option<&'a mut dyn Noise>,
    hidden_dropout: f64,
    attention_dropout: f64,
    embedding_dropout: f64,
    output_masks: usize,
    drift_noise: Option<DriftNoise>,
}

impl<'a> Pass<'a> {
    /// A training pass with these dropout rates, each at least 0 and below 1.
    pub fn training(noise: &'a mut dyn Noise, hidden_dropout: f64, attention_dropout: f64) -> Self {
        Self {
            noise: Some(noise),
            hidden_dropout,
            attention_dropout,
            embedding_dropout: 0.0,
            output_masks: 0,
            drift_noise: None,
        }
    }

    /// The same pass that averages the outputs over `masks` dropout masks at the rate of hidden layers; an evaluation has none, nor has 0.
    #[must_use]
    pub fn with_output_masks(self, masks: usize) -> Self {
        Self {
            output_masks: masks,
            ..self
        }
    }

    /// The same pass that leaves out the items of input positions at `rate`, at least 0 and below 1; an evaluation leaves out none.
    #[must_use]
    pub fn with_embedding_dropout(self, rate: f64) -> Self {
        Self {
            embedding_dropout: rate,
            ..self
        }
    }

    /// The same pass whose second view has noise along the drift of its sequences; an evaluation has none, nor has a share of 0.
    #[must_use]
    pub fn with_drift_noise(self, noise: DriftNoise) -> Self {
        Self {
            drift_noise: (noise.share > 0.0).then_some(noise),
            ..self
        }
    }

    /// A pass without dropout and without sampling.
    pub fn evaluation() -> Self {
        Self {
            noise: None,
            hidden_dropout: 0.0,
            attention_dropout: 0.0,
            embedding_dropout: 0.0,
            output_masks: 0,
            drift_noise: None,
        }
    }

    /// Noise along the drift of the second view, if there is any.
    pub(super) fn drift_noise(&self) -> Option<DriftNoise> {
        self.drift_noise
    }

    /// Dropout masks that outputs are averaged over; 0 for none.
    pub(super) fn output_masks(&self) -> usize {
        self.output_masks
    }

    /// Whether this is a training pass.
    pub fn is_training(&self) -> bool {
        self.noise.is_some()
    }

    /// Dropout at `rate` (inverted, so that the expectation stays).
    pub fn dropout<const D: usize>(&mut self, value: Tensor<D>, rate: f64) -> Tensor<D> {
        let shape = value.dims();
        let columns = shape[D - 1];
        let rows = shape.iter().product::<usize>() / columns.max(1);
        match self.keep([rows, columns], rate, &value.device()) {
            Some(keep) => value * Tensor::from_inner(keep.reshape(shape)),
            None => value,
        }
    }

    /// Dropout mask at `rate`; `None` if nothing is dropped.
    fn keep(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Option<Tensor<2>> {
        let noise = self.noise.as_mut().filter(|_| rate > 0.0)?;
        Some(noise.keep_mask(shape, rate, &device.clone().inner()))
    }

    /// Where operations of a block, or the one after the embedding, draw dropout for themselves at these rates; nothing where a rate
    /// above 0 needs masks. The inner ones are nothing where nothing is dropped.
    pub(super) fn draws<const N: usize>(&mut self, rates: [f64; N], device: &Device) -> Option<[Option<Draw>; N]> {
        let mut draws = [const { None }; N];
        let Some(noise) = self.noise.as_mut() else {
            return Some(draws);
        };
        let device = device.clone().inner();
        for (draw, rate) in draws.iter_mut().zip(rates) {
            if rate > 0.0 {
                *draw = Some(noise.draw(rate, &device)?);
            }
        }
        Some(draws)
    }

    /// Rates of dropout of attention weights and of hidden layers.
    pub(super) fn rates(&self) -> (f64, f64) {
        (self.attention_dropout, self.hidden_dropout)
    }

    /// Whether operations draw for themselves.
    pub(super) fn can_draw(&mut self, device: &Device) -> bool {
        let device = device.clone().inner();
        self.noise.as_mut().is_some_and(|noise| noise.can_draw(&device))
    }

    /// Where normal numbers are drawn; nothing in an evaluation, or where they come as tensors.
    pub(super) fn normal_draw(&mut self, device: &Device) -> Option<Draw> {
        self.noise.as_mut()?.draw(0.0, &device.clone().inner())
    }

    /// Dropout at the rate of hidden layers.
    pub fn hidden_dropout(&mut self, value: Tensor<2>) -> Tensor<2> {
        self.dropout(value, self.hidden_dropout)
    }

    /// Dropout mask of whole rows, `[rows, 1]`, at the rate of input items; `None` if nothing is dropped.
    pub(super) fn items_keep(&mut self, rows: usize, device: &Device) -> Option<Tensor<2>> {
        self.keep([rows, 1], self.embedding_dropout, device)
    }

    /// 1 at each of `rows` with the probability `share`, which is above 0, else 0, `[rows, 1]`; `None` if all are hit.
    pub(super) fn rows_hit(&mut self, rows: usize, share: f64, device: &Device) -> Option<Tensor<2>> {
        Some(self.keep([rows, 1], 1.0 - share, device)?.mul_scalar(share))
    }

    /// Dropout mask of hidden layers; `None` if nothing is dropped.
    pub fn hidden_keep(&mut self, shape: [usize; 2], device: &Device) -> Option<Tensor<2>> {
        self.keep(shape, self.hidden_dropout, device)
    }

    /// Dropout mask of attention weights; `None` if nothing is dropped.
    pub fn attention_keep(&mut self, shape: [usize; 2], device: &Device) -> Option<Tensor<2>> {
        self.keep(shape, self.attention_dropout, device)
    }

    /// Standard normal noise like `value`, or nothing in an evaluation.
    pub fn normal_like(&mut self, value: &Tensor<2>) -> Option<Tensor<2>> {
        let device = value.device().inner();
        self.noise
            .as_mut()
            .map(|noise| Tensor::from_inner(noise.normal(value.dims(), &device)))
    }
}
