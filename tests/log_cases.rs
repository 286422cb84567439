//! Data-driven cases: each folder of `tests/logs` has an `input.*`, where wanted an `items.*`, and an `expected.json`.
//!
//! `expected.json` holds `error` (the whole sentence) or any of: `format`, `columns`, `users` (identifiers), `items`
//! (identifiers), `titles`, `genres` (for each item the names), `sequences` (identifiers), `interactions_before`, `skipped`
//! (`[line, why]`), `notes` (each must occur). `k_core` is the minimum to read with, 1 where it is absent. Every case is read in
//! chunks of several sizes, which must not change anything.

use std::fs;
use std::path::{Path, PathBuf};

use contrastvae::log::{Dataset, ItemReader, LogError, ReadOptions, Reader, assemble};
use serde_json::{Value, json};

fn read(input: (&str, &[u8]), items: Option<(&str, &[u8])>, k_core: u32, chunk: usize) -> Result<Dataset, LogError> {
    let options = ReadOptions { k_core };
    let mut reader = Reader::new(input.0, options.clone());
    for part in input.1.chunks(chunk) {
        reader.push(part)?;
    }
    let log = reader.finish()?;
    let table = match items {
        Some((name, bytes)) => {
            let mut reader = ItemReader::new(name);
            for part in bytes.chunks(chunk) {
                reader.push(part)?;
            }
            Some(reader.finish()?)
        }
        None => None,
    };
    assemble(&log, table.as_ref(), &options)
}

/// Everything that a case may speak of, as JSON.
fn describe(result: &Result<Dataset, LogError>) -> Value {
    let data = match result {
        Ok(data) => data,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let id = |item: &u32| data.items[*item as usize].id.clone();
    json!({
        "format": data.summary.format,
        "columns": data.summary.columns,
        "users": data.users,
        "items": data.items.iter().map(|item| &item.id).collect::<Vec<_>>(),
        "titles": (0..data.items.len() as u32).map(|item| data.title(item)).collect::<Vec<_>>(),
        "genres": data.items.iter()
            .map(|item| item.genres.iter().map(|&g| data.genres[g as usize].clone()).collect::<Vec<_>>())
            .collect::<Vec<_>>(),
        "sequences": data.sequences.iter().map(|s| s.iter().map(id).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "interactions_before": data.summary.interactions_before,
        "skipped": data.summary.skipped.iter().map(|row| json!([row.line, row.why])).collect::<Vec<_>>(),
        "notes": data.summary.notes,
    })
}

fn file(folder: &Path, stem: &str) -> Option<(String, Vec<u8>)> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.file_stem().is_some_and(|name| name == stem));
    let path = found.pop()?;
    Some((
        path.file_name().unwrap().to_string_lossy().into_owned(),
        fs::read(path).unwrap(),
    ))
}

#[test]
fn every_case_reads_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 30, "the cases are there");
    let mut failures = Vec::new();
    for folder in &folders {
        let case = folder.file_name().unwrap().to_string_lossy();
        let (name, bytes) = file(folder, "input").unwrap_or_else(|| panic!("{case} has no input"));
        let items = file(folder, "items");
        let items = items.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
        let k_core = expected["k_core"].as_u64().unwrap_or(1) as u32;
        for chunk in [usize::MAX, 1, 2, 3, 5, 17, 64] {
            let got = describe(&read((&name, &bytes), items, k_core, chunk.min(bytes.len().max(1))));
            for (key, wanted) in expected.as_object().unwrap() {
                let same = match key.as_str() {
                    "k_core" | "about" => true,
                    "notes" if got["notes"].is_array() => wanted
                        .as_array()
                        .unwrap()
                        .iter()
                        .all(|n| got["notes"].as_array().unwrap().contains(n)),
                    _ => got[key] == *wanted,
                };
                if !same {
                    failures.push(format!(
                        "{case}, chunks of {chunk}: `{key}` is\n  {}\nnot\n  {wanted}\n(error: {})",
                        got[key], got["error"]
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
