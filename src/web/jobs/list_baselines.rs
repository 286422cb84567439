//! Measures of the lists that baselines would give, beside the run.
//!
//! In: a data set, and which users, items and lists. Out: events on the progress, and the measures at last.

use std::{future::Future, pin::Pin, sync::Arc};

use super::{
    Around, Job, JobError, Slice,
    lists::{PROGRESS_SECONDS, resolved},
};
use crate::{
    log::Dataset,
    run::{ListBaselines, RequestError, ResolvedLists},
    web::{
        clock::now_seconds,
        events::bytes,
        protocol::{Answer, Event, ListsWish},
    },
};

/// Measuring under way.
pub struct MeasureBaselines {
    baselines: ListBaselines,
    told: f64,
}

impl MeasureBaselines {
    /// Measures of which nothing is done yet.
    pub fn new(data: Arc<Dataset>, wish: &ListsWish) -> Result<Self, RequestError> {
        let ResolvedLists { users, options, .. } = resolved(&data, wish)?;
        Ok(Self {
            baselines: ListBaselines::new(data, users, options),
            told: 0.0,
        })
    }

    fn slice(&mut self, around: Around<'_>) -> Slice {
        if let Some(rows) = self.baselines.advance().map_err(JobError::new)? {
            return Ok(Some(Answer::ListBaselines { rows }));
        }
        let now = now_seconds();
        if now - self.told >= PROGRESS_SECONDS {
            self.told = now;
            let (done, total) = self.baselines.progress();
            around.outbox.send(&Event::ListsPart {
                done: done as u32,
                total: total as u32,
                bytes: bytes(&[]),
            });
        }
        Ok(None)
    }
}

impl Job for MeasureBaselines {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(async move { self.slice(around) })
    }
}
