//! The configuration of a run: every number that a person may choose, with its default, its range and its unit.
//!
//! In: JSON from the page's address, a file or the command line. Out: a `Config`, or one sentence that names the key. Ranges are in
//! `settings_table.rs`; presets and settings by name in `presets.rs` and `settings.rs`; `docs/configuration.md` has all keys.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Attributes, BagConfig};
use crate::{
    batch::{AugmentedTargets, OperationChoice, Reduction},
    kernel::Noise,
    model::{DriftNoise, Head, ModelKind, Pass, Prior, Sampling},
    objective::{Contrast, ContrastPosition, Positives},
};

/// Everything that decides a run, together with the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of every random choice.
    pub seed: u32,
    pub model: ModelConfig,
    pub bag: BagConfig,
    pub view: ViewConfig,
    pub objective: ObjectiveConfig,
    pub training: TrainingConfig,
}

/// Which model, and the shape of the sequential network (official code, `models.py`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// Which model is trained; all other settings of this group are those of the sequential one.
    pub kind: ModelKind,
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
    /// Rate at which the item of an input position is left out in training, 0 to below 1.
    pub embedding_dropout: f64,
    /// Whether the log-variance is a linear map of its stack's output instead of that output itself.
    pub linear_logvar: bool,
    /// Bias of that linear map at the start; -3 makes standard deviations of 0.22.
    pub logvar_bias: f64,
    /// Whether that linear map reads the stack of the means, so that there is no second encoder stack.
    pub shared_encoder: bool,
    /// Scores of the items for an output of the decoder.
    pub head: Head,
    /// Temperature of a cosine at the start, from where it is learned.
    pub head_temperature: f64,
    /// Dropout masks that outputs are averaged over in training, at the rate of `hidden_dropout`; 0: none.
    pub output_masks: usize,
    /// Lags of fixed causal differences beside attention; 0: none.
    pub differences: usize,
    /// Positions from one of these lags to the next; the first one is 1.
    pub difference_spacing: usize,
}

/// How the second view comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One view without a posterior: z = mu, no KL. The same network without its variational part, as in SASRec.
    Deterministic,
    /// One view only: an attentive variational autoencoder.
    Avae,
    /// Model augmentation: a second pass with fresh dropout, and dropout on its standard deviation.
    Model,
    /// Variational augmentation: a learned factor scales the second view's standard deviation.
    Variational,
    /// Data augmentation: the second view sees a cropped, masked or reordered sequence.
    Data,
    /// Data and variational augmentation together.
    VariationalData,
}

impl Mode {
    /// Whether the second view has ids of its own.
    pub fn changes_ids(self) -> bool {
        matches!(self, Mode::Data | Mode::VariationalData)
    }
}

/// The two views and how they are sampled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ViewConfig {
    pub mode: Mode,
    /// How latents are drawn, in training and for scores.
    pub sampling: Sampling,
    /// Dropout of the second view's standard deviation, 0 to below 1; in the model mode and, with official sampling, the data mode.
    pub variance_dropout: f64,
    /// Which changes of a sequence the data modes draw from.
    pub augmentation: OperationChoice,
    /// Targets of the second view of the data modes.
    pub augmented_targets: AugmentedTargets,
    /// Share of a sequence that a crop keeps.
    pub crop: f64,
    /// Share of a sequence that is masked.
    pub mask: f64,
    /// Share of a sequence that is shuffled.
    pub reorder: f64,
    /// Share of the second view's positions that get noise along the drift of the sequence; 0: none.
    pub drift_noise: f64,
    /// Part of that noise's direction that is random, 0 to 1.
    pub drift_random: f64,
}

/// Items that the reconstruction term compares the next item with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reconstruction {
    /// Cross-entropy over all items.
    FullSoftmax,
    /// Cross-entropy over a sample of items, corrected for how they were drawn.
    SampledSoftmax,
    /// Binary cross-entropy of the next item and one sampled negative (the paper).
    SampledNegative,
}

/// How the weight of the KL terms goes over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KlSchedule {
    /// The same all the time.
    Constant,
    /// Rises from 0 and stops (official code).
    Linear,
    /// Rises in the first half of each cycle, stays in the second and begins anew (Fu et al. 2019).
    Cyclical,
    /// The same all the time, for each item up to the position (RecVAE's rescaling by the number of a user's items).
    Length,
}

