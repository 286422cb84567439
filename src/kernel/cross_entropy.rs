//! Cross-entropy over all items, without ever holding the logits of more than a few positions.
//!
//! In: decoder outputs `[M, d]`, the embedding table `[items + 2, d]` whose rows 1 to `items` are the items, for each position the
//! row of its target, and a weight. Out: `[1, 1]`, the weighted sum of logsumexp(o E^T) - o . e_target. Fused, the gradients are
//! computed beside the value, because the logits are at hand then; positions of weight 0 cost nothing.

use burn::tensor::{Int, Tensor};

use super::{
    numbers::{Exponential, maximum, sum},
    on_host,
    operation::{Forward, Operation, apply, integers, primitive, values},
    product::{Matrix, product_into},
};
use crate::device::CpuTensor;

/// Logits held at a time: 1 MiB, which stays in a processor's second cache.
const LOGITS: usize = 1 << 18;

/// The weighted sum of cross-entropies. `targets` holds rows of the table, `[M]`; `weight` is `[M, 1]`.
pub fn cross_entropy(
    outputs: Tensor<2>,
    table: Tensor<2>,
    items: usize,
    targets: Tensor<1, Int>,
    weight: Tensor<2>,
) -> Tensor<1> {
    if on_host(&outputs) {
        let [positions, size] = outputs.dims();
        let operation = CrossEntropy {
            positions,
            size,
            items,
            targets: integers(targets),
            weight: primitive(weight),
        };
        return apply(operation, [outputs, table]).reshape([1]);
    }
    #[cfg(feature = "gpu")]
    if super::on_gpu(&outputs) {
        return super::gpu::cross_entropy(outputs, table, targets, weight);
    }
    let target_scores = (outputs.clone() * table.clone().select(0, targets)).sum_dim(1);
    let logits = outputs.matmul(table.narrow(0, 1, items).transpose());
    // The shift changes nothing in the value, so no gradient need flow through it.
    let shift = logits.clone().inner().max_dim(1);
    let shift = Tensor::from_inner(shift);
    let normaliser = (logits - shift.clone()).exp().sum_dim(1).log() + shift;
    ((normaliser - target_scores) * weight).sum()
}

#[derive(Clone, Debug)]
struct CrossEntropy {
    positions: usize,
    size: usize,
    items: usize,
    targets: Vec<i32>,
    weight: CpuTensor,
}

impl Operation<2> for CrossEntropy {
    /// Gradients of outputs and table for a gradient of 1.
    type Saved = [Vec<f32>; 2];

    fn forward(&self, [outputs, table]: [&[f32]; 2], tracked: bool) -> Forward<Self::Saved> {
        let (size, items) = (self.size, self.items);
        let weights = values(&self.weight);
        let counted: Vec<usize> = (0..self.positions).filter(|&position| weights[position] != 0.0).collect();
        let at_once = (LOGITS / items.max(1)).clamp(8, 256).min(counted.len().max(1));
        let embeddings = Matrix::new(&table[size..(items + 1) * size], items, size);
        let mut of_outputs = vec![0.0; if tracked { outputs.len() } else { 0 }];
        let mut of_table = vec![0.0; if tracked { table.len() } else { 0 }];
        let mut logits = vec![0.0; at_once * items];
        let mut gathered = vec![0.0; at_once * size];
        let mut of_gathered = vec![0.0; at_once * size];
        let mut total = 0.0f64;
        let exp = Exponential::load();
        for chunk in counted.chunks(at_once) {
            let logits = &mut logits[..chunk.len() * items];
            let gathered = &mut gathered[..chunk.len() * size];
            for (&position, row) in chunk.iter().zip(gathered.chunks_exact_mut(size)) {
                row.copy_from_slice(&outputs[position * size..(position + 1) * size]);
            }
            let gathered = Matrix::new(gathered, chunk.len(), size);
            product_into(logits, gathered, embeddings.turned(), false);
            for (&position, row) in chunk.iter().zip(logits.chunks_exact_mut(items)) {
                // Row 0 is padding and the last one the mask token: neither is a target where there is a weight.
                let target = (self.targets[position] as usize).wrapping_sub(1).min(items - 1);
                let weight = weights[position];
                let largest = maximum(row);
                let score = row[target] - largest;
                for value in row.iter_mut() {
                    *value = exp.of(*value - largest);
                }
                let normaliser = sum(row);
                total += f64::from(weight * (normaliser.ln() - score));
                if tracked {
                    let share = weight / normaliser;
                    for value in row.iter_mut() {
                        *value *= share;
                    }
                    row[target] -= weight;
                }
            }
            if tracked {
                let logits = Matrix::new(logits, chunk.len(), items);
                let of_gathered = &mut of_gathered[..chunk.len() * size];
                product_into(of_gathered, logits, embeddings, false);
                for (&position, row) in chunk.iter().zip(of_gathered.chunks_exact(size)) {
                    of_outputs[position * size..(position + 1) * size].copy_from_slice(row);
                }
                product_into(&mut of_table[size..(items + 1) * size], logits.turned(), gathered, true);
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

/// Gradients for a gradient of 1, multiplied by the one that came.
pub(super) fn scaled<const N: usize>(mut saved: [Vec<f32>; N], gradient: &[f32]) -> [Vec<f32>; N] {
    if gradient[0] != 1.0 {
        for value in saved.iter_mut().flatten() {
            *value *= gradient[0];
        }
    }
    saved
}
