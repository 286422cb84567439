//! Lists for many users: everybody's, those of a file, with and without items; each is the list of that history alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::runs::{folder, object, program, sentence, text, train};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;

/// A line of a list: item, title and score.
type Line = (String, String, f64);

pub fn recommend(run: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = program();
    command.args(["recommend", "--run", text(run)]).args(arguments);
    command
}

/// Lists by user, out of JSON Lines, with the ranks checked.
fn lists(path: &Path) -> BTreeMap<String, Vec<Line>> {
    let mut lists: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let of = |key: &str| row[key].as_str().unwrap().to_owned();
        let list = lists.entry(of("user")).or_default();
        list.push((of("item"), of("title"), row["score"].as_f64().unwrap()));
        assert_eq!(row["rank"], list.len());
    }
    lists
}

/// A run of two epochs, its log and its folder; and each user's history by the log.
pub fn trained(name: &str) -> (PathBuf, PathBuf, PathBuf, BTreeMap<String, Vec<String>>) {
    let (folder, log) = folder(name);
    let run = folder.join("run");
    object(&train(&log, &run, &["--epochs", "2", "--seed", "5"]).output().unwrap());
    let clean = folder.join("clean.jsonl");
    let mut convert = program();
    convert.args(["convert", text(&log), "--to", "jsonl", "--k-core", "1", "--out", text(&clean)]);
    assert!(convert.status().unwrap().success());
    let mut histories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in fs::read_to_string(clean).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let of = |key: &str| row[key].as_str().unwrap().to_owned();
        histories.entry(of("user")).or_default().push(of("item"));
    }
    (run, log, folder, histories)
}

#[test]
fn everybodys_lists_are_those_of_their_histories() {
    let (run, log, folder, histories) = trained("everyone");
    let out = folder.join("lists.jsonl");
    let arguments = ["--data", text(&log), "--everyone", "-k", "5", "--json", "--out", text(&out)];
    let told = object(&recommend(&run, &arguments).output().unwrap());
    let everyone = lists(&out);
    assert_eq!(everyone.keys().collect::<Vec<_>>(), histories.keys().collect::<Vec<_>>());
    assert_eq!((&told["users"], &told["rows"]), (&150.into(), &750.into()));
    for (user, list) in everyone.iter().take(5) {
        let history = histories[user].join(",");
        let one = object(
            &recommend(&run, &["--history", &history, "-k", "5", "--json"])
                .output()
                .unwrap(),
        );
        let rows = one.as_array().unwrap().iter();
        for (row, (item, title, score)) in rows.zip(list) {
            assert_eq!((&row["item"], &row["title"]), (&item.as_str().into(), &title.as_str().into()));
            // In a batch of others a product may be summed in another order.
            assert!((row["score"].as_f64().unwrap() - score).abs() < 1e-4);
        }
        assert!(list.iter().all(|(item, ..)| !histories[user].contains(item)));
    }

    // The measures by hand, out of the file.
    let measures = told["measures"].as_array().unwrap();
    let by = |name: &str| measures.iter().find(|row| row["by"] == name).unwrap();
    let shown: BTreeSet<&String> = everyone.values().flatten().map(|(item, ..)| item).collect();
    let had_by = |item: &String| histories.values().filter(|history| history.contains(item)).count() as f64;
    let bits: f64 = everyone
        .values()
        .flatten()
        .map(|(item, ..)| (150.0 / had_by(item)).log2())
        .sum();
    let close = |value: &Value, expected: f64| assert!((value.as_f64().unwrap() - expected).abs() < 1e-9, "{value} {expected}");
    let catalogue: BTreeSet<&String> = histories.values().flatten().collect();
    close(&by("model")["coverage"], shown.len() as f64 / catalogue.len() as f64);
    close(&by("model")["novelty"], bits / 750.0);
    assert!(by("popularity")["novelty"].as_f64().unwrap() < bits / 750.0 + 1e-9);
    assert_eq!(by("item_knn")["lists"], 150);

    let table = folder.join("lists.csv");
    let mut csv = recommend(&run, &["--data", text(&log), "--everyone", "-k", "5", "--out", text(&table)]);
    assert!(csv.status().unwrap().success());
    let table = fs::read_to_string(table).unwrap();
    assert_eq!(table.lines().next(), Some("user,rank,item,title,score"));
    assert_eq!(table.lines().count(), 751);

    // A spreadsheet, read by the reader of logs: each user with the items of the list in its order.
    let sheet = folder.join("lists.xlsx");
    let mut spreadsheet = recommend(&run, &["--data", text(&log), "--everyone", "-k", "5", "--out", text(&sheet)]);
    assert!(spreadsheet.status().unwrap().success());
    let rows = folder.join("sheet.jsonl");
    let mut convert = program();
    convert.args([
        "convert",
        text(&sheet),
        "--to",
        "jsonl",
        "--k-core",
        "1",
        "--out",
        text(&rows),
    ]);
    assert!(convert.status().unwrap().success());
    let mut of_sheet: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in fs::read_to_string(rows).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let of = |key: &str| row[key].as_str().unwrap().to_owned();
        of_sheet.entry(of("user")).or_default().push(of("item"));
    }
    for (user, list) in &everyone {
        assert_eq!(of_sheet[user], list.iter().map(|(item, ..)| item.clone()).collect::<Vec<_>>());
    }

    let columns = folder.join("lists.parquet");
    let mut parquet = recommend(
        &run,
        &["--data", text(&log), "--everyone", "-k", "5", "--out", text(&columns)],
    );
    assert!(parquet.status().unwrap().success());
    let reader = SerializedFileReader::new(File::open(columns).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 750);
    let (user, first) = everyone.iter().next().unwrap();
    let row = rows.iter().find(|row| row.get_string(0).unwrap() == user).unwrap();
    assert_eq!((row.get_int(1).unwrap(), row.get_string(2).unwrap()), (1, &first[0].0));
}

