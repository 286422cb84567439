use proptest::prelude::*;

use super::*;
use crate::log::MAX_RECORD_BYTES;
use crate::log::records::json::frame::{NOT_CLOSED, PYTHON};

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
