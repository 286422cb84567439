//! Parts of text as one stream, and what does not belong to them.

use std::io::Cursor;

use super::*;
use crate::log::{Opening, ReadOptions};

fn named(parts: &[(&str, &[u8])]) -> Vec<NamedSource> {
    let source = |(name, bytes): &(&str, &[u8])| NamedSource {
        name: (*name).to_owned(),
        source: Box::new(Cursor::new(bytes.to_vec())),
    };
    parts.iter().map(source).collect()
}

fn text_of(parts: &[&[u8]]) -> String {
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|bytes| ("part", *bytes)).collect();
    let Content::Text(mut text) = open_parts("log", named(&parts), &Position::default()).unwrap().log.content else {
        panic!("no text");
    };
    let mut all = String::new();
    text.read_to_string(&mut all).unwrap();
    all
}

#[test]
fn the_header_stands_once_and_every_line_has_an_end() {
    assert_eq!(
        text_of(&[b"user,item\na,1\n", b"user,item\nb,2", b"", b"user,item\n", b"c,3\n"]),
        "user,item\na,1\nb,2\nc,3\n"
    );
    assert_eq!(
        text_of(&[b"\xEF\xBB\xBFuser,item\r\na,1\r\n", b"\xEF\xBB\xBFuser,item\r\nb,2\r\n"]),
        "user,item\r\na,1\r\nb,2\r\n"
    );
    // Lines of data that are the same in two parts are two interactions.
    assert_eq!(text_of(&[b"1,1\n", b"1,1\n"]), "1,1\n1,1\n");
    assert_eq!(
        text_of(&[b"{\"user\":1}\n", b"{\"user\":1}\n"]),
        "{\"user\":1}\n{\"user\":1}\n"
    );
}

#[test]
fn parts_are_read_as_the_whole_is() {
    let lines: Vec<String> = (0..40)
        .map(|at| format!("u{},i{},{}\n", at % 7, at % 5, 1_700_000_000 + at))
        .collect();
    let header = "user,item,time\n";
    let part = |range: std::ops::Range<usize>| header.to_owned() + &lines[range].concat();
    let read = |parts: &[&str]| {
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|text| ("part.csv", text.as_bytes())).collect();
        let opening = Opening::of_parts("log", named(&parts), None, &ReadOptions::default()).unwrap();
        let (log, _) = opening.finish().unwrap();
        crate::log::assemble(&log, None, &ReadOptions::with_k_core(1)).unwrap()
    };
    let whole = read(&[&part(0..40)]);
    let parts = read(&[&part(0..13), header, &part(13..14), &part(14..40)]);
    assert_eq!((&whole.users, &whole.sequences), (&parts.users, &parts.sequences));
    assert_eq!(whole.summary.skipped, parts.summary.skipped);
}

#[test]
fn what_is_no_part_is_told_with_its_name() {
    let told = |parts: &[(&str, &[u8])]| {
        let opening = Opening::of_parts("log", named(parts), None, &ReadOptions::default());
        opening.and_then(Opening::finish).map(|_| ()).unwrap_err().to_string()
    };
    let csv: &[u8] = b"user,item\na,1\nb,2\n";
    assert!(told(&[("a.csv", csv), ("b.zip", b"PK\x03\x04rest")]).starts_with("b.zip is an archive"));
    assert!(told(&[("a.csv", csv), ("b.parquet", b"PAR1rest of it")]).starts_with("b.parquet"));
    assert!(told(&[("a.csv", csv), ("b.json", b"[{}]")]).starts_with("b.json is a part that is a whole JSON document"));
    assert!(told(&[("a.csv", b""), ("b.csv", b"")]).starts_with("log"));
}
