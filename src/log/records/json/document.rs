//! JSON documents in which no record stands together.
//!
//! In: text. Out: what kind of document it is, and its records as JSON Lines. Read are the orientations of pandas (`columns`, `index`, `split`,
//! `values`), an object of users with their items, and lists of objects inside records, which become lists beside each other.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A kind of nesting that has to be undone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Nested {
    /// One record a line, with a list of objects in it.
    Lines,
    /// A document.
    Document,
}

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

fn members(text: &str) -> Option<Vec<(String, &RawValue)>> {
    text.starts_with('{').then_some(())?;
    serde_json::from_str::<Members<'_>>(text).ok().map(|members| members.0)
}

fn list(text: &str) -> Option<Vec<&RawValue>> {
    text.starts_with('[').then_some(())?;
    serde_json::from_str(text).ok()
}

fn is_object_list(text: &str) -> bool {
    let mut inner = text.strip_prefix('[').map_or("", str::trim_start).chars();
    inner.next() == Some('{')
}

/// How a text is nested, by its beginning.
pub(crate) fn nested(head: &[u8], complete: bool) -> Option<Nested> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    }
    .trim();
    // Records of lines, each whole.
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?.trim();
    let several = lines.next().is_some();
    if first.starts_with('{')
        && let Some(record) = members(first)
    {
        let is_nested = record.iter().any(|(_, value)| is_object_list(value.get()));
        if is_nested && (several && record.len() > 1) {
            return Some(Nested::Lines);
        }
        if several {
            return None;
        }
    }
    if text.starts_with('[') {
        // A list of records, the first of which holds a list of objects that may be its interactions.
        let first = first_object(text.get(1..)?.trim_start())?;
        let many = members(first)?.iter().any(|(_, value)| interactions(value.get()));
        return many.then_some(Nested::Document);
    }
    text.starts_with('{').then_some(())?;
    document_shape(text, complete).then_some(Nested::Document)
}

/// Whether a list of objects can be a user's interactions: several of them, or with more than names of things.
fn interactions(text: &str) -> bool {
    is_object_list(text) && list(text).is_some_and(|list| list.len() >= 2)
}

/// The object that a text begins with.
fn first_object(text: &str) -> Option<&str> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let first: &RawValue = stream.next()?.ok()?;
    first.get().starts_with('{').then_some(first.get())
}

/// Whether an object that may be cut off is a document of one of the known kinds, by its first members.
fn document_shape(text: &str, complete: bool) -> bool {
    let first = first_members(text);
    let keys: Vec<&str> = first.iter().map(|(key, _)| key.as_str()).collect();
    let split = ["columns", "index", "data"].iter().filter(|key| keys.contains(key)).count();
    if split >= 2 && keys.len() <= 4 || (keys.first() == Some(&"columns") && !complete) {
        return true;
    }
    // The value that is under way where the text is cut off counts by how it begins.
    let values = || first.iter().map(|(_, value)| value.trim_start());
    if first.is_empty() {
        return false;
    }
    if values().all(|value| value.starts_with('{')) {
        // Columns or an index: objects whose members are alike. One object alone is a record in a wrapper.
        return first.len() >= 2 && (values().skip(1).any(|value| !value.is_empty()));
    }
    // Users with their lists: no member is anything else, and there are several or their names are no names of columns.
    let lists = values().all(|value| value.starts_with('['));
    let known = keys.iter().filter(|key| is_column_name(key)).count();
    lists && keys.len() >= 3 && known == 0
}

/// Names that a list of a document has, rather than a user.
fn is_column_name(key: &str) -> bool {
    const NAMES: &str = "data items item users user results records rows events interactions ratings logs values columns index history list \
                         timestamps times genres titles movies products response hits documents";
    NAMES.split(' ').any(|name| name.eq_ignore_ascii_case(key))
}

/// The first members of an object, their values as they are written; of the last one what there is.
fn first_members(text: &str) -> Vec<(String, &str)> {
    const MOST: usize = 8;
    let mut found = Vec::new();
    let mut rest = text.trim_start().strip_prefix('{').unwrap_or_default();
    while found.len() < MOST {
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let Some(Ok(key)) = stream.next() else { break };
        let after = rest[stream.byte_offset()..].trim_start();
        let Some(value) = after.strip_prefix(':').map(str::trim_start) else {
            break;
        };
        let mut stream = serde_json::Deserializer::from_str(value).into_iter::<&RawValue>();
        match stream.next() {
            Some(Ok(_)) => {
                let end = stream.byte_offset();
                found.push((key, &value[..end]));
                rest = &value[end..];
            }
            _ => {
                if !value.is_empty() {
                    found.push((key, value));
                }
                break;
            }
        }
    }
    found
}

