//! JSON documents in which no record stands together.
//!
//! In: text. Out: what kind of document it is, and its records as JSON Lines. Read are the orientations of pandas (`columns`, `index`, `split`,
//! `values`, `list`), an object of users with their items, records some objects deep, and lists inside records (`nesting.rs`).

use serde_json::value::RawValue;

use crate::log::records::json::nesting::{
    beside, fields, flat, holds_lists, is_list_of_rows, is_moment, list, list_of, members, row_list, text_of, unnest,
    write_object,
};

/// Records of the head that are looked at.
const RECORDS: usize = 8;
/// Objects around a list of records at most.
const DEPTH: usize = 4;

/// A kind of nesting that has to be undone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Nested {
    /// One record a line, with a list of objects in it.
    Lines,
    /// A document.
    Document,
}

/// How a text is nested, by its beginning.
pub(crate) fn nested(head: &[u8], complete: bool) -> Option<Nested> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    }
    .trim();
    // Records of lines, each whole.
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    let several = lines.next().is_some();
    if first.starts_with('{')
        && several
        && let Some(record) = members(first)
    {
        let mut records = text.lines().take(RECORDS).filter_map(|line| members(line.trim()));
        let is_nested = record.len() > 1 && records.any(|record| holds_lists(&record));
        return is_nested.then_some(Nested::Lines);
    }
    if text.starts_with('[') {
        return records_hold_lists(text.get(1..)?).then_some(Nested::Document);
    }
    text.starts_with('{').then_some(())?;
    (is_alone(text) && document_shape(text, complete)).then_some(Nested::Document)
}

/// Whether one of the first records of a list holds a list of rows.
fn records_hold_lists(mut text: &str) -> bool {
    for _ in 0..RECORDS {
        text = text.trim_start().trim_start_matches(',').trim_start();
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
        let Some(Ok(record)) = stream.next() else { break };
        if members(record.get()).is_some_and(|record| holds_lists(&record)) {
            return true;
        }
        text = &text[stream.byte_offset()..];
    }
    false
}

/// Whether nothing follows the value that a text begins with.
fn is_alone(text: &str) -> bool {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    match stream.next() {
        Some(Ok(_)) => text[stream.byte_offset()..].trim().is_empty(),
        _ => true,
    }
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
        return first.len() >= 2 && (values().skip(1).any(|value| !value.is_empty())) || deep_list(text).is_some();
    }
    let lists = values().all(|value| value.starts_with('['));
    if lists && !values().any(is_list_of_rows) && (sounding(&keys) >= 2 || (keys.len() == 1 && sounding(&keys) == 1 && !complete))
    {
        return true;
    }
    // Users with their lists: no member is anything else, and there are several or their names are no names of columns.
    let known = keys.iter().filter(|key| is_column_name(key)).count();
    if lists && keys.len() >= 3 && known == 0 {
        return true;
    }
    // A list of records among other members is read as it comes, unless it lies deep or its records hold lists.
    deep_list(text).is_some_and(|(depth, inside)| depth > 1 || records_hold_lists(inside))
}

/// How many of these names are those of columns, each word counted once, since users may be called `user_1`, `user_2`.
fn sounding(keys: &[&str]) -> usize {
    const WORDS: &str = "user customer member visitor session person client item product movie article book song track sku title event action time date \
                         timestamp ts rating score price 使用者 會員 用户 顧客 商品 品項 時間 日期 時刻";
    let mut words: Vec<String> = Vec::new();
    for key in keys {
        let plain: String = key.to_lowercase().chars().filter(|sign| !sign.is_numeric()).collect();
        let plain = plain.trim_end_matches(['_', '-', ' ', '.']).to_owned();
        let is_id = plain == "id" || plain.ends_with("_id") || key.ends_with("Id") || key.ends_with("ID");
        let is_word = |part: &str| WORDS.split_whitespace().any(|word| part == word);
        if (is_id || plain.split(['_', ' ', '-']).any(is_word)) && !words.contains(&plain) {
            words.push(plain);
        }
    }
    words.len()
}

