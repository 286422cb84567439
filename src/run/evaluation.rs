//! Full ranking of all items by a trained model: evaluation in pieces, scores, the best items.
//!
//! In: a model to use, and users or histories. Out: metrics, scores or a list of items.

use std::{borrow::Cow, cmp::Ordering, collections::HashSet};

use burn::tensor::{Device, Tensor};

use super::{
    Config, Run, RunError,
    plan::{Plan, pack_histories},
    readback::read,
};
use crate::{
    batch::Bags,
    evaluate::{Corruption, Metrics, MetricsAccumulator, rank_of},
    log::Split,
    model::Recommender,
    parallel::{map_pieces, piece_rows},
};

/// Users that one evaluation pass takes at most.
pub(super) const EVALUATION_USERS: usize = 256;
/// Scores that one evaluation pass reads at most (users times items): 16 MiB of floats, well under a GPU's binding limit.
pub(super) const EVALUATION_SCORES: usize = 4 << 20;

/// Scores of all items after each history, `[histories, items]`, with the first latent dimensions moved by so much at each position. A model of
/// bags, which ties none, is scored as it is.
pub(super) fn moved_scores_after(
    model: &Recommender,
    histories: &[&[u32]],
    items: usize,
    config: &Config,
    device: &Device,
    moves: &[f32],
) -> Tensor<2> {
    match model {
        Recommender::Sequence(network) if moves.iter().any(|&by| by != 0.0) => {
            let batch = pack_histories(histories, config.model.max_length, device);
            network.score_moved(&batch, config.view.sampling, moves)
        }
        _ => scores_after(model, histories, items, config, device),
    }
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
    best_of(scores, k, |item| !met.contains(&item))
}

/// The same of the items that `may` be taken.
pub(super) fn best_of(scores: &[f32], k: usize, may: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
    let mut best = Best::new(k.min(scores.len()));
    best.take(0, scores, may);
    best.finish()
}

/// Scores that are compared at once.
const COMPARED: usize = 16;

/// The best of a ranking whose scores come in the order of the items, some at a time.
#[derive(Clone, Debug)]
pub(super) struct Best {
    k: usize,
    /// At most twice as many as are wanted; whoever is worse than all that were wanted so far is passed over.
    held: Vec<(u32, f32)>,
    least: f32,
}

impl Best {
    /// The `k` best; none was met yet.
    pub(super) fn new(k: usize) -> Self {
        Self {
            k,
            held: Vec::with_capacity(2 * k + 1),
            least: f32::NEG_INFINITY,
        }
    }

    /// Best first; of equal ones the first item.
    fn order(a: &(u32, f32), b: &(u32, f32)) -> Ordering {
        b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
    }

    /// Takes in the scores of the items from `first` on, of those that `may` be taken.
    pub(super) fn take(&mut self, first: u32, scores: &[f32], may: impl Fn(u32) -> bool) {
        if self.k == 0 {
            return;
        }
        for (chunk, start) in scores.chunks(COMPARED).zip((first..).step_by(COMPARED)) {
            // Nearly always none is among the best: a comparison of all at once, without a branch.
            let mut below = true;
            for &score in chunk {
                below &= score < self.least;
            }
            if below {
                continue;
            }
            for (item, &score) in (start..).zip(chunk) {
                if score < self.least || !may(item) {
                    continue;
                }
                self.held.push((item, score));
                if self.held.len() > 2 * self.k {
                    self.held.select_nth_unstable_by(self.k - 1, Self::order);
                    self.held.truncate(self.k);
                    self.least = self.held[self.k - 1].1;
                }
            }
        }
    }

    /// The best of all that were taken in, best first.
    pub(super) fn finish(mut self) -> Vec<(u32, f32)> {
        self.held.sort_unstable_by(Self::order);
        self.held.truncate(self.k);
        self.held
    }
}

/// Full-ranking evaluation in pieces, so that a host can show progress, answer its user and cancel.
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
    /// Evaluation of `model` on all users that the split asks.
    pub(super) fn new(plan: &Plan, model: Recommender, split: Split) -> Self {
        Self {
            model,
            split,
            corruption: None,
            users: (0..plan.users() as u32)
                .filter(|&user| plan.data.query(user as usize, split).is_some())
                .collect(),
            done: 0,
            metrics: MetricsAccumulator::default(),
            ranks: vec![None; plan.users()],
        }
    }

    /// Corrupts the history that the model is shown of each user. The items that are left out of the ranking stay those of the
    /// original history, so that a deleted item cannot come back as a recommendation.
    #[must_use]
    pub fn with_corruption(mut self, corruption: Corruption) -> Self {
        self.corruption = Some(corruption);
        self
    }

    /// Users ranked so far, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.users.len())
    }

    /// The rank of each user's answer, by user; None if nothing is asked of the user, or not yet.
    pub fn ranks(&self) -> &[Option<u32>] {
        &self.ranks
    }

    /// Ranks the next users; `Some` with the metrics when all are done.
    pub async fn advance(&mut self, run: &Run) -> Result<Option<Metrics>, RunError> {
        let plan = run.plan();
        let items = plan.items();
        let count = (EVALUATION_SCORES / items.max(1))
            .clamp(1, EVALUATION_USERS)
            .min(self.users.len() - self.done);
        if count > 0 {
            let users = &self.users[self.done..self.done + count];
            let queries: Vec<(&[u32], u32)> = users
                .iter()
                .filter_map(|&user| plan.data.query(user as usize, self.split))
                .collect();
            let told: Vec<Cow<[u32]>> = users
                .iter()
                .zip(&queries)
                .map(|(&user, (history, _))| Corruption::told(self.corruption.as_ref(), user as usize, history, items))
                .collect();
            let told: Vec<&[u32]> = told.iter().map(AsRef::as_ref).collect();
            let scores = read(scores_after(&self.model, &told, items, &plan.config, plan.device())).await?;
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
