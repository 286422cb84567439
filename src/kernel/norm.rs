//! Layer norm, alone and behind a residual with dropout: LN(x) and LN(x + keep * branch).
//!
//! In: rows `[tokens, size]`, for the residual a branch of the same shape and its dropout mask, and the norm's weight and bias
//! `[1, size]`. Out: `[tokens, size]`. The variance is the biased one, with [`LAYER_NORM_EPSILON`] inside the square root.

use burn::tensor::Tensor;

use super::{
    numbers::{add_rows, dot, sum},
    on_host,
    operation::{Forward, Operation, apply, primitive, values},
};
use crate::device::CpuTensor;

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

/// Normalises `rows` in place and gives the result of the norm.
fn forward(mut rows: Vec<f32>, size: usize, weight: &[f32], bias: &[f32]) -> Forward<Normalised> {
    let tokens = rows.len() / size;
    let mut results = vec![0.0; rows.len()];
    let mut scales = Vec::with_capacity(tokens);
    for (row, result) in rows.chunks_exact_mut(size).zip(results.chunks_exact_mut(size)) {
        let mean = sum(row) / size as f32;
        for value in row.iter_mut() {
            *value -= mean;
        }
        let variance = dot(row, row) / size as f32;
        let scale = 1.0 / (variance + LAYER_NORM_EPSILON as f32).sqrt();
        for (((value, result), weight), bias) in row.iter_mut().zip(result).zip(weight).zip(bias) {
            *value *= scale;
            *result = *value * weight + bias;
        }
        scales.push(scale);
    }
    Forward {
        values: results,
        shape: [tokens, size],
        saved: Normalised { rows, scales },
    }
}

/// Gradients of the sum under the norm, of the weight and of the bias.
fn backward(size: usize, weight: &[f32], saved: Normalised, gradient: &[f32]) -> [Vec<f32>; 3] {
    let mut of_rows = vec![0.0; gradient.len()];
    let (mut of_weight, mut of_bias) = (vec![0.0; size], vec![0.0; size]);
    let each = of_rows
        .chunks_exact_mut(size)
        .zip(gradient.chunks_exact(size))
        .zip(saved.rows.chunks_exact(size).zip(&saved.scales));
    for ((of_row, gradient), (normalised, &scale)) in each {
        for (((value, gradient), weight), (normalised, of_weight)) in of_row
            .iter_mut()
            .zip(gradient)
            .zip(weight)
            .zip(normalised.iter().zip(&mut of_weight))
        {
            *value = gradient * weight;
            *of_weight += gradient * normalised;
        }
        let mean = sum(of_row) / size as f32;
        let slope = dot(of_row, normalised) / size as f32;
        for (value, normalised) in of_row.iter_mut().zip(normalised) {
            *value = (*value - mean - normalised * slope) * scale;
        }
    }
    add_rows(&mut of_bias, gradient);
    [of_rows, of_weight, of_bias]
}

#[derive(Clone, Debug)]
struct Norm {
    size: usize,
}

impl Operation<3> for Norm {
    type Saved = Normalised;

    fn forward(&self, [input, weight, bias]: [&[f32]; 3], _tracked: bool) -> Forward<Normalised> {
        forward(input.to_vec(), self.size, weight, bias)
    }

    fn backward(self, [_, weight, _]: [&[f32]; 3], saved: Normalised, gradient: &[f32], _wanted: [bool; 3]) -> [Vec<f32>; 3] {
        backward(self.size, weight, saved, gradient)
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
        let rows = match &self.keep {
            Some(keep) => input
                .iter()
                .zip(branch)
                .zip(values(keep))
                .map(|((input, branch), keep)| input + branch * keep)
                .collect(),
            None => input.iter().zip(branch).map(|(input, branch)| input + branch).collect(),
        };
        forward(rows, self.size, weight, bias)
    }

    fn backward(
        self,
        [_, _, weight, _]: [&[f32]; 4],
        saved: Normalised,
        gradient: &[f32],
        [_, of_branch, _, _]: [bool; 4],
    ) -> [Vec<f32>; 4] {
        let [of_input, of_weight, of_bias] = backward(self.size, weight, saved, gradient);
        let of_branch = match &self.keep {
            _ if !of_branch => Vec::new(),
            Some(keep) => of_input.iter().zip(values(keep)).map(|(value, keep)| value * keep).collect(),
            None => of_input.clone(),
        };
        [of_input, of_branch, of_weight, of_bias]
    }
}
