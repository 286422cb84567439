//! `contrastvae export --what onnx`, run by onnxruntime itself.
//!
//! Runs if `ONNX_PYTHON`, or else `python3`, is an interpreter with onnxruntime, and says that it was skipped if not; seen with onnxruntime 1.32.0
//! and Python 3.11. What the file holds is also held natively (`src/bin/contrastvae/onnx/tests.rs`).

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::lists::trained;
use crate::runs::{folder, object, program, sentence, text, train};

/// Scores a batch of histories, each also by itself, and tells the identifiers of the best.
const SERVE: &str = r#"
import json, sys
import numpy, onnxruntime
model, histories = sys.argv[1:]
session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
about = session.get_modelmeta().custom_metadata_map
ids, titles = json.loads(about['item_ids']), json.loads(about['item_titles'])
index = {item: at for at, item in enumerate(ids)}
told = [[index[item] for item in history] for history in json.load(open(histories))]
width = max(map(len, told))
batch = numpy.array([[-1] * (width - len(history)) + history for history in told], numpy.int64)
scores, top_scores, top_items = session.run(['scores', 'top_scores', 'top_items'], {'history': batch})
assert scores.shape == (len(told), len(ids)), scores.shape
for at, history in enumerate(told):
    alone, = session.run(['scores'], {'history': numpy.array([history or [-1]], numpy.int64)})
    assert numpy.abs(alone[0] - scores[at]).max() < 1e-5, numpy.abs(alone[0] - scores[at]).max()
    assert not set(history) & set(top_items[at].tolist())
    assert numpy.allclose(numpy.sort(top_scores[at])[::-1], top_scores[at])
    assert (scores[at][top_items[at]] == top_scores[at]).all()
print(json.dumps([[[ids[i], titles[i], float(s)] for i, s in zip(*row)] for row in zip(top_items, top_scores)]))
"#;

fn python() -> Option<String> {
    let python = std::env::var("ONNX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imported = Command::new(&python).args(["-c", "import numpy, onnxruntime"]).output();
    imported.is_ok_and(|output| output.status.success()).then_some(python)
}

fn export(run: &Path, out: &Path) -> Command {
    let mut command = program();
    command.args(["export", "--run", text(run), "--what", "onnx", "-k", "6", "--out", text(out)]);
    command
}

/// Holds the file of a run to the lists of `recommend` after these histories.
fn agrees(python: &str, run: &Path, folder: &Path, histories: &[&[String]]) {
    let (model, told) = (folder.join("model.onnx"), folder.join("histories.json"));
    assert!(export(run, &model).status().unwrap().success());
    fs::write(&told, json!(histories).to_string()).unwrap();
    let served = Command::new(python)
        .args(["-c", SERVE, text(&model), text(&told)])
        .output()
        .unwrap();
    let served = object(&served);
    for (history, list) in histories.iter().zip(served.as_array().unwrap()) {
        let history = history.join(",");
        let arguments = ["recommend", "--run", text(run), "--history", &history, "-k", "6", "--json"];
        let own = object(&program().args(arguments).output().unwrap());
        let pairs = own.as_array().unwrap().iter().zip(list.as_array().unwrap());
        assert_eq!(pairs.len(), 6);
        for (own, served) in pairs {
            assert_eq!((&own["item"], &own["title"]), (&served[0], &served[1]), "after {history}");
            let of = |value: &Value| value.as_f64().unwrap();
            assert!((of(&own["score"]) - of(&served[2])).abs() < 1e-5, "{own} {served}");
        }
    }
}

#[test]
fn onnxruntime_scores_as_we_do() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with onnxruntime; name one by ONNX_PYTHON");
        return;
    };
    let (first, log, folder, histories) = trained("onnx");
    // Longer and shorter than the window of twelve, and a single item.
    let mut told: Vec<&[String]> = histories.values().map(Vec::as_slice).collect();
    told.sort_by_key(|history| history.len());
    let (longest, single) = (told[told.len() - 1], &told[0][..1]);
    assert!(longest.len() > 12);
    let some = [single, told[0], told[told.len() / 2], longest];
    agrees(&python, &first, &folder, &some);
    let kinds: [&[&str]; 7] = [
        &["--preset", "sasrec"],
        &["--set", "model.head=cosine_similarity"],
        &["--set", "model.differences=3", "--set", "model.layers=2"],
        &["--set", "view.sampling=official"],
        &["--set", "view.sampling=official", "--set", "model.linear_logvar=true"],
        &[
            "--set",
            "view.sampling=official",
            "--set",
            "model.linear_logvar=true",
            "--set",
            "model.shared_encoder=true",
            "--set",
            "model.heads=1",
        ],
        &[
            "--preset",
            "contrastvae-model",
            "--set",
            "model.layers=2",
            "--set",
            "model.heads=4",
        ],
    ];
    for (at, kind) in kinds.into_iter().enumerate() {
        let run = folder.join(format!("run-{at}"));
        object(&train(&log, &run, &[&["--epochs", "1"], kind].concat()).output().unwrap());
        agrees(&python, &run, &folder, &some);
    }
}

/// Office as the paper has it, if the log is there: `ONNX_LOG` names it.
#[test]
fn onnxruntime_scores_office_as_we_do() {
    let (Some(python), Ok(log)) = (python(), std::env::var("ONNX_LOG")) else {
        eprintln!("skipped: no Python with onnxruntime, or no log named by ONNX_LOG");
        return;
    };
    let (folder, _) = folder("onnx_office");
    let run = folder.join("run");
    let mut train = program();
    train.args(["train", "--json", "--data", &log, "--out", text(&run), "--epochs", "1"]);
    object(&train.output().unwrap());
    let lists = folder.join("lists.jsonl");
    let mut recommend = program();
    recommend.args(["convert", &log, "--to", "jsonl", "--out", text(&lists)]);
    assert!(recommend.status().unwrap().success());
    let mut histories: Vec<(String, Vec<String>)> = Vec::new();
    for line in fs::read_to_string(&lists).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let of = |key: &str| row[key].as_str().unwrap().to_owned();
        match histories.last_mut().filter(|(user, _)| *user == of("user")) {
            Some((_, history)) => history.push(of("item")),
            None => histories.push((of("user"), vec![of("item")])),
        }
    }
    let some: Vec<&[String]> = histories
        .iter()
        .step_by(histories.len() / 40)
        .map(|(_, history)| &history[..])
        .collect();
    agrees(&python, &run, &folder, &some);
}

#[test]
fn what_has_no_onnx_file_is_one_sentence() {
    let (folder, log) = folder("onnx_refused");
    let run = folder.join("run");
    object(&train(&log, &run, &["--epochs", "1", "--preset", "vaecf"]).output().unwrap());
    let told = sentence(export(&run, &folder.join("model.onnx")));
    assert!(told.starts_with("A model of bags (vaecf) has no ONNX file"), "{told}");
    let told = sentence(export(&run, &folder.join("model.bin")));
    assert!(told.ends_with("end it in .onnx."), "{told}");
    assert!(!folder.join("model.onnx").exists());
}
