//! The recipes of `docs/scale`, run by the engines themselves where they are.
//!
//! Spark runs if `SPARK_PYTHON`, or else `python3`, is an interpreter with PySpark, and says that it was skipped if not; seen with PySpark 4.3.0,
//! Java 17 and Python 3.11.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

use crate::runs::{folder, object, program, text};

fn recipe(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scale").join(name);
    text(&path).to_owned()
}

fn spark() -> Option<String> {
    let python = std::env::var("SPARK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imported = Command::new(&python).args(["-c", "import pyspark"]).output();
    imported.is_ok_and(|output| output.status.success()).then_some(python)
}

/// Events as a shop has them: views and purchases, some without a user, some delivered twice.
fn write_events(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut purchases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut parts = vec![String::new(); 3];
    for at in 0..2_400_usize {
        let (user, item) = (format!("u{}", at * at % 97), format!("i{}", at * 7 % 31 + at / 900));
        let kind = if at % 4 == 0 { "view" } else { "purchase" };
        let time = format!(
            "2024-03-{:02}T{:02}:{:02}:{:02}Z",
            at / 100 + 1,
            at / 60 % 24,
            at % 60,
            at % 59
        );
        let user = if at % 50 == 1 { None } else { Some(user) };
        let line = serde_json::json!({ "user": user, "item": item, "kind": kind, "at": time }).to_string() + "\n";
        parts[at % 3] += &line;
        if at % 10 == 3 {
            parts[(at + 1) % 3] += &line;
        }
        if let (Some(user), "purchase") = (user, kind) {
            purchases.entry(user).or_default().insert(item);
        }
    }
    fs::create_dir_all(folder).unwrap();
    for (at, part) in parts.iter().enumerate() {
        fs::write(folder.join(format!("part-{at}.json")), part).unwrap();
    }
    purchases
}

/// All files below a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.append(&mut files(&path, ending)),
            false if path.extension().is_some_and(|of| of == ending) => found.push(path),
            false => {}
        }
    }
    found
}

/// User, rank, item and score of each row.
fn rows(files: &[std::path::PathBuf]) -> Vec<(String, i32, String, f32)> {
    let mut rows = Vec::new();
    for file in files {
        let reader = SerializedFileReader::new(fs::File::open(file).unwrap()).unwrap();
        for row in reader.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            let text = |at: usize| row.get_string(at).unwrap().clone();
            rows.push((text(0), row.get_int(1).unwrap(), text(2), row.get_float(4).unwrap()));
        }
    }
    rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    rows
}

#[test]
fn spark_prepares_trains_and_scores() {
    let Some(python) = spark() else {
        eprintln!("skipped: no pyspark; name a Python that has it by SPARK_PYTHON");
        return;
    };
    let (folder, _) = folder("spark");
    let (events, work) = (folder.join("events"), folder.join("work"));
    let purchases = write_events(&events);
    let run = || {
        let mut recipe_of = Command::new(&python);
        recipe_of.args([
            &recipe("spark.py"),
            "--program",
            env!("CARGO_BIN_EXE_contrastvae"),
            "--events",
            text(&events),
        ]);
        recipe_of.args(["--work", text(&work), "--parts", "3", "--epochs", "1", "--k-core", "1"]);
        for setting in ["model.hidden_size=8", "model.max_length=12"] {
            recipe_of.args(["--set", setting]);
        }
        recipe_of
            .env("PYSPARK_SUBMIT_ARGS", "--master local[2] pyspark-shell")
            .env("SPARK_LOCAL_IP", "127.0.0.1");
        recipe_of.output().unwrap()
    };
    let output = run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("3 parts, "), "{told}");

    // The log that Spark wrote is what the events say.
    let clean = folder.join("clean.jsonl");
    let mut convert = program();
    convert.args([
        "convert",
        text(&work.join("log")),
        "--to",
        "jsonl",
        "--k-core",
        "1",
        "--out",
        text(&clean),
    ]);
    assert!(convert.status().unwrap().success());
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in fs::read_to_string(&clean).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let of = |key: &str| row[key].as_str().unwrap().to_owned();
        read.entry(of("user")).or_default().insert(of("item"));
    }
    assert_eq!(read, purchases);

    // What Spark wrote by buckets is what one command writes.
    let whole = folder.join("whole.parquet");
    let arguments = ["--everyone", "-k", "10", "--json", "--out", text(&whole)];
    let mut recommend = program();
    recommend.args([
        "recommend",
        "--run",
        text(&work.join("run")),
        "--data",
        text(&work.join("log")),
    ]);
    object(&recommend.args(arguments).output().unwrap());
    let in_buckets = files(&work.join("by-bucket"), "parquet");
    assert!(in_buckets.len() > 1);
    let expected = rows(&[whole]);
    assert!(!expected.is_empty());
    assert_eq!(rows(&in_buckets), expected);
}

#[test]
fn slurm_gives_each_task_its_part() {
    let (folder, log) = folder("slurm");
    let run = folder.join("run");
    object(&crate::runs::train(&log, &run, &["--epochs", "1"]).output().unwrap());
    let lists = folder.join("lists.csv");
    let directory = Path::new(env!("CARGO_BIN_EXE_contrastvae")).parent().unwrap();
    let path = format!("{}:{}", text(directory), std::env::var("PATH").unwrap_or_default());
    for task in ["1", "2"] {
        let output = Command::new("sh")
            .args([&recipe("slurm.sh"), text(&run), text(&log), text(&lists)])
            .envs([
                ("SLURM_ARRAY_TASK_ID", task),
                ("SLURM_ARRAY_TASK_COUNT", "2"),
                ("SLURM_CPUS_PER_TASK", "1"),
                ("PATH", &path),
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let lines = |part: &str| fs::read_to_string(folder.join(part)).unwrap().lines().count();
    assert_eq!(lines("lists-1-of-2.csv") + lines("lists-2-of-2.csv"), 1_500 + 2);
}
