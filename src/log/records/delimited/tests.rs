use super::*;
use crate::log::MAX_RECORD_BYTES;
use crate::log::records::cutter::Records;
use crate::log::records::layout::Separator;
use crate::log::records::lines::Lines;

fn read(text: &[u8], separator: Separator, chunk: usize) -> Vec<(u64, u64, Vec<String>)> {
    let mut records = Records::delimited("a", separator, true);
    let mut out = Vec::new();
    let mut sink = |piece: Piece<'_>| {
        let r = piece.unwrap();
        out.push((
            r.line,
            r.lines,
            r.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect(),
        ));
        Ok(())
    };
    for chunk in text.chunks(chunk) {
        records.push(chunk, &mut sink).unwrap();
    }
    records.finish(&mut sink).unwrap();
    out
}

#[test]
fn line_numbers_hold_for_every_line_end_and_chunk() {
    for end in ["\n", "\r\n"] {
        let text = format!("a,b{end}{end}\"c{end}d\",e{end}f,g");
        for chunk in 1..text.len() + 1 {
            let got = read(text.as_bytes(), Separator::Comma, chunk);
            let places: Vec<_> = got.iter().map(|r| (r.0, r.1)).collect();
            assert_eq!(places, [(1, 1), (3, 2), (5, 1)], "{end:?} {chunk}");
            assert_eq!(got[2].2, ["f", "g"]);
        }
    }
}

#[test]
fn lines_that_need_no_care_are_cut_as_all_others() {
    // A byte at a time no line is whole, so that csv-core cuts each of them.
    let mut state = 7u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let pieces: [&[u8]; 14] = [
        b"a",
        b" ",
        b",",
        b",",
        b"\"",
        b"\"",
        b"\"b c\"",
        b"\"b,c\",",
        b",\"\"",
        b"\"d\"\"e\"",
        b"\n",
        b"\r\n",
        b"\r",
        b"\"f\ng\"",
    ];
    let mut quoted = [0, 0];
    for _ in 0..20_000 {
        let text: Vec<u8> = (0..1 + next(24)).flat_map(|_| pieces[next(pieces.len())]).copied().collect();
        let slowly = read(&text, Separator::Comma, 1);
        for chunk in [2, 5, 16, text.len()] {
            assert_eq!(
                read(&text, Separator::Comma, chunk),
                slowly,
                "{:?} {chunk}",
                String::from_utf8_lossy(&text)
            );
        }
        let mut records = CoreRecords::new("a", b',', true);
        let mut sink = |piece: Piece<'_>| {
            if let Ok(record) = piece {
                quoted[0] += usize::from(record.quoted);
                quoted[1] += usize::from(record.gap == 0);
            }
            Ok(())
        };
        records.plain_lines(&text, &mut sink).unwrap();
    }
    assert!(
        quoted.iter().all(|&lines| lines > 1000),
        "only {quoted:?} quoted lines went the short way"
    );
}

#[test]
fn double_colons_and_spaces() {
    let got = read(b"1::A: B::c\n\n 2::::d:\n", Separator::DoubleColon, 3);
    assert_eq!(
        got,
        [
            (1, 1, vec!["1".into(), "A: B".into(), "c".into()]),
            (3, 1, vec!["2".into(), "".into(), "d:".into()])
        ]
    );
    assert_eq!(
        read(b" a  b\tc \r\n", Separator::Space, 2),
        [(1, 1, vec!["a".into(), "b".into(), "c".into()])]
    );
}

#[test]
fn an_open_quote_and_endless_lines_stop() {
    let mut records = Records::delimited("a.csv", Separator::Comma, true);
    let mut text = b"a,b\n1,\"x\n".to_vec();
    text.resize(MAX_RECORD_BYTES * 3, b'y');
    let error = records.push(&text, |_| Ok(())).unwrap_err();
    assert!(matches!(error, LogError::TooLong { line: 2, .. }), "{error}");

    let mut lines = Lines::new("a.txt", 100);
    lines.push(b"short\n", |_, _| Ok(())).unwrap();
    lines.push(&[b'x'; 80], |_, _| Ok(())).unwrap();
    assert!(matches!(
        lines.push(&[b'x'; 80], |_, _| Ok(())),
        Err(LogError::TooLong { line: 2, .. })
    ));

    let mut records = Records::delimited("a.csv", Separator::Comma, true);
    let error = records.push(&[b','; MAX_COLUMNS + 9], |_| Ok(())).unwrap_err();
    assert!(matches!(error, LogError::Limit { line: 1, .. }), "{error}");
}
