//! Lists for many users by the present weights, beside the run that they come from.
//!
//! In: which users, items and format. Out: the text of the lists, a piece after each slice, and at last how many there are.

use std::{future::Future, pin::Pin};

use super::{Around, Job, JobError, Slice};
use crate::{
    log::Dataset,
    run::{FoundIds, ListFormat, ListOptions, Lists, Run, allowed_items, find_ids},
    web::{
        clock::now_seconds,
        events::bytes,
        protocol::{Answer, Event, ListsWish},
    },
};

/// Bytes of text that are handed over at once, about: a message for each slice would be many small ones.
const PART_BYTES: usize = 1 << 20;
/// Seconds between two events on the progress.
const PROGRESS_SECONDS: f64 = 0.1;

/// Lists under way.
pub struct RankLists {
    lists: Lists,
    format: ListFormat,
    unknown: Vec<String>,
    text: Vec<u8>,
    rows: usize,
    began: f64,
    told: f64,
}

impl RankLists {
    /// Lists of which nothing is done yet.
    pub fn new(run: &Run, wish: &ListsWish) -> Result<Self, String> {
        let data = run.data();
        let FoundIds { known, unknown } = match &wish.users {
            Some(file) => find_ids(file.as_bytes(), data.users.iter().map(String::as_str)),
            None => FoundIds {
                known: (0..data.users.len() as u32).collect(),
                unknown: Vec::new(),
            },
        };
        if known.is_empty() {
            let example = data.users.first().map_or("", String::as_str);
            return Err(format!(
                "The file names no user of the log; write an identifier a line as it stands there, such as {example}."
            ));
        }
        let options = ListOptions {
            k: wish.k.clamp(1, 1000) as usize,
            with_history: wish.with_history,
            allowed: allowed(data, wish)?,
        };
        let mut text = Vec::new();
        // Writing into memory cannot fail.
        let _ = wish.format.begin(&mut text);
        Ok(Self {
            lists: run.lists(known, options),
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
        for list in &lists {
            let _ = self.format.write(run.data(), list, &mut self.text);
            self.rows += list.items.len();
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
            seconds: (now - self.began) as f32,
        }))
    }
}

fn allowed(data: &Dataset, wish: &ListsWish) -> Result<Vec<bool>, String> {
    let items = |file: &Option<String>| -> Result<Option<Vec<u32>>, String> {
        let Some(file) = file else { return Ok(None) };
        let found = find_ids(file.as_bytes(), data.items.iter().map(|item| item.id.as_str()));
        if found.known.is_empty() {
            let example = data.items.first().map_or("", |item| item.id.as_str());
            return Err(format!(
                "The file names no item of the log; write an identifier a line as it stands there, such as {example}."
            ));
        }
        Ok(Some(found.known))
    };
    let (only, without) = (items(&wish.only)?, items(&wish.without)?);
    let allowed = allowed_items(data, only.as_deref(), without.as_deref().unwrap_or_default(), wish.least);
    match allowed.is_empty() || allowed.contains(&true) {
        true => Ok(allowed),
        false => Err("No item is left that may be recommended; ask for fewer interactions, or choose other items.".to_owned()),
    }
}

impl Job for RankLists {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(self.slice(around))
    }
}
