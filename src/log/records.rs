//! Cuts a stream of bytes into lines, and lines into fields, whatever the chunks it comes in.
//!
//! In: chunks, in order. Out: for each record its first line's number and its fields, handed to a closure that may stop with an
//! error. Quoted fields and single-byte separators are csv-core's work. `::` and runs of spaces are cut here, since csv-core
//! knows separators of one byte only and no such log quotes its fields.

use super::error::LogError;
use super::json::JsonRecords;
use super::json_frame::JsonLayout;
use super::mapping::Separator;
use super::marks::Marks;
use super::{MAX_COLUMNS, MAX_LINE_BYTES, MAX_RECORD_BYTES};

/// One record: its fields end to end, without separators and quotes.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    /// 1-based line on which it begins.
    pub(super) line: u64,
    /// Lines that it covers; more than one where a quoted field holds line breaks.
    pub(super) lines: u64,
    bytes: &'a [u8],
    ends: &'a [usize],
    /// Bytes between the end of a field and the next one: 1 where the separators are still there.
    gap: usize,
    /// The quotation marks around quoted fields are still there; no field has others.
    quoted: bool,
}

/// A stretch of a file where a record should be but none can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRecord {
    /// 1-based line on which it begins.
    pub(super) line: u64,
    /// Lines that it covers.
    pub(super) lines: u64,
    /// What is wrong with it, without a full stop.
    pub(super) why: String,
}

/// What a cutter hands over.
pub(super) type Piece<'a> = Result<Record<'a>, BadRecord>;

impl<'a> Record<'a> {
    /// A record whose fields stand end to end in `bytes`, each up to its end in `ends`.
    pub(super) fn new(line: u64, lines: u64, bytes: &'a [u8], ends: &'a [usize]) -> Self {
        Record {
            line,
            lines,
            bytes,
            ends,
            gap: 0,
            quoted: false,
        }
    }

    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field without the white space around it; empty where there is none.
    pub(super) fn field(&self, at: usize) -> &'a [u8] {
        let start = if at == 0 {
            0
        } else {
            self.ends.get(at - 1).map_or(0, |end| end + self.gap)
        };
        let end = self.ends.get(at).copied().unwrap_or(start);
        let field = self.bytes.get(start..end).unwrap_or_default();
        match field {
            [b'"', inner @ .., b'"'] if self.quoted => inner.trim_ascii(),
            _ => field.trim_ascii(),
        }
    }

    /// All fields, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.len()).map(|at| self.field(at))
    }

    /// Number of fields without the empty ones at the end.
    pub(super) fn used(&self) -> usize {
        (0..self.len())
            .rev()
            .find(|&at| !self.field(at).is_empty())
            .map_or(0, |at| at + 1)
    }
}

