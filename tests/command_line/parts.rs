//! Works in parts: any number of them comes to the whole to the byte, a part that is there is not done again, and a kill leaves no trace.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::runs::{folder, object, program, sentence, text, train};
use serde_json::Value;

/// Enough users for several blocks.
const LOG: &str = "example:users=900,seed=2";

fn run_in(name: &str) -> (PathBuf, PathBuf) {
    let (folder, _) = folder(name);
    let run = folder.join("run");
    object(&train(Path::new(LOG), &run, &["--epochs", "1"]).output().unwrap());
    (folder, run)
}

/// One of the commands that do parts, with the name of its file.
fn works(run: &Path) -> Vec<(&'static str, Vec<String>)> {
    let run = text(run);
    let of = |arguments: &[&str]| arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>();
    let everyone = ["recommend", "--run", run, "--data", LOG, "--everyone", "-k", "5"];
    let similar = ["similar", "--run", run, "--all", "-k", "4"];
    let users = ["export", "--run", run, "--data", LOG, "--what", "users"];
    vec![
        ("lists.csv", of(&everyone)),
        ("lists.jsonl", of(&everyone)),
        ("similar.csv", of(&similar)),
        ("similar.jsonl", of(&[&similar[..], &["--by", "latent"]].concat())),
        ("users.tsv", of(&users)),
    ]
}

fn told(work: &[String], out: &Path, part: Option<&str>) -> String {
    let mut command = program();
    command.args(work).args(["--out", text(out)]);
    command.args(part.into_iter().flat_map(|part| ["--part", part]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Lines in the order of their bytes, headers of the parts once.
fn sorted(files: &[PathBuf]) -> Vec<String> {
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let header = texts[0]
        .lines()
        .next()
        .filter(|line| !line.starts_with(['{', '-']) && line.contains(char::is_alphabetic));
    let mut lines: Vec<String> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| Some(*line) != header)
        .map(str::to_owned)
        .collect();
    lines.sort_unstable();
    lines
}

fn of_parts(whole: &Path, of: usize) -> Vec<PathBuf> {
    let (stem, ending) = text(whole).rsplit_once('.').unwrap();
    (1..=of)
        .map(|part| PathBuf::from(format!("{stem}-{part}-of-{of}.{ending}")))
        .collect()
}

#[test]
fn any_number_of_parts_is_the_whole() {
    let (folder, run) = run_in("parts");
    for (name, work) in works(&run) {
        let whole = folder.join(name);
        told(&work, &whole, None);
        for of in [1, 2, 7] {
            // The last first: parts know nothing of each other.
            for part in (1..=of).rev() {
                told(&work, &whole, Some(&format!("{part}/{of}")));
            }
            let parts = of_parts(&whole, of);
            let many = parts.iter().filter(|part| fs::metadata(part).unwrap().len() > 100).count();
            assert!(many >= of.min(2), "{name}: the work is shared");
            assert_eq!(sorted(&parts), sorted(std::slice::from_ref(&whole)), "{name} in {of}");
        }
        if name.ends_with(".tsv") {
            let metadata = |path: &PathBuf| path.with_extension("metadata.tsv");
            let parts: Vec<PathBuf> = of_parts(&whole, 7).iter().map(metadata).collect();
            assert_eq!(sorted(&parts), sorted(&[metadata(&whole)]));
        }
    }
    let left: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().ends_with(".partial")),
        "{left:?}"
    );

    // A table of columns: the same users, without places on a plane, which follow from everybody.
    let (_, users) = works(&run).pop().unwrap();
    let names = |path: &Path| {
        use parquet::file::reader::{FileReader, SerializedFileReader};
        use parquet::record::RowAccessor;
        let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
        let columns = reader.metadata().file_metadata().schema().get_fields().len();
        let rows = reader.get_row_iter(None).unwrap();
        (
            columns,
            rows.map(|row| row.unwrap().get_string(0).unwrap().clone())
                .collect::<Vec<_>>(),
        )
    };
    let whole = folder.join("users.parquet");
    told(&users, &whole, None);
    let (columns, all) = names(&whole);
    let mut in_parts = Vec::new();
    for part in 1..=2 {
        told(&users, &whole, Some(&format!("{part}/2")));
        let (of_part, some) = names(&of_parts(&whole, 2)[part - 1]);
        assert_eq!(of_part, columns - 2);
        in_parts.extend(some);
    }
    assert_eq!(in_parts, all);
}

#[test]
fn a_part_that_is_there_is_not_done_again() {
    let (folder, run) = run_in("parts_there");
    for (name, work) in works(&run) {
        let whole = folder.join(name);
        told(&work, &whole, Some("1/2"));
        let part = &of_parts(&whole, 2)[0];
        fs::write(part, "kept").unwrap();
        let told = told(&work, &whole, Some("1/2"));
        assert_eq!(
            told,
            format!(
                "{} is there and is not made again; delete it to have it made anew.\n",
                part.display()
            )
        );
        assert_eq!(fs::read_to_string(part).unwrap(), "kept");
        assert!(!whole.exists());
    }
}

