//! Work beside the run, a slice at a time: the baselines, a comparison, lists for many users and of items alike, a search for users, the ranking of
//! the test.
//!
//! In: jobs, each with the number of the request that it answers. Out: their answers when they are done, and events on the way. Between two
//! slices the session takes commands and steps of the run, so that nothing waits for a job.

mod baselines;
mod comparison;
mod list_baselines;
mod lists;
mod nearest;
mod similar;
mod test;

use std::{future::Future, pin::Pin};

use super::{
    events::Outbox,
    protocol::{Answer, Event},
};
use crate::run::Run;

pub use baselines::RankBaselines;
pub use comparison::CompareModels;
pub use list_baselines::MeasureBaselines;
pub use lists::RankLists;
pub use nearest::SearchUsers;
pub use similar::CompareItems;
pub use test::RankTest;

/// Outcome of a slice: the answer if it was the last one.
pub type Slice = Result<Option<Answer>, JobError>;

/// Surroundings of a job.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub outbox: &'a Outbox,
    /// The present run.
    pub run: Option<&'a Run>,
    /// Whether a device error means that the GPU is lost.
    pub on_gpu: bool,
}

/// Work that is done in slices.
pub trait Job {
    /// Does the next slice.
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>>;
}

/// Why a job broke off: one sentence.
pub struct JobError {
    pub message: String,
    /// The GPU is lost, so that this worker cannot go on.
    pub device_lost: bool,
}

impl JobError {
    /// Error of the job alone.
    pub fn new(message: impl ToString) -> Self {
        Self {
            message: message.to_string(),
            device_lost: false,
        }
    }
}

/// Kinds of jobs, of each of which one can be under way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Baselines,
    Comparison,
    Lists,
    Nearest,
    Test,
}

impl JobKind {
    /// Why another one of the kind is refused.
    fn busy(self) -> &'static str {
        match self {
            Self::Baselines => "The baselines are being ranked already; wait until that is done, or cancel it.",
            Self::Comparison => "A comparison is under way already; wait until that is done, or cancel it.",
            Self::Lists => "Lists are being made already; wait until that is done, or cancel it.",
            Self::Nearest => "The nearest users are being searched already; wait until that is done, or cancel it.",
            Self::Test => "The test is being ranked already; wait until that is done.",
        }
    }
}

struct UnderWay {
    id: u32,
    kind: JobKind,
    job: Box<dyn Job>,
}

/// The jobs under way.
#[derive(Default)]
pub struct Jobs(Vec<UnderWay>);

impl Jobs {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Error if a job of the kind is under way.
    pub fn check_free(&self, kind: JobKind) -> Result<(), String> {
        match self.0.iter().any(|under_way| under_way.kind == kind) {
            true => Err(kind.busy().to_owned()),
            false => Ok(()),
        }
    }

    /// Takes in a job that answers the request `id`.
    pub fn push(&mut self, id: u32, kind: JobKind, job: Box<dyn Job>) {
        self.0.push(UnderWay { id, kind, job });
    }

    /// Gives up the job of a kind, if there is one; its request is refused with the sentence `why`.
    pub fn end(&mut self, kind: JobKind, why: &str, outbox: &Outbox) {
        self.0.retain(|under_way| {
            let ends = under_way.kind == kind;
            if ends {
                outbox.answer(under_way.id, Err(why.to_owned()));
            }
            !ends
        });
    }

    /// Does the next slice of each job.
    pub async fn advance(&mut self, around: Around<'_>) {
        for mut under_way in std::mem::take(&mut self.0) {
            match under_way.job.advance(around).await {
                Ok(None) => self.0.push(under_way),
                Ok(Some(answer)) => around.outbox.answer(under_way.id, Ok(answer)),
                Err(JobError {
                    message,
                    device_lost: true,
                }) => around.outbox.send(&Event::DeviceFailed { message, wrong: false }),
                Err(JobError { message, .. }) => around.outbox.answer(under_way.id, Err(message)),
            }
        }
    }
}
