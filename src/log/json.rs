//! Cuts a stream of JSON into records, whatever the chunks it comes in.
//!
//! In: chunks, in order, of a file that holds one value after another (JSON Lines, pretty-printed or not), one list of values,
//! or an object with such a list among its members. A value is an object, or a list whose elements are columns without names.
//! Out: for each value a [`Record`] with one field a column (one record an element, where a column is a list to be spread), or
//! a [`BadRecord`] that says what is wrong with it; and, from the head of the file, the columns that there are.
//!
//! Two steps: [`Frame`] finds where values begin and end, and goes on behind a broken one; [`Fill`] has serde_json take a value
//! apart, as slices of its text, so that a number is handed over as it is written, however long.

use std::collections::HashMap;
use std::fmt::{self, Write};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::LogError;
use super::records::{BadRecord, Piece, Record};
use super::{MAX_COLUMNS, MAX_RECORD_BYTES};

/// Rows of the head that are looked at.
const SAMPLE_ROWS: usize = 1000;
/// Most names in the path of a column: `a.b.c.d`. What lies deeper is left empty.
const MAX_PATH: usize = 4;
/// Deepest nesting of a value; the kinds of all open brackets fit one integer.
const MAX_NESTING: u32 = 63;
/// Widest indentation that is told apart.
const MAX_INDENT: usize = 1024;
/// Bytes of a chunk that are taken at a time, so that a large chunk is not held twice.
const PIECE_BYTES: usize = 64 * 1024;

const PYTHON: &str = "it is written in Python's notation with single quotation marks, not JSON";
const NOT_UTF8: &str = "it is not valid UTF-8";
const NOT_CLOSED: &str = "it is not valid JSON (a bracket or a quotation mark is not closed)";

/// Where the records stand in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JsonLayout {
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

/// What the head of a file tells.
#[derive(Debug)]
pub(super) struct JsonHead {
    pub(super) layout: JsonLayout,
    /// The columns, in order of first appearance. Empty where no record can be read; then `bad` says why.
    pub(super) keys: Vec<String>,
    /// A sample of records, one field a column, lists joined.
    pub(super) rows: Vec<Vec<String>>,
    /// Of each column, whether most of its values are lists of scalars.
    pub(super) lists: Vec<bool>,
    /// The first record of the sample that cannot be read.
    pub(super) bad: Option<BadRecord>,
}

/// Finds the layout, the columns and a sample in the first bytes of a file; `None` where they are not JSON of a kind that is
/// read. `complete` says that the head is the whole file.
pub(super) fn json_head(head: &[u8], complete: bool) -> Option<JsonHead> {
    let text = head.trim_ascii_start();
    let second = text.get(1..)?.trim_ascii_start().first();
    // What begins with a bracket and no second one may well be no JSON at all.
    let mut doubtful = false;
    let layout = match text.first()? {
        b'{' => object_layout(head, head.len() - text.len(), complete),
        b'[' if matches!(second, Some(b'{' | b'[')) => JsonLayout::List {
            before: head.len() - text.len() + 1,
            member: None,
        },
        b'[' => {
            doubtful = true;
            JsonLayout::Stream
        }
        _ => return None,
    };

    let mut found = FoundKeys::default();
    let mut frame = Frame::new("", &layout);
    let mut taken = 0;
    let mut path = String::new();
    let mut look = |cut: Cut<'_>| {
        if let Cut::Value { bytes, .. } = cut {
            let Ok(text) = std::str::from_utf8(bytes) else {
                return Ok(Err(String::new()));
            };
            taken += 1;
            // A first pass that finds nothing wrong, so that a broken value leaves no columns behind.
            let valid = serde_json::from_str::<IgnoredAny>(text);
            if taken <= SAMPLE_ROWS && valid.is_ok() {
                let _ = row(text, &mut path, &mut |path, raw, nested| found.see(path, raw, nested));
            }
            return Ok(valid.map(|_| ()).map_err(|_| String::new()));
        }
        Ok(Ok(()))
    };
    // An error is a limit that the reading itself meets again and tells, with the file's name.
    let _ = frame.push(head, &mut look);
    if complete {
        let _ = frame.finish(&mut look);
    }

    let (mut rows, mut bad, mut bad_count) = (Vec::new(), None, 0);
    let mut records = JsonRecords::new("", &layout, found.keys.clone(), None, Vec::new());
    let mut keep = |record: Result<Record<'_>, BadRecord>| {
        match record {
            Ok(record) if rows.len() < SAMPLE_ROWS => {
                let fields = record.fields().map(|field| String::from_utf8_lossy(field).into_owned());
                rows.push(fields.collect::<Vec<_>>());
            }
            Ok(_) => {}
            Err(this) => {
                bad_count += 1;
                bad.get_or_insert(this);
            }
        }
        Ok(())
    };
    let _ = records.push(head, &mut keep);
    if complete {
        let _ = records.finish(&mut keep);
    }
    if found.keys.is_empty() {
        rows.clear();
    }
    if doubtful && rows.len() <= bad_count {
        return None;
    }
    if rows.is_empty() && bad.is_none() {
        if complete {
            return None;
        }
        let why = format!("it does not end within the first {} bytes", head.len());
        bad = Some(BadRecord { line: 1, lines: 1, why });
    }
    let lists = found
        .values
        .iter()
        .zip(&found.lists)
        .map(|(values, lists)| lists * 2 > *values);
    Some(JsonHead {
        layout,
        lists: lists.collect(),
        keys: found.keys,
        rows,
        bad,
    })
}

