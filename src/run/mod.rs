//! A training run as a state machine: configure, step, evaluate, look at latents, recommend.
//!
//! In: a data set, a [`Config`] and a device. Out: losses after steps, metrics after epochs, latents and recommendations on
//! demand. The same code serves the page and the command line: it is asynchronous where it reads from the device, and it knows
//! neither clock nor files nor browser; its host brings those.

mod archive;
mod attention;
mod attribute_gap;
mod attributes;
mod averaging;
mod bag_config;
mod bag_steps;
mod batches;
mod card;
mod checkpoint;
mod config;
mod critique;
mod device_check;
mod diagnosis;
mod error;
mod evaluation;
mod everyone;
mod explain;
mod finite;
mod fresh;
mod history;
mod id_list;
mod latent_report;
mod latents;
mod list_baselines;
mod losses;
mod nearest;
mod official;
mod optimiser;
mod passes;
mod plan;
mod pooled;
mod posteriors;
mod presets;
mod pseudonyms;
mod ranges;
mod readback;
mod record;
mod reliance;
mod request;
mod same_target;
mod schedule;
mod selection;
mod settings;
mod settings_table;
mod similar;
mod size;
mod speed;
mod state;
mod training;
mod zip_file;

pub use attention::{Attention, AttentionLayer, AttentionPart};
pub use attribute_gap::{AttributeGap, AttributeGaps};
pub use attributes::{AttributeLabels, Attributes, ItemAttributes};
pub use bag_config::BagConfig;
pub use card::{CardData, CardMetric, ModelCard};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{
    Config, ConfigError, KlSchedule, Mode, ModelConfig, ObjectiveConfig, RateSchedule, Reconstruction, TrainingConfig, ViewConfig,
};
pub use critique::{CritiqueCurve, CritiqueCurves, CritiquePoint, moves_of};
pub use device_check::DeviceCheck;
pub use diagnosis::{Diagnosis, DiagnosisOptions, PosteriorGroup, PosteriorGroups, RunDiagnostics};
pub use error::RunError;
pub use evaluation::Evaluation;
pub use everyone::{ListFormat, ListOptions, Lists, RankedList, allowed_items};
pub use explain::{Explanation, Reason, Wanted};
pub use history::{EpochRecord, History};
pub use id_list::{FoundIds, find_ids};
pub use latent_report::{LatentReport, PooledReport, PosteriorReport};
pub use latents::{LatentSet, LatentSubject, UserHistory};
pub use list_baselines::{ListBaselines, ListMeasures};
pub use losses::{LossTerms, TermShares};
pub use nearest::{NearUser, NearestUsers};
pub use official::{ImportError, Imported, import_official};
pub use optimiser::AdamW;
pub use pooled::PooledViews;
pub use posteriors::PosteriorSet;
pub use presets::PRESETS;
pub use pseudonyms::PseudonymKey;
pub use record::{DataIdentity, FORMAT, RunRecord};
pub use reliance::{LatentSource, Reliance, RelianceMetrics};
pub use request::{IdFile, ListRequest, RequestError, ResolvedLists, history_of, item_of, some_of, user_of, users_that_begin};
pub use settings_table::{Need, SETTINGS, Setting, SettingKind, Unit};
pub use similar::{ItemNames, SimilarBy, SimilarItems, SimilarLine};
pub use size::RunSize;
pub use speed::Speed;
pub use training::{Run, StepOutcome};
