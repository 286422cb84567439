//! The table of all settings: the one source of their keys, ranges, units, options and needs.
//!
//! In: nothing. Out: [`SETTINGS`]. The check of ranges reads it, the page's form and its address by way of `www/generated/settings.json`,
//! and the tables of `docs/configuration.md`; `tests/house/documentation.rs` writes the last two. Defaults are those of
//! [`Config::default`].

use serde_json::Value;

use super::Config;

/// A setting of a run.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Dotted name, such as `training.epochs`.
    pub key: &'static str,
    /// Values that it takes.
    pub kind: SettingKind,
    /// Unit of its value; None if it is a number without one, or no number.
    pub unit: Option<Unit>,
    /// Whether the page shows it before all others.
    pub first: bool,
    /// Without one of these it has no effect.
    pub needs: &'static [Need],
}

/// Values of a setting.
#[derive(Clone, Copy, Debug)]
pub enum SettingKind {
    /// True or false.
    Switch,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// A number.
    Number {
        /// Smallest value.
        least: f64,
        /// Largest value.
        most: f64,
        /// Whether it is a whole number.
        whole: bool,
        /// Reads the value.
        read: fn(&Config) -> f64,
    },
}

/// Unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Users of a batch.
    Users,
    /// Items of a catalogue or a history.
    Items,
    /// Optimiser steps.
    Steps,
    /// Passes over the data.
    Epochs,
    /// Natural units of information.
    Nats,
}

/// A value of another setting that gives a setting its effect.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// The other setting.
    pub key: &'static str,
    /// Values with which there is an effect.
    pub values: &'static [&'static str],
}

impl Unit {
    /// Word in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Users => "users",
            Unit::Items => "items",
            Unit::Steps => "steps",
            Unit::Epochs => "epochs",
            Unit::Nats => "nats",
        }
    }
}

impl Setting {
    const fn new(key: &'static str, kind: SettingKind) -> Self {
        Self {
            key,
            kind,
            unit: None,
            first: false,
            needs: &[],
        }
    }

    const fn in_unit(self, unit: Unit) -> Self {
        Self {
            unit: Some(unit),
            ..self
        }
    }

    const fn first(self) -> Self {
        Self { first: true, ..self }
    }

    const fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// Group of the setting: what stands before the dot, or nothing.
    pub fn group(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(group, _)| group)
    }

    /// Value in a configuration that was written as JSON.
    pub fn of<'a>(&self, config: &'a Value) -> &'a Value {
        self.key.split('.').fold(config, |tree, name| &tree[name])
    }

    /// Range of a number in words; None if the setting is no number.
    pub fn range(&self) -> Option<String> {
        let SettingKind::Number { least, most, .. } = self.kind else {
            return None;
        };
        let unit = self.unit.map_or(String::new(), |unit| format!(" {}", unit.name()));
        Some(format!("{} to {}{unit}", grouped(least), grouped(most)))
    }
}

