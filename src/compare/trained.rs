//! A trained model of a comparison: steps with a validation after each epoch, then the best weights ranked on both splits, and a
//! look at their latents, in pieces.
//!
//! In: a run, fresh or out of a checkpoint. Out: after each piece what it was, and at last an [`Outcome`] without seconds, which the host adds.

use super::{Outcome, Posterior, Training, rare};
use crate::{
    evaluate::Metrics,
    log::Split,
    run::{Diagnosis, DiagnosisOptions, EpochRecord, Evaluation, Run, RunError, StepOutcome},
};

/// Stage of the work on a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Optimiser steps.
    Training,
    /// The ranking after an epoch.
    Validation,
    /// The best weights on validation and test.
    Ranking,
    /// The diagnosis of the posterior.
    Latents,
}

/// Outcome of one piece of work.
#[derive(Debug)]
pub enum Piece {
    /// An optimiser step, which counts as training time.
    Step(StepOutcome),
    /// A part of a ranking or of the diagnosis.
    Part,
    /// An epoch is complete and validated: a good moment to keep the run.
    Epoch(EpochRecord),
    /// All is done.
    Done(Box<Outcome>),
}

enum State {
    Training,
    Validation(Evaluation),
    Ranking {
        evaluation: Evaluation,
        valid: Option<Metrics>,
    },
    Latents {
        diagnosis: Box<Diagnosis>,
        outcome: Box<Outcome>,
    },
    Done,
}

/// A model under way.
pub struct TrainedWork {
    model: String,
    run: Run,
    state: State,
}

