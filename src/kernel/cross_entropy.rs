//! Cross-entropy over all items, without ever holding the logits of more than a few positions.
//!
//! In: decoder outputs `[M, d]`, the embedding table `[items + 2, d]` whose rows 1 to `items` are the items, for each position the
//! row of its target, and a weight. Out: `[1, 1]`, the weighted sum of logsumexp(o E^T) - o . e_target. Fused, the gradients are
//! computed beside the value, because the logits are at hand then; positions of weight 0 cost nothing.

use burn::tensor::{Int, Tensor};

use super::{
    on_host,
    operation::{Forward, Operation, apply, integers, primitive, scaled, values},
    softmax::{Gradients, Met, Softmax},
};
use crate::device::CpuTensor;

/// Scores that burn's operations hold at once (32 MiB of floats); beyond it positions are gone through in pieces.
const SCORES_AT_ONCE: usize = 8 << 20;

/// The weighted sum of cross-entropies. `targets` holds rows of the table, `[M]`; `weight` is `[M, 1]`; `counted` are the positions whose
/// weight is not 0, if many of them are. On a GPU, targets and weights of views that are alike may come once
/// ([`of_views`](super::of_views)).
///
/// The loop for the CPU holds few scores at any size and passes over what does not count. A GPU scores all positions, since to pick some costs
/// more launches than it saves, unless the scores would take too much memory; then, and with burn's operations, it is those that count, in pieces
/// if they are still too many.
pub fn cross_entropy(
    outputs: Tensor<2>,
    table: Tensor<2>,
    items: usize,
    targets: Tensor<1, Int>,
    weight: Tensor<2>,
    counted: Option<Tensor<1, Int>>,
) -> Tensor<1> {
    let [positions, size] = outputs.dims();
    if on_host(&outputs) {
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
    if super::on_gpu(&outputs) && positions * items <= SCORES_AT_ONCE {
        return super::gpu::cross_entropy(outputs, table, targets, weight);
    }
    let times = positions / targets.dims()[0].max(1);
    let (targets, weight) = match times {
        1 => (targets, weight),
        _ => (Tensor::cat(vec![targets; times], 0), Tensor::cat(vec![weight; times], 0)),
    };
    let (outputs, targets, weight) = match counted {
        Some(counted) => (
            outputs.select(0, counted.clone()),
            targets.select(0, counted.clone()),
            weight.select(0, counted),
        ),
        None => (outputs, targets, weight),
    };
    let positions = outputs.dims()[0];
    if positions * items > SCORES_AT_ONCE {
        return cross_entropy_in_pieces(outputs, table, items, targets, weight, (SCORES_AT_ONCE / items).max(1));
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

/// [`cross_entropy`] by burn's operations, `positions_at_once` positions at a time, with the same value and gradient.
///
/// Left to automatic differentiation, every piece would keep its scores until the backward pass. So the gradient of the normaliser
/// sum_t w_t ln sum_i exp(o_t . e_i) is worked out beside its value, piece by piece: w p E for the outputs and (w p)^T O for the
/// table, with p the softmax. What enters the objective is the linear function that has this value and this gradient here.
pub fn cross_entropy_in_pieces(
    outputs: Tensor<2>,
    table: Tensor<2>,
    items: usize,
    targets: Tensor<1, Int>,
    weight: Tensor<2>,
    positions_at_once: usize,
) -> Tensor<1> {
    let real = table.clone().narrow(0, 1, items);
    let (fixed_outputs, fixed_table) = (outputs.clone().inner(), real.clone().inner());
    let fixed_weight = weight.clone().inner();
    let (positions, step) = (outputs.dims()[0], positions_at_once.max(1));
    let mut value = fixed_weight.clone().sum().zeros_like();
    let mut table_gradient = fixed_table.zeros_like();
    let mut output_gradients = Vec::with_capacity(positions.div_ceil(step));
    for first in (0..positions).step_by(step) {
        let count = step.min(positions - first);
        let some = fixed_outputs.clone().narrow(0, first, count);
        let weight = fixed_weight.clone().narrow(0, first, count);
        let scores = some.clone().matmul(fixed_table.clone().transpose());
        let shift = scores.clone().max_dim(1);
        let shares = (scores - shift.clone()).exp();
        let sum = shares.clone().sum_dim(1);
        value = value + ((sum.clone().log() + shift) * weight.clone()).sum();
        let weighted = shares * (weight / sum);
        table_gradient = table_gradient + weighted.clone().transpose().matmul(some);
        output_gradients.push(weighted.matmul(fixed_table.clone()));
    }
    let output_gradient = Tensor::cat(output_gradients, 0);
    let linear =
        (outputs.clone() * Tensor::from_inner(output_gradient)).sum() + (real * Tensor::from_inner(table_gradient)).sum();
    let normaliser = linear.clone() - Tensor::from_inner(linear.inner()) + Tensor::from_inner(value);
    let target_scores = (outputs * table.select(0, targets)).sum_dim(1);
    normaliser - (target_scores * weight).sum()
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
        // Row 0 is padding and the last one the mask token: neither is a target where there is a weight.
        let targets: Vec<u32> = self
            .targets
            .iter()
            .map(|&row| (row as u32).wrapping_sub(1).min(items as u32 - 1))
            .collect();
        let weights = values(&self.weight);
        let met: Vec<Met> = (0..self.positions)
            .filter(|&position| weights[position] != 0.0)
            .map(|position| Met {
                row: position,
                items: &targets[position..=position],
                weight: weights[position],
            })
            .collect();
        let mut of_outputs = vec![0.0; if tracked { outputs.len() } else { 0 }];
        let mut of_table = vec![0.0; if tracked { table.len() } else { 0 }];
        let real = size..(items + 1) * size;
        let softmax = Softmax {
            outputs,
            table: &table[real.clone()],
            bias: None,
            size,
        };
        let gradients = tracked.then(|| Gradients {
            outputs: &mut of_outputs,
            table: &mut of_table[real],
            bias: &mut [],
        });
        let total = softmax.loss(&met, gradients);
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
