//! Layer norm, alone and behind a residual with dropout: LN(x) and LN(x + keep * branch).
//!
//! In: rows `[tokens, size]`, for the residual a branch of the same shape and its dropout mask, and the norm's weight and bias
//! `[1, size]`. Out: `[tokens, size]`. The variance is the biased one, with [`LAYER_NORM_EPSILON`] inside the square root.

use std::{mem::MaybeUninit, ops::Range};

use burn::tensor::Tensor;

use super::{
    numbers::{add_rows, dot, sum},
    on_host,
    operation::{Forward, Operation, apply, primitive, values},
};
use crate::{
    device::CpuTensor,
    parallel::{PerPiece, Rows, added, for_each_piece, piece_rows, unwritten, written},
};

/// Added to the variance inside the square root of layer norm (official code).
const LAYER_NORM_EPSILON: f64 = 1e-12;

/// Layer norm of each row of `input`.
pub fn layer_norm(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    if on_host(&input) {
        let [_, size] = input.dims();
        return apply(Norm { size }, [input, weight, bias]);
    }
    let centred = input.clone() - input.mean_dim(1);
    let variance = (centred.clone() * centred.clone()).mean_dim(1);
    let scale = variance.add_scalar(LAYER_NORM_EPSILON).sqrt().recip();
    centred * scale * weight + bias
}

/// Layer norm of each row of `input + keep * branch`; without `keep` nothing is dropped.
pub fn residual_norm(
    input: Tensor<2>,
    branch: Tensor<2>,
    keep: Option<Tensor<2>>,
    weight: Tensor<2>,
    bias: Tensor<2>,
) -> Tensor<2> {
    if on_host(&input) {
        let [_, size] = input.dims();
        let keep = keep.map(primitive);
        return apply(ResidualNorm { size, keep }, [input, branch, weight, bias]);
    }
    let branch = match keep {
        Some(keep) => branch * keep.autodiff(),
        None => branch,
    };
    layer_norm(input + branch, weight, bias)
}

/// The rows before weight and bias, and what each was divided by (as its reciprocal).
#[derive(Clone, Debug)]
struct Normalised {
    rows: Vec<f32>,
    scales: Vec<f32>,
}

/// Rows of a piece of work on rows of `size` values.
fn piece(tokens: usize, size: usize) -> usize {
    piece_rows(tokens, size as f64)
}

/// Normalises rows of `size` values that `fill` writes, given where they begin, and gives the result of the norm.
fn forward(
    tokens: usize,
    size: usize,
    [weight, bias]: [&[f32]; 2],
    fill: impl Fn(usize, &mut [MaybeUninit<f32>]) + Sync,
) -> Forward<Normalised> {
    let (mut rows, mut results, mut scales) = (unwritten(tokens * size), unwritten(tokens * size), unwritten(tokens));
    let target = (
        Rows::new(&mut rows, size),
        Rows::new(&mut results, size),
        scales.as_mut_slice(),
    );
    for_each_piece(tokens, piece(tokens, size), target, |range, (rows, results, scales)| {
        let rows = rows.into_values();
        fill(range.start * size, rows);
        // SAFETY: `fill` writes all of it.
        let rows = unsafe { rows.assume_init_mut() };
        let each = rows
            .chunks_exact_mut(size)
            .zip(results.into_values().chunks_exact_mut(size))
            .zip(scales);
        for ((row, result), to_scale) in each {
            let mean = sum(row) / size as f32;
            for value in row.iter_mut() {
                *value -= mean;
            }
            let variance = dot(row, row) / size as f32;
            let scale = 1.0 / (variance + LAYER_NORM_EPSILON as f32).sqrt();
            for (((value, result), weight), bias) in row.iter_mut().zip(result).zip(weight).zip(bias) {
                *value *= scale;
                result.write(*value * weight + bias);
            }
            to_scale.write(scale);
        }
    });
    // SAFETY: each piece writes its rows of all three, and the pieces are all rows.
    let (rows, results, scales) = unsafe { (written(rows), written(results), written(scales)) };
    Forward {
        values: results,
        shape: [tokens, size],
        saved: Normalised { rows, scales },
    }
}