/// The cutter for one file.
pub(super) enum Records {
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
    pub(super) fn delimited(file: &str, separator: Separator, quoting: bool) -> Self {
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

    /// JSON, with the columns that are wanted and which of them hold lists to be spread.
    pub(super) fn json(file: &str, layout: &JsonLayout, keys: Vec<String>, spread: Option<usize>, parallel: Vec<usize>) -> Self {
        Records::Json(Box::new(JsonRecords::new(file, layout, keys, spread, parallel)))
    }

    /// Takes the next chunk and hands over each record that it completes.
    pub(super) fn push<F>(&mut self, chunk: &[u8], mut sink: F) -> Result<(), LogError>
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
    pub(super) fn finish<F>(&mut self, mut sink: F) -> Result<(), LogError>
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

/// The words of a line between white space.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

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
pub(super) struct CoreRecords {
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
    fn new(file: &str, separator: u8, quoting: bool) -> Self {
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

    fn feed<F>(&mut self, mut input: &[u8], last: bool, sink: &mut F) -> Result<(), LogError>
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

/// Cuts at line ends (`\n`, `\r\n`) and leaves out lines of white space.
pub(super) struct Lines {
    file: String,
    limit: usize,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// Lines ended so far.
    count: u64,
}

impl Lines {
    pub(super) fn new(file: &str, limit: usize) -> Self {
        Lines {
            file: file.to_owned(),
            limit: limit.min(MAX_LINE_BYTES),
            begun: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn push<F>(&mut self, chunk: &[u8], mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(u64, &[u8]) -> Result<(), LogError>,
    {
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, tail) = (&rest[..at], &rest[at + 1..]);
            self.count += 1;
            if self.begun.is_empty() {
                if line.len() > self.limit {
                    return Err(self.too_long(self.count));
                }
                hand_over(self.count, line, &mut sink)?;
            } else {
                self.keep(line, self.count)?;
                hand_over(self.count, &self.begun, &mut sink)?;
                self.begun.clear();
            }
            rest = tail;
        }
        self.keep(rest, self.count + 1)
    }

    pub(super) fn finish<F>(&mut self, mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(u64, &[u8]) -> Result<(), LogError>,
    {
        hand_over(self.count + 1, &self.begun, &mut sink)
    }

    fn keep(&mut self, part: &[u8], line: u64) -> Result<(), LogError> {
        if self.begun.len() + part.len() > self.limit {
            return Err(self.too_long(line));
        }
        self.begun.extend_from_slice(part);
        Ok(())
    }

    fn too_long(&self, line: u64) -> LogError {
        let hint = "check that the file has line breaks";
        LogError::TooLong {
            file: self.file.clone(),
            line,
            limit: self.limit,
            hint,
        }
    }
}

fn hand_over<F>(number: u64, line: &[u8], sink: &mut F) -> Result<(), LogError>
where
    F: FnMut(u64, &[u8]) -> Result<(), LogError>,
{
    let line = line.trim_ascii();
    if line.is_empty() { Ok(()) } else { sink(number, line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], separator: Separator, chunk: usize) -> Vec<(u64, u64, Vec<String>)> {
        let mut records = Records::delimited("a", separator, true);
        let mut out = Vec::new();
        let mut sink = |piece: Piece<'_>| {
            let r = piece.unwrap();
            out.push((
                r.line,
                r.lines,
                r.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect(),
            ));
            Ok(())
        };
        for chunk in text.chunks(chunk) {
            records.push(chunk, &mut sink).unwrap();
        }
        records.finish(&mut sink).unwrap();
        out
    }

    #[test]
    fn line_numbers_hold_for_every_line_end_and_chunk() {
        for end in ["\n", "\r\n"] {
            let text = format!("a,b{end}{end}\"c{end}d\",e{end}f,g");
            for chunk in 1..text.len() + 1 {
                let got = read(text.as_bytes(), Separator::Comma, chunk);
                let places: Vec<_> = got.iter().map(|r| (r.0, r.1)).collect();
                assert_eq!(places, [(1, 1), (3, 2), (5, 1)], "{end:?} {chunk}");
                assert_eq!(got[2].2, ["f", "g"]);
            }
        }
    }

    #[test]
    fn lines_that_need_no_care_are_cut_as_all_others() {
        // A byte at a time no line is whole, so that csv-core cuts each of them.
        let mut state = 7u32;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        let pieces: [&[u8]; 14] = [
            b"a",
            b" ",
            b",",
            b",",
            b"\"",
            b"\"",
            b"\"b c\"",
            b"\"b,c\",",
            b",\"\"",
            b"\"d\"\"e\"",
            b"\n",
            b"\r\n",
            b"\r",
            b"\"f\ng\"",
        ];
        let mut quoted = [0, 0];
        for _ in 0..20_000 {
            let text: Vec<u8> = (0..1 + next(24)).flat_map(|_| pieces[next(pieces.len())]).copied().collect();
            let slowly = read(&text, Separator::Comma, 1);
            for chunk in [2, 5, 16, text.len()] {
                assert_eq!(
                    read(&text, Separator::Comma, chunk),
                    slowly,
                    "{:?} {chunk}",
                    String::from_utf8_lossy(&text)
                );
            }
            let mut records = CoreRecords::new("a", b',', true);
            let mut sink = |piece: Piece<'_>| {
                if let Ok(record) = piece {
                    quoted[0] += usize::from(record.quoted);
                    quoted[1] += usize::from(record.gap == 0);
                }
                Ok(())
            };
            records.plain_lines(&text, &mut sink).unwrap();
        }
        assert!(
            quoted.iter().all(|&lines| lines > 1000),
            "only {quoted:?} quoted lines went the short way"
        );
    }

    #[test]
    fn double_colons_and_spaces() {
        let got = read(b"1::A: B::c\n\n 2::::d:\n", Separator::DoubleColon, 3);
        assert_eq!(
            got,
            [
                (1, 1, vec!["1".into(), "A: B".into(), "c".into()]),
                (3, 1, vec!["2".into(), "".into(), "d:".into()])
            ]
        );
        assert_eq!(
            read(b" a  b\tc \r\n", Separator::Space, 2),
            [(1, 1, vec!["a".into(), "b".into(), "c".into()])]
        );
    }

    #[test]
    fn an_open_quote_and_endless_lines_stop() {
        let mut records = Records::delimited("a.csv", Separator::Comma, true);
        let mut text = b"a,b\n1,\"x\n".to_vec();
        text.resize(MAX_RECORD_BYTES * 3, b'y');
        let error = records.push(&text, |_| Ok(())).unwrap_err();
        assert!(matches!(error, LogError::TooLong { line: 2, .. }), "{error}");

        let mut lines = Lines::new("a.txt", 100);
        lines.push(b"short\n", |_, _| Ok(())).unwrap();
        lines.push(&[b'x'; 80], |_, _| Ok(())).unwrap();
        assert!(matches!(
            lines.push(&[b'x'; 80], |_, _| Ok(())),
            Err(LogError::TooLong { line: 2, .. })
        ));

        let mut records = Records::delimited("a.csv", Separator::Comma, true);
        let error = records.push(&[b','; MAX_COLUMNS + 9], |_| Ok(())).unwrap_err();
        assert!(matches!(error, LogError::Limit { line: 1, .. }), "{error}");
    }
}