#[test]
fn users_and_items_are_chosen_by_files() {
    let (run, log, folder, histories) = trained("chosen");
    let [users, only, without, out] = ["users.csv", "only.txt", "without.txt", "out.jsonl"].map(|name| folder.join(name));
    let two: Vec<&String> = histories.keys().take(2).collect();
    fs::write(
        &users,
        format!("user,city\n{},Ulm\nnobody,Bonn\n\"{}\",Kiel\n", two[1], two[0]),
    )
    .unwrap();
    let asked = |beyond: &[&str]| {
        let usual = [
            "--data",
            text(&log),
            "--users",
            text(&users),
            "--out",
            text(&out),
            "--json",
            "-k",
            "3",
        ];
        object(&recommend(&run, &[&usual[..], beyond].concat()).output().unwrap())
    };
    let told = asked(&[]);
    assert_eq!(
        (&told["users"], &told["unknown_users"]),
        (&2.into(), &serde_json::json!(["nobody"]))
    );
    let plain = lists(&out);
    assert_eq!(plain.keys().collect::<Vec<_>>(), two);

    // The best item is sold out.
    fs::write(&without, &plain[two[0]][0].0).unwrap();
    asked(&["--without", text(&without)]);
    assert_eq!(lists(&out)[two[0]][0], plain[two[0]][1]);

    // An item of the history, by permission alone.
    let had = &histories[two[0]][0];
    fs::write(&only, format!("{had}\n")).unwrap();
    asked(&["--only", text(&only), "--with-history"]);
    assert_eq!(lists(&out)[two[0]].iter().map(|line| &line.0).collect::<Vec<_>>(), [had]);

    asked(&["--least", "30"]);
    let common = |item: &str| histories.values().flatten().filter(|other| *other == item).count() >= 30;
    assert!(lists(&out).values().flatten().all(|(item, ..)| common(item)));
}

