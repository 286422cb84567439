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
    evaluate::{Corruption, Metrics, MetricsAccumulator, RankError, rank_of},
    kernel::on_host,
    log::Split,
    model::{ContrastVae, Recommender},
    parallel::{map_pieces, piece_rows},
};

/// Users that one evaluation pass takes at most.
pub(super) const EVALUATION_USERS: usize = 256;
/// Scores that one evaluation pass reads at most (users times items): 16 MiB of floats, well under a GPU's binding limit.
pub(super) const EVALUATION_SCORES: usize = 4 << 20;
/// Users that one thread ranks together on the host: enough that packing the item table for a product costs little beside it.
const PIECE_USERS: usize = 64;
/// Pieces that are ranked at once: two for each of eight threads.
const PIECES: usize = 16;

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
    questions: Questions,
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
            questions: Questions { split, corruption: None },
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
        self.questions.corruption = Some(corruption);
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
        let items = plan.items().max(1);
        let left = &self.users[self.done..];
        let ranks = match &self.model {
            Recommender::Sequence(network) if on_host(&network.items()) => {
                // Each piece does all of its users, so that threads meet once. Its size is that of the work alone.
                let piece = (EVALUATION_SCORES / (PIECES / 4) / items).clamp(4, PIECE_USERS);
                let users = &left[..left.len().min(PIECES * piece)];
                let (questions, table) = (&self.questions, network.table());
                map_pieces(users.len(), piece, |rows| {
                    questions.ranks_on_host(plan, network, &table, &users[rows])
                })
            }
            _ => {
                let count = (EVALUATION_SCORES / items).clamp(1, EVALUATION_USERS).min(left.len());
                self.ranks_by_device(plan, &left[..count]).await?
            }
        };
        for (&user, rank) in left.iter().zip(ranks.into_iter().flatten()) {
            let rank = rank.map_err(|error| RunError::Ranking(error.to_string()))?;
            self.metrics.add(rank);
            self.ranks[user as usize] = Some(rank);
            self.done += 1;
        }
        Ok((self.done == self.users.len()).then(|| self.metrics.finish()))
    }

    /// Ranks of the answers of these users, by whole rankings that the device hands over.
    async fn ranks_by_device(&self, plan: &Plan, users: &[u32]) -> Result<Vec<Vec<Ranked>>, RunError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let items = plan.items().max(1);
        let queries = self.questions.of(plan, users);
        let told: Vec<&[u32]> = queries.iter().map(|query| query.told.as_ref()).collect();
        let scores = read(scores_after(&self.model, &told, items, &plan.config, plan.device())).await?;
        Ok(map_pieces(queries.len(), piece_rows(queries.len(), items as f64), |rows| {
            let each = scores[rows.start * items..].chunks_exact(items);
            queries[rows].iter().zip(each).map(|(query, row)| query.rank(row)).collect()
        }))
    }
}

/// Questions to users.
struct Questions {
    split: Split,
    corruption: Option<Corruption>,
}

impl Questions {
    /// The questions to these users.
    fn of<'a>(&self, plan: &'a Plan, users: &[u32]) -> Vec<Query<'a>> {
        let query = |&user: &u32| {
            let (history, answer) = plan.data.query(user as usize, self.split)?;
            let told = Corruption::told(self.corruption.as_ref(), user as usize, history, plan.items());
            Some(Query { history, answer, told })
        };
        users.iter().filter_map(query).collect()
    }

    /// Ranks of the answers of these users, worked out by one thread on the host.
    fn ranks_on_host(&self, plan: &Plan, network: &ContrastVae, table: &Tensor<2>, users: &[u32]) -> Vec<Ranked> {
        let queries = self.of(plan, users);
        let told: Vec<&[u32]> = queries.iter().map(|query| query.told.as_ref()).collect();
        let scores = network.score_values(&plan.pack(&told), plan.config.view.sampling, table);
        let rows = scores.as_deref().unwrap_or_default().chunks_exact(plan.items().max(1));
        queries.iter().zip(rows).map(|(query, row)| query.rank(row)).collect()
    }
}

/// The rank of an answer.
type Ranked = Result<u32, RankError>;

/// A question to the model: what comes after a history.
struct Query<'a> {
    history: &'a [u32],
    answer: u32,
    /// The history as the model is shown it.
    told: Cow<'a, [u32]>,
}

impl Query<'_> {
    /// The rank of the answer among the scores of all items.
    fn rank(&self, scores: &[f32]) -> Ranked {
        rank_of(scores, self.answer, self.history)
    }
}
