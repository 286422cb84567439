//! How outputs of the decoder are compared with the items.
//!
//! In: outputs, and rows of the item table. Out: both as they are multiplied to scores: as they are (the paper), or as unit vectors over a
//! temperature that is learned. In training the outputs may also be averaged over several dropout masks. Sources: cosines as in Liu et
//! al., SphereFace (CVPR 2017), their scale by its logarithm as in CLIP (Radford et al., ICML 2021); the masks as in Inoue,
//! Multi-sample dropout (2019). The best sequential networks on the paper's data have both.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Pass;

/// Scores of the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// o . e, the dot product.
    DotProduct,
    /// cos(o, e) / temperature, the temperature learned.
    CosineSimilarity,
}

/// A head with its parameter.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    /// Logarithm of 1 / temperature, `[1, 1]`; absent where scores are dot products.
    pub(super) log_scale: Option<Tensor<2>>,
}

impl Comparison {
    /// Rows of the item table as they are multiplied, `[count, hidden]`.
    pub(super) fn items(&self, rows: Tensor<2>) -> Tensor<2> {
        match self.log_scale {
            Some(_) => unit(rows),
            None => rows,
        }
    }

    /// Outputs as they are multiplied, `[count, hidden]`; where the pass has output masks, their mean over as many dropout masks.
    pub(super) fn outputs(&self, outputs: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let masks = pass.output_masks();
        if masks == 0 {
            return self.scaled(outputs);
        }
        let mut of_masks = (0..masks).map(|_| {
            let masked = pass.hidden_dropout(outputs.clone());
            self.scaled(masked)
        });
        let first = of_masks.next().unwrap_or_else(|| outputs.clone());
        of_masks
            .fold(first, |sum, masked| sum + masked)
            .mul_scalar(1.0 / masks as f64)
    }

    fn scaled(&self, outputs: Tensor<2>) -> Tensor<2> {
        match &self.log_scale {
            Some(log_scale) => unit(outputs) * log_scale.clone().exp(),
            None => outputs,
        }
    }
}

/// Each row over its length; a row of zeros stays one.
pub(super) fn unit(rows: Tensor<2>) -> Tensor<2> {
    let length = (rows.clone() * rows.clone()).sum_dim(1).add_scalar(1e-24).sqrt();
    rows / length
}