/// Weights of the ContrastELBO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectiveConfig {
    pub reconstruction: Reconstruction,
    /// Items that the sampled softmax draws at each step.
    pub negatives: usize,
    /// They are drawn in proportion to (count in training + 1) to this power: 0 is uniform, 1 by popularity.
    pub negative_power: f64,
    /// Share of the target's probability that the softmax over all items gives to all alike, 0 to below 1.
    pub label_smoothing: f64,
    /// Over which positions KL is averaged and the contrastive vector pooled.
    pub reduction: Reduction,
    /// Prior that posteriors are compared with.
    pub prior: Prior,
    /// Steps after which the composite prior takes the encoder anew; 0: at the start of each epoch.
    pub prior_steps: usize,
    /// Largest weight of the KL terms.
    pub kl_weight: f64,
    /// How that weight goes over the run.
    pub kl_schedule: KlSchedule,
    /// Of the linear schedule: steps over which the KL weight would rise from 0 to 1; it stops rising at `kl_weight`; 0: constant. Of
    /// the cyclical one: steps of a cycle.
    pub kl_annealing_steps: usize,
    /// Nats that each latent dimension may carry before its KL counts; 0 for none.
    pub free_bits: f64,
    /// Weight of the contrastive term.
    pub contrast_weight: f64,
    /// Form of the contrastive term.
    pub contrast: Contrast,
    /// Vectors that are drawn to that of a sequence.
    pub positives: Positives,
    /// Temperature of NT-Xent.
    pub temperature: f64,
    /// Weight of uniformity beside alignment, where the contrast is made of these.
    pub uniformity_weight: f64,
    /// Which latents of a sequence enter the contrast.
    pub contrast_position: ContrastPosition,
    /// Whether users with the same last target are kept from being negatives of each other.
    pub mask_same_target: bool,
    /// Attributes of items that the first latent dimensions are tied to.
    pub attributes: Attributes,
    /// Most attributes, popularity among them; never more than there are dimensions.
    pub attribute_count: usize,
    /// Weight of the term that ties them.
    pub attribute_weight: f64,
}

/// How the learning rate goes over a run, once it is warm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateSchedule {
    /// The same all the time.
    Constant,
    /// Falls to 0 at the end of the last epoch, along half a cosine (Loshchilov and Hutter, SGDR, ICLR 2017, without restarts).
    Cosine,
    /// Half as large after every so many epochs.
    Halving,
}

/// The optimiser and its schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    pub epochs: usize,
    /// Users in a batch.
    pub batch_size: usize,
    /// Adam's learning rate, where warm-up and schedule leave it whole.
    pub learning_rate: f64,
    /// How the learning rate goes over the run.
    pub rate_schedule: RateSchedule,
    /// Steps over which the learning rate rises from 0; 0: none.
    pub warmup_steps: usize,
    /// Of the halving schedule: epochs after which the learning rate is halved, again and again.
    pub halving_epochs: usize,
    /// Decoupled weight decay (AdamW).
    pub weight_decay: f64,
    /// Epochs without a better NDCG@20 on validation after which the run ends; 0: it never ends early.
    pub patience: usize,
    /// Decay of the average of the weights that is validated, tested and used in the place of the weights themselves; 0: none.
    pub ema: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 42,
            model: ModelConfig::default(),
            bag: BagConfig::default(),
            view: ViewConfig::default(),
            objective: ObjectiveConfig::default(),
            training: TrainingConfig::default(),
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            kind: ModelKind::Contrastvae,
            hidden_size: 32,
            layers: 1,
            heads: 2,
            max_length: 50,
            hidden_dropout: 0.2,
            attention_dropout: 0.0,
            embedding_dropout: 0.0,
            linear_logvar: false,
            logvar_bias: -3.0,
            shared_encoder: false,
            head: Head::DotProduct,
            head_temperature: 0.1,
            output_masks: 0,
            differences: 0,
            difference_spacing: 2,
        }
    }
}

impl Default for ViewConfig {
    fn default() -> Self {
        Self {
            mode: Mode::Model,
            sampling: Sampling::Paper,
            variance_dropout: 0.1,
            augmentation: OperationChoice::Uniform,
            augmented_targets: AugmentedTargets::Own,
            crop: 0.6,
            mask: 0.3,
            reorder: 0.6,
            drift_noise: 0.0,
            drift_random: 0.3,
        }
    }
}

