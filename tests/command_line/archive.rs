//! A run as one file: what the page saves and what the command line writes are the same, and either goes on with the other's.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;

use crate::runs::{asked, folder, object, program, sentence, text, train};
use contrastvae::device::Compute;
use contrastvae::log::{Dataset, NamedSource, Opening, ReadOptions, Split, SplitRule, assemble};
use contrastvae::run::{Checkpoint, EpochRecord, Run};
use pollster::block_on;
use serde_json::Value;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The log as the page reads it: from memory, by the library.
fn read(log: &Path, options: &ReadOptions) -> Dataset {
    let source = NamedSource {
        name: log.file_name().unwrap().to_string_lossy().into_owned(),
        source: Box::new(Cursor::new(fs::read(log).unwrap())),
    };
    let mut opening = Opening::new(vec![source], options).unwrap();
    while opening.step().unwrap() {}
    let (raw, items) = opening.finish().unwrap();
    assemble(&raw, items.as_ref(), options).unwrap()
}

/// Losses of the next steps, with a validation after each epoch, as every host does it.
fn go_on(run: &mut Run, steps: usize) -> Vec<f32> {
    let mut curve = Vec::new();
    for _ in 0..steps {
        let outcome = block_on(run.step()).unwrap();
        curve.extend(outcome.losses.map(|losses| losses.total));
        if outcome.epoch_ended {
            let mut evaluation = run.evaluation(Split::Valid);
            let metrics = loop {
                if let Some(metrics) = block_on(evaluation.advance(run)).unwrap() {
                    break metrics;
                }
            };
            run.note_validation(metrics);
        }
    }
    curve
}

/// A zip archive by the library's own means.
fn packed(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive
            .start_file(*name, SimpleFileOptions::default().compression_method(method))
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn page_and_command_line_go_on_with_each_others_run() {
    let (folder, log) = folder("archives");
    let (whole, page) = (folder.join("whole"), folder.join("page.zip"));
    let expected = object(&train(&log, &whole, &["--epochs", "4"]).output().unwrap());
    let json = fs::read_to_string(whole.join("run.json")).unwrap();
    let tensors = fs::read(whole.join("model.safetensors")).unwrap();
    let of_command_line = Checkpoint::from_files(tensors, &json).unwrap();

    // What the page does: the same log and settings, a checkpoint in the middle of an epoch.
    let options = of_command_line.record.read.clone();
    let data = Arc::new(read(&log, &options));
    let mut run = Run::new(of_command_line.record.config.clone(), data.clone(), Compute::cpu()).unwrap();
    let (before, after) = (run.steps_per_epoch() * 3 / 2, run.steps_per_epoch());
    go_on(&mut run, before);
    let saved = block_on(run.checkpoint(&options)).unwrap();
    let bytes = saved.to_archive().unwrap();
    assert_eq!(bytes, saved.to_archive().unwrap(), "the same checkpoint gives the same bytes");
    fs::write(&page, &bytes).unwrap();
    let curve = go_on(&mut run, after);

    // Back on the page, to the bit.
    let opened = Checkpoint::from_archive(&bytes).unwrap();
    assert_eq!(opened, saved);
    let mut resumed = Run::resume(&opened, data.clone(), Compute::cpu()).unwrap();
    assert_eq!(go_on(&mut resumed, after), curve);

    // On the command line it goes on to the end that the whole run had.
    let ended = object(&train(&log, &page, &["--resume"]).output().unwrap());
    for key in ["history", "valid", "test", "best_epoch"] {
        assert_eq!(ended[key], expected[key], "{key}");
    }
    let mut entries = ZipArchive::new(Cursor::new(fs::read(&page).unwrap())).unwrap();
    let names: Vec<String> = entries.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["model.safetensors", "run.json"]);
    for name in names {
        let mut inside = Vec::new();
        entries.by_name(&name).unwrap().read_to_end(&mut inside).unwrap();
        assert_eq!(inside, fs::read(whole.join(&name)).unwrap(), "{name}");
    }

    // The other way: the folder as one file, in the place of the folder.
    let copy = folder.join("copy.zip");
    let written = asked(&[
        "export",
        "--run",
        text(&whole),
        "--what",
        "checkpoint",
        "--out",
        text(&copy),
        "--json",
    ]);
    assert_eq!(written["step"], of_command_line.record.step);
    let opened = Checkpoint::from_archive(&fs::read(&copy).unwrap()).unwrap();
    assert_eq!(opened, of_command_line);
    let run = Run::resume(&opened, data, Compute::cpu()).unwrap();
    let shown: Vec<EpochRecord> = serde_json::from_value(expected["history"].clone()).unwrap();
    assert_eq!(run.history().epochs, shown, "what the page shows after opening it");
    let timeless = |mut found: Value| {
        if let Some(found) = found.as_object_mut() {
            found.remove("seconds");
        }
        found
    };
    for arguments in [
        ["evaluate", "--data", text(&log), "--json"],
        ["diagnose", "--data", text(&log), "--json"],
        ["recommend", "--history", "B0001,B0002", "--json"],
    ] {
        let of = |run: &Path| timeless(asked(&[&arguments[..], &["--run", text(run)]].concat()));
        assert_eq!(of(&copy), of(&whole), "{}", arguments[0]);
    }
    let items = folder.join("items.tsv");
    asked(&[
        "export",
        "--run",
        text(&copy),
        "--what",
        "items",
        "--out",
        text(&items),
        "--json",
    ]);
    assert!(items.exists());
}

