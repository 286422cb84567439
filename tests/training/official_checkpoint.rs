//! Checkpoints of the official ContrastVAE give here the scores and metrics that they give there.
//!
//! Files and expected values come from `tests/fixtures/official/make.py`, which computes them apart from this crate.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use contrastvae::device::Compute;
use contrastvae::log::{Dataset, ReadOptions, Split, read};
use contrastvae::pytorch::{self, Tensor};
use contrastvae::run::{Checkpoint, Imported, Mode, Run, import_official};
use pollster::block_on;
use serde_json::Value;

const KINDS: [(&str, Mode, usize, &str); 2] = [
    ("model", Mode::Model, 1, "temperature"),
    ("variational", Mode::Variational, 2, "drop_rate"),
];
const HEADS: usize = 2;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/official")
        .join(name)
}

fn expected() -> Value {
    serde_json::from_slice(&fs::read(fixture("expected.json")).unwrap()).unwrap()
}

fn log_text() -> String {
    fs::read_to_string(fixture("log.txt")).unwrap()
}

fn data(text: &str) -> Dataset {
    read(("log.txt", text.as_bytes()), None, &ReadOptions::with_k_core(1)).unwrap()
}

fn tensors(kind: &str) -> BTreeMap<String, Tensor> {
    let name = format!("{kind}.pt");
    pytorch::read(&name, &fs::read(fixture(&name)).unwrap()).unwrap()
}

fn import(tensors: &BTreeMap<String, Tensor>, heads: usize, data: &Dataset) -> Result<Imported, String> {
    import_official("official.pt", tensors, heads, data, &ReadOptions::with_k_core(1)).map_err(|error| error.to_string())
}

/// Largest difference of a user's scores from the expected ones, over the largest score.
fn worst_scores(run: &Run, expected: &Value) -> f64 {
    let data = run.data();
    let mut worst = 0.0f64;
    for (user, wanted) in expected.as_object().unwrap() {
        let at = data.users.iter().position(|id| id == user).unwrap();
        let (history, _) = data.query(at, Split::Test).unwrap();
        let scores = block_on(run.scores(history)).unwrap();
        let wanted: Vec<f64> = wanted
            .as_array()
            .unwrap()
            .iter()
            .map(|score| score.as_f64().unwrap())
            .collect();
        let largest = wanted.iter().fold(0.0f64, |largest, score| largest.max(score.abs()));
        for (item, score) in data.items.iter().zip(scores) {
            // Item 0 has no place among the expected.
            if let Some(wanted) = item.id.parse::<usize>().unwrap().checked_sub(1).map(|row| wanted[row]) {
                worst = worst.max((f64::from(score) - wanted).abs() / largest);
            }
        }
    }
    worst
}

#[test]
fn scores_of_all_items() {
    let (expected, data) = (expected(), Arc::new(data(&log_text())));
    let first: Vec<&str> = data.items.iter().take(3).map(|item| item.id.as_str()).collect();
    assert_ne!(
        first,
        ["1", "2", "3"],
        "the order of appearance is another than that of the rows"
    );
    for (kind, mode, layers, unused) in KINDS {
        let imported = import(&tensors(kind), HEADS, &data).unwrap();
        assert_eq!(imported.unused, [unused]);
        // As another program would find it.
        let json = imported.checkpoint.json().unwrap();
        let checkpoint = Checkpoint::from_files(imported.checkpoint.tensors, &json).unwrap();
        let record = &checkpoint.record;
        assert_eq!((record.config.view.mode, record.config.model.layers), (mode, layers));
        assert_eq!((record.config.model.hidden_size, record.config.model.max_length), (8, 10));
        assert_eq!(record.imported_from.as_deref(), Some("official.pt"));
        assert_eq!((record.step, record.best_step, record.history.epochs.len()), (0, None, 0));
        let run = Run::resume(&checkpoint, data.clone(), Compute::cpu()).unwrap();
        let worst = worst_scores(&run, &expected[kind]["scores"]);
        println!("{kind}: largest relative difference {worst:.2e}");
        assert!(worst < 1e-4, "{kind}: {worst}");

        // With other heads it is another model, and the comparison sees it.
        let other = import(&tensors(kind), 4, &data).unwrap().checkpoint;
        let run = Run::resume(&other, data.clone(), Compute::cpu()).unwrap();
        assert!(worst_scores(&run, &expected[kind]["scores"]) > 1e-2);
    }
}

#[test]
fn an_imported_run_can_be_trained_on_and_says_where_it_came_from() {
    let data = Arc::new(data(&log_text()));
    let imported = import(&tensors("variational"), HEADS, &data).unwrap();
    assert_eq!(imported.checkpoint.nothing_to_resume(), Some("official.pt"));
    let mut run = Run::resume(&imported.checkpoint, data.clone(), Compute::cpu()).unwrap();
    assert!(
        block_on(run.step())
            .unwrap()
            .losses
            .is_some_and(|losses| losses.total.is_finite())
    );
    let saved = block_on(run.checkpoint(&ReadOptions::with_k_core(1))).unwrap();
    assert_eq!((saved.record.step, saved.nothing_to_resume()), (1, None));
    assert_eq!(saved.record.imported_from.as_deref(), Some("official.pt"));
    Run::resume(&saved, data, Compute::cpu()).unwrap();
}

