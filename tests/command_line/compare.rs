//! Several models side by side: what a comparison holds, that it goes on after a kill, and what it refuses.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::runs::{folder, object, program, sentence, text, train};
use serde_json::Value;

/// A comparison of `models`, each of two epochs.
fn compare(log: &Path, out: &Path, models: &str, more: &[&str]) -> Command {
    let mut command = program();
    command.args([
        "compare",
        "--data",
        text(log),
        "--out",
        text(out),
        "--k-core",
        "1",
        "--models",
        models,
    ]);
    for setting in [
        "model.hidden_size=8",
        "model.max_length=12",
        "training.batch_size=16",
        "training.epochs=2",
    ] {
        command.args(["--set", setting]);
    }
    command.args(more);
    command
}

/// Long enough that a kill comes in time.
const LONG: [&str; 3] = ["--set", "training.epochs=40", "--json"];

/// Fields that depend on the clock are taken out.
fn timeless(mut comparison: Value) -> Value {
    for outcome in comparison["outcomes"].as_array_mut().unwrap() {
        outcome.as_object_mut().unwrap().remove("seconds").unwrap();
    }
    comparison
}

#[test]
fn models_and_baselines_are_compared() {
    let (folder, log) = folder("compare");
    let out = folder.join("compared");
    let found = object(
        &compare(
            &log,
            &out,
            "popularity,sasrec,avae,avae+model.layers=1+training.epochs=1",
            &["--seeds", "2", "--json"],
        )
        .output()
        .unwrap(),
    );
    let outcomes = found["outcomes"].as_array().unwrap();
    let of: Vec<_> = outcomes
        .iter()
        .map(|outcome| (outcome["model"].as_str().unwrap(), outcome["seed"].as_u64()))
        .collect();
    assert_eq!(
        of,
        [
            ("popularity", None),
            ("sasrec", Some(1)),
            ("sasrec", Some(2)),
            ("avae", Some(1)),
            ("avae", Some(2)),
            ("avae+model.layers=1+training.epochs=1", Some(1)),
            ("avae+model.layers=1+training.epochs=1", Some(2)),
        ]
    );
    let of_its_own = &outcomes[5]["training"];
    assert_eq!(of_its_own["config"]["model"]["layers"], 1);
    assert_eq!(of_its_own["epochs"], 1, "later settings change those of all models");
    assert_eq!(of_its_own["config"]["model"]["hidden_size"], 8);
    assert_ne!(outcomes[1]["test"], outcomes[2]["test"], "seeds differ");
    assert!(outcomes[1]["posterior"].is_null(), "a deterministic model has no posterior");
    assert!(outcomes[3]["posterior"]["kl"].as_f64().unwrap() > 0.0);
    assert_eq!(outcomes[3]["posterior"]["dimensions"], 8);
    assert!(outcomes[4]["seconds"].as_f64().unwrap() > 0.0);

    // The same as each command says by itself.
    let evaluated = object(
        &program()
            .args([
                "evaluate",
                "--json",
                "--run",
                text(&out.join("avae-seed-2")),
                "--data",
                text(&log),
            ])
            .output()
            .unwrap(),
    );
    assert_eq!(outcomes[4]["test"]["ndcg_20"], evaluated["ndcg@20"]);
    let rare = evaluated["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|groups| groups["grouping"] == "training_frequency")
        .unwrap();
    assert_eq!(outcomes[4]["rare"]["recall_40"], rare["groups"][0]["metrics"]["recall_40"]);
    let baselines = object(
        &program()
            .args([
                "baselines",
                "--json",
                "--k-core",
                "1",
                "--only",
                "popularity",
                "--data",
                text(&log),
            ])
            .output()
            .unwrap(),
    );
    assert_eq!(
        outcomes[0]["test"]["recall_20"],
        baselines["baselines"][0]["test"]["recall@20"]
    );

    // The table has a row for each model, with the mean over its seeds.
    let table = fs::read_to_string(out.join("comparison.md")).unwrap();
    let row = table.lines().find(|line| line.starts_with("| avae ")).unwrap();
    let cells: Vec<_> = row.split('|').map(str::trim).collect();
    assert_eq!(cells[2], "1 2");
    let mean = (outcomes[3]["test"]["recall_20"].as_f64().unwrap() + outcomes[4]["test"]["recall_20"].as_f64().unwrap()) / 2.0;
    assert!(cells[3].starts_with(&format!("{mean:.4} ± ")), "{row}");
    assert_eq!(table.lines().count(), 4 + 4);
    let shown = program()
        .args(["compare", "--show", text(&out.join("comparison.json"))])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), table);
}

