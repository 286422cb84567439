//! A log that was converted is read back to the same sequences, whatever it holds and however it is written.

use std::io::Cursor;

use contrastvae::log::{CleanedFormat, Filter, NamedSource, Opening, RawLog, ReadOptions, Repeats, assemble, cleaned, read};
use proptest::prelude::*;

fn raw(text: &[u8], options: &ReadOptions) -> RawLog {
    let source = NamedSource {
        name: "log.csv".to_owned(),
        source: Box::new(Cursor::new(text.to_vec())),
    };
    let mut opening = Opening::new(vec![source], options).unwrap();
    while opening.step().unwrap() {}
    opening.finish().unwrap().0
}

/// Identifiers as logs have them, and some that must be quoted.
fn identifier(of: &'static str) -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec!["", " b", ", c", " \"d\"", "é", "/e", ".0", "-7", "; f", "\\g", "'h"]);
    let mark = prop::sample::select(vec!["", "", "", "\""]);
    (mark, 0..9u8, odd).prop_map(move |(mark, number, odd)| format!("{mark}{of}{number}{odd}"))
}

type Row = (String, String, u8, i64);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (identifier("u"), identifier("i"), 1..=5u8, 0..4_000i64);
    // Whole seconds over eleven years.
    prop::collection::vec(row, 8..60).prop_map(|rows| {
        let at = |(user, item, rating, day): Row| (user, item, rating, 1_365_000_000 + day * 86_399);
        let mut rows: Vec<Row> = rows.into_iter().map(at).collect();
        // Somebody with enough interactions to learn from.
        let first = rows[0].0.clone();
        rows.iter_mut().take(6).for_each(|row| row.0.clone_from(&first));
        rows
    })
}

fn csv(rows: &[Row]) -> Vec<u8> {
    let field = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |(user, item, rating, time): &Row| format!("{},{},{rating},{time}\n", field(user), field(item));
    ("user_id,item_id,rating,timestamp\n".to_owned() + &rows.iter().map(line).collect::<String>()).into_bytes()
}

/// Whether one user a line can be told from a table: other separators would be tried first.
fn is_plain(id: &str) -> bool {
    !id.contains([',', ';', '|', ':', '"', '\''])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_converted_log_is_read_back_to_the_same(
        rows in rows(),
        least in 0..4u8,
        repeats in prop::sample::select(vec![Repeats::Keep, Repeats::First, Repeats::Last]),
    ) {
        let all = ReadOptions::with_k_core(1);
        let filter = Filter { min_rating: Some(f64::from(least)), repeats, ..all.filter.clone() };
        let options = ReadOptions { filter, ..all.clone() };
        let log = raw(&csv(&rows), &options);
        let Ok(wanted) = assemble(&log, None, &options) else { return Ok(()) };
        let converted = cleaned(&log, &options).unwrap();
        let sequences = |data: &contrastvae::log::Dataset| -> Vec<(String, Vec<String>)> {
            let ids = |items: &Vec<u32>| items.iter().map(|&item| data.items[item as usize].id.clone()).collect();
            data.users.iter().cloned().zip(data.sequences.iter().map(ids)).collect()
        };
        for format in [CleanedFormat::Jsonl, CleanedFormat::Csv, CleanedFormat::Tsv, CleanedFormat::Inter, CleanedFormat::Sequences] {
            if converted.check(format).is_err() {
                continue;
            }
            let plain = rows.iter().all(|(user, item, ..)| is_plain(user) && is_plain(item));
            if format == CleanedFormat::Sequences && !plain {
                continue;
            }
            let mut text = Vec::new();
            converted.write(format, &mut text).unwrap();
            let again = read(("again", &text), None, &all);
            let again = again.map_err(|error| TestCaseError::fail(format!("{format:?}: {error}\n{}", String::from_utf8_lossy(&text))))?;
            prop_assert_eq!(sequences(&again), sequences(&wanted), "{:?}\n{}", format, String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn users_may_have_other_names() {
    let text = b"user,item,time\nada,a,3\nbo,b,1\nada,c,2\ncy,a,1\nbo,a,2\n";
    let mut options = ReadOptions::with_k_core(1);
    options.filter.min_user = 2;
    let log = raw(text, &options);
    let converted = cleaned(&log, &options).unwrap();
    assert_eq!(converted.users(), ["ada", "bo"]);
    let names = ["u1", "u2"].map(str::to_owned);
    let mut text = Vec::new();
    let named = converted.with_names(&names);
    named.write(CleanedFormat::Sequences, &mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "u1 c a\nu2 b a\n");
}
