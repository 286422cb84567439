//! The command line trains, is killed, goes on with the same curve, evaluates and recommends; what does not fit is one sentence.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use contrastvae::log::{Example, generate};
use serde_json::Value;

/// A folder of this test alone, with a small log in it.
fn folder(name: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let example = Example {
        users: 150,
        items: 60,
        ..Example::default()
    };
    let data = generate(&example).unwrap();
    let mut text = String::from("user,item,title\n");
    for (user, sequence) in data.users.iter().zip(&data.sequences) {
        for &item in sequence {
            text += &format!("{user},{},\"{}\"\n", data.items[item as usize].id, data.title(item));
        }
    }
    let log = folder.join("log.csv");
    fs::write(&log, text).unwrap();
    (folder, log)
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_contrastvae"))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn train(log: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = program();
    command.args(["train", "--json", "--data", text(log), "--out", text(out), "--k-core", "1"]);
    for setting in ["model.hidden_size=8", "model.max_length=12", "training.batch_size=16"] {
        command.args(["--set", setting]);
    }
    command.args(more);
    command
}

fn object(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn sentence(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    told.trim_end().to_owned()
}

#[test]
fn train_evaluate_and_recommend() {
    let (folder, log) = folder("train");
    let out = folder.join("run");
    let report = object(&train(&log, &out, &["--epochs", "3", "--seed", "5"]).output().unwrap());
    assert_eq!(report["epochs"], 3);
    assert_eq!(report["history"].as_array().unwrap().len(), 3);
    assert!(report["sequences_per_second"].as_f64().unwrap() > 0.0);
    let best = report["best_epoch"].as_u64().unwrap() as usize;
    assert_eq!(report["history"][best - 1]["valid"], report["valid"]);
    assert!(out.join("model.safetensors").is_file() && out.join("run.json").is_file());

    let mut evaluate = program();
    evaluate.args(["evaluate", "--json", "--run", text(&out), "--data", text(&log)]);
    let metrics = object(&evaluate.output().unwrap());
    assert_eq!(metrics["users"], 150);
    for (name, field) in [("recall@20", "recall_20"), ("ndcg@20", "ndcg_20"), ("mrr", "mrr")] {
        assert_eq!(
            metrics[name], report["test"][field],
            "{name}: the best weights are what is written"
        );
    }
    for grouping in metrics["groups"].as_array().unwrap() {
        let users: u64 = grouping["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["users"].as_u64().unwrap())
            .sum();
        assert_eq!(users, 150, "every user is in one group: {grouping}");
    }

    let mut recommend = program();
    recommend.args([
        "recommend",
        "--json",
        "--run",
        text(&out),
        "--history",
        "B0001, B0002",
        "-k",
        "5",
    ]);
    let list = object(&recommend.output().unwrap());
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 5);
    let scores: Vec<f64> = list.iter().map(|row| row["score"].as_f64().unwrap()).collect();
    assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(
        list.iter()
            .all(|row| row["item"] != "B0001" && row["title"].as_str().unwrap().len() > 2)
    );
}

#[test]
fn a_run_that_was_killed_goes_on_with_the_same_curve() {
    let (folder, log) = folder("killed");
    let (whole, torn) = (folder.join("whole"), folder.join("torn"));
    let settings = ["--epochs", "12"];
    let expected = object(&train(&log, &whole, &settings).output().unwrap());

    let mut child = train(&log, &torn, &settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !torn.join("run.json").exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "no epoch was saved");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let saved: Value = serde_json::from_slice(&fs::read(torn.join("run.json")).unwrap()).unwrap();
    assert!(
        saved["history"]["epochs"].as_array().unwrap().len() < 12,
        "it was killed before its end"
    );

    let refused = sentence(train(&log, &torn, &settings));
    assert!(
        refused.contains("holds a run already") && refused.contains("--resume"),
        "{refused}"
    );
    let resumed = object(&train(&log, &torn, &["--resume"]).output().unwrap());
    for key in ["history", "valid", "test", "best_epoch"] {
        assert_eq!(resumed[key], expected[key], "{key}");
    }
}

#[test]
fn what_does_not_fit_is_one_sentence() {
    let (folder, log) = folder("refused");
    let out = folder.join("run");
    let of = |more: &[&str]| sentence(train(&log, &out, more));
    assert!(of(&["--set", "training.epoch=3"]).contains("did you mean training.epochs?"));
    assert!(of(&["--set", "training.epochs"]).contains("KEY=VALUE"));
    assert!(of(&["--preset", "papers"]).contains("There is no preset papers"));
    assert!(of(&["--epochs", "0"]).contains("training.epochs is 0"));
    assert!(!out.exists(), "nothing was written");

    let mut evaluate = program();
    evaluate.args(["evaluate", "--run", text(&out), "--data", text(&log)]);
    assert!(sentence(evaluate).contains("run.json"));

    object(&train(&log, &out, &["--epochs", "1"]).output().unwrap());
    fs::write(folder.join("other.csv"), "user,item\na,1\na,2\na,3\na,4\n").unwrap();
    let mut evaluate = program();
    evaluate.args(["evaluate", "--run", text(&out), "--data", text(&folder.join("other.csv"))]);
    assert!(sentence(evaluate).starts_with("The run was trained on log.csv (150 users"));
    let mut recommend = program();
    recommend.args(["recommend", "--run", text(&out), "--history", "B0001,nothing"]);
    assert!(sentence(recommend).starts_with("The run knows no item nothing;"));

    let tensors = out.join("model.safetensors");
    let bytes = fs::read(&tensors).unwrap();
    fs::write(&tensors, &bytes[..bytes.len() / 2]).unwrap();
    let mut recommend = program();
    recommend.args(["recommend", "--run", text(&out), "--history", "B0001"]);
    assert!(sentence(recommend).starts_with("model.safetensors cannot be read"));
}