/// The first list of records that only objects are around: how deep it lies, and what is inside. The text may be cut off.
fn deep_list(text: &str) -> Option<(usize, &str)> {
    let bytes = text.as_bytes();
    let (mut depth, mut lists, mut at) = (0usize, 0usize, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while *bytes.get(at)? != b'"' {
                    at += if bytes.get(at) == Some(&b'\\') { 2 } else { 1 };
                }
            }
            b'[' if lists == 0 && is_list_of_rows(&text[at..]) => return Some((depth, &text[at + 1..])),
            b'[' => lists += 1,
            b']' => lists = lists.checked_sub(1)?,
            b'{' => depth += 1,
            b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
    None
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

/// Adds the records of a document to `out`, one a line.
pub(crate) fn records(text: &[u8], out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let text = String::from_utf8_lossy(text);
    let text = text.trim();
    if text.starts_with('[') {
        rows(&serde_json::from_str::<Vec<&RawValue>>(text)?, out);
        return Ok(());
    }
    let document = fields(text)?;
    let find = |name: &str| document.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
    if let (Some(columns), Some(data)) = (find("columns").and_then(list), find("data").and_then(list)) {
        split(&columns, &data, out);
        return Ok(());
    }
    let objects: Option<Vec<_>> = document
        .iter()
        .map(|(name, value)| Some((name, members(value.get())?)))
        .collect();
    if let Some(objects) = objects {
        // A wrapper holds the records in one of its members; where most hold lists, each is a user.
        let holding = objects.iter().filter(|(_, inner)| holds_lists(inner)).count();
        match row_list(text, DEPTH).filter(|_| holding > 0 && (holding * 2 < objects.len() || holding == 1)) {
            Some(list) => rows(&list, out),
            None => tables(&objects, out),
        }
        return Ok(());
    }
    let keys: Vec<&str> = document.iter().map(|(key, _)| key.as_str()).collect();
    let lists: Option<Vec<_>> = document.iter().map(|(_, value)| list(value.get())).collect();
    match lists {
        Some(lists) if sounding(&keys) >= 2 && lists.iter().all(|list| list.len() == lists[0].len()) => {
            columns(&keys, &lists, out)
        }
        Some(_) if keys.len() >= 3 && !keys.iter().any(|key| is_column_name(key)) => users(&document, out),
        _ => match row_list(text, DEPTH) {
            Some(list) => rows(&list, out),
            None => users(&document, out),
        },
    }
    Ok(())
}

/// Records of a list, one a line.
fn rows(records: &[&RawValue], out: &mut Vec<u8>) {
    for record in records {
        unnest(record.get().as_bytes(), out);
        out.push(b'\n');
    }
}

/// A record of these members, on a line.
fn line<N: AsRef<str>, V: AsRef<str>>(members: impl IntoIterator<Item = (N, V)>, out: &mut Vec<u8>) {
    write_object(members, out);
    out.push(b'\n');
}

/// Columns as lists of the same length.
fn columns<'a>(keys: &[&str], lists: &[Vec<&'a RawValue>], out: &mut Vec<u8>) {
    for row in 0..lists.first().map_or(0, Vec::len) {
        let value = |list: &Vec<&'a RawValue>| list.get(row).map_or("null", |value| value.get());
        line(keys.iter().zip(lists).map(|(name, list)| (name, value(list))), out);
    }
}

fn split(columns: &[&RawValue], data: &[&RawValue], out: &mut Vec<u8>) {
    // A name that is a number is one all the same.
    let name = |name: &RawValue| serde_json::from_str::<String>(name.get()).unwrap_or_else(|_| name.get().to_owned());
    let names: Vec<String> = columns.iter().map(|column| name(column)).collect();
    for row in data {
        let values = list(row.get()).unwrap_or_default();
        line(names.iter().zip(values).map(|(name, value)| (name, value.get())), out);
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
            let cells = objects.iter().zip(&mut places).map(|((name, rows), place)| {
                // The rows of all columns mostly come in one order.
                let usual = rows.get(at).filter(|(other, _)| other == row);
                let found = usual.or_else(|| {
                    let mut from = rows.iter().cycle().skip(*place).take(rows.len());
                    from.find(|(other, _)| other == row)
                });
                *place = at;
                (name, found.map_or("null", |(_, value)| value.get()))
            });
            line(cells, out);
        }
        return;
    }
    if is_map(objects) {
        for (name, map) in objects {
            let items: Vec<String> = map.iter().map(|(item, _)| text_of(item)).collect();
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            let values: Vec<&str> = map.iter().map(|(_, value)| value.get()).collect();
            let what = if values.iter().all(|value| is_moment(value)) {
                "timestamp"
            } else {
                "rating"
            };
            line(
                [("user", text_of(name)), ("item", list_of(&items)), (what, list_of(&values))],
                out,
            );
        }
        return;
    }
    for (name, row) in objects {
        let user = (!numbered(name)).then(|| ("user".to_owned(), text_of(name)));
        line(user.into_iter().chain(flat(row)), out);
    }
}

