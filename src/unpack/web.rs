//! The functions that a page's worker calls.
//!
//! In: a file, read a piece at a time by a function of the worker. Out: unpacked pieces, or a workbook's sheets. An error is a word for
//! programs; the page has the sentence.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::packing::Packing;
use crate::parquet::PlainParquet;
use crate::sheets::sheets;

/// Bytes that are unpacked at once.
const PIECE_BYTES: usize = 4 << 20;

/// A file that is being unpacked.
#[wasm_bindgen]
pub struct Unpacking {
    reader: Box<dyn Read>,
}

#[wasm_bindgen]
impl Unpacking {
    /// `head` are the first bytes, `size` the number of all; `read` gives as many as it is asked for, from a place on.
    #[wasm_bindgen(constructor)]
    pub fn new(head: &[u8], size: f64, read: Function) -> Result<Unpacking, JsError> {
        let file = Pieces {
            read: send_wrapper::SendWrapper::new(read),
            size: size as u64,
            at: 0,
            piece: Vec::new(),
            start: 0,
        };
        let reader: Box<dyn Read> = match Packing::of(head) {
            Some(packing) => packing.reader(file),
            None => match PlainParquet::new(file) {
                Ok(Some(file)) => Box::new(file),
                Ok(None) => return Err(JsError::new("damaged")),
                Err(error) => return Err(JsError::new(code(&error))),
            },
        };
        Ok(Self { reader })
    }

    /// The next bytes; none at the end.
    pub fn next(&mut self) -> Result<Vec<u8>, JsError> {
        let mut bytes = vec![0; PIECE_BYTES];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.reader.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(JsError::new(code(&error))),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

fn code(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::UnexpectedEof => "short",
        ErrorKind::OutOfMemory => "large",
        ErrorKind::PermissionDenied => "unreadable",
        _ => "damaged",
    }
}

/// The sheets of a workbook, as a zip archive of CSV.
#[wasm_bindgen]
pub fn workbook(bytes: &[u8]) -> Result<Vec<u8>, JsError> {
    sheets(bytes).map_err(|refused| JsError::new(refused.code()))
}

/// A file, by a function that reads a piece of it.
struct Pieces {
    read: send_wrapper::SendWrapper<Function>,
    size: u64,
    at: u64,
    /// The piece at hand, and where it begins.
    piece: Vec<u8>,
    start: u64,
}

impl Pieces {
    /// Rest of the piece at hand.
    fn rest(&self) -> &[u8] {
        let within = self.at.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        within.and_then(|at| self.piece.get(at..)).unwrap_or_default()
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.size {
            return Ok(0);
        }
        if self.rest().is_empty() {
            let piece = self.read.call2(&JsValue::NULL, &(self.at as f64).into(), &PIECE_BYTES.into());
            let piece = piece.map_err(|_| io::Error::from(ErrorKind::PermissionDenied))?;
            self.piece = Uint8Array::new(&piece).to_vec();
            self.start = self.at;
        }
        let rest = self.rest();
        let count = buffer.len().min(rest.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Pieces {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
