//! A configuration by names: presets, and single settings such as `training.epochs=5`.
//!
//! In: texts from a command line. Out: a checked [`Config`], or one sentence that names the key, and the nearest one that there is.

use serde_json::Value;

use super::{Config, ConfigError, Mode, Reconstruction};

/// Names of the presets, each with a line on what it is.
pub const PRESETS: [(&str, &str); 8] = [
    (
        "default",
        "a small ContrastVAE with model augmentation and full softmax, for a tab or a first try",
    ),
    ("avae", "one view: the attentive variational autoencoder without contrast"),
    ("contrastvae-model", "two views by model augmentation"),
    ("contrastvae-variational", "two views by variational augmentation"),
    ("paper-beauty", "the official command for Amazon Beauty"),
    ("paper-toys", "the official command for Amazon Toys and Games"),
    ("paper-tools", "the official command for Amazon Tools"),
    ("paper-office", "the official command for Amazon Office Products"),
];

impl Config {
    /// The configuration of a preset.
    ///
    /// Those of the paper have the arguments of the official README's commands: width 128, 1 layer, 4 heads, batches of 256, learning
    /// rate 0.001, at most 400 epochs, one sampled negative. They end after 40 epochs without a better validation instead of the
    /// 200 of the official code, which at 400 epochs hardly ever ends early.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        match name {
            "default" => {}
            "avae" => config.view.mode = Mode::Avae,
            "contrastvae-model" => config.view.mode = Mode::Model,
            "contrastvae-variational" => config.view.mode = Mode::Variational,
            "paper-beauty" => config.official(Mode::Model, 0.6, 50, 0.0, 0.2, 10_000),
            "paper-toys" => config.official(Mode::Variational, 0.3, 100, 0.3, 0.2, 10_000),
            "paper-tools" => config.official(Mode::Variational, 0.4, 100, 0.3, 0.4, 5_000),
            "paper-office" => config.official(Mode::Variational, 0.3, 100, 0.3, 0.2, 20_000),
            _ => {
                return Err(ConfigError::UnknownPreset {
                    name: name.to_owned(),
                    known: PRESETS.map(|(name, _)| name).join(", "),
                });
            }
        }
        Ok(config)
    }

    fn official(&mut self, mode: Mode, contrast: f64, length: usize, attention_dropout: f64, kl_weight: f64, annealing: usize) {
        self.model.hidden_size = 128;
        self.model.heads = 4;
        self.model.max_length = length;
        self.model.hidden_dropout = 0.3;
        self.model.attention_dropout = attention_dropout;
        self.view.mode = mode;
        self.view.variance_dropout = 0.1;
        self.objective.reconstruction = Reconstruction::SampledNegative;
        self.objective.contrast_weight = contrast;
        self.objective.kl_weight = kl_weight;
        self.objective.kl_annealing_steps = annealing;
        self.training.epochs = 400;
        self.training.batch_size = 256;
        self.training.learning_rate = 0.001;
        self.training.patience = 40;
    }

    /// Gives one setting a value: `key` is a dotted name such as `training.epochs`, `value` a number or a name.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let wrong = |what: String| ConfigError::Value {
            key: key.to_owned(),
            value: value.to_owned(),
            what,
        };
        let mut tree = serde_json::to_value(&*self).map_err(|error| wrong(error.to_string()))?;
        let pointer = format!("/{}", key.replace('.', "/"));
        match tree.pointer_mut(&pointer) {
            Some(place) if !place.is_object() => {
                *place = match serde_json::from_str::<Value>(value) {
                    Ok(number) if number.is_number() || number.is_boolean() => number,
                    // Names need no quotation marks on a command line; those of this program have low lines.
                    _ => Value::String(value.replace('-', "_")),
                };
            }
            _ => {
                let mut known = Vec::new();
                leaves(&tree, "", &mut known);
                return Err(ConfigError::UnknownKey {
                    key: key.to_owned(),
                    nearest: nearest(key, &known).unwrap_or_default(),
                });
            }
        }
        let config: Self = serde_json::from_value(tree).map_err(|error| wrong(error.to_string()))?;
        config.check()?;
        *self = config;
        Ok(())
    }
}

/// The dotted names of all settings.
fn leaves(tree: &Value, path: &str, into: &mut Vec<String>) {
    match tree {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                leaves(member, &path, into);
            }
        }
        _ => into.push(path.to_owned()),
    }
}

/// The known name that takes the fewest changes of letters; of a name without its group the one that ends like it.
fn nearest(key: &str, known: &[String]) -> Option<String> {
    let distance = |name: &String| {
        let whole = changes(key, name);
        let last = name.rsplit('.').next().map_or(usize::MAX, |last| changes(key, last) + 1);
        whole.min(last)
    };
    known.iter().min_by_key(|name| distance(name)).cloned()
}

/// Levenshtein's distance.
fn changes(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_in_range() {
        for (name, _) in PRESETS {
            assert_eq!(Config::preset(name).and_then(|config| config.check()), Ok(()), "{name}");
        }
        let error = Config::preset("papier").unwrap_err().to_string();
        assert!(
            error.starts_with("There is no preset papier; there are default, avae"),
            "{error}"
        );
    }

    #[test]
    fn settings_by_name() {
        let mut config = Config::default();
        config.set("training.epochs", "7").unwrap();
        config.set("objective.kl_weight", "0.25").unwrap();
        config.set("objective.reconstruction", "sampled-negative").unwrap();
        config.set("seed", "9").unwrap();
        assert_eq!(
            (config.training.epochs, config.objective.kl_weight, config.seed),
            (7, 0.25, 9)
        );
        assert_eq!(config.objective.reconstruction, Reconstruction::SampledNegative);
    }

    #[test]
    fn what_cannot_be_set_changes_nothing_and_says_why() {
        let mut config = Config::default();
        let mut told = |key, value| config.set(key, value).unwrap_err().to_string();
        assert_eq!(
            told("training.epoch", "7"),
            "There is no setting training.epoch; did you mean training.epochs?"
        );
        assert_eq!(
            told("temperatur", "1"),
            "There is no setting temperatur; did you mean objective.temperature?"
        );
        assert_eq!(
            told("training.epochs", "0"),
            "training.epochs is 0; it must be a whole number from 1 to 10,000."
        );
        assert!(told("training.epochs", "soon").starts_with("training.epochs cannot be soon"));
        assert!(told("view.mode", "data_only").contains("view.mode cannot be data_only"));
        assert!(told("training", "1").starts_with("There is no setting training;"));
        assert_eq!(config, Config::default());
    }

    #[test]
    fn changes_of_letters() {
        assert_eq!(
            [changes("", "ab"), changes("kitten", "sitting"), changes("same", "same")],
            [2, 3, 0]
        );
    }
}
