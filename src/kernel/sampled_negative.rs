//! Binary cross-entropy of the next item and one sampled negative.
//!
//! In: decoder outputs `[M, d]`, the embedding table, for each position the rows of its target and its negative, and a weight. Out:
//! `[1]`, the weighted sum of -ln s(o . e_target) - ln(1 - s(o . e_negative)) (the paper's L_CE; official code, `trainers.py`).

use std::mem::MaybeUninit;

use burn::tensor::{Int, Tensor, activation};

use super::{
    lookup::{Place, scattered},
    numbers::{add_scaled, dot},
    on_host,
    operation::{Forward, Operation, apply, integers, primitive, scaled, values},
};
use crate::{
    device::CpuTensor,
    parallel::{PerPiece, Rows, for_each_piece, piece_rows, unwritten, written},
};

/// The weighted sum. `targets` and `negatives` hold rows of the table, `[M]`; `weight` is `[M, 1]`.
pub fn sampled_negative(
    outputs: Tensor<2>,
    table: Tensor<2>,
    targets: Tensor<1, Int>,
    negatives: Tensor<1, Int>,
    weight: Tensor<2>,
) -> Tensor<1> {
    let [positions, size] = outputs.dims();
    if on_host(&outputs) {
        let operation = SampledNegative {
            size,
            targets: integers(targets),
            negatives: integers(negatives),
            weight: primitive(weight),
        };
        return apply(operation, [outputs, table]).reshape([1]);
    }
    #[cfg(feature = "gpu")]
    if super::on_gpu(&outputs) {
        return super::gpu::sampled_negative(outputs, table, targets, negatives, weight);
    }
    // One lookup for both, so that its backward pass runs once.
    let rows = table.select(0, Tensor::cat(vec![targets, negatives], 0));
    let positive = (outputs.clone() * rows.clone().narrow(0, 0, positions)).sum_dim(1);
    let negative = (outputs * rows.narrow(0, positions, positions)).sum_dim(1);
    ((activation::log_sigmoid(positive) + activation::log_sigmoid(negative.neg())) * weight)
        .sum()
        .neg()
}

#[derive(Clone, Debug)]
struct SampledNegative {
    size: usize,
    targets: Vec<i32>,
    negatives: Vec<i32>,
    weight: CpuTensor,
}

/// ln(1 + e^x) and its derivative, finite for any finite x.
fn softplus(x: f32) -> (f32, f32) {
    let small = (-x.abs()).exp();
    let derivative = if x >= 0.0 {
        1.0 / (1.0 + small)
    } else {
        small / (1.0 + small)
    };
    (x.max(0.0) + small.ln_1p(), derivative)
}

impl SampledNegative {
    /// -ln s(x) is the softplus of -x, -ln(1 - s(x)) that of x: the rows of a position with their signs.
    fn pairs(&self, position: usize) -> [(i32, f32); 2] {
        [(self.targets[position], -1.0), (self.negatives[position], 1.0)]
    }
}

impl Operation<2> for SampledNegative {
    /// Gradients of outputs and table for a gradient of 1.
    type Saved = [Vec<f32>; 2];

    fn forward(&self, [outputs, table]: [&[f32]; 2], tracked: bool) -> Forward<Self::Saved> {
        let size = self.size;
        let weights = values(&self.weight);
        let positions = weights.len();
        let kept = if tracked { size } else { 0 };
        let mut of_outputs = unwritten(positions * kept);
        let mut of_scores = vec![[0.0f32; 2]; positions];
        let piece = piece_rows(positions, size as f64);
        let mut totals = vec![0.0f64; positions.div_ceil(piece)];
        let target = (
            Rows::new(&mut of_outputs, kept),
            of_scores.as_mut_slice(),
            PerPiece::new(&mut totals, piece),
        );
        for_each_piece(positions, piece, target, |range, (of_outputs, of_scores, total)| {
            let of_outputs = of_outputs.into_values();
            of_outputs.fill(MaybeUninit::new(0.0));
            // SAFETY: all of it was filled.
            let of_outputs = unsafe { of_outputs.assume_init_mut() };
            let total = total.into_value();
            for (index, position) in range.enumerate().filter(|&(_, position)| weights[position] != 0.0) {
                let weight = weights[position];
                let output = &outputs[position * size..(position + 1) * size];
                for ((row, sign), of_score) in self.pairs(position).into_iter().zip(&mut of_scores[index]) {
                    let embedding = &table[row as usize * size..(row as usize + 1) * size];
                    let score = dot(output, embedding);
                    // `max` would turn NaN into 0 and hide it from the check of the losses.
                    let (loss, slope) = if score.is_nan() {
                        (score, score)
                    } else {
                        softplus(sign * score)
                    };
                    *total += f64::from(weight * loss);
                    if tracked {
                        *of_score = weight * sign * slope;
                        add_scaled(&mut of_outputs[index * size..(index + 1) * size], *of_score, embedding);
                    }
                }
            }
        });
        let of_table = match tracked {
            true => scattered(table.len() / size, size, &self.places(&of_scores), outputs),
            false => Vec::new(),
        };
        Forward {
            values: vec![totals.into_iter().sum::<f64>() as f32],
            shape: [1, 1],
            // SAFETY: each piece fills its rows, and the pieces are all rows.
            saved: [unsafe { written(of_outputs) }, of_table],
        }
    }

    fn backward(self, _: [&[f32]; 2], saved: Self::Saved, gradient: &[f32], _wanted: [bool; 2]) -> [Vec<f32>; 2] {
        scaled(saved, gradient)
    }
}

impl SampledNegative {
    /// Where the gradient of the table goes.
    fn places(&self, of_scores: &[[f32; 2]]) -> Vec<Place> {
        let weights = values(&self.weight);
        (0..weights.len())
            .filter(|&position| weights[position] != 0.0)
            .flat_map(|position| {
                let pairs = self.pairs(position).into_iter().zip(of_scores[position]);
                pairs.map(move |((row, _), factor)| Place {
                    row: row as u32,
                    source: position as u32,
                    factor,
                })
            })
            .collect()
    }
}