#[test]
fn lists_that_cannot_be_made_are_a_sentence() {
    let (run, log, folder, _) = trained("no-lists");
    let (users, out) = (folder.join("users.txt"), folder.join("lists.csv"));
    fs::write(&users, "zoe\nyan\n").unwrap();
    let usual = ["--data", text(&log), "--out", text(&out)];
    let refused = |beyond: &[&str]| sentence(recommend(&run, &[&usual[..], beyond].concat()));
    let told = refused(&["--users", text(&users)]);
    assert!(
        told.contains("names no user of the log (it holds zoe, yan); write an identifier a line"),
        "{told}"
    );
    let told = refused(&["--everyone", "--only", text(&users)]);
    assert!(told.contains("names no item of the log (it holds zoe, yan)"), "{told}");
    assert!(refused(&["--everyone", "--least", "100000"]).starts_with("No item is left that may be recommended;"));
    let told = sentence(recommend(&run, &["--data", text(&log), "--everyone", "--out", "lists.docx"]));
    assert!(told.starts_with("lists.docx names no format that can be written;"), "{told}");
    assert!(!out.exists(), "nothing half-written is left");
}

#[test]
fn similar_items_are_those_of_the_nearest_vectors() {
    let (run, _, folder, _) = trained("similar");
    let vectors = folder.join("items.parquet");
    let mut export = program();
    export.args(["export", "--run", text(&run), "--what", "items", "--out", text(&vectors)]);
    assert!(export.status().unwrap().success());
    let reader = SerializedFileReader::new(File::open(vectors).unwrap()).unwrap();
    let items: Vec<(String, Vec<f32>)> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            let row = row.unwrap();
            let list = row.get_list(4).unwrap();
            let vector = list.elements().iter().map(|value| match value {
                parquet::record::Field::Float(value) => *value,
                other => panic!("{other} is no float"),
            });
            (row.get_string(0).unwrap().clone(), vector.collect())
        })
        .collect();
    let length = |vector: &[f32]| vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>() / (length(a) * length(b));
    let (first, own) = &items[0];
    let mut expected: Vec<(f32, &String)> = items[1..].iter().map(|(id, vector)| (cosine(vector, own), id)).collect();
    expected.sort_by(|a, b| b.0.total_cmp(&a.0));

    let mut one = program();
    one.args(["similar", "--run", text(&run), "--item", first, "-k", "4", "--json"]);
    let found = object(&one.output().unwrap());
    for (row, (cosine, id)) in found.as_array().unwrap().iter().zip(&expected) {
        assert_eq!(row["similar"].as_str(), Some(id.as_str()));
        assert!((row["cosine"].as_f64().unwrap() - f64::from(*cosine)).abs() < 1e-5);
    }

    let table = folder.join("similar.csv");
    let mut all = program();
    all.args(["similar", "--run", text(&run), "--all", "-k", "4", "--out", text(&table)]);
    assert!(all.status().unwrap().success());
    let table = fs::read_to_string(table).unwrap();
    assert_eq!(table.lines().count(), 1 + 4 * items.len());
    assert!(
        table
            .lines()
            .nth(1)
            .unwrap()
            .starts_with(&format!("{first},1,{},", expected[0].1))
    );

    let mut unknown = program();
    unknown.args(["similar", "--run", text(&run), "--item", "nothing"]);
    assert!(sentence(unknown).starts_with("The run knows no item nothing;"));
}

#[test]
fn items_are_compared_by_latents_as_well() {
    let (run, _, folder, _) = trained("latents");
    let table = |by: &str| {
        let out = folder.join(format!("{by}.jsonl"));
        let mut all = program();
        all.args([
            "similar",
            "--run",
            text(&run),
            "--all",
            "-k",
            "3",
            "--by",
            by,
            "--out",
            text(&out),
        ]);
        assert!(all.status().unwrap().success());
        fs::read_to_string(out).unwrap()
    };
    let (vector, latent) = (table("vector"), table("latent"));
    assert_eq!(vector.lines().count(), latent.lines().count());
    assert_ne!(vector, latent);
    let first: Value = serde_json::from_str(latent.lines().next().unwrap()).unwrap();
    let mut one = program();
    one.args(["similar", "--run", text(&run), "--item", first["item"].as_str().unwrap()]);
    one.args(["-k", "1", "--json", "--by", "latent"]);
    let found = object(&one.output().unwrap());
    assert_eq!(
        (&found[0]["similar"], &found[0]["cosine"]),
        (&first["similar"], &first["cosine"])
    );
}