/// Whether objects of objects are users with their items: scalars under names that no two users need have in common.
fn is_map(objects: &[(&String, Vec<(String, &RawValue)>)]) -> bool {
    let scalars = |(_, value): &(String, &RawValue)| !value.get().starts_with(['{', '[']);
    let [(_, first), others @ ..] = objects else { return false };
    let common = |name: &String| others.iter().all(|(_, inner)| inner.iter().any(|(other, _)| other == name));
    !others.is_empty()
        && objects.iter().all(|(_, inner)| inner.iter().all(scalars))
        && !first.iter().any(|(name, _)| common(name))
}

/// Users with their items: a list of identifiers, of objects, or of lists each.
fn users(document: &[(String, &RawValue)], out: &mut Vec<u8>) {
    for (name, value) in document {
        let mut parts = vec![("user".to_owned(), text_of(name))];
        match is_list_of_rows(value.get()) {
            true => parts.extend(
                beside(&list(value.get()).unwrap_or_default())
                    .into_iter()
                    .map(|(inner, values)| (inner, list_of(&values))),
            ),
            false => parts.push(("item".to_owned(), value.get().to_owned())),
        }
        line(parts, out);
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
    fn columns_as_lists_and_users_with_pairs_or_maps() {
        assert_eq!(
            rewritten(r#"{"user_id":["a","b"],"item":[1,2]}"#),
            "{\"user_id\":\"a\",\"item\":1}\n{\"user_id\":\"b\",\"item\":2}\n"
        );
        assert_eq!(
            rewritten(r#"{"user_1":["a","b"],"user_2":["c","d"],"user_3":["e","f"]}"#)
                .lines()
                .next(),
            Some("{\"user\":\"user_1\",\"item\":[\"a\",\"b\"]}")
        );
        assert_eq!(
            rewritten(r#"{"u1":[["a",1677678960],["b",1677678961]],"u2":[["c",1677678962]],"u3":[]}"#)
                .lines()
                .next(),
            Some("{\"user\":\"u1\",\"item\":[\"a\",\"b\"],\"timestamp\":[1677678960,1677678961]}")
        );
        assert_eq!(
            rewritten(r#"{"u1":{"a":5,"b":1},"u2":{"c":2}}"#),
            "{\"user\":\"u1\",\"item\":[\"a\",\"b\"],\"rating\":[5,1]}\n{\"user\":\"u2\",\"item\":[\"c\"],\"rating\":[2]}\n"
        );
    }

    #[test]
    fn records_some_objects_deep() {
        let record = "{\"user\":\"a\",\"item\":1}\n";
        assert_eq!(
            rewritten(r#"{"meta":{"fields":["a"]},"data":{"rows":[{"user":"a","item":1}]}}"#),
            record
        );
        assert_eq!(rewritten(r#"{"took":3,"hits":{"hits":[{"user":"a","item":1}]}}"#), record);
        assert_eq!(
            rewritten(r#"{"orders":[{"customer":{"id":7},"order":{"lines":[{"sku":"a"},{"sku":"b"}]}}]}"#),
            "{\"customer\":{\"id\":7},\"order.lines.sku\":[\"a\",\"b\"]}\n"
        );
        assert_eq!(
            rewritten(r#"[{"user":"a","orders":[{"at":5,"lines":[{"sku":1},{"sku":2}]},{"at":6,"lines":[{"sku":3}]}]}]"#),
            "{\"user\":\"a\",\"orders.at\":[5,5,6],\"orders.lines.sku\":[1,2,3]}\n"
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
    fn thousands_of_objects_inside_each_other_are_no_trouble() {
        for (open, close) in [("{\"a\":", "}"), ("{\"$a\":", "}"), ("[{\"a\":", "}]"), ("[[", "]]")] {
            let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
            for text in [
                format!("[{{\"user\":1,\"events\":{deep}}},{{\"user\":2,\"events\":{deep}}}]"),
                format!("{{\"user\":1,\"events\":[{{\"b\":{deep}}}]}}\n{{\"user\":2,\"events\":[{{\"b\":{deep}}}]}}\n"),
                deep,
            ] {
                nested(text.as_bytes(), true);
                let _ = records(text.as_bytes(), &mut Vec::new());
                text.lines().for_each(|line| unnest(line.as_bytes(), &mut Vec::new()));
            }
        }
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