impl Default for ObjectiveConfig {
    fn default() -> Self {
        Self {
            reconstruction: Reconstruction::FullSoftmax,
            negatives: 256,
            negative_power: 0.75,
            label_smoothing: 0.0,
            reduction: Reduction::Real,
            prior: Prior::Standard,
            prior_steps: 0,
            kl_weight: 0.005,
            kl_schedule: KlSchedule::Linear,
            kl_annealing_steps: 100_000,
            free_bits: 0.0,
            contrast_weight: 0.1,
            contrast: Contrast::NtXent,
            positives: Positives::OtherView,
            temperature: 0.5,
            uniformity_weight: 1.0,
            contrast_position: ContrastPosition::Pooled,
            mask_same_target: false,
            attributes: Attributes::None,
            attribute_count: 8,
            attribute_weight: 1.0,
        }
    }
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: 20,
            batch_size: 32,
            learning_rate: 0.003,
            rate_schedule: RateSchedule::Constant,
            warmup_steps: 0,
            halving_epochs: 10,
            weight_decay: 0.0,
            patience: 0,
            ema: 0.0,
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
        /// Text that was given.
        value: String,
        /// The range in words.
        range: String,
    },
    /// No preset of that name.
    #[error("There is no preset {name}; there are {known}.")]
    UnknownPreset {
        /// Text that was given.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// No setting of that name.
    #[error("There is no setting {key}; did you mean {nearest}?")]
    UnknownKey {
        /// Text that was given.
        key: String,
        /// The name that is most like it.
        nearest: String,
    },
    /// A setting without a value.
    #[error("The setting {setting} has no value; write it as KEY=VALUE, such as training.epochs=5.")]
    NoValue {
        /// Text that was given.
        setting: String,
    },
    /// A value of another kind.
    #[error("{key} cannot be {value} ({what}).")]
    Value {
        /// Dotted name of the key.
        key: String,
        /// Text that was given.
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
    /// One encoder for both, without a map that would tell them apart.
    #[error(
        "model.shared_encoder needs model.linear_logvar: without a linear map of its own the log-variance would be the mean itself."
    )]
    SharedEncoder,
    /// Two settings that make no sense together.
    #[error("{0}")]
    Combination(&'static str),
}

impl Config {
    /// Weight of the KL terms at a step, counted from 0. Of the linear schedule min(kl_weight, step / annealing steps) (official code,
    /// `trainers.py`), of the cyclical one kl_weight times min(1, 2 * the part of the cycle that is over) (Fu et al., Cyclical annealing
    /// schedule, NAACL 2019, with half of the cycle rising), otherwise kl_weight, which `Length` has for each item.
    pub fn kl_weight_at(&self, step: usize) -> f64 {
        let (weight, steps) = (self.objective.kl_weight, self.objective.kl_annealing_steps);
        match self.objective.kl_schedule {
            KlSchedule::Linear if steps > 0 => weight.min(step as f64 / steps as f64),
            KlSchedule::Cyclical if steps > 0 => weight * f64::min(1.0, 2.0 * (step % steps) as f64 / steps as f64),
            _ => weight,
        }
    }

    /// Learning rate of a step, counted from 0: `training.learning_rate` times min(1, (step + 1) / `training.warmup_steps`) times the
    /// factor of the schedule. All of it follows from the number of the step, so that a run goes on as if it had not been interrupted.
    pub fn learning_rate_at(&self, step: usize, steps_per_epoch: usize) -> f64 {
        let training = &self.training;
        let warm = match training.warmup_steps {
            0 => 1.0,
            steps => f64::min(1.0, (step + 1) as f64 / steps as f64),
        };
        let steps_per_epoch = steps_per_epoch.max(1);
        let factor = match training.rate_schedule {
            RateSchedule::Constant => 1.0,
            RateSchedule::Cosine => {
                let over = step as f64 / (training.epochs * steps_per_epoch).max(1) as f64;
                0.5 * (1.0 + f64::cos(std::f64::consts::PI * over.min(1.0)))
            }
            RateSchedule::Halving => {
                0.5f64.powi((step / steps_per_epoch / training.halving_epochs.max(1)).min(i32::MAX as usize) as i32)
            }
        };
        training.learning_rate * warm * factor
    }

    /// A training pass with the dropout of this configuration.
    pub(super) fn training_pass<'a>(&self, noise: &'a mut dyn Noise) -> Pass<'a> {
        let model = &self.model;
        Pass::training(noise, model.hidden_dropout, model.attention_dropout)
            .with_embedding_dropout(model.embedding_dropout)
            .with_output_masks(model.output_masks)
            .with_drift_noise(DriftNoise {
                share: self.view.drift_noise,
                random: self.view.drift_random,
            })
    }

    /// Whether the composite prior takes the encoder anew before a step, counted from 0.
    pub(super) fn renews_prior_at(&self, step: usize, steps_per_epoch: usize) -> bool {
        let every = match self.objective.prior_steps {
            0 => steps_per_epoch,
            steps => steps,
        };
        self.objective.prior == Prior::Composite && step.is_multiple_of(every.max(1))
    }
}

#[cfg(test)]
mod tests;
