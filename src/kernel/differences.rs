//! Differences of each position to earlier ones of the same user, and the gated sum of several kinds of a vector.
//!
//! In: hidden states `[tokens, hidden]`, which positions see each other, and lags. Out: the states and their differences side by side; and for
//! such a row of kinds and a row of logits the sum of the kinds, weighted by the softmax of the logits. A difference never reaches over the
//! border of a user: what is not visible counts as zeros, as before the begin of a sequence.

use burn::tensor::{Device, Tensor, TensorData, activation};

use super::{
    numbers::{Exponential, add_scaled, dot, maximum, sum},
    on_host,
    operation::{Forward, Operation, apply},
};
use crate::{
    batch::Visible,
    parallel::{Rows, for_each_piece, piece_rows, unwritten, written},
};

/// The states and, for each lag d, their differences of order 1 and 2: `[tokens, (1 + 2 lags) * hidden]`, that is x_t, and for each lag in
/// turn x_(t-d) - x_t and x_(t-2d) - 2 x_(t-d) + x_t. `input` has the tokens of all views of `visible`.
pub fn differences(input: Tensor<2>, visible: &Visible, lags: &[usize]) -> Tensor<2> {
    if on_host(&input) {
        let [_, size] = input.dims();
        let operation = Differences {
            visible: visible.clone(),
            lags: lags.to_vec(),
            size,
        };
        return apply(operation, [input]);
    }
    let mut kinds = vec![input.clone()];
    for &lag in lags {
        let [once, twice] = [lag, 2 * lag].map(|lag| earlier(input.clone(), visible, lag));
        kinds.push(once.clone() - input.clone());
        kinds.push(twice - once.mul_scalar(2.0) + input.clone());
    }
    Tensor::cat(kinds, 1)
}

/// The state `lag` positions before each one, zeros if that is not the same user's.
fn earlier(input: Tensor<2>, visible: &Visible, lag: usize) -> Tensor<2> {
    let [tokens, size] = input.dims();
    if lag >= tokens {
        return input.zeros_like();
    }
    let device = input.device();
    let before = Tensor::zeros([lag, size], &device);
    let shifted = Tensor::cat(vec![before, input.narrow(0, 0, tokens - lag)], 0);
    shifted * of_same_user(visible, lag, &device)
}

/// 1 at each token that sees the one `lag` positions before it, else 0; `[tokens, 1]`.
fn of_same_user(visible: &Visible, lag: usize, device: &Device) -> Tensor<2> {
    let of_view = visible.spans().iter().enumerate();
    let of_view: Vec<f32> = of_view
        .map(|(token, span)| f32::from(u8::from(span.start as usize + lag <= token)))
        .collect();
    let all = of_view.repeat(visible.views());
    let tokens = all.len();
    Tensor::from_data(TensorData::new(all, [tokens, 1]), device)
}

#[derive(Clone, Debug)]
struct Differences {
    visible: Visible,
    lags: Vec<usize>,
    size: usize,
}

impl Differences {
    fn kinds(&self) -> usize {
        1 + 2 * self.lags.len()
    }

    /// Where the token `lag` positions before one starts among the inputs; None if it is not the same user's.
    fn before(&self, token: usize, lag: usize) -> Option<usize> {
        let spans = self.visible.spans();
        let place = token % spans.len();
        (spans[place].start as usize + lag <= place).then(|| (token - lag) * self.size)
    }

    /// The token `lag` positions after one, if it is the same user's.
    fn after(&self, token: usize, lag: usize) -> Option<usize> {
        let spans = self.visible.spans();
        let (place, later) = (token % spans.len(), token % spans.len() + lag);
        (later < spans.len() && spans[later].start as usize <= place).then_some(token + lag)
    }

    /// Tokens of a piece of work.
    fn piece(&self, tokens: usize) -> usize {
        piece_rows(tokens, (self.kinds() * self.size) as f64 / 4.0)
    }
}

impl Operation<1> for Differences {
    type Saved = ();

    fn forward(&self, [input]: [&[f32]; 1], _tracked: bool) -> Forward<()> {
        let size = self.size;
        let (tokens, width) = (input.len() / size, self.kinds() * size);
        let mut kinds = unwritten(tokens * width);
        for_each_piece(tokens, self.piece(tokens), Rows::new(&mut kinds, width), |range, rows| {
            let rows = rows.into_values();
            rows.fill(std::mem::MaybeUninit::new(0.0));
            // SAFETY: all of it was filled.
            let rows = unsafe { rows.assume_init_mut() };
            for (token, row) in range.zip(rows.chunks_exact_mut(width)) {
                let own = &input[token * size..(token + 1) * size];
                let (same, orders) = row.split_at_mut(size);
                same.copy_from_slice(own);
                for (&lag, orders) in self.lags.iter().zip(orders.chunks_exact_mut(2 * size)) {
                    let (first, second) = orders.split_at_mut(size);
                    add_scaled(first, -1.0, own);
                    add_scaled(second, 1.0, own);
                    if let Some(once) = self.before(token, lag) {
                        add_scaled(first, 1.0, &input[once..once + size]);
                        add_scaled(second, -2.0, &input[once..once + size]);
                    }
                    if let Some(twice) = self.before(token, 2 * lag) {
                        add_scaled(second, 1.0, &input[twice..twice + size]);
                    }
                }
            }
        });
        Forward {
            // SAFETY: each piece writes its rows, and the pieces are all rows.
            values: unsafe { written(kinds) },
            shape: [tokens, width],
            saved: (),
        }
    }

