//! A baseline by its name, built in slices, so that a host can show progress, answer its user and cancel.
//!
//! In: one of [`BASELINES`] and a data set. Out: a [`Scorer`]. EASE comes with the penalty that was given, or else with that of
//! [`Ease::PENALTIES`] which has the best NDCG@20 on validation.

use thiserror::Error;

use super::{
    Ease, EaseBuilder, EaseError, ItemKnnBuilder, ItemKnnOptions, Markov, PopularityScorer, RankError, Scorer, ScorerEvaluation,
};
use crate::log::{Dataset, Split};

/// Names of the baselines, as [`Scorer::name`] has them.
pub const BASELINES: [&str; 4] = ["popularity", "markov", "item_knn", "ease"];

/// Pairs of items that are met in a slice.
const VISITS_AT_ONCE: u64 = 500_000;
/// Users that are ranked in a slice, times items: a few milliseconds.
const SCORES_AT_ONCE: usize = 1 << 19;

/// Users that a host should rank at once, so that a slice stays short.
pub fn users_at_once(items: usize) -> usize {
    (SCORES_AT_ONCE / items.max(1)).max(1)
}

/// Why there is no baseline: one sentence.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BaselineError {
    /// No baseline of that name.
    #[error("There is no baseline {name}; there are {}.", BASELINES.join(", "))]
    Unknown {
        /// The name as given.
        name: String,
    },
    /// EASE refuses.
    #[error(transparent)]
    Ease(#[from] EaseError),
    /// A score is no number.
    #[error(transparent)]
    Rank(#[from] RankError),
}

enum Stage {
    Popularity,
    Markov,
    Neighbours(ItemKnnBuilder),
    /// The next penalty of EASE is to be tried.
    Penalty,
    Weights(EaseBuilder),
    /// A penalty is being measured on validation.
    Choice(Ease, ScorerEvaluation),
    Built,
}

/// A baseline in the making.
pub struct BaselineBuilder {
    stage: Stage,
    /// Penalties of EASE to try, and how many of them were tried.
    penalties: Vec<f64>,
    tried: usize,
    /// The best EASE so far, its penalty and its NDCG@20 on validation.
    best: Option<(Ease, f64, f32)>,
    finished: Option<(Box<dyn Scorer>, Option<f64>)>,
    /// Items and users of the data, to tell how far it is.
    items: usize,
    users: usize,
}

impl BaselineBuilder {
    /// Nothing is counted yet. `ease_penalty` is that of EASE; without one it is chosen.
    pub fn new(name: &str, data: &Dataset, ease_penalty: Option<f64>) -> Result<Self, BaselineError> {
        let items = data.items.len();
        Self::check(name, items)?;
        let stage = match name {
            "popularity" => Stage::Popularity,
            "markov" => Stage::Markov,
            "item_knn" => Stage::Neighbours(ItemKnnBuilder::new(data, &ItemKnnOptions::default())),
            _ => Stage::Penalty,
        };
        Ok(Self {
            stage,
            penalties: ease_penalty.map_or_else(|| Ease::PENALTIES.to_vec(), |penalty| vec![penalty]),
            tried: 0,
            best: None,
            finished: None,
            items,
            users: data.users.len(),
        })
    }

    /// Whether there can be such a baseline for so many items.
    pub fn check(name: &str, items: usize) -> Result<(), BaselineError> {
        match name {
            "ease" => Ok(Ease::allows(items)?),
            _ if BASELINES.contains(&name) => Ok(()),
            _ => Err(BaselineError::Unknown { name: name.to_owned() }),
        }
    }

    /// Parts done, and parts in all: items whose neighbours were found or that were eliminated, and users who were asked.
    pub fn progress(&self) -> (usize, usize) {
        let one = self.items + if self.penalties.len() > 1 { self.users } else { 0 };
        let all = one * self.penalties.len();
        match &self.stage {
            Stage::Popularity | Stage::Markov => (0, 1),
            Stage::Neighbours(builder) => builder.progress(),
            Stage::Penalty => (one * self.tried, all),
            Stage::Weights(builder) => (one * self.tried + builder.progress().0, all),
            Stage::Choice(_, evaluation) => (one * self.tried + self.items + evaluation.progress().0, all),
            Stage::Built => (1, 1),
        }
    }

    /// Does the next slice; true when the baseline is built. `data` is the one that it was begun with.
    pub fn advance(&mut self, data: &Dataset) -> Result<bool, BaselineError> {
        match std::mem::replace(&mut self.stage, Stage::Built) {
            Stage::Popularity => self.finished = Some((Box::new(PopularityScorer::new(data)), None)),
            Stage::Markov => self.finished = Some((Box::new(Markov::new(data)), None)),
            Stage::Neighbours(mut builder) => match builder.advance(VISITS_AT_ONCE) {
                true => self.finished = Some((Box::new(builder.finish()), None)),
                false => self.stage = Stage::Neighbours(builder),
            },
            Stage::Penalty => match self.penalties.get(self.tried) {
                Some(&penalty) => self.stage = Stage::Weights(EaseBuilder::new(data, penalty)?),
                None => {
                    self.finished = self
                        .best
                        .take()
                        .map(|(ease, penalty, _)| (Box::new(ease) as Box<dyn Scorer>, Some(penalty)));
                }
            },
            Stage::Weights(mut builder) => {
                self.stage = match (builder.advance()?, self.penalties.as_slice()) {
                    (false, _) => Stage::Weights(builder),
                    // Nothing is to be chosen.
                    (true, &[penalty]) => {
                        self.finished = Some((Box::new(builder.finish()), Some(penalty)));
                        Stage::Built
                    }
                    (true, _) => Stage::Choice(builder.finish(), ScorerEvaluation::new(data, Split::Valid)),
                };
            }
            Stage::Choice(ease, mut evaluation) => {
                self.stage = match evaluation.advance(data, &ease, users_at_once(self.items))? {
                    None => Stage::Choice(ease, evaluation),
                    Some(valid) => {
                        // Of equal ones the first stays.
                        if self.best.as_ref().is_none_or(|(_, _, ndcg)| valid.ndcg_20 > *ndcg) {
                            self.best = Some((ease, self.penalties[self.tried], valid.ndcg_20));
                        }
                        self.tried += 1;
                        Stage::Penalty
                    }
                };
            }
            Stage::Built => {}
        }
        Ok(self.finished.is_some())
    }

    /// The baseline, and the penalty of EASE, once [`BaselineBuilder::advance`] has said that it is built; `None` before, and
    /// after it was taken.
    pub fn finish(&mut self) -> Option<(Box<dyn Scorer>, Option<f64>)> {
        self.finished.take()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{evaluate, scorer::tests::forty_users};
    use super::*;

    fn built(name: &str, data: &Dataset, penalty: Option<f64>) -> (Box<dyn Scorer>, Option<f64>) {
        let mut builder = BaselineBuilder::new(name, data, penalty).unwrap();
        let mut before = 0;
        while !builder.advance(data).unwrap() {
            let (done, all) = builder.progress();
            assert!(done >= before && done <= all, "{name}: {done} after {before} of {all}");
            before = done;
        }
        builder.finish().unwrap()
    }

    #[test]
    fn every_name_gives_its_baseline() {
        let data = forty_users();
        for name in BASELINES {
            let (scorer, penalty) = built(name, &data, None);
            assert_eq!((scorer.name(), penalty.is_some()), (name, name == "ease"));
        }
        let sentence = BaselineBuilder::check("ials", 3).unwrap_err().to_string();
        assert_eq!(
            sentence,
            "There is no baseline ials; there are popularity, markov, item_knn, ease."
        );
        assert!(BaselineBuilder::check("ease", 50_000).is_err());
        assert_eq!(BaselineBuilder::check("item_knn", 50_000), Ok(()));
    }

    #[test]
    fn the_penalty_is_the_best_on_validation_or_the_one_given() {
        let data = forty_users();
        let ndcg = |penalty: f64| {
            let (scorer, of) = built("ease", &data, Some(penalty));
            assert_eq!(of, Some(penalty));
            evaluate(&data, Split::Valid, scorer.as_ref()).unwrap().ndcg_20
        };
        let all: Vec<f32> = Ease::PENALTIES.map(ndcg).to_vec();
        let best = all.iter().copied().fold(f32::MIN, f32::max);
        let first = all.iter().position(|&one| one == best).unwrap();
        assert_eq!(built("ease", &data, None).1, Some(Ease::PENALTIES[first]));
    }
}