/// A number with a comma before each group of three digits.
fn grouped(value: f64) -> String {
    let plain = value.to_string();
    let (digits, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        let left = digits.len() - index;
        if left.is_multiple_of(3) && text.ends_with(|last: char| last.is_ascii_digit()) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

const fn need(key: &'static str, values: &'static [&'static str]) -> Need {
    Need { key, values }
}

/// Bound of a whole number.
const fn bound(value: u32) -> f64 {
    value as f64
}

/// Dotted name of a member of the configuration.
macro_rules! key {
    ($name:ident) => {
        stringify!($name)
    };
    ($group:ident . $name:ident) => {
        concat!(stringify!($group), ".", stringify!($name))
    };
}

macro_rules! switch {
    ($($path:ident).+) => {
        Setting::new(key!($($path).+), SettingKind::Switch)
    };
}

macro_rules! choice {
    ($($path:ident).+, $options:expr) => {
        Setting::new(key!($($path).+), SettingKind::Choice(&$options))
    };
}

macro_rules! real {
    ($($path:ident).+, $least:expr, $most:expr) => {
        Setting::new(
            key!($($path).+),
            SettingKind::Number {
                least: $least,
                most: $most,
                whole: false,
                read: |config| config.$($path).+,
            },
        )
    };
}

macro_rules! whole {
    ($($path:ident).+, $least:expr, $most:expr) => {
        Setting::new(
            key!($($path).+),
            SettingKind::Number {
                least: bound($least),
                most: bound($most),
                whole: true,
                read: |config| config.$($path).+ as f64,
            },
        )
    };
}

const SEQUENTIAL: Need = need("model.kind", &["contrastvae"]);
const OF_BAGS: Need = need("model.kind", &["vaecf", "recvae", "bivaecf"]);
const VAECF: Need = need("model.kind", &["vaecf"]);
const RECVAE: Need = need("model.kind", &["recvae"]);
const DATA_VIEWS: Need = need("view.mode", &["data", "variational_data"]);
const TIED: Need = need("objective.attributes", &["popularity", "labels"]);
const TWO_VIEWS: Need = need("view.mode", &["model", "variational", "data", "variational_data"]);
const SAMPLED: Need = need("objective.reconstruction", &["sampled_softmax"]);

/// All settings, in the order in which the page shows them.
pub static SETTINGS: &[Setting] = &[
    choice!(model.kind, ["contrastvae", "vaecf", "recvae", "bivaecf"]).first(),
    whole!(training.epochs, 1, 10_000).first(),
    whole!(model.hidden_size, 2, 512).first().needs(&[SEQUENTIAL]),
    real!(objective.kl_weight, 0.0, 100.0).first(),
    real!(objective.contrast_weight, 0.0, 100.0).first().needs(&[SEQUENTIAL]),
    real!(training.learning_rate, 1e-7, 1.0).first(),
    whole!(seed, 0, 4_294_967_295).first(),
    whole!(model.layers, 1, 8).needs(&[SEQUENTIAL]),
    whole!(model.heads, 1, 16).needs(&[SEQUENTIAL]),
    whole!(model.max_length, 2, 500).in_unit(Unit::Items).needs(&[SEQUENTIAL]),
    real!(model.hidden_dropout, 0.0, 0.95).needs(&[SEQUENTIAL]),
    real!(model.attention_dropout, 0.0, 0.95).needs(&[SEQUENTIAL]),
    real!(model.embedding_dropout, 0.0, 0.95).needs(&[SEQUENTIAL]),
    switch!(model.linear_logvar).needs(&[SEQUENTIAL]),
    real!(model.logvar_bias, -10.0, 5.0).needs(&[SEQUENTIAL, need("model.linear_logvar", &["true"])]),
    switch!(model.shared_encoder).needs(&[SEQUENTIAL]),
    choice!(model.head, ["dot_product", "cosine_similarity"]).needs(&[SEQUENTIAL]),
    real!(model.head_temperature, 0.01, 10.0).needs(&[SEQUENTIAL, need("model.head", &["cosine_similarity"])]),
    whole!(model.output_masks, 0, 16).needs(&[SEQUENTIAL]),
    whole!(model.differences, 0, 8).needs(&[SEQUENTIAL]),
    whole!(model.difference_spacing, 1, 20)
        .in_unit(Unit::Items)
        .needs(&[SEQUENTIAL]),
    whole!(bag.latent_size, 1, 512).needs(&[OF_BAGS]),
    whole!(bag.hidden_size, 1, 2_048).needs(&[OF_BAGS]),
    whole!(bag.layers, 1, 8).needs(&[OF_BAGS]),
    real!(bag.input_dropout, 0.0, 0.95).needs(&[OF_BAGS]),
    switch!(bag.normalise_input).needs(&[VAECF]),
    real!(bag.gamma, 0.0, 1.0).needs(&[RECVAE]),
    whole!(bag.encoder_passes, 1, 20).needs(&[RECVAE]),
    switch!(bag.adaptive_prior).needs(&[need("model.kind", &["bivaecf"])]),
    choice!(
        view.mode,
        ["deterministic", "avae", "model", "variational", "data", "variational_data"]
    )
    .needs(&[SEQUENTIAL]),
    choice!(view.sampling, ["paper", "official"]).needs(&[SEQUENTIAL]),
    real!(view.variance_dropout, 0.0, 0.95).needs(&[SEQUENTIAL, need("view.mode", &["model", "data"])]),
    choice!(view.augmentation, ["uniform", "reorder_only"]).needs(&[SEQUENTIAL, DATA_VIEWS]),
    real!(view.crop, 0.05, 1.0).needs(&[SEQUENTIAL, DATA_VIEWS]),
    real!(view.mask, 0.0, 0.95).needs(&[SEQUENTIAL, DATA_VIEWS]),
    real!(view.reorder, 0.0, 1.0).needs(&[SEQUENTIAL, DATA_VIEWS]),
    choice!(view.augmented_targets, ["own", "original"]).needs(&[SEQUENTIAL, DATA_VIEWS]),
    real!(view.drift_noise, 0.0, 1.0).needs(&[SEQUENTIAL, TWO_VIEWS]),
    real!(view.drift_random, 0.0, 1.0).needs(&[SEQUENTIAL, TWO_VIEWS]),
    choice!(
        objective.reconstruction,
        ["full_softmax", "sampled_softmax", "sampled_negative"]
    )
    .needs(&[SEQUENTIAL]),
    whole!(objective.negatives, 1, 8_192)
        .in_unit(Unit::Items)
        .needs(&[SEQUENTIAL, SAMPLED]),
    real!(objective.negative_power, 0.0, 1.0).needs(&[SEQUENTIAL, SAMPLED]),
    real!(objective.label_smoothing, 0.0, 0.9).needs(&[SEQUENTIAL, need("objective.reconstruction", &["full_softmax"])]),
    choice!(objective.kl_schedule, ["linear", "constant", "cyclical", "length"]),
    whole!(objective.kl_annealing_steps, 0, 10_000_000)
        .in_unit(Unit::Steps)
        .needs(&[need("objective.kl_schedule", &["linear", "cyclical"])]),
    choice!(objective.prior, ["standard", "composite", "adaptive"]).needs(&[SEQUENTIAL]),
    whole!(objective.prior_steps, 0, 10_000_000)
        .in_unit(Unit::Steps)
        .needs(&[SEQUENTIAL, need("objective.prior", &["composite"])]),
    real!(objective.free_bits, 0.0, 10.0).in_unit(Unit::Nats).needs(&[SEQUENTIAL]),
    choice!(objective.contrast, ["nt_xent", "align_uniform"]).needs(&[SEQUENTIAL]),
    choice!(
        objective.positives,
        ["other_view", "same_target", "both", "second_view_same_target"]
    )
    .needs(&[SEQUENTIAL]),
    real!(objective.uniformity_weight, 0.0, 100.0).needs(&[SEQUENTIAL, need("objective.contrast", &["align_uniform"])]),
    real!(objective.temperature, 0.01, 10.0).needs(&[SEQUENTIAL, need("objective.contrast", &["nt_xent"])]),
    choice!(objective.contrast_position, ["pooled", "last"]).needs(&[SEQUENTIAL]),
    switch!(objective.mask_same_target).needs(&[SEQUENTIAL]),
    choice!(objective.attributes, ["none", "popularity", "labels"]).needs(&[SEQUENTIAL]),
    whole!(objective.attribute_count, 1, 64).needs(&[SEQUENTIAL, need("objective.attributes", &["labels"])]),
    real!(objective.attribute_weight, 0.0, 100.0).needs(&[SEQUENTIAL, TIED]),
    choice!(objective.reduction, ["real", "padded"]).needs(&[SEQUENTIAL]),
    whole!(training.batch_size, 2, 4_096).in_unit(Unit::Users),
    choice!(training.rate_schedule, ["constant", "cosine", "halving"]),
    whole!(training.warmup_steps, 0, 10_000_000).in_unit(Unit::Steps),
    whole!(training.halving_epochs, 1, 10_000)
        .in_unit(Unit::Epochs)
        .needs(&[need("training.rate_schedule", &["halving"])]),
    real!(training.weight_decay, 0.0, 1.0),
    real!(training.ema, 0.0, 0.9999),
    whole!(training.patience, 0, 10_000).in_unit(Unit::Epochs),
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        device::Compute,
        log::{Dataset, Example, generate},
        run::{LatentSubject, Run},
    };

    /// Dotted names of all members of a configuration.
    fn keys(tree: &Value, path: &str, into: &mut Vec<String>) {
        match tree {
            Value::Object(members) => {
                for (name, member) in members {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    keys(member, &path, into);
                }
            }
            _ => into.push(path.to_owned()),
        }
    }

    #[test]
    fn the_table_has_every_setting_once_and_of_its_kind() {
        let default = serde_json::to_value(Config::default()).unwrap();
        let mut expected = Vec::new();
        keys(&default, "", &mut expected);
        let mut found: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        expected.sort();
        found.sort_unstable();
        assert_eq!(found, expected);
        for setting in SETTINGS {
            let (key, value) = (setting.key, setting.of(&default));
            match setting.kind {
                SettingKind::Switch => assert!(value.is_boolean(), "{key}"),
                SettingKind::Choice(options) => {
                    // The sentence of serde names all there are.
                    let refused = Config::default().set(key, "none_of_them").unwrap_err().to_string();
                    let known: Vec<&str> = refused.split('`').skip(3).step_by(2).collect();
                    let mut options = options.to_vec();
                    assert!(options.contains(&value.as_str().unwrap()), "{key}");
                    let mut known = known;
                    known.sort_unstable();
                    options.sort_unstable();
                    assert_eq!(options, known, "{key}: {refused}");
                }
                SettingKind::Number { whole, read, .. } => {
                    assert_eq!(value.is_u64(), whole, "{key}");
                    assert_eq!(Some(read(&Config::default())), value.as_f64(), "{key}");
                    let mut other = Config::default();
                    let next = value.as_f64().unwrap() + if whole { 2.0 } else { 0.01 };
                    other.set(key, &next.to_string()).unwrap();
                    // A decimal that is written and read again may differ in its last bit.
                    assert!((read(&other) - next).abs() < 1e-9, "{key} reads another setting");
                }
            }
            for need in setting.needs {
                let other = SETTINGS.iter().find(|other| other.key == need.key).unwrap();
                for value in need.values {
                    assert!(
                        Config::default().set(other.key, value).is_ok(),
                        "{key} needs {} of {}",
                        value,
                        need.key
                    );
                }
            }
        }
    }

    #[test]
    fn ranges_in_words() {
        let range = |key: &str| SETTINGS.iter().find(|setting| setting.key == key).unwrap().range();
        assert_eq!(range("training.batch_size").unwrap(), "2 to 4,096 users");
        assert_eq!(range("model.logvar_bias").unwrap(), "-10 to 5");
        assert_eq!(range("training.learning_rate").unwrap(), "0.0000001 to 1");
        assert_eq!(range("seed").unwrap(), "0 to 4,294,967,295");
        assert_eq!(range("view.mode"), None);
    }

    /// Item embeddings and losses after two steps.
    fn trained(config: &Config, data: &Arc<Dataset>) -> (Vec<f32>, String) {
        let mut run = Run::new(config.clone(), data.clone(), Compute::cpu()).unwrap();
        block_on(async {
            run.step().await.unwrap();
            run.step().await.unwrap();
            let losses = run.read_losses().await.unwrap();
            let items = run.latents(LatentSubject::Items).await.unwrap();
            (items.values, format!("{losses:?} {:?}", run.losses_under_way()))
        })
    }

    /// A value of a setting that is not its default.
    fn other_value(setting: &Setting) -> String {
        let default = serde_json::to_value(Config::default()).unwrap();
        let value = setting.of(&default);
        match setting.kind {
            SettingKind::Switch => (value != &Value::Bool(true)).to_string(),
            SettingKind::Choice(options) => options.iter().find(|&&option| value != option).unwrap().to_string(),
            SettingKind::Number { most, whole: true, .. } => (value.as_f64().unwrap() + 2.0).min(most).to_string(),
            SettingKind::Number { most, .. } => (value.as_f64().unwrap() + 0.1).min(most).to_string(),
        }
    }

    #[test]
    fn a_setting_without_what_it_needs_has_no_effect() {
        let example = Example {
            users: 60,
            items: 60,
            ..Example::default()
        };
        let data = Arc::new(generate(&example).unwrap());
        let mut tried = 0;
        for setting in SETTINGS {
            for need in setting.needs {
                let other = SETTINGS.iter().find(|other| other.key == need.key).unwrap();
                let lacking = match other.kind {
                    SettingKind::Choice(options) => options.iter().find(|option| !need.values.contains(option)),
                    _ => ["true", "false"].iter().find(|value| !need.values.contains(value)),
                };
                let mut config = Config::default();
                config.model.hidden_size = 8;
                config.bag.hidden_size = 8;
                config.set(need.key, lacking.unwrap()).unwrap();
                let before = trained(&config, &data);
                config.set(setting.key, &other_value(setting)).unwrap();
                if config.check().is_ok() {
                    assert_eq!(before, trained(&config, &data), "{} without {}", setting.key, need.key);
                    tried += 1;
                }
            }
        }
        assert!(tried > 40, "{tried}");
    }
}
