//! Mult-VAE: Liang et al., Variational Autoencoders for Collaborative Filtering (WWW 2018); VAECF in Cornac.
//!
//! In: bags of items. Out: a Gaussian posterior of each user, decoded to a multinomial over all items. x is the bag, or x / ||x||_2 with
//! dropout as in the authors' code; h = tanh(x W_1 + b_1) and so on; mu and logvar are linear. The decoder mirrors the encoder.
//! Minimised is the mean over users of -sum_i x_i ln softmax_i + beta KL(q || N(0, I)); scores are those of mu.

use burn::tensor::{Device, Tensor};

use super::{
    BagDesign, BagLosses, BagModel, BagPass, BagStep, Side,
    layers::{BagLinear, ItemScores, PosteriorHeads, drawn, mean_kl},
};
use crate::{
    batch::Bags,
    model::{Linear, Parameters, Pass, initialise::Initialise},
};

/// The model with its parameters.
#[derive(Clone, Debug)]
pub(super) struct Vaecf {
    normalise_input: bool,
    input_dropout: f64,
    first: BagLinear,
    encoder: Vec<Linear>,
    heads: PosteriorHeads,
    decoder: Vec<Linear>,
    output: ItemScores,
}

impl Vaecf {
    /// Fresh parameters that follow from `seed`.
    pub(super) fn new(design: BagDesign, seed: u64, device: &Device) -> Self {
        let mut initialise = Initialise::new(seed, device);
        let (hidden, latent) = (design.hidden_size, design.latent_size);
        let between = design.layers.max(1) - 1;
        Self {
            normalise_input: design.normalise_input,
            input_dropout: design.input_dropout,
            first: BagLinear::new(design.items, hidden, &mut initialise),
            encoder: (0..between)
                .map(|_| Linear::uniform(hidden, hidden, &mut initialise))
                .collect(),
            heads: PosteriorHeads::new(hidden, latent, "logvar", &mut initialise),
            decoder: (0..=between)
                .map(|layer| Linear::uniform(if layer == 0 { latent } else { hidden }, hidden, &mut initialise))
                .collect(),
            output: ItemScores::new(hidden, design.items, &mut initialise),
        }
    }

    fn encode(&self, bags: &Bags, pass: &mut Pass) -> (Tensor<2>, Tensor<2>) {
        let hidden = self
            .first
            .forward(bags, self.normalise_input, self.input_dropout, pass)
            .tanh();
        let hidden = self.encoder.iter().fold(hidden, |hidden, layer| layer.forward(hidden).tanh());
        self.heads.forward(hidden)
    }

    fn decode(&self, latents: Tensor<2>) -> Tensor<2> {
        self.decoder
            .iter()
            .fold(latents, |hidden, layer| layer.forward(hidden).tanh())
    }
}

impl Parameters for Vaecf {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.first.visit_mut("encoder.0", visit);
        for (layer, map) in (1..).zip(&mut self.encoder) {
            map.visit_mut(&format!("encoder.{layer}"), visit);
        }
        self.heads.visit_mut("encoder", visit);
        for (layer, map) in self.decoder.iter_mut().enumerate() {
            map.visit_mut(&format!("decoder.{layer}"), visit);
        }
        self.output.visit_mut("decoder.items", visit);
    }
}

impl BagModel for Vaecf {
    fn copied(&self) -> Box<dyn BagModel> {
        Box::new(self.clone())
    }

    fn passes(&self) -> Vec<BagPass> {
        vec![BagPass {
            side: Side::Users,
            optimiser: 0,
        }]
    }

    fn optimiser_of(&self, _parameter: &str) -> Option<usize> {
        Some(0)
    }

    fn losses(&self, step: &BagStep, pass: &mut Pass) -> BagLosses {
        let (mu, logvar) = self.encode(step.bags, pass);
        let latents = drawn(&mu, &logvar, pass);
        let reconstruction = self.output.multinomial(self.decode(latents), step.bags);
        let kl = mean_kl(mu, logvar);
        let weighted_kl = kl.clone().mul_scalar(step.kl_weight);
        BagLosses {
            total: reconstruction.clone() + weighted_kl.clone(),
            reconstruction,
            kl,
            weighted_kl,
            kl_weight: step.kl_weight,
        }
    }

    fn posterior(&self, users: &Bags) -> (Tensor<2>, Tensor<2>) {
        self.encode(users, &mut Pass::evaluation())
    }

    fn scores(&self, latents: Tensor<2>) -> Tensor<2> {
        self.output.forward(self.decode(latents))
    }

    fn items(&self) -> Tensor<2> {
        self.output.items()
    }
}
