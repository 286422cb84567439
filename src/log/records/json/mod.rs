//! Cuts a stream of JSON into records, whatever the chunks it comes in.
//!
//! In: chunks, in order, of a file that holds one value after another (JSON Lines, pretty-printed or not), one list of values,
//! or an object with such a list among its members. A value is an object, or a list whose elements are columns without names.
//! Out: for each value a [`Record`] with one field a column (one record an element, where a column is a list to be spread), or
//! a [`BadRecord`] that says what is wrong with it; and, from the head of the file, the columns that there are.
//!
//! Two steps: [`Frame`] finds where values begin and end, and goes on behind a broken one; [`Fill`] has a value taken apart by
//! `json_values` and puts its members in the fields of a record.

pub(crate) mod document;
pub(crate) mod frame;
mod nesting;
pub(crate) mod python;
pub(crate) mod rewrite;
mod scan;
pub(crate) mod values;

use std::collections::HashMap;

use serde::de::IgnoredAny;

use crate::log::MAX_COLUMNS;
use crate::log::error::LogError;
use crate::log::records::json::frame::{Cut, Frame, JsonLayout, NOT_UTF8, breaks, explain};
use crate::log::records::json::scan::{Scan, Step};
use crate::log::records::json::values::{elements_of, is_scalar, message, row, wraps, write_field, write_scalar};
use crate::log::records::record::{BadRecord, Piece, Record};

/// Rows of the head that are looked at.
const SAMPLE_ROWS: usize = 1000;

/// Layout, columns and sample of a file, by its head.
#[derive(Debug)]
pub(crate) struct JsonHead {
    pub(crate) layout: JsonLayout,
    /// The columns, in order of first appearance. Empty where no record can be read; then `bad` says why.
    pub(crate) keys: Vec<String>,
    /// A sample of records, one field a column, lists joined.
    pub(crate) rows: Vec<Vec<String>>,
    /// Of each column, whether most of its values are lists of scalars.
    pub(crate) lists: Vec<bool>,
    /// The first record of the sample that cannot be read.
    pub(crate) bad: Option<BadRecord>,
}

/// Finds the layout, the columns and a sample in the first bytes of a file; `None` where they are not JSON of a kind that is
/// read. `complete` says that the head is the whole file.
pub(crate) fn json_head(head: &[u8], complete: bool) -> Option<JsonHead> {
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
pub(crate) struct JsonRecords {
    frame: Frame,
    fill: Fill,
}

impl JsonRecords {
    /// `keys` are the columns. The list in the column `spread` stands for one record an element; the lists in the columns
    /// `parallel` are spread with it.
    pub(crate) fn new(file: &str, layout: &JsonLayout, keys: Vec<String>, spread: Option<usize>, parallel: Vec<usize>) -> Self {
        JsonRecords {
            frame: Frame::new(file, layout),
            fill: Fill::new(keys, spread, parallel),
        }
    }

    /// Takes the next chunk and hands over each record that it completes.
    pub(crate) fn push<F>(&mut self, chunk: &[u8], mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let JsonRecords { frame, fill } = self;
        frame.push(chunk, &mut |cut| fill.take(cut, &mut sink))
    }

    /// Hands over what the end of the file completes, or that it ends too early.
    pub(crate) fn finish<F>(&mut self, mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(Piece<'_>) -> Result<(), LogError>,
    {
        let JsonRecords { frame, fill } = self;
        frame.finish(&mut |cut| fill.take(cut, &mut sink))
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

/// Target of a path.
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
            nested && (inside || wraps(raw))
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

#[cfg(test)]
mod tests;
