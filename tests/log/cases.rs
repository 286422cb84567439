//! Data-driven cases: each folder of `tests/logs`, and of `tests/cases` where the logs are as people really have them, has an `input.*`,
//! where wanted an `items.*`, and an `expected.json`.
//!
//! An input is a file as somebody might choose it, or a folder that it is packed from: `input.zip/` with its files, `input.gz/`
//! with one, `input.parquet/` with a `columns.json`. Folders may lie in each other. `damage` changes what was packed.
//!
//! `expected.json` holds `error` (the whole sentence) or any of the keys of [`describe`]: lists and numbers as they are, of
//! `notes` those that must be among the given ones, of `preview` and `split` a part. `options` are those to read with; where they
//! say nothing about the minima, these are `k_core`, or 1. `about` says what the case is for.
//!
//! All cases are opened as files; a log of plain text is pushed in chunks of several sizes besides, which must not change
//! anything.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use contrastvae::log::{Dataset, ItemReader, LogError, NamedSource, Opening, Preview, ReadOptions, Reader, Split, assemble};
use serde_json::{Value, json};

use crate::packing;

/// A case, ready to be read.
struct Case {
    name: String,
    input: (String, Vec<u8>),
    items: Option<(String, Vec<u8>)>,
    expected: Value,
    options: ReadOptions,
}

type Seen = (Result<Dataset, LogError>, Option<Preview>);

/// Reads the files as the page does.
fn opened(case: &Case) -> Seen {
    let sources = std::iter::once(&case.input)
        .chain(&case.items)
        .map(|(name, bytes)| NamedSource {
            name: name.clone(),
            source: Box::new(Cursor::new(bytes.clone())),
        });
    let mut opening = match Opening::new(sources.collect(), &case.options) {
        Ok(opening) => opening,
        Err(error) => return (Err(error), None),
    };
    let mut read = Ok(true);
    while let Ok(true) = read {
        read = opening.step();
    }
    let preview = opening.preview();
    let data = read.and_then(|_| opening.finish());
    (
        data.and_then(|(log, items)| assemble(&log, items.as_ref(), &case.options)),
        preview,
    )
}

/// Pushes the text in chunks.
fn pushed(case: &Case, chunk: usize) -> Seen {
    let mut reader = Reader::new(&case.input.0, &case.options);
    let pushed = case.input.1.chunks(chunk).try_for_each(|part| reader.push(part));
    let mut preview = reader.preview().cloned();
    let read = pushed.and_then(|()| reader.finish()).and_then(|log| {
        preview = log.preview().cloned();
        let items = case.items.as_ref().map(|(name, bytes)| {
            let mut reader = ItemReader::new(name);
            bytes.chunks(chunk).try_for_each(|part| reader.push(part))?;
            reader.finish()
        });
        assemble(&log, items.transpose()?.as_ref(), &case.options)
    });
    (read, preview)
}

/// Everything that a case may speak of, as JSON.
fn describe((result, preview): &Seen) -> Value {
    let preview = serde_json::to_value(preview).unwrap();
    let data = match result {
        Ok(data) => data,
        Err(error) => return json!({ "error": error.to_string(), "preview": preview }),
    };
    let id = |item: &u32| data.items[*item as usize].id.clone();
    let ids = |items: &[u32]| items.iter().map(id).collect::<Vec<_>>();
    let users = 0..data.users.len();
    let answers = |split| {
        users
            .clone()
            .map(|user| data.query(user, split).map(|(_, answer)| id(&answer)))
            .collect::<Vec<_>>()
    };
    let summary = serde_json::to_value(&data.summary).unwrap();
    let mut split = summary["split"].clone();
    split["train"] = users.clone().map(|user| ids(data.train_part(user))).collect();
    split["valid"] = json!(answers(Split::Valid));
    split["test"] = json!(answers(Split::Test));
    json!({
        "preview": preview,
        "format": summary["format"],
        "columns": summary["columns"],
        "users": data.users,
        "items": data.items.iter().map(|item| &item.id).collect::<Vec<_>>(),
        "titles": (0..data.items.len() as u32).map(|item| data.title(item)).collect::<Vec<_>>(),
        "genres": data.items.iter()
            .map(|item| item.genres.iter().map(|&g| data.genres[g as usize].clone()).collect::<Vec<_>>())
            .collect::<Vec<_>>(),
        "sequences": data.sequences.iter().map(|sequence| ids(sequence)).collect::<Vec<_>>(),
        "interactions_before": data.summary.interactions_before,
        "skipped": data.summary.skipped.iter().map(|row| json!([row.line, row.why])).collect::<Vec<_>>(),
        "notes": data.summary.notes,
        // The filter, what there was before it and what after: users, items, interactions.
        "filters": summary["filters"].as_array().unwrap().iter()
            .map(|step| {
                let of = |key: &str| ["users", "items", "interactions"].map(|count| step[key][count].clone());
                json!([step["filter"], of("before"), of("after")])
            })
            .collect::<Vec<_>>(),
        "split": split,
        "time_span": summary["time_span"],
        "lengths": data.summary.lengths.iter().map(|bin| [bin.from, bin.to, bin.users]).collect::<Vec<_>>(),
    })
}

