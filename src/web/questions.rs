//! Questions that a run answers at once.
//!
//! In: a run and what is asked of it. Out: the answer.

use super::{
    events::Answered,
    host::words,
    protocol::{Answer, Recommendation},
};
use crate::run::{Run, Wanted};

/// The best next items after a history, by any run, with its latent moved along the tied dimensions.
pub async fn recommend(run: &Run, history: &[u32], k: usize, moves: &[f32]) -> Answered {
    let ranked = run.recommend_moved(history, k, moves).await.map_err(words)?;
    let items = ranked.into_iter().map(|(item, score)| Recommendation { item, score });
    Ok(Answer::Recommend { items: items.collect() })
}

/// Why a run recommends an item after a history.
pub async fn explain(run: &Run, history: &[u32], item: u32) -> Answered {
    let found = run.explain(history, Wanted::Item(item)).await.map_err(words)?;
    let explanation = found.into_iter().next().ok_or(
        "There is no such item, or it is in the history, and what somebody has had is not recommended; ask for another one.",
    )?;
    Ok(Answer::Explain { explanation })
}

/// Where a run looks after a history.
pub async fn attention(run: &Run, history: &[u32]) -> Answered {
    let attention = run.attention(history).await.map_err(words)?;
    Ok(Answer::Attention { attention })
}
