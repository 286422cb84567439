//! Configurations by name.
//!
//! In: a name. Out: a [`Config`], or one sentence with the names that there are.

use super::{Attributes, Config, ConfigError, KlSchedule, Mode, Reconstruction};
use crate::{
    model::{ModelKind, Prior},
    objective::{Contrast, ContrastPosition, Positives},
};

/// Names of the presets, each with a line on what it is.
pub const PRESETS: [(&str, &str); 25] = [
    (
        "default",
        "a small ContrastVAE with model augmentation and full softmax, for a tab or a first try",
    ),
    ("avae", "one view: the attentive variational autoencoder without contrast"),
    (
        "collapse",
        "a plain VAE whose latent space collapses on the example within a few epochs, to be looked at and cured",
    ),
    ("contrastvae-model", "two views by model augmentation"),
    ("contrastvae-variational", "two views by variational augmentation"),
    ("contrastvae-data", "two views by data augmentation: crop, mask or reorder"),
    (
        "contrastvae-variational-data",
        "two views by data and variational augmentation together",
    ),
    (
        "sasrec",
        "one view without latent noise and KL: the deterministic network that the others are measured against",
    ),
    (
        "beta-vae",
        "one view, and a small KL weight that stays the same from the first step",
    ),
    (
        "beta-vae-critique",
        "the same with latent directions tied to popularity and genres, for more or less of them (Nema et al. 2021)",
    ),
    (
        "vsan",
        "one view: a variational self-attention network, its KL weight rising slowly (Zhao et al. 2021)",
    ),
    (
        "recvae-sequential",
        "one view with RecVAE's composite prior and a KL weight for each item of the history (Shenbin et al. 2020)",
    ),
    (
        "adaptive-prior",
        "one view whose prior follows from the items so far, after BiVAE's (Truong et al. 2021)",
    ),
    (
        "duorec",
        "two views, the second one drawn to another history that ends before the same item (Qiu et al. 2022)",
    ),
    (
        "align-uniform",
        "two views with alignment and uniformity in the place of NT-Xent (Wang and Isola 2020)",
    ),
    (
        "benchmark-contrastvae",
        "what ranks best on logs like the paper's: data and variational views, width 128, sampled softmax, a light KL",
    ),
    ("benchmark-sasrec", "the same without latent noise, KL and contrast"),
    (
        "vaecf",
        "a bag of items to a multinomial over all (Mult-VAE), with Cornac's settings",
    ),
    ("mult-vae", "the same with the settings of its authors"),
    (
        "recvae",
        "a bag of items with a composite prior, encoder and decoder trained in turns, with its authors' settings",
    ),
    (
        "bivaecf",
        "users and items both have posteriors, trained in turns, with Cornac's settings",
    ),
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
    /// 200 of the official code, which at 400 epochs hardly ever ends early. Their forms are the paper's; [`Config::parity_official`]
    /// takes those of the code.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        match name {
            "default" => {}
            "avae" => config.view.mode = Mode::Avae,
            "collapse" => config.collapse(),
            "contrastvae-model" => config.view.mode = Mode::Model,
            "contrastvae-variational" => config.view.mode = Mode::Variational,
            "contrastvae-data" => config.view.mode = Mode::Data,
            "contrastvae-variational-data" => config.view.mode = Mode::VariationalData,
            "sasrec" => config.view.mode = Mode::Deterministic,
            "beta-vae" => config.constant_kl(0.02),
            "beta-vae-critique" => {
                config.constant_kl(0.02);
                config.objective.attributes = Attributes::Labels;
            }
            "vsan" => {
                config.view.mode = Mode::Avae;
                config.model.heads = 4;
                config.model.hidden_dropout = 0.3;
                config.objective.kl_weight = 0.2;
                config.objective.kl_annealing_steps = 10_000;
            }
            "recvae-sequential" => {
                config.view.mode = Mode::Avae;
                config.model.linear_logvar = true;
                config.objective.prior = Prior::Composite;
                config.objective.kl_schedule = KlSchedule::Length;
                config.objective.kl_weight = 0.005;
            }
            "adaptive-prior" => {
                config.constant_kl(0.02);
                config.model.linear_logvar = true;
                config.objective.prior = Prior::Adaptive;
            }
            "duorec" => {
                config.model.layers = 2;
                config.objective.positives = Positives::SecondViewSameTarget;
                config.objective.contrast_position = ContrastPosition::Last;
                config.objective.temperature = 1.0;
            }
            "align-uniform" => {
                config.objective.contrast = Contrast::AlignUniform;
                config.objective.contrast_position = ContrastPosition::Last;
            }
            "benchmark-contrastvae" => config.benchmark(Mode::VariationalData),
            "benchmark-sasrec" => config.benchmark(Mode::Deterministic),
            "vaecf" => config.cornac(ModelKind::Vaecf),
            "bivaecf" => config.cornac(ModelKind::Bivaecf),
            "mult-vae" => {
                config.wide(ModelKind::Vaecf, 1, 200, 0.001);
                config.objective.kl_weight = 0.2;
                config.objective.kl_annealing_steps = 200_000;
            }
            "recvae" => {
                config.wide(ModelKind::Recvae, 5, 50, 0.0005);
                config.bag.gamma = 0.005;
                config.bag.encoder_passes = 3;
            }
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

    /// One view and the ELBO with its own weight of 1, reached after ten epochs of the example; the first configuration of the lessons
    /// (`www/features/lessons/configurations.json`). What comes of it is in `docs/diagnostics.md`.
    fn collapse(&mut self) {
        self.model.hidden_size = 16;
        self.model.max_length = 20;
        self.view.mode = Mode::Avae;
        self.objective.kl_weight = 1.0;
        self.objective.kl_annealing_steps = 320;
        self.training.epochs = 8;
    }

    /// One view with a KL weight that does not rise.
    fn constant_kl(&mut self, weight: f64) {
        self.view.mode = Mode::Avae;
        self.objective.kl_schedule = KlSchedule::Constant;
        self.objective.kl_weight = weight;
    }

    /// Chosen on the validation of Office, as `docs/results.md` tells.
    fn benchmark(&mut self, mode: Mode) {
        self.model.hidden_size = 128;
        self.model.heads = 2;
        self.model.hidden_dropout = 0.5;
        self.model.attention_dropout = 0.5;
        self.view.mode = mode;
        self.objective.reconstruction = Reconstruction::SampledSoftmax;
        self.objective.negatives = 1024;
        self.training.epochs = 60;
        self.training.batch_size = 64;
        self.training.learning_rate = 0.001;
        self.training.weight_decay = 0.1;
        self.training.ema = 0.99;
        self.training.patience = 5;
        if mode != Mode::Deterministic {
            self.model.linear_logvar = true;
            self.objective.kl_weight = 0.001;
            self.objective.kl_annealing_steps = 0;
            self.objective.contrast_weight = 0.1;
            self.objective.contrast_position = ContrastPosition::Last;
            self.objective.temperature = 0.2;
            self.objective.mask_same_target = true;
        }
    }

    /// The defaults of Cornac's models.
    fn cornac(&mut self, kind: ModelKind) {
        self.model.kind = kind;
        self.bag.latent_size = 10;
        self.bag.hidden_size = 20;
        self.bag.layers = 1;
        self.bag.input_dropout = 0.0;
        self.bag.normalise_input = false;
        self.objective.kl_weight = 1.0;
        self.objective.kl_annealing_steps = 0;
        self.training.epochs = 100;
        self.training.batch_size = 100;
        self.training.learning_rate = 0.001;
    }

    /// The widths of Mult-VAE and RecVAE in their authors' codes.
    fn wide(&mut self, kind: ModelKind, layers: usize, epochs: usize, learning_rate: f64) {
        self.model.kind = kind;
        self.bag.latent_size = 200;
        self.bag.hidden_size = 600;
        self.bag.layers = layers;
        self.bag.input_dropout = 0.5;
        self.bag.normalise_input = true;
        self.training.epochs = epochs;
        self.training.batch_size = 500;
        self.training.learning_rate = learning_rate;
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
}
