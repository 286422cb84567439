//! Products and likelihoods of bags, which have few ones among many columns.
//!
//! In: [`Bags`] with a value for each one, and matrices. Out: sums of the matrices' rows ([`bag_product`]), or the multinomial
//! negative log-likelihood of the bags under scores of all columns ([`bag_cross_entropy`]). On the host only the ones are visited,
//! and the scores of a few rows exist at a time; elsewhere the bags become dense matrices.

use burn::tensor::{Tensor, TensorData};

use super::{
    lookup::{Place, scattered},
    numbers::add_scaled,
    on_host,
    operation::{Forward, Operation, apply, primitive, scaled, values},
    softmax::{Gradients, Met, Softmax},
};
use crate::{
    batch::Bags,
    device::CpuTensor,
    parallel::{Rows, for_each_piece, piece_rows},
};

/// The matrix of the bags with `values` in the places of its ones, as [`bag_product`] takes it for `table`: on the host the values alone,
/// `[1, ones]`, since a zero stays what it is under dropout; elsewhere all of it, `[rows, columns]`. Without gradients.
pub fn bag_values(bags: &Bags, values: Vec<f32>, table: &Tensor<2>) -> Tensor<2> {
    let device = table.device().inner();
    if on_host(table) {
        let count = values.len();
        return Tensor::from_data(TensorData::new(values, [1, count]), &device);
    }
    bags.dense(&values, &device)
}

/// X W for the bags' matrix X, `[rows, columns]`, whose `values` are those of [`bag_values`], and `table` W, `[columns, size]`. On the host the
/// gradient is that of the table alone.
pub fn bag_product(bags: &Bags, values: Tensor<2>, table: Tensor<2>) -> Tensor<2> {
    if !on_host(&table) {
        return values.matmul(table);
    }
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
        let (rows, size) = (self.bags.rows(), self.size);
        let mut result = vec![0.0; rows * size];
        let entries = values(&self.values);
        let ones = self.bags.ones() as f64 / rows.max(1) as f64;
        let piece = piece_rows(rows, ones * size as f64 / 4.0);
        for_each_piece(rows, piece, Rows::new(&mut result, size), |range, sums| {
            for (row, sum) in range.zip(sums.into_values().chunks_exact_mut(size)) {
                for (&member, value) in self.bags.row(row).iter().zip(&entries[self.bags.first(row)..]) {
                    let start = member as usize * size;
                    add_scaled(sum, *value, &table[start..start + size]);
                }
            }
        });
        Forward {
            values: result,
            shape: [rows, size],
            saved: (),
        }
    }

    fn backward(self, [table]: [&[f32]; 1], (): (), gradient: &[f32], _wanted: [bool; 1]) -> [Vec<f32>; 1] {
        let entries = values(&self.values);
        let rows = (0..).zip(self.bags.iter());
        let members = rows.flat_map(|(row, members)| members.iter().map(move |&member| (row, member)));
        let places: Vec<Place> = members
            .zip(entries)
            .map(|((source, row), &factor)| Place { row, source, factor })
            .collect();
        [scattered(table.len() / self.size, self.size, &places, gradient)]
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
        let of = |length: usize| vec![0.0; if tracked { length } else { 0 }];
        let (mut of_outputs, mut of_table, mut of_bias) = (of(outputs.len()), of(table.len()), of(bias.len()));
        let met: Vec<Met> = self
            .bags
            .iter()
            .enumerate()
            .map(|(row, items)| Met { row, items, weight: 1.0 })
            .collect();
        let softmax = Softmax {
            outputs,
            table,
            bias: Some(bias),
            size: self.size,
        };
        let gradients = tracked.then(|| Gradients {
            outputs: &mut of_outputs,
            table: &mut of_table,
            bias: &mut of_bias,
        });
        let total = softmax.loss(&met, gradients);
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
