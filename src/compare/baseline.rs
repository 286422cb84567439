//! A baseline of a comparison: built, then ranked on validation and test, in slices.
//!
//! In: a name and a data set. Out: an [`Outcome`] without seconds, which the host adds.

use super::{Outcome, rare};
use crate::{
    evaluate::{BaselineBuilder, BaselineError, Metrics, Scorer, ScorerEvaluation, users_at_once},
    log::{Dataset, Split},
};

enum Stage {
    Building(BaselineBuilder),
    Ranking {
        scorer: Box<dyn Scorer>,
        evaluation: ScorerEvaluation,
        valid: Option<Metrics>,
    },
    Done,
}

/// A baseline under way.
pub struct BaselineWork {
    model: String,
    stage: Stage,
}

impl BaselineWork {
    /// Nothing is done yet.
    pub fn new(model: &str, data: &Dataset) -> Result<Self, BaselineError> {
        Ok(Self {
            model: model.to_owned(),
            stage: Stage::Building(BaselineBuilder::new(model, data, None)?),
        })
    }

    /// Parts of the present stage that are done, and all of them.
    pub fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Building(builder) => builder.progress(),
            Stage::Ranking { evaluation, valid, .. } => {
                let (done, all) = evaluation.progress();
                (done + if valid.is_some() { all } else { 0 }, 2 * all)
            }
            Stage::Done => (1, 1),
        }
    }

    /// Does the next slice; `Some` when all is done. `data` is the one that it was begun with.
    pub fn advance(&mut self, data: &Dataset) -> Result<Option<Outcome>, BaselineError> {
        match &mut self.stage {
            Stage::Building(builder) => {
                if builder.advance(data)?
                    && let Some((scorer, _)) = builder.finish()
                {
                    self.stage = Stage::Ranking {
                        scorer,
                        evaluation: ScorerEvaluation::new(data, Split::Valid),
                        valid: None,
                    };
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
                        let rare = rare(data, evaluation.ranks());
                        self.stage = Stage::Done;
                        return Ok(Some(Outcome {
                            model: self.model.clone(),
                            seed: None,
                            training: None,
                            seconds: None,
                            valid,
                            test: metrics,
                            rare,
                            posterior: None,
                        }));
                    }
                }
            }
            Stage::Done => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::{BASELINES, evaluate},
        log::{Example, generate},
    };

    #[test]
    fn slices_give_what_ranking_in_one_go_gives() {
        let data = generate(&Example {
            users: 80,
            items: 60,
            ..Example::default()
        })
        .unwrap();
        for name in BASELINES {
            let mut work = BaselineWork::new(name, &data).unwrap();
            let outcome = loop {
                if let Some(outcome) = work.advance(&data).unwrap() {
                    break outcome;
                }
                let (done, all) = work.progress();
                assert!(done <= all, "{name}: {done} of {all}");
            };
            let mut builder = BaselineBuilder::new(name, &data, None).unwrap();
            while !builder.advance(&data).unwrap() {}
            let (scorer, _) = builder.finish().unwrap();
            assert_eq!(
                outcome.valid,
                evaluate(&data, Split::Valid, scorer.as_ref()).unwrap(),
                "{name}"
            );
            assert_eq!(outcome.test, evaluate(&data, Split::Test, scorer.as_ref()).unwrap(), "{name}");
            assert!(outcome.rare.users > 0 && outcome.rare.users < outcome.test.users);
        }
    }
}
