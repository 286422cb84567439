//! From packed rows to the tensors of one pass.
//!
//! In: [`Rows`] and a device. Out: [`Batch`]. Averages are prepared here as weights (1/n at the positions that count), so the
//! objective is made of products and sums only, whichever positions count.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{Layout, Rows, Visible};

/// Over which positions KL is averaged and the contrastive vector pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Real positions only.
    Real,
    /// All positions of the window, pads included, as the official code has it; needs [`Layout::Padded`].
    Padded,
}

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
        }
    }
}
