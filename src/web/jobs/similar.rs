//! A table of the items that are most alike to each item, beside the run.
//!
//! In: by what items are compared, how many and in which format. Out: the text of the table, a piece after each few slices, and at last how
//! many lines there are.

use std::{future::Future, pin::Pin};

use super::{
    Around, Job, Slice,
    lists::{PART_BYTES, PROGRESS_SECONDS},
};
use crate::{
    run::{ItemNames, ListFormat, Run, RunError, SimilarItems, SimilarLine},
    web::{
        clock::now_seconds,
        events::bytes,
        protocol::{Answer, Event, SimilarWish},
    },
};

/// Multiplications of a slice: some milliseconds.
const PRODUCTS: usize = 8 << 20;

/// A table under way.
pub struct CompareItems {
    items: SimilarItems,
    ids: Vec<String>,
    titles: Vec<String>,
    k: usize,
    format: ListFormat,
    text: Vec<u8>,
    done: usize,
    rows: usize,
    began: f64,
    told: f64,
}

impl CompareItems {
    /// A table of which nothing is done yet.
    pub async fn new(run: &Run, wish: &SimilarWish) -> Result<Self, RunError> {
        let data = run.data();
        let header = match wish.format {
            ListFormat::Csv => SimilarLine::FIELDS.join(",") + "\n",
            ListFormat::Jsonl => String::new(),
        };
        Ok(Self {
            items: run.similar_items(wish.by).await?,
            ids: data.items.iter().map(|item| item.id.clone()).collect(),
            titles: (0..data.items.len() as u32).map(|item| data.title(item).to_owned()).collect(),
            k: wish.k.clamp(1, 1000) as usize,
            format: wish.format,
            text: header.into_bytes(),
            done: 0,
            rows: 0,
            began: now_seconds(),
            told: 0.0,
        })
    }

    fn slice(&mut self, around: Around<'_>) -> Slice {
        let items = self.items.items();
        let at_once = (PRODUCTS / self.items.numbers().max(1)).max(1);
        let some = self.done..(self.done + at_once).min(items);
        let names = ItemNames {
            ids: &self.ids,
            titles: &self.titles,
        };
        for (item, near) in some.clone().zip(self.items.nearest_of(some.clone(), self.k)) {
            for line in names.lines(Some(item), &near) {
                // Writing into memory cannot fail.
                let _ = line.write(self.format, &mut self.text);
            }
            self.rows += near.len();
        }
        self.done = some.end;
        let over = self.done == items;
        let now = now_seconds();
        let is_part = over || self.text.len() >= PART_BYTES;
        if is_part || now - self.told >= PROGRESS_SECONDS {
            self.told = now;
            let part = if is_part { std::mem::take(&mut self.text) } else { Vec::new() };
            around.outbox.send(&Event::ListsPart {
                done: self.done as u32,
                total: items as u32,
                bytes: bytes(&part),
            });
        }
        Ok(over.then(|| Answer::SimilarItems {
            rows: self.rows as u32,
            seconds: (now - self.began) as f32,
        }))
    }
}

impl Job for CompareItems {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(async move { self.slice(around) })
    }
}
