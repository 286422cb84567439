//! Scaled dot-product attention among the positions that see each other, with dropout on its weights.
//!
//! In: queries, keys and values side by side, `[tokens, 3 * hidden]`, each cut into heads; [`Visible`]; and a dropout mask. Out: the
//! mixed values, `[tokens, hidden]`. A GPU multiplies whole rows with a mask; the loop visits only pairs that see each other: a
//! packed row of 50 positions with users of seven has 50 * 50 scores, of which 4 in 50 count.
//!
//! Dropout masks differ in shape for that reason: [`attention_weights`] tells what each way needs.

use std::ops::Range;

use burn::tensor::{Tensor, activation};

use super::{
    numbers::{Exponential, add_scaled, dot, maximum, sum},
    on_host,
    operation::{Forward, Operation, apply, primitive, values},
};
use crate::{
    batch::Visible,
    device::CpuTensor,
    parallel::{Ragged, Rows, for_each_piece, piece_rows},
};

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
    weights: Range<usize>,
}

impl Attention {
    /// Rows of all views: nobody sees beyond its row, so that each is work of its own.
    fn rows(&self) -> usize {
        self.visible.views() * self.visible.rows()
    }

    /// Rows of a piece of work.
    fn piece(&self) -> usize {
        let pairs = self.visible.pairs() as f64 / self.visible.rows().max(1) as f64;
        // Two sums of products for each pair and head, at about four numbers a nanosecond.
        piece_rows(self.rows(), (pairs + self.visible.length() as f64) * self.hidden as f64 / 2.0)
    }

    /// Where the weights of each row of all views begin, and where the last ones end.
    fn starts(&self) -> Vec<usize> {
        let spans = self.visible.spans().chunks(self.visible.length());
        let counts: Vec<usize> = spans.map(|spans| spans.iter().map(ExactSizeIterator::len).sum()).collect();
        let mut starts = vec![0];
        let mut end = 0;
        for _ in 0..self.visible.views() {
            for count in &counts {
                end += count * self.heads;
                starts.push(end);
            }
        }
        starts
    }

    /// Calls `visit` for each position and head of these rows, with places that are counted from the first of them.
    fn each(&self, rows: Range<usize>, mut visit: impl FnMut(Query)) {
        let width = self.hidden / self.heads;
        let stride = 3 * self.hidden;
        let length = self.visible.length();
        let mut taken = 0;
        for (index, row) in rows.enumerate() {
            let first = row % self.visible.rows() * length;
            for (position, span) in self.visible.spans()[first..first + length].iter().enumerate() {
                let count = (span.end - span.start) as usize;
                let token = index * length + position;
                let seen = index * length + span.start as usize - first;
                for head in 0..self.heads {
                    visit(Query {
                        query: token * stride + head * width,
                        key: seen * stride + self.hidden + head * width,
                        output: token * self.hidden + head * width,
                        weights: taken..taken + count,
                    });
                    taken += count;
                }
            }
        }
    }

    /// The values of these rows among those of all tokens, of which each has `size`.
    fn of_rows<'a>(&self, values: &'a [f32], rows: &Range<usize>, size: usize) -> &'a [f32] {
        let row = self.visible.length() * size;
        &values[rows.start * row..rows.end * row]
    }

    /// Weights and outputs of these rows.
    fn forward_rows(&self, mixed: &[f32], keep: Option<&[f32]>, rows: Range<usize>, weights: &mut [f32], outputs: &mut [f32]) {
        let width = self.hidden / self.heads;
        let stride = 3 * self.hidden;
        self.each(rows.clone(), |at| {
            let query = &mixed[at.query..at.query + width];
            let scores = &mut weights[at.weights];
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
        for score in weights.iter_mut() {
            *score = exp.of(*score);
        }
        self.each(rows, |at| {
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
    }

    /// Gradient of the inputs of these rows.
    fn backward_rows(
        &self,
        [mixed, gradient, weights]: [&[f32]; 3],
        keep: Option<&[f32]>,
        rows: Range<usize>,
        result: &mut [f32],
    ) {
        let width = self.hidden / self.heads;
        let stride = 3 * self.hidden;
        let mut of_weights = Vec::new();
        self.each(rows, |at| {
            let gradient = &gradient[at.output..at.output + width];
            let weights = &weights[at.weights.clone()];
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
    }
}

impl Operation<1> for Attention {
    /// The weights before dropout, in the order of [`Attention::each`].
    type Saved = Vec<f32>;

    fn forward(&self, [mixed]: [&[f32]; 1], _tracked: bool) -> Forward<Vec<f32>> {
        let stride = 3 * self.hidden;
        let tokens = mixed.len() / stride;
        let starts = self.starts();
        let mut weights = vec![0.0f32; self.visible.views() * self.visible.pairs() * self.heads];
        let mut outputs = vec![0.0f32; tokens * self.hidden];
        let keep = self.keep.as_ref().map(values);
        let target = (
            Ragged::new(&mut weights, &starts),
            Rows::new(&mut outputs, self.visible.length() * self.hidden),
        );
        for_each_piece(self.rows(), self.piece(), target, |rows, (weights, outputs)| {
            let keep = keep.map(|keep| &keep[starts[rows.start]..starts[rows.end]]);
            let mixed = self.of_rows(mixed, &rows, stride);
            self.forward_rows(mixed, keep, rows, weights.into_values(), outputs.into_values());
        });
        Forward {
            values: outputs,
            shape: [tokens, self.hidden],
            saved: weights,
        }
    }

    fn backward(self, [mixed]: [&[f32]; 1], saved: Vec<f32>, gradient: &[f32], _wanted: [bool; 1]) -> [Vec<f32>; 1] {
        let stride = 3 * self.hidden;
        let starts = self.starts();
        let mut result = vec![0.0f32; mixed.len()];
        let keep = self.keep.as_ref().map(values);
        let target = Rows::new(&mut result, self.visible.length() * stride);
        for_each_piece(self.rows(), self.piece(), target, |rows, result| {
            let pairs = starts[rows.start]..starts[rows.end];
            let keep = keep.map(|keep| &keep[pairs.clone()]);
            let mixed = self.of_rows(mixed, &rows, stride);
            let gradient = self.of_rows(gradient, &rows, self.hidden);
            self.backward_rows([mixed, gradient, &saved[pairs]], keep, rows, result.into_values());
        });
        [result]
    }
}
