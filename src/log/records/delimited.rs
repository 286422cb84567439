//! Cuts text with one byte between its fields, quoted or not.
//!
//! In: chunks, in order. Out: records. Lines that need no care are cut here, many bytes at a time; quoted fields with line breaks, marks
//! in odd places and torn lines are csv-core's work.

use std::borrow::Cow;

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
    /// Fields that a record should have, if that is known.
    expected: Option<usize>,
    /// The record under way as it is written, and its line.
    raw: Vec<u8>,
    line: u64,
    /// A field in quotation marks was met, so that the writer of the file knows them.
    trusted: bool,
}

/// Text that is to be cut again: how much of the input was used, and what comes before the rest of it.
type Again = (usize, Vec<u8>);

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
            expected: None,
            raw: Vec::new(),
            line: 1,
            trusted: false,
        }
    }

    /// Says how many fields a record should have.
    pub(crate) fn expect(&mut self, fields: usize) {
        self.expected = Some(fields);
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
                self.trusted = true;
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

    /// Cuts the next bytes; with `last` also what the end of the file completes.
    pub(crate) fn feed<F>(&mut self, input: &[u8], last: bool, sink: &mut F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let mut texts = vec![(Cow::Borrowed(input), 0)];
        while let Some((text, from)) = texts.pop() {
            let last = last && texts.is_empty();
            if let Some((used, again)) = self.run(text.get(from..).unwrap_or_default(), last, sink)? {
                texts.push((text, from + used));
                texts.push((Cow::Owned(again), 0));
            }
        }
        Ok(())
    }

    fn run<F>(&mut self, whole: &[u8], last: bool, sink: &mut F) -> Result<Option<Again>, LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        use csv_core::ReadRecordResult::{End, InputEmpty, OutputEndsFull, OutputFull, Record as Complete};
        let mut input = whole;
        // To csv-core an empty input means the end of the file, so without `last` it must never see one.
        while last || !input.is_empty() {
            if !self.inside {
                input = self.plain_lines(input, sink)?;
                if input.is_empty() && !last {
                    return Ok(None);
                }
                self.raw.clear();
                self.line = self.core.line();
            }
            let (result, read, wrote, ended) =
                self.core
                    .read_record(input, &mut self.bytes[self.filled..], &mut self.ends[self.ended..]);
            let line_break = read > 0 && input[read - 1] == b'\n';
            self.raw.extend_from_slice(&input[..read]);
            input = &input[read..];
            self.filled += wrote;
            self.ended += ended;
            match result {
                InputEmpty => self.inside = true,
                OutputFull => {
                    self.inside = true;
                    if self.bytes.len() >= MAX_RECORD_BYTES {
                        if self.opened_in_vain(false) {
                            return self.again(whole.len() - input.len(), sink).map(Some);
                        }
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
                    if lines > 1 && self.opened_in_vain(true) {
                        return self.again(whole.len() - input.len(), sink).map(Some);
                    }
                    self.cut_escaped();
                    let record = Record::new(line, lines, &self.bytes[..self.filled], &self.ends[..self.ended]);
                    sink(Ok(record))?;
                    self.filled = 0;
                    self.ended = 0;
                    self.inside = false;
                }
                End => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Whether the record under way has gone over the end of its first line only because a quotation mark in a text opened what nobody
    /// closed: without the mark the first line has as many fields as it should, and so have the others, or the marks make no sense.
    fn opened_in_vain(&self, complete: bool) -> bool {
        let Some(expected) = self.expected.filter(|_| self.quoting) else {
            return false;
        };
        let fields = |line: &[u8]| memchr::memchr_iter(self.separator, line).count() + 1;
        let mut lines = self.raw.split(|&b| b == b'\n');
        if lines.next().map(fields) != Some(expected) {
            return false;
        }
        // No field of these goes over several lines.
        if matches!(self.separator, b'\t' | b'|') || !complete || !self.well_formed() {
            return true;
        }
        let mut others = lines.filter(|line| !line.is_empty()).peekable();
        !self.trusted && others.peek().is_some() && others.all(|line| fields(line) == expected)
    }

    /// Whether each quotation mark of the record under way opens a field, closes one, or is doubled inside one.
    fn well_formed(&self) -> bool {
        let mut rest = self.raw.as_slice();
        loop {
            if let Some(inner) = rest.strip_prefix(b"\"") {
                let mut from = 0;
                let end = loop {
                    let Some(at) = memchr::memchr(b'"', &inner[from..]).map(|at| from + at) else {
                        return false;
                    };
                    match inner.get(at + 1) {
                        Some(b'"') => from = at + 2,
                        _ => break at + 1,
                    }
                };
                rest = &inner[end..];
            } else {
                let end = rest
                    .iter()
                    .position(|b| [self.separator, b'\n', b'"'].contains(b))
                    .unwrap_or(rest.len());
                rest = &rest[end..];
            }
            match rest.split_first() {
                None => return true,
                Some((b'\n' | b'\r', _)) => return true,
                Some((byte, after)) if *byte == self.separator => rest = after,
                Some(_) => return false,
            }
        }
    }

    /// Hands over the first line of the record under way with its quotation marks as text. What follows it is to be cut again.
    fn again<F>(&mut self, used: usize, sink: &mut F) -> Result<Again, LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let mut raw = std::mem::take(&mut self.raw);
        let end = memchr::memchr(b'\n', &raw).map_or(raw.len(), |at| at + 1);
        let rest = raw.split_off(end);
        let line = raw.strip_suffix(b"\n").unwrap_or(&raw);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut ends: Vec<usize> = memchr::memchr_iter(self.separator, line).collect();
        ends.push(line.len());
        let record = Record {
            line: self.line,
            lines: 1,
            bytes: line,
            ends: &ends,
            gap: 1,
            quoted: false,
        };
        sink(Ok(record))?;
        self.core.reset();
        self.core.set_line(self.line + 1);
        (self.filled, self.ended, self.inside) = (0, 0, false);
        Ok((used, rest))
    }

    /// Cuts the record under way with backslashes before quotation marks as they mean it, if it has such.
    fn cut_escaped(&mut self) {
        if !self.quoting || memchr::memmem::find(&self.raw, b"\\\"").is_none() || self.ended == 0 {
            return;
        }
        let mut core = csv_core::ReaderBuilder::new()
            .delimiter(self.separator)
            .escape(Some(b'\\'))
            .build();
        let (mut bytes, mut ends) = (vec![0; self.raw.len() + 1], vec![0; self.ended + 64]);
        let (result, read, filled, ended) = core.read_record(&self.raw, &mut bytes, &mut ends);
        let (filled, ended) = match result {
            csv_core::ReadRecordResult::InputEmpty => {
                let (_, _, more, last) = core.read_record(&[], &mut bytes[filled..], &mut ends[ended..]);
                (filled + more, ended + last)
            }
            _ if read == self.raw.len() => (filled, ended),
            _ => return,
        };
        let better = self
            .expected
            .is_none_or(|expected| ended == expected || self.ended != expected);
        if better && ended > 0 && !bytes[..filled].contains(&b'\n') {
            (self.bytes, self.filled) = (bytes, filled);
            (self.ends, self.ended) = (ends, ended);
        }
    }

    /// Line feeds inside the fields of the record under way.
    fn breaks(&self) -> u64 {
        self.bytes[..self.filled].iter().map(|&b| u64::from(b == b'\n')).sum()
    }
}

#[cfg(test)]
mod tests;
