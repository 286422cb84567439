//! JSON in shapes that keep no record together, and Python that is nearly JSON, written anew as JSON Lines.
//!
//! In: text. Out: JSON that the cutter reads: for Python's literals the same with JSON's quotation marks and words, piece by piece; for lists of
//! objects in a record (`events: [{aid, ts}]`) the record with lists beside each other; and for documents that keep columns or users apart
//! (the orientations of pandas, an object of users) one object a line, which needs the whole text.

use crate::log::error::LogError;
use crate::log::records::json::document::{self, Nested};
use crate::log::records::json::nesting::unnest;
use crate::log::records::json::python::Python;

/// Most bytes of a document that has to be rewritten as a whole.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024 * 1024;

/// Rewriter of a text into JSON that the cutter reads.
pub(crate) struct Rewrite {
    python: Option<Python>,
    how: How,
    /// A line that has not ended, or the whole document.
    held: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    /// Nothing but what Python asks for.
    Plain,
    /// Each line is a record that holds a list of objects.
    Lines,
    /// The text is a document.
    Document,
}

impl Rewrite {
    /// Rewriter for a text with this head; `None` if it needs none.
    pub(crate) fn of(head: &[u8], complete: bool) -> Option<Self> {
        let first = head.trim_ascii_start();
        if !matches!(first.first(), Some(b'{' | b'[' | b'(')) {
            return None;
        }
        let python = Python::speaks(first).then(Python::default);
        if python.is_none() && first.first() == Some(&b'(') {
            return None;
        }
        let mut text = Vec::new();
        let json = match &python {
            Some(python) => {
                python.clone().push(head, &mut text);
                text.as_slice()
            }
            None => head,
        };
        let how = match document::nested(json, complete) {
            Some(Nested::Lines) => How::Lines,
            Some(Nested::Document) => How::Document,
            None => How::Plain,
        };
        (python.is_some() || how != How::Plain).then_some(Rewrite {
            python,
            how,
            held: Vec::new(),
        })
    }

    /// Whether nothing comes out before the end.
    pub(crate) fn needs_all(&self) -> bool {
        self.how == How::Document
    }

    /// Adds what comes of the next bytes to `out`.
    pub(crate) fn push(&mut self, file: &str, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), LogError> {
        let mut text = Vec::new();
        let json = match &mut self.python {
            Some(python) => {
                python.push(chunk, &mut text);
                text.as_slice()
            }
            None => chunk,
        };
        match self.how {
            How::Plain => out.extend_from_slice(json),
            How::Document => {
                self.held.extend_from_slice(json);
                if self.held.len() > MAX_DOCUMENT_BYTES {
                    let hint = "write it as JSON Lines, one object a line";
                    return Err(LogError::TooLong {
                        file: file.to_owned(),
                        line: 1,
                        limit: MAX_DOCUMENT_BYTES,
                        hint,
                    });
                }
            }
            How::Lines => {
                self.held.extend_from_slice(json);
                let end = memchr::memrchr(b'\n', &self.held).map_or(0, |at| at + 1);
                let rest = self.held.split_off(end);
                for line in self.held.split_inclusive(|&b| b == b'\n') {
                    unnest(line, out);
                }
                self.held = rest;
            }
        }
        Ok(())
    }

    /// Adds what the end of the text completes.
    pub(crate) fn finish(&mut self, file: &str, out: &mut Vec<u8>) -> Result<(), LogError> {
        let held = std::mem::take(&mut self.held);
        match self.how {
            How::Plain => Ok(()),
            How::Lines => {
                unnest(&held, out);
                Ok(())
            }
            How::Document => document::records(&held, out).map_err(|error| LogError::BadJson {
                file: file.to_owned(),
                line: error.line() as u64,
                why: format!("it is not valid JSON ({error})"),
            }),
        }
    }
}
