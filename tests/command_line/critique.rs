//! Critiques: a run whose latent directions are tied to attributes is asked for more and less of them, measured and diagnosed, without its
//! file of items; what cannot be asked for is one sentence.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::runs::{asked, folder, object, refused, text, train};

/// A log of two tastes, the items of which have genres in a file of their own, and a run of it.
fn trained(name: &str, preset: &str) -> (PathBuf, PathBuf, PathBuf) {
    let (folder, _) = folder(name);
    let (log, items) = (folder.join("log.csv"), folder.join("items.csv"));
    let mut lines = "user,item,time\n".to_owned();
    for user in 0..80 {
        for at in 0..8 {
            let item = 20 * (user % 2) + (7 * user + 3 * at) % 20;
            lines += &format!("u{user},i{item},{at}\n");
        }
    }
    fs::write(&log, lines).unwrap();
    let titled = (0..40).map(|item| format!("i{item},Title {item},{}\n", if item < 20 { "Comedy" } else { "War: new" }));
    fs::write(&items, "item,title,genres\n".to_owned() + &titled.collect::<String>()).unwrap();
    let run = folder.join("run");
    object(
        &train(&log, &run, &["--items", text(&items), "--preset", preset, "--epochs", "20"])
            .output()
            .unwrap(),
    );
    (run, log, items)
}

fn genres(list: &Value) -> usize {
    let comedies = list.as_array().unwrap().iter().filter(|row| {
        let title = row["title"].as_str().unwrap();
        title["Title ".len()..].parse::<u32>().unwrap() < 20
    });
    comedies.count()
}

#[test]
fn more_and_less_of_an_attribute() {
    let (run, log, _) = &trained("critique", "beta-vae-critique");
    let base = [
        "recommend",
        "--run",
        text(run),
        "--history",
        "i20,i23,i3",
        "-k",
        "10",
        "--json",
    ];
    let with = |more: &[&str]| asked(&[&base[..], more].concat());
    let (more, less) = (
        with(&["--more", "genre=comedy:4"]),
        with(&["--less", "genre=comedy:4", "--more", "popularity"]),
    );
    assert_eq!(
        more["moves"],
        serde_json::json!([{ "attribute": "genre=Comedy", "moved": 4.0 }])
    );
    assert_eq!(less["moves"].as_array().unwrap().len(), 2);
    assert!(genres(&more["items"]) > genres(&less["items"]), "{more} {less}");
    let before = asked(&base);
    for list in [&more, &less] {
        let now = list["items"].as_array().unwrap();
        let left = list["left"].as_array().unwrap();
        let new = now.iter().filter(|row| row["rank_before"].is_null()).count();
        assert_eq!((now.len(), left.len()), (10, new));
        for row in now.iter().filter(|row| !row["rank_before"].is_null()) {
            let place = row["rank_before"].as_u64().unwrap() as usize;
            assert_eq!(before[place - 1]["item"], row["item"]);
        }
    }
    let report = asked(&["evaluate", "--run", text(run), "--data", text(log), "--critique", "--json"]);
    let comedy = &report["critique"][1];
    assert_eq!(comedy["attribute"], "genre=Comedy");
    let share = |at: usize| comedy["moves"][at]["share@20"].as_f64().unwrap();
    assert!(share(0) < share(3) && share(3) < share(6), "{comedy}");
    assert_eq!(comedy["moves"][3]["ndcg@20"], report["ndcg@20"]);
    let found = asked(&[
        "diagnose",
        "--run",
        text(run),
        "--data",
        text(log),
        "--reliance-users",
        "0",
        "--json",
    ]);
    assert_eq!(found["attributes"]["attributes"][1]["attribute"], "genre=Comedy");
    assert_eq!(found["attributes"]["attributes"][1]["tied"], 1);
}

#[test]
fn what_cannot_be_criticised_is_said() {
    let (run, log, items) = &trained("critique-not", "beta-vae");
    let tied = "No latent direction of this run is tied to an attribute;";
    let history = ["recommend", "--run", text(run), "--history", "i0"];
    assert!(refused(&[&history[..], &["--more", "popularity"]].concat()).starts_with(tied));
    assert!(refused(&["evaluate", "--run", text(run), "--data", text(log), "--critique"]).starts_with(tied));
    // Attributes of a run that ties none are those of the files.
    let diagnosed = |more: &[&str]| -> Vec<String> {
        let base = [
            "diagnose",
            "--run",
            text(run),
            "--data",
            text(log),
            "--reliance-users",
            "0",
            "--json",
        ];
        let found = asked(&[&base[..], more].concat());
        let rows = found["attributes"]["attributes"].as_array().unwrap().clone();
        rows.iter().map(|row| row["attribute"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        diagnosed(&["--items", text(items)]),
        ["popularity", "genre=Comedy", "genre=War: new"]
    );
    assert_eq!(diagnosed(&[]), ["popularity"]);

    let out = run.with_file_name("tied");
    let two = [
        "--items",
        text(items),
        "--preset",
        "beta-vae-critique",
        "--epochs",
        "1",
        "--set",
        "objective.attribute_count=2",
    ];
    object(&train(log, &out, &two).output().unwrap());
    let told = refused(&["recommend", "--run", text(&out), "--history", "i0", "--less", "genre=Western"]);
    assert_eq!(
        told,
        "The run has no attribute genre=Western; its latent directions are tied to popularity, genre=Comedy."
    );
}
