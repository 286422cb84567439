//! The models: attention blocks, the posterior encoder, the decoder, and ContrastVAE made of them; and the models of bags.
//!
//! In: a [`Batch`](crate::batch::Batch) and a source of noise. Out: posterior parameters, latents and decoder outputs of each
//! view. Models of bags take [`Bags`](crate::batch::Bags) in its place (`bag/`), and [`Recommender`] is either. Source of the
//! architecture: Wang et al., ContrastVAE (CIKM 2022), section 4, and its official code (`models.py`, `modules.py`). Parameters carry
//! the names of the official checkpoints.

mod bag;
mod block;
mod differences;
mod head;
mod initialise;
mod kind;
mod linear;
mod network;
mod parameters;
mod pass;
mod prior;
mod recommender;
mod shape;

pub use bag::{BagDesign, BagLosses, BagModel, BagPass, BagStep, Side, bag_model};
pub use block::{Block, LayerNorm};
pub use differences::Differences;
pub use head::Head;
pub use kind::ModelKind;
pub use linear::Linear;
pub use network::{ContrastVae, Views};
pub use parameters::{ParameterError, Parameters, is_linear_weight};
pub use pass::{DriftNoise, Pass};
pub use prior::{CompositePrior, Prior, PriorOf};
pub use recommender::Recommender;
pub use shape::{Augmentation, LogVariance, Shape};

use serde::{Deserialize, Serialize};

/// How latents are drawn from their posteriors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// z = mu + sigma * noise in each view (the paper, figure 1a); scores are those of the mean.
    Paper,
    /// The official code: in the contrastive modes view 1 is mu + sigma without noise, and so is view 2 of the model and data modes,
    /// whose standard deviation has dropout; scores are those of mu + sigma.
    Official,
}
