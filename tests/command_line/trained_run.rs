//! Uses of a trained run: it is diagnosed, exported, evaluated on spoiled histories, and compared with baselines; what
//! cannot be done is one sentence.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::runs::{asked, folder, object, program, refused, text, train};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, RowAccessor};
use serde_json::Value;

/// A run of two epochs for one test: its folder, its log, a folder to write to.
fn trained(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let (folder, log) = folder(name);
    let run = folder.join("run");
    object(&train(&log, &run, &["--epochs", "2", "--seed", "5"]).output().unwrap());
    (run, log, folder)
}

fn told(arguments: &[&str]) -> String {
    let output = program().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Titles and vectors of the items as the file of weights has them: without the padding before and the mask token after them.
fn embeddings(run: &Path) -> (Vec<String>, Vec<f32>) {
    let record: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    let titles: Vec<String> = serde_json::from_value(record["item_titles"].clone()).unwrap();
    let bytes = fs::read(run.join("model.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let data = file.tensor("item_embeddings.weight").unwrap().data();
    let values = data
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
    (titles.clone(), values.skip(8).take(8 * titles.len()).collect())
}

#[test]
fn a_run_is_diagnosed() {
    let (run, log, _) = &trained("diagnose");
    let arguments = ["diagnose", "--run", text(run), "--data", text(log)];
    let found = asked(&[&arguments[..], &["--json"]].concat());
    assert_eq!((&found["rows"], &found["dimensions"]), (&150.into(), &8.into()));
    let number = |name: &str| found[name].as_f64().unwrap_or_else(|| panic!("{name}: {found}"));
    assert!((1.0..=8.0).contains(&number("active_units")));
    let kl: Vec<f64> = found["kl_per_dim"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kl| kl.as_f64().unwrap())
        .collect();
    assert_eq!(kl.len(), 8);
    assert!((kl.iter().sum::<f64>() - number("kl")).abs() < 1e-9);
    assert_eq!(number("mutual_information_ceiling"), 150f64.ln());
    assert!(number("mutual_information") <= number("mutual_information_ceiling"));
    assert!((number("mutual_information") + number("marginal_kl") - number("kl")).abs() < 1e-9);
    assert!((0.0..=4.0).contains(&number("alignment")));
    assert!((-8.0..=0.0).contains(&number("uniformity")) && (-8.0..=0.0).contains(&number("view_uniformity")));
    assert!((1.0..=8.0).contains(&number("effective_rank")));
    assert!(number("contrastive_bound") < number("contrastive_ceiling"));
    assert!(found["positions"]["rows"].as_u64().unwrap() > 150);
    assert_eq!(found["groups"][0]["grouping"], "answer_frequency");
    assert_eq!(found["groups"][1]["grouping"], "training_frequency");
    assert_eq!(found["reliance"]["users"], 150);
    assert_eq!(found["reliance"]["scored_at"], "mean");
    let latents: BTreeMap<&str, &Value> = found["reliance"]["latents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["latent"].as_str().unwrap(), row))
        .collect();
    assert_eq!(latents.len(), 5);
    assert_eq!(latents["mean"]["ndcg_20_change"], 0.0);
    for name in ["other_user", "prior"] {
        let (row, own) = (latents[name], latents["mean"]);
        let change = row["recall@20"].as_f64().unwrap() - own["recall@20"].as_f64().unwrap();
        assert!(
            (row["recall_20_change"].as_f64().unwrap() - change).abs() < 1e-6 && change < 0.0,
            "{name}: {row}"
        );
    }

    // The same command says the same, and of fewer rows another thing.
    let mut again = asked(&[&arguments[..], &["--json"]].concat());
    again["seconds"] = found["seconds"].clone();
    assert_eq!(again, found);
    let fewer = asked(
        &[
            &arguments[..],
            &["--json", "--rows", "40", "--reliance-users", "0", "--padded", "--seed", "3"],
        ]
        .concat(),
    );
    assert_eq!((&fewer["rows"], &fewer["positions"]["rows"]), (&40.into(), &40.into()));
    assert!(fewer["reliance"].is_null() && fewer["padded"]["alignment"].is_number());

    let page = told(&arguments);
    for line in [
        "Active units",
        "Mutual information, nats",
        "Alignment",
        "another user's latents",
        "where the model is scored",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}

#[test]
fn items_are_exported_for_the_projector() {
    let (run, log, folder) = &trained("projector");
    let out = folder.join("items.tsv");
    let report = asked(&["export", "--json", "--run", text(run), "--what", "items", "--out", text(&out)]);
    let beside = folder.join("items.metadata.tsv");
    assert_eq!(report["files"], serde_json::json!([out, beside]));
    let (titles, values) = embeddings(run);
    assert_eq!((&report["rows"], &report["dimensions"]), (&titles.len().into(), &8.into()));
    let vectors = fs::read_to_string(&out).unwrap();
    let read: Vec<f32> = vectors
        .lines()
        .flat_map(|line| line.split('\t'))
        .map(|value| value.parse().unwrap())
        .collect();
    assert_eq!(read, values, "every float reads back as it was");
    assert!(vectors.lines().all(|line| line.split('\t').count() == 8));
    let metadata = fs::read_to_string(&beside).unwrap();
    let mut lines = metadata.lines();
    assert_eq!(lines.next(), Some("item\ttitle"));
    let told: Vec<&str> = lines.map(|line| line.split_once('\t').unwrap().1).collect();
    assert_eq!(told, titles);

    // With the log there is more to tell; over what is there.
    asked(&[
        "export",
        "--json",
        "--run",
        text(run),
        "--data",
        text(log),
        "--what",
        "items",
        "--out",
        text(&out),
    ]);
    assert_eq!(fs::read_to_string(&out).unwrap(), vectors);
    let metadata = fs::read_to_string(&beside).unwrap();
    assert!(metadata.starts_with("item\ttitle\tgenre\ttraining_count\n"));
    assert_eq!(metadata.lines().count(), titles.len() + 1);
    let left: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.iter().all(|path| !text(path).ends_with(".partial")), "{left:?}");
}

#[test]
fn items_are_exported_for_numpy() {
    let (run, _, folder) = &trained("numpy");
    let out = folder.join("items.npy");
    let page = told(&["export", "--run", text(run), "--what", "items", "--out", text(&out)]);
    assert!(page.contains("items of 8 dimensions written to"), "{page}");
    let bytes = fs::read(&out).unwrap();
    let (titles, values) = embeddings(run);
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    assert_eq!((10 + length) % 64, 0);
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    let expected = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, 8), }}", titles.len());
    assert_eq!(header.trim_end_matches(' ').trim_end_matches('\n').trim_end(), expected);
    assert!(header.ends_with('\n'));
    let read: Vec<f32> = bytes[10 + length..]
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!(read, values);
    assert!(folder.join("items.metadata.tsv").is_file());
}

#[test]
fn users_are_exported_to_parquet() {
    let (run, log, folder) = &trained("parquet");
    let out = folder.join("users.parquet");
    let write = |more: &[&str]| {
        let arguments = [
            "export",
            "--json",
            "--run",
            text(run),
            "--data",
            text(log),
            "--what",
            "users",
            "--out",
            text(&out),
        ];
        asked(&[&arguments[..], more].concat());
        let reader = SerializedFileReader::new(File::open(&out).unwrap()).unwrap();
        let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
        rows.map(|row| {
            let vector: Vec<f32> = row
                .get_list(4)
                .unwrap()
                .elements()
                .iter()
                .map(|field| match field {
                    Field::Float(value) => *value,
                    other => panic!("{other:?}"),
                })
                .collect();
            let place = [2, 3].map(|column| row.get_float(column).unwrap());
            assert!(place.iter().all(|along| along.abs() <= 1.0), "{place:?}");
            (row.get_string(0).unwrap().clone(), row.get_long(1).unwrap(), vector)
        })
        .collect::<Vec<_>>()
    };
    let before = write(&[]);
    assert_eq!(before.len(), 150);
    assert!(
        before
            .iter()
            .all(|(_, _, vector)| vector.len() == 8 && vector.iter().all(|value| value.is_finite()))
    );
    let whole = write(&["--whole"]);
    for (before, whole) in before.iter().zip(&whole) {
        assert_eq!(
            (&before.0, before.1 + 1),
            (&whole.0, whole.1),
            "the answer of the test is one more"
        );
    }
    assert_ne!(before[0].2, whole[0].2);
    assert!(!folder.join("users.metadata.tsv").exists());
}

#[test]
fn spoiled_histories_and_baselines() {
    let (run, log, _) = &trained("spoiled");
    let found = asked(&["evaluate", "--json", "--corrupt", "--run", text(run), "--data", text(log)]);
    let rows = found["corruption"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for (row, (kind, share)) in rows.iter().zip(
        ["deletion", "replacement"]
            .into_iter()
            .flat_map(|kind| [0.0, 0.1, 0.2, 0.3, 0.4].map(|share| (kind, share))),
    ) {
        assert_eq!((row["kind"].as_str(), row["share"].as_f64()), (Some(kind), Some(share)));
        assert_eq!(row["users"], 150);
        for name in ["recall@20", "ndcg@20", "recall@40", "ndcg@40"] {
            assert!((0.0..=1.0).contains(&row[name].as_f64().unwrap()), "{row}");
            if share == 0.0 {
                assert_eq!(row[name], found[name], "nothing is spoiled at a share of 0");
            }
        }
    }
    assert_ne!(rows[4]["ndcg@40"], found["ndcg@40"]);
    let plain = asked(&["evaluate", "--json", "--run", text(run), "--data", text(log)]);
    assert!(plain.get("corruption").is_none());
    let page = told(&["evaluate", "--corrupt", "--run", text(run), "--data", text(log)]);
    assert!(
        page.contains("replaced by other items") && page.contains("     0.4  Recall@20"),
        "{page}"
    );

    let found = asked(&["baselines", "--json", "--data", text(log), "--k-core", "1", "--corrupt"]);
    let baselines = found["baselines"].as_array().unwrap();
    let names: Vec<&str> = baselines.iter().map(|baseline| baseline["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["popularity", "markov", "item_knn", "ease"]);
    for baseline in baselines {
        assert_eq!(
            (&baseline["valid"]["users"], &baseline["test"]["users"]),
            (&150.into(), &150.into())
        );
        assert!(baseline["test"]["mrr"].as_f64().unwrap() > 0.0 && baseline["seconds"].as_f64().unwrap() > 0.0);
        assert_eq!(baseline["groups"].as_array().unwrap().len(), 3);
        assert_eq!(baseline["corruption"].as_array().unwrap().len(), 10);
    }
    let penalty = baselines[3]["penalty"].as_f64().unwrap();
    assert!([10.0, 50.0, 200.0, 1000.0].contains(&penalty), "{penalty}");
    let chosen = |penalty: &str| {
        let found = asked(&[
            "baselines",
            "--json",
            "--data",
            text(log),
            "--k-core",
            "1",
            "--only",
            "ease",
            "--ease-penalty",
            penalty,
        ]);
        found["baselines"][0]["valid"]["ndcg@20"].as_f64().unwrap()
    };
    let best = baselines[3]["valid"]["ndcg@20"].as_f64().unwrap();
    assert_eq!(chosen(&penalty.to_string()), best);
    assert!(
        ["10", "1000"].iter().all(|other| chosen(other) <= best),
        "the best on validation is taken"
    );
    // Popularity does not look at the history.
    let spoiled = &baselines[0]["corruption"];
    assert_eq!(spoiled[4]["ndcg@20"], spoiled[0]["ndcg@20"]);
    assert_ne!(
        baselines[1]["corruption"][4]["ndcg@20"],
        baselines[1]["corruption"][0]["ndcg@20"]
    );
    let some = asked(&[
        "baselines",
        "--json",
        "--data",
        text(log),
        "--k-core",
        "1",
        "--only",
        "item_knn,popularity",
    ]);
    assert_eq!(some["baselines"][1]["test"], baselines[2]["test"]);
    assert_eq!(some["baselines"].as_array().unwrap().len(), 2);
    assert!(some["baselines"][0].get("corruption").is_none());
    let page = told(&["baselines", "--data", text(log), "--k-core", "1"]);
    assert!(
        page.contains("markov: built in") && page.contains("By the length of the sequence"),
        "{page}"
    );
}

#[test]
fn what_cannot_be_done_is_one_sentence() {
    let (run, log, folder) = &trained("use_refused");
    let out = folder.join("items.csv");
    let export = |what: &str, out: &Path| refused(&["export", "--run", text(run), "--what", what, "--out", text(out)]);
    let told = export("items", &out);
    assert!(
        told.contains(".tsv") && told.contains(".npy") && told.contains(".parquet"),
        "{told}"
    );
    assert!(!out.exists());
    assert!(export("items", &folder.join("nowhere/items.npy")).contains("There is no folder"));
    assert!(export("users", &folder.join("users.npy")).contains("--data"));
    assert!(export("genres", &folder.join("genres.npy")).contains("items, users"));
    let missing = folder.join("no-run");
    for arguments in [
        vec!["export", "--run", text(&missing), "--what", "items", "--out", "x.npy"],
        vec!["diagnose", "--run", text(&missing), "--data", text(log)],
    ] {
        assert!(refused(&arguments).contains("contrastvae train --out"), "{arguments:?}");
    }
    assert!(!Path::new("x.npy").exists());
    assert!(refused(&["diagnose", "--run", text(run), "--data", text(log), "--rows", "1"]).contains("--rows"));
    assert!(refused(&["diagnose", "--run", text(run), "--data", text(&folder.join("none.csv"))]).contains("none.csv"));
    assert!(refused(&["baselines", "--data", text(log), "--only", "markow"]).contains("popularity, markov, item_knn"));
    let other = folder.join("other.csv");
    fs::write(&other, "user,item\na,1\na,2\na,3\na,4\n").unwrap();
    let told = refused(&[
        "export",
        "--run",
        text(run),
        "--data",
        text(&other),
        "--what",
        "users",
        "--out",
        text(&out.with_extension("npy")),
    ]);
    assert!(told.starts_with("The run was trained on log.csv"), "{told}");
}
