//! A trained model put to the test and to use: full ranking of all items, scores, recommendations.
//!
//! In: a [`Run`], users or a history. Out: metrics, scores or a list of items. The model is the one to use: the averaged weights where
//! there is an average.

use std::{borrow::Cow, collections::HashSet};

use burn::tensor::{Device, Tensor};

use super::{Config, Run, RunError, training::read};
use crate::{
    batch::{Bags, Batch, Layout, Reduction, Rows},
    evaluate::{Corruption, Metrics, MetricsAccumulator, rank_of},
    log::Split,
    model::Recommender,
    parallel::{map_pieces, piece_rows},
};

/// Users that one evaluation pass takes at most.
pub(super) const EVALUATION_USERS: usize = 256;
/// Scores that one evaluation pass reads at most (users times items): 16 MiB of floats, well under a GPU's binding limit.
pub(super) const EVALUATION_SCORES: usize = 4 << 20;

impl Run {
    pub(super) fn pack_histories(&self, histories: &[&[u32]]) -> Batch {
        pack_histories(histories, self.config.model.max_length, self.compute.device())
    }

    /// An evaluation over all users by full ranking; the host calls [`Evaluation::advance`] until it is done.
    pub fn evaluation(&self, split: Split) -> Evaluation {
        self.evaluation_of(self.inference_model(), split)
    }

    /// The same of the best weights on validation so far, with the epoch after which they stood; `None` before the first validation.
    pub fn best_evaluation(&self, split: Split) -> Option<(usize, Evaluation)> {
        let (step, best) = self.best.as_ref()?;
        Some((step / self.steps_per_epoch(), self.evaluation_of(best.clone(), split)))
    }

    fn evaluation_of(&self, model: Recommender, split: Split) -> Evaluation {
        let users = (0..self.data.sequences.len() as u32)
            .filter(|&user| self.data.query(user as usize, split).is_some())
            .collect();
        Evaluation {
            model,
            split,
            corruption: None,
            users,
            done: 0,
            metrics: MetricsAccumulator::default(),
            ranks: vec![None; self.data.sequences.len()],
        }
    }

    /// Scores of all items after `history` (item indices, oldest first), as the evaluation computes them.
    pub async fn scores(&self, history: &[u32]) -> Result<Vec<f32>, RunError> {
        let items = self.data.items.len();
        if let Some(&item) = history.iter().find(|&&item| item as usize >= items) {
            return Err(RunError::UnknownItem { item, items });
        }
        read(
            scores_after(
                &self.inference_model(),
                &[history],
                items,
                &self.config,
                self.compute.device(),
            )
            .reshape([items]),
        )
        .await
    }

    /// The `k` best items after `history` that are not in it, with their scores, best first.
    pub async fn recommend(&self, history: &[u32], k: usize) -> Result<Vec<(u32, f32)>, RunError> {
        Ok(best_items(&self.scores(history).await?, history, k))
    }
}

/// Histories as a batch without targets.
pub(super) fn pack_histories(histories: &[&[u32]], max_length: usize, device: &Device) -> Batch {
    let rows = Rows::of_histories(histories, max_length, Layout::Packed);
    Batch::new(&rows, Layout::Packed, Reduction::Real, device)
}

/// Scores of all items after each history, `[histories, items]`.
pub(super) fn scores_after(
    model: &Recommender,
    histories: &[&[u32]],
    items: usize,
    config: &Config,
    device: &Device,
) -> Tensor<2> {
    match model {
        Recommender::Sequence(network) => {
            let batch = pack_histories(histories, config.model.max_length, device);
            network.score_sequences(&batch, config.view.sampling)
        }
        Recommender::Bag(model) => {
            let (mu, _) = model.posterior(&Bags::new(histories.iter().copied(), items));
            model.scores(mu)
        }
    }
}

/// The `k` items with the highest scores that are not in the history, best first; of equal ones the first.
pub(super) fn best_items(scores: &[f32], history: &[u32], k: usize) -> Vec<(u32, f32)> {
    let met: HashSet<u32> = history.iter().copied().collect();
    let mut ranked: Vec<(u32, f32)> = (0..)
        .zip(scores.iter().copied())
        .filter(|(item, _)| !met.contains(item))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.truncate(k);
    ranked
}

/// A full-ranking evaluation in pieces, so that a host can show progress, answer its user and cancel.
pub struct Evaluation {
    model: Recommender,
    split: Split,
    corruption: Option<Corruption>,
    users: Vec<u32>,
    done: usize,
    metrics: MetricsAccumulator,
    ranks: Vec<Option<u32>>,
}

impl Evaluation {
    /// Spoils what the model is told of each user. The items that are left out of the ranking stay those of the history as it
    /// was, so that a deleted item cannot come back as a recommendation.
    #[must_use]
    pub fn with_corruption(mut self, corruption: Corruption) -> Self {
        self.corruption = Some(corruption);
        self
    }

    /// Users ranked so far, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.users.len())
    }

    /// The rank of each user's answer, by user; `None` where nothing is asked or not yet.
    pub fn ranks(&self) -> &[Option<u32>] {
        &self.ranks
    }

    /// Ranks the next users; `Some` with the metrics when all are done.
    pub async fn advance(&mut self, run: &Run) -> Result<Option<Metrics>, RunError> {
        let items = run.data.items.len();
        let count = (EVALUATION_SCORES / items.max(1))
            .clamp(1, EVALUATION_USERS)
            .min(self.users.len() - self.done);
        if count > 0 {
            let users = &self.users[self.done..self.done + count];
            let queries: Vec<(&[u32], u32)> = users
                .iter()
                .filter_map(|&user| run.data.query(user as usize, self.split))
                .collect();
            let told: Vec<Cow<[u32]>> = users
                .iter()
                .zip(&queries)
                .map(|(&user, (history, _))| Corruption::told(self.corruption.as_ref(), user as usize, history, items))
                .collect();
            let told: Vec<&[u32]> = told.iter().map(AsRef::as_ref).collect();
            let scores = read(scores_after(&self.model, &told, items, &run.config, run.compute.device())).await?;
            let ranks = map_pieces(queries.len(), piece_rows(queries.len(), items as f64), |rows| {
                let each = queries[rows.clone()]
                    .iter()
                    .zip(scores[rows.start * items..].chunks_exact(items));
                each.map(|((history, answer), row)| rank_of(row, *answer, history))
                    .collect::<Vec<_>>()
            });
            for (&user, rank) in users.iter().zip(ranks.into_iter().flatten()) {
                let rank = rank.map_err(|error| RunError::Ranking(error.to_string()))?;
                self.metrics.add(rank);
                self.ranks[user as usize] = Some(rank);
            }
            self.done += count;
        }
        Ok((self.done == self.users.len()).then(|| self.metrics.finish()))
    }
}
