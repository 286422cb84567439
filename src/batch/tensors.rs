//! From packed rows to the tensors of one pass.
//!
//! In: [`Rows`] and a device. Out: [`Batch`]. Averages are prepared here as weights (1/n at the positions that count), so the
//! objective is made of products and sums only, whichever positions count.

use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Layout, PADDING, Rows, Visible};

/// Over which positions KL is averaged and the contrastive vector pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Real positions only.
    Real,
    /// All positions of the window, pads included, as the official code has it; needs [`Layout::Padded`].
    Padded,
}

impl Reduction {
    /// The layout that it needs.
    pub fn layout(self) -> Layout {
        match self {
            Self::Real => Layout::Packed,
            Self::Padded => Layout::Padded,
        }
    }
}

/// Items that all positions of a step are compared with; K of them.
#[derive(Clone)]
pub struct Candidates {
    /// Embedding rows, `[K]`.
    pub ids: Tensor<1, Int>,
    /// Logarithm of the expected number of each among the K, `[1, K]`.
    pub log_expected: Tensor<2>,
}

impl Candidates {
    /// Uploads item indices with the logarithms of their expected numbers.
    pub fn new(items: &[u32], log_expected: &[f32], device: &Device) -> Self {
        let count = items.len();
        let ids: Vec<i32> = items.iter().map(|&item| item as i32 + 1).collect();
        Self {
            ids: Tensor::from_data(TensorData::new(ids, [count]), device),
            log_expected: Tensor::from_data(TensorData::new(log_expected.to_vec(), [1, count]), device),
        }
    }
}

/// Of more tokens than this share, those without a target are scored with the rest: to pick rows costs more than it saves.
const DENSE: f64 = 0.75;

/// Device tensors of one batch; N = rows * length tokens, S sequences.
#[derive(Clone)]
pub struct Batch {
    /// Number of rows.
    pub rows: usize,
    /// Length of a row.
    pub length: usize,
    /// Number of sequences S.
    pub sequences: usize,
    /// Embedding rows of the inputs, `[N]`.
    pub ids: Tensor<1, Int>,
    /// Rows of the position table, `[N]`.
    pub positions: Tensor<1, Int>,
    /// Embedding rows of the next items, `[N]`; 0 where there is none.
    pub targets: Tensor<1, Int>,
    /// Embedding rows of the sampled negatives, `[N]`.
    pub negatives: Option<Tensor<1, Int>>,
    /// 1/(number of targets) at positions with a target, else 0; `[N, 1]`.
    pub target_weight: Tensor<2>,
    /// 1/(number of positions that count) where KL counts, else 0; `[N, 1]`.
    pub kl_weight: Tensor<2>,
    /// Sums the positions of each sequence: `[S, N]`, of zeros and ones.
    pub pool: Tensor<2>,
    /// Which positions each position sees.
    pub visible: Visible,
    /// Token of each sequence's last position, `[S]`.
    pub last: Tensor<1, Int>,
    /// Embedding row of each sequence's last target, on the host; 0 where there is none.
    pub last_targets: Vec<i32>,
    /// The tokens that have a target, where many have none.
    pub targeted: Option<Tensor<1, Int>>,
    /// 1 at padding and 0 elsewhere, `[N, 1]`, where padding takes part in the objective: its embedding must then be kept from being
    /// trained (as by the official code's `padding_idx`).
    pub padding: Option<Tensor<2>>,
    /// The items of a sampled softmax, where there is one.
    pub candidates: Option<Candidates>,
    /// The second view, where its ids are others.
    pub second: Option<Box<Batch>>,
    /// For each sequence another history that ends before the same item as it, or itself; S sequences. Only where the contrast asks for
    /// such positives.
    pub same_target: Option<Box<Batch>>,
    /// Attributes of the next items, each from 0 to 1, `[N, A]`; 0 where there is none. Only where latents are supervised by them.
    pub attributes: Option<Tensor<2>>,
}

impl Batch {
    /// Uploads `rows`. `reduction` other than [`Reduction::Real`] takes one sequence for each row.
    pub fn new(rows: &Rows, layout: Layout, reduction: Reduction, device: &Device) -> Self {
        let tokens = rows.rows * rows.length;
        let padded = reduction == Reduction::Padded && layout == Layout::Padded;
        let average = |counts: &dyn Fn(usize) -> bool| {
            let total = (0..tokens).filter(|&token| counts(token)).count().max(1);
            let weights: Vec<f32> = (0..tokens)
                .map(|token| if counts(token) { 1.0 / total as f32 } else { 0.0 })
                .collect();
            Tensor::<2>::from_data(TensorData::new(weights, [tokens, 1]), device)
        };
        let mut pool = vec![0.0f32; rows.sequences * tokens];
        for token in 0..tokens {
            let owner = if padded {
                (token / rows.length) as i32
            } else {
                rows.segment[token]
            };
            if owner >= 0 && (owner as usize) < rows.sequences {
                pool[owner as usize * tokens + token] = 1.0;
            }
        }
        let targeted: Vec<i32> = (0..tokens as i32).filter(|&token| rows.targets[token as usize] > 0).collect();
        let sparse = !targeted.is_empty() && (targeted.len() as f64) < DENSE * tokens as f64;
        let ints = |values: &[i32]| Tensor::<1, Int>::from_data(TensorData::new(values.to_vec(), [values.len()]), device);
        Self {
            rows: rows.rows,
            length: rows.length,
            sequences: rows.sequences,
            ids: ints(&rows.ids),
            positions: ints(&rows.positions),
            targets: ints(&rows.targets),
            negatives: rows.negatives.iter().any(|&id| id > 0).then(|| ints(&rows.negatives)),
            target_weight: average(&|token| rows.targets[token] > 0),
            kl_weight: average(&|token| padded || rows.segment[token] >= 0),
            pool: Tensor::from_data(TensorData::new(pool, [rows.sequences, tokens]), device),
            visible: Visible::new(rows, padded),
            last: ints(&rows.last),
            last_targets: rows.last.iter().map(|&token| rows.targets[token as usize]).collect(),
            targeted: sparse.then(|| ints(&targeted)),
            padding: padded.then(|| {
                let pads: Vec<f32> = rows.ids.iter().map(|&id| if id == PADDING { 1.0 } else { 0.0 }).collect();
                Tensor::from_data(TensorData::new(pads, [tokens, 1]), device)
            }),
            candidates: None,
            second: rows
                .second
                .as_ref()
                .map(|second| Box::new(Self::new(second, layout, reduction, device))),
            same_target: None,
            attributes: None,
        }
    }
}
