//! Properties of the way from a file to a data set: whatever log is written, in whatever layout, comes back when it is read, and
//! filters and splits keep what they promise.

use std::cmp::Ordering;
use std::io::Cursor;

use contrastvae::log::{
    Dataset, Filter, Layout, LogError, Mapping, NamedSource, Opening, ReadOptions, Reader, Repeats, Role, Separator, Split,
    SplitRule, assemble, read,
};
use proptest::prelude::*;

use crate::{checks, packing};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        // Optimised, many times more fit into the same time.
        cases: if cfg!(debug_assertions) { cases / 8 } else { cases },
        // A failure prints what it needs to become a case of its own.
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    }
}

/// An interaction: user, item, rating, time.
type Row = (String, String, u8, i64);

/// The sequences that a person would expect: users in order of first appearance, each with items by time, ties as written or, where the rows
/// stand newest first, the other way round.
fn expected<'a>(rows: impl IntoIterator<Item = &'a Row>, by_time: bool) -> Vec<(String, Vec<String>)> {
    let mut users: Vec<(String, Vec<(i64, String)>)> = Vec::new();
    for (user, item, _, time) in rows {
        let at = users.iter().position(|(known, _)| known == user).unwrap_or_else(|| {
            users.push((user.clone(), Vec::new()));
            users.len() - 1
        });
        users[at].1.push((if by_time { *time } else { 0 }, item.clone()));
    }
    let steps = || {
        users
            .iter()
            .flat_map(|(_, items)| items.windows(2).map(|pair| pair[0].0.cmp(&pair[1].0)))
    };
    let count = |wanted| steps().filter(|step| *step == wanted).count();
    let (forth, back) = (count(Ordering::Less), count(Ordering::Greater));
    let newest_first = back >= 5 && back >= forth * 20;
    let sorted = users.into_iter().map(|(user, mut items)| {
        if newest_first {
            items.reverse();
        }
        items.sort_by_key(|(time, _)| *time);
        (user, items.into_iter().map(|(_, item)| item).collect())
    });
    sorted.collect()
}

fn sequences(data: &Dataset) -> Vec<(String, Vec<String>)> {
    let ids = |items: &Vec<u32>| items.iter().map(|&item| data.items[item as usize].id.clone()).collect();
    data.users.iter().cloned().zip(data.sequences.iter().map(ids)).collect()
}