#[test]
fn pseudonyms_stand_for_users_in_every_file_and_their_key_leads_back() {
    let (run, log, folder, histories) = trained("pseudonyms");
    let [key, named, hidden, again] = ["key.csv", "named.jsonl", "hidden.jsonl", "again.csv"].map(|name| folder.join(name));
    let usual = ["--data", text(&log), "--everyone", "-k", "2"];
    let made = |beyond: &[&str]| assert!(recommend(&run, &[&usual[..], beyond].concat()).status().unwrap().success());
    made(&["--out", text(&named)]);
    made(&["--out", text(&hidden), "--pseudonyms", text(&key)]);
    let kept = fs::read_to_string(&key).unwrap();
    let back: BTreeMap<&str, &str> = kept.lines().skip(1).map(|line| line.split_once(',').unwrap()).collect();
    assert_eq!(back.len(), 150);
    let (named, hidden) = (lists(&named), lists(&hidden));
    for (pseudonym, list) in &hidden {
        assert!(!histories.contains_key(pseudonym));
        assert_eq!(list, &named[back[pseudonym.as_str()]]);
    }

    // The same key gives the same names: in another format, for embeddings and for neighbours.
    made(&["--out", text(&again), "--pseudonyms", text(&key)]);
    assert_eq!(fs::read_to_string(&key).unwrap(), kept);
    let again = fs::read_to_string(again).unwrap();
    assert!(
        again
            .lines()
            .skip(1)
            .all(|line| back.contains_key(line.split(',').next().unwrap()))
    );
    let users = folder.join("users.tsv");
    let mut export = program();
    export.args(["export", "--run", text(&run), "--what", "users", "--data", text(&log)]);
    export.args(["--pseudonyms", text(&key), "--out", text(&users)]);
    assert!(export.status().unwrap().success());
    let metadata = fs::read_to_string(folder.join("users.metadata.tsv")).unwrap();
    assert!(
        metadata
            .lines()
            .skip(1)
            .all(|line| back.contains_key(line.split('\t').next().unwrap()))
    );
    let mut explain = program();
    explain.args(["explain", "--run", text(&run), "--data", text(&log), "--json"]);
    explain.args(["--user", histories.keys().next().unwrap(), "--pseudonyms", text(&key)]);
    let told = object(&explain.output().unwrap());
    let near = told["nearest_users"].as_array().unwrap();
    assert!(near.len() == 5 && near.iter().all(|near| back.contains_key(near["user"].as_str().unwrap())));

    // So it does for the log itself, whatever is left out of it and however it is written: list and log can be joined.
    for (format, separator) in [("csv", ','), ("sequences", ' '), ("inter", '\t')] {
        let clean = folder.join(format!("clean.{format}"));
        let mut convert = program();
        convert.args(["convert", text(&log), "--to", format, "--k-core", "3", "--out", text(&clean)]);
        convert.args(["--pseudonyms", text(&key)]);
        assert!(convert.status().unwrap().success());
        let clean = fs::read_to_string(clean).unwrap();
        let header = usize::from(format != "sequences");
        let mut met: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in clean.lines().skip(header) {
            let mut fields = line.split(separator);
            let items = met.entry(back[fields.next().unwrap()]).or_default();
            items.extend(fields.take(if header == 1 { 1 } else { usize::MAX }));
        }
        assert!(met.len() > 100);
        for (user, items) in met {
            let mut own = histories[user].iter();
            assert!(
                items.iter().all(|item| own.any(|had| had == item)),
                "{user} in {format}: {items:?}"
            );
        }
    }
    assert_eq!(fs::read_to_string(&key).unwrap(), kept);

    // No file takes the place of the key, by whatever path.
    let beside = folder.join("../pseudonyms/key.csv");
    for out in [&key, &beside] {
        let mut convert = program();
        convert.args([
            "convert",
            text(&log),
            "--to",
            "csv",
            "--pseudonyms",
            text(&key),
            "--out",
            text(out),
        ]);
        assert!(sentence(convert).contains("key.csv is to hold the key of the pseudonyms;"));
        let refused = recommend(
            &run,
            &[&usual[..], &["--out", text(out), "--pseudonyms", text(&key)]].concat(),
        );
        assert!(sentence(refused).contains("give --out another name."));
    }

    // A file that is no key is left alone.
    fs::write(&key, "user,city\nada,Ulm\n").unwrap();
    let out = folder.join("none.csv");
    let told = sentence(recommend(
        &run,
        &[&usual[..], &["--out", text(&out), "--pseudonyms", text(&key)]].concat(),
    ));
    assert!(
        told.contains("key.csv is no key of pseudonyms (line 1); give a file"),
        "{told}"
    );
    assert!(!out.exists() && fs::read_to_string(&key).unwrap() == "user,city\nada,Ulm\n");
}

