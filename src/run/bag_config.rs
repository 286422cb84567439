//! The settings of the models of bags.
//!
//! In: the group `bag` of a configuration. Out: what decides the shapes and the form of such a model.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::model::{BagDesign, ModelKind};

/// Settings of the models that know a user as a bag of items; without effect for the sequential one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BagConfig {
    /// Width of the latents.
    pub latent_size: usize,
    /// Width of the hidden layers.
    pub hidden_size: usize,
    /// Hidden layers of an encoder; the decoder of VAECF has as many.
    pub layers: usize,
    /// Dropout of the encoder's input, 0 to below 1.
    pub input_dropout: f64,
    /// Whether VAECF divides a user's bag by its length as a vector; RecVAE always does, BiVAECF never.
    pub normalise_input: bool,
    /// RecVAE's KL weight for each item of the user; 0: `objective.kl_weight` is the weight.
    pub gamma: f64,
    /// Passes of RecVAE's encoder in an epoch, before the one of its decoder.
    pub encoder_passes: usize,
    /// Whether BiVAECF learns the means of its priors.
    pub adaptive_prior: bool,
}

impl Default for BagConfig {
    fn default() -> Self {
        Self {
            latent_size: 32,
            hidden_size: 64,
            layers: 1,
            input_dropout: 0.5,
            normalise_input: true,
            gamma: 0.005,
            encoder_passes: 3,
            adaptive_prior: false,
        }
    }
}

impl Config {
    /// The design of a model of bags for so many users and items.
    pub(super) fn bag_design(&self, users: usize, items: usize) -> BagDesign {
        let bag = &self.bag;
        BagDesign {
            users,
            items,
            latent_size: bag.latent_size,
            hidden_size: bag.hidden_size,
            layers: bag.layers,
            input_dropout: bag.input_dropout,
            normalise_input: bag.normalise_input,
            gamma: bag.gamma,
            encoder_passes: bag.encoder_passes,
            adaptive_prior: bag.adaptive_prior,
        }
    }

    /// Dimensions of the latents of users.
    pub fn latent_size(&self) -> usize {
        match self.model.kind {
            ModelKind::Contrastvae => self.model.hidden_size,
            _ => self.bag.latent_size,
        }
    }

    /// Dimensions of the vectors of items.
    pub fn item_size(&self) -> usize {
        match self.model.kind {
            ModelKind::Vaecf => self.bag.hidden_size,
            _ => self.latent_size(),
        }
    }
}