#[test]
fn logs_that_do_not_fit() {
    let tensors = tensors("model");
    let refused = |text: &str| import(&tensors, HEADS, &data(text)).unwrap_err();
    let log = log_text();
    // Counted from 0, as some official files are, beside a model that was not; or the other way round.
    let shifted = |by: i64| {
        let line = |line: &str| {
            let (user, items) = line.split_once(' ').unwrap();
            let items: Vec<String> = items
                .split(' ')
                .map(|item| (item.parse::<i64>().unwrap() + by).to_string())
                .collect();
            format!("{user} {}\n", items.join(" "))
        };
        log.lines().map(line).collect::<String>()
    };
    assert!(
        refused(&shifted(-1)).starts_with("The items of log.txt go up to 29, but official.pt has rows for the items up to 30;")
    );
    assert!(refused(&shifted(1)).starts_with("The items of log.txt go up to 31"));
    for (id, shown) in [("x7", "\"x7\""), ("007", "\"007\""), ("-7", "\"-7\"")] {
        let told = refused(&format!("{log}13 1 2 30 {id} 4\n"));
        assert!(
            told.starts_with(&format!("The item {shown} of log.txt is no whole number")),
            "{told}"
        );
    }
}

#[test]
fn items_that_the_log_lacks_and_item_0_are_told() {
    let (tensors, expected, log) = (tensors("model"), expected(), log_text());
    // Without some users, some items occur nowhere.
    let few: String = log.lines().take(2).map(|line| format!("{line}\n")).collect::<String>() + "13 30 1 2 3\n";
    let few = data(&few);
    let missing = 30 - few.items.len();
    assert!(missing > 5);
    let imported = import(&tensors, HEADS, &few).unwrap();
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.starts_with(&format!("Of the 30 items of the checkpoint {missing} occur nowhere")))
    );

    // A user with item 0 changes nothing for the others.
    let zero = Arc::new(data(&format!("{log}13 0 1 2 3 30\n14 4 0 5 6\n")));
    let imported = import(&tensors, HEADS, &zero).unwrap();
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.starts_with("The log has an item 0,") && note.contains("users who have it: 2")),
        "{:?}",
        imported.notes
    );
    assert!(!imported.notes.iter().any(|note| note.contains("occur nowhere")));
    let run = Run::resume(&imported.checkpoint, zero, Compute::cpu()).unwrap();
    assert!(worst_scores(&run, &expected["model"]["scores"]) < 1e-4);
}

#[test]
fn tensors_that_do_not_fit() {
    let data = data(&log_text());
    let original = tensors("variational");
    let refused = |change: &dyn Fn(&mut BTreeMap<String, Tensor>)| {
        let mut changed = original.clone();
        change(&mut changed);
        let told = import(&changed, HEADS, &data).unwrap_err();
        assert!(told.contains("official.pt") && told.ends_with('.'), "{told}");
        told
    };
    let key = "item_decoder.layer.1.attention.key.weight";
    assert!(refused(&|t| drop(t.remove(key))).contains(&format!("has no tensor {key},")));
    assert!(refused(&|t| drop(t.remove("item_embeddings.weight"))).contains("no checkpoint of the official ContrastVAE"));
    assert!(
        refused(&|t| t.retain(|name, _| !name.contains("encoder_mu"))).contains("item_encoder_mu.layer.0.attention.query.weight")
    );
    assert!(refused(&|t| t.get_mut(key).unwrap().shape = vec![4, 16]).contains("has the shape [4, 16] where [8, 8] belongs"));
    assert!(refused(&|t| t.get_mut("LayerNorm.bias").unwrap().shape = vec![8, 1]).contains("where [8] belongs"));
    assert!(refused(&|t| t.get_mut("item_embeddings.weight").unwrap().shape = vec![256]).contains("[items + 2, width]"));
    assert!(refused(&|t| t.get_mut("position_embeddings.weight").unwrap().shape = vec![20, 4]).contains("where [20, 8] belongs"));
    assert!(refused(&|t| t.get_mut(key).unwrap().values[3] = f32::NAN).contains("holds NaN"));
    // One more layer in one stack only; five tensors of another model.
    let extra = refused(&|t| {
        for n in 0..5 {
            t.insert(format!("classifier.{n}"), t[key].clone());
        }
    });
    assert!(
        extra.contains("(classifier.0, classifier.1, classifier.2 and 2 more)"),
        "{extra}"
    );
    let heads = |heads| import(&original, heads, &data).unwrap_err();
    assert_eq!(
        heads(3),
        "3 heads do not divide the width 8 of official.pt; give the number of heads that it was trained with (4 unless it was changed)."
    );
    assert!(heads(0).starts_with("model.heads is 0; it must be"));
}

