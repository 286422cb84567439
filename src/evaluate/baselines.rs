//! All baselines on validation and test, in slices, so that a page shows progress and stays responsive.
//!
//! In: a data set. Out: for each recommender that needs no gradient its [`Metrics`] on both splits, and how much of the ranking is
//! done. The host calls [`BaselineRanking::advance`] until all are done; dropping it cancels.

use std::sync::Arc;

use serde::Serialize;

use super::{
    ItemKnnBuilder, ItemKnnOptions, Markov, Metrics, PopularityScorer, RankError, Scorer, ScorerEvaluation, popularity,
    users_at_once,
};
use crate::log::{Dataset, Split};

/// Pairs of items that are met in a slice.
const VISITS_AT_ONCE: u64 = 500_000;

/// One baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BaselineMetrics {
    /// As [`Scorer::name`] has it.
    pub name: String,
    /// On validation.
    pub valid: Metrics,
    /// On the test.
    pub test: Metrics,
}

enum Stage {
    Popularity,
    Markov,
    /// Similarities of items are being counted.
    Neighbours(ItemKnnBuilder),
    Ranking {
        scorer: Box<dyn Scorer>,
        evaluation: ScorerEvaluation,
        valid: Option<Metrics>,
    },
}

/// The baselines in the making.
pub struct BaselineRanking {
    data: Arc<Dataset>,
    stage: Stage,
    finished: Vec<BaselineMetrics>,
}

impl BaselineRanking {
    /// Baselines that are ranked user by user: Markov and item-kNN, each on two splits.
    const RANKINGS: usize = 4;

    /// Nothing is done yet.
    pub fn new(data: Arc<Dataset>) -> Self {
        Self {
            data,
            stage: Stage::Popularity,
            finished: Vec::new(),
        }
    }

    /// Parts done, and parts in all: users ranked, and items whose neighbours were found.
    pub fn progress(&self) -> (usize, usize) {
        let (users, items) = (self.data.users.len(), self.data.items.len());
        let before = match self.finished.len() {
            0 | 1 => 0,
            // Markov is through.
            2 => 2 * users,
            _ => 2 * users + items,
        };
        let within = match &self.stage {
            Stage::Popularity | Stage::Markov => 0,
            Stage::Neighbours(builder) => builder.progress().0,
            Stage::Ranking { evaluation, valid, .. } => {
                let neighbours = if self.finished.len() == 2 { items } else { 0 };
                neighbours + evaluation.progress().0 + if valid.is_some() { users } else { 0 }
            }
        };
        (before + within, Self::RANKINGS * users + items)
    }

    /// Does the next slice. All baselines once the last one is done, `None` before.
    pub fn advance(&mut self) -> Result<Option<&[BaselineMetrics]>, RankError> {
        let data = &self.data;
        let ranking = |scorer: Box<dyn Scorer>| Stage::Ranking {
            scorer,
            evaluation: ScorerEvaluation::new(data, Split::Valid),
            valid: None,
        };
        match &mut self.stage {
            Stage::Popularity => {
                self.finished.push(BaselineMetrics {
                    name: PopularityScorer::new(data).name().to_owned(),
                    valid: popularity(data, Split::Valid),
                    test: popularity(data, Split::Test),
                });
                self.stage = Stage::Markov;
            }
            Stage::Markov => self.stage = ranking(Box::new(Markov::new(data))),
            Stage::Neighbours(builder) => {
                if builder.advance(VISITS_AT_ONCE)
                    && let Stage::Neighbours(builder) = std::mem::replace(&mut self.stage, Stage::Markov)
                {
                    self.stage = ranking(Box::new(builder.finish()));
                }
            }
            Stage::Ranking {
                scorer,
                evaluation,
                valid,
            } => {
                let Some(metrics) = evaluation.advance(data, scorer.as_ref(), users_at_once(data.items.len()))? else {
                    return Ok(None);
                };
                match valid.take() {
                    None => {
                        *valid = Some(metrics);
                        *evaluation = ScorerEvaluation::new(data, Split::Test);
                    }
                    Some(valid) => {
                        self.finished.push(BaselineMetrics {
                            name: scorer.name().to_owned(),
                            valid,
                            test: metrics,
                        });
                        if self.finished.len() == 3 {
                            return Ok(Some(&self.finished));
                        }
                        self.stage = Stage::Neighbours(ItemKnnBuilder::new(data, &ItemKnnOptions::default()));
                    }
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ItemKnn, evaluate, scorer::tests::forty_users};
    use super::*;

    #[test]
    fn slices_give_what_ranking_in_one_go_gives() {
        let data = Arc::new(forty_users());
        let mut ranking = BaselineRanking::new(data.clone());
        let mut before = 0;
        let found = loop {
            let (done, all) = ranking.progress();
            assert!(done >= before && done <= all, "{done} after {before} of {all}");
            before = done;
            if let Some(found) = ranking.advance().unwrap() {
                break found.to_vec();
            }
        };
        assert!(before > 3 * 40 + data.items.len() - 1);
        let scorers: [Box<dyn Scorer>; 3] = [
            Box::new(PopularityScorer::new(&data)),
            Box::new(Markov::new(&data)),
            Box::new(ItemKnn::new(&data, &ItemKnnOptions::default())),
        ];
        for (found, scorer) in found.iter().zip(&scorers) {
            assert_eq!(found.name, scorer.name());
            assert_eq!(Ok(found.valid.clone()), evaluate(&data, Split::Valid, scorer.as_ref()));
            assert_eq!(Ok(found.test.clone()), evaluate(&data, Split::Test, scorer.as_ref()));
        }
        assert_eq!(found.len(), 3);
    }
}
