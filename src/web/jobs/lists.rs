//! Lists for many users by the present weights, beside the run that they come from.
//!
//! In: which users, items and format. Out: the text of the lists, a piece after each slice, and at last how many there are.

use std::{future::Future, pin::Pin};

use super::{Around, Job, JobError, Slice};
use crate::{
    evaluate::BeyondAccuracyMeter,
    log::Dataset,
    run::{IdFile, ListFormat, ListRequest, Lists, RequestError, ResolvedLists, Run},
    web::{
        clock::now_seconds,
        events::bytes,
        protocol::{Answer, Event, ListsWish},
    },
};

/// Bytes of text that are handed over at once, about: a message for each slice would be many small ones.
pub(super) const PART_BYTES: usize = 1 << 20;
/// Seconds between two events on the progress.
pub(super) const PROGRESS_SECONDS: f64 = 0.1;

/// Lists under way.
pub struct RankLists {
    lists: Lists,
    format: ListFormat,
    /// Pseudonyms of all users; None if they go by their identifiers.
    names: Option<Vec<String>>,
    unknown: Vec<String>,
    meter: BeyondAccuracyMeter,
    text: Vec<u8>,
    rows: usize,
    began: f64,
    told: f64,
}

impl RankLists {
    /// Lists of which nothing is done yet; `names` are those of all users in the file, if these are not their identifiers.
    pub fn new(run: &Run, wish: &ListsWish, names: Option<Vec<String>>) -> Result<Self, RequestError> {
        let ResolvedLists { users, unknown, options } = resolved(run.data(), wish)?;
        let mut text = Vec::new();
        // Writing into memory cannot fail.
        let _ = wish.format.begin(&mut text);
        Ok(Self {
            meter: BeyondAccuracyMeter::new(run.data(), options.k),
            names,
            lists: run.lists(users, options),
            format: wish.format,
            unknown,
            text,
            rows: 0,
            began: now_seconds(),
            told: 0.0,
        })
    }

    async fn slice(&mut self, around: Around<'_>) -> Slice {
        let Some(run) = around.run else {
            return Err(JobError::new("The run whose lists were being made is gone; start one first."));
        };
        let lists = self.lists.advance(run).await.map_err(JobError::new)?;
        let data = run.data();
        let names = self.names.as_deref().unwrap_or(&data.users);
        for list in &lists {
            let _ = self.format.write(data, names, list, &mut self.text);
            self.rows += list.items.len();
            self.meter.add(list.items.iter().map(|&(item, _)| item));
        }
        let over = lists.is_empty();
        let now = now_seconds();
        let is_part = over || self.text.len() >= PART_BYTES;
        if is_part || now - self.told >= PROGRESS_SECONDS {
            self.told = now;
            let (done, total) = self.lists.progress();
            let part = if is_part { std::mem::take(&mut self.text) } else { Vec::new() };
            around.outbox.send(&Event::ListsPart {
                done: done as u32,
                total: total as u32,
                bytes: bytes(&part),
            });
        }
        Ok(over.then(|| Answer::Lists {
            users: self.lists.progress().1 as u32,
            rows: self.rows as u32,
            unknown: std::mem::take(&mut self.unknown),
            measures: self.meter.finish(),
            seconds: (now - self.began) as f32,
        }))
    }
}

/// Users and items of a wish by their numbers.
pub(super) fn resolved(data: &Dataset, wish: &ListsWish) -> Result<ResolvedLists, RequestError> {
    let request = ListRequest {
        k: wish.k.clamp(1, 1000) as usize,
        with_history: wish.with_history,
        least: wish.least,
        users: file(&wish.users),
        only: file(&wish.only),
        without: file(&wish.without),
    };
    request.resolve(data)
}

/// A file of the visitor's by its text. The page may have several, and knows which one it gave.
fn file(text: &Option<String>) -> Option<IdFile<'_>> {
    let text = text.as_ref()?.as_bytes();
    Some(IdFile { name: "The file", text })
}

impl Job for RankLists {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(self.slice(around))
    }
}