/// Gradients of the sum under the norm, of the branch where there is one, of the weight and of the bias.
fn backward(size: usize, weight: &[f32], saved: &Normalised, gradient: &[f32], branch: Branch) -> [Vec<f32>; 4] {
    let tokens = saved.scales.len();
    let piece = piece(tokens, size);
    let branch_size = if branch.is_wanted() { size } else { 0 };
    let (mut of_rows, mut of_branch) = (unwritten(tokens * size), unwritten(tokens * branch_size));
    // Gradients of weight and bias, one behind the other.
    let mut parts = vec![Vec::new(); tokens.div_ceil(piece)];
    let target = (
        Rows::new(&mut of_rows, size),
        Rows::new(&mut of_branch, branch_size),
        PerPiece::new(&mut parts, piece),
    );
    for_each_piece(tokens, piece, target, |range, (of_rows, of_branch, part)| {
        let here = range.start * size..range.end * size;
        let gradient = &gradient[here.clone()];
        let mut sums = vec![0.0; 2 * size];
        let (of_weight, of_bias) = sums.split_at_mut(size);
        let of_rows = of_rows.into_values();
        let each = of_rows
            .chunks_exact_mut(size)
            .zip(gradient.chunks_exact(size))
            .zip(saved.rows[here.clone()].chunks_exact(size).zip(&saved.scales[range]));
        for ((of_row, gradient), (normalised, &scale)) in each {
            for (((value, gradient), weight), (normalised, of_weight)) in of_row
                .iter_mut()
                .zip(gradient)
                .zip(weight)
                .zip(normalised.iter().zip(&mut *of_weight))
            {
                value.write(gradient * weight);
                *of_weight += gradient * normalised;
            }
            // SAFETY: the loop above writes the whole row.
            let of_row = unsafe { of_row.assume_init_mut() };
            let mean = sum(of_row) / size as f32;
            let slope = dot(of_row, normalised) / size as f32;
            for (value, normalised) in of_row.iter_mut().zip(normalised) {
                *value = (*value - mean - normalised * slope) * scale;
            }
        }
        add_rows(of_bias, gradient);
        *part.into_value() = sums;
        // SAFETY: the rows of this piece are written.
        branch.write(here, of_branch.into_values(), unsafe { of_rows.assume_init_ref() });
    });
    // SAFETY: each piece writes its rows of both, and the pieces are all rows.
    let (of_rows, of_branch) = unsafe { (written(of_rows), written(of_branch)) };
    let mut of_weight = added(parts, 2 * size);
    let of_bias = of_weight.split_off(size);
    [of_rows, of_branch, of_weight, of_bias]
}

/// The branch that is added to the rows under a norm.
#[derive(Clone, Copy)]
enum Branch<'a> {
    /// None, or its gradient is not wanted.
    Unwanted,
    /// With what dropout multiplies it by.
    Dropped(&'a [f32]),
    /// As it is.
    Whole,
}

impl Branch<'_> {
    fn is_wanted(self) -> bool {
        !matches!(self, Self::Unwanted)
    }

    /// Writes the branch's gradient at the values `here`, given that of the rows.
    fn write(self, here: Range<usize>, target: &mut [MaybeUninit<f32>], of_rows: &[f32]) {
        match self {
            Self::Unwanted => {}
            Self::Dropped(keep) => {
                for ((target, value), keep) in target.iter_mut().zip(of_rows).zip(&keep[here]) {
                    target.write(value * keep);
                }
            }
            Self::Whole => {
                for (target, value) in target.iter_mut().zip(of_rows) {
                    target.write(*value);
                }
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Norm {
    size: usize,
}

impl Operation<3> for Norm {
    type Saved = Normalised;

    fn forward(&self, [input, weight, bias]: [&[f32]; 3], _tracked: bool) -> Forward<Normalised> {
        forward(input.len() / self.size, self.size, [weight, bias], |start, rows| {
            for (row, input) in rows.iter_mut().zip(&input[start..]) {
                row.write(*input);
            }
        })
    }

    fn backward(self, [_, weight, _]: [&[f32]; 3], saved: Normalised, gradient: &[f32], _wanted: [bool; 3]) -> [Vec<f32>; 3] {
        let [of_rows, _, of_weight, of_bias] = backward(self.size, weight, &saved, gradient, Branch::Unwanted);
        [of_rows, of_weight, of_bias]
    }
}

#[derive(Clone, Debug)]
struct ResidualNorm {
    size: usize,
    keep: Option<CpuTensor>,
}

impl Operation<4> for ResidualNorm {
    type Saved = Normalised;

    fn forward(&self, [input, branch, weight, bias]: [&[f32]; 4], _tracked: bool) -> Forward<Normalised> {
        let keep = self.keep.as_ref().map(values);
        forward(input.len() / self.size, self.size, [weight, bias], |start, rows| {
            let each = rows.iter_mut().zip(&input[start..]).zip(&branch[start..]);
            match keep {
                Some(keep) => {
                    for (((row, input), branch), keep) in each.zip(&keep[start..]) {
                        row.write(input + branch * keep);
                    }
                }
                None => {
                    for ((row, input), branch) in each {
                        row.write(input + branch);
                    }
                }
            }
        })
    }

    fn backward(
        self,
        [_, _, weight, _]: [&[f32]; 4],
        saved: Normalised,
        gradient: &[f32],
        [_, of_branch, _, _]: [bool; 4],
    ) -> [Vec<f32>; 4] {
        let branch = match &self.keep {
            _ if !of_branch => Branch::Unwanted,
            Some(keep) => Branch::Dropped(values(keep)),
            None => Branch::Whole,
        };
        backward(self.size, weight, &saved, gradient, branch)
    }
}