/// Adds a line's record to `out` with its lists of objects as lists beside each other; a line that is no such record as it is.
pub(crate) fn unnest(line: &[u8], out: &mut Vec<u8>) {
    let (body, end) = match line.strip_suffix(b"\n") {
        Some(body) => (body, &b"\n"[..]),
        None => (line, &b""[..]),
    };
    let flat = std::str::from_utf8(body).ok().and_then(|text| members(text.trim()));
    match flat {
        Some(record) => object(&record, out),
        None => out.extend_from_slice(body),
    }
    out.extend_from_slice(end);
}

fn key(name: &str, out: &mut Vec<u8>) {
    // A text can always be written as JSON.
    out.extend_from_slice(serde_json::to_string(name).unwrap_or_default().as_bytes());
    out.push(b':');
}

fn object(record: &[(String, &RawValue)], out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    let mut next = |out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
    };
    for (name, value) in record {
        match list(value.get()).filter(|_| is_object_list(value.get())) {
            None => {
                next(out);
                key(name, out);
                out.extend_from_slice(value.get().as_bytes());
            }
            Some(elements) => {
                for (inner, values) in beside(&elements) {
                    next(out);
                    key(&format!("{name}.{inner}"), out);
                    out.push(b'[');
                    out.extend_from_slice(values.join(",").as_bytes());
                    out.push(b']');
                }
            }
        }
    }
    out.push(b'}');
}

/// The members of a list of objects as lists of the same length; what an object does not have is null.
fn beside<'a>(elements: &[&'a RawValue]) -> Vec<(String, Vec<&'a str>)> {
    let mut columns: Vec<(String, Vec<&'a str>)> = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        for (name, value) in members(element.get()).unwrap_or_default() {
            // What an object wraps with its type, as MongoDB does, is its value.
            let value = wrapped(value.get());
            let column = match columns.iter().position(|(known, _)| *known == name) {
                Some(column) => column,
                None => {
                    columns.push((name, vec!["null"; at]));
                    columns.len() - 1
                }
            };
            columns[column].1.push(value);
        }
        columns.iter_mut().for_each(|(_, values)| values.resize(at + 1, "null"));
    }
    columns
}

fn wrapped(value: &str) -> &str {
    match members(value).as_deref() {
        Some([(name, inner)]) if name.starts_with('$') => wrapped(inner.get()),
        _ => value,
    }
}

/// Adds the records of a document to `out`, one a line.
pub(crate) fn records(text: &[u8], out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let text = String::from_utf8_lossy(text);
    let text = text.trim();
    if text.starts_with('[') {
        for record in serde_json::from_str::<Vec<&RawValue>>(text)? {
            unnest(record.get().as_bytes(), out);
            out.push(b'\n');
        }
        return Ok(());
    }
    let document = serde_json::from_str::<Members<'_>>(text)?.0;
    let find = |name: &str| document.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
    if let (Some(columns), Some(data)) = (find("columns").and_then(list), find("data").and_then(list)) {
        split(&columns, &data, out);
        return Ok(());
    }
    let objects: Option<Vec<_>> = document
        .iter()
        .map(|(name, value)| Some((name, members(value.get())?)))
        .collect();
    match objects {
        Some(objects) => tables(&objects, out),
        None => users(&document, out),
    }
    Ok(())
}

fn split(columns: &[&RawValue], data: &[&RawValue], out: &mut Vec<u8>) {
    for row in data {
        out.push(b'{');
        let values = list(row.get()).unwrap_or_default();
        for (at, (name, value)) in columns.iter().zip(values).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            // A name that is a number is one all the same.
            let name: String = serde_json::from_str(name.get()).unwrap_or_else(|_| name.get().to_owned());
            key(&name, out);
            out.extend_from_slice(value.get().as_bytes());
        }
        out.extend_from_slice(b"}\n");
    }
}

