//! Lists inside a record as lists beside each other.
//!
//! In: a record that holds a list of rows (objects, or lists of two to four scalars) some objects deep. Out: the record with a list for each
//! member of the rows, all of the same length; lists inside the rows are taken apart likewise, what is around them repeated.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Objects and lists inside each other that are looked into at most; a text may hold thousands.
const DEEPEST: usize = 8;

/// The members of an object in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        json.deserialize_map(Each)
    }
}

/// The members of an object, or why it is none.
pub(crate) fn fields(text: &str) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    serde_json::from_str::<Members<'_>>(text).map(|members| members.0)
}

pub(crate) fn members(text: &str) -> Option<Vec<(String, &RawValue)>> {
    text.starts_with('{').then_some(())?;
    fields(text).ok()
}

pub(crate) fn list(text: &str) -> Option<Vec<&RawValue>> {
    text.starts_with('[').then_some(())?;
    serde_json::from_str(text).ok()
}

/// A text as JSON.
pub(crate) fn text_of(text: &str) -> String {
    // A text can always be written as JSON.
    serde_json::to_string(text).unwrap_or_default()
}

/// Adds an object of these members to `out`; their values are JSON.
pub(crate) fn write_object<N: AsRef<str>, V: AsRef<str>>(members: impl IntoIterator<Item = (N, V)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, value)) in members.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(text_of(name.as_ref()).as_bytes());
        out.push(b':');
        out.extend_from_slice(value.as_ref().as_bytes());
    }
    out.push(b'}');
}

/// A list of these values, which are JSON.
pub(crate) fn list_of(values: &[&str]) -> String {
    format!("[{}]", values.join(","))
}

/// Whether a list holds objects, or lists of two to four scalars; the text may be cut off behind the first.
pub(crate) fn is_list_of_rows(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').map(str::trim_start) else {
        return false;
    };
    if inner.starts_with('{') {
        return true;
    }
    let mut stream = serde_json::Deserializer::from_str(inner).into_iter::<&RawValue>();
    match stream.next() {
        Some(Ok(first)) => list(first.get()).is_some_and(|first| is_pair(&first)),
        _ => false,
    }
}

fn is_pair(list: &[&RawValue]) -> bool {
    (2..=4).contains(&list.len()) && list.iter().all(|value| !value.get().starts_with(['{', '[']))
}

/// Whether a record holds a list of rows, some objects deep.
pub(crate) fn holds_lists(record: &[(String, &RawValue)]) -> bool {
    holds_lists_within(record, DEEPEST)
}

fn holds_lists_within(record: &[(String, &RawValue)], depth: usize) -> bool {
    depth > 0
        && record.iter().any(|(_, value)| {
            let value = value.get();
            is_list_of_rows(value) || members(value).is_some_and(|inner| holds_lists_within(&inner, depth - 1))
        })
}

/// The longest list of rows in an object, at most so many objects deep.
pub(crate) fn row_list(text: &str, depth: usize) -> Option<Vec<&RawValue>> {
    let mut longest: Option<Vec<&RawValue>> = None;
    for (_, value) in members(text)? {
        let value = value.get();
        let found = match is_list_of_rows(value) {
            true => list(value),
            false if depth > 1 => row_list(value, depth - 1),
            false => None,
        };
        if let Some(found) = found
            && longest.as_ref().is_none_or(|longest| found.len() > longest.len())
        {
            longest = Some(found);
        }
    }
    longest
}

/// Whether a value looks like a moment: an epoch, or a text that begins with a year.
pub(crate) fn is_moment(value: &str) -> bool {
    match value.parse::<f64>() {
        Ok(number) => (1e8..1e14).contains(&number),
        Err(_) => {
            value.len() >= 10
                && value.as_bytes()[1..5].iter().all(u8::is_ascii_digit)
                && matches!(value.as_bytes()[5], b'-' | b'/' | b'.')
        }
    }
}