#[test]
fn a_killed_part_starts_again_without_a_trace() {
    let (folder, run) = run_in("parts_killed");
    let (name, work) = works(&run).swap_remove(0);
    let whole = folder.join(name);
    told(&work, &whole, Some("2/2"));
    let part = &of_parts(&whole, 2)[1];
    let expected = fs::read(part).unwrap();
    let partial = part.with_file_name(format!(".{}.partial", part.file_name().unwrap().to_str().unwrap()));
    let mut killed = 0;
    for _ in 0..40 {
        let _ = fs::remove_file(part);
        let mut command = program();
        command.args(&work).args(["--part", "2/2", "--out", text(&whole)]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !partial.exists() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever the moment was, there is no half of a part under its name.
        assert!(!part.exists() || fs::read(part).unwrap() == expected);
        killed += usize::from(partial.exists());
        if killed > 0 {
            break;
        }
    }
    // Even if no kill came in time: what one would leave.
    fs::write(&partial, "half a li").unwrap();
    let _ = fs::remove_file(part);
    told(&work, &whole, Some("2/2"));
    assert_eq!(fs::read(part).unwrap(), expected);
    assert!(!partial.exists());
}

#[test]
fn what_is_no_part_is_one_sentence() {
    let (folder, run) = run_in("parts_refused");
    let (name, work) = works(&run).swap_remove(0);
    let out = folder.join(name);
    let refused = |work: &[String], more: &[&str]| {
        let mut command = program();
        command.args(work).args(more);
        sentence(command)
    };
    for part in ["0/7", "8/7", "3", "a/b", "1/0"] {
        let told = refused(&work, &["--part", part, "--out", text(&out)]);
        assert!(
            told.contains("a part is written K/N with K from 1 to N, such as 2/7"),
            "{told}"
        );
    }
    let told = refused(&work, &["--part", "1/2", "--out", "-"]);
    assert!(told.contains("name one with --out"), "{told}");
    let key = folder.join("key.csv");
    let told = refused(&work, &["--part", "1/2", "--out", text(&out), "--pseudonyms", text(&key)]);
    assert!(told.contains("would each draw pseudonyms") && !key.exists(), "{told}");
    let items = ["export", "--run", text(&run), "--what", "items"].map(str::to_owned);
    let told = refused(&items, &["--part", "1/2", "--out", text(&folder.join("items.tsv"))]);
    assert!(told.starts_with("--part is for --what users"), "{told}");
}

/// A comparison of four jobs, each of an epoch.
fn compare(out: &Path, more: &[&str]) -> std::process::Command {
    let mut command = program();
    command.args([
        "compare",
        "--json",
        "--data",
        "example:users=150,items=60",
        "--out",
        text(out),
    ]);
    command.args(["--models", "popularity,sasrec,markov,avae", "--seeds", "2"]);
    for setting in [
        "model.hidden_size=8",
        "model.max_length=12",
        "training.batch_size=16",
        "training.epochs=1",
    ] {
        command.args(["--set", setting]);
    }
    command.args(more);
    command
}

fn merge(out: &Path) -> std::process::Command {
    let mut command = program();
    command.args(["compare", "--json", "--merge", "--out", text(out)]);
    command
}

/// Without what depends on the clock.
fn timeless(mut comparison: Value) -> Value {
    for outcome in comparison["outcomes"].as_array_mut().unwrap() {
        outcome.as_object_mut().unwrap().remove("seconds").unwrap();
    }
    comparison
}

#[test]
fn a_comparison_in_parts_is_the_whole() {
    let (folder, _) = folder("parts_compared");
    let (whole, parts) = (folder.join("whole"), folder.join("parts"));
    let expected = object(&compare(&whole, &[]).output().unwrap());
    object(&compare(&parts, &["--part", "3/4"]).output().unwrap());
    let told = sentence(merge(&parts));
    assert!(
        told.contains("comparison-1-of-4.json; run that part before the merge"),
        "{told}"
    );
    let mut models = BTreeSet::new();
    for part in ["1/4", "2/4", "4/4"] {
        let part = object(&compare(&parts, &["--part", part]).output().unwrap());
        models.extend(
            part["outcomes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|outcome| outcome["model"].to_string()),
        );
    }
    assert_eq!(models.len(), 4);
    let there = object(&compare(&parts, &["--part", "3/4"]).output().unwrap());
    assert_eq!(there["there"], text(&parts.join("comparison-3-of-4.json")));
    let merged = object(&merge(&parts).output().unwrap());
    assert_eq!(timeless(merged.clone()), timeless(expected));
    let written: Value = serde_json::from_slice(&fs::read(parts.join("comparison.json")).unwrap()).unwrap();
    assert_eq!(written, merged);
    assert!(fs::read_to_string(parts.join("comparison.md")).unwrap().contains("| avae "));

    let told = sentence(compare(&parts, &["--part", "3/4", "--set", "training.epochs=2"]));
    assert!(told.contains("is a part of another comparison"), "{told}");
    object(&compare(&parts, &["--part", "1/5"]).output().unwrap());
    let told = sentence(merge(&parts));
    assert!(told.contains("in 4 and 5 parts each"), "{told}");
    let told = sentence(merge(&whole));
    assert!(told.contains("There is no comparison-K-of-N.json"), "{told}");
}
