//! The ranking of the test by the best weights on validation, beside the run that they come from.
//!
//! In: an evaluation of these weights. Out: its metrics at last.

use std::{future::Future, pin::Pin};

use super::{Around, Job, JobError, Slice};
use crate::{
    run::Evaluation,
    web::{clock::now_seconds, protocol::Answer},
};

/// Ranking of the test under way.
pub struct RankTest {
    epoch: usize,
    evaluation: Evaluation,
    began: f64,
}

impl RankTest {
    /// Ranking by weights that stood after an epoch, of which nothing is done yet.
    pub fn new(epoch: usize, evaluation: Evaluation) -> Self {
        Self {
            epoch,
            evaluation,
            began: now_seconds(),
        }
    }

    async fn slice(&mut self, around: Around<'_>) -> Slice {
        let Some(run) = around.run else {
            return Err(JobError::new("The run whose test was being ranked is gone; start one first."));
        };
        let metrics = self.evaluation.advance(run).await.map_err(JobError::new)?;
        Ok(metrics.map(|metrics| Answer::Test {
            epoch: self.epoch as u32,
            metrics,
            seconds: (now_seconds() - self.began) as f32,
        }))
    }
}

impl Job for RankTest {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(self.slice(around))
    }
}