#[test]
fn a_comparison_goes_on_where_it_was_killed() {
    let (folder, log) = folder("compare_resume");
    let (whole, broken) = (folder.join("whole"), folder.join("broken"));
    let expected = object(&compare(&log, &whole, "sasrec,avae", &LONG).output().unwrap());

    // The first model is done when the second one is killed, some epoch in.
    let run = broken.join("avae-seed-1");
    let mut child = compare(&log, &broken, "sasrec,avae", &LONG)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !run.join("compared.json").exists() && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let notes: Value = serde_json::from_str(&fs::read_to_string(run.join("compared.json")).unwrap()).unwrap();
    assert!(notes["outcome"].is_null(), "it was killed in time");

    let done = fs::metadata(broken.join("sasrec-seed-1/model.safetensors"))
        .unwrap()
        .modified()
        .unwrap();
    let found = object(&compare(&log, &broken, "sasrec,avae", &LONG).output().unwrap());
    assert_eq!(timeless(found), timeless(expected));
    let now = fs::metadata(broken.join("sasrec-seed-1/model.safetensors"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(done, now, "what was done is not done again");
}

#[test]
fn what_cannot_be_compared_is_one_sentence() {
    let (folder, log) = folder("compare_refused");
    let out = folder.join("compared");
    let refused = sentence(compare(&log, &out, "sasrec,bert", &[]));
    assert!(
        refused.starts_with("There is no model bert; there are default, avae") && refused.ends_with("markov, item_knn, ease."),
        "{refused}"
    );
    let refused = sentence(compare(&log, &out, "sasrec", &["--set", "model.hidden_sise=4"]));
    assert!(refused.contains("model.hidden_size"), "{refused}");
    let refused = sentence(compare(&log, &out, "sasrec+model.layers", &[]));
    assert!(refused.contains("model.layers has no value"), "{refused}");
    assert!(!out.exists(), "nothing was begun");
    object(&train(&log, &out.join("sasrec-seed-1"), &["--epochs", "1"]).output().unwrap());
    let refused = sentence(compare(&log, &out, "sasrec", &[]));
    assert!(refused.contains("holds a run of another configuration"), "{refused}");
    let mut command = program();
    command.args(["compare", "--show", text(&log)]);
    let refused = sentence(command);
    assert!(refused.contains("log.csv is no comparison"), "{refused}");
}

/// The tables of docs/results.md are what the command prints of the files beside it.
#[test]
fn the_documented_results_are_those_of_the_files() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = fs::read_to_string(docs.join("results.md")).unwrap();
    let mut tables = 0;
    for file in fs::read_dir(docs.join("results")).unwrap() {
        let file = file.unwrap().path();
        // Folders hold what other commands measured.
        if file.is_dir() {
            continue;
        }
        let shown = program().args(["compare", "--show", text(&file)]).output().unwrap();
        let table = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.status.success() && table.contains("| markov |"), "{}", file.display());
        assert!(
            page.contains(&table),
            "docs/results.md has not the table of {}:\n{table}",
            file.display()
        );
        tables += 1;
    }
    assert!(tables > 0, "docs/results holds comparisons");
}