/// Sorted by user: after a filter another one may appear first.
fn by_user(mut sequences: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    sequences.sort();
    sequences
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Writing {
    /// With quotation marks where they are needed, and elsewhere now and then.
    Quoted(Separator),
    /// Fields that hold no separator.
    Plain(Separator),
    JsonLines,
    JsonArray,
    Sequences,
}

const WRITINGS: [Writing; 8] = [
    Writing::Quoted(Separator::Comma),
    Writing::Quoted(Separator::Semicolon),
    Writing::Plain(Separator::Tab),
    Writing::Plain(Separator::Pipe),
    Writing::Plain(Separator::DoubleColon),
    Writing::JsonLines,
    Writing::JsonArray,
    Writing::Sequences,
];

impl Writing {
    /// Whether an identifier can be told apart in this layout.
    fn can_hold(self, id: &str) -> bool {
        match self {
            Writing::Quoted(_) | Writing::JsonLines | Writing::JsonArray => true,
            // What begins with a quotation mark may be enclosed by them.
            Writing::Plain(Separator::DoubleColon) => !id.contains("::") && !id.starts_with(':') && !id.ends_with(':'),
            Writing::Plain(separator) => !id.contains(text_of(separator)) && !id.starts_with('"'),
            // Other separators would be tried first, and brackets could open JSON.
            Writing::Sequences => !id.contains([' ', '\t', ',', ';', '|', ':']) && !id.starts_with(['{', '[']),
        }
    }
}

fn text_of(separator: Separator) -> char {
    match separator {
        Separator::Comma => ',',
        Separator::Tab => '\t',
        Separator::Semicolon => ';',
        Separator::Pipe => '|',
        Separator::DoubleColon | Separator::Space => ':',
    }
}

/// A log and how it is written.
#[derive(Clone, Debug)]
struct Written {
    rows: Vec<Row>,
    writing: Writing,
    header: bool,
    mark: bool,
    line_end: &'static str,
    last_end: bool,
    always_quoted: bool,
    /// A text that no column of a log needs, long enough that the file goes beyond the head on which its format is decided.
    note: String,
    /// Whether a person says how the file is to be understood.
    told: bool,
}

impl Written {
    fn bytes(&self) -> Vec<u8> {
        let mut out = if self.mark { "\u{feff}".to_owned() } else { String::new() };
        let mut lines: Vec<String> = Vec::new();
        match self.writing {
            Writing::Quoted(separator) | Writing::Plain(separator) => {
                if self.header {
                    let names = ["user_id", "item_id", "timestamp", "note"].map(str::to_owned);
                    lines.push(self.line(separator, &names));
                }
                for (at, (user, item, _, time)) in self.rows.iter().enumerate() {
                    let note = if self.writing == Writing::Quoted(separator) {
                        format!("{at} {}", self.note)
                    } else {
                        format!("{at} {}", self.note.replace(['\n', '\r', '"', text_of(separator)], "-"))
                    };
                    lines.push(self.line(separator, &[user.clone(), item.clone(), time.to_string(), note]));
                }
            }
            Writing::JsonLines | Writing::JsonArray => {
                let comma = if self.writing == Writing::JsonArray { "," } else { "" };
                for (at, (user, item, _, time)) in self.rows.iter().enumerate() {
                    let row = serde_json::json!({"user_id": user, "item_id": item, "timestamp": time, "note": self.note});
                    let comma = if at + 1 < self.rows.len() { comma } else { "" };
                    lines.push(format!("{row}{comma}"));
                }
                if self.writing == Writing::JsonArray {
                    lines[0].insert(0, '[');
                    lines.last_mut().unwrap().push(']');
                }
            }
            Writing::Sequences => {
                for (user, items) in expected(&self.rows, false) {
                    lines.push(format!("{user} {}", items.join(" ")));
                }
            }
        }
        out += &lines.join(self.line_end);
        if self.last_end {
            out += self.line_end;
        }
        out.into_bytes()
    }

    fn line(&self, separator: Separator, fields: &[String]) -> String {
        let between = if separator == Separator::DoubleColon {
            "::".to_owned()
        } else {
            text_of(separator).to_string()
        };
        let quoted = |field: &String| {
            let needed = field.contains(['"', '\n', '\r', text_of(separator)]) || field.starts_with(' ') || self.always_quoted;
            if needed && matches!(self.writing, Writing::Quoted(_)) {
                format!("\"{}\"", field.replace('"', "\"\""))
            } else {
                field.clone()
            }
        };
        fields.iter().map(quoted).collect::<Vec<_>>().join(&between)
    }

    fn options(&self) -> ReadOptions {
        let separator = match self.writing {
            Writing::Quoted(separator) | Writing::Plain(separator) => Some(separator),
            _ => None,
        };
        let layout = match self.writing {
            Writing::Sequences => Layout::Sequences,
            Writing::JsonLines | Writing::JsonArray => Layout::Json,
            _ => Layout::Delimited,
        };
        ReadOptions {
            mapping: self.told.then(|| Mapping {
                layout,
                separator: separator.unwrap_or_default(),
                header: self.header,
                roles: separator.map_or(Vec::new(), |_| vec![Role::User, Role::Item, Role::Time, Role::Ignored]),
                time: None,
            }),
            ..ReadOptions::with_k_core(1)
        }
    }
}

/// Identifiers as nobody should choose them but some do.
fn identifier() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,4}",
        "0{0,3}[0-9]{1,22}",
        "[a-zA-Z0-9_-]{1,12}",
        // Separators, quotation marks, brackets and spaces inside; letters of other scripts.
        r#"[a-z0-9é中😀]([a-z,;|:"'\\{}\[\] \t\u{a0}é中😀%#<>/]{0,8}[a-z0-9é中😀"'\]}\\|,;])?"#,
        r#"["'(\[{<#%=+@-][a-z0-9]{1,4}["')\]}>]"#,
    ]
    .prop_filter("stands for a missing value", |id| {
        let id = id.to_lowercase();
        // As `src/log/text/missing.rs` has them, which is not public.
        let words = "na n/a nan null none nil \\n - -- <na> (null) #n/a undefined nat";
        !words.split(' ').any(|word| word == id)
    })
}

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let names = (
        prop::collection::vec(identifier(), 2..6),
        prop::collection::vec(identifier(), 3..12),
    );
    names.prop_flat_map(move |(users, items)| {
        let row = (0..users.len(), 0..items.len(), 1..=5u8, 0..12i64);
        let rows = prop::collection::vec(row, 6..most);
        rows.prop_map(move |rows| {
            let mut rows: Vec<Row> = rows
                .into_iter()
                .map(|(user, item, rating, day)| (users[user].clone(), items[item].clone(), rating, 1_365_000_000 + day * 86_399))
                .collect();
            // Somebody with enough interactions to learn from.
            for row in rows.iter_mut().take(3) {
                row.0 = users[0].clone();
            }
            rows
        })
    })
}

