//! The configuration of a run: every number that a person may choose, with its default, its range and its unit.
//!
//! In: JSON from the page's address, a file or the command line. Out: a checked `Config`, or one sentence that names the key.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::Sampling;

/// Everything that decides a run, together with the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Config {
    /// Seed of every random choice.
    pub seed: u32,
    pub model: ModelConfig,
    pub view: ViewConfig,
    pub objective: ObjectiveConfig,
    pub training: TrainingConfig,
}

/// Shape of the network (official code, `models.py`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct ModelConfig {
    /// Width of embeddings and latents.
    pub hidden_size: usize,
    /// Attention blocks in each of the three stacks.
    pub layers: usize,
    /// Attention heads; divides `hidden_size`.
    pub heads: usize,
    /// The most recent items of a user that the model sees.
    pub max_length: usize,
    /// Dropout after the embedding and in the blocks, 0 to below 1.
    pub hidden_dropout: f64,
    /// Dropout of attention probabilities, 0 to below 1.
    pub attention_dropout: f64,
}

/// How the second view comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub enum Mode {
    /// One view only: an attentive variational autoencoder.
    Avae,
    /// Model augmentation: a second pass with fresh dropout, and dropout on its standard deviation.
    Model,
    /// Variational augmentation: a learned factor scales the second view's standard deviation.
    Variational,
}

/// The two views and how they are sampled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct ViewConfig {
    pub mode: Mode,
    /// How latents are drawn, in training and for scores.
    pub sampling: Sampling,
    /// Dropout of the second view's standard deviation, 0 to below 1.
    pub variance_dropout: f64,
}

/// What the reconstruction term compares the next item with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub enum Reconstruction {
    /// Cross-entropy over all items.
    FullSoftmax,
    /// Binary cross-entropy of the next item and one sampled negative (the paper).
    SampledNegative,
}

/// Weights of the ContrastELBO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct ObjectiveConfig {
    pub reconstruction: Reconstruction,
    /// Largest weight of the KL terms.
    pub kl_weight: f64,
    /// Steps over which the KL weight would rise from 0 to 1; it stops rising at `kl_weight`. 0: constant.
    pub kl_annealing_steps: usize,
    /// Weight of the contrastive term.
    pub contrast_weight: f64,
    /// Temperature of NT-Xent.
    pub temperature: f64,
}

/// The optimiser and its schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct TrainingConfig {
    pub epochs: usize,
    /// Users in a batch.
    pub batch_size: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay (AdamW).
    pub weight_decay: f64,
    /// Epochs without a better NDCG@20 on validation after which the run ends; 0: it never ends early.
    pub patience: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 42,
            model: ModelConfig::default(),
            view: ViewConfig::default(),
            objective: ObjectiveConfig::default(),
            training: TrainingConfig::default(),
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            hidden_size: 32,
            layers: 1,
            heads: 2,
            max_length: 50,
            hidden_dropout: 0.2,
            attention_dropout: 0.0,
        }
    }
}

impl Default for ViewConfig {
    fn default() -> Self {
        Self {
            mode: Mode::Model,
            sampling: Sampling::Paper,
            variance_dropout: 0.1,
        }
    }
}

impl Default for ObjectiveConfig {
    fn default() -> Self {
        Self {
            reconstruction: Reconstruction::FullSoftmax,
            kl_weight: 0.005,
            kl_annealing_steps: 100_000,
            contrast_weight: 0.1,
            temperature: 0.5,
        }
    }
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: 20,
            batch_size: 32,
            learning_rate: 0.003,
            weight_decay: 0.0,
            patience: 0,
        }
    }
}

/// Why a configuration is refused: one sentence that names the key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A number is outside its range.
    #[error("{key} is {value}; it must be {range}.")]
    OutOfRange {
        /// Dotted name of the key.
        key: &'static str,
        /// What was given.
        value: String,
        /// The range in words.
        range: &'static str,
    },
    /// No preset of that name.
    #[error("There is no preset {name}; there are {known}.")]
    UnknownPreset {
        /// What was given.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// No setting of that name.
    #[error("There is no setting {key}; did you mean {nearest}?")]
    UnknownKey {
        /// What was given.
        key: String,
        /// The name that is most like it.
        nearest: String,
    },
    /// A value of another kind.
    #[error("{key} cannot be {value} ({what}).")]
    Value {
        /// Dotted name of the key.
        key: String,
        /// What was given.
        value: String,
        /// Why not.
        what: String,
    },
    /// The heads do not divide the width.
    #[error("model.hidden_size is {hidden_size} and model.heads is {heads}; hidden_size must be a multiple of heads.")]
    Heads {
        /// Width of the latents.
        hidden_size: usize,
        /// Number of heads.
        heads: usize,
    },
}

