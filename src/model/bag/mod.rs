//! Models that know a user as a bag of items, without an order: variational autoencoders for collaborative filtering.
//!
//! In: [`Bags`]. Out: posteriors of users, scores of all items, and the losses of a training step. Each model is a module of its own that
//! implements [`BagModel`]; [`bag_model`] is the list of them. `docs/adding-a-model.md` adds one.

mod bivaecf;
mod layers;
mod recvae;
mod vaecf;

use std::fmt::Debug;

use burn::tensor::{Device, Tensor};

use super::{ModelKind, Parameters, Pass};
use crate::batch::Bags;

/// Hyperparameters of a model of bags that decide the shapes of its parameters and its architecture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BagDesign {
    /// Number of users in the data; only BiVAE has parameters for them.
    pub users: usize,
    /// Number of items.
    pub items: usize,
    /// Width k of the latents.
    pub latent_size: usize,
    /// Width of the hidden layers.
    pub hidden_size: usize,
    /// Hidden layers of an encoder.
    pub layers: usize,
    /// Dropout of the encoder's input, 0 to below 1.
    pub input_dropout: f64,
    /// Whether VAECF divides a bag by its length as a vector.
    pub normalise_input: bool,
    /// KL weight of RecVAE for each item of the user; 0: the constant weight counts.
    pub gamma: f64,
    /// Passes over the users in which RecVAE trains its encoder, before the one in which it trains its decoder.
    pub encoder_passes: usize,
    /// Whether BiVAE learns the means of its priors.
    pub adaptive_prior: bool,
}

/// Whose bags a pass goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Of each user the items.
    Users,
    /// Of each item the users.
    Items,
}

/// One pass over a side within an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BagPass {
    /// Whose bags.
    pub side: Side,
    /// Which of the model's optimisers takes the steps.
    pub optimiser: usize,
}

/// Input of one optimiser step.
pub struct BagStep<'a> {
    /// Number of the pass within the epoch, as [`BagModel::passes`] lists them.
    pub pass: usize,
    /// Rows of the pass's side in this step: users or items.
    pub rows: &'a [u32],
    /// Their bags.
    pub bags: &'a Bags,
    /// The bags of the whole side.
    pub side: &'a Bags,
    /// The bags of the other side.
    pub others: &'a Bags,
    /// Weight of the KL, where the model has none of its own.
    pub kl_weight: f64,
    /// Whether the pass ends with this step.
    pub ends_pass: bool,
}

/// The objective of one step; every tensor has one element, in nats, a mean over the rows.
pub struct BagLosses {
    /// Loss to minimise.
    pub total: Tensor<1>,
    /// Negative log-likelihood.
    pub reconstruction: Tensor<1>,
    /// Divergence from the prior, unweighted.
    pub kl: Tensor<1>,
    /// The part of it that enters the total.
    pub weighted_kl: Tensor<1>,
    /// Mean weight of the KL.
    pub kl_weight: f64,
}

impl BagLosses {
    /// Total, reconstruction, KL, weighted KL, and zeros where other models have a contrast (before the weighted KL) and a prior of
    /// alpha (at the end), as one tensor `[6]`.
    pub fn to_vector(&self) -> Tensor<1> {
        let none = self.total.zeros_like();
        let [total, reconstruction] = [self.total.clone(), self.reconstruction.clone()];
        let [kl, weighted_kl] = [self.kl.clone(), self.weighted_kl.clone()];
        Tensor::cat(vec![total, reconstruction, kl, none.clone(), weighted_kl, none], 0).inner()
    }
}

/// A variational autoencoder over bags of items. U users, k latent dimensions.
pub trait BagModel: Parameters + Send + Debug {
    /// A copy.
    fn copied(&self) -> Box<dyn BagModel>;

    /// The passes of one epoch, in order.
    fn passes(&self) -> Vec<BagPass>;

    /// Index of the optimiser that trains a parameter; `None` if no optimiser changes it.
    fn optimiser_of(&self, parameter: &str) -> Option<usize>;

    /// The losses of a step, on the tape. `pass` draws dropout and noise.
    fn losses(&self, step: &BagStep, pass: &mut Pass) -> BagLosses;

    /// Updates the state that a model keeps beside its weights; called after each optimiser step.
    fn after_step(&mut self, _step: &BagStep, _pass: &mut Pass) {}

    /// Means and log-variances of the posteriors of users, each `[U, k]`, without dropout.
    fn posterior(&self, users: &Bags) -> (Tensor<2>, Tensor<2>);

    /// Scores of all items for latents of users `[U, k]`: `[U, items]`, without dropout.
    fn scores(&self, latents: Tensor<2>) -> Tensor<2>;

    /// A vector for each item, `[items, …]`: that which scores are dot products with.
    fn items(&self) -> Tensor<2>;
}

/// A model with fresh parameters that follow from `seed`; nothing for a kind that is not of bags. The one list of these models.
pub fn bag_model(kind: ModelKind, design: BagDesign, seed: u64, device: &Device) -> Option<Box<dyn BagModel>> {
    match kind {
        ModelKind::Contrastvae => None,
        ModelKind::Vaecf => Some(Box::new(vaecf::Vaecf::new(design, seed, device))),
        ModelKind::Recvae => Some(Box::new(recvae::RecVae::new(design, seed, device))),
        ModelKind::Bivaecf => Some(Box::new(bivaecf::BiVaeCf::new(design, seed, device))),
    }
}
