//! Whether the decoder listens to the latent: the ranking of answers where it is given another one.
//!
//! In: a model and users with a validation answer. Out: [`Reliance`]. A decoder that has learnt to do without its latent (posterior
//! collapse as it matters to the user, whatever the KL) recommends as well with somebody else's, or with noise.
//!
//! In a sequential model there is a latent at each position and the decoder looks back over all of them, so all are replaced. The latents of another
//! user are matched from the end: the last position gets the last of the other's, the one before it the one before, and where the
//! other has fewer, its first.

use burn::tensor::{Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{
    RunError,
    evaluation::{EVALUATION_SCORES, EVALUATION_USERS},
    plan::Plan,
    readback::read,
};
use crate::{
    batch::{Bags, Batch, Layout, Reduction, Rows},
    evaluate::{Metrics, MetricsAccumulator, rank_of},
    kernel::Noise,
    latent::DiagnosticsError,
    log::Split,
    model::{Recommender, Sampling},
};

/// Latent that the decoder is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatentSource {
    /// mu, the mean of the user's own posterior.
    Mean,
    /// mu + sigma, where the official code scores.
    MeanPlusDeviation,
    /// mu + sigma * noise, a draw from the user's own posterior.
    Sample,
    /// Another user's, taken at the same place (mean, or mean plus deviation) as the scores are.
    OtherUser,
    /// A draw from the prior N(0, I), which knows nothing of anybody.
    Prior,
}

const SOURCES: [LatentSource; 5] = [
    LatentSource::Mean,
    LatentSource::MeanPlusDeviation,
    LatentSource::Sample,
    LatentSource::OtherUser,
    LatentSource::Prior,
];

/// How good the ranking is with one kind of latent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelianceMetrics {
    /// Latent that the decoder was given.
    pub latent: LatentSource,
    /// The full ranking of the validation answers.
    pub metrics: Metrics,
}

/// Loss of recommendations by another latent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliance {
    /// Users that were asked for their validation answer.
    pub users: u32,
    /// Where the model is scored: the row that the others are to be compared with.
    pub scored_at: LatentSource,
    /// One row for each kind of latent. If the row of another user, or of the prior, is as good as that at `scored_at`, the
    /// decoder does not use the latent. [`LatentSource::OtherUser`] is absent where there is one user only.
    pub latents: Vec<RelianceMetrics>,
}

/// The ranking in pieces.
pub(super) struct RelianceRanking {
    users: Vec<u32>,
    done: usize,
    sums: [MetricsAccumulator; SOURCES.len()],
}

impl RelianceRanking {
    /// A ranking of these users, all of whom have a validation answer.
    pub fn new(users: Vec<u32>) -> Self {
        Self {
            users,
            done: 0,
            sums: Default::default(),
        }
    }