#[test]
fn a_model_card_is_in_the_run_and_comes_as_text() {
    let (run, _, folder, histories) = trained("card");
    let record: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    let card = &record["card"];
    assert_eq!((&card["data"]["users"], &card["best_epoch"].is_u64()), (&150.into(), &true));
    assert_eq!(card["licence"], "");
    let recall = &card["validation"][2];
    assert_eq!(recall["name"], "recall@20");
    let value = recall["value"].as_f64().unwrap();
    assert!(recall["interval"][0].as_f64().unwrap() < value && value < recall["interval"][1].as_f64().unwrap());
    let out = folder.join("card.md");
    let mut export = program();
    export.args(["export", "--run", text(&run), "--what", "card", "--out", text(&out), "--json"]);
    assert_eq!(&object(&export.output().unwrap()), card);
    let text = fs::read_to_string(out).unwrap();
    for part in [
        "# Model card",
        "- Users: 150",
        "- Seed: 5",
        "## Licence\n\n…",
        "\"hidden_size\": 8",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(histories.keys().all(|user| !text.contains(user.as_str())));
}

#[test]
fn titles_of_a_file_beside_the_log_are_in_the_lists() {
    let (folder, log) = folder("titles-beside");
    let run = folder.join("run");
    let plain = folder.join("plain.csv");
    let (mut rows, mut titles) = (String::new(), BTreeMap::new());
    for line in fs::read_to_string(&log).unwrap().lines() {
        let [user, item, title]: [&str; 3] = line.splitn(3, ',').collect::<Vec<_>>().try_into().unwrap();
        rows += &format!("{user},{item}\n");
        titles.insert(item.to_owned(), title.trim_matches('"').to_owned());
    }
    fs::write(&plain, rows).unwrap();
    let items = folder.join("items.csv");
    let table: String = titles
        .iter()
        .rev()
        .map(|(item, title)| format!("{item},\"{title}\"\n"))
        .collect();
    fs::write(&items, table).unwrap();
    object(
        &train(&plain, &run, &["--items", text(&items), "--epochs", "1"])
            .output()
            .unwrap(),
    );
    let out = folder.join("lists.jsonl");
    // The log alone: its titles are in the run.
    let arguments = ["--data", text(&plain), "--everyone", "-k", "3", "--json", "--out", text(&out)];
    object(&recommend(&run, &arguments).output().unwrap());
    let lists = lists(&out);
    assert_eq!(lists.len(), 150);
    assert!(lists.values().flatten().all(|(item, title, _)| title == &titles[item]));
}

#[cfg(unix)]
#[test]
fn what_is_interrupted_leaves_no_file() {
    let (folder, log) = folder("interrupted");
    let (out, partial) = (folder.join("clean.jsonl"), folder.join(".clean.jsonl.partial"));
    let mut convert = program();
    convert.args([
        "convert",
        "example:users=100000",
        "--to",
        "jsonl",
        "--k-core",
        "1",
        "--out",
        text(&out),
    ]);
    let mut child = convert.spawn().unwrap();
    while !partial.exists() {
        assert!(child.try_wait().unwrap().is_none(), "over before it could be interrupted");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [log]);
}
