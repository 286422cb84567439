//! Effect of critiques, for `evaluate --critique`: lists and ranking against the position of the slider of each attribute.
//!
//! In: a run whose latent directions are tied to attributes. Out: a row for each move, as a table or for JSON.

use contrastvae::log::Split;
use contrastvae::run::{CritiqueCurve, Run, RunError};
use pollster::block_on;
use serde::Serialize;

use crate::failure::Failure;
use crate::progress::Progress;

/// Positions of the slider, in logits.
const MOVES: [f32; 7] = [-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0];

/// Lists and ranking after moves along one attribute.
#[derive(Serialize)]
pub struct CritiqueRows {
    attribute: String,
    moves: Vec<CritiqueRow>,
}

/// The same after one move.
#[derive(Serialize)]
struct CritiqueRow {
    /// In logits.
    moved: f32,
    /// Mean value of the attribute over the first 20 of all users: the share of the items that have it, or their mean popularity.
    #[serde(rename = "share@20")]
    share_20: f64,
    /// Share of the first 20 that are those without a move.
    #[serde(rename = "kept@20")]
    kept_20: f64,
    #[serde(rename = "recall@20")]
    recall_20: f32,
    #[serde(rename = "ndcg@20")]
    ndcg_20: f32,
}

impl CritiqueRows {
    /// Measures all attributes over the users that a split asks.
    pub fn measure(run: &Run, split: Split) -> Result<Vec<Self>, Failure> {
        let failure = |error: RunError| match error {
            RunError::Request(error) => Failure::Input(error.to_string()),
            other => Failure::Other(other.to_string()),
        };
        let mut curves = run.critique_curves(split, &MOVES).map_err(failure)?;
        let progress = Progress::of_steps("Moving the latents", curves.progress().1 as u64);
        loop {
            if let Some(curves) = block_on(curves.advance(run)).map_err(failure)? {
                return Ok(curves.into_iter().map(Self::from).collect());
            }
            progress.set(curves.progress().0 as u64);
        }
    }
}

impl From<CritiqueCurve> for CritiqueRows {
    fn from(curve: CritiqueCurve) -> Self {
        let moves = curve.points.iter().map(|point| CritiqueRow {
            moved: point.moved,
            share_20: point.share,
            kept_20: point.kept,
            recall_20: point.metrics.recall_20,
            ndcg_20: point.metrics.ndcg_20,
        });
        Self {
            moves: moves.collect(),
            attribute: curve.attribute,
        }
    }
}

/// The tables; empty without rows.
pub fn critique_text(curves: &[CritiqueRows]) -> String {
    let mut text = String::new();
    for curve in curves {
        text += &format!(
            "\n{}\n    move  in the first 20  of these as before  Recall@20  NDCG@20\n",
            curve.attribute
        );
        for row in &curve.moves {
            text += &format!(
                "{:>+8}  {:>15.4}  {:>18.4}  {:>9.4}  {:>7.4}\n",
                row.moved, row.share_20, row.kept_20, row.recall_20, row.ndcg_20
            );
        }
    }
    text
}