// The command line -----------------------------------------------------------------------------------------------------------------

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contrastvae"))
        .args(arguments)
        .output()
        .unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = program(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn sentence(arguments: &[&str]) -> String {
    let output = program(arguments);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    told.trim_end().to_owned()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn import_evaluate_recommend() {
    let (expected, folder) = (expected(), folder("official"));
    let log = fixture("log.txt");
    for (kind, _, layers, unused) in KINDS {
        let (out, checkpoint) = (folder.join(kind), fixture(&format!("{kind}.pt")));
        let from = [
            "import",
            "--pytorch",
            text(&checkpoint),
            "--data",
            text(&log),
            "--heads",
            "2",
            "--out",
            text(&out),
            "--json",
        ];
        let report = json(&from);
        assert_eq!(
            (&report["mode"], &report["items"], &report["layers"]),
            (&kind.into(), &30.into(), &layers.into())
        );
        assert_eq!(report["unused"][0], unused);

        for split in ["valid", "test"] {
            let found = json(&[
                "evaluate",
                "--json",
                "--run",
                text(&out),
                "--data",
                text(&log),
                "--split",
                split,
            ]);
            let wanted = expected[kind][split].as_object().unwrap();
            assert_eq!(wanted.len(), 10);
            for (name, value) in wanted {
                let difference = (found[name].as_f64().unwrap() - value.as_f64().unwrap()).abs();
                assert!(
                    difference < 1e-4,
                    "{kind}, {split}: {name} is {} instead of {value}",
                    found[name]
                );
            }
        }

        let line = log_text().lines().nth(3).unwrap().to_owned();
        let items: Vec<&str> = line.split(' ').skip(1).collect();
        let (history, user) = (&items[..items.len() - 1], line.split(' ').next().unwrap());
        let list = json(&[
            "recommend",
            "--json",
            "--run",
            text(&out),
            "--history",
            &history.join(","),
            "-k",
            "5",
        ]);
        let scores = expected[kind]["scores"][user].as_array().unwrap();
        let mut ranked: Vec<(String, f64)> = scores
            .iter()
            .zip(1..)
            .map(|(score, id): (_, u32)| (id.to_string(), score.as_f64().unwrap()))
            .collect();
        ranked.retain(|(id, _)| !history.contains(&id.as_str()));
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        assert_eq!(list.as_array().unwrap().len(), 5);
        for (found, (id, score)) in list.as_array().unwrap().iter().zip(ranked) {
            assert_eq!(found["item"], id);
            assert!((found["score"].as_f64().unwrap() - score).abs() < 1e-4 * score.abs().max(1.0));
        }

        assert!(sentence(&from).contains("holds a run already; choose another folder."));
        let resumed = sentence(&["train", "--data", text(&log), "--out", text(&out), "--resume"]);
        assert!(
            resumed.contains(&format!("holds the weights of {kind}.pt alone")),
            "{resumed}"
        );
    }
    let out = folder.join("told");
    let told = program(&[
        "import",
        "--pytorch",
        text(&fixture("model.pt")),
        "--data",
        text(&log),
        "--heads",
        "2",
        "--out",
        text(&out),
    ]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.starts_with("model.pt: mode model, 30 items, width 8, layers 1, heads 2, positions 10\n"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_imported_is_one_sentence() {
    let folder = folder("official-refused");
    let (log, out) = (fixture("log.txt"), folder.join("run"));
    let of = |checkpoint: &Path, log: &Path, heads: &str| {
        sentence(&[
            "import",
            "--pytorch",
            text(checkpoint),
            "--data",
            text(log),
            "--heads",
            heads,
            "--out",
            text(&out),
        ])
    };
    let model = fixture("model.pt");
    assert!(of(&model, &log, "3").starts_with("3 heads do not divide the width 8 of model.pt"));
    assert!(of(&folder.join("none.pt"), &log, "2").contains("There is no file"));
    assert!(of(&folder, &log, "2").contains("cannot be read"));
    assert!(of(&model, &folder.join("none.txt"), "2").contains("There is no file"));
    assert!(of(&log, &log, "2").starts_with("log.txt is no PyTorch checkpoint"));
    assert!(of(&fixture("whole.pt"), &log, "2").contains("torch.nn.modules.linear.Linear"));
    assert!(of(&fixture("views.pt"), &log, "2").contains("views.pt has no tensor item_embeddings.weight"));
    let bytes = fs::read(&model).unwrap();
    let damaged = folder.join("damaged.pt");
    fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
    assert!(of(&damaged, &log, "2").starts_with("damaged.pt is damaged: its table of contents is missing"));
    // A byte of the item table, not one of the padding between the entries.
    let first = tensors("model")["item_embeddings.weight"].values[0].to_le_bytes();
    let at = bytes.windows(4).position(|four| four == first).unwrap();
    let mut changed = bytes.clone();
    changed[at] ^= 0x10;
    fs::write(&damaged, changed).unwrap();
    assert!(of(&damaged, &log, "2").starts_with("damaged.pt is damaged: archive/data/1 cannot be unpacked"));
    let other = folder.join("other.txt");
    fs::write(&other, log_text().replace("30", "31")).unwrap();
    assert!(of(&model, &other, "2").starts_with("The items of other.txt go up to 31"));
    assert!(!out.exists(), "nothing was written");
}