/// The layout of a file that begins with an object: the object is a record if others follow it, or if it holds no list of
/// records.
fn object_layout(head: &[u8], start: usize, complete: bool) -> JsonLayout {
    let mut scan = Scan::default();
    let more_values = match scan.run(head.get(start..).unwrap_or_default(), Some(0)) {
        Step::Done(end) => {
            let rest = head.get(start + end..).unwrap_or_default();
            rest.iter().any(|b| !b.is_ascii_whitespace() && *b != b',')
        }
        // Something that begins a line where nothing can begin: this line is broken and others follow.
        Step::Broken => true,
        Step::More => complete,
    };
    match first_list(head) {
        Some((member, before)) if !more_values => JsonLayout::List {
            before,
            member: Some(member),
        },
        _ => JsonLayout::Stream,
    }
}

/// The first member of the outermost object that is a list of objects or lists: its name and the bytes up to its bracket. The
/// object may be cut off.
fn first_list(head: &[u8]) -> Option<(String, usize)> {
    let (mut depth, mut at, mut name) = (0_usize, 0, 0..0);
    while let Some(&byte) = head.get(at) {
        match byte {
            b'"' => {
                let start = at;
                at += 1;
                while *head.get(at)? != b'"' {
                    at += if head.get(at) == Some(&b'\\') { 2 } else { 1 };
                }
                if depth == 1 {
                    name = start..at + 1;
                }
            }
            b'[' if depth == 1 && matches!(head.get(at + 1..)?.trim_ascii_start().first(), Some(b'{' | b'[')) => {
                let name = serde_json::from_slice::<String>(head.get(name)?).ok()?;
                return Some((name, at + 1));
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The columns met so far.
#[derive(Default)]
struct FoundKeys {
    keys: Vec<String>,
    numbers: HashMap<String, usize>,
    /// Of each column, values that are not null, and those of them that are lists of scalars.
    values: Vec<usize>,
    lists: Vec<usize>,
}

impl FoundKeys {
    fn see(&mut self, path: &str, raw: &str, nested: bool) -> bool {
        if nested {
            return true;
        }
        let number = match self.numbers.get(path) {
            Some(&number) => number,
            None if self.keys.len() == MAX_COLUMNS => return false,
            None => {
                self.numbers.insert(path.to_owned(), self.keys.len());
                self.keys.push(path.to_owned());
                self.values.push(0);
                self.lists.push(0);
                self.keys.len() - 1
            }
        };
        self.values[number] += usize::from(raw != "null");
        self.lists[number] += usize::from(elements_of(raw).is_some_and(|list| list.iter().all(|raw| is_scalar(raw))));
        false
    }
}

/// The cutter for one file.
pub(super) struct JsonRecords {
    frame: Frame,
    fill: Fill,
}

impl JsonRecords {
    /// `keys` are the columns. The list in the column `spread` stands for one record an element; the lists in the columns
    /// `parallel` are spread with it.
    pub(super) fn new(file: &str, layout: &JsonLayout, keys: Vec<String>, spread: Option<usize>, parallel: Vec<usize>) -> Self {
        JsonRecords {
            frame: Frame::new(file, layout),
            fill: Fill::new(keys, spread, parallel),
        }
    }

    /// Takes the next chunk and hands over each record that it completes.
    pub(super) fn push<F>(&mut self, chunk: &[u8], mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let JsonRecords { frame, fill } = self;
        frame.push(chunk, &mut |cut| fill.take(cut, &mut sink))
    }

    /// Hands over what the end of the file completes, or that it ends too early.
    pub(super) fn finish<F>(&mut self, mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let JsonRecords { frame, fill } = self;
        frame.finish(&mut |cut| fill.take(cut, &mut sink))
    }
}

/// What the frame hands over.
enum Cut<'a> {
    /// From an opening bracket to the one that closes it. Whether it is valid is for the taker to say.
    Value {
        bytes: &'a [u8],
        place: Place,
    },
    Bad(BadRecord),
}

/// Finds the values in the stream. The taker answers a value with what is wrong with it, if it is not valid JSON; then the
/// frame looks for the place from which to go on.
struct Frame {
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
    fn new(file: &str, layout: &JsonLayout) -> Self {
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

    fn push<F>(&mut self, chunk: &[u8], take: &mut F) -> Result<(), LogError>
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

    fn finish<F>(&mut self, take: &mut F) -> Result<(), LogError>
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

fn breaks(bytes: &[u8]) -> u64 {
    // Counted in bytes, of which a vector register holds the most.
    let count = |part: &[u8]| part.iter().map(|&b| u8::from(b == b'\n')).sum::<u8>();
    bytes.chunks(128).map(|part| u64::from(count(part))).sum()
}

impl BadRecord {
    fn new(line: u64, text: &[u8], why: String) -> Self {
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

fn is_indent(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Where in the file a byte stands.
#[derive(Clone, Copy)]
struct Place {
    /// 1-based line.
    line: u64,
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

/// Follows brackets and strings to the end of a value.
#[derive(Default)]
struct Scan {
    /// Bytes of the value looked at.
    at: usize,
    depth: u32,
    /// A bit for each open bracket, the innermost lowest: set for an object.
    kinds: u64,
    in_string: bool,
    /// The first bracket that opens a line as the value itself does: if the value turns out to be broken, the next one begins
    /// here.
    restart: Option<usize>,
}

#[derive(Clone, Copy)]
enum Step {
    /// The value has that many bytes.
    Done(usize),
    /// It ends in the bytes to come.
    More,
    /// It cannot be valid.
    Broken,
}

/// For each byte, whether a scan stops at it: 1 inside a string, 2 outside.
const STOPS: [u8; 256] = {
    let mut stops = [0; 256];
    stops[b'"' as usize] = 3;
    stops[b'\\' as usize] = 1;
    stops[b'\n' as usize] = 1;
    stops[b'{' as usize] = 2;
    stops[b'}' as usize] = 2;
    stops[b'[' as usize] = 2;
    stops[b']' as usize] = 2;
    stops
};

impl Scan {
    /// A scan that is inside an object already.
    fn inside_object() -> Self {
        Scan {
            depth: 1,
            kinds: 1,
            ..Scan::default()
        }
    }

    /// Goes on in the value whose bytes these are, from its first. `indent` is the indentation of the line on which it begins,
    /// where values may begin on lines.
    fn run(&mut self, bytes: &[u8], indent: Option<usize>) -> Step {
        loop {
            let stop = if self.in_string { 1 } else { 2 };
            let ahead = bytes.get(self.at..).unwrap_or_default();
            let Some(skipped) = ahead.iter().position(|&b| STOPS[usize::from(b)] & stop != 0) else {
                self.at = bytes.len();
                return Step::More;
            };
            self.at += skipped;
            match ahead[skipped] {
                b'"' => self.in_string = !self.in_string,
                b'\\' => match ahead.get(skipped + 1) {
                    None => return Step::More,
                    Some(b'\n') => {}
                    Some(_) => self.at += 1,
                },
                // A string cannot go over the end of a line, so a quotation mark is missing.
                b'\n' => return Step::Broken,
                byte @ (b'{' | b'[') => {
                    if indent.is_some_and(|indent| opens_line(bytes, self.at, indent)) {
                        self.restart.get_or_insert(self.at);
                        if !self.may_open(bytes) {
                            return Step::Broken;
                        }
                    }
                    if self.depth == MAX_NESTING {
                        return Step::Broken;
                    }
                    self.depth += 1;
                    self.kinds = self.kinds << 1 | u64::from(byte == b'{');
                }
                byte => {
                    // A bracket of the other kind that was left open is closed along with its outer one.
                    let mut open = true;
                    while open && self.depth > 0 {
                        open = (self.kinds & 1 == 1) != (byte == b'}');
                        self.kinds >>= 1;
                        self.depth -= 1;
                    }
                    if self.depth == 0 {
                        self.at += 1;
                        return Step::Done(self.at);
                    }
                }
            }
            self.at += 1;
        }
    }

    /// Whether a bracket may open here, going by what stands before it.
    fn may_open(&self, bytes: &[u8]) -> bool {
        match bytes[..self.at].trim_ascii_end().last() {
            Some(b':' | b'[') => true,
            Some(b',') => self.kinds & 1 == 0,
            _ => false,
        }
    }
}

/// Whether the byte is the first of a line with this indentation.
fn opens_line(bytes: &[u8], at: usize, indent: usize) -> bool {
    let Some(line_break) = at.checked_sub(indent + 1) else {
        return false;
    };
    bytes[line_break] == b'\n' && bytes[line_break + 1..at].iter().all(is_indent)
}

/// What is wrong with a text that is no value.
fn diagnosis(text: &[u8], place: Place) -> String {
    match std::str::from_utf8(text).map(serde_json::from_str::<IgnoredAny>) {
        Err(_) => NOT_UTF8.to_owned(),
        Ok(Err(error)) => explain(text, &error, place),
        Ok(Ok(_)) => NOT_CLOSED.to_owned(),
    }
}

fn explain(text: &[u8], error: &serde_json::Error, place: Place) -> String {
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

/// An error's text without its place.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Fills the fields of records.
struct Fill {
    keys: Vec<String>,
    names: HashMap<String, Name>,
    /// Whether the columns are the elements of lists.
    listed: bool,
    spread: Option<usize>,
    parallel: Vec<usize>,
    path: String,
    /// Where in the value's text each column's value stands; empty where there is none.
    spans: Vec<std::ops::Range<usize>>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// What a path stands for.
#[derive(Default)]
struct Name {
    column: Option<usize>,
    /// Whether it leads to columns.
    nested: bool,
}

impl Fill {
    fn new(keys: Vec<String>, spread: Option<usize>, parallel: Vec<usize>) -> Self {
        let mut names: HashMap<String, Name> = HashMap::new();
        for (column, key) in keys.iter().enumerate() {
            for (dot, _) in key.match_indices('.') {
                names.entry(key[..dot].to_owned()).or_default().nested = true;
            }
            names.entry(key.clone()).or_default().column = Some(column);
        }
        Fill {
            listed: keys
                .iter()
                .any(|key| key.split('.').next().is_some_and(|name| name.parse::<usize>().is_ok())),
            spans: vec![0..0; keys.len()],
            keys,
            names,
            spread,
            parallel,
            path: String::new(),
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Hands over the records of a value; inside, what is wrong with a value that is not valid JSON.
    fn take<F>(&mut self, cut: Cut<'_>, sink: &mut F) -> Result<Result<(), String>, LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let (bytes, place) = match cut {
            Cut::Value { bytes, place } => (bytes, place),
            Cut::Bad(bad) => return sink(Err(bad)).map(Ok),
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Ok(Err(NOT_UTF8.to_owned()));
        };
        if let Err(error) = self.find(text) {
            return Ok(Err(explain(bytes, &error, place)));
        }
        if text.starts_with('[') && !self.listed {
            let why = "it is a list, not an object with names".to_owned();
            return sink(Err(BadRecord::new(place.line, bytes, why))).map(Ok);
        }
        let lists = match self.lists(text) {
            Ok(lists) => lists,
            Err(why) => return sink(Err(BadRecord::new(place.line, bytes, why))).map(Ok),
        };
        let lines = breaks(bytes) + 1;
        for element in 0..lists.first().map_or(1, |(_, list)| list.len()) {
            if let Err(error) = self.write(text, &lists, element) {
                let why = format!("it is not valid JSON ({})", message(&error));
                return sink(Err(BadRecord::new(place.line, bytes, why))).map(Ok);
            }
            sink(Ok(Record::new(place.line, lines, &self.bytes, &self.ends)))?;
        }
        Ok(Ok(()))
    }

    /// Notes where the columns' values stand. Of a key that comes twice, the last counts.
    fn find(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let Fill {
            keys,
            names,
            path,
            spans,
            ..
        } = self;
        spans.fill(0..0);
        // Members mostly come in the order of the columns, which saves looking them up.
        let mut next = 0;
        row(text, path, &mut |path, raw, nested| {
            let (column, inside) = match keys.get(next) {
                Some(key) if key == path && !nested => (Some(next), false),
                _ => names.get(path).map_or((None, false), |name| (name.column, name.nested)),
            };
            if let Some((column, span)) = column.and_then(|column| Some((column, spans.get_mut(column)?))) {
                let start = raw.as_ptr().addr() - text.as_ptr().addr();
                *span = start..start + raw.len();
                next = column + 1;
            }
            nested && inside
        })
    }

    fn raw<'a>(&self, text: &'a str, column: usize) -> &'a str {
        let span = self.spans.get(column).cloned().unwrap_or_default();
        text.get(span).unwrap_or_default()
    }

    /// The lists that are spread, with their columns; none where the value is one record.
    fn lists<'a>(&self, text: &'a str) -> Result<Vec<(usize, Vec<&'a str>)>, String> {
        let Some((spread, list)) = self
            .spread
            .and_then(|column| Some((column, elements_of(self.raw(text, column))?)))
        else {
            return Ok(Vec::new());
        };
        let length = list.len();
        let mut lists = vec![(spread, list)];
        for &column in &self.parallel {
            if let Some(other) = elements_of(self.raw(text, column)) {
                if other.len() != length {
                    let name = |column: usize| self.keys.get(column).map_or("", String::as_str);
                    let (this, that, others) = (name(spread), name(column), other.len());
                    return Err(format!("the lists of {this} and {that} have {length} and {others} entries"));
                }
                lists.push((column, other));
            }
        }
        Ok(lists)
    }

    /// Writes the fields of the record for one element of the lists.
    fn write(&mut self, text: &str, lists: &[(usize, Vec<&str>)], element: usize) -> Result<(), serde_json::Error> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.ends.clear();
        for column in 0..self.keys.len() {
            match lists.iter().find(|(spread, _)| *spread == column) {
                Some((_, list)) => write_scalar(list.get(element).copied().unwrap_or_default(), &mut bytes)?,
                None => write_field(self.raw(text, column), &mut bytes)?,
            }
            self.ends.push(bytes.len());
        }
        self.bytes = bytes;
        Ok(())
    }
}

fn is_scalar(raw: &str) -> bool {
    !raw.starts_with(['{', '['])
}

/// Writes what a column's value says; nothing for an object.
fn write_field(raw: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let Some(list) = elements_of(raw) else {
        return write_scalar(raw, out);
    };
    if list.iter().all(|raw| is_scalar(raw)) {
        for (at, raw) in list.iter().filter(|raw| **raw != "null").enumerate() {
            if at > 0 {
                out.push(b'|');
            }
            write_scalar(raw, out)?;
        }
    }
    Ok(())
}

fn write_scalar(raw: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    match raw.strip_prefix('"') {
        Some(_) if raw.contains('\\') => out.extend_from_slice(serde_json::from_str::<String>(raw)?.as_bytes()),
        Some(rest) => out.extend_from_slice(rest.strip_suffix('"').unwrap_or(rest).as_bytes()),
        None if raw != "null" && is_scalar(raw) => out.extend_from_slice(raw.as_bytes()),
        None => {}
    }
    Ok(())
}

/// The elements of a list, as they are written; `None` where it is none.
fn elements_of(raw: &str) -> Option<Vec<&str>> {
    let mut list = Vec::new();
    let mut each = |raw| {
        list.push(raw);
        Ok(())
    };
    if !raw.starts_with('[') || elements(raw, &mut each).is_err() {
        return None;
    }
    Some(list)
}

/// Told of each member: its path, its value as it is written, and whether that is an object whose members may be visited, for
/// which it answers whether they are.
type Visit<'v, 'a> = dyn FnMut(&str, &'a str, bool) -> bool + 'v;

/// Visits the members of an object, or the elements of a list under their numbers from 1.
fn row<'a>(text: &'a str, path: &mut String, visit: &mut Visit<'_, 'a>) -> Result<(), serde_json::Error> {
    path.clear();
    if !text.starts_with('[') {
        return members(text, path, 1, visit);
    }
    let mut number = 0;
    elements(text, &mut |raw| {
        number += 1;
        path.clear();
        // Writing into a string cannot fail.
        let _ = write!(path, "{number}");
        member(raw, path, 1, visit)
    })
}

fn members<'a>(text: &'a str, path: &mut String, depth: usize, visit: &mut Visit<'_, 'a>) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Members { path, depth, visit })?;
    json.end()
}

fn member<'a>(raw: &'a str, path: &mut String, depth: usize, visit: &mut Visit<'_, 'a>) -> Result<(), serde_json::Error> {
    let nested = depth < MAX_PATH && raw.starts_with('{');
    if visit(path, raw, nested) && nested {
        members(raw, path, depth + 1, visit)
    } else {
        Ok(())
    }
}

fn elements<'a, F>(text: &'a str, each: &mut F) -> Result<(), serde_json::Error>
where
    F: FnMut(&'a str) -> Result<(), serde_json::Error>,
{
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_seq(Elements(each))?;
    json.end()
}

struct Members<'p, 'v, 'a> {
    path: &'p mut String,
    /// Names in the paths of these members.
    depth: usize,
    visit: &'p mut Visit<'v, 'a>,
}

impl<'a> Visitor<'a> for Members<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let outer = self.path.len();
        loop {
            if outer > 0 {
                self.path.push('.');
            }
            if map.next_key_seed(Key(self.path))?.is_none() {
                return Ok(());
            }
            let raw: &'a RawValue = map.next_value()?;
            member(raw.get(), self.path, self.depth, self.visit).map_err(|error| A::Error::custom(message(&error)))?;
            self.path.truncate(outer);
        }
    }
}

/// Puts a member's name behind the path.
struct Key<'p>(&'p mut String);