impl Config {
    /// Checks every number against its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        fn within<T: PartialOrd + ToString>(
            key: &'static str,
            value: T,
            least: T,
            most: T,
            range: &'static str,
        ) -> Result<(), ConfigError> {
            // Written so that NaN is refused.
            if value >= least && value <= most {
                Ok(())
            } else {
                Err(ConfigError::OutOfRange {
                    key,
                    value: value.to_string(),
                    range,
                })
            }
        }
        let (model, view, objective, training) = (&self.model, &self.view, &self.objective, &self.training);
        within("model.hidden_size", model.hidden_size, 2, 512, "a whole number from 2 to 512")?;
        within("model.layers", model.layers, 1, 8, "a whole number from 1 to 8")?;
        within("model.heads", model.heads, 1, 16, "a whole number from 1 to 16")?;
        if model.hidden_size % model.heads != 0 {
            return Err(ConfigError::Heads {
                hidden_size: model.hidden_size,
                heads: model.heads,
            });
        }
        within("model.max_length", model.max_length, 2, 500, "a whole number from 2 to 500")?;
        within("model.hidden_dropout", model.hidden_dropout, 0.0, 0.95, "from 0 to 0.95")?;
        within(
            "model.attention_dropout",
            model.attention_dropout,
            0.0,
            0.95,
            "from 0 to 0.95",
        )?;
        within("view.variance_dropout", view.variance_dropout, 0.0, 0.95, "from 0 to 0.95")?;
        within("objective.kl_weight", objective.kl_weight, 0.0, 100.0, "from 0 to 100")?;
        within(
            "objective.kl_annealing_steps",
            objective.kl_annealing_steps,
            0,
            10_000_000,
            "from 0 to 10,000,000 steps",
        )?;
        within(
            "objective.contrast_weight",
            objective.contrast_weight,
            0.0,
            100.0,
            "from 0 to 100",
        )?;
        within("objective.temperature", objective.temperature, 0.01, 10.0, "from 0.01 to 10")?;
        within(
            "training.epochs",
            training.epochs,
            1,
            10_000,
            "a whole number from 1 to 10,000",
        )?;
        within(
            "training.batch_size",
            training.batch_size,
            2,
            4_096,
            "a whole number from 2 to 4,096 users",
        )?;
        within(
            "training.learning_rate",
            training.learning_rate,
            1e-7,
            1.0,
            "from 0.0000001 to 1",
        )?;
        within("training.weight_decay", training.weight_decay, 0.0, 1.0, "from 0 to 1")?;
        within("training.patience", training.patience, 0, 10_000, "from 0 to 10,000 epochs")?;
        Ok(())
    }

    /// Weight of the KL terms at a step, counted from 0 (official code, `trainers.py`): min(kl_weight, step / annealing steps).
    pub fn kl_weight_at(&self, step: usize) -> f64 {
        match self.objective.kl_annealing_steps {
            0 => self.objective.kl_weight,
            steps => self.objective.kl_weight.min(step as f64 / steps as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_in_range() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn out_of_range_is_one_sentence_that_names_the_key() {
        let mut config = Config::default();
        config.training.learning_rate = f64::NAN;
        assert_eq!(
            config.check().map_err(|error| error.to_string()),
            Err("training.learning_rate is NaN; it must be from 0.0000001 to 1.".to_string())
        );
        let mut config = Config::default();
        config.model.heads = 3;
        assert!(
            config
                .check()
                .is_err_and(|error| error.to_string().contains("multiple of heads"))
        );
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = serde_json::from_str::<Config>(r#"{"training":{"epoch":3}}"#).expect_err("must be refused");
        assert!(error.to_string().contains("epoch"), "{error}");
    }

    #[test]
    fn annealing_rises_to_the_cap() {
        let mut config = Config::default();
        config.objective.kl_weight = 0.2;
        config.objective.kl_annealing_steps = 1000;
        assert_eq!(config.kl_weight_at(0), 0.0);
        assert_eq!(config.kl_weight_at(100), 0.1);
        assert_eq!(config.kl_weight_at(900), 0.2);
    }
}
