//! Invariants for any bytes. The fuzzer looks for bytes for which it does not; the tests run the kept ones through here.
//!
//! In: bytes, of which the first few choose options. Out: nothing, or a panic that says what does not hold.

use std::io::Cursor;

use super::log::{
    Dataset, Filter, Layout, LogError, Mapping, NamedSource, Opening, RawLog, ReadOptions, Reader, Repeats, Role, SNIFF_BYTES,
    Separator, Split, SplitRule, assemble,
};

/// Separator of a log and the file of items beside it.
const BESIDE: &[u8] = b"\n=====\n";

/// A file as somebody might open it. The first byte chooses filter and split, the second what a person says about the columns;
/// the rest is the file, and behind [`BESIDE`] a second one.
pub fn open(data: &[u8]) {
    let [first, second, files @ ..] = data else { return };
    let options = options(*first, *second);
    let cut = files.windows(BESIDE.len()).position(|window| window == BESIDE);
    let (log, items) = match cut {
        Some(at) => (&files[..at], Some(&files[at + BESIDE.len()..])),
        None => (files, None),
    };
    let source = |(name, bytes): (&str, &[u8])| NamedSource {
        name: name.to_owned(),
        source: Box::new(Cursor::new(bytes.to_vec())),
    };
    let sources = [Some(("log", log)), items.map(|items| ("items", items))];
    match Opening::new(sources.into_iter().flatten().map(source).collect(), &options) {
        Ok(opening) => read(opening, &options),
        Err(error) => sentence(&error),
    }
}

fn read(mut opening: Opening, options: &ReadOptions) {
    loop {
        let step = opening.step();
        let progress = opening.progress();
        assert!(progress.bytes_done <= progress.bytes_total, "{progress:?}");
        match step {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return sentence(&error),
        }
    }
    let preview = opening.preview().unwrap();
    assert_eq!(preview.problem, None, "what was read has no problem");
    let (log, items) = opening.finish().unwrap();
    assert!(log.interactions() > 0 && log.users() > 0 && log.items() > 0);
    match assemble(&log, items.as_ref(), options) {
        Ok(data) => data_set(&data, &log, options),
        Err(error) => sentence(&error),
    }
}

/// Text in chunks, which must not change what is read. Four bytes choose the sizes of the chunks. A large fifth one fills up the
/// head that the format is decided on with blank lines, so that small inputs get beyond it; few do, since that takes long.
pub fn reader(data: &[u8]) {
    let [a, b, c, d, border, text @ ..] = data else { return };
    let mut file = text.to_vec();
    if let Some(share @ 1..) = border.checked_sub(224) {
        let (head, tail) = text.split_at(text.len() * usize::from(share) / 32);
        file = head.to_vec();
        file.resize(SNIFF_BYTES.max(head.len()), b'\n');
        file.extend_from_slice(tail);
    }
    let sizes = [a, b, c, d].map(|size| usize::from(*size) + 1);
    let whole = text_in(&file, &[usize::MAX]);
    let parts = text_in(&file, &sizes);
    assert_eq!(whole, parts);
}

/// All that a person sees of a log, as text.
fn text_in(file: &[u8], sizes: &[usize]) -> String {
    let options = ReadOptions::with_k_core(1);
    let mut reader = Reader::new("log", &options);
    // What fills up the head needs no small chunks.
    let blank = if file.len() > SNIFF_BYTES { SNIFF_BYTES - 300 } else { 0 };
    let (mut rest, mut turn) = (file, 0);
    let mut pushed = Ok(());
    while !rest.is_empty() && pushed.is_ok() {
        let size = sizes[turn % sizes.len()].max(blank.saturating_sub(file.len() - rest.len()));
        let (now, later) = rest.split_at(size.min(rest.len()));
        pushed = reader.push(now);
        rest = later;
        turn += 1;
    }
    let preview = format!("{:?}", reader.preview());
    let read = pushed.and_then(|()| reader.finish()).and_then(|log| {
        let data = assemble(&log, None, &options);
        if let Ok(data) = &data {
            data_set(data, &log, &options);
        }
        data
    });
    match read {
        Ok(data) => format!(
            "{preview} {:?} {:?} {:?} {:?}",
            data.users, data.items, data.sequences, data.summary
        ),
        Err(error) => {
            sentence(&error);
            format!("{preview} {error}")
        }
    }
}

