//! Checks of a configuration.
//!
//! In: a [`Config`]. Out: nothing, or one sentence that names the first key that is out of its range in [`SETTINGS`], or the two that do not
//! go together.

use super::{
    Config, ConfigError,
    config::{KlSchedule, Mode},
    settings_table::{SETTINGS, SettingKind},
};
use crate::{batch::Reduction, model::Prior, objective::ContrastPosition};

/// Why a cycle must have steps.
const CYCLE: &str = "objective.kl_schedule=cyclical needs objective.kl_annealing_steps above 0, the steps of a cycle.";

impl Config {
    /// Checks every setting against its range, and those that depend on each other.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_ranges()?;
        let model = &self.model;
        if model.kind.is_of_bags() {
            // What the sequential network is made of has no effect, so nothing in it can contradict anything; the weight of the KL has.
            return match self.objective.kl_schedule {
                KlSchedule::Length => Err(ConfigError::Combination(
                    "objective.kl_schedule=length needs model.kind=contrastvae; of bags bag.gamma weighs the KL by the number of items.",
                )),
                KlSchedule::Cyclical if self.objective.kl_annealing_steps == 0 => Err(ConfigError::Combination(CYCLE)),
                _ => Ok(()),
            };
        }
        if !model.hidden_size.is_multiple_of(model.heads) {
            return Err(ConfigError::Heads {
                hidden_size: model.hidden_size,
                heads: model.heads,
            });
        }
        // A deterministic network has no log-variance, whoever computes it.
        if model.shared_encoder && !model.linear_logvar && self.view.mode != Mode::Deterministic {
            return Err(ConfigError::SharedEncoder);
        }
        self.check_combinations()
    }

    /// Checks combinations that make no sense, each refused by a sentence that names the keys.
    fn check_combinations(&self) -> Result<(), ConfigError> {
        let (mode, objective) = (self.view.mode, &self.objective);
        let (by_length, padded) = (
            objective.kl_schedule == KlSchedule::Length,
            objective.reduction == Reduction::Padded,
        );
        let rules = [
            (
                mode == Mode::Deterministic && objective.prior != Prior::Standard,
                "objective.prior must be standard where view.mode is deterministic: without a posterior there is nothing to compare with a prior.",
            ),
            (
                padded && objective.prior == Prior::Adaptive,
                "objective.prior=adaptive needs objective.reduction=real: padding has no items that a prior could follow from.",
            ),
            (
                padded && by_length,
                "objective.kl_schedule=length needs objective.reduction=real: padding has no items to be counted.",
            ),
            (
                by_length && objective.free_bits > 0.0,
                "objective.kl_schedule=length needs objective.free_bits=0: free bits are nats of a mean in which all positions count alike.",
            ),
            (
                objective.kl_schedule == KlSchedule::Cyclical && objective.kl_annealing_steps == 0,
                CYCLE,
            ),
            (
                objective.positives.of_same_target() && objective.contrast_position == ContrastPosition::Pooled,
                "objective.positives other than other_view need objective.contrast_position=last: it is the last position that has the target in common.",
            ),
            (
                objective.positives.needs_two_views() && matches!(mode, Mode::Deterministic | Mode::Avae),
                "objective.positives must be other_view or same_target where view.mode has one view: the others contrast a second view.",
            ),
        ];
        match rules.into_iter().find(|(broken, _)| *broken) {
            Some((_, sentence)) => Err(ConfigError::Combination(sentence)),
            None => Ok(()),
        }
    }

    /// Checks every setting by itself; what goes together can only be told when all are set.
    pub(super) fn check_ranges(&self) -> Result<(), ConfigError> {
        for setting in SETTINGS {
            let SettingKind::Number {
                least,
                most,
                whole,
                read,
            } = setting.kind
            else {
                continue;
            };
            let value = read(self);
            // No range contains NaN.
            if !(least..=most).contains(&value) {
                let range = setting.range().unwrap_or_default();
                return Err(ConfigError::OutOfRange {
                    key: setting.key,
                    value: value.to_string(),
                    range: if whole {
                        format!("a whole number from {range}")
                    } else {
                        format!("from {range}")
                    },
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_in_range() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn out_of_range_is_one_sentence_that_names_the_key() {
        let mut config = Config::default();
        config.training.learning_rate = f64::NAN;
        assert_eq!(
            config.check().map_err(|error| error.to_string()),
            Err("training.learning_rate is NaN; it must be from 0.0000001 to 1.".to_string())
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let mut config = Config::default();
        config.model.heads = 3;
        assert!(
            config
                .check()
                .is_err_and(|error| error.to_string().contains("multiple of heads"))
        );
        let mut config = Config::default();
        config.model.shared_encoder = true;
        assert!(
            config
                .check()
                .is_err_and(|error| error.to_string().contains("needs model.linear_logvar"))
        );
        config.model.linear_logvar = true;
        assert_eq!(config.check(), Ok(()));
    }

    /// Each of these is refused by a sentence that names both keys, and is taken without its last setting.
    #[test]
    fn combinations_without_sense_are_refused() {
        for settings in [
            ["objective.prior=adaptive", "view.mode=deterministic"],
            ["objective.prior=composite", "view.mode=deterministic"],
            ["objective.prior=adaptive", "objective.reduction=padded"],
            ["objective.kl_schedule=length", "objective.reduction=padded"],
            ["objective.kl_schedule=length", "objective.free_bits=0.1"],
            ["objective.kl_schedule=cyclical", "objective.kl_annealing_steps=0"],
            ["objective.kl_schedule=length", "model.kind=vaecf"],
            ["objective.contrast_position=pooled", "objective.positives=same_target"],
            ["view.mode=avae", "objective.positives=both"],
            ["view.mode=deterministic", "objective.positives=second_view_same_target"],
        ] {
            let mut config = Config::default();
            config.objective.contrast_position = ContrastPosition::Last;
            let mut set = |setting: &str| {
                let (key, value) = setting.split_once('=').unwrap();
                config.set(key, value).unwrap();
                (key.to_owned(), config.check())
            };
            let (first, taken) = set(settings[0]);
            assert_eq!(taken, Ok(()), "{settings:?}");
            let (second, refused) = set(settings[1]);
            let sentence = refused.expect_err(settings[1]).to_string();
            assert!(sentence.contains(&first) && sentence.contains(&second), "{sentence}");
        }
        // One view has no other, but may have other histories with the same target.
        for mode in ["avae", "deterministic"] {
            let mut config = Config::default();
            config.objective.contrast_position = ContrastPosition::Last;
            config.set("view.mode", mode).unwrap();
            config.set("objective.positives", "same_target").unwrap();
            assert_eq!(config.check(), Ok(()));
        }
    }

    /// Every number of the configuration has a range: far too large a value is refused by a sentence that names its key.
    #[test]
    fn no_number_is_without_a_range() {
        fn keys(tree: &serde_json::Value, path: String, into: &mut Vec<String>) {
            match tree {
                serde_json::Value::Object(members) => {
                    for (name, member) in members {
                        keys(member, format!("{path}/{name}"), into);
                    }
                }
                value if value.is_number() => into.push(path),
                _ => {}
            }
        }
        let default = serde_json::to_value(Config::default()).unwrap();
        let mut numbers = Vec::new();
        keys(&default, String::new(), &mut numbers);
        assert!(numbers.len() > 20);
        for pointer in numbers.iter().filter(|pointer| *pointer != "/seed") {
            let mut tree = default.clone();
            *tree.pointer_mut(pointer).unwrap() = 1_000_000_000u64.into();
            let config: Config = serde_json::from_value(tree).unwrap();
            let key = pointer[1..].replace('/', ".");
            let refused = config.check().expect_err(&key).to_string();
            assert!(refused.starts_with(&format!("{key} is 1000000000; it must be")), "{refused}");
        }
    }
}
