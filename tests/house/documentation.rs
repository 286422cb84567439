//! The table of settings is what the documents and the page have, and every preset is documented.
//!
//! Key, default, range and needs in `docs/configuration.md`, and all of `www/generated/settings.json`, are written by these tests: a test
//! that finds one of them out of date writes it anew and fails, so that the change is seen and committed.

use std::{fs, path::Path};

use contrastvae::run::{Config, PRESETS, SETTINGS, Setting, SettingKind};
use serde_json::{Value, json};

const CONFIGURATION: &str = include_str!("../../docs/configuration.md");
const METHOD: &str = include_str!("../../docs/method.md");

/// The dotted names of all settings with their defaults.
fn settings() -> Vec<(String, Value)> {
    let default = serde_json::to_value(Config::default()).unwrap();
    SETTINGS
        .iter()
        .map(|setting| (setting.key.to_owned(), setting.of(&default).clone()))
        .collect()
}

/// Brings a generated file up to date; fails if it was not.
fn hold(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if fs::read_to_string(&file).unwrap_or_default() != text {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        panic!("{path} was not what the table of settings makes; it is now, so run this again and commit it");
    }
}

/// A default as the documents have it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).to_string(),
        other => other.to_string(),
    }
}

/// A row of the documents: what the table of settings has to say, and the meaning as it stands.
fn row(setting: &Setting, meaning: &str) -> String {
    let default = serde_json::to_value(Config::default()).unwrap();
    let mut official = Config::default();
    official.parity_official();
    let official = serde_json::to_value(official).unwrap();
    let mark = if setting.of(&default) == setting.of(&official) {
        ""
    } else {
        " ◆"
    };
    let range = match setting.kind {
        SettingKind::Switch => "true, false".to_owned(),
        SettingKind::Choice(options) => options.join(", "),
        SettingKind::Number { .. } => setting.range().unwrap(),
    };
    // That a group belongs to one kind of model is said once for all of it.
    let own = setting
        .needs
        .iter()
        .filter(|need| need.key != "model.kind" || need.values.len() == 1 && setting.group() == "bag");
    let needs: Vec<String> = own
        .map(|need| format!("`{}` {}", need.key, need.values.join(" or ")))
        .collect();
    format!(
        "| `{}`{mark} | {} | {range} | {} | {meaning} |",
        setting.key,
        plain(setting.of(&default)),
        needs.join("; ")
    )
}

#[test]
fn every_setting_has_a_row_in_the_documents() {
    let mut met = Vec::new();
    let mut text = String::new();
    for line in CONFIGURATION.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let key = cells.get(1).and_then(|cell| cell.split('`').nth(1));
        // A row of five columns; the key of a setting also begins tables of its values.
        match SETTINGS.iter().find(|setting| cells.len() == 7 && Some(setting.key) == key) {
            Some(setting) => {
                assert!(
                    !cells[5].is_empty(),
                    "{} has no meaning in docs/configuration.md",
                    setting.key
                );
                met.push(setting.key);
                text += &row(setting, cells[5]);
            }
            None => text += line,
        }
        text.push('\n');
    }
    for setting in SETTINGS {
        let rows = met.iter().filter(|&&key| key == setting.key).count();
        assert_eq!(
            rows, 1,
            "docs/configuration.md has {rows} rows of five columns for {}",
            setting.key
        );
    }
    hold("docs/configuration.md", &text);
}

#[test]
fn the_page_has_the_table_of_settings() {
    let default = serde_json::to_value(Config::default()).unwrap();
    let rows: Vec<String> = SETTINGS
        .iter()
        .map(|setting| {
            let mut row = json!({ "key": setting.key, "default": setting.of(&default) });
            match setting.kind {
                SettingKind::Switch => {}
                SettingKind::Choice(options) => row["options"] = json!(options),
                SettingKind::Number { least, most, whole, .. } => {
                    row["least"] = json!(least);
                    row["most"] = json!(most);
                    row["whole"] = json!(whole);
                }
            }
            if let Some(unit) = setting.unit {
                row["unit"] = json!(unit.name());
            }
            if setting.first {
                row["first"] = json!(true);
            }
            if !setting.needs.is_empty() {
                let needs = setting.needs.iter();
                row["needs"] = needs.map(|need| json!({ "key": need.key, "values": need.values })).collect();
            }
            format!("  {row}")
        })
        .collect();
    hold("www/generated/settings.json", &format!("[\n{}\n]\n", rows.join(",\n")));
}

#[test]
fn every_preset_and_every_departure_is_documented() {
    for (name, _) in PRESETS {
        assert!(
            CONFIGURATION.contains(&format!("`{name}`")),
            "docs/configuration.md has no preset {name}"
        );
    }
    let mut official = Config::default();
    official.parity_official();
    let (mut paper, mut changed) = (settings(), 0);
    for (key, value) in &mut paper {
        let now = serde_json::to_value(&official).unwrap();
        let now = now.pointer(&format!("/{}", key.replace('.', "/"))).unwrap();
        let marked = CONFIGURATION.contains(&format!("| `{key}` ◆"));
        assert_eq!(marked, now != value, "docs/configuration.md marks {key}");
        if now != value {
            let name = now.as_str().unwrap();
            assert!(
                METHOD.contains(&format!("◆ `{key}={name}`")),
                "docs/method.md has no row for {key}={name}"
            );
            changed += 1;
        }
    }
    assert_eq!(changed, 4);
}

/// The tables of critiques in `docs/results.md` are the numbers of the files beside it.
#[test]
fn the_documented_critiques_are_those_of_the_files() {
    let read = |name: &str| -> Value {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/results/critique").join(name);
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    };
    let results = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/results.md")).unwrap();
    let short = |value: &Value| format!("{:.3}", value.as_f64().unwrap()).trim_start_matches('0').to_owned();
    let long = |value: &Value| format!("{:.4}", value.as_f64().unwrap()).trim_start_matches('0').to_owned();
    let mut rows = Vec::new();
    for curve in read("evaluate.json")["critique"].as_array().unwrap() {
        let cells =
            |of: &dyn Fn(&Value) -> String| -> Vec<String> { curve["moves"].as_array().unwrap().iter().map(of).collect() };
        let name = curve["attribute"].as_str().unwrap();
        rows.push(format!(
            "| {name} | {} |",
            cells(&|point| short(&point["share@20"])).join(" | ")
        ));
        rows.push(format!(
            "| {name} | {} |",
            cells(&|point| long(&point["ndcg@20"])).join(" | ")
        ));
    }
    let gaps = ["beta-vae-critique.json", "beta-vae.json"].map(|name| read(name)["attributes"].clone());
    let [tied, plain] = [0, 1].map(|run: usize| gaps[run]["attributes"].as_array().unwrap());
    assert_eq!(tied.len(), plain.len());
    for (tied, plain) in tied.iter().zip(plain) {
        let informations = [tied, plain].map(|row| format!("{} | {}", short(&row["best_information"]), short(&row["gap"])));
        rows.push(format!(
            "| {} | {} |",
            tied["attribute"].as_str().unwrap(),
            informations.join(" | ")
        ));
    }
    let means = [0, 1].map(|run| short(&gaps[run]["mean_gap"]));
    rows.push(format!("| mean (MIG) | | {} | | {} |", means[0], means[1]));
    assert!(rows.len() > 20, "{}", rows.len());
    let missing: Vec<String> = rows.into_iter().filter(|row| !results.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/results.md lacks\n{}", missing.join("\n"));
}
