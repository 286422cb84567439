//! The visitor's files: read in pieces, never as one string, and never leaving the worker.
//!
//! In: `File` objects from the page. Out: a [`RawLog`] with its titles, or one sentence. What the files are and how they are
//! packed is found out by the log floor; here they are made seekable, and between two pieces the browser gets its turn.

use std::{io, rc::Rc};

use async_channel::Receiver;
use js_sys::{Array, Uint8Array};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, FileReaderSync};

use super::{
    ahead::{Pieces, ReadAhead},
    clock::{give_way, now_seconds},
    events::Outbox,
    protocol::{Answer, Command, Event, Request},
};
use crate::log::{ItemTable, NamedSource, Opening, PIECE_BYTES, RawLog, ReadOptions, Source};

/// Seconds between two looks at the queue, each with a word on the progress: a person sees no more, and both cost time.
const PAUSE_SECONDS: f64 = 0.05;
/// Bytes that are fetched at first while a file is read from its beginning to its end, so that a preview comes soon.
const FIRST_BYTES: usize = 1 << 20;
/// Bytes that are fetched at once later on; each fetch is a trip to the browser, which costs about the same for few bytes as for many.
const AHEAD_BYTES: usize = 8 << 20;
/// Bytes that are fetched where only a few are asked for: to recognise a format, or to find the directory of an archive.
const PROBE_BYTES: usize = 64 << 10;

/// Files of a command. A script may send anything, whatever the types say, so each is checked to be a file.
pub fn files_of(files: &Array<File>) -> Result<Vec<File>, String> {
    let file = |value: File| {
        JsValue::from(value)
            .dyn_into::<File>()
            .map_err(|_| "What was dropped is not a file; drop a log.".to_string())
    };
    files.iter().map(file).collect()
}

/// Reads a log and, where there is a file of them, the titles beside it. Configurations that come meanwhile have nothing to do with
/// the files; they are put into `configured`, for afterwards.
pub async fn read(
    files: &[File],
    options: &ReadOptions,
    ahead: &ReadAhead,
    outbox: &Outbox,
    requests: &Receiver<Request>,
    configured: &mut Vec<Request>,
) -> Result<(RawLog, Option<ItemTable>), String> {
    let words = |error: crate::log::LogError| error.to_string();
    let pieces: Vec<Rc<Pieces>> = files.iter().map(|file| ahead.of(file)).collect();
    let named = |(file, pieces): (&File, &Rc<Pieces>)| named_source(file, pieces.clone());
    let sources = files.iter().zip(&pieces).map(named).collect::<Result<Vec<_>, _>>()?;
    let mut opening = Opening::new(sources, options).map_err(words)?;
    let mut shown = false;
    let mut looked_at = now_seconds();
    loop {
        for pieces in &pieces {
            pieces.wait_before(PIECE_BYTES).await;
        }
        let more = opening.step();
        // A preview comes also where the file cannot be read as it is understood, so that it can be corrected.
        if let (false, Some(preview)) = (shown, opening.preview()) {
            shown = true;
            outbox.send(&Event::Preview { preview });
        }
        let more = more.map_err(words)?;
        if !more || now_seconds() - looked_at >= PAUSE_SECONDS {
            let progress = opening.progress();
            outbox.send(&Event::LoadProgress {
                bytes_done: progress.bytes_done as f64,
                bytes_total: progress.bytes_total as f64,
            });
            pause(outbox, requests, configured).await?;
            looked_at = now_seconds();
        }
        if !more {
            return opening.finish().map_err(words);
        }
    }
}

/// Delivers waiting messages; an error if one of them cancels the reading.
async fn pause(outbox: &Outbox, requests: &Receiver<Request>, configured: &mut Vec<Request>) -> Result<(), String> {
    give_way().await;
    while let Ok(request) = requests.try_recv() {
        match request.command {
            Command::CancelLoading => {
                outbox.answer(request.id, Ok(Answer::Done));
                return Err("Loading was cancelled; what was loaded before is still there.".to_string());
            }
            Command::Configure { .. } => configured.push(request),
            _ => {
                let message = "A file is being read; wait until it is loaded, or cancel the loading.";
                outbox.answer(request.id, Err(message.to_string()));
            }
        }
    }
    Ok(())
}

