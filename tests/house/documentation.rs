//! Every setting is in docs/configuration.md with its default, and on the page with a label and a range; every preset is documented.

use contrastvae::run::{Config, PRESETS};
use serde_json::Value;

const CONFIGURATION: &str = include_str!("../../docs/configuration.md");
const METHOD: &str = include_str!("../../docs/method.md");
const FIELDS: &str = include_str!("../../www/shell/settings.ts");
const TEXTS: &str = include_str!("../../www/features/train/words.ts");

/// The dotted names of all settings with their defaults.
fn settings() -> Vec<(String, Value)> {
    fn walk(tree: &Value, path: &str, into: &mut Vec<(String, Value)>) {
        match tree {
            Value::Object(members) => {
                for (name, member) in members {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    walk(member, &path, into);
                }
            }
            value => into.push((path.to_owned(), value.clone())),
        }
    }
    let mut found = Vec::new();
    walk(&serde_json::to_value(Config::default()).unwrap(), "", &mut found);
    assert!(found.len() > 30);
    found
}

#[test]
fn every_setting_is_documented_with_its_default() {
    for (key, default) in settings() {
        let row = CONFIGURATION
            .lines()
            .find(|line| line.starts_with(&format!("| `{key}` ")))
            .unwrap_or_else(|| panic!("docs/configuration.md has no row for {key}"));
        let told = row.split('|').nth(2).unwrap().trim();
        let meant = match &default {
            Value::String(name) => told == name,
            Value::Bool(value) => told == value.to_string(),
            number => told.parse::<f64>().ok() == number.as_f64(),
        };
        assert!(meant, "docs/configuration.md gives {key} the default {told}; it is {default}");
    }
}

#[test]
fn every_setting_has_a_place_on_the_page() {
    for (key, default) in settings() {
        let quoted = format!("'{key}':");
        let bare = format!("      {key}: {{ label");
        assert!(
            TEXTS.contains(&quoted) || TEXTS.contains(&bare),
            "www/features/train/words.ts has no words for {key}"
        );
        let field = FIELDS
            .lines()
            .find(|line| line.trim_start().starts_with(&quoted) || line.trim_start().starts_with(&format!("{key}: {{")))
            .unwrap_or_else(|| panic!("www/shell/settings.ts has no field for {key}"));
        match default {
            Value::Number(_) => assert!(field.contains("least") && field.contains("most"), "{field}"),
            Value::String(name) => {
                assert!(field.contains(&format!("'{name}'")), "{field}");
                // Each choice has words of its own.
                let options = field.split(['[', ']']).nth(1).unwrap_or_default();
                for option in options.split(',').map(|option| option.trim().trim_matches('\'')) {
                    assert!(
                        TEXTS.contains(&format!("      {option}: '")),
                        "www/features/train/words.ts has no words for {option}"
                    );
                    let mut config = Config::default();
                    config
                        .set(&key, option)
                        .unwrap_or_else(|error| panic!("the page offers what is refused: {error}"));
                }
            }
            _ => {}
        }
    }
}

/// The bounds that the page tells are those that are enforced: at them a value is taken, beyond them it is refused.
#[test]
fn the_ranges_of_the_page_are_the_ones_enforced() {
    let number = |text: &str| text.trim().replace('_', "").parse::<f64>().unwrap();
    let mut checked = 0;
    for (key, _) in settings()
        .iter()
        .filter(|(key, default)| default.is_number() && key != "seed")
    {
        let field = FIELDS.lines().find(|line| line.contains(&format!("'{key}':"))).unwrap();
        let after = |word: &str| {
            let rest = field.split(&format!("{word}: ")).nth(1).unwrap();
            number(rest.split([',', ' ', '}']).next().unwrap())
        };
        let (least, most) = (after("least"), after("most"));
        let whole = field.contains("whole: true");
        let step = if whole { 1.0 } else { 0.001 * (most - least) };
        let taken = |value: f64| Config::default().set(key, &value.to_string()).is_ok();
        assert!(taken(least) && taken(most), "{key} from {least} to {most}");
        assert!(!taken(most + step), "{key} above {most}");
        assert!(!taken(least - step), "{key} below {least}");
        checked += 1;
    }
    assert!(checked > 20);
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