/// Adds a line's record to `out` with its lists of rows as lists beside each other; a line that is no such record as it is.
pub(crate) fn unnest(line: &[u8], out: &mut Vec<u8>) {
    let (body, end) = match line.strip_suffix(b"\n") {
        Some(body) => (body, &b"\n"[..]),
        None => (line, &b""[..]),
    };
    let record = std::str::from_utf8(body).ok().and_then(|text| members(text.trim()));
    match record {
        Some(record) => write_object(flat(&record), out),
        None => out.extend_from_slice(body),
    }
    out.extend_from_slice(end);
}

/// The members of a record, with its lists of rows as lists beside each other.
pub(crate) fn flat(record: &[(String, &RawValue)]) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    taken_apart("", record, &mut parts, DEEPEST);
    parts
}

fn taken_apart(before: &str, record: &[(String, &RawValue)], parts: &mut Vec<(String, String)>, depth: usize) {
    for (name, value) in record {
        let (name, value) = (format!("{before}{name}"), value.get());
        if is_list_of_rows(value) {
            for (inner, values) in beside(&list(value).unwrap_or_default()) {
                parts.push((format!("{name}.{inner}"), list_of(&values)));
            }
            continue;
        }
        match members(value).filter(|inner| holds_lists_within(inner, depth.saturating_sub(1))) {
            Some(inner) => taken_apart(&format!("{name}."), &inner, parts, depth - 1),
            None => parts.push((name, value.to_owned())),
        }
    }
}

/// The members of a list of rows as lists of the same length; what a row does not have is null.
pub(crate) fn beside<'a>(elements: &[&'a RawValue]) -> Vec<(String, Vec<&'a str>)> {
    let mut columns: Vec<(String, Vec<&'a str>)> = Vec::new();
    let mut count = 0;
    for element in elements {
        for row in rows_of("", element.get(), DEEPEST) {
            for (name, value) in row {
                let column = match columns.iter().position(|(known, _)| *known == name) {
                    Some(column) => column,
                    None => {
                        columns.push((name, vec!["null"; count]));
                        columns.len() - 1
                    }
                };
                columns[column].1.truncate(count);
                columns[column].1.push(value);
            }
            count += 1;
            columns.iter_mut().for_each(|(_, values)| values.resize(count, "null"));
        }
    }
    // Rows without names: the first column that holds no moments is the item.
    let mut item = false;
    for (name, values) in &mut columns {
        if let Some(number) = name.strip_prefix('#') {
            *name = match values.iter().all(|value| is_moment(value)) {
                true => "timestamp".to_owned(),
                false if !std::mem::replace(&mut item, true) => "item".to_owned(),
                false => format!("value {number}"),
            };
        }
    }
    columns
}

/// The rows that an element stands for: itself, or as many as there are in the longest list inside it.
fn rows_of<'a>(before: &str, text: &'a str, depth: usize) -> Vec<Vec<(String, &'a str)>> {
    let mut row = Vec::new();
    let mut inner: Vec<Vec<(String, &'a str)>> = Vec::new();
    if let Some(pair) = list(text) {
        let pair = pair.iter().enumerate();
        return vec![pair.map(|(at, value)| (format!("#{}", at + 1), value.get())).collect()];
    }
    for (name, value) in members(text).unwrap_or_default() {
        // What an object wraps with its type, as MongoDB does, is its value.
        let (name, value) = (format!("{before}{name}"), wrapped(value.get(), depth));
        if depth == 0 {
            row.push((name, value));
        } else if is_list_of_rows(value) {
            let list = list(value).unwrap_or_default();
            let rows: Vec<_> = list
                .iter()
                .flat_map(|element| rows_of(&format!("{name}."), element.get(), depth - 1))
                .collect();
            if rows.len() > inner.len() {
                inner = rows;
            }
        } else if value.starts_with('{') {
            row.extend(
                rows_of(&format!("{name}."), value, depth - 1)
                    .into_iter()
                    .next()
                    .unwrap_or_default(),
            );
        } else {
            row.push((name, value));
        }
    }
    if inner.is_empty() {
        return vec![row];
    }
    inner.into_iter().map(|deeper| [row.clone(), deeper].concat()).collect()
}

fn wrapped(value: &str, depth: usize) -> &str {
    match members(value).as_deref() {
        Some([(name, inner)]) if depth > 0 && name.starts_with('$') => wrapped(inner.get(), depth - 1),
        _ => value,
    }
}
