//! Posteriors of users as they are: means, variances and the two views, for tools that look at the space itself.
//!
//! In: a model and its plan, and users or one history. Out: [`PosteriorSet`], matrices and which user each of their rows is. The map's own projection
//! needs the means alone (`latents.rs`), which are cheaper.

use burn::tensor::Tensor;

use super::{
    RunError,
    batches::views_batch,
    latents::{UserHistory, users_at_once},
    plan::Plan,
    readback::read,
    schedule::{Stream, seed_for},
};
use crate::{
    batch::{Bags, Layout, Reduction},
    model::Recommender,
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

/// Posteriors at the last position of what the test shows of these users, and with `views` the two views of each.
pub(super) async fn user_posteriors(
    plan: &Plan,
    model: &Recommender,
    users: &[u32],
    views: bool,
) -> Result<PosteriorSet, RunError> {
    plan.check_users(users)?;
    let histories: Vec<&[u32]> = users
        .iter()
        .map(|&user| UserHistory::BeforeTest.of(&plan.data, user as usize))
        .collect();
    let mut set = PosteriorSet {
        indices: users.to_vec(),
        dimensions: plan.config.latent_size(),
        ..PosteriorSet::default()
    };
    let mut left = histories.as_slice();
    while !left.is_empty() {
        let (some, others) = left.split_at(users_at_once(left, plan.config.model.max_length));
        set.read_posteriors(plan, model, some).await?;
        if views {
            set.read_views(plan, model, some).await?;
        }
        left = others;
    }
    Ok(set)
}

/// Posterior after one history: one row without a user.
pub(super) async fn posterior_after(plan: &Plan, model: &Recommender, history: &[u32]) -> Result<PosteriorSet, RunError> {
    plan.check_items(history)?;
    let mut set = PosteriorSet {
        dimensions: plan.config.latent_size(),
        ..PosteriorSet::default()
    };
    set.read_posteriors(plan, model, &[history]).await?;
    Ok(set)
}

impl PosteriorSet {
    /// Appends the posteriors after these histories.
    async fn read_posteriors(&mut self, plan: &Plan, model: &Recommender, histories: &[&[u32]]) -> Result<(), RunError> {
        let (mu, logvar) = match model {
            Recommender::Sequence(network) => {
                let batch = plan.pack(histories);
                let (mu, logvar) = network.posterior(&batch);
                let last = |values: Tensor<2>| values.select(0, batch.last.clone());
                (last(mu), logvar.map(last))
            }
            Recommender::Bag(model) => {
                let (mu, logvar) = model.posterior(&Bags::new(histories.iter().copied(), plan.items()));
                (mu, Some(logvar))
            }
        };
        let Some(logvar) = logvar else {
            self.mean.extend(read(mu).await?);
            return Ok(());
        };
        let values = read(Tensor::cat(vec![mu, logvar], 1)).await?;
        for row in values.chunks_exact(2 * self.dimensions) {
            let (mean, log_variance) = row.split_at(self.dimensions);
            self.mean.extend_from_slice(mean);
            self.log_variance.extend_from_slice(log_variance);
        }
        Ok(())
    }

    /// Appends both views after these histories; nothing if the model has one view, as one of bags has.
    async fn read_views(&mut self, plan: &Plan, model: &Recommender, histories: &[&[u32]]) -> Result<(), RunError> {
        let Recommender::Sequence(network) = model else {
            return Ok(());
        };
        let config = &plan.config;
        let done = self.first_view.len() / self.dimensions.max(1);
        let seed = seed_for(config.seed, Stream::Diagnosis, 2 * done);
        let batch = views_batch(plan, histories, Layout::Packed, Reduction::Real, seed);
        let mut noise = plan.noise(Stream::Diagnosis, 2 * done + 1);
        let mut pass = config.training_pass(noise.as_mut());
        let views = network.forward(&batch, config.view.sampling, config.view.variance_dropout, &mut pass);
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
        self.first_view.extend_from_slice(first);
        self.second_view.extend_from_slice(second);
        Ok(())
    }
}
