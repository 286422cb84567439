//! An affine map, with what follows it: y = f(x W + b), where f is the identity or gelu.
//!
//! In: `x` `[tokens, inputs]`, `W` `[inputs, outputs]`, `b` `[1, outputs]`. Out: `[tokens, outputs]`. Fused, the bias and gelu take
//! one pass over the product, and gelu's derivative is kept from the same exponential.

use std::mem::MaybeUninit;

use burn::tensor::Tensor;

use super::{
    numbers::{Normal, add_rows},
    on_host,
    operation::{Forward, Operation, apply},
    product::{Matrix, product_of, product_piece},
};
use crate::{
    device::gelu,
    parallel::{PerPiece, Rows, added, for_each_piece, unwritten, written},
};

/// Epilogue of an affine map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// The exact gelu, x Phi(x) (Hendrycks and Gimpel 2016).
    Gelu,
}

/// `activation(input * weight + bias)`.
pub fn affine(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>, activation: Activation) -> Tensor<2> {
    if on_host(&input) {
        let ([tokens, inputs], [_, outputs]) = (input.dims(), weight.dims());
        let operation = Affine {
            tokens,
            inputs,
            outputs,
            activation,
        };
        return apply(operation, [input, weight, bias]);
    }
    let output = input.matmul(weight) + bias;
    match activation {
        Activation::Identity => output,
        Activation::Gelu => gelu(output),
    }
}

#[derive(Clone, Debug)]
struct Affine {
    tokens: usize,
    inputs: usize,
    outputs: usize,
    activation: Activation,
}

impl Affine {
    fn piece(&self) -> usize {
        product_piece(self.tokens, self.inputs, self.outputs)
    }
}

impl Operation<3> for Affine {
    /// The derivative of the activation at each value; empty for the identity.
    type Saved = Vec<f32>;

    fn forward(&self, [input, weight, bias]: [&[f32]; 3], tracked: bool) -> Forward<Vec<f32>> {
        let input = Matrix::new(input, self.tokens, self.inputs);
        let weight = Matrix::new(weight, self.inputs, self.outputs);
        let count = self.tokens * self.outputs;
        let with_derivative = tracked && self.activation == Activation::Gelu;
        let (mut values, mut derivatives) = (unwritten(count), unwritten(if with_derivative { count } else { 0 }));
        let target = (
            Rows::new(&mut values, self.outputs),
            Rows::new(&mut derivatives, if with_derivative { self.outputs } else { 0 }),
        );
        for_each_piece(self.tokens, self.piece(), target, |rows, (values, derivatives)| {
            let values = product_of(values.into_values(), input.rows(rows), weight);
            match self.activation {
                Activation::Identity => add_bias(values, bias),
                Activation::Gelu if with_derivative => gelu_of(values, bias, derivatives.into_values()),
                Activation::Gelu => gelu_alone(values, bias),
            }
        });
        // SAFETY: each piece writes its rows of both, and the pieces are all rows.
        let (values, saved) = unsafe { (written(values), written(derivatives)) };
        Forward {
            values,
            shape: [self.tokens, self.outputs],
            saved,
        }
    }

    fn backward(
        self,
        [input, weight, _]: [&[f32]; 3],
        mut saved: Vec<f32>,
        gradient: &[f32],
        [of_input, of_weight, of_bias]: [bool; 3],
    ) -> [Vec<f32>; 3] {
        let input = Matrix::new(input, self.tokens, self.inputs);
        let weight = Matrix::new(weight, self.inputs, self.outputs);
        let piece = self.piece();
        let saved_size = if saved.is_empty() { 0 } else { self.outputs };
        let inputs = if of_input { self.inputs } else { 0 };
        let mut to_input = unwritten(self.tokens * inputs);
        // Gradients of weight and bias, one behind the other.
        let (weights, biases) = (self.inputs * self.outputs, self.outputs);
        let mut parts = vec![Vec::new(); self.tokens.div_ceil(piece)];
        let target = (
            Rows::new(&mut saved, saved_size),
            Rows::new(&mut to_input, inputs),
            PerPiece::new(&mut parts, piece),
        );
        for_each_piece(self.tokens, piece, target, |rows, (derivatives, to_input, part)| {
            let gradient = &gradient[rows.start * self.outputs..rows.end * self.outputs];
            let gradient = match self.activation {
                Activation::Identity => gradient,
                Activation::Gelu => multiplied(derivatives.into_values(), gradient),
            };
            let after = Matrix::new(gradient, rows.len(), self.outputs);
            if of_input {
                product_of(to_input.into_values(), after, weight.turned());
            }
            let mut sums = unwritten(weights + biases);
            let (to_weight, to_bias) = sums.split_at_mut(weights);
            if of_weight {
                product_of(to_weight, input.rows(rows).turned(), after);
            } else {
                to_weight.fill(MaybeUninit::new(0.0));
            }
            to_bias.fill(MaybeUninit::new(0.0));
            // SAFETY: both parts are written.
            let mut sums = unsafe { written(sums) };
            if of_bias {
                add_rows(&mut sums[weights..], gradient);
            }
            *part.into_value() = sums;
        });
        // SAFETY: each piece writes its rows, if any are wanted.
        let to_input = unsafe { written(to_input) };
        let mut to_weight = added(parts, weights + biases);
        let to_bias = to_weight.split_off(weights);
        [to_input, to_weight, to_bias]
    }
}

fn add_bias(values: &mut [f32], bias: &[f32]) {
    for row in values.chunks_exact_mut(bias.len()) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value += bias;
        }
    }
}

/// Adds the bias, applies gelu, and writes its derivative.
fn gelu_of(values: &mut [f32], bias: &[f32], derivatives: &mut [MaybeUninit<f32>]) {
    let normal = Normal::load();
    let rows = values
        .chunks_exact_mut(bias.len())
        .zip(derivatives.chunks_exact_mut(bias.len()));
    for (row, derivatives) in rows {
        for ((value, derivative), bias) in row.iter_mut().zip(derivatives).zip(bias) {
            let x = *value + bias;
            let (below, density) = normal.of(x);
            *value = x * below;
            derivative.write(below + x * density);
        }
    }
}

/// The same without the derivative.
fn gelu_alone(values: &mut [f32], bias: &[f32]) {
    let normal = Normal::load();
    for row in values.chunks_exact_mut(bias.len()) {
        for (value, bias) in row.iter_mut().zip(bias) {
            let x = *value + bias;
            *value = x * normal.of(x).0;
        }
    }
}

/// `values * factors`, in the place of `values`.
fn multiplied<'a>(values: &'a mut [f32], factors: &[f32]) -> &'a [f32] {
    for (value, factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
    values
}
