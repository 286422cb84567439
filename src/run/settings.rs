//! Settings by name, such as `training.epochs=5`.
//!
//! In: texts from a command line. Out: a changed [`Config`], or one sentence that names the key, and the nearest one that there is.

use serde_json::Value;

use super::{Config, ConfigError};
use crate::{
    batch::{AugmentedTargets, OperationChoice, Reduction},
    model::Sampling,
};

/// The name under which [`Config::set`] takes the forms of the paper or of its official code, all at once.
const PARITY: &str = "parity";

impl Config {
    /// Takes the official code's form wherever it departs from the paper and there is a setting for it; `docs/method.md` has the
    /// table. What is no matter of form, such as widths and weights, stays.
    pub fn parity_official(&mut self) {
        self.view.sampling = Sampling::Official;
        self.view.augmentation = OperationChoice::ReorderOnly;
        self.view.augmented_targets = AugmentedTargets::Original;
        self.objective.reduction = Reduction::Padded;
    }

    /// Takes the paper's form wherever its official code departs from it; what [`Config::default`] has.
    pub fn parity_paper(&mut self) {
        let paper = Self::default();
        self.view.sampling = paper.view.sampling;
        self.view.augmentation = paper.view.augmentation;
        self.view.augmented_targets = paper.view.augmented_targets;
        self.objective.reduction = paper.objective.reduction;
    }

    /// A preset with settings of the form KEY=VALUE, the later ones over the earlier. Not checked as a whole yet, since more may
    /// change.
    pub fn preset_with<S: AsRef<str>>(preset: &str, settings: &[S]) -> Result<Self, ConfigError> {
        let mut config = Self::preset(preset)?;
        for setting in settings {
            let setting = setting.as_ref();
            let (key, value) = setting.split_once('=').ok_or_else(|| ConfigError::NoValue {
                setting: setting.to_owned(),
            })?;
            config.set(key.trim(), value.trim())?;
        }
        Ok(config)
    }

    /// Gives one setting a value: `key` is a dotted name such as `training.epochs`, `value` a number or a name. The key `parity` is no
    /// setting of its own: `official` and `paper` set those that [`Config::parity_official`] names, and later ones may change them again.
    ///
    /// Each value is checked against its range; what must go together is checked where the run begins ([`Config::check`]), so that
    /// the order of settings does not matter.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let wrong = |what: String| ConfigError::Value {
            key: key.to_owned(),
            value: value.to_owned(),
            what,
        };
        if key == PARITY {
            match value {
                "official" => self.parity_official(),
                "paper" => self.parity_paper(),
                _ => return Err(wrong("it is official or paper".to_owned())),
            }
            return Ok(());
        }
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
                let mut known = vec![PARITY.to_owned()];
                leaves(&tree, "", &mut known);
                return Err(ConfigError::UnknownKey {
                    key: key.to_owned(),
                    nearest: nearest(key, &known).unwrap_or_default(),
                });
            }
        }
        let config: Self = serde_json::from_value(tree).map_err(|error| wrong(error.to_string()))?;
        config.check_ranges()?;
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
    use crate::run::Reconstruction;

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
    fn a_preset_with_settings() {
        let config = Config::preset_with("sasrec", &["training.epochs = 7", "training.epochs=9"]).unwrap();
        assert_eq!(
            (config.training.epochs, config.view.mode),
            (9, crate::run::Mode::Deterministic)
        );
        let told = |settings: &[&str]| Config::preset_with("sasrec", settings).unwrap_err().to_string();
        assert_eq!(
            told(&["training.epochs"]),
            "The setting training.epochs has no value; write it as KEY=VALUE, such as training.epochs=5."
        );
        assert!(told(&["training.epoch=5"]).contains("did you mean training.epochs?"));
    }

    #[test]
    fn what_goes_together_may_be_set_in_any_order() {
        let mut config = Config::default();
        for (key, value) in [
            ("model.heads", "3"),
            ("model.shared_encoder", "true"),
            ("model.hidden_size", "48"),
        ] {
            config.set(key, value).unwrap();
        }
        assert!(config.check().is_err());
        config.set("model.linear_logvar", "true").unwrap();
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn parity_sets_every_form_at_once_and_back() {
        let mut config = Config::preset("paper-beauty").unwrap();
        let before = config.clone();
        config.set("parity", "official").unwrap();
        assert_eq!(config.view.sampling, Sampling::Official);
        assert_eq!(config.view.augmentation, OperationChoice::ReorderOnly);
        assert_eq!(config.view.augmented_targets, AugmentedTargets::Original);
        assert_eq!(config.objective.reduction, Reduction::Padded);
        assert_eq!(
            (config.model.clone(), config.training.clone()),
            (before.model.clone(), before.training.clone())
        );
        config.set("parity", "paper").unwrap();
        assert_eq!(config, before);
        let error = config.set("parity", "rough").unwrap_err().to_string();
        assert_eq!(error, "parity cannot be rough (it is official or paper).");
    }

    #[test]
    fn changes_of_letters() {
        assert_eq!(
            [changes("", "ab"), changes("kitten", "sitting"), changes("same", "same")],
            [2, 3, 0]
        );
    }
}