/// Options out of two bytes. With both 0 all is kept and nothing is said.
fn options(first: u8, second: u8) -> ReadOptions {
    let bit = |at: u8| first & 1 << at != 0;
    let filter = Filter {
        events: (first & 0x81 == 0x81).then(|| vec!["view".to_owned()]),
        min_rating: bit(0).then_some(3.0),
        from: bit(1).then(|| "2001-01-01".to_owned()),
        to: bit(2).then(|| "1500000000".to_owned()),
        recent_users: bit(3).then_some(2),
        repeats: [Repeats::Keep, Repeats::First, Repeats::Last, Repeats::Consecutive][usize::from(first >> 4 & 3)],
        min_user: if bit(6) { 2 } else { 1 },
        min_item: if bit(6) { 3 } else { 1 },
    };
    let split = if bit(7) {
        SplitRule::TimeCut {
            valid_percent: 20,
            test_percent: 20,
        }
    } else {
        SplitRule::LeaveOneOut
    };
    const SEPARATORS: [Separator; 6] = [
        Separator::Comma,
        Separator::Tab,
        Separator::Semicolon,
        Separator::Pipe,
        Separator::DoubleColon,
        Separator::Space,
    ];
    let mapping = (second > 0).then(|| Mapping {
        layout: [Layout::Delimited, Layout::Sequences, Layout::Json, Layout::Parquet][usize::from(second >> 6)],
        separator: SEPARATORS[usize::from(second) % 6],
        header: second & 8 != 0,
        roles: match second >> 4 & 3 {
            0 => Vec::new(),
            1 => vec![Role::Item, Role::User],
            2 => vec![Role::Time, Role::User, Role::Item],
            _ => vec![Role::User, Role::Title, Role::Item, Role::Rating],
        },
        time: None,
    });
    ReadOptions {
        mapping,
        encoding: (second == 255).then(|| "big5".to_owned()),
        entry: (first == 255).then(|| "log.csv".to_owned()),
        filter,
        split,
    }
}

/// An error is one sentence for people.
fn sentence(error: &LogError) {
    let text = error.to_string();
    assert!(
        text.ends_with('.') && text.len() < 2000 && !text.contains(char::is_control),
        "{text:?}"
    );
}

/// Invariants of all data sets.
fn data_set(data: &Dataset, log: &RawLog, options: &ReadOptions) {
    let summary = &data.summary;
    let interactions: usize = data.sequences.iter().map(Vec::len).sum();
    assert_eq!(
        [summary.users, summary.items, summary.interactions].map(|count| count as usize),
        [data.users.len(), data.items.len(), interactions]
    );
    assert_eq!(summary.interactions_before as usize, log.interactions());
    assert!(interactions <= log.interactions());
    assert!(data.sequences.iter().all(|sequence| !sequence.is_empty()));
    assert!(
        data.item_counts()
            .iter()
            .all(|&count| count >= options.filter.min_item.max(1))
    );
    assert!(
        data.sequences
            .iter()
            .all(|sequence| sequence.len() >= options.filter.min_user as usize)
    );
    assert!(
        data.items
            .iter()
            .flat_map(|item| &item.genres)
            .all(|&genre| (genre as usize) < data.genres.len())
    );
    let mut asked = [0, 0];
    for (user, sequence) in data.sequences.iter().enumerate() {
        assert!(sequence.iter().all(|&item| (item as usize) < data.items.len()));
        let trained = data.train_part(user);
        assert!(sequence.starts_with(trained));
        for (split, asked) in [Split::Valid, Split::Test].into_iter().zip(&mut asked) {
            if let Some((history, answer)) = data.query(user, split) {
                assert!(history.len() >= trained.len() && sequence.starts_with(history) && sequence[history.len()] == answer);
                *asked += 1;
            }
        }
    }
    assert_eq!([summary.split.valid_users, summary.split.test_users], asked);
    // Shown and stored as JSON, which knows no infinity: what cannot be told comes back as nothing.
    let told = serde_json::to_value(summary).unwrap();
    assert!(told["density"].is_number() && told["mean_length"].is_number() && told["head_share"].is_number());
    for step in &summary.filters {
        assert!(step.after.interactions <= step.before.interactions, "{step:?}");
    }
}
