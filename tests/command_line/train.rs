//! The command line trains, is killed, goes on with the same curve, evaluates and recommends; what does not fit is one sentence.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::runs::{folder, object, program, sentence, text, train};
use serde_json::Value;

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
