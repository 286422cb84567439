//! Plan of a comparison: models by name, each of them checked before the first one trains.
//!
//! In: names of presets and baselines; a preset may have settings of its own, as in `sasrec+model.layers=1+training.ema=0`. Out: a [`Job`] for each
//! model and seed, or one sentence.

use thiserror::Error;

use super::Outcome;
use crate::{
    evaluate::{BASELINES, BaselineBuilder, BaselineError},
    log::Dataset,
    run::{Config, ConfigError, PRESETS, RunError, RunSize},
};

/// Why something cannot be compared: one sentence.
#[derive(Debug, Error)]
pub enum PlanError {
    /// Neither a preset nor a baseline.
    #[error("There is no model {name}; there are {known}.")]
    Unknown {
        /// The name as given.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A setting will not do.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data is too large for a baseline.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

/// One model with one seed.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Needs no gradient, and has no seed.
    Baseline(String),
    /// A model to train.
    Trained {
        /// As it was asked for, settings included.
        model: String,
        /// With its seed.
        config: Box<Config>,
    },
}

/// The jobs of these models in their order. `settings` are for all models that are trained; those in a name come after them.
pub fn plan(models: &[String], settings: &[String], seeds: u32) -> Result<Vec<Job>, PlanError> {
    let mut jobs = Vec::new();
    for model in models {
        match Job::new(model, settings, 1)? {
            Job::Trained { model, config } => jobs.extend((1..=seeds).map(|seed| Job::Trained {
                model: model.clone(),
                config: Box::new(Config {
                    seed,
                    ..config.as_ref().clone()
                }),
            })),
            baseline => jobs.push(baseline),
        }
    }
    Ok(jobs)
}

impl Job {
    /// The job of a model's name.
    pub fn new(model: &str, settings: &[String], seed: u32) -> Result<Self, PlanError> {
        if BASELINES.contains(&model) {
            return Ok(Self::Baseline(model.to_owned()));
        }
        let mut parts = model.split('+');
        let preset = parts.next().unwrap_or_default();
        if !PRESETS.iter().any(|(known, _)| *known == preset) {
            let known: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).chain(BASELINES).collect();
            return Err(PlanError::Unknown {
                name: preset.to_owned(),
                known: known.join(", "),
            });
        }
        let settings: Vec<&str> = settings.iter().map(String::as_str).chain(parts).collect();
        let config = Config {
            seed,
            ..Config::preset_with(preset, &settings)?
        };
        config.check()?;
        Ok(Self::Trained {
            model: model.to_owned(),
            config: Box::new(config),
        })
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        match self {
            Self::Baseline(model) | Self::Trained { model, .. } => model,
        }
    }

    /// The seed; none where nothing is drawn.
    pub fn seed(&self) -> Option<u32> {
        match self {
            Self::Baseline(_) => None,
            Self::Trained { config, .. } => Some(config.seed),
        }
    }

    /// Whether it can be done with so many items.
    pub fn check(&self, items: usize) -> Result<(), PlanError> {
        match self {
            Self::Baseline(model) => Ok(BaselineBuilder::check(model, items)?),
            Self::Trained { .. } => Ok(()),
        }
    }

    /// Whether this outcome is what the job would come to, but for the clock.
    pub fn is_done_by(&self, outcome: &Outcome) -> bool {
        self.model() == outcome.model
            && match (self, &outcome.training) {
                (Self::Baseline(_), training) => training.is_none(),
                (Self::Trained { config, .. }, Some(training)) => training.config == **config,
                (Self::Trained { .. }, None) => false,
            }
    }

