//! The posteriors of users as they are: means, variances and the two views, for tools that look at the space itself.
//!
//! In: a run, and users or one history. Out: [`PosteriorSet`], matrices and which user each of their rows is. The map's own projection
//! needs the means alone ([`Run::user_latents`]), which are cheaper.

use burn::tensor::Tensor;

use super::{
    Run, RunError,
    latents::{UserHistory, users_at_once},
    schedule::{Stream, seed_for},
    training::read,
};
use crate::{
    batch::{Bags, Layout, Reduction},
    kernel::noise_for,
    model::{Pass, Recommender},
};

/// Posteriors at the last position of users' histories, or of their bags, on the host. All matrices are row-major,
/// `indices.len()` times `dimensions`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PosteriorSet {
    /// User of each row.
    pub indices: Vec<u32>,
    /// Width of a row.
    pub dimensions: usize,
    /// Posterior means.
    pub mean: Vec<f32>,
    /// Logarithms of the posterior variances; empty where the model is deterministic.
    pub log_variance: Vec<f32>,
    /// The latents of the first view; empty where they were not asked for or the model has one view.
    pub first_view: Vec<f32>,
    /// Those of the second view.
    pub second_view: Vec<f32>,
}

impl Run {
    /// Of more than `most` users an evenly spaced `most`, always the same ones.
    pub fn sample_of_users(&self, most: usize) -> Vec<u32> {
        let users = self.data.sequences.len();
        let shown = users.min(most);
        (0..shown).map(|index| (index * users / shown) as u32).collect()
    }

    /// Posteriors at the last position of what the test shows of these users. With `views` also the two views of each, which come
    /// about as in training, with dropout and noise; their noise is always the same.
    pub async fn user_posteriors(&self, users: &[u32], views: bool) -> Result<PosteriorSet, RunError> {
        let count = self.data.sequences.len();
        if let Some(&user) = users.iter().find(|&&user| user as usize >= count) {
            return Err(RunError::UnknownUser { user, users: count });
        }
        let histories: Vec<&[u32]> = users
            .iter()
            .map(|&user| UserHistory::BeforeTest.of(&self.data, user as usize))
            .collect();
        let mut set = PosteriorSet {
            indices: users.to_vec(),
            dimensions: self.config.latent_size(),
            ..PosteriorSet::default()
        };
        let mut left = histories.as_slice();
        while !left.is_empty() {
            let (some, others) = left.split_at(users_at_once(left, self.config.model.max_length));
            self.read_posteriors(some, &mut set).await?;
            if views {
                self.read_views(some, &mut set).await?;
            }
            left = others;
        }
        Ok(set)
    }

    /// The posterior after `history` (item indices, oldest first): one row without a user.
    pub async fn posterior_after(&self, history: &[u32]) -> Result<PosteriorSet, RunError> {
        let items = self.data.items.len();
        if let Some(&item) = history.iter().find(|&&item| item as usize >= items) {
            return Err(RunError::UnknownItem { item, items });
        }
        let mut set = PosteriorSet {
            dimensions: self.config.latent_size(),
            ..PosteriorSet::default()
        };
        self.read_posteriors(&[history], &mut set).await?;
        Ok(set)
    }

    async fn read_posteriors(&self, histories: &[&[u32]], set: &mut PosteriorSet) -> Result<(), RunError> {
        let (mu, logvar) = match &self.inference_model() {
            Recommender::Sequence(network) => {
                let batch = self.pack_histories(histories);
                let (mu, logvar) = network.posterior(&batch);
                let last = |values: Tensor<2>| values.select(0, batch.last.clone());
                (last(mu), logvar.map(last))
            }
            Recommender::Bag(model) => {
                let (mu, logvar) = model.posterior(&Bags::new(histories.iter().copied(), self.data.items.len()));
                (mu, Some(logvar))
            }
        };
        let Some(logvar) = logvar else {
            set.mean.extend(read(mu).await?);
            return Ok(());
        };
        let values = read(Tensor::cat(vec![mu, logvar], 1)).await?;
        for row in values.chunks_exact(2 * set.dimensions) {
            let (mean, log_variance) = row.split_at(set.dimensions);
            set.mean.extend_from_slice(mean);
            set.log_variance.extend_from_slice(log_variance);
        }
        Ok(())
    }

    /// A bag has one view.
    async fn read_views(&self, histories: &[&[u32]], set: &mut PosteriorSet) -> Result<(), RunError> {
        let Recommender::Sequence(network) = &self.inference_model() else {
            return Ok(());
        };
        let done = set.first_view.len() / set.dimensions.max(1);
        let batch = self.views_batch(
            histories,
            Layout::Packed,
            Reduction::Real,
            seed_for(self.config.seed, Stream::Diagnosis, 2 * done),
        );
        let mut noise = noise_for(&self.compute, seed_for(self.config.seed, Stream::Diagnosis, 2 * done + 1));
        let mut pass = Pass::training(
            noise.as_mut(),
            self.config.model.hidden_dropout,
            self.config.model.attention_dropout,
        );
        let view = &self.config.view;
        let views = network.forward(&batch, view.sampling, view.variance_dropout, &mut pass);
        if views.views != 2 {
            return Ok(());
        }
        let tokens = batch.rows * batch.length;
        let latents = views.latents.inner();
        // A changed sequence may end earlier than the one that it was made of.
        let last = batch.second.as_ref().map_or(batch.last.clone(), |second| second.last.clone());
        let first = latents.clone().select(0, batch.last.clone());
        let second = latents.select(0, last.add_scalar(tokens as i64));
        let values = read(Tensor::cat(vec![first, second], 0)).await?;
        let (first, second) = values.split_at(values.len() / 2);
        set.first_view.extend_from_slice(first);
        set.second_view.extend_from_slice(second);
        Ok(())
    }
}
