//! The visitor's files: read in pieces, never as one string, and never leaving the worker.
//!
//! In: `File` objects from the page. Out: a [`Dataset`], or one sentence. Which of two files is the log and which the titles is
//! found out from their first bytes.

use async_channel::Receiver;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::{
    clock::give_way,
    events::Outbox,
    protocol::{Command, Event},
};
use crate::log::{Dataset, ItemReader, ReadOptions, Reader, SNIFF_BYTES, assemble, looks_like_items};

/// Bytes that are held of a file at once.
const PIECE_BYTES: f64 = (1 << 20) as f64;

/// Tells how far the reading is, and whether somebody wants it to end.
struct Watch<'a> {
    outbox: &'a Outbox,
    commands: &'a Receiver<Command>,
    done: f64,
    total: f64,
}

impl Watch<'_> {
    fn report(&self) {
        self.outbox.send(&Event::LoadProgress {
            bytes_done: self.done,
            bytes_total: self.total,
        });
    }

    /// Delivers waiting messages; an error where one of them was the wish to cancel.
    async fn pause(&self) -> Result<(), String> {
        give_way().await;
        while let Ok(command) = self.commands.try_recv() {
            if let Command::CancelLoading { request } = command {
                self.outbox.send(&Event::Done { request });
                return Err("Loading was cancelled; what was loaded before is still there.".to_string());
            }
            let message = "A file is being read; wait until it is loaded, or cancel the loading.";
            self.outbox.fail(Some(command.request()), message);
        }
        Ok(())
    }
}

/// Reads a log and, where there are two files, the titles beside it.
pub async fn read(files: &Array, options: ReadOptions, outbox: &Outbox, commands: &Receiver<Command>) -> Result<Dataset, String> {
    let mut named = Vec::new();
    for value in files.iter() {
        named.push(
            value
                .dyn_into::<File>()
                .map_err(|_| "What was dropped is not a file; drop a log.".to_string())?,
        );
    }
    let (log, items) = match named.len() {
        1 => (named.remove(0), None),
        2 => {
            let (first, second) = (named.remove(0), named.remove(0));
            let first_is_items = looks_like_items(&first.name(), &piece(&first, 0.0, SNIFF_BYTES as f64).await?);
            let second_is_items = looks_like_items(&second.name(), &piece(&second, 0.0, SNIFF_BYTES as f64).await?);
            match (first_is_items, second_is_items) {
                (true, false) => (second, Some(first)),
                (false, true) => (first, Some(second)),
                _ => {
                    return Err(format!(
                        "Neither or both of {} and {} look like a file of item titles; open one log, and beside it at most one file of titles.",
                        first.name(),
                        second.name()
                    ));
                }
            }
        }
        count => {
            return Err(format!(
                "{count} files were chosen; open one log, and beside it at most one file of titles."
            ));
        }
    };

    let total = log.size() + items.as_ref().map_or(0.0, |file| file.size());
    let mut watch = Watch {
        outbox,
        commands,
        done: 0.0,
        total,
    };
    let mut reader = Reader::new(&log.name(), options.clone());
    feed(&log, &mut watch, |bytes| {
        reader.push(bytes).map_err(|error| error.to_string())
    })
    .await?;
    let raw = reader.finish().map_err(|error| error.to_string())?;
    let table = match &items {
        Some(file) => {
            let mut reader = ItemReader::new(&file.name());
            feed(file, &mut watch, |bytes| {
                reader.push(bytes).map_err(|error| error.to_string())
            })
            .await?;
            Some(reader.finish().map_err(|error| error.to_string())?)
        }
        None => None,
    };
    assemble(&raw, table.as_ref(), &options).map_err(|error| error.to_string())
}

async fn feed(file: &File, watch: &mut Watch<'_>, mut push: impl FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
    let size = file.size();
    let mut at = 0.0;
    while at < size {
        let bytes = piece(file, at, PIECE_BYTES).await?;
        if bytes.is_empty() {
            break;
        }
        push(&bytes)?;
        at += bytes.len() as f64;
        watch.done += bytes.len() as f64;
        watch.report();
        watch.pause().await?;
    }
    Ok(())
}

async fn piece(file: &File, from: f64, length: f64) -> Result<Vec<u8>, String> {
    let unreadable = |_| {
        format!(
            "{} could not be read; it may have been moved or changed since it was chosen.",
            file.name()
        )
    };
    let to = (from + length).min(file.size());
    let slice = file.slice_with_f64_and_f64(from, to).map_err(unreadable)?;
    let buffer = JsFuture::from(slice.array_buffer()).await.map_err(unreadable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