    /// Floating-point operations on this data, about.
    pub fn work(&self, data: &Dataset) -> Result<f64, RunError> {
        Ok(match self {
            Self::Trained { config, .. } => {
                let size = RunSize::of(config, data)?;
                size.epoch_work * config.training.epochs as f64
            }
            Self::Baseline(model) => {
                let (users, items) = (data.users.len() as f64, data.items.len() as f64);
                // Validation and test, and a few operations for each score.
                let ranking = 2.0 * users * items * 8.0;
                // Four penalties, for each of them an inverse of items by items and a ranking of the validation.
                let inverses = 4.0 * (2.0 * items.powi(3) + ranking);
                ranking + if model == "ease" { inverses } else { 0.0 }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compare::Training,
        evaluate::Metrics,
        log::{Example, generate},
    };

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn config_of(job: &Job) -> &Config {
        match job {
            Job::Trained { config, .. } => config,
            Job::Baseline(name) => panic!("{name} has no configuration"),
        }
    }

    #[test]
    fn a_job_for_each_model_and_seed_with_the_settings_of_a_name_last() {
        let models = names(&["popularity", "sasrec", "avae+training.epochs=3+model.layers=2"]);
        let jobs = plan(&models, &names(&["training.epochs=5"]), 2).unwrap();
        let of: Vec<_> = jobs.iter().map(|job| (job.model(), job.seed())).collect();
        assert_eq!(
            of,
            [
                ("popularity", None),
                ("sasrec", Some(1)),
                ("sasrec", Some(2)),
                (models[2].as_str(), Some(1)),
                (models[2].as_str(), Some(2)),
            ]
        );
        assert_eq!(config_of(&jobs[1]).training.epochs, 5);
        let (epochs, layers) = (config_of(&jobs[4]).training.epochs, config_of(&jobs[4]).model.layers);
        assert_eq!((epochs, layers, config_of(&jobs[4]).seed), (3, 2, 2));
    }

    #[test]
    fn what_cannot_be_compared_is_one_sentence() {
        let told = |model: &str| plan(&names(&[model]), &[], 1).unwrap_err().to_string();
        assert!(told("bert").starts_with("There is no model bert; there are default, avae"));
        assert!(told("bert").ends_with("markov, item_knn, ease."));
        assert!(told("sasrec+model.layers").contains("model.layers has no value"));
        // Each value is good by itself; together they are refused before anything trains.
        assert!(told("sasrec+model.heads=3").contains("multiple of heads"));
        assert!(Job::new("ease", &[], 1).unwrap().check(50_000).is_err());
    }

    #[test]
    fn an_outcome_is_that_of_a_job_only_with_the_same_settings_and_seed() {
        let job = Job::new("avae", &names(&["training.epochs=5"]), 2).unwrap();
        let empty = Metrics::from_ranks([]);
        let mut outcome = Outcome {
            model: "avae".to_owned(),
            seed: Some(2),
            training: Some(Training {
                config: config_of(&job).clone(),
                epochs: 5,
                best_epoch: 1,
                parameters: 1,
            }),
            seconds: None,
            valid: empty.clone(),
            test: empty.clone(),
            rare: empty,
            posterior: None,
        };
        assert!(job.is_done_by(&outcome));
        for other in [
            Job::new("avae", &names(&["training.epochs=5"]), 1),
            Job::new("avae", &names(&["training.epochs=6"]), 2),
            Job::new("sasrec", &names(&["training.epochs=5"]), 2),
        ] {
            assert!(!other.unwrap().is_done_by(&outcome));
        }
        outcome.training = None;
        assert!(!job.is_done_by(&outcome));
        outcome.model = "markov".to_owned();
        assert!(Job::Baseline("markov".to_owned()).is_done_by(&outcome));
    }

    #[test]
    fn more_epochs_are_more_work_and_training_more_than_a_baseline() {
        let data = generate(&Example::default()).unwrap();
        let work = |model: &str| Job::new(model, &[], 1).unwrap().work(&data).unwrap();
        assert!((work("sasrec+training.epochs=10") / work("sasrec+training.epochs=5") - 2.0).abs() < 1e-9);
        assert!(work("sasrec") > work("ease") && work("ease") > work("popularity") && work("popularity") > 0.0);
    }
}