    /// Users that were asked, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.users.len())
    }

    /// Asks the next users; call it until all are done.
    pub async fn advance(&mut self, plan: &Plan, model: &Recommender, noise: &mut dyn Noise) -> Result<(), RunError> {
        let items = plan.items();
        let most = (EVALUATION_SCORES / items.max(1)).clamp(2, EVALUATION_USERS);
        let left = self.users.len() - self.done;
        // A single one at the end would have no other beside it.
        let count = if left <= most + 1 { left } else { most };
        let users = &self.users[self.done..self.done + count];
        let queries: Vec<(&[u32], u32)> = users
            .iter()
            .filter_map(|&user| plan.data.query(user as usize, Split::Valid))
            .collect();
        let histories: Vec<&[u32]> = queries.iter().map(|(history, _)| *history).collect();
        let device = plan.device();
        // Where the latents of the others stand, and the scores of all items for given latents.
        let (mu, logvar, others, scores_of): (_, _, _, Box<dyn Fn(Tensor<2>) -> Tensor<2>>) = match model {
            Recommender::Sequence(network) => {
                let rows = Rows::of_histories(&histories, plan.config.model.max_length, Layout::Packed);
                let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, device);
                let (mu, logvar) = network.posterior(&batch);
                let logvar = logvar.ok_or(DiagnosticsError::NoPosterior)?;
                let others = tokens_of_others(&rows);
                let scores = move |latents| network.scores(network.decode(latents, &batch).select(0, batch.last.clone()));
                (mu, logvar, others, Box::new(scores))
            }
            Recommender::Bag(model) => {
                let (mu, logvar) = model.posterior(&Bags::new(histories.iter().copied(), items));
                let next = (0..count).map(|user| ((user + 1) % count) as i32).collect();
                (mu, logvar, next, Box::new(|latents| model.scores(latents)))
            }
        };
        let deviation = logvar.mul_scalar(0.5).exp();
        let above = mu.clone() + deviation.clone();
        let scored = match scored_at(plan.config.view.sampling) {
            LatentSource::MeanPlusDeviation => above.clone(),
            _ => mu.clone(),
        };
        for (source, sums) in SOURCES.into_iter().zip(&mut self.sums) {
            let latents = match source {
                LatentSource::Mean => mu.clone(),
                LatentSource::MeanPlusDeviation => above.clone(),
                LatentSource::Sample => mu.clone() + deviation.clone() * noise.normal(mu.dims(), device),
                LatentSource::OtherUser => {
                    let tokens = TensorData::new(others.clone(), [others.len()]);
                    scored.clone().select(0, Tensor::<1, Int>::from_data(tokens, device))
                }
                LatentSource::Prior => noise.normal(mu.dims(), device),
            };
            let scores = read(scores_of(latents)).await?;
            for ((history, answer), row) in queries.iter().zip(scores.chunks_exact(items)) {
                let rank = rank_of(row, *answer, history).map_err(|error| RunError::Ranking(error.to_string()))?;
                sums.add(rank);
            }
        }
        self.done += count;
        Ok(())
    }

    /// Metrics for each latent; None if nobody was asked.
    pub fn finish(&self, sampling: Sampling) -> Option<Reliance> {
        let alone = self.users.len() < 2;
        let rows = SOURCES.into_iter().zip(&self.sums);
        let latents: Vec<RelianceMetrics> = rows
            .filter(|(latent, _)| !(alone && *latent == LatentSource::OtherUser))
            .map(|(latent, sums)| RelianceMetrics {
                latent,
                metrics: sums.finish(),
            })
            .collect();
        (!self.users.is_empty()).then(|| Reliance {
            users: self.users.len() as u32,
            scored_at: scored_at(sampling),
            latents,
        })
    }
}

/// Where a model is scored.
fn scored_at(sampling: Sampling) -> LatentSource {
    match sampling {
        Sampling::Paper => LatentSource::Mean,
        Sampling::Official => LatentSource::MeanPlusDeviation,
    }
}

/// For each token the one of the next sequence (of the first for the last) that is as far from its end; padding keeps its own.
fn tokens_of_others(rows: &Rows) -> Vec<i32> {
    let mut tokens: Vec<i32> = (0..(rows.rows * rows.length) as i32).collect();
    for sequence in 0..rows.sequences {
        let other = rows.tokens((sequence + 1) % rows.sequences);
        for (from_end, token) in rows.tokens(sequence).rev().enumerate() {
            tokens[token] = (other.end - 1 - from_end.min(other.len() - 1)) as i32;
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_are_matched_from_the_end() {
        let rows = Rows::of_histories(&[&[1, 2, 3], &[4, 5], &[6]], 4, Layout::Packed);
        let of = |sequence: usize| -> Vec<i32> {
            let others = tokens_of_others(&rows);
            rows.tokens(sequence)
                .map(|token| rows.ids[others[token] as usize] - 1)
                .collect()
        };
        assert_eq!([of(0), of(1), of(2)], [vec![4, 4, 5], vec![6, 6], vec![3]]);
        let padding = (0..rows.segment.len()).filter(|&token| rows.segment[token] < 0);
        for token in padding {
            assert_eq!(tokens_of_others(&rows)[token], token as i32);
        }
    }
}
