//! How good recommendations are: the rank of the true next item among all items, and baselines that need no gradient.
//!
//! In: scores of all items for a user, or a data set. Out: [`Metrics`]. Nothing here knows tensors; whoever has scores as plain
//! numbers can be measured, model or baseline alike.

mod baselines;
mod beyond;
mod builder;
mod corruption;
mod ease;
mod frequency;
mod groups;
mod item_knn;
mod markov;
mod metrics;
mod popularity;
mod scorer;

pub use baselines::{BaselineMetrics, BaselineRanking};
pub use beyond::{BeyondAccuracy, BeyondAccuracyMeter, RARE_BELOW};
pub use builder::{BASELINES, BaselineBuilder, BaselineError, users_at_once};
pub use corruption::{Corruption, CorruptionKind, corrupt};
pub use ease::{Ease, EaseBuilder, EaseError};
pub use frequency::{ByFrequency, FrequencyGroup, FrequencyGroups};
pub use groups::{GROUPS, GroupMetrics, GroupedMetrics, Grouping, answer_counts, assign, group_labels, group_of};
pub use item_knn::{ItemKnn, ItemKnnBuilder, ItemKnnOptions};
pub use markov::Markov;
pub use metrics::{Metrics, MetricsAccumulator, RankError, rank_of};
pub use popularity::{popularity, popularity_ranks};
pub use scorer::{PopularityScorer, Scorer, ScorerEvaluation, evaluate, training_counts};