/// Objects of objects: columns with their rows, or rows with their columns. Columns have names that say something, rows have numbers.
fn tables(objects: &[(&String, Vec<(String, &RawValue)>)], out: &mut Vec<u8>) {
    let numbered = |name: &str| name.parse::<u64>().is_ok();
    let by_columns = objects
        .iter()
        .all(|(name, rows)| !numbered(name) && rows.iter().all(|(row, _)| numbered(row)));
    if by_columns {
        let mut places = vec![0; objects.len()];
        for (at, (row, _)) in objects
            .first()
            .map_or(&[][..], |(_, rows)| rows.as_slice())
            .iter()
            .enumerate()
        {
            out.push(b'{');
            for (column, (name, rows)) in objects.iter().enumerate() {
                if column > 0 {
                    out.push(b',');
                }
                key(name, out);
                // The rows of all columns mostly come in one order.
                let usual = rows.get(at).filter(|(other, _)| other == row);
                let found = usual.or_else(|| {
                    rows.iter()
                        .cycle()
                        .skip(places[column])
                        .take(rows.len())
                        .find(|(other, _)| other == row)
                });
                places[column] = at;
                out.extend_from_slice(found.map_or("null", |(_, value)| value.get()).as_bytes());
            }
            out.extend_from_slice(b"}\n");
        }
        return;
    }
    for (name, row) in objects {
        out.push(b'{');
        if !numbered(name) {
            key("user", out);
            out.extend_from_slice(serde_json::to_string(name).unwrap_or_default().as_bytes());
            out.push(b',');
        }
        let mut inner = Vec::new();
        object(row, &mut inner);
        out.extend_from_slice(inner.get(1..).unwrap_or_default());
        out.push(b'\n');
    }
}

/// Users with their items: a list of identifiers, of objects, or of lists each.
fn users(document: &[(String, &RawValue)], out: &mut Vec<u8>) {
    for (name, value) in document {
        out.extend_from_slice(b"{\"user\":");
        out.extend_from_slice(serde_json::to_string(name).unwrap_or_default().as_bytes());
        let value = value.get();
        if is_object_list(value) {
            for (inner, values) in beside(&list(value).unwrap_or_default()) {
                out.push(b',');
                key(&inner, out);
                out.push(b'[');
                out.extend_from_slice(values.join(",").as_bytes());
                out.push(b']');
            }
        } else {
            out.extend_from_slice(b",\"item\":");
            out.extend_from_slice(value.as_bytes());
        }
        out.extend_from_slice(b"}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        assert_eq!(nested(text.as_bytes(), true), Some(Nested::Document), "{text}");
        let mut out = Vec::new();
        records(text.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn orientations_of_pandas() {
        let rows = "{\"user\":\"a\",\"item\":1}\n{\"user\":\"b\",\"item\":2}\n";
        for text in [
            r#"{"user":{"0":"a","1":"b"},"item":{"0":1,"1":2}}"#,
            r#"{"columns":["user","item"],"index":[0,1],"data":[["a",1],["b",2]]}"#,
            r#"{"0":{"user":"a","item":1},"1":{"user":"b","item":2}}"#,
            r#"{"user":{"0":"a","1":"b"},"item":{"1":2,"0":1}}"#,
        ] {
            assert_eq!(rewritten(text), rows, "{text}");
        }
    }

    #[test]
    fn an_object_of_users() {
        assert_eq!(
            rewritten(r#"{"u1":["a","b"],"u2":["c"],"u3":["a"]}"#),
            "{\"user\":\"u1\",\"item\":[\"a\",\"b\"]}\n{\"user\":\"u2\",\"item\":[\"c\"]}\n{\"user\":\"u3\",\"item\":[\"a\"]}\n"
        );
        assert_eq!(
            rewritten(r#"{"u1":[{"id":1,"t":5},{"id":2}],"u2":[{"id":1,"t":6}],"u3":[{"id":3,"t":7}]}"#),
            "{\"user\":\"u1\",\"id\":[1,2],\"t\":[5,null]}\n{\"user\":\"u2\",\"id\":[1],\"t\":[6]}\n{\"user\":\"u3\",\"id\":[3],\"t\":[7]}\n"
        );
    }

    #[test]
    fn lists_of_objects_in_a_line() {
        let line = r#"{"session":1,"events":[{"aid":5,"ts":7},{"aid":6,"ts":8}]}"#;
        assert_eq!(nested(format!("{line}\n{line}\n").as_bytes(), true), Some(Nested::Lines));
        let mut out = Vec::new();
        unnest(format!("{line}\n").as_bytes(), &mut out);
        assert_eq!(out, b"{\"session\":1,\"events.aid\":[5,6],\"events.ts\":[7,8]}\n");
    }

    #[test]
    fn what_is_read_without_this() {
        for text in [
            "{\"user\":\"a\",\"item\":1}\n{\"user\":\"b\",\"item\":2}\n",
            r#"{"data":[{"user":"a","item":1}]}"#,
            r#"[{"user":"a","item":1}]"#,
            r#"{"user":"a","items":[1,2]}"#,
            r#"[["a",1],["b",2]]"#,
        ] {
            assert_eq!(nested(text.as_bytes(), true), None, "{text}");
        }
    }
}
