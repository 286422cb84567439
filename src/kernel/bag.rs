//! Products and likelihoods of bags, which have few ones among many columns.
//!
//! In: [`Bags`] with a value for each one, and matrices. Out: sums of the matrices' rows ([`bag_product`]), or the multinomial
//! negative log-likelihood of the bags under scores of all columns ([`bag_cross_entropy`]). On the host only the ones are visited,
//! and the scores of a few rows exist at a time; elsewhere the bags become dense matrices.

use burn::tensor::Tensor;

use super::{
    cross_entropy::scaled,
    numbers::{Exponential, add_rows, add_scaled, maximum, sum},
    on_host,
    operation::{Forward, Operation, apply, primitive, values},
    product::{Matrix, product_into},
};
use crate::{batch::Bags, device::CpuTensor};

/// Scores held at a time: 1 MiB, which stays in a processor's second cache.
const SCORES: usize = 1 << 18;

/// X W for the bags' matrix X, `[rows, columns]`, with `values` `[1, ones]` in the places of its ones, and `table` W, `[columns, size]`.
/// For tensors on the host; the gradient is that of the table alone.
pub fn bag_product(bags: &Bags, values: Tensor<2>, table: Tensor<2>) -> Tensor<2> {
    let [_, size] = table.dims();
    let operation = BagProduct {
        bags: bags.clone(),
        values: primitive(values),
        size,
    };
    apply(operation, [table])
}

#[derive(Clone, Debug)]
struct BagProduct {
    bags: Bags,
    values: CpuTensor,
    size: usize,
}

impl Operation<1> for BagProduct {
    type Saved = ();

    fn forward(&self, [table]: [&[f32]; 1], _tracked: bool) -> Forward<()> {
        let mut result = vec![0.0; self.bags.rows() * self.size];
        let mut entries = values(&self.values).iter();
        for (row, sum) in self.bags.iter().zip(result.chunks_exact_mut(self.size)) {
            for (&member, value) in row.iter().zip(&mut entries) {
                let start = member as usize * self.size;
                add_scaled(sum, *value, &table[start..start + self.size]);
            }
        }
        Forward {
            values: result,
            shape: [self.bags.rows(), self.size],
            saved: (),
        }
    }

    fn backward(self, [table]: [&[f32]; 1], (): (), gradient: &[f32], _wanted: [bool; 1]) -> [Vec<f32>; 1] {
        let mut of_table = vec![0.0; table.len()];
        let mut entries = values(&self.values).iter();
        for (row, gradient) in self.bags.iter().zip(gradient.chunks_exact(self.size)) {
            for (&member, value) in row.iter().zip(&mut entries) {
                let start = member as usize * self.size;
                add_scaled(&mut of_table[start..start + self.size], *value, gradient);
            }
        }
        [of_table]
    }
}

/// -sum over rows and ones of ln softmax(h E^T + b), in nats: the multinomial likelihood of Mult-VAE (Liang et al. 2018, equation 2) without its
/// constant. `outputs` h is `[rows, size]`, `table` E `[columns, size]`, `bias` b `[1, columns]`; the result has one element.
pub fn bag_cross_entropy(bags: &Bags, outputs: Tensor<2>, table: Tensor<2>, bias: Tensor<2>) -> Tensor<1> {
    if on_host(&outputs) {
        let operation = BagCrossEntropy {
            bags: bags.clone(),
            size: outputs.dims()[1],
        };
        return apply(operation, [outputs, table, bias]).reshape([1]);
    }
    let device = outputs.device().inner();
    let ones = Tensor::from_inner(bags.dense(&bags.values(false), &device));
    let scores = outputs.matmul(table.transpose()) + bias;
    // The shift changes nothing in the value, so no gradient need flow through it.
    let shift = Tensor::from_inner(scores.clone().inner().max_dim(1));
    let normaliser = (scores.clone() - shift.clone()).exp().sum_dim(1).log() + shift;
    ((normaliser - scores) * ones).sum()
}

#[derive(Clone, Debug)]
struct BagCrossEntropy {
    bags: Bags,
    size: usize,
}

impl Operation<3> for BagCrossEntropy {
    /// Gradients of outputs, table and bias for a gradient of 1.
    type Saved = [Vec<f32>; 3];

    fn forward(&self, [outputs, table, bias]: [&[f32]; 3], tracked: bool) -> Forward<Self::Saved> {
        let (rows, columns, size) = (self.bags.rows(), self.bags.columns(), self.size);
        let at_once = (SCORES / columns.max(1)).clamp(8, 256).min(rows.max(1));
        let embeddings = Matrix::new(table, columns, size);
        let of = |length: usize| vec![0.0; if tracked { length } else { 0 }];
        let (mut of_outputs, mut of_table, mut of_bias) = (of(outputs.len()), of(table.len()), of(bias.len()));
        let mut scores = vec![0.0; at_once * columns];
        let mut total = 0.0f64;
        let exp = Exponential::load();
        for first in (0..rows).step_by(at_once) {
            let count = at_once.min(rows - first);
            let scores = &mut scores[..count * columns];
            let some = Matrix::new(&outputs[first * size..(first + count) * size], count, size);
            product_into(scores, some, embeddings.turned(), false);
            for (row, scores) in (first..first + count).zip(scores.chunks_exact_mut(columns)) {
                let members = self.bags.row(row);
                for (score, bias) in scores.iter_mut().zip(bias) {
                    *score += bias;
                }
                let largest = maximum(scores);
                let met: f64 = members
                    .iter()
                    .map(|&member| f64::from(scores[member as usize] - largest))
                    .sum();
                for score in scores.iter_mut() {
                    *score = exp.of(*score - largest);
                }
                let normaliser = sum(scores);
                total += members.len() as f64 * f64::from(normaliser.ln()) - met;
                if tracked {
                    let share = members.len() as f32 / normaliser;
                    for score in scores.iter_mut() {
                        *score *= share;
                    }
                    for &member in members {
                        scores[member as usize] -= 1.0;
                    }
                }
            }
            if tracked {
                add_rows(&mut of_bias, scores);
                let scores = Matrix::new(scores, count, columns);
                product_into(
                    &mut of_outputs[first * size..(first + count) * size],
                    scores,
                    embeddings,
                    false,
                );
                product_into(&mut of_table, scores.turned(), some, true);
            }
        }
        Forward {
            values: vec![total as f32],
            shape: [1, 1],
            saved: [of_outputs, of_table, of_bias],
        }
    }

    fn backward(self, _: [&[f32]; 3], saved: Self::Saved, gradient: &[f32], _wanted: [bool; 3]) -> [Vec<f32>; 3] {
        scaled(saved, gradient)
    }
}
