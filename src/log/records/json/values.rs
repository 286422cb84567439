//! Takes a value of JSON apart, as slices of its text, so that a number is handed over as it is written, however long.
//!
//! In: the text of one object or list. Out: [`row`] visits its members by their paths (`a.b.c`), or its elements by their
//! numbers; [`elements_of`] cuts a list; and [`write_field`] writes what a member says as a field of a table. The work is
//! serde_json's, without a tree in memory.

use std::fmt::{self, Write};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Most names in the path of a column: `a.b.c.d`. What lies deeper is left empty.
const MAX_PATH: usize = 4;

/// Told of each member: its path, its value as it is written, and whether that is an object whose members may be visited, for
/// which it answers whether they are.
pub(crate) type Visit<'v, 'a> = dyn FnMut(&str, &'a str, bool) -> bool + 'v;

/// Visits the members of an object, or the elements of a list under their numbers from 1.
pub(crate) fn row<'a>(text: &'a str, path: &mut String, visit: &mut Visit<'_, 'a>) -> Result<(), serde_json::Error> {
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
        match is_wrapper(name) && self.0.ends_with('.') {
            true => drop(self.0.pop()),
            false => self.0.push_str(name),
        }
        Ok(())
    }
}

/// Whether a name says how its value is written rather than what it is: MongoDB's types (`{"$oid": "…"}`, `{"$date": {"$numberLong": "…"}}`), and
/// the seconds of a moment (`{"_seconds": 1693117666, "_nanoseconds": 0}`).
fn is_wrapper(name: &str) -> bool {
    name.starts_with('$') || matches!(name, "_seconds" | "seconds" | "epochSecond")
}

/// Whether an object wraps a value, by its first member.
pub(crate) fn wraps(raw: &str) -> bool {
    let name = raw[1..].trim_start().strip_prefix('"').unwrap_or_default();
    is_wrapper(name.split('"').next().unwrap_or_default()) || name.starts_with('$')
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

/// Whether a value is neither an object nor a list.
pub(crate) fn is_scalar(raw: &str) -> bool {
    !raw.starts_with(['{', '['])
}

/// The elements of a list, as they are written; `None` where it is none.
pub(crate) fn elements_of(raw: &str) -> Option<Vec<&str>> {
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

/// Writes what a column's value says; nothing for an object.
pub(crate) fn write_field(raw: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
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

/// Writes a text without its quotation marks, and a number or a truth value as it is written.
pub(crate) fn write_scalar(raw: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    match raw.strip_prefix('"') {
        Some(_) if raw.contains('\\') => out.extend_from_slice(serde_json::from_str::<String>(raw)?.as_bytes()),
        Some(rest) => out.extend_from_slice(rest.strip_suffix('"').unwrap_or(rest).as_bytes()),
        None if raw != "null" && is_scalar(raw) => out.extend_from_slice(raw.as_bytes()),
        None => {}
    }
    Ok(())
}

/// An error's text without its place.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
