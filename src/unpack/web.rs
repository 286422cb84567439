//! The functions that a page's worker calls.
//!
//! In: a file, read a piece at a time by a function of the worker. Out: unpacked pieces, or a workbook's sheets. An error is a word for
//! programs; the page has the sentence.

use std::io::{self, ErrorKind, Read};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::packing::Packing;
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
    /// `head` are the first bytes; `read` gives the next ones, and none at the end.
    #[wasm_bindgen(constructor)]
    pub fn new(head: &[u8], read: Function) -> Result<Unpacking, JsError> {
        let packing = Packing::of(head).ok_or_else(|| JsError::new("damaged"))?;
        let file = Pieces {
            read: send_wrapper::SendWrapper::new(read),
            piece: Vec::new(),
            at: 0,
        };
        Ok(Self {
            reader: packing.reader(file),
        })
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

/// A file, by a function that reads on.
struct Pieces {
    read: send_wrapper::SendWrapper<Function>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            let piece = self.read.call0(&JsValue::NULL);
            let piece = piece.map_err(|_| io::Error::from(ErrorKind::PermissionDenied))?;
            self.piece = Uint8Array::new(&piece).to_vec();
            self.at = 0;
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
