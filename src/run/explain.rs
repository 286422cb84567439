//! Why a model recommends an item: each item of the history left out in turn.
//!
//! In: a model to use and a history. Out: an [`Explanation`] of each wanted item: the change of its score by each item of the history, and its
//! rank without it. Leave-one-out asks any model the same question; the changes need not add up to the score.

use burn::tensor::Device;
use serde::Serialize;

use super::{
    Checkpoint, CheckpointError, Config, Run, RunError,
    evaluation::{best_items, scores_after},
    readback::read,
};
use crate::{device::Compute, model::Recommender};

/// Histories that one pass takes at most.
const HISTORIES: usize = 256;
/// Scores that are read at once at most (histories times items): 16 MiB of floats.
const SCORES: usize = 4 << 20;

/// Items to explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One item.
    Item(u32),
    /// So many of the best.
    Best(usize),
}

/// Score of an item after a history, and what the items of the history do to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// 0-based index of the item.
    pub item: u32,
    /// Score after the whole history.
    pub score: f32,
    /// Rank after the whole history among the items that are not in it, from 1; of equal scores the first item comes first.
    pub rank: u32,
    /// Items of the history, those that change the score most first; empty if the history is one item, without which there is nothing to go by.
    pub reasons: Vec<Reason>,
}

/// Effect of one item of the history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// Place in the history, from 0.
    pub at: u32,
    /// 0-based index of the item that is left out.
    pub item: u32,
    /// Score with it less the score without it: above 0 if it speaks for the item.
    pub change: f32,
    /// Rank without it.
    pub rank: u32,
}

/// A model with what its scores need.
struct Asked<'a> {
    model: &'a Recommender,
    items: usize,
    config: &'a Config,
    device: &'a Device,
}

impl Asked<'_> {
    /// Scores of all items after each history, row-major.
    async fn scores(&self, histories: &[&[u32]]) -> Result<Vec<f32>, RunError> {
        read(scores_after(self.model, histories, self.items, self.config, self.device)).await
    }

    /// Explanations of the wanted items that are not in the history, in the order of their ranks.
    async fn explain(&self, history: &[u32], wanted: Wanted) -> Result<Vec<Explanation>, RunError> {
        let scores = self.scores(&[history]).await?;
        let chosen = match wanted {
            Wanted::Item(item) => vec![item],
            Wanted::Best(k) => best_items(&scores, history, k).into_iter().map(|(item, _)| item).collect(),
        };
        let whole = |item: u32| {
            let (score, rank) = placed(&scores, history, item)?;
            Some(Explanation {
                item,
                score,
                rank,
                reasons: Vec::new(),
            })
        };
        let mut explanations: Vec<Explanation> = chosen.into_iter().filter_map(whole).collect();
        let left_out: Vec<Vec<u32>> = match history.len() {
            0 | 1 => Vec::new(),
            length => (0..length).map(|at| without(history, at)).collect(),
        };
        let at_once = (SCORES / self.items.max(1)).clamp(1, HISTORIES);
        for (first, some) in (0..).step_by(at_once).zip(left_out.chunks(at_once)) {
            let some: Vec<&[u32]> = some.iter().map(Vec::as_slice).collect();
            let scores = self.scores(&some).await?;
            for (at, (history_without, scores)) in (first..).zip(some.iter().zip(scores.chunks_exact(self.items))) {
                for explanation in &mut explanations {
                    if let Some((score, rank)) = placed(scores, history_without, explanation.item) {
                        explanation.reasons.push(Reason {
                            at: at as u32,
                            item: history[at],
                            change: explanation.score - score,
                            rank,
                        });
                    }
                }
            }
        }
        for explanation in &mut explanations {
            let size = |reason: &Reason| reason.change.abs();
            explanation.reasons.sort_by(|a, b| size(b).total_cmp(&size(a)));
        }
        Ok(explanations)
    }
}

/// A history without the item at one place.
fn without(history: &[u32], at: usize) -> Vec<u32> {
    [&history[..at], &history[at + 1..]].concat()
}

/// Score of an item, and its rank among the items that are not in the history; None if it is in the history itself.
fn placed(scores: &[f32], history: &[u32], item: u32) -> Option<(f32, u32)> {
    let score = *scores.get(item as usize)?;
    if history.contains(&item) {
        return None;
    }
    let comes_before = |other: u32, its: f32| its.total_cmp(&score).then(item.cmp(&other)).is_gt();
    let before = (0..).zip(scores).filter(|&(other, &its)| comes_before(other, its)).count();
    // An item that occurs twice in the history counts once.
    let mut met: Vec<u32> = history
        .iter()
        .copied()
        .filter(|&had| comes_before(had, scores[had as usize]))
        .collect();
    met.sort_unstable();
    met.dedup();
    Some((score, (before - met.len()) as u32 + 1))
}