    fn backward(self, [input]: [&[f32]; 1], (): (), gradient: &[f32], _wanted: [bool; 1]) -> [Vec<f32>; 1] {
        let size = self.size;
        let (tokens, width) = (input.len() / size, self.kinds() * size);
        let mut result = unwritten(tokens * size);
        // Each token gathers what later ones took of it, so that no two pieces write the same row.
        for_each_piece(tokens, self.piece(tokens), Rows::new(&mut result, size), |range, rows| {
            let rows = rows.into_values();
            rows.fill(std::mem::MaybeUninit::new(0.0));
            // SAFETY: all of it was filled.
            let rows = unsafe { rows.assume_init_mut() };
            let of = |token: usize, kind: usize| {
                let start = token * width + kind * size;
                &gradient[start..start + size]
            };
            for (token, row) in range.zip(rows.chunks_exact_mut(size)) {
                row.copy_from_slice(of(token, 0));
                for (index, &lag) in self.lags.iter().enumerate() {
                    let (first, second) = (1 + 2 * index, 2 + 2 * index);
                    add_scaled(row, -1.0, of(token, first));
                    add_scaled(row, 1.0, of(token, second));
                    if let Some(later) = self.after(token, lag) {
                        add_scaled(row, 1.0, of(later, first));
                        add_scaled(row, -2.0, of(later, second));
                    }
                    if let Some(later) = self.after(token, 2 * lag) {
                        add_scaled(row, 1.0, of(later, second));
                    }
                }
            }
        });
        // SAFETY: each piece writes its rows, and the pieces are all rows.
        [unsafe { written(result) }]
    }
}

/// For each row the sum of its kinds, weighted by the softmax of its logits: `kinds` `[tokens, V * hidden]`, `logits` `[tokens, V]`; out:
/// `[tokens, hidden]`.
pub fn gated_sum(kinds: Tensor<2>, logits: Tensor<2>) -> Tensor<2> {
    let ([tokens, width], [_, count]) = (kinds.dims(), logits.dims());
    let size = width / count;
    if on_host(&kinds) {
        return apply(GatedSum { count, size }, [kinds, logits]);
    }
    let weights: Tensor<3> = activation::softmax(logits, 1).reshape([tokens, 1, count]);
    let kinds: Tensor<3> = kinds.reshape([tokens, count, size]);
    weights.matmul(kinds).reshape([tokens, size])
}

#[derive(Clone, Debug)]
struct GatedSum {
    count: usize,
    size: usize,
}

impl GatedSum {
    /// Tokens of a piece of work.
    fn piece(&self, tokens: usize) -> usize {
        piece_rows(tokens, (self.count * self.size) as f64 / 4.0)
    }

    /// Softmax of each row.
    fn weights(&self, logits: &[f32]) -> Vec<f32> {
        let exponential = Exponential::load();
        let mut weights = logits.to_vec();
        for row in weights.chunks_exact_mut(self.count) {
            let largest = maximum(row);
            for value in row.iter_mut() {
                *value = exponential.of(*value - largest);
            }
            let factor = 1.0 / sum(row);
            for value in row {
                *value *= factor;
            }
        }
        weights
    }
}

impl Operation<2> for GatedSum {
    /// Weights, `[tokens, V]`.
    type Saved = Vec<f32>;

    fn forward(&self, [kinds, logits]: [&[f32]; 2], _tracked: bool) -> Forward<Vec<f32>> {
        let (count, size) = (self.count, self.size);
        let tokens = logits.len() / count;
        let weights = self.weights(logits);
        let mut sums = unwritten(tokens * size);
        for_each_piece(tokens, self.piece(tokens), Rows::new(&mut sums, size), |range, rows| {
            let rows = rows.into_values();
            rows.fill(std::mem::MaybeUninit::new(0.0));
            // SAFETY: all of it was filled.
            let rows = unsafe { rows.assume_init_mut() };
            for (token, row) in range.zip(rows.chunks_exact_mut(size)) {
                let own = kinds[token * count * size..].chunks_exact(size);
                for (&weight, kind) in weights[token * count..(token + 1) * count].iter().zip(own) {
                    add_scaled(row, weight, kind);
                }
            }
        });
        Forward {
            // SAFETY: each piece writes its rows, and the pieces are all rows.
            values: unsafe { written(sums) },
            shape: [tokens, size],
            saved: weights,
        }
    }

    fn backward(self, [kinds, logits]: [&[f32]; 2], weights: Vec<f32>, gradient: &[f32], _wanted: [bool; 2]) -> [Vec<f32>; 2] {
        let (count, size) = (self.count, self.size);
        let tokens = logits.len() / count;
        let (mut of_kinds, mut of_logits) = (vec![0.0f32; kinds.len()], vec![0.0f32; logits.len()]);
        let target = (Rows::new(&mut of_kinds, count * size), Rows::new(&mut of_logits, count));
        for_each_piece(tokens, self.piece(tokens), target, |range, (of_kinds, of_logits)| {
            let of_kinds = of_kinds.into_values().chunks_exact_mut(count * size);
            let rows = of_kinds.zip(of_logits.into_values().chunks_exact_mut(count));
            for (token, (of_kinds, of_logits)) in range.zip(rows) {
                let gradient = &gradient[token * size..(token + 1) * size];
                let weights = &weights[token * count..(token + 1) * count];
                for (kind, of_kind) in of_kinds.chunks_exact_mut(size).enumerate() {
                    add_scaled(of_kind, weights[kind], gradient);
                    let start = (token * count + kind) * size;
                    of_logits[kind] = dot(gradient, &kinds[start..start + size]);
                }
                let mean = dot(weights, of_logits);
                for (value, weight) in of_logits.iter_mut().zip(weights) {
                    *value = weight * (*value - mean);
                }
            }
        });
        [of_kinds, of_logits]
    }
}
