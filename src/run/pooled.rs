//! Two views of the same users, pooled to one vector a user, as the contrastive term meets them.
//!
//! In: batches of histories and the model. Out: pairs of vectors, how they agree ([`PooledViews`]), and the contrastive loss between
//! them. The views come about as in training, with dropout and noise: without them both would be the same.

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{RunError, plan::Plan, readback::read};
use crate::{
    batch::Batch,
    kernel::Noise,
    latent::{InfoNceBound, ViewGeometry},
    model::ContrastVae,
    objective::{nt_xent, pairs_left_out},
};

/// Users among whom a view seeks its pair: the batch of the official code.
const CONTRASTED_USERS: usize = 256;

/// How two views agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PooledViews {
    /// Alignment and uniformity; `None` where fewer than two pairs have directions.
    pub geometry: Option<ViewGeometry>,
    /// Bound on their mutual information from the contrastive loss between them.
    pub contrast: Option<InfoNceBound>,
}

/// The pairs that were read so far.
pub(super) struct ViewPairs {
    wanted: usize,
    done: usize,
    /// Whether the model has but one view, so that there is nothing to read.
    single: bool,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl ViewPairs {
    /// Pairs of so many users, none of them read.
    pub fn new(wanted: usize) -> Self {
        Self {
            wanted,
            done: 0,
            single: false,
            first: Vec::new(),
            second: Vec::new(),
        }
    }

    /// Users that are done, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.wanted)
    }

    /// Whether nothing is left to read.
    pub fn is_complete(&self) -> bool {
        self.done >= self.wanted
    }

    /// Reads the views of a batch of `sequences` users, pooled as the batch has it.
    pub async fn read(
        &mut self,
        plan: &Plan,
        model: &ContrastVae,
        batch: &Batch,
        sequences: usize,
        noise: &mut dyn Noise,
    ) -> Result<(), RunError> {
        self.done += sequences;
        if self.single {
            return Ok(());
        }
        let config = &plan.config;
        let mut pass = config.training_pass(noise);
        let views = model.forward(batch, config.view.sampling, config.view.variance_dropout, &mut pass);
        if views.views != 2 {
            self.single = true;
            return Ok(());
        }
        let tokens = batch.rows * batch.length;
        let latents = views.latents.inner();
        let pooled = |batch: &Batch, first: usize| batch.pool.clone().matmul(latents.clone().narrow(0, first, tokens));
        let second = batch.second.as_deref().unwrap_or(batch);
        let values = read(Tensor::cat(vec![pooled(batch, 0), pooled(second, tokens)], 0)).await?;
        let (first, second) = values.split_at(values.len() / 2);
        self.first.extend_from_slice(first);
        self.second.extend_from_slice(second);
        Ok(())
    }

    /// The vectors of both views, row-major, pair by pair; `None` where there are fewer than two.
    pub fn pairs(&self, dimensions: usize) -> Option<(&[f32], &[f32])> {
        (self.first.len() >= 2 * dimensions).then_some((&self.first, &self.second))
    }

    /// Mean NT-Xent (nats) at the temperature of the run over batches of 256 users, or of all where there are fewer, and the size
    /// of the batches. What is left over of the last batch is not counted, since its bound would be another.
    pub async fn contrastive_loss(&self, plan: &Plan) -> Result<Option<(f64, u32)>, RunError> {
        let dimensions = plan.config.model.hidden_size;
        let Some((first, second)) = self.pairs(dimensions) else {
            return Ok(None);
        };
        let sequences = (first.len() / dimensions).min(CONTRASTED_USERS);
        let upload = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [sequences, dimensions]);
            Tensor::<2>::from_data(data, plan.device())
        };
        let size = sequences * dimensions;
        let batches = first.chunks_exact(size).zip(second.chunks_exact(size));
        let losses: Vec<Tensor<1>> = batches
            .map(|(first, second)| {
                let left_out = pairs_left_out(sequences, None, plan.device());
                nt_xent(upload(first), upload(second), plan.config.objective.temperature, left_out)
            })
            .collect();
        let losses = read(Tensor::cat(losses, 0)).await?;
        let mean = losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / losses.len() as f64;
        Ok(Some((mean, sequences as u32)))
    }

    /// How the views agree; `None` where there are none.
    pub async fn report(&self, plan: &Plan, seed: u64) -> Result<Option<PooledViews>, RunError> {
        let dimensions = plan.config.model.hidden_size;
        let Some((first, second)) = self.pairs(dimensions) else {
            return Ok(None);
        };
        let geometry = ViewGeometry::between(first, second, dimensions, seed)?;
        let contrast = match self.contrastive_loss(plan).await? {
            Some((loss, sequences)) => Some(InfoNceBound::new(loss, sequences)?),
            None => None,
        };
        Ok(Some(PooledViews { geometry, contrast }))
    }
}
