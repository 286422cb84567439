//! How good recommendations are: the rank of the true next item among all items, and baselines that need no gradient.
//!
//! In: scores of all items for a user, or a data set. Out: [`Metrics`]. Nothing here knows tensors; whoever has scores as plain
//! numbers can be measured, model or baseline alike.

mod metrics;
mod popularity;

pub use metrics::{Metrics, MetricsAccumulator, RankError, rank_of};
pub use popularity::popularity;
