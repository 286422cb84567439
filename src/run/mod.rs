//! A training run as a state machine: configure, step, evaluate, look at latents, recommend.
//!
//! In: a data set, a [`Config`] and a device. Out: [`Progress`] after steps, metrics after epochs, latents and recommendations on
//! demand. The same code serves the page and the command line: it is asynchronous where it reads from the device, and it knows
//! neither clock nor files nor browser; its host brings those.

mod archive;
mod averaging;
mod bag_config;
mod bag_steps;
mod batches;
mod checkpoint;
mod config;
mod diagnosis;
mod error;
mod evaluation;
mod finite;
mod history;
mod latent_report;
mod latents;
mod official;
mod optimiser;
mod passes;
mod pooled;
mod posteriors;
mod presets;
mod ranges;
mod record;
mod reliance;
mod same_target;
mod schedule;
mod settings;
mod size;
mod training;
mod zip_file;

pub use bag_config::BagConfig;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{
    Config, ConfigError, KlSchedule, Mode, ModelConfig, ObjectiveConfig, Reconstruction, TrainingConfig, ViewConfig,
};
pub use diagnosis::{Diagnosis, DiagnosisOptions, PosteriorGroup, PosteriorGroups, RunDiagnostics};
pub use error::RunError;
pub use evaluation::Evaluation;
pub use history::{EpochRecord, History};
pub use latent_report::{LatentReport, PooledReport, PosteriorReport};
pub use latents::{LatentSet, LatentSubject, UserHistory};
pub use official::{ImportError, Imported, import_official};
pub use optimiser::AdamW;
pub use pooled::PooledViews;
pub use posteriors::PosteriorSet;
pub use presets::PRESETS;
pub use record::{DataIdentity, FORMAT, RunRecord};
pub use reliance::{LatentSource, Reliance, RelianceMetrics};
pub use size::RunSize;
pub use training::{Run, StepOutcome};

use serde::{Deserialize, Serialize};

/// Mean losses over some steps, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct LossTerms {
    /// What is minimised: the weighted sum of the others, with free bits where there are some, and in the variational modes the prior
    /// of alpha.
    pub total: f32,
    /// Reconstruction, the sum over the views.
    pub reconstruction: f32,
    /// KL divergence from the prior, the sum over the views, unweighted and without free bits; 0 in the deterministic mode. Of the
    /// composite prior an estimate from one draw, which may be below 0.
    pub kl: f32,
    /// The contrastive term, unweighted; 0 where there is none.
    pub contrast: f32,
}

impl LossTerms {
    /// Adds the means of `count` steps, so that sums can be kept.
    pub(crate) fn add(&mut self, means: &LossTerms, count: f32) {
        self.total += means.total * count;
        self.reconstruction += means.reconstruction * count;
        self.kl += means.kl * count;
        self.contrast += means.contrast * count;
    }

    /// The sums divided by the number of steps.
    pub(crate) fn divided(&self, count: f32) -> LossTerms {
        LossTerms {
            total: self.total / count,
            reconstruction: self.reconstruction / count,
            kl: self.kl / count,
            contrast: self.contrast / count,
        }
    }
}
