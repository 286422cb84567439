//! The contrast between two views: which vectors stand for a sequence, and which pairs are negatives.
//!
//! In: the latents of a batch in both views. Out: NT-Xent over one vector for each sequence and view.

#[cfg(feature = "gpu")]
use burn::tensor::Int;
use burn::tensor::{Bool, Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::terms::nt_xent;
use crate::batch::Batch;
#[cfg(feature = "gpu")]
use crate::kernel;

/// Which latents of a sequence enter the contrast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub enum ContrastPosition {
    /// The sum over the sequence's positions (official code).
    Pooled,
    /// The latent at the last position, which the next item is predicted from.
    Last,
}

/// NT-Xent between the views of `batch`, whose `latents` are `[2N, d]`, view 1 above view 2. With `mask_same_target`, sequences whose
/// last targets are the same item are no negatives of each other, in either view.
pub fn contrast_of_views(
    batch: &Batch,
    latents: Tensor<2>,
    position: ContrastPosition,
    mask_same_target: bool,
    temperature: f64,
) -> Tensor<1> {
    let tokens = batch.rows * batch.length;
    #[cfg(feature = "gpu")]
    if let (true, None, ContrastPosition::Pooled) = (kernel::on_gpu(&latents), &batch.second, position) {
        let device = latents.device().inner();
        let labels = mask_same_target.then(|| {
            let labels = TensorData::new(batch.last_targets.clone(), [batch.sequences]);
            Tensor::<1, Int>::from_data(labels, &device)
        });
        return kernel::gpu::nt_xent(kernel::gpu::pooled(batch.pool.clone(), latents), temperature, labels);
    }
    let second = batch.second.as_deref().unwrap_or(batch);
    let vectors = |batch: &Batch, first: usize| {
        let latents = latents.clone().narrow(0, first, tokens);
        match position {
            ContrastPosition::Pooled => batch.pool.clone().matmul(latents),
            ContrastPosition::Last => latents.select(0, batch.last.clone()),
        }
    };
    let labels = mask_same_target.then_some(batch.last_targets.as_slice());
    let left_out = pairs_left_out(batch.sequences, labels, &latents.device().inner());
    nt_xent(vectors(batch, 0), vectors(second, tokens), temperature, left_out)
}

/// Pairs of the 2S vectors of NT-Xent that are neither positive nor negative: each vector with itself and, where there are `labels`,
/// with those of other sequences of the same label, `[2S, 2S]`. A label of 0 is like no other.
pub fn pairs_left_out(sequences: usize, labels: Option<&[i32]>, device: &Device) -> Tensor<2, Bool> {
    let count = 2 * sequences;
    let values: Vec<bool> = (0..count * count)
        .map(|index| {
            let (row, column) = (index / count, index % count);
            let same = |labels: &[i32]| {
                let (one, other) = (row % sequences, column % sequences);
                one != other && labels[one] != 0 && labels[one] == labels[other]
            };
            row == column || labels.is_some_and(same)
        })
        .collect();
    Tensor::from_data(TensorData::new(values, [count, count]), device)
}