impl<'a> DeserializeSeed<'a> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<(), E> {
        self.0.push_str(name);
        Ok(())
    }
}

struct Elements<'f, F>(&'f mut F);

impl<'a, F> Visitor<'a> for Elements<'_, F>
where
    F: FnMut(&'a str) -> Result<(), serde_json::Error>,
{
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<&'a RawValue>()? {
            (self.0)(raw.get()).map_err(|error| A::Error::custom(message(&error)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = (u64, u64, Result<Vec<String>, String>);

    /// Reads a text in chunks, with the columns and the layout that its head tells.
    fn read(text: &str, chunk: usize, spread: Option<&str>, parallel: &[&str]) -> Vec<Read> {
        let head = json_head(text.as_bytes(), true).unwrap();
        let column = |name: &&str| head.keys.iter().position(|key| key == name).unwrap();
        let (spread, parallel) = (spread.as_ref().map(column), parallel.iter().map(column).collect());
        read_bytes(text.as_bytes(), chunk, &head.layout, head.keys.clone(), spread, parallel).unwrap()
    }

    fn read_bytes(
        text: &[u8],
        chunk: usize,
        layout: &JsonLayout,
        keys: Vec<String>,
        spread: Option<usize>,
        parallel: Vec<usize>,
    ) -> Result<Vec<Read>, LogError> {
        let mut records = JsonRecords::new("a.json", layout, keys, spread, parallel);
        let mut out = Vec::new();
        let mut sink = |record: Result<Record<'_>, BadRecord>| {
            out.push(match record {
                Ok(record) => {
                    let fields = record.fields().map(|field| String::from_utf8_lossy(field).into_owned());
                    (record.line, record.lines, Ok(fields.collect()))
                }
                Err(bad) => (bad.line, bad.lines, Err(bad.why)),
            });
            Ok(())
        };
        for chunk in text.chunks(chunk) {
            records.push(chunk, &mut sink)?;
        }
        records.finish(&mut sink)?;
        Ok(out)
    }

    fn good(line: u64, lines: u64, fields: &[&str]) -> Read {
        (line, lines, Ok(fields.iter().map(|&field| field.to_owned()).collect()))
    }

    fn bad(line: u64, lines: u64, why: &str) -> Read {
        (line, lines, Err(why.to_owned()))
    }

    /// Whole, and in small chunks.
    fn check(text: &str, expected: &[Read]) {
        for chunk in [text.len(), 1, 2, 3, 7] {
            assert_eq!(read(text, chunk, None, &[]), expected, "chunks of {chunk}: {text}");
        }
    }

    fn keys(text: &str) -> Vec<String> {
        json_head(text.as_bytes(), true).unwrap().keys
    }

    #[test]
    fn json_lines() {
        let text = "{\"u\":1,\"i\":\"a\"}\r\n\r\n  {\"i\":\"b\",\"t\":true}\n{\"u\":null}";
        check(
            text,
            &[
                good(1, 1, &["1", "a", ""]),
                good(3, 1, &["", "b", "true"]),
                good(4, 1, &["", "", ""]),
            ],
        );
        assert_eq!(keys(text), ["u", "i", "t"]);
        check(
            "[1, \"a\"]\n[2, \"b\", 5]\n",
            &[good(1, 1, &["1", "a", ""]), good(2, 1, &["2", "b", "5"])],
        );
        assert_eq!(keys("[1, \"a\"]\n[2, \"b\", 5]\n"), ["1", "2", "3"]);
        // Several on a line, over several lines, with commas between them.
        check(
            "{\"u\":1}{\"u\":2} {\n  \"u\": 3\n}\n{\n\"u\": 4\n},\n{\"u\":5},\n",
            &[
                good(1, 1, &["1"]),
                good(1, 1, &["2"]),
                good(1, 3, &["3"]),
                good(4, 3, &["4"]),
                good(7, 1, &["5"]),
            ],
        );
    }

    #[test]
    fn lists() {
        let expected = [good(2, 1, &["1", "a"]), good(3, 4, &["2", "b"])];
        check(
            "[\n  {\"u\": 1, \"i\": \"a\"},\n  {\n    \"u\": 2,\n    \"i\": \"b\"\n  }\n]\n",
            &expected,
        );
        check("[[1,\"a\"],[2,\"b\"]]", &[good(1, 1, &["1", "a"]), good(1, 1, &["2", "b"])]);
        check("[{\"u\":1}]\n[{\"u\":2}]", &[good(1, 1, &["1"]), good(2, 1, &["2"])]);
        check(
            "[{\"u\":1},5,\"x\", {\"u\":2}] 7\n8\n",
            &[
                good(1, 1, &["1"]),
                bad(1, 1, "it is neither a JSON object nor a list"),
                bad(1, 1, "it is neither a JSON object nor a list"),
                good(1, 1, &["2"]),
                bad(1, 2, "it stands behind the end of the list"),
            ],
        );
        let got = read_bytes(
            b"[{\"u\":1},[2]]",
            3,
            &JsonLayout::List { before: 1, member: None },
            vec!["u".into()],
            None,
            vec![],
        );
        assert_eq!(
            got.unwrap(),
            [good(1, 1, &["1"]), bad(1, 1, "it is a list, not an object with names")]
        );
    }

    #[test]
    fn a_list_inside_an_object() {
        let text = "{\"about\": {\"n\": [[9]], \"s\": \"]}\"}, \"tags\": [1],\n \"rows\": [{\"u\": 1},\n {\"u\": 2}], \"end\": [{\"u\": \"}\"}]}\n";
        check(text, &[good(2, 1, &["1"]), good(3, 1, &["2"])]);
        let head = json_head(text.as_bytes(), true).unwrap();
        let JsonLayout::List { before, member } = head.layout else {
            panic!()
        };
        assert_eq!(
            (&text[..before][before - 9..], member.as_deref()),
            ("\"rows\": [", Some("rows"))
        );
        // Records with lists of objects are records where others follow.
        check(
            "{\"u\":1,\"x\":[{}]}\n{\"u\":2,\"x\":[{}]}\n",
            &[good(1, 1, &["1", ""]), good(2, 1, &["2", ""])],
        );
        // What follows the object is not lost in silence.
        let text = b"{\"rows\":[{\"u\":1}]}\n{\"rows\":[{\"u\":2}]}\n";
        let layout = json_head(&text[..12], false).unwrap().layout;
        let got = read_bytes(text, 5, &layout, vec!["u".into()], None, vec![]).unwrap();
        assert_eq!(got, [good(1, 1, &["1"]), bad(2, 1, "it stands behind the end of the list")]);
    }

    #[test]
    fn scalars_and_nesting() {
        check(
            r#"{"n":12345678901234567890,"e":1e3,"d":1.50,"m":-0.0,"s":"a\"\\\u00e9\ud83d\ude00","f":false}"#,
            &[good(
                1,
                1,
                &["12345678901234567890", "1e3", "1.50", "-0.0", "a\"\\\u{e9}\u{1f600}", "false"],
            )],
        );
        let text = r#"{"user":{"id":5,"a":{"b":{"c":1,"d":{"e":2}}}},"g":["x","y\tz",null,3],"h":[[1],2],"o":[{"p":1}]}"#;
        assert_eq!(
            keys(&format!("{{}}\n{text}")),
            ["user.id", "user.a.b.c", "user.a.b.d", "g", "h", "o"]
        );
        let layout = JsonLayout::Stream;
        let columns = ["user.id", "user.a.b.c", "user.a.b.d", "user", "g", "h", "o"]
            .map(String::from)
            .to_vec();
        let got = read_bytes(text.as_bytes(), 9, &layout, columns, None, vec![]).unwrap();
        assert_eq!(got, [good(1, 1, &["5", "1", "", "", "x|y\tz|3", "", ""])]);
        // The last of equal names counts; unknown ones do not matter.
        let got = read_bytes(br#"{"u":1,"x":2,"u":"3"}"#, 9, &layout, vec!["u".into()], None, vec![]).unwrap();
        assert_eq!(got, [good(1, 1, &["3"])]);
    }

    #[test]
    fn lists_are_spread() {
        let text = "{\"u\":1,\"items\":[4,5,\"x\"],\"times\":[7,8,9]}\n{\"u\":2,\"items\":[4,5,6],\"times\":[7,8]}\n\
            {\"u\":3,\"items\":[]}\n{\"u\":4,\"items\":9,\"times\":1}\n{\"u\":5,\"items\":[[1],{}],\"times\":null}\n";
        for chunk in [text.len(), 1, 2, 3, 7] {
            assert_eq!(
                read(text, chunk, Some("items"), &["times"]),
                [
                    good(1, 1, &["1", "4", "7"]),
                    good(1, 1, &["1", "5", "8"]),
                    good(1, 1, &["1", "x", "9"]),
                    bad(2, 1, "the lists of items and times have 3 and 2 entries"),
                    good(4, 1, &["4", "9", "1"]),
                    good(5, 1, &["5", "", ""]),
                    good(5, 1, &["5", "", ""]),
                ]
            );
        }
        let head = json_head(text.as_bytes(), true).unwrap();
        assert_eq!(head.lists, [false, true, true]);
        assert_eq!(head.rows[0], ["1", "4|5|x", "7|8|9"]);
        assert_eq!(
            read("[1,[4,5]]\n[2,[6]]\n", 3, Some("2"), &[]),
            [good(1, 1, &["1", "4"]), good(1, 1, &["1", "5"]), good(2, 1, &["2", "6"])]
        );
    }

    #[test]
    fn a_broken_line_eats_no_other() {
        let last = "{\"u\":2}";
        for (broken, why) in [
            ("{\"u\" 1}", "it is not valid JSON (expected `:` at column 6)"),
            ("{\"u\":1,}", "it is not valid JSON (trailing comma at column 8)"),
            ("{\"u\":NaN}", "it is not valid JSON (expected value at column 6)"),
            ("{\"u\":[1}", "it is not valid JSON (expected `,` or `]` at column 8)"),
            ("{'u': 'x'}", PYTHON),
            ("{\"u\": 'it\"s'}", PYTHON),
            ("{\"u\": \"x}", NOT_CLOSED),
            ("{\"u\": \"x\\", NOT_CLOSED),
            ("{\"u\": 1", NOT_CLOSED),
            ("{\"u\": 1, \"v\": {", NOT_CLOSED),
            ("{\"u\": 1,", NOT_CLOSED),
            ("\"u\": 1}", "it is neither a JSON object nor a list"),
            ("some words", "it is neither a JSON object nor a list"),
        ] {
            let text = format!("{{\"u\":1}}\n{broken}\n{last}\n");
            check(&text, &[good(1, 1, &["1"]), bad(2, 1, why), good(3, 1, &["2"])]);
        }
        // Where the next line could still belong to the list, the one after it tells.
        check(
            "{\"u\":[1,\n{\"u\":2}\n{\"u\":3}\n",
            &[bad(1, 1, NOT_CLOSED), good(2, 1, &["2"]), good(3, 1, &["3"])],
        );
        check(
            "{\"u\":1}}\n{\"u\":2}",
            &[
                good(1, 1, &["1"]),
                bad(1, 1, "it is neither a JSON object nor a list"),
                good(2, 1, &["2"]),
            ],
        );
        check(
            "{\n \"u\": x\n}\nwords\n\n{\"u\":2}\n",
            &[
                bad(1, 3, "it is not valid JSON (expected value at column 7 of line 2)"),
                bad(4, 1, "it is neither a JSON object nor a list"),
                good(6, 1, &["2"]),
            ],
        );
    }

    #[test]
    fn a_broken_element_eats_no_other() {
        check(
            "[\n  {\"u\": 1},\n  {\"u\": \"x},\n  {\"u\": 2,\n  {\"u\": 3}\n]",
            &[
                good(2, 1, &["1"]),
                bad(3, 1, NOT_CLOSED),
                bad(4, 1, NOT_CLOSED),
                good(5, 1, &["3"]),
            ],
        );
        check(
            "[{\"u\":[1},{\"u\":2}, {\"u\" 3},{\"u\":4}]",
            &[
                bad(1, 1, "it is not valid JSON (expected `,` or `]` at column 9)"),
                good(1, 1, &["2"]),
                bad(1, 1, "it is not valid JSON (expected `:` at column 25)"),
                good(1, 1, &["4"]),
            ],
        );
    }

    #[test]
    fn files_that_end_early() {
        check(
            "{\"u\":1}\n{\"u\":2,\n\"v\": \"x\\",
            &[good(1, 1, &["1"]), bad(2, 2, "the file ends inside it")],
        );
        check(
            "[{\"u\":1},\n{\"u\":2",
            &[good(1, 1, &["1"]), bad(2, 1, "the file ends inside it")],
        );
        check(
            "[{\"u\":1},",
            &[good(1, 1, &["1"]), bad(1, 1, "the file ends before its list does")],
        );
    }

    #[test]
    fn what_is_not_utf8() {
        let got = read_bytes(
            b"{\"u\":\"\xff\"}\n{\"u\":\"\xe9\n{\"u\":1}",
            2,
            &JsonLayout::Stream,
            vec!["u".into()],
            None,
            vec![],
        );
        assert_eq!(got.unwrap(), [bad(1, 1, NOT_UTF8), bad(2, 1, NOT_UTF8), good(3, 1, &["1"])]);
        check(
            "{\"u\":1}\n{\"u\":\"\\ud83d\"}\n",
            &[
                good(1, 1, &["1"]),
                bad(2, 1, "it is not valid JSON (unexpected end of hex escape)"),
            ],
        );
    }

    #[test]
    fn endless_and_deep_values_stop() {
        let mut text = b"{\"u\":1}\n{\"u\": [".to_vec();
        text.resize(MAX_RECORD_BYTES * 3, b' ');
        let mut garbage = b"{\"u\":1}\n".to_vec();
        garbage.resize(MAX_RECORD_BYTES * 3, b'x');
        for text in [text, garbage] {
            for chunk in [1000, text.len()] {
                let error = read_bytes(&text, chunk, &JsonLayout::Stream, vec!["u".into()], None, vec![]).unwrap_err();
                assert!(matches!(error, LogError::TooLong { line: 2, .. }), "{error}");
            }
        }
        let deep = format!("{}\n{{\"u\":2}}", "[".repeat(100_000));
        let got = read_bytes(deep.as_bytes(), 999, &JsonLayout::Stream, vec!["u".into()], None, vec![]).unwrap();
        assert_eq!(got, [bad(1, 1, NOT_CLOSED), good(2, 1, &["2"])]);
        let deep = "{\"u\":\n".repeat(1000);
        let got = read_bytes(deep.as_bytes(), 999, &JsonLayout::Stream, vec!["u".into()], None, vec![]).unwrap();
        assert_eq!(got.len(), 1000);
    }

    #[test]
    fn heads() {
        for text in ["", "  ", "user,item\n1,2\n", "[a],b\n[c],d\n", "[]", "\"x\"", "[1,"] {
            assert!(json_head(text.as_bytes(), true).is_none(), "{text}");
        }
        let head = json_head(b"{'u': 'x'}\n{'u': 'y'}\n", true).unwrap();
        assert_eq!((head.keys.len(), head.bad.unwrap().why.as_str()), (0, PYTHON));
        let head = json_head(b"{\"u\":1}\n{\"u\":2,\"i\":", false).unwrap();
        assert_eq!(
            (head.keys, head.rows, head.bad),
            (vec!["u".to_owned()], vec![vec!["1".to_owned()]], None)
        );
        let head = json_head(b"{\"u\":1,\"items\":[1,2,3", false).unwrap();
        assert_eq!(head.bad.unwrap().why, "it does not end within the first 21 bytes");
        let head = json_head(b"[{\"u\":1},{\"u\":", false).unwrap();
        assert_eq!(head.layout, JsonLayout::List { before: 1, member: None });
        assert_eq!(head.rows.len(), 1);
    }

    #[test]
    fn a_mixed_document() {
        let text = "\n{\"user\":{\"id\":\"\u{e9}\\n\"},\"items\":[1,2]}\r\n{'user': 1}\n{\"user\":{\"id\":2},\"items\":[\"\\\\\"]}\n\
            {\"user\": \"x\n[1,2]\n{\n \"items\": [\n  7\n ]\n}\n \t{\"a\\\"\": [1}\n\n{\"user\":";
        let whole = read(text, text.len(), Some("items"), &[]);
        assert_eq!(whole.len(), 9);
        for chunk in [1, 2, 3, 7] {
            assert_eq!(read(text, chunk, Some("items"), &[]), whole);
        }
    }

    proptest! {
        /// Whatever the text, the chunks make no difference, and no line is told twice as bad and good from its beginning.
        #[test]
        fn chunks_make_no_difference(parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", "\"", "'", ":", ",", "\n", "\n", " ", "\\", "1", "\"u\"", "\"u\":1", "{\"u\":2}", "\n{\"u\":[1,2]}\n", "\u{e9}",
        ]), 0..60), list in any::<bool>(), chunk in 1..9_usize) {
            let text: String = parts.concat();
            let layout = if list { JsonLayout::List { before: 0, member: None } } else { JsonLayout::Stream };
            let whole = read_bytes(text.as_bytes(), 1000, &layout, vec!["u".into()], Some(0), vec![]).unwrap();
            let cut = read_bytes(text.as_bytes(), chunk, &layout, vec!["u".into()], Some(0), vec![]).unwrap();
            prop_assert_eq!(&whole, &cut);
            let total = text.lines().count().max(1) as u64;
            for (line, lines, _) in whole {
                prop_assert!(line + lines - 1 <= total + 1, "{} {}", line, lines);
            }
            let _ = json_head(text.as_bytes(), list);
        }
    }
}
