//! The ranking by the baselines, beside the run.
//!
//! In: a data set. Out: events on the progress, and the metrics of all baselines at last.

use std::{future::Future, pin::Pin, sync::Arc};

use super::{Around, Job, JobError, Slice};
use crate::{
    evaluate::BaselineRanking,
    log::Dataset,
    web::{
        clock::now_seconds,
        protocol::{Answer, Event},
    },
};

/// Seconds between two events on the progress.
const PROGRESS_SECONDS: f64 = 0.1;

/// Ranking by the baselines under way.
pub struct RankBaselines {
    ranking: BaselineRanking,
    began: f64,
    told: f64,
}

impl RankBaselines {
    /// Ranking of which nothing is done yet.
    pub fn new(data: Arc<Dataset>) -> Self {
        Self {
            ranking: BaselineRanking::new(data),
            began: now_seconds(),
            told: 0.0,
        }
    }

    fn slice(&mut self, around: Around<'_>) -> Slice {
        let now = now_seconds();
        if let Some(found) = self.ranking.advance().map_err(JobError::new)? {
            return Ok(Some(Answer::Baselines {
                baselines: found.to_vec(),
                seconds: (now - self.began) as f32,
            }));
        }
        if now - self.told >= PROGRESS_SECONDS {
            self.told = now;
            let (done, total) = self.ranking.progress();
            around.outbox.send(&Event::BaselineProgress {
                done: done as u32,
                total: total as u32,
            });
        }
        Ok(None)
    }
}

impl Job for RankBaselines {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(async move { self.slice(around) })
    }
}
