//! The EASE baseline with its penalty chosen.
//!
//! In: a log, and a penalty or none. Out: the baseline, with the penalty that was given, or the one with the best NDCG@20 on validation.

use contrastvae::evaluate::{Ease, EaseBuilder, evaluate};
use contrastvae::log::{Dataset, Split};

use crate::failure::Failure;
use crate::progress::Progress;

/// The baseline and its penalty.
pub fn build(data: &Dataset, penalty: Option<f64>) -> Result<(Ease, f64), Failure> {
    if let Some(penalty) = penalty {
        return Ok((with_penalty(data, penalty)?, penalty));
    }
    let mut best: Option<(Ease, f64, f32)> = None;
    for penalty in Ease::PENALTIES {
        let ease = with_penalty(data, penalty)?;
        let valid = evaluate(data, Split::Valid, &ease).map_err(|error| Failure::Other(error.to_string()))?;
        // Of equal ones the first stays.
        if best.as_ref().is_none_or(|(_, _, ndcg)| valid.ndcg_20 > *ndcg) {
            best = Some((ease, penalty, valid.ndcg_20));
        }
    }
    best.map(|(ease, penalty, _)| (ease, penalty))
        .ok_or_else(|| Failure::Other("EASE has no penalties to choose from.".to_owned()))
}

fn with_penalty(data: &Dataset, penalty: f64) -> Result<Ease, Failure> {
    let refused = |error: contrastvae::evaluate::EaseError| Failure::Input(error.to_string());
    let mut builder = EaseBuilder::new(data, penalty).map_err(refused)?;
    let progress = Progress::of_steps(&format!("EASE, penalty {penalty}"), builder.progress().1 as u64);
    while !builder.advance().map_err(refused)? {
        progress.set(builder.progress().0 as u64);
    }
    Ok(builder.finish())
}
