//! An affine map, with what follows it: y = f(x W + b), where f is the identity or gelu.
//!
//! In: `x` `[tokens, inputs]`, `W` `[inputs, outputs]`, `b` `[1, outputs]`. Out: `[tokens, outputs]`. Fused, the bias and gelu take
//! one pass over the product, and gelu's derivative is kept from the same exponential.

use burn::tensor::Tensor;

use super::{
    numbers::{Normal, add_rows},
    on_host,
    operation::{Forward, Operation, apply},
    product::{Matrix, product},
};
use crate::device::gelu;

/// What follows an affine map.
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

impl Operation<3> for Affine {
    /// The derivative of the activation at each value; empty for the identity.
    type Saved = Vec<f32>;

    fn forward(&self, [input, weight, bias]: [&[f32]; 3], _tracked: bool) -> Forward<Vec<f32>> {
        let mut values = product(
            Matrix::new(input, self.tokens, self.inputs),
            Matrix::new(weight, self.inputs, self.outputs),
        );
        let mut derivative = Vec::new();
        match self.activation {
            Activation::Identity => {
                for row in values.chunks_exact_mut(self.outputs) {
                    for (value, bias) in row.iter_mut().zip(bias) {
                        *value += bias;
                    }
                }
            }
            Activation::Gelu => {
                derivative = vec![0.0; values.len()];
                let normal = Normal::load();
                for (row, derivatives) in values
                    .chunks_exact_mut(self.outputs)
                    .zip(derivative.chunks_exact_mut(self.outputs))
                {
                    for ((value, derivative), bias) in row.iter_mut().zip(derivatives).zip(bias) {
                        let x = *value + bias;
                        let (below, density) = normal.of(x);
                        *value = x * below;
                        *derivative = below + x * density;
                    }
                }
            }
        }
        Forward {
            values,
            shape: [self.tokens, self.outputs],
            saved: derivative,
        }
    }

    fn backward(
        self,
        [input, weight, _]: [&[f32]; 3],
        mut saved: Vec<f32>,
        gradient: &[f32],
        [of_input, of_weight, of_bias]: [bool; 3],
    ) -> [Vec<f32>; 3] {
        let gradient = match self.activation {
            Activation::Identity => gradient,
            Activation::Gelu => {
                for (derivative, gradient) in saved.iter_mut().zip(gradient) {
                    *derivative *= gradient;
                }
                &saved
            }
        };
        let after = Matrix::new(gradient, self.tokens, self.outputs);
        let mut results = [const { Vec::new() }; 3];
        if of_input {
            results[0] = product(after, Matrix::new(weight, self.inputs, self.outputs).turned());
        }
        if of_weight {
            results[1] = product(Matrix::new(input, self.tokens, self.inputs).turned(), after);
        }
        if of_bias {
            results[2] = vec![0.0; self.outputs];
            add_rows(&mut results[2], gradient);
        }
        results
    }
}
