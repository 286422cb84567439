//! Ranks, and the means made of them.
//!
//! In: one user's scores of all items, the answer and the history. Out: the answer's rank among all items that are not in the
//! history ("full ranking"; no sampled candidates), and from the ranks of all users recall, NDCG and MRR.
//!
//! Two rules, both against the model in doubt. Ties count against the answer: an item with the same score stands before it, so a
//! model that gives every item the same score ranks last, not first. And the answer itself is never excluded, even where the
//! user had it before, since the question asks for it.

use serde::{Deserialize, Serialize};

/// Means over users. With one answer a user, recall at k is the share of users whose answer is among the first k.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Users that were asked.
    pub users: u32,
    /// Share of answers among the first 5.
    pub recall_5: f32,
    /// Share of answers among the first 10.
    pub recall_10: f32,
    /// Share of answers among the first 20.
    pub recall_20: f32,
    /// Share of answers among the first 40.
    pub recall_40: f32,
    /// Mean of 1 / log2(rank + 1), 0 beyond rank 5.
    pub ndcg_5: f32,
    /// Mean of 1 / log2(rank + 1), 0 beyond rank 10.
    pub ndcg_10: f32,
    /// Mean of 1 / log2(rank + 1), 0 beyond rank 20.
    pub ndcg_20: f32,
    /// Mean of 1 / log2(rank + 1), 0 beyond rank 40.
    pub ndcg_40: f32,
    /// Mean of 1 / rank, over all ranks.
    pub mrr: f32,
}

impl Metrics {
    /// The metrics of a list of 1-based ranks.
    pub fn from_ranks(ranks: impl IntoIterator<Item = u32>) -> Self {
        let mut accumulator = MetricsAccumulator::default();
        for rank in ranks {
            accumulator.add(rank);
        }
        accumulator.finish()
    }
}

/// The cut-offs, in the order of the sums below.
const CUTS: [u32; 4] = [5, 10, 20, 40];

/// Sums of metrics, user by user; kept in doubles so that the order of users does not show.
#[derive(Clone, Debug, Default)]
pub struct MetricsAccumulator {
    users: u32,
    recall: [u32; 4],
    ndcg: [f64; 4],
    reciprocal: f64,
}

impl MetricsAccumulator {
    /// Adds one user by the 1-based rank of the answer. A rank of 0 cannot be and counts as 1.
    pub fn add(&mut self, rank: u32) {
        let rank = rank.max(1);
        let position = f64::from(rank);
        self.users += 1;
        self.reciprocal += position.recip();
        let gain = (position + 1.0).log2().recip();
        for (at, &cut) in CUTS.iter().enumerate() {
            if rank <= cut {
                self.recall[at] += 1;
                self.ndcg[at] += gain;
            }
        }
    }

    /// Adds the users of another part, for work done in parts.
    pub fn merge(&mut self, other: &Self) {
        self.users += other.users;
        self.reciprocal += other.reciprocal;
        for at in 0..CUTS.len() {
            self.recall[at] += other.recall[at];
            self.ndcg[at] += other.ndcg[at];
        }
    }

    /// The means so far; all zero where no user was added.
    pub fn finish(&self) -> Metrics {
        let users = f64::from(self.users.max(1));
        let recall = self.recall.map(|sum| (f64::from(sum) / users) as f32);
        let ndcg = self.ndcg.map(|sum| (sum / users) as f32);
        Metrics {
            users: self.users,
            recall_5: recall[0],
            recall_10: recall[1],
            recall_20: recall[2],
            recall_40: recall[3],
            ndcg_5: ndcg[0],
            ndcg_10: ndcg[1],
            ndcg_20: ndcg[2],
            ndcg_40: ndcg[3],
            mrr: (self.reciprocal / users) as f32,
        }
    }
}

/// Why scores could not be ranked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RankError {
    /// A score that is not a number: a training that diverged.
    #[error("The score of item {item} is not a number; the model has diverged, so train again with a smaller learning rate.")]
    NotANumber {
        /// 0-based index of the first such item.
        item: u32,
    },
    /// An index beyond the scores.
    #[error("Item {item} is unknown to the model, which has {items} items; use the data that it was trained on.")]
    UnknownItem {
        /// The index that was given.
        item: u32,
        /// How many scores there are.
        items: u32,
    },
}

