//! Cuts a stream of bytes into lines, and lines into fields, whatever the chunks it comes in.
//!
//! In: chunks, in order. Out: for each record its first line's number and its fields, handed to a closure that may stop with an
//! error. Quoted fields and single-byte separators are csv-core's work. `::` and runs of spaces are cut here, since csv-core
//! knows separators of one byte only and no such log quotes its fields.

use crate::log::MAX_RECORD_BYTES;
use crate::log::error::LogError;
use crate::log::records::delimited::CoreRecords;
use crate::log::records::json::JsonRecords;
use crate::log::records::json::frame::JsonLayout;
use crate::log::records::layout::Separator;
use crate::log::records::lines::{Lines, words};
use crate::log::records::record::{Piece, Record};

/// The cutter for one file.
pub(crate) enum Records {
    /// One byte between fields.
    Core(Box<CoreRecords>),
    /// `::` or white space between fields.
    Lines {
        lines: Lines,
        separator: Separator,
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
    /// JSON values.
    Json(Box<JsonRecords>),
}

impl Records {
    pub(crate) fn delimited(file: &str, separator: Separator, quoting: bool) -> Self {
        match separator.byte() {
            Some(byte) => Records::Core(Box::new(CoreRecords::new(file, byte, quoting))),
            None => Records::Lines {
                lines: Lines::new(file, MAX_RECORD_BYTES),
                separator,
                bytes: Vec::new(),
                ends: Vec::new(),
            },
        }
    }

    /// The same, for a file whose records should have so many fields: a record of several lines that has another number of them opened a
    /// quotation mark that is text.
    pub(crate) fn of_width(mut self, fields: usize) -> Self {
        if let Records::Core(core) = &mut self {
            core.expect(fields);
        }
        self
    }

    /// JSON, with the columns that are wanted and which of them hold lists to be spread.
    pub(crate) fn json(file: &str, layout: &JsonLayout, keys: Vec<String>, spread: Option<usize>, parallel: Vec<usize>) -> Self {
        Records::Json(Box::new(JsonRecords::new(file, layout, keys, spread, parallel)))
    }

    /// Takes the next chunk and hands over each record that it completes.
    pub(crate) fn push<F>(&mut self, chunk: &[u8], mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        match self {
            Records::Core(core) => core.feed(chunk, false, &mut sink),
            Records::Lines {
                lines,
                separator,
                bytes,
                ends,
            } => lines.push(chunk, |number, line| cut(number, line, *separator, bytes, ends, &mut sink)),
            Records::Json(json) => json.push(chunk, sink),
        }
    }

    /// Hands over the last record where the file does not end with a line break.
    pub(crate) fn finish<F>(&mut self, mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        match self {
            Records::Core(core) => core.feed(&[], true, &mut sink),
            Records::Lines {
                lines,
                separator,
                bytes,
                ends,
            } => lines.finish(|number, line| cut(number, line, *separator, bytes, ends, &mut sink)),
            Records::Json(json) => json.finish(sink),
        }
    }
}

fn cut<F>(
    number: u64,
    line: &[u8],
    separator: Separator,
    bytes: &mut Vec<u8>,
    ends: &mut Vec<usize>,
    sink: &mut F,
) -> Result<(), LogError>
where
    F: FnMut(Piece<'_>) -> Result<(), LogError>,
{
    bytes.clear();
    ends.clear();
    if separator == Separator::DoubleColon {
        let mut rest = line;
        while let Some(at) = memchr::memmem::find(rest, b"::") {
            bytes.extend_from_slice(&rest[..at]);
            ends.push(bytes.len());
            rest = &rest[at + 2..];
        }
        bytes.extend_from_slice(rest);
        ends.push(bytes.len());
    } else {
        for word in words(line) {
            bytes.extend_from_slice(word);
            ends.push(bytes.len());
        }
    }
    sink(Ok(Record::new(number, 1, bytes, ends)))
}
