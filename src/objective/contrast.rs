//! The contrast between two views: which vectors stand for a sequence, what is its positive, and which pairs are negatives.
//!
//! In: the latents of a batch in both views, and of other histories with the same targets. Out: the contrastive term over one vector
//! for each sequence and view.

use burn::tensor::{Bool, Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{
    Terms,
    terms::{align_uniform, nt_xent},
};
use crate::{batch::Batch, kernel, model::Views};

/// Which latents of a sequence enter the contrast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContrastPosition {
    /// The sum over the sequence's positions (official code).
    Pooled,
    /// The latent at the last position, which the next item is predicted from.
    Last,
}

/// The form of the contrastive term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contrast {
    /// NT-Xent (SimCLR).
    NtXent,
    /// Alignment of the pairs and uniformity of each side (Wang and Isola 2020).
    AlignUniform,
}

/// Positives of a sequence in the contrast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positives {
    /// The other view of the same sequence.
    OtherView,
    /// Another history that ends before the same item (the supervised positives of DuoRec).
    SameTarget,
    /// Both, in two terms.
    Both,
    /// The other history to the second view, not to the first (DuoRec's own default).
    SecondViewSameTarget,
}

impl Positives {
    /// Whether other histories are needed.
    pub fn of_same_target(self) -> bool {
        self != Self::OtherView
    }

    /// Whether a second view is needed.
    pub fn needs_two_views(self) -> bool {
        matches!(self, Self::Both | Self::SecondViewSameTarget)
    }
}

/// The contrastive term of a batch; `None` where there is nothing to contrast with.
pub(super) fn contrast(batch: &Batch, views: &Views, terms: Terms) -> Option<Tensor<1>> {
    let two = views.views == 2;
    let plain = terms.contrast == Contrast::NtXent && terms.positives == Positives::OtherView;
    if two && plain {
        let (position, mask) = (terms.contrast_position, terms.mask_same_target);
        return Some(contrast_of_views(
            batch,
            views.latents.clone(),
            position,
            mask,
            terms.temperature,
        ));
    }
    let tokens = batch.rows * batch.length;
    let second = batch.second.as_deref().unwrap_or(batch);
    let position = terms.contrast_position;
    let first = vectors(batch, &views.latents, 0, position);
    let second = two.then(|| vectors(second, &views.latents, tokens, position));
    let same_target = views.same_target.clone();
    let pairs = match terms.positives {
        Positives::OtherView => vec![(Some(first), second)],
        Positives::SameTarget => vec![(Some(first), same_target)],
        Positives::Both => vec![(Some(first.clone()), second), (Some(first), same_target)],
        Positives::SecondViewSameTarget => vec![(second, same_target)],
    };
    let labels = terms.mask_same_target.then_some(batch.last_targets.as_slice());
    pairs
        .into_iter()
        .filter_map(|(one, other)| {
            let (one, other) = (one?, other?);
            let device = one.device().inner();
            Some(match terms.contrast {
                Contrast::NtXent => {
                    let left_out = pairs_left_out(batch.sequences, labels, &device);
                    nt_xent(one, other, terms.temperature, left_out)
                }
                Contrast::AlignUniform => align_uniform(one, other, terms.uniformity_weight, labels),
            })
        })
        .reduce(|one, other| one + other)
}

/// The vector of each sequence of `batch`, `[S, d]`, of latents that begin at token `first`.
fn vectors(batch: &Batch, latents: &Tensor<2>, first: usize, position: ContrastPosition) -> Tensor<2> {
    let latents = latents.clone().narrow(0, first, batch.rows * batch.length);
    match position {
        ContrastPosition::Pooled => batch.pool.clone().matmul(latents),
        ContrastPosition::Last => latents.select(0, batch.last.clone()),
    }
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
    let labels = mask_same_target.then_some(batch.last_targets.as_slice());
    if let (None, ContrastPosition::Pooled) = (&batch.second, position)
        && let Some(contrast) = kernel::whole_nt_xent(&batch.pool, &latents, temperature, labels)
    {
        return contrast;
    }
    let second = batch.second.as_deref().unwrap_or(batch);
    let left_out = pairs_left_out(batch.sequences, labels, &latents.device().inner());
    let one = vectors(batch, &latents, 0, position);
    nt_xent(one, vectors(second, &latents, tokens, position), temperature, left_out)
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