/// Whether all that is wanted is there: objects may hold more.
fn holds(got: &Value, wanted: &Value) -> bool {
    match (got, wanted) {
        (Value::Object(got), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| got.get(key).is_some_and(|got| holds(got, wanted))),
        (Value::Array(got), Value::Array(wanted)) => {
            got.len() == wanted.len() && got.iter().zip(wanted).all(|(got, wanted)| holds(got, wanted))
        }
        // A confidence of 0.95 is one of 32 bits.
        (Value::Number(got), Value::Number(wanted)) => (got.as_f64().unwrap() - wanted.as_f64().unwrap()).abs() < 1e-6,
        _ => got == wanted,
    }
}

fn check(case: &Case, failures: &mut Vec<String>) {
    let got = describe(&opened(case));
    for (key, wanted) in case.expected.as_object().unwrap() {
        let same = match key.as_str() {
            "k_core" | "about" | "options" | "damage" => true,
            "notes" => {
                let notes = got["notes"].as_array().cloned().unwrap_or_default();
                let wanted = wanted.as_array().unwrap();
                wanted.iter().all(|note| notes.contains(note)) && (!wanted.is_empty() || notes.is_empty())
            }
            _ => holds(&got[key], wanted),
        };
        if !same {
            failures.push(format!(
                "{}: `{key}` is\n  {}\nnot\n  {wanted}\n(error: {})",
                case.name, got[key], got["error"]
            ));
        }
    }
    if case.expected.get("error").is_none() && !got["error"].is_null() {
        failures.push(format!("{}: {}", case.name, got["error"]));
    }
    let files = std::iter::once(&case.input).chain(&case.items);
    if files.into_iter().any(|(_, bytes)| is_packed(bytes)) || case.options.check().is_err() {
        return;
    }
    for chunk in [usize::MAX, 1, 2, 3, 5, 17, 64] {
        let parts = describe(&pushed(case, chunk.min(case.input.1.len().max(1))));
        // A reader that fails at its end takes its preview along.
        if parts != got && !(parts["preview"].is_null() && parts["error"] == got["error"]) {
            failures.push(format!("{}, chunks of {chunk}:\n  {parts}\nnot\n  {got}", case.name));
            return;
        }
    }
}

fn is_packed(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 6] = [b"PK", b"\x1f\x8b", b"PAR1", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

fn cases() -> Vec<Case> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut folders: Vec<PathBuf> = ["logs", "cases"]
        .iter()
        .flat_map(|root| packing::children(&tests.join(root)))
        .collect();
    folders.retain(|path| path.is_dir());
    folders.iter().map(|folder| case(folder)).collect()
}

fn case(folder: &Path) -> Case {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut options = expected.get("options").cloned().unwrap_or_else(|| json!({}));
    for key in ["min_user", "min_item"] {
        let minimum = &mut options["filter"][key];
        if minimum.is_null() {
            *minimum = expected["k_core"].as_u64().unwrap_or(1).into();
        }
    }
    let options = serde_json::from_value(options).unwrap_or_else(|error| panic!("{name}: {error}"));
    let file = |stem: &str| {
        let paths = packing::children(folder);
        let mut named = paths.iter().filter(|path| path.file_stem().is_some_and(|name| name == stem));
        let path = named.next()?;
        assert!(named.next().is_none(), "{} has several {stem}", folder.display());
        Some((path.file_name().unwrap().to_string_lossy().into_owned(), packing::pack(path)))
    };
    let mut input = file("input").unwrap_or_else(|| panic!("{name} has no input"));
    if let Some(damage) = expected.get("damage") {
        packing::damage(&mut input.1, damage);
    }
    assert!(input.1.len() < 4096, "{name} is small");
    let items = file("items");
    Case {
        name,
        input,
        items,
        expected,
        options,
    }
}

#[test]
fn every_case_reads_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 150, "the cases are there");
    let mut failures = Vec::new();
    for case in &cases {
        check(case, &mut failures);
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

/// `cargo test --test log -- --ignored` after a case was added: the fuzzer begins with the inputs of the cases.
#[test]
#[ignore = "writes into fuzz/corpus"]
fn the_inputs_become_seeds_of_the_fuzzer() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let write = |target: &str, name: &str, parts: &[&[u8]]| {
        let path: PathBuf = corpus.join(target).join(name);
        let mut file = fs::File::create(path).unwrap();
        parts.iter().for_each(|part| file.write_all(part).unwrap());
    };
    for (at, case) in cases().iter().enumerate() {
        // Filter and split are switched on in turn, so that each is met by some inputs.
        let filter = if at % 3 == 0 { 1u8 << (at / 3 % 8) } else { 0 };
        let (between, items): (&[u8], &[u8]) = match &case.items {
            Some((_, bytes)) => (b"\n=====\n", bytes),
            None => (b"", b""),
        };
        write("open", &case.name, &[&[filter, 0], &case.input.1, between, items]);
        if !is_packed(&case.input.1) {
            let border = if at % 5 == 0 { 240 } else { 0 };
            write("reader", &case.name, &[&[0, 2, 6, 40, border], &case.input.1]);
        }
    }
}
