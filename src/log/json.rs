//! Cuts a stream of JSON into records, whatever the chunks it comes in.
//!
//! In: chunks, in order, of a file that holds one value after another (JSON Lines, pretty-printed or not), one list of values,
//! or an object with such a list among its members. A value is an object, or a list whose elements are columns without names.
//! Out: for each value a [`Record`] with one field a column (one record an element, where a column is a list to be spread), or
//! a [`BadRecord`] that says what is wrong with it; and, from the head of the file, the columns that there are.
//!
//! Two steps: [`Frame`] finds where values begin and end, and goes on behind a broken one; [`Fill`] has a value taken apart by
//! `json_values` and puts its members in the fields of a record.

use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::MAX_COLUMNS;
use super::error::LogError;
use super::json_frame::{Cut, Frame, JsonLayout, NOT_UTF8, Scan, Step, breaks, explain};
use super::json_values::{elements_of, is_scalar, message, row, write_field, write_scalar};
use super::records::{BadRecord, Piece, Record};

/// Rows of the head that are looked at.
const SAMPLE_ROWS: usize = 1000;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MAX_RECORD_BYTES;
    use super::super::json_frame::{NOT_CLOSED, PYTHON};
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
