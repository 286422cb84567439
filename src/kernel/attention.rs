//! Scaled dot-product attention among the positions that see each other, with dropout on its weights.
//!
//! In: queries, keys and values side by side, `[tokens, 3 * hidden]`, each cut into heads; [`Visible`]; and a dropout mask. Out: the
//! mixed values, `[tokens, hidden]`. A GPU multiplies whole rows with a mask; the loop visits only pairs that see each other: a
//! packed row of 50 positions with users of seven has 50 * 50 scores, of which 4 in 50 count.
//!
//! Dropout masks differ in shape for that reason: [`attention_weights`] tells what each way needs.

use burn::tensor::{Tensor, activation};

use super::{
    numbers::{Exponential, add_scaled, dot, maximum, sum},
    on_host,
    operation::{Forward, Operation, apply, primitive, values},
};
use crate::{batch::Visible, device::CpuTensor};

/// Shape of the dropout mask for attention of `heads` heads on tensors like `input`. On the host: one number for each view,
/// position, head and visible position, in this order. Otherwise one for each view, row, head, position and position.
pub fn attention_weights(input: &Tensor<2>, visible: &Visible, heads: usize) -> [usize; 2] {
    if on_host(input) {
        [visible.views() * visible.pairs(), heads]
    } else {
        [visible.views() * visible.rows() * heads * visible.length(), visible.length()]
    }
}

/// softmax(q k^T / sqrt(width)) v for each head of width `hidden / heads`, over the positions that `visible` allows; `keep`, of the
/// shape of [`attention_weights`], multiplies the weights.
pub fn attention(mixed: Tensor<2>, visible: &Visible, heads: usize, keep: Option<Tensor<2>>) -> Tensor<2> {
    let [tokens, columns] = mixed.dims();
    let hidden = columns / 3;
    let width = hidden / heads;
    let scale = 1.0 / (width as f64).sqrt();
    if on_host(&mixed) {
        let operation = Attention {
            visible: visible.clone(),
            heads,
            hidden,
            scale: scale as f32,
            keep: keep.map(primitive),
        };
        return apply(operation, [mixed]);
    }
    let (rows, length) = (visible.views() * visible.rows(), visible.length());
    let part = |index: usize| {
        mixed
            .clone()
            .narrow(1, index * hidden, hidden)
            .reshape([rows, length, heads, width])
            .swap_dims(1, 2)
    };
    // Scaling the query instead of the scores touches `length / width` times fewer numbers.
    let scores = part(0).mul_scalar(scale).matmul(part(1).swap_dims(2, 3));
    let scores = scores + visible.mask(&mixed.device().inner()).autodiff();
    let weights = activation::softmax(scores, 3);
    let weights = match keep {
        Some(keep) => weights * keep.reshape([rows, heads, length, length]).autodiff(),
        None => weights,
    };
    weights.matmul(part(2)).swap_dims(1, 2).reshape([tokens, hidden])
}

#[derive(Clone, Debug)]
struct Attention {
    visible: Visible,
    heads: usize,
    hidden: usize,
    scale: f32,
    keep: Option<CpuTensor>,
}

/// One position and head.
struct Query {
    /// Where its query starts among the inputs.
    query: usize,
    /// Where the key of the first position that it sees starts; a value starts `hidden` later.
    key: usize,
    /// Where its output starts.
    output: usize,
    /// Its weights.
    weights: std::ops::Range<usize>,
}

impl Attention {
    /// Calls `visit` for each view, position and head.
    fn each(&self, mut visit: impl FnMut(Query)) {
        let width = self.hidden / self.heads;
        let stride = 3 * self.hidden;
        let tokens = self.visible.rows() * self.visible.length();
        let mut taken = 0;
        for view in 0..self.visible.views() {
            for (token, span) in self.visible.spans().iter().enumerate() {
                let count = (span.end - span.start) as usize;
                for head in 0..self.heads {
                    visit(Query {
                        query: (view * tokens + token) * stride + head * width,
                        key: (view * tokens + span.start as usize) * stride + self.hidden + head * width,
                        output: (view * tokens + token) * self.hidden + head * width,
                        weights: taken..taken + count,
                    });
                    taken += count;
                }
            }
        }
    }
}

impl Operation<1> for Attention {
    /// The weights before dropout, in the order of [`Attention::each`].
    type Saved = Vec<f32>;

    fn forward(&self, [mixed]: [&[f32]; 1], _tracked: bool) -> Forward<Vec<f32>> {
        let width = self.hidden / self.heads;
        let stride = 3 * self.hidden;
        let tokens = mixed.len() / stride;
        let mut weights = vec![0.0f32; self.visible.views() * self.visible.pairs() * self.heads];
        let mut outputs = vec![0.0f32; tokens * self.hidden];
        let keep = self.keep.as_ref().map(values);
        self.each(|at| {
            let query = &mixed[at.query..at.query + width];
            let scores = &mut weights[at.weights.clone()];
            for (position, score) in scores.iter_mut().enumerate() {
                let key = at.key + position * stride;
                *score = dot(query, &mixed[key..key + width]) * self.scale;
            }
            let largest = maximum(scores);
            for score in scores.iter_mut() {
                *score -= largest;
            }
        });
        // All at once: most positions see few others, and a loop over few costs most where it begins and ends.
        let exp = Exponential::load();
        for score in &mut weights {
            *score = exp.of(*score);
        }
        self.each(|at| {
            let scores = &mut weights[at.weights.clone()];
            let share = 1.0 / sum(scores);
            let output = &mut outputs[at.output..at.output + width];
            for (position, score) in scores.iter_mut().enumerate() {
                *score *= share;
                let weight = *score * keep.map_or(1.0, |keep| keep[at.weights.start + position]);
                let value = at.key + self.hidden + position * stride;
                add_scaled(output, weight, &mixed[value..value + width]);
            }
        });
        Forward {
            values: outputs,
            shape: [tokens, self.hidden],
            saved: weights,
        }
    }

    fn backward(self, [mixed]: [&[f32]; 1], saved: Vec<f32>, gradient: &[f32], _wanted: [bool; 1]) -> [Vec<f32>; 1] {
        let width = self.hidden / self.heads;
        let stride = 3 * self.hidden;
        let mut result = vec![0.0f32; mixed.len()];
        let mut of_weights = Vec::new();
        let keep = self.keep.as_ref().map(values);
        self.each(|at| {
            let gradient = &gradient[at.output..at.output + width];
            let weights = &saved[at.weights.clone()];
            of_weights.clear();
            for (position, weight) in weights.iter().enumerate() {
                let value = at.key + self.hidden + position * stride;
                let keep = keep.map_or(1.0, |keep| keep[at.weights.start + position]);
                of_weights.push(dot(gradient, &mixed[value..value + width]) * keep);
                add_scaled(&mut result[value..value + width], weight * keep, gradient);
            }
            let mean = dot(&of_weights, weights);
            let query = &mixed[at.query..at.query + width];
            for (position, (of_weight, weight)) in of_weights.iter().zip(weights).enumerate() {
                let of_score = weight * (of_weight - mean) * self.scale;
                let key = at.key + position * stride;
                add_scaled(&mut result[key..key + width], of_score, query);
                add_scaled(&mut result[at.query..at.query + width], of_score, &mixed[key..key + width]);
            }
        });
        [result]
    }
}
