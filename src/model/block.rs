//! The attention block that all three stacks of ContrastVAE are made of (official code, `modules.py`).
//!
//! In: hidden states `[tokens, hidden]` and an additive mask `[rows, 1, length, length]`. Out: hidden states of the same shape.
//! Post-norm: a = LN(x + Dropout(W_o MHA(x))), y = LN(a + Dropout(W_2 gelu(W_1 a))), exact gelu, inner width 4 * hidden.

use burn::tensor::{Tensor, activation};

use super::{Pass, initialise::Initialise};
use crate::device::gelu;

/// Added to the variance inside the square root of layer norm (official code).
const LAYER_NORM_EPSILON: f64 = 1e-12;

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

    /// Applies the map to `[tokens, inputs]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        input.matmul(self.weight.clone()) + self.bias.clone()
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit(&format!("{prefix}.weight"), &mut self.weight);
        visit(&format!("{prefix}.bias"), &mut self.bias);
    }
}

/// Layer norm over the last dimension with the biased variance.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl LayerNorm {
    pub(super) fn new(size: usize, initialise: &mut Initialise) -> Self {
        Self {
            weight: initialise.constant(size, 1.0),
            bias: initialise.constant(size, 0.0),
        }
    }

    /// Normalises each row of `[tokens, size]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        let centred = input.clone() - input.mean_dim(1);
        let variance = (centred.clone() * centred.clone()).mean_dim(1);
        let scale = variance.add_scalar(LAYER_NORM_EPSILON).sqrt().recip();
        centred * scale * self.weight.clone() + self.bias.clone()
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit(&format!("{prefix}.weight"), &mut self.weight);
        visit(&format!("{prefix}.bias"), &mut self.bias);
    }
}

/// One block: attention and a two-layer network, each with a residual and a layer norm behind it.
#[derive(Clone, Debug)]
pub struct Block {
    heads: usize,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    norm: LayerNorm,
}

impl Block {
    pub(super) fn new(hidden: usize, heads: usize, initialise: &mut Initialise) -> Self {
        Self {
            heads,
            query: Linear::new(hidden, hidden, initialise),
            key: Linear::new(hidden, hidden, initialise),
            value: Linear::new(hidden, hidden, initialise),
            output: Linear::new(hidden, hidden, initialise),
            attention_norm: LayerNorm::new(hidden, initialise),
            inner: Linear::new(hidden, 4 * hidden, initialise),
            outer: Linear::new(4 * hidden, hidden, initialise),
            norm: LayerNorm::new(hidden, initialise),
        }
    }

    /// One pass over `[rows * length, hidden]`.
    pub fn forward(&self, input: Tensor<2>, mask: &Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        let [tokens, hidden] = input.dims();
        let [rows, _, length, _] = mask.dims();
        let width = hidden / self.heads;
        let split = |x: Tensor<2>| x.reshape([rows, length, self.heads, width]).swap_dims(1, 2);
        // Scaling the query instead of the scores touches `length / width` times fewer numbers.
        let query = split(self.query.forward(input.clone()).mul_scalar(1.0 / (width as f64).sqrt()));
        let key = split(self.key.forward(input.clone()));
        let value = split(self.value.forward(input.clone()));
        let scores = query.matmul(key.swap_dims(2, 3)) + mask.clone();
        let probabilities = pass.attention_dropout(activation::softmax(scores, 3));
        let mixed = probabilities.matmul(value).swap_dims(1, 2).reshape([tokens, hidden]);
        let attended = self
            .attention_norm
            .forward(input + pass.hidden_dropout(self.output.forward(mixed)));
        let inner = gelu(self.inner.forward(attended.clone()));
        self.norm.forward(attended + pass.hidden_dropout(self.outer.forward(inner)))
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.query.visit_mut(&format!("{prefix}.attention.query"), visit);
        self.key.visit_mut(&format!("{prefix}.attention.key"), visit);
        self.value.visit_mut(&format!("{prefix}.attention.value"), visit);
        self.output.visit_mut(&format!("{prefix}.attention.dense"), visit);
        self.attention_norm.visit_mut(&format!("{prefix}.attention.LayerNorm"), visit);
        self.inner.visit_mut(&format!("{prefix}.intermediate.dense_1"), visit);
        self.outer.visit_mut(&format!("{prefix}.intermediate.dense_2"), visit);
        self.norm.visit_mut(&format!("{prefix}.intermediate.LayerNorm"), visit);
    }
}