#[test]
fn what_another_program_packed_is_read_too() {
    let (folder, log) = folder("repacked");
    let run = folder.join("run");
    object(&train(&log, &run, &["--epochs", "1"]).output().unwrap());
    let json = fs::read(run.join("run.json")).unwrap();
    let tensors = fs::read(run.join("model.safetensors")).unwrap();
    let files: [(&str, &[u8]); 3] = [
        ("__MACOSX/run/run.json", b"no record"),
        ("run/run.json", &json),
        ("run/model.safetensors", &tensors),
    ];
    let opened = Checkpoint::from_archive(&packed(&files, CompressionMethod::Deflated)).unwrap();
    assert_eq!(opened.tensors, tensors);
    assert_eq!(opened.json().unwrap().as_bytes(), json);
}

#[test]
fn what_is_no_checkpoint_is_one_sentence() {
    let (folder, log) = folder("no_archives");
    let good = folder.join("good.zip");
    object(&train(&log, &good, &["--epochs", "1"]).output().unwrap());
    let bytes = fs::read(&good).unwrap();
    let refused = |bytes: &[u8]| {
        let told = Checkpoint::from_archive(bytes).unwrap_err().to_string();
        let place = folder.join("bad.zip");
        fs::write(&place, bytes).unwrap();
        let mut recommend = program();
        recommend.args(["recommend", "--run", text(&place), "--history", "B0001"]);
        assert_eq!(sentence(recommend), format!("{}: {told}", place.display()));
        told
    };
    for nothing in [&b""[..], b"user,item\na,1\n", b"\x1f\x8b\x08"] {
        assert!(refused(nothing).starts_with("This is no checkpoint: it is not a zip archive"));
    }
    for length in [4, 100, bytes.len() / 2, bytes.len() - 1] {
        let told = refused(&bytes[..length]);
        assert!(told.starts_with("The archive is cut short or damaged"), "{length}: {told}");
    }
    // One bit of a weight, which nothing but the checksum can tell.
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 3] ^= 1;
    let told = refused(&flipped);
    assert!(
        told.starts_with("model.safetensors in the archive cannot be unpacked (its checksum does not fit)"),
        "{told}"
    );

    let json = Checkpoint::from_archive(&bytes).unwrap().json().unwrap();
    let told = refused(&packed(&[("run.json", json.as_bytes())], CompressionMethod::Stored));
    assert!(told.starts_with("The archive holds no model.safetensors;"), "{told}");
    let told = refused(&packed(&[("ratings.csv", b"user,item\n")], CompressionMethod::Stored));
    assert!(told.starts_with("The archive holds no run.json;"), "{told}");
    let newer = json.replacen("\"format\":1", "\"format\":2", 1);
    let told = refused(&packed(
        &[("run.json", newer.as_bytes()), ("model.safetensors", b"")],
        CompressionMethod::Stored,
    ));
    assert!(
        told.starts_with("run.json has format 2, but this program reads format 1;"),
        "{told}"
    );
    let told = refused(&packed(
        &[("run.json", b"\xff\xfe"), ("model.safetensors", b"")],
        CompressionMethod::Stored,
    ));
    assert!(told.starts_with("run.json cannot be read (it is not text)"), "{told}");

    // A name that says nothing of an archive is not taken for a checkpoint's.
    let mut export = program();
    export.args(["export", "--run", text(&good), "--what", "checkpoint", "--out", text(&log)]);
    assert!(sentence(export).ends_with("end it in .zip."));
    let mut missing = program();
    missing.args(["recommend", "--run", "/nowhere/run.zip", "--history", "B0001"]);
    assert!(sentence(missing).starts_with("There is no file /nowhere/run.zip;"));
}

#[test]
fn another_split_of_the_same_data_is_refused() {
    let (folder, _) = folder("another_split");
    let mut lines = String::from("user,item,time\n");
    for at in 0..600u64 {
        let item = (at * 7 + at / 30) % 20;
        lines += &format!("u{},i{item},{}\n", at % 30, 1_600_000_000 + at * 3600);
    }
    let log = folder.join("timed.csv");
    fs::write(&log, lines).unwrap();
    let out = folder.join("run.zip");
    object(&train(&log, &out, &["--epochs", "1"]).output().unwrap());
    let checkpoint = Checkpoint::from_archive(&fs::read(&out).unwrap()).unwrap();
    let options = ReadOptions {
        split: SplitRule::TimeCut {
            valid_percent: 10,
            test_percent: 10,
        },
        ..checkpoint.record.read.clone()
    };
    let told = match Run::resume(&checkpoint, Arc::new(read(&log, &options)), Compute::cpu()) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        told,
        "The run was trained on another split of timed.csv, with the last two items of each user held back, but the data was \
         loaded with the last 10 and 10 percent in time held back; load it with the split of the run."
    );
    assert!(Run::resume(&checkpoint, Arc::new(read(&log, &checkpoint.record.read)), Compute::cpu()).is_ok());
}
