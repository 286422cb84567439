//! Latents of a model on the host, for maps, diagnostics and files.
//!
//! In: a model and its plan, or for items alone a checkpoint. Out: [`LatentSet`], a matrix and which item or user each of its rows is.

use burn::tensor::Device;

use super::{
    Checkpoint, CheckpointError, Config, RunError,
    plan::{Plan, pack_histories},
    readback::read,
};
use crate::{
    batch::Bags,
    log::{Dataset, Split},
    model::{ParameterError, Recommender},
};

/// Users that one pass takes at most.
const USERS_AT_ONCE: usize = 256;
/// Positions that one pass takes at most, unless a single user has more; bounds the memory where histories are long.
pub(super) const POSITIONS_AT_ONCE: usize = 4_096;
/// Users on a map: more points than this say nothing more to the eye, and cost a pass each.
const USERS_AT_MOST: usize = 2_000;

/// Whose latents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatentSubject {
    /// Item embeddings.
    Items,
    /// Posterior means at the last position of each user's training and validation items.
    Users,
}

/// Part of a user's history that the encoder is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserHistory {
    /// Everything before the answer of the test, and of a user whom the test does not ask the training part. Numbers that are
    /// made of these latents may be compared with the test.
    BeforeTest,
    /// Everything, the answer of the test as well.
    Whole,
}

impl UserHistory {
    /// The items of a user, oldest first.
    pub fn of(self, data: &Dataset, user: usize) -> &[u32] {
        match self {
            UserHistory::BeforeTest => data
                .query(user, Split::Test)
                .map_or(data.train_part(user), |(history, _)| history),
            UserHistory::Whole => data.sequences.get(user).map(Vec::as_slice).unwrap_or_default(),
        }
    }
}

/// Latents on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentSet {
    /// Item or user index of each row.
    pub indices: Vec<u32>,
    /// Row-major, `indices.len()` times `dimensions`.
    pub values: Vec<f32>,
    /// Width of a row.
    pub dimensions: usize,
}

/// Latents of `model`. Of more than 2,000 users an evenly spaced 2,000, always the same ones.
pub(super) async fn latents(plan: &Plan, model: &Recommender, subject: LatentSubject) -> Result<LatentSet, RunError> {
    match subject {
        LatentSubject::Items => {
            let items = match model {
                Recommender::Sequence(network) => network.items(),
                Recommender::Bag(model) => model.items(),
            };
            Ok(LatentSet {
                indices: (0..plan.items() as u32).collect(),
                dimensions: items.dims()[1],
                values: read(items).await?,
            })
        }
        LatentSubject::Users => {
            let indices = plan.sample_of_users(USERS_AT_MOST);
            // A map that had seen the answer of the test would not show what the test sees.
            user_latents(plan, model, &indices, UserHistory::BeforeTest).await
        }
    }
}

/// Posterior means at the last position of these users' histories, or of their bags.
pub(super) async fn user_latents(
    plan: &Plan,
    model: &Recommender,
    users: &[u32],
    history: UserHistory,
) -> Result<LatentSet, RunError> {
    plan.check_users(users)?;
    let histories: Vec<&[u32]> = users.iter().map(|&user| history.of(&plan.data, user as usize)).collect();
    Ok(LatentSet {
        indices: users.to_vec(),
        values: latents_after(&plan.config, plan.items(), model, &histories, plan.device()).await?,
        dimensions: plan.config.latent_size(),
    })
}

/// Posterior means after these histories of `items` items, row-major.
pub(super) async fn latents_after(
    config: &Config,
    items: usize,
    model: &Recommender,
    histories: &[&[u32]],
    device: &Device,
) -> Result<Vec<f32>, RunError> {
    let mut values = Vec::with_capacity(histories.len() * config.latent_size());
    let mut left = histories;
    while !left.is_empty() {
        let (some, others) = left.split_at(users_at_once(left, config.model.max_length));
        let means = match model {
            Recommender::Sequence(network) => {
                let batch = pack_histories(some, config.model.max_length, device);
                network.means(&batch).select(0, batch.last.clone())
            }
            Recommender::Bag(model) => model.posterior(&Bags::new(some.iter().copied(), items)).0,
        };
        values.extend(read(means).await?);
        left = others;
    }
    Ok(values)
}

/// Number of these histories that one pass takes, at least one if there is any.
pub(super) fn users_at_once(histories: &[&[u32]], max_length: usize) -> usize {
    let mut positions = 0;
    let fits = |history: &&&[u32]| {
        positions += history.len().clamp(1, max_length.max(1));
        positions <= POSITIONS_AT_ONCE
    };
    let count = histories.iter().take(USERS_AT_ONCE).take_while(fits).count();
    count.max(1).min(histories.len())
}

impl Checkpoint {
    /// The embeddings of the items by the model to use; neither data nor device is needed.
    pub fn item_latents(&self) -> Result<LatentSet, CheckpointError> {
        self.record.config.check().map_err(RunError::from)?;
        let config = &self.record.config;
        let (items, dimensions) = (self.record.item_ids.len(), config.item_size());
        let (name, before, more) = config.model.kind.item_table();
        let missing = || ParameterError::Missing { name: name.to_owned() };
        let table = self.values()?.remove(name).ok_or_else(missing)?;
        if table.len() != (items + more) * dimensions {
            return Err(CheckpointError::Parameters(ParameterError::Shape {
                name: name.to_owned(),
                expected: (items + more) * dimensions,
                found: table.len(),
            }));
        }
        Ok(LatentSet {
            indices: (0..items as u32).collect(),
            values: table[before * dimensions..(before + items) * dimensions].to_vec(),
            dimensions,
        })
    }
}
