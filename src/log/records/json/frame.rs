//! Finds where the values of a stream of JSON begin and end, and goes on behind a broken one.
//!
//! In: chunks of a file in order, and the [`JsonLayout`] that its head tells. Out: [`Cut`]s, each the bytes of one value with its
//! place in the file, or what is wrong with a text that is none. Only brackets and strings are followed here; whether a value is
//! valid is for the taker to say, and where it is not, [`explain`] and the constants here have the words.

use serde::de::IgnoredAny;

use crate::log::MAX_RECORD_BYTES;
use crate::log::error::LogError;
use crate::log::records::json::scan::{Scan, Step, is_indent};
use crate::log::records::json::values::message;
use crate::log::records::record::BadRecord;

/// Widest indentation that is told apart.
const MAX_INDENT: usize = 1024;
/// Bytes of a chunk that are taken at a time, so that a large chunk is not held twice.
const PIECE_BYTES: usize = 64 * 1024;

pub(crate) const PYTHON: &str = "it is written in Python's notation with single quotation marks, not JSON";
pub(crate) const NOT_UTF8: &str = "it is not valid UTF-8";
pub(crate) const NOT_CLOSED: &str = "it is not valid JSON (a bracket or a quotation mark is not closed)";

/// Where the records stand in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JsonLayout {
    /// One value after another: JSON Lines and the like.
    Stream,
    /// In a list.
    List {
        /// Bytes up to the list's opening bracket, with it.
        before: usize,
        /// The member of the outermost object that holds the list; `None` where the list is outermost.
        member: Option<String>,
    },
}

/// A piece of the stream: a value, or a bad record.
pub(crate) enum Cut<'a> {
    /// From an opening bracket to the one that closes it. Whether it is valid is for the taker to say.
    Value {
        bytes: &'a [u8],
        place: Place,
    },
    Bad(BadRecord),
}

/// Finds the values in the stream. The taker answers a value with what is wrong with it, if it is not valid JSON; then the
/// frame looks for the place from which to go on.
pub(crate) struct Frame {
    file: String,
    list: bool,
    outermost: bool,
    /// Bytes that are still needed, behind `used` bytes that are not.
    buffer: Vec<u8>,
    used: usize,
    /// Of the first byte that is still needed.
    place: Place,
    phase: Phase,
    scan: Scan,
}

/// Where the frame stands.
enum Phase {
    /// So many bytes before the list begins.
    Before(usize),
    Between,
    /// Inside a value, all of which is in the buffer.
    Value,
    /// In text that is no value.
    Lost(Lost),
    /// In the object around the list, behind the list.
    Tail,
    /// Behind everything.
    After,
}

struct Lost {
    bad: BadRecord,
    /// Bytes passed over so far.
    passed: usize,
    until: Until,
}

/// Where text that is no value ends.
enum Until {
    /// At the next bracket that opens a line with this indentation.
    Line(usize),
    /// At the next comma, bracket or line break: a stray scalar in a list.
    Element,
    /// With the file.
    End,
}

impl Frame {
    pub(crate) fn new(file: &str, layout: &JsonLayout) -> Self {
        let (phase, list, outermost) = match layout {
            JsonLayout::Stream => (Phase::Between, false, true),
            JsonLayout::List { before, member } => (Phase::Before(*before), true, member.is_none()),
        };
        Frame {
            file: file.to_owned(),
            list,
            outermost,
            buffer: Vec::new(),
            used: 0,
            place: Place::default(),
            phase,
            scan: Scan::default(),
        }
    }