fn named_source(file: &File, pieces: Rc<Pieces>) -> Result<NamedSource, String> {
    let reader = FileReaderSync::new().map_err(|_| "This browser cannot read files in a worker.".to_string())?;
    let source: Box<dyn Source> = Box::new(Ranges {
        // A worker has one thread, and what it opens stays on it.
        browser: SendWrapper::new((file.clone(), reader, pieces)),
        at: 0,
        size: file.size() as u64,
        piece: Piece::Here(Vec::new()),
        from: 0,
    });
    Ok(NamedSource {
        name: file.name(),
        source,
    })
}

/// A file of the browser, read range by range where the reading stands.
struct Ranges {
    browser: SendWrapper<(File, FileReaderSync, Rc<Pieces>)>,
    at: u64,
    size: u64,
    /// Bytes that were fetched before they were asked for, and where they begin.
    piece: Piece,
    from: u64,
}

/// Bytes of a file, in the memory of the module or in that of the browser.
enum Piece {
    Here(Vec<u8>),
    There(SendWrapper<Uint8Array>),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Here(bytes) => bytes.len(),
            Self::There(bytes) => bytes.length() as usize,
        }
    }

    /// Copies as many bytes as there are from `start` on, at most as many as fit; says how many.
    fn copy(&mut self, start: usize, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.len() - start);
        let buffer = &mut buffer[..count];
        // A call into the browser for each few bytes would cost more than to have all of them here.
        if let (Self::There(bytes), true) = (&*self, count < PROBE_BYTES) {
            *self = Self::Here(bytes.to_vec());
        }
        match self {
            Self::Here(bytes) => buffer.copy_from_slice(&bytes[start..start + count]),
            Self::There(bytes) => bytes.subarray(start as u32, (start + count) as u32).copy_to(buffer),
        }
        count
    }
}

impl Ranges {
    /// A range of the file as the browser gives it.
    fn fetch(&self, from: u64, to: u64) -> io::Result<Uint8Array> {
        let unreadable = |_| io::Error::other("the file may have been moved or changed since it was chosen");
        let (file, reader, _) = &*self.browser;
        let range = file.slice_with_f64_and_f64(from as f64, to as f64).map_err(unreadable)?;
        Ok(Uint8Array::new(
            &reader.read_as_array_buffer(&range).map_err(unreadable)?.into(),
        ))
    }

    /// The piece that begins where the reading stands. A reading from beginning to end also has the one behind it fetched.
    fn next_piece(&self, asked: usize) -> io::Result<Uint8Array> {
        let (_, _, pieces) = &*self.browser;
        let end = self.from + self.piece.len() as u64;
        // What goes on where the last piece ended is a reading from beginning to end; anything else looks for something.
        let goes_on = self.at == end && end > 0;
        let bytes = match (goes_on, asked >= PROBE_BYTES) {
            (true, _) => (self.piece.len() * 4).clamp(FIRST_BYTES, AHEAD_BYTES),
            (false, true) => FIRST_BYTES,
            (false, false) => PROBE_BYTES,
        };
        let piece = match pieces.take(self.at) {
            Some(piece) => piece,
            None => self.fetch(self.at, self.size.min(self.at + bytes as u64))?,
        };
        let mut next = self.at + u64::from(piece.length());
        if bytes == FIRST_BYTES {
            // The thread that fetches takes as long to begin as the two pieces before its first one last.
            next += 4 * FIRST_BYTES as u64;
        }
        // A look at the head is no reading yet: what comes behind it would be asked for too soon, and waited for.
        let is_reading = (goes_on || self.at == 0) && bytes >= FIRST_BYTES;
        if is_reading && next < self.size {
            pieces.ask_for(next, self.size.min(next + AHEAD_BYTES as u64));
        }
        Ok(piece)
    }
}

impl io::Read for Ranges {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        if !(self.from..self.from + self.piece.len() as u64).contains(&self.at) {
            self.piece = Piece::There(SendWrapper::new(self.next_piece(buffer.len())?));
            self.from = self.at;
        }
        let start = (self.at - self.from) as usize;
        let count = self.piece.copy(start, buffer);
        self.at += count as u64;
        let (_, _, pieces) = &*self.browser;
        pieces.note_rest(self.from + self.piece.len() as u64, self.piece.len() - start - count);
        Ok(count)
    }
}

impl io::Seek for Ranges {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let at = match to {
            io::SeekFrom::Start(at) => Some(at),
            io::SeekFrom::End(by) => self.size.checked_add_signed(by),
            io::SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning"))?;
        Ok(self.at)
    }
}
