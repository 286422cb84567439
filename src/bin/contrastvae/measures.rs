//! Metrics as the command line tells them, for models and baselines alike.
//!
//! In: the metrics of a ranking, ranks by user, and rankings of spoiled histories. Out: objects with the names of the field
//! (`recall@20`), and lines for people.

use contrastvae::evaluate::{Corruption, CorruptionKind, GroupMetrics, GroupedMetrics, Grouping, Metrics, assign};
use contrastvae::log::{Dataset, Split};
use serde::Serialize;

use crate::failure::Failure;

/// The shares of each history that the paper spoils (Fig. 4), besides none.
const SHARES: [f64; 4] = [0.1, 0.2, 0.3, 0.4];

/// The part of a data set that is asked for, as an option names it.
pub const SPLITS: [&str; 2] = ["valid", "test"];

/// The split of one of [`SPLITS`].
pub fn split_of(name: &str) -> Split {
    if name == "valid" { Split::Valid } else { Split::Test }
}

/// Metrics under the names of the field.
#[derive(Clone, Serialize)]
pub struct Measures {
    pub users: u32,
    #[serde(rename = "recall@5")]
    recall_5: f32,
    #[serde(rename = "recall@10")]
    recall_10: f32,
    #[serde(rename = "recall@20")]
    pub recall_20: f32,
    #[serde(rename = "recall@40")]
    recall_40: f32,
    #[serde(rename = "ndcg@5")]
    ndcg_5: f32,
    #[serde(rename = "ndcg@10")]
    ndcg_10: f32,
    #[serde(rename = "ndcg@20")]
    pub ndcg_20: f32,
    #[serde(rename = "ndcg@40")]
    ndcg_40: f32,
    mrr: f32,
}

impl From<&Metrics> for Measures {
    fn from(metrics: &Metrics) -> Self {
        Self {
            users: metrics.users,
            recall_5: metrics.recall_5,
            recall_10: metrics.recall_10,
            recall_20: metrics.recall_20,
            recall_40: metrics.recall_40,
            ndcg_5: metrics.ndcg_5,
            ndcg_10: metrics.ndcg_10,
            ndcg_20: metrics.ndcg_20,
            ndcg_40: metrics.ndcg_40,
            mrr: metrics.mrr,
        }
    }
}

impl Measures {
    /// A line for each cut-off.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (cut, recall, ndcg) in [
            (5, self.recall_5, self.ndcg_5),
            (10, self.recall_10, self.ndcg_10),
            (20, self.recall_20, self.ndcg_20),
            (40, self.recall_40, self.ndcg_40),
        ] {
            text += &format!("Recall@{cut:<3} {recall:.4}  NDCG@{cut:<3} {ndcg:.4}\n");
        }
        text + &format!("MRR        {:.4}\n", self.mrr)
    }

    /// One line.
    pub fn line(&self) -> String {
        format!(
            "Recall@20 {:.4}  NDCG@20 {:.4}  Recall@40 {:.4}  NDCG@40 {:.4}  MRR {:.4}",
            self.recall_20, self.ndcg_20, self.recall_40, self.ndcg_40, self.mrr
        )
    }
}

/// Metrics of one grouping.
#[derive(Serialize)]
pub struct Groups {
    grouping: Grouping,
    groups: Vec<GroupMetrics>,
}

impl Groups {
    /// All groupings that there are, of the ranks of all users.
    pub fn of(data: &Dataset, split: Split, ranks: &[Option<u32>]) -> Vec<Self> {
        [Grouping::AnswerFrequency, Grouping::TrainingFrequency, Grouping::Length]
            .into_iter()
            .map(|grouping| Groups {
                grouping,
                groups: GroupedMetrics::of_ranks(&assign(data, split, grouping), ranks).finish(),
            })
            .collect()
    }

    /// A paragraph.
    pub fn text(&self) -> String {
        let mut text = format!("\n{}\n", grouping_title(self.grouping));
        for group in &self.groups {
            text += &format!(
                "{:>8}  {:>7} users  Recall@20 {:.4}  NDCG@20 {:.4}  Recall@40 {:.4}\n",
                group.label, group.users, group.metrics.recall_20, group.metrics.ndcg_20, group.metrics.recall_40
            );
        }
        text
    }
}

/// Title of a grouping.
pub fn grouping_title(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::AnswerFrequency => "By how often the answer is an answer",
        Grouping::TrainingFrequency => "By how often the answer occurs in training",
        Grouping::Length => "By the length of the sequence",
    }
}

/// The ranking after histories of which a share was spoiled.
#[derive(Serialize)]
pub struct Spoiled {
    kind: CorruptionKind,
    share: f64,
    #[serde(flatten)]
    measures: Measures,
}

/// Fig. 4 of the paper: both kinds at each share. `plain` is the ranking of the histories as they are, `rank` does another one.
pub fn spoil(
    plain: &Metrics,
    seed: u32,
    mut rank: impl FnMut(Corruption) -> Result<Metrics, Failure>,
) -> Result<Vec<Spoiled>, Failure> {
    let mut rows = Vec::new();
    for kind in [CorruptionKind::Deletion, CorruptionKind::Replacement] {
        rows.push(Spoiled {
            kind,
            share: 0.0,
            measures: plain.into(),
        });
        for share in SHARES {
            rows.push(Spoiled {
                kind,
                share,
                measures: Measures::from(&rank(Corruption { kind, share, seed })?),
            });
        }
    }
    Ok(rows)
}

/// A paragraph for each kind.
pub fn spoiled_text(rows: &[Spoiled]) -> String {
    let mut text = String::new();
    for row in rows {
        if row.share == 0.0 {
            text += match row.kind {
                CorruptionKind::Deletion => "\nWith a share of each history deleted\n",
                CorruptionKind::Replacement => "\nWith a share of each history replaced by other items\n",
            };
        }
        text += &format!("{:>8.1}  {}\n", row.share, row.measures.line());
    }
    text
}