fn written() -> impl Strategy<Value = Written> {
    let flags = any::<[bool; 6]>();
    (rows(60), prop::sample::select(&WRITINGS[..]), flags, 0..3usize).prop_map(|(rows, writing, flags, note)| {
        let [header, mark, crlf, last_end, always_quoted, told] = flags;
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|(user, item, rating, time)| {
                let held = |id: String, other: &str| {
                    if writing.can_hold(&id) {
                        id
                    } else {
                        format!("{other}{}", id.len())
                    }
                };
                (held(user, "u"), held(item, "i"), rating, time)
            })
            .collect();
        let text = "Sehr \"gut\", or;so|on::and\tso\non 'x' {} [1] \\ é ";
        Written {
            rows,
            writing,
            // Without names nobody can know what such columns mean, unless a person says it.
            header: header || !told,
            mark,
            line_end: if crlf { "\r\n" } else { "\n" },
            last_end,
            always_quoted,
            note: text.repeat([0, 1, 60][note]),
            told,
        }
    })
}

fn in_chunks(name: &str, bytes: &[u8], sizes: &[usize], options: &ReadOptions) -> Result<Dataset, LogError> {
    let mut reader = Reader::new(name, options);
    let (mut rest, mut turn) = (bytes, 0);
    while !rest.is_empty() {
        let (now, later) = rest.split_at(sizes[turn % sizes.len()].min(rest.len()));
        reader.push(now)?;
        rest = later;
        turn += 1;
    }
    assemble(&reader.finish()?, None, options)
}