/// The answer's 1-based rank among all items outside the history.
///
/// Items of the history are left out altogether (a score of minus infinity), except the answer. An item whose score equals the
/// answer's stands before it.
pub fn rank_of(scores: &[f32], answer: u32, history: &[u32]) -> Result<u32, RankError> {
    let unknown = |item: u32| RankError::UnknownItem {
        item,
        items: u32::try_from(scores.len()).unwrap_or(u32::MAX),
    };
    let of_answer = *scores.get(answer as usize).ok_or_else(|| unknown(answer))?;
    let mut not_a_number = 0u32;
    // Counts the answer too: that is the 1 of a 1-based rank.
    let mut before = 0u32;
    for &score in scores {
        not_a_number += u32::from(score.is_nan());
        before += u32::from(score >= of_answer);
    }
    if not_a_number > 0 {
        let item = scores.iter().position(|score| score.is_nan()).unwrap_or_default();
        return Err(RankError::NotANumber {
            item: u32::try_from(item).unwrap_or(u32::MAX),
        });
    }
    let mut seen = history.to_vec();
    seen.sort_unstable();
    seen.dedup();
    for item in seen {
        let score = *scores.get(item as usize).ok_or_else(|| unknown(item))?;
        before -= u32::from(item != answer && score >= of_answer);
    }
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_leaves_out_the_history_once_each() {
        let scores = [0.9, 0.8, 0.7, 0.6, 0.5];
        assert_eq!(rank_of(&scores, 3, &[]), Ok(4));
        assert_eq!(rank_of(&scores, 3, &[0, 0, 2, 0]), Ok(2));
        assert_eq!(rank_of(&scores, 3, &[4]), Ok(4));
        assert_eq!(rank_of(&scores, 0, &[1]), Ok(1));
    }

    #[test]
    fn an_answer_in_the_history_still_counts() {
        assert_eq!(rank_of(&[0.9, 0.8, 0.7], 1, &[0, 1]), Ok(1));
        assert_eq!(rank_of(&[0.9, 0.8, 0.7], 2, &[2, 2]), Ok(3));
    }

    #[test]
    fn ties_stand_before_the_answer() {
        assert_eq!(rank_of(&[0.5; 4], 0, &[]), Ok(4));
        assert_eq!(rank_of(&[0.5; 4], 0, &[3]), Ok(3));
        assert_eq!(rank_of(&[f32::NEG_INFINITY; 3], 1, &[]), Ok(3));
        assert_eq!(rank_of(&[0.0, -0.0], 0, &[]), Ok(2));
    }

    #[test]
    fn what_cannot_be_ranked_is_said() {
        assert_eq!(
            rank_of(&[0.1, f32::NAN, 0.2], 0, &[1]),
            Err(RankError::NotANumber { item: 1 })
        );
        assert_eq!(rank_of(&[f32::NAN, 0.2], 0, &[]), Err(RankError::NotANumber { item: 0 }));
        assert_eq!(rank_of(&[0.1], 1, &[]), Err(RankError::UnknownItem { item: 1, items: 1 }));
        assert_eq!(rank_of(&[0.1], 0, &[7]), Err(RankError::UnknownItem { item: 7, items: 1 }));
        assert_eq!(rank_of(&[], 0, &[]), Err(RankError::UnknownItem { item: 0, items: 0 }));
    }

    #[test]
    fn means_by_hand() {
        let metrics = Metrics::from_ranks([1, 3, 10, 50]);
        assert_eq!(metrics.users, 4);
        assert_eq!(
            [metrics.recall_5, metrics.recall_10, metrics.recall_20, metrics.recall_40],
            [0.5, 0.75, 0.75, 0.75]
        );
        assert!((metrics.ndcg_5 - 1.5 / 4.0).abs() < 1e-6);
        assert!((metrics.ndcg_10 - (1.5 + 1.0 / 11f32.log2()) / 4.0).abs() < 1e-6);
        assert!((metrics.mrr - (1.0 + 1.0 / 3.0 + 0.1 + 0.02) / 4.0).abs() < 1e-6);
    }

    #[test]
    fn parts_add_up_and_nobody_is_all_zero() {
        let (mut a, mut b, mut whole) = (
            MetricsAccumulator::default(),
            MetricsAccumulator::default(),
            MetricsAccumulator::default(),
        );
        for rank in 1..50 {
            if rank % 3 == 0 {
                a.add(rank)
            } else {
                b.add(rank)
            }
            whole.add(rank);
        }
        a.merge(&b);
        let (a, whole) = (a.finish(), whole.finish());
        assert_eq!((a.users, a.recall_20), (whole.users, whole.recall_20));
        assert!((a.ndcg_40 - whole.ndcg_40).abs() < 1e-6 && (a.mrr - whole.mrr).abs() < 1e-6);
        assert_eq!(MetricsAccumulator::default().finish(), Metrics::default());
    }
}