    /// Takes the next chunk and hands over each value that it completes.
    pub(crate) fn push<F>(&mut self, chunk: &[u8], take: &mut F) -> Result<(), LogError>
    where
        F: FnMut(Cut<'_>) -> Result<Result<(), String>, LogError>,
    {
        for piece in chunk.chunks(PIECE_BYTES) {
            self.buffer.extend_from_slice(piece);
            while self.step(false, take)? {}
            self.buffer.drain(..self.used);
            self.used = 0;
        }
        Ok(())
    }

    /// Hands over what the end of the file completes.
    pub(crate) fn finish<F>(&mut self, take: &mut F) -> Result<(), LogError>
    where
        F: FnMut(Cut<'_>) -> Result<Result<(), String>, LogError>,
    {
        while self.step(true, take)? {}
        Ok(())
    }

    /// Goes on by one value or stretch; false where more bytes are needed, or all are used.
    fn step<F>(&mut self, last: bool, take: &mut F) -> Result<bool, LogError>
    where
        F: FnMut(Cut<'_>) -> Result<Result<(), String>, LogError>,
    {
        let rest = self.buffer.get(self.used..).unwrap_or_default();
        // Each arm says how many bytes are done with, and what comes next.
        let (done, phase) = match &mut self.phase {
            Phase::Before(left) if *left > rest.len() => (rest.len(), Phase::Before(*left - rest.len())),
            Phase::Before(left) => (*left, Phase::Between),
            Phase::Between => {
                // A comma separates the elements of a list; some programs also put one behind each line.
                let blank = |b: &u8| b.is_ascii_whitespace() || *b == b',';
                let done = rest.iter().take_while(|&b| blank(b)).count();
                self.place.pass(&rest[..done]);
                self.used += done;
                let rest = &rest[done..];
                let (line, scalar) = (self.place.line, "it is neither a JSON object nor a list");
                match rest.first() {
                    Some(b'{' | b'[') => {
                        self.scan = Scan::default();
                        (0, Phase::Value)
                    }
                    Some(b']') if self.list && self.outermost => (1, Phase::After),
                    Some(b']') if self.list => {
                        self.scan = Scan::inside_object();
                        (1, Phase::Tail)
                    }
                    Some(_) if self.list => (0, Lost::phase(line, scalar.to_owned(), Until::Element)),
                    Some(_) => (0, Lost::phase(line, scalar.to_owned(), Until::Line(self.place.indent))),
                    None if last && self.list => {
                        let why = "the file ends before its list does".to_owned();
                        take(Cut::Bad(BadRecord { line, lines: 1, why }))?.ok();
                        (0, Phase::After)
                    }
                    None => return Ok(false),
                }
            }
            Phase::Value => {
                let window = &rest[..rest.len().min(MAX_RECORD_BYTES)];
                let place = self.place;
                let bad = |text: &[u8], why| Cut::Bad(BadRecord::new(place.line, text, why));
                let step = self.scan.run(window, Some(place.indent));
                let invalid = match step {
                    Step::Done(end) => take(Cut::Value {
                        bytes: &rest[..end],
                        place,
                    })?
                    .err(),
                    Step::Broken => Some(String::new()),
                    Step::More if rest.len() > MAX_RECORD_BYTES => return Err(too_long(&self.file, place.line)),
                    Step::More if last => Some("the file ends inside it".to_owned()),
                    Step::More => return Ok(false),
                };
                match (invalid, self.scan.restart, step) {
                    (None, _, _) => (self.scan.at, Phase::Between),
                    // A line below begins like a value: the break is above it.
                    (Some(_), Some(restart), _) => {
                        let text = rest[..restart].trim_ascii_end();
                        take(bad(text, diagnosis(text, place)))?.ok();
                        (restart, Phase::Between)
                    }
                    (Some(why), None, Step::Done(end)) => {
                        take(bad(&rest[..end], why))?.ok();
                        (end, Phase::Between)
                    }
                    (Some(why), None, Step::More) => {
                        take(bad(rest.trim_ascii_end(), why))?.ok();
                        (rest.len(), Phase::After)
                    }
                    (Some(_), None, Step::Broken) => {
                        let why = diagnosis(&rest[..self.scan.at], place);
                        (0, Lost::phase(place.line, why, Until::Line(place.indent)))
                    }
                }
            }
            Phase::Lost(lost) => {
                let (done, found) = lost.until.find(rest, last);
                lost.passed += done;
                if lost.passed > MAX_RECORD_BYTES && !matches!(lost.until, Until::End) {
                    return Err(too_long(&self.file, lost.bad.line));
                }
                let text = rest[..done].trim_ascii_end();
                if !text.is_empty() {
                    lost.bad.lines = self.place.line + breaks(text) - lost.bad.line + 1;
                }
                self.place.pass(&rest[..done]);
                self.used += done;
                if !found && !last {
                    return Ok(false);
                }
                take(Cut::Bad(lost.bad.clone()))?.ok();
                (0, if found { Phase::Between } else { Phase::After })
            }
            Phase::Tail => {
                let step = self.scan.run(rest, None);
                let done = std::mem::take(&mut self.scan.at);
                self.place.pass(&rest[..done]);
                self.used += done;
                if matches!(step, Step::More) {
                    return Ok(false);
                }
                (0, Phase::After)
            }
            Phase::After => {
                let done = rest.len() - rest.trim_ascii_start().len();
                self.place.pass(&rest[..done]);
                self.used += done;
                match rest.get(done) {
                    None => return Ok(false),
                    // Pages of a list, one list after another.
                    Some(b'[') if self.list && self.outermost => (1, Phase::Between),
                    Some(_) => {
                        let why = "it stands behind the end of the list".to_owned();
                        (0, Lost::phase(self.place.line, why, Until::End))
                    }
                }
            }
        };
        let rest = self.buffer.get(self.used..).unwrap_or_default();
        self.place.pass(rest.get(..done).unwrap_or_default());
        self.used += done;
        let waits = matches!(phase, Phase::Before(_));
        self.phase = phase;
        Ok(!waits)
    }
}

fn too_long(file: &str, line: u64) -> LogError {
    LogError::TooLong {
        file: file.to_owned(),
        line,
        limit: MAX_RECORD_BYTES,
        hint: "a brace or a quotation mark is probably never closed",
    }
}

/// How many line breaks there are.
pub(crate) fn breaks(bytes: &[u8]) -> u64 {
    // Counted in bytes, of which a vector register holds the most.
    let count = |part: &[u8]| part.iter().map(|&b| u8::from(b == b'\n')).sum::<u8>();
    bytes.chunks(128).map(|part| u64::from(count(part))).sum()
}

impl BadRecord {
    /// A record that is told to be wrong as a whole.
    pub(crate) fn new(line: u64, text: &[u8], why: String) -> Self {
        let lines = breaks(text) + 1;
        BadRecord { line, lines, why }
    }
}

impl Lost {
    fn phase(line: u64, why: String, until: Until) -> Phase {
        let bad = BadRecord { line, lines: 1, why };
        Phase::Lost(Lost { bad, passed: 0, until })
    }
}

impl Until {
    /// How many bytes are lost, and whether the next one ends the loss. Bytes that more bytes must decide on are not counted.
    fn find(&self, rest: &[u8], last: bool) -> (usize, bool) {
        match self {
            Until::End => (rest.len(), false),
            Until::Element => match rest.iter().position(|b| b",[]{\n".contains(b)) {
                Some(at) => (at, true),
                None => (rest.len(), false),
            },
            Until::Line(indent) => {
                let mut at = 0;
                while let Some(line) = rest[at..].iter().position(|&b| b == b'\n') {
                    at += line;
                    let blank = rest[at + 1..].iter().take(indent + 1).take_while(|b| is_indent(b)).count();
                    match rest.get(at + 1 + blank) {
                        Some(b'{' | b'[') if blank == *indent => return (at + 1 + blank, true),
                        None if !last => return (at, false),
                        _ => at += 1 + blank,
                    }
                }
                (rest.len(), false)
            }
        }
    }
}

/// Where in the file a byte stands.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// 1-based line.
    pub(crate) line: u64,
    /// Bytes before it on its line.
    column: u64,
    /// Spaces and tabs at the beginning of its line.
    indent: usize,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            line: 1,
            column: 0,
            indent: 0,
        }
    }
}

