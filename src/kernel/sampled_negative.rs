//! Binary cross-entropy of the next item and one sampled negative.
//!
//! In: decoder outputs `[M, d]`, the embedding table, for each position the rows of its target and its negative, and a weight. Out:
//! `[1]`, the weighted sum of -ln s(o . e_target) - ln(1 - s(o . e_negative)) (the paper's L_CE; official code, `trainers.py`).

use burn::tensor::{Int, Tensor, activation};

use super::{
    cross_entropy::scaled,
    numbers::{add_scaled, dot},
    on_host,
    operation::{Forward, Operation, apply, integers, primitive, values},
};
use crate::device::CpuTensor;

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

impl Operation<2> for SampledNegative {
    /// Gradients of outputs and table for a gradient of 1.
    type Saved = [Vec<f32>; 2];

    fn forward(&self, [outputs, table]: [&[f32]; 2], tracked: bool) -> Forward<Self::Saved> {
        let size = self.size;
        let mut of_outputs = vec![0.0; if tracked { outputs.len() } else { 0 }];
        let mut of_table = vec![0.0; if tracked { table.len() } else { 0 }];
        let mut total = 0.0f64;
        for (position, &weight) in values(&self.weight).iter().enumerate() {
            if weight == 0.0 {
                continue;
            }
            let output = &outputs[position * size..(position + 1) * size];
            // -ln s(x) is the softplus of -x, -ln(1 - s(x)) that of x.
            for (row, sign) in [(self.targets[position], -1.0f32), (self.negatives[position], 1.0)] {
                let row = row as usize * size;
                let embedding = &table[row..row + size];
                let score = dot(output, embedding);
                // `max` would turn NaN into 0 and hide it from the check of the losses.
                let (loss, slope) = if score.is_nan() {
                    (score, score)
                } else {
                    softplus(sign * score)
                };
                total += f64::from(weight * loss);
                if tracked {
                    let of_score = weight * sign * slope;
                    add_scaled(&mut of_outputs[position * size..(position + 1) * size], of_score, embedding);
                    add_scaled(&mut of_table[row..row + size], of_score, output);
                }
            }
        }
        Forward {
            values: vec![total as f32],
            shape: [1, 1],
            saved: [of_outputs, of_table],
        }
    }

    fn backward(self, _: [&[f32]; 2], saved: Self::Saved, gradient: &[f32], _wanted: [bool; 2]) -> [Vec<f32>; 2] {
        scaled(saved, gradient)
    }
}