impl Run {
    /// Explanations by the present weights of the wanted items that are not in `history` (item indices, oldest first), in the order of their
    /// ranks.
    pub async fn explain(&self, history: &[u32], wanted: Wanted) -> Result<Vec<Explanation>, RunError> {
        let plan = self.plan();
        plan.check_items(history)?;
        let asked = Asked {
            model: &self.inference_model(),
            items: plan.items(),
            config: &plan.config,
            device: plan.device(),
        };
        asked.explain(history, wanted).await
    }
}

impl Checkpoint {
    /// The same as [`Run::explain`] by the model to use; no data is needed.
    pub async fn explain(&self, history: &[u32], wanted: Wanted, compute: Compute) -> Result<Vec<Explanation>, CheckpointError> {
        let device = compute.device();
        let asked = Asked {
            model: &self.model_for(history, device)?,
            items: self.record.item_ids.len(),
            config: &self.record.config,
            device,
        };
        Ok(asked.explain(history, wanted).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::log::{Example, ReadOptions, generate};

    fn trained() -> Run {
        let data = generate(&Example {
            users: 60,
            items: 60,
            ..Example::default()
        });
        let mut config = Config::default();
        config.model.hidden_size = 8;
        config.training.batch_size = 16;
        let mut run = Run::new(config, Arc::new(data.unwrap()), Compute::cpu()).unwrap();
        for _ in 0..8 {
            block_on(run.step()).unwrap();
        }
        run
    }

    #[test]
    fn ranks_are_among_what_the_history_leaves() {
        let scores = [5.0, 7.0, 5.0, 9.0, 1.0];
        // 9 and 7 before it; 5 of item 0 comes first of the two equal ones.
        assert_eq!(placed(&scores, &[], 2), Some((5.0, 4)));
        assert_eq!(placed(&scores, &[3, 3, 4], 2), Some((5.0, 3)));
        assert_eq!(placed(&scores, &[2], 2), None);
        assert_eq!(placed(&scores, &[0], 9), None);
    }

    #[test]
    fn a_reason_is_the_difference_of_two_rankings() {
        let run = trained();
        let history = [3, 9, 14, 9];
        let found = block_on(run.explain(&history, Wanted::Best(3))).unwrap();
        let best = block_on(run.recommend(&history, 60)).unwrap();
        assert_eq!(found.len(), 3);
        for (place, explanation) in found.iter().enumerate() {
            let (item, score) = best[place];
            assert_eq!((explanation.item, explanation.rank), (item, place as u32 + 1));
            assert!((explanation.score - score).abs() < 1e-5);
            assert_eq!(explanation.reasons.len(), history.len());
            for reason in &explanation.reasons {
                let mut fewer = history.to_vec();
                assert_eq!(fewer.remove(reason.at as usize), reason.item);
                let ranking = block_on(run.recommend(&fewer, 60)).unwrap();
                let at = ranking.iter().position(|(other, _)| *other == item).unwrap();
                assert!((reason.change - (score - ranking[at].1)).abs() < 1e-5);
                assert_eq!(reason.rank, at as u32 + 1);
            }
            let sizes: Vec<f32> = explanation.reasons.iter().map(|reason| reason.change.abs()).collect();
            assert!(sizes.is_sorted_by(|a, b| a >= b));
        }
        let one = block_on(run.explain(&history, Wanted::Item(found[1].item))).unwrap();
        assert_eq!(one, [found[1].clone()]);
        assert!(block_on(run.explain(&history, Wanted::Item(9))).unwrap().is_empty());
        assert!(block_on(run.explain(&[9], Wanted::Best(1))).unwrap()[0].reasons.is_empty());
    }

    #[test]
    fn a_checkpoint_says_the_same_as_its_run() {
        let run = trained();
        let checkpoint = block_on(run.checkpoint(&ReadOptions::with_k_core(1))).unwrap();
        let by_file = block_on(checkpoint.explain(&[1, 2, 3], Wanted::Best(2), Compute::cpu())).unwrap();
        assert_eq!(by_file, block_on(run.explain(&[1, 2, 3], Wanted::Best(2))).unwrap());
    }
}