impl Place {
    /// Moves behind these bytes.
    fn pass(&mut self, bytes: &[u8]) {
        let breaks = breaks(bytes);
        let mut tail = bytes;
        if breaks > 0 {
            tail = bytes.rsplit(|&b| b == b'\n').next().unwrap_or_default();
            *self = Place {
                line: self.line + breaks,
                column: 0,
                indent: 0,
            };
        }
        // Nothing but indentation so far.
        if self.indent as u64 == self.column {
            let room = MAX_INDENT - self.indent;
            self.indent += tail.iter().take(room).take_while(|b| is_indent(b)).count();
        }
        self.column += tail.len() as u64;
    }
}

/// Diagnosis of a text that is no value.
fn diagnosis(text: &[u8], place: Place) -> String {
    match std::str::from_utf8(text).map(serde_json::from_str::<IgnoredAny>) {
        Err(_) => NOT_UTF8.to_owned(),
        Ok(Err(error)) => explain(text, &error, place),
        Ok(Ok(_)) => NOT_CLOSED.to_owned(),
    }
}

/// Sentence for an error of serde_json in a text that begins there.
pub(crate) fn explain(text: &[u8], error: &serde_json::Error, place: Place) -> String {
    let (line, column) = (error.line(), error.column());
    let mut lines = text.split(|&b| b == b'\n');
    let byte = lines
        .nth(line.saturating_sub(1))
        .and_then(|line| line.get(column.checked_sub(1)?));
    let message = message(error);
    match byte {
        Some(b'\'') => PYTHON.to_owned(),
        _ if error.is_eof() || column == 0 => NOT_CLOSED.to_owned(),
        _ if line > 1 => {
            let line = place.line + line as u64 - 1;
            format!("it is not valid JSON ({message} at column {column} of line {line})")
        }
        _ => format!("it is not valid JSON ({message} at column {})", place.column + column as u64),
    }
}
