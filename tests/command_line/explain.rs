//! Why an item is recommended: each change is the difference of two rankings of the program, and files and log say the same.

use crate::lists::{recommend, trained};
use crate::runs::{object, program, sentence, text};
use serde_json::Value;

fn explain(run: &std::path::Path, arguments: &[&str]) -> std::process::Command {
    let mut command = program();
    command.args(["explain", "--run", text(run)]).args(arguments);
    command
}

#[test]
fn an_explanation_is_what_the_rankings_say() {
    let (run, log, _, histories) = trained("explain");
    let user = histories.iter().find(|(_, history)| history.len() > 3).unwrap().0;
    let history = &histories[user];
    let joined = history.join(",");
    let ranking = |history: &[String]| -> Vec<(String, f64)> {
        let found = object(
            &recommend(&run, &["--history", &history.join(","), "-k", "60", "--json"])
                .output()
                .unwrap(),
        );
        let row = |row: &Value| (row["item"].as_str().unwrap().to_owned(), row["score"].as_f64().unwrap());
        found.as_array().unwrap().iter().map(row).collect()
    };
    let whole = ranking(history);
    let found = object(&explain(&run, &["--history", &joined, "-k", "2", "--json"]).output().unwrap());
    let explanations = found["explanations"].as_array().unwrap();
    assert_eq!(explanations.len(), 2);
    for (explanation, (item, score)) in explanations.iter().zip(&whole) {
        assert_eq!(explanation["item"], item.as_str());
        let reasons = explanation["reasons"].as_array().unwrap();
        assert_eq!(reasons.len(), history.len());
        for reason in reasons {
            let mut fewer = history.clone();
            let left_out = fewer.remove(reason["place"].as_u64().unwrap() as usize - 1);
            assert_eq!(reason["item"], left_out.as_str());
            let without = ranking(&fewer);
            let at = without.iter().position(|(other, _)| other == item).unwrap();
            let change = reason["change"].as_f64().unwrap();
            assert!((change - (score - without[at].1)).abs() < 1e-4, "{explanation}");
            assert_eq!(reason["rank_without"], at + 1);
        }
    }

    // By the log: the same digits, and the users nearby with what they took next.
    let by_log = object(
        &explain(
            &run,
            &["--data", text(&log), "--user", user, "-k", "2", "--json", "--neighbours", "3"],
        )
        .output()
        .unwrap(),
    );
    assert_eq!(by_log["explanations"], found["explanations"]);
    assert!(found["nearest_users"].is_null());
    let near = by_log["nearest_users"].as_array().unwrap();
    assert_eq!(near.len(), 3);
    for near in near {
        let other = near["user"].as_str().unwrap();
        assert_ne!(other, user);
        assert_eq!(near["next"], histories[other].last().unwrap().as_str());
    }

    let one = object(
        &explain(&run, &["--history", &joined, "--item", &whole[4].0, "--json"])
            .output()
            .unwrap(),
    );
    assert_eq!(one["explanations"][0]["rank"], 5);
    let looks = object(
        &explain(&run, &["--history", &joined, "--attention", "--json"])
            .output()
            .unwrap(),
    );
    for layer in looks["attention"]["layers"].as_array().unwrap() {
        let weights: Vec<f64> = layer["weights"]
            .as_array()
            .unwrap()
            .iter()
            .map(|weight| weight.as_f64().unwrap())
            .collect();
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-5);
        assert_eq!(
            weights.len() as u64 + looks["attention"]["from"].as_u64().unwrap(),
            history.len() as u64
        );
    }
    assert!(found.get("attention").is_none());
    let page = explain(&run, &["--history", &joined]).output().unwrap();
    assert!(String::from_utf8(page.stdout).unwrap().contains("rank without it"));
}

#[test]
fn what_cannot_be_explained_is_a_sentence() {
    let (run, log, _, histories) = trained("unexplained");
    let had = &histories.values().next().unwrap()[0];
    let told = sentence(explain(&run, &["--history", had, "--item", had]));
    assert!(told.starts_with(&format!("{had} is in the history,")), "{told}");
    let told = sentence(explain(&run, &["--data", text(&log), "--user", "zoe"]));
    assert!(told.starts_with("The log has no user zoe; give an identifier"), "{told}");
    let told = sentence(explain(&run, &["--history", "nothing"]));
    assert!(told.starts_with("The run knows no item nothing;"), "{told}");
}
