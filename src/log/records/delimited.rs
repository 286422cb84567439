//! Cuts text with one byte between its fields, quoted or not.
//!
//! In: chunks, in order. Out: records. Lines that need no care are cut here, many bytes at a time; quoted fields with line breaks, marks
//! in odd places and torn lines are csv-core's work.

use crate::log::error::LogError;
use crate::log::records::record::{Piece, Record};
use crate::log::text::marks::Marks;
use crate::log::{MAX_COLUMNS, MAX_RECORD_BYTES};

/// The quotation marks of a line that needs no care.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Quotes {
    None,
    /// Around whole fields.
    Around,
    /// Around whole fields, and in pairs inside some of them.
    Doubled,
}

/// csv-core with its buffers.
pub(crate) struct CoreRecords {
    file: String,
    core: csv_core::Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    ended: usize,
    separator: u8,
    quoting: bool,
    /// A record has begun and not ended.
    inside: bool,
}

impl CoreRecords {
    pub(crate) fn new(file: &str, separator: u8, quoting: bool) -> Self {
        let core = csv_core::ReaderBuilder::new().delimiter(separator).quoting(quoting).build();
        CoreRecords {
            file: file.to_owned(),
            core,
            bytes: vec![0; 1024],
            ends: vec![0; 16],
            filled: 0,
            ended: 0,
            separator,
            quoting,
            inside: false,
        }
    }