impl TrainedWork {
    /// Goes on from where the run stands.
    pub fn new(model: &str, run: Run) -> Self {
        Self {
            model: model.to_owned(),
            run,
            state: State::Training,
        }
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Stage that the next piece belongs to; `None` when all is done.
    pub fn stage(&self) -> Option<Stage> {
        Some(match self.state {
            State::Training => Stage::Training,
            State::Validation(_) => Stage::Validation,
            State::Ranking { .. } => Stage::Ranking,
            State::Latents { .. } => Stage::Latents,
            State::Done => return None,
        })
    }

    /// Parts of the present stage that are done, and all of them: steps, users, or pieces of the diagnosis.
    pub fn progress(&self) -> (usize, usize) {
        match &self.state {
            State::Training => (self.run.steps_done(), self.steps()),
            State::Validation(evaluation) => evaluation.progress(),
            State::Ranking { evaluation, valid } => {
                let (done, all) = evaluation.progress();
                (done + if valid.is_some() { all } else { 0 }, 2 * all)
            }
            State::Latents { diagnosis, .. } => diagnosis.progress(),
            State::Done => (1, 1),
        }
    }

    /// Share of its training that is done. What follows takes little beside it.
    pub fn share(&self) -> f64 {
        match self.state {
            State::Training | State::Validation(_) => self.run.steps_done() as f64 / self.steps().max(1) as f64,
            _ => 1.0,
        }
    }

    fn steps(&self) -> usize {
        self.run.config().training.epochs * self.run.steps_per_epoch()
    }

    /// Does the next piece.
    pub async fn advance(&mut self) -> Result<Piece, RunError> {
        match &mut self.state {
            State::Training => {
                if self.run.is_finished() || self.run.history().is_over(self.run.config().training.patience) {
                    self.run.adopt_best();
                    self.state = State::Ranking {
                        evaluation: self.run.evaluation(Split::Valid),
                        valid: None,
                    };
                    return Ok(Piece::Part);
                }
                let outcome = self.run.step().await?;
                if outcome.epoch_ended {
                    self.state = State::Validation(self.run.evaluation(Split::Valid));
                }
                Ok(Piece::Step(outcome))
            }
            State::Validation(evaluation) => {
                let Some(metrics) = evaluation.advance(&self.run).await? else {
                    return Ok(Piece::Part);
                };
                self.run.note_validation(metrics);
                self.state = State::Training;
                Ok(self.run.history().epochs.last().cloned().map_or(Piece::Part, Piece::Epoch))
            }
            State::Ranking { evaluation, valid } => {
                let Some(metrics) = evaluation.advance(&self.run).await? else {
                    return Ok(Piece::Part);
                };
                match valid.take() {
                    None => {
                        self.state = State::Ranking {
                            evaluation: self.run.evaluation(Split::Test),
                            valid: Some(metrics),
                        };
                    }
                    Some(valid) => {
                        let rare = rare(self.run.data(), evaluation.ranks());
                        self.state = State::Latents {
                            diagnosis: Box::new(self.run.diagnosis(DiagnosisOptions {
                                reliance_users: 0,
                                ..DiagnosisOptions::default()
                            })),
                            outcome: Box::new(self.outcome(valid, metrics, rare)),
                        };
                    }
                }
                Ok(Piece::Part)
            }
            State::Latents { diagnosis, outcome } => {
                match diagnosis.advance(&self.run).await {
                    Ok(None) => return Ok(Piece::Part),
                    Ok(Some(found)) => {
                        let (collapse, information) = (&found.last.collapse, &found.last.information);
                        outcome.posterior = Some(Posterior {
                            active_units: collapse.active_units,
                            dimensions: found.last.dimensions,
                            kl: collapse.kl,
                            kl_to_prior: found.kl_to_prior,
                            mutual_information: information.mutual_information,
                            mutual_information_ceiling: information.ceiling,
                            contrastive_bound: found.last.contrast.map(|contrast| contrast.bound),
                        });
                    }
                    // There is no posterior to look at.
                    Err(RunError::Diagnosis(_)) => {}
                    Err(error) => return Err(error),
                }
                let done = outcome.clone();
                self.state = State::Done;
                Ok(Piece::Done(done))
            }
            State::Done => Ok(Piece::Part),
        }
    }

    fn outcome(&self, valid: Metrics, test: Metrics, rare: Metrics) -> Outcome {
        let run = &self.run;
        let epochs = run.history().epochs.len();
        Outcome {
            model: self.model.clone(),
            seed: Some(run.config().seed),
            training: Some(Training {
                config: run.config().clone(),
                epochs,
                best_epoch: run.history().best().map_or(epochs, |best| best.epoch),
                parameters: run.parameter_count(),
            }),
            seconds: None,
            valid,
            test,
            rare,
            posterior: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        compare::{Comparison, Job},
        device::Compute,
        log::{Dataset, Example, generate},
    };

    fn small() -> Arc<Dataset> {
        let example = Example {
            users: 80,
            items: 60,
            ..Example::default()
        };
        Arc::new(generate(&example).unwrap())
    }

    fn settings() -> Vec<String> {
        ["model.hidden_size=8", "model.max_length=12", "training.epochs=2"]
            .map(str::to_owned)
            .to_vec()
    }

    fn work(model: &str, data: &Arc<Dataset>) -> TrainedWork {
        let Ok(Job::Trained { config, .. }) = Job::new(model, &settings(), 3) else {
            panic!("{model} is no model to train");
        };
        TrainedWork::new(model, Run::new(*config, data.clone(), Compute::cpu()).unwrap())
    }

    #[test]
    fn pieces_come_in_order_and_end_in_an_outcome() {
        let data = small();
        let mut work = work("avae", &data);
        let (mut epochs, mut steps, mut stages, mut before) = (0, 0, vec![], 0.0);
        let outcome = loop {
            stages.extend(work.stage());
            match block_on(work.advance()).unwrap() {
                Piece::Step(_) => steps += 1,
                Piece::Part => {}
                Piece::Epoch(record) => {
                    epochs += 1;
                    assert_eq!(record.epoch, epochs);
                }
                Piece::Done(outcome) => break *outcome,
            }
            let (done, all) = work.progress();
            assert!(done <= all && work.share() >= before && work.share() <= 1.0);
            before = work.share();
        };
        stages.dedup();
        use Stage::{Latents, Ranking, Training, Validation};
        assert_eq!(
            stages,
            [Training, Validation, Training, Validation, Training, Ranking, Latents]
        );
        assert_eq!((epochs, steps, work.stage()), (2, 2 * work.run().steps_per_epoch(), None));
        assert_eq!((outcome.seed, outcome.test.users), (Some(3), data.users.len() as u32));
        assert_eq!(outcome.posterior.as_ref().map(|posterior| posterior.dimensions), Some(8));
        let best = work.run().history().best().unwrap();
        assert_eq!(outcome.valid.ndcg_20, best.valid.ndcg_20, "the best weights were ranked");
    }

    #[test]
    fn a_deterministic_model_has_no_posterior_and_what_is_done_is_taken_over_once() {
        let data = small();
        let mut work = work("sasrec", &data);
        let outcome = loop {
            if let Piece::Done(outcome) = block_on(work.advance()).unwrap() {
                break *outcome;
            }
        };
        assert_eq!(outcome.posterior, None);
        let mut done = Comparison::of(&data);
        done.outcomes.push(outcome);
        let text = serde_json::to_string(&done).unwrap();
        assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), done);

        let mut next = Comparison::of(&data);
        next.take_over(&[done.clone(), done.clone()], &settings());
        assert_eq!(next, done);
        let mut other_settings = Comparison::of(&data);
        other_settings.take_over(std::slice::from_ref(&done), &["training.epochs=2".to_owned()]);
        assert!(other_settings.outcomes.is_empty());
        done.fingerprint = "another log".to_owned();
        let mut other_data = Comparison::of(&data);
        other_data.take_over(&[done], &settings());
        assert!(other_data.outcomes.is_empty());
    }
}