fn opened(name: &str, bytes: Vec<u8>, options: &ReadOptions) -> Result<Dataset, LogError> {
    let source = Box::new(Cursor::new(bytes));
    let mut opening = Opening::new(
        vec![NamedSource {
            name: name.to_owned(),
            source,
        }],
        options,
    )?;
    while opening.step()? {}
    assemble(&opening.finish()?.0, None, options)
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn what_is_written_comes_back(log in written(), sizes in prop::collection::vec(1..5000usize, 1..6)) {
        let (bytes, options) = (log.bytes(), log.options());
        let wanted = expected(&log.rows, log.writing != Writing::Sequences);
        let whole = read(("a", &bytes), None, &options);
        let whole = whole.map_err(|error| TestCaseError::fail(format!("{error}\n{}", String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]))))?;
        prop_assert_eq!(&sequences(&whole), &wanted, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]));
        prop_assert_eq!(whole.summary.skipped_count, 0);
        let parts = in_chunks("a", &bytes, &sizes, &options).unwrap();
        prop_assert_eq!(&parts.summary, &whole.summary);
        prop_assert_eq!(&sequences(&parts), &wanted);
        let gzip = opened("a", packing::gzip(&bytes), &options).unwrap();
        prop_assert_eq!(&sequences(&gzip), &wanted);
        prop_assert_eq!(gzip.summary.format, format!("{}, gzip", whole.summary.format));
        let archive = packing::zip(&[("a/README", &b"Nothing\nto read\nhere, or so\n"[..]), ("a/log", &bytes)]);
        // The file is named, since such logs need not look more like one than a text does.
        let options = ReadOptions { entry: Some("a/log".to_owned()), ..options };
        prop_assert_eq!(&sequences(&opened("a", archive, &options).unwrap()), &wanted);
    }

    #[test]
    fn simple_logs_need_no_header(rows in rows(40), separator in 0..5usize, timed: bool) {
        let simple = |id: &str, of: &str| format!("{of}{}", id.bytes().map(u32::from).sum::<u32>());
        // Without a header, a few large numbers that come again and again in no order may as well be items, so some seconds apart.
        let row = |((u, i, r, t), at): (&Row, i64)| (simple(u, "u"), simple(i, "i"), *r, t + at % 11);
        let rows: Vec<Row> = rows.iter().zip(0..).map(row).collect();
        let between = [",", "\t", ";", "|", "::"][separator];
        let lines = rows.iter().map(|(user, item, rating, time)| {
            if timed { format!("{user}{between}{item}{between}{rating}{between}{time}\n") } else { format!("{user}{between}{item}\n") }
        });
        let text: String = lines.collect();
        let data = read(("a", text.as_bytes()), None, &ReadOptions::with_k_core(1)).unwrap();
        prop_assert_eq!(sequences(&data), expected(&rows, timed));
    }

    #[test]
    fn a_cut_in_time_lets_nothing_leak(rows in rows(80), valid_percent in 1..=45u32, test_percent in 1..=45u32) {
        // Steps rather than dates, so that the moments are told exactly.
        let rows: Vec<Row> = rows.into_iter().zip(0..).map(|((u, i, r, t), at)| (u, i, r, (t - 1_365_000_000) / 86_399 * 7 + at % 7)).collect();
        let options = ReadOptions {
            split: SplitRule::TimeCut { valid_percent, test_percent },
            ..ReadOptions::with_k_core(1)
        };
        let text = quoted_csv(&rows);
        let data = match read(("a", &text), None, &options) {
            Ok(data) => data,
            Err(error) => {
                prop_assert!(matches!(error, LogError::NoCut { .. }), "{}", error);
                return Ok(());
            }
        };
        let moments = data.summary.split.moments.clone().unwrap().map(|moment| moment.parse::<i64>().unwrap());
        prop_assert!(moments[0] < moments[1]);
        let (mut trained, mut after) = (0, [0, 0]);
        for (user, id) in data.users.iter().enumerate() {
            let mut times: Vec<i64> = rows.iter().filter(|row| row.0 == *id).map(|row| row.3).collect();
            times.sort_unstable();
            let part = data.train_part(user).len();
            trained += part;
            prop_assert!(times[..part].iter().all(|&time| time < moments[0]));
            prop_assert!(times[part..].iter().all(|&time| time >= moments[0]), "all that may be trained on is");
            for (split, until) in [(Split::Valid, moments[1]), (Split::Test, i64::MAX)] {
                let from = if split == Split::Valid { moments[0] } else { moments[1] };
                let first = times.iter().position(|&time| (from..until).contains(&time)).filter(|&at| at > 0);
                let asked = data.query(user, split);
                prop_assert_eq!(asked.map(|(history, _)| history.len()), first, "the first after the moment, if something is before it");
                if let Some((history, answer)) = asked {
                    prop_assert!(history.len() >= part, "an answer is never in the training part");
                    prop_assert_eq!(data.sequences[user][history.len()], answer);
                }
            }
            after[0] += times.iter().filter(|&&time| (moments[0]..moments[1]).contains(&time)).count();
            after[1] += times.iter().filter(|&&time| time >= moments[1]).count();
        }
        // Ties move to the later side, never to the earlier one.
        prop_assert!(after[1] * 100 >= rows.len() * test_percent as usize);
        prop_assert!((after[0] + after[1]) * 100 >= rows.len() * (valid_percent + test_percent) as usize);
        prop_assert!(trained > 0);
    }

    #[test]
    fn filters_leave_what_they_promise(rows in rows(120), filter in filter()) {
        let options = ReadOptions { filter: filter.clone(), ..ReadOptions::default() };
        let kept = filtered(&rows, &filter);
        let enough = expected(&kept, true).iter().any(|(_, items)| items.len() >= 3);
        let data = match read(("a", &quoted_csv(&rows)), None, &options) {
            Ok(data) => data,
            Err(error) => {
                prop_assert!(!enough, "{}", error);
                return Ok(());
            }
        };
        prop_assert!(enough);
        prop_assert_eq!(by_user(sequences(&data)), by_user(expected(&kept, true)));
        // In a core each has enough, and to filter again changes nothing. (A core can bring repeats next to each other.)
        for sequence in &data.sequences {
            prop_assert!(sequence.len() >= filter.min_user as usize);
        }
        prop_assert!(data.item_counts().iter().all(|&count| count >= filter.min_item));
        if filter.repeats != Repeats::Consecutive || filter.min_item <= 1 {
            let again = read(("a", &quoted_csv(&kept)), None, &options).unwrap();
            prop_assert_eq!(by_user(sequences(&again)), by_user(sequences(&data)));
        }
        for pair in data.summary.filters.windows(2) {
            prop_assert_eq!(pair[0].after, pair[1].before);
        }
    }

    #[test]
    fn any_bytes_are_data_or_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..600), text in r#"[ -~\t\n]{0,400}"#) {
        checks::open(&bytes);
        checks::reader(&bytes);
        let text = [&[bytes.first().copied().unwrap_or(0); 5][..], text.as_bytes()].concat();
        checks::open(&text);
        checks::reader(&text);
    }

    #[test]
    fn a_damaged_log_is_data_or_a_sentence(log in written(), kind in 0..3usize, places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = log.bytes();
        bytes.truncate(40_000);
        bytes = match kind {
            0 => bytes,
            1 => packing::gzip(&bytes),
            _ => packing::zip(&[("log.csv", &bytes), ("movies.csv", b"id,title\n1,A lamp\n2,A chair\n")]),
        };
        for (place, value) in places {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        checks::open(&[&[0, 0], &bytes[..]].concat());
    }
}

