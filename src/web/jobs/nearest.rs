//! The search for users whose sequences lie near a history, beside the run.
//!
//! In: a search. Out: events on the progress, and the users at last.

use std::{future::Future, pin::Pin};

use super::{Around, Job, JobError, Slice, lists::PROGRESS_SECONDS};
use crate::{
    run::NearestUsers,
    web::{
        clock::now_seconds,
        protocol::{Answer, Event},
    },
};

/// A search under way.
pub struct SearchUsers {
    search: NearestUsers,
    told: f64,
}

impl SearchUsers {
    /// A search of which nothing is done yet.
    pub fn new(search: NearestUsers) -> Self {
        Self {
            search,
            told: now_seconds(),
        }
    }

    async fn slice(&mut self, around: Around<'_>) -> Slice {
        let Some(run) = around.run else {
            return Err(JobError::new(
                "The run whose users were being searched is gone; start one first.",
            ));
        };
        if let Some(users) = self.search.advance(run).await.map_err(JobError::new)? {
            return Ok(Some(Answer::NearestUsers { users }));
        }
        let now = now_seconds();
        if now - self.told >= PROGRESS_SECONDS {
            self.told = now;
            let (done, total) = self.search.progress(run);
            around.outbox.send(&Event::NearestProgress {
                done: done as u32,
                total: total as u32,
            });
        }
        Ok(None)
    }
}

impl Job for SearchUsers {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(self.slice(around))
    }
}