    /// Hands over the lines at the start of `input` that need no care: whole, with quotation marks only around whole fields.
    /// csv-core looks at each byte, which costs most of the time of a large file; nearly all lines of nearly all logs are of this
    /// kind. What is left is for csv-core.
    fn plain_lines<'a, F>(&mut self, input: &'a [u8], sink: &mut F) -> Result<&'a [u8], LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let quote = if self.quoting { b'"' } else { b'\n' };
        let mut number = self.core.line();
        // Where the line and the field under way begin, the fields before it, and what marks the line has.
        let (mut begin, mut field, mut count, mut quotes) = (0, 0, 0, Quotes::None);
        let mut marks = Marks::new(input, [b'\n', b'\r', quote, self.separator]);
        while let Some(at) = marks.next() {
            let byte = input[at];
            if byte == self.separator {
                if count >= MAX_COLUMNS || at - begin > MAX_RECORD_BYTES {
                    break;
                }
                if count == self.ends.len() {
                    self.ends.resize(count * 2, 0);
                }
                self.ends[count] = at - begin;
                count += 1;
                field = at + 1;
                continue;
            }
            if byte == b'"' {
                let Some(of_field) = (at == field).then(|| self.closes(input, &mut marks)).flatten() else {
                    break;
                };
                quotes = quotes.max(of_field);
                continue;
            }
            if byte != b'\n' {
                // A carriage return right before the line feed belongs to the line's end.
                if byte == b'\r' && input.get(at + 1) == Some(&b'\n') {
                    continue;
                }
                break;
            }
            let line = &input[begin..at];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if count >= MAX_COLUMNS || line.len() > MAX_RECORD_BYTES {
                break;
            }
            if !line.is_empty() {
                if count == self.ends.len() {
                    self.ends.resize(count * 2, 0);
                }
                self.ends[count] = line.len();
                sink(Ok(match quotes {
                    Quotes::Doubled => self.without_quotes(number, line, count + 1),
                    _ => Record {
                        line: number,
                        lines: 1,
                        bytes: line,
                        ends: &self.ends[..=count],
                        gap: 1,
                        quoted: quotes == Quotes::Around,
                    },
                }))?;
            }
            number += 1;
            self.core.set_line(number);
            (begin, field, count, quotes) = (at + 1, at + 1, 0, Quotes::None);
        }
        Ok(&input[begin..])
    }

    /// Goes on to the quotation mark that ends the field under way; nothing where the line ends before it, or the field does not end
    /// with it.
    fn closes(&self, input: &[u8], marks: &mut Marks<'_>) -> Option<Quotes> {
        let mut quotes = Quotes::Around;
        loop {
            let end = marks.find(|&at| input[at] != self.separator)?;
            if input[end] != b'"' {
                return None;
            }
            let after = |by: usize| input.get(end + by).copied();
            match after(1)? {
                b'"' => {
                    marks.next();
                    quotes = Quotes::Doubled;
                }
                b'\r' if after(2) != Some(b'\n') => return None,
                b'\n' | b'\r' => return Some(quotes),
                next => return (next == self.separator).then_some(quotes),
            }
        }
    }

    /// A line whose fields end at the first of `ends`, as a record without what marks its quoted fields.
    fn without_quotes(&mut self, number: u64, line: &[u8], fields: usize) -> Record<'_> {
        if self.bytes.len() < line.len() {
            self.bytes.resize(line.len(), 0);
        }
        let (mut begin, mut filled) = (0, 0);
        for end in &mut self.ends[..fields] {
            let field = &line[begin..*end];
            begin = *end + 1;
            let mut put = |part: &[u8]| {
                self.bytes[filled..filled + part.len()].copy_from_slice(part);
                filled += part.len();
            };
            match field {
                [b'"', inner @ .., b'"'] => {
                    let mut rest = inner;
                    // Of two marks in a row the first one stays.
                    while let Some(at) = memchr::memchr(b'"', rest) {
                        put(&rest[..=at]);
                        rest = rest.get(at + 2..).unwrap_or_default();
                    }
                    put(rest);
                }
                _ => put(field),
            }
            *end = filled;
        }
        Record::new(number, 1, &self.bytes[..filled], &self.ends[..fields])
    }

    pub(crate) fn feed<F>(&mut self, mut input: &[u8], last: bool, sink: &mut F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        use csv_core::ReadRecordResult::{End, InputEmpty, OutputEndsFull, OutputFull, Record as Complete};
        // To csv-core an empty input means the end of the file, so without `last` it must never see one.
        while last || !input.is_empty() {
            if !self.inside {
                input = self.plain_lines(input, sink)?;
                if input.is_empty() && !last {
                    return Ok(());
                }
            }
            let (result, read, wrote, ended) =
                self.core
                    .read_record(input, &mut self.bytes[self.filled..], &mut self.ends[self.ended..]);
            let line_break = read > 0 && input[read - 1] == b'\n';
            input = &input[read..];
            self.filled += wrote;
            self.ended += ended;
            match result {
                InputEmpty => self.inside = true,
                OutputFull => {
                    self.inside = true;
                    if self.bytes.len() >= MAX_RECORD_BYTES {
                        let hint = "a quotation mark is probably never closed, so close it or take it out";
                        let line = self.core.line() - self.breaks();
                        return Err(LogError::TooLong {
                            file: self.file.clone(),
                            line,
                            limit: MAX_RECORD_BYTES,
                            hint,
                        });
                    }
                    self.bytes.resize(self.bytes.len() * 2, 0);
                }
                OutputEndsFull => {
                    self.inside = true;
                    if self.ends.len() >= MAX_COLUMNS {
                        let (file, line) = (self.file.clone(), self.core.line() - self.breaks());
                        return Err(LogError::Limit {
                            file,
                            line,
                            what: "columns",
                            limit: MAX_COLUMNS,
                        });
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                Complete => {
                    // csv-core counts line feeds, and its count stands behind the one that ended this record (a record that
                    // ends in a carriage return is handed over before the line feed is seen).
                    let breaks = self.breaks();
                    // A quotation mark still open at the end of the file has taken in the last line feed too.
                    let open_end = u64::from(read == 0 && self.bytes[..self.filled].ends_with(b"\n"));
                    let line = self.core.line().saturating_sub(u64::from(line_break) + breaks).max(1);
                    let lines = breaks + 1 - open_end;
                    let record = Record::new(line, lines, &self.bytes[..self.filled], &self.ends[..self.ended]);
                    sink(Ok(record))?;
                    self.filled = 0;
                    self.ended = 0;
                    self.inside = false;
                }
                End => return Ok(()),
            }
        }
        Ok(())
    }

    /// Line feeds inside the fields of the record under way.
    fn breaks(&self) -> u64 {
        self.bytes[..self.filled].iter().map(|&b| u64::from(b == b'\n')).sum()
    }
}

#[cfg(test)]
mod tests;