fn quoted_csv(rows: &[Row]) -> Vec<u8> {
    let field = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut out = "user_id,item_id,rating,time\n".to_owned();
    for (user, item, rating, time) in rows {
        out += &format!("{},{},{rating},{time}\n", field(user), field(item));
    }
    out.into_bytes()
}

fn filter() -> impl Strategy<Value = Filter> {
    let repeats = prop::sample::select(vec![Repeats::Keep, Repeats::First, Repeats::Last, Repeats::Consecutive]);
    let day = || prop::option::weighted(0.3, (0..12i64).prop_map(|day| (1_365_000_000 + day * 86_399).to_string()));
    (
        prop::option::weighted(0.3, 1..5u8),
        day(),
        day(),
        prop::option::weighted(0.3, 1..4u32),
        repeats,
        0..5u32,
        0..5u32,
    )
        .prop_map(|(rating, from, to, recent_users, repeats, min_user, min_item)| Filter {
            events: None,
            min_rating: rating.map(f64::from),
            from,
            to,
            recent_users,
            repeats,
            min_user,
            min_item,
        })
}

/// The filters once more, as plainly as can be.
fn filtered(rows: &[Row], filter: &Filter) -> Vec<Row> {
    let bound = |text: &Option<String>, none| text.as_ref().map_or(none, |text| text.parse::<i64>().unwrap());
    let (from, to) = (bound(&filter.from, i64::MIN), bound(&filter.to, i64::MAX));
    let mut kept: Vec<Row> = rows
        .iter()
        .filter(|row| f64::from(row.2) >= filter.min_rating.unwrap_or(0.0) && (from..=to).contains(&row.3))
        .cloned()
        .collect();
    if let Some(count) = filter.recent_users {
        // Users who are equally late stay in the order of the whole file.
        let mut last: Vec<(i64, String)> = Vec::new();
        for (user, _) in expected(rows, true) {
            last.extend(
                kept.iter()
                    .filter(|row| row.0 == user)
                    .map(|row| row.3)
                    .max()
                    .map(|time| (-time, user)),
            );
        }
        last.sort_by_key(|(time, _)| *time);
        last.truncate(count as usize);
        kept.retain(|row| last.iter().any(|(_, user)| *user == row.0));
    }
    // In order of time, ties in that of the file; back in that of the file at the end.
    let mut order: Vec<usize> = (0..kept.len()).collect();
    order.sort_by_key(|&at| kept[at].3);
    let mut gone = vec![false; kept.len()];
    for (place, &at) in order.iter().enumerate() {
        let same = |&&other: &&usize| kept[other].0 == kept[at].0;
        let repeated = |other: &usize| kept[*other].1 == kept[at].1;
        gone[at] = match filter.repeats {
            Repeats::Keep => false,
            Repeats::First => order[..place].iter().filter(same).any(repeated),
            Repeats::Last => order[place + 1..].iter().filter(same).any(repeated),
            Repeats::Consecutive => order[..place].iter().rev().find(same).is_some_and(repeated),
        };
    }
    let mut left: Vec<Row> = kept
        .into_iter()
        .zip(gone)
        .filter(|(_, gone)| !gone)
        .map(|(row, _)| row)
        .collect();
    loop {
        let before = left.clone();
        let count = |test: &dyn Fn(&Row) -> bool| before.iter().filter(|row| test(row)).count() as u32;
        left.retain(|row| {
            count(&|other| other.0 == row.0) >= filter.min_user && count(&|other| other.1 == row.1) >= filter.min_item
        });
        if left.len() == before.len() {
            return left;
        }
    }
}
