//! RecVAE: Shenbin et al., RecVAE: a New Variational Autoencoder for Top-N Recommendations with Implicit Feedback (WSDM 2020).
//!
//! In: bags of items. Out: a Gaussian posterior of each user, decoded by one linear map to a multinomial over all items. With x =
//! x / ||x||_2 under dropout, h_1 = LN(swish(W_1 x)) and h_k = LN(swish(W_k h_(k-1) + h_1 + … + h_(k-1))); mu and logvar are linear.
//!
//! The prior mixes, in each dimension by itself, N(0, 1), the posterior of the encoder as it was an epoch ago and N(0, e^10), with the
//! weights 3/20, 3/4 and 1/10; the divergence from it is estimated at the one latent that is drawn, and weighted by gamma for each
//! item of the user. An epoch trains the encoder alone for some passes, keeps a copy of it for the prior, and then trains the decoder
//! alone, without dropout. The weights of the authors' mixture are those of their code and sum to 1.

use burn::tensor::{Device, Tensor, TensorData, activation};

use super::{
    BagDesign, BagLosses, BagModel, BagPass, BagStep, Side,
    layers::{BagLinear, ItemScores, PosteriorHeads, drawn, frozen},
};
use crate::{
    batch::Bags,
    model::{Linear, Parameters, Pass, initialise::Initialise},
};

/// Added to the variance in the layer norms (the authors' code).
const LAYER_NORM_EPSILON: f64 = 0.1;
/// Shares of the standard normal, of the old posterior and of the wide normal in the prior, and the log-variance of the last.
const SHARES: [f64; 3] = [3.0 / 20.0, 3.0 / 4.0, 1.0 / 10.0];
const WIDE_LOGVAR: f64 = 10.0;
const ENCODER: usize = 0;
const DECODER: usize = 1;

/// One layer of the encoder.
#[derive(Clone, Debug)]
struct Norm {
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl Norm {
    fn new(size: usize, initialise: &mut Initialise) -> Self {
        Self {
            weight: initialise.constant(size, 1.0),
            bias: initialise.constant(size, 0.0),
        }
    }

    /// LN(swish(x)), row by row.
    fn of_swish(&self, input: Tensor<2>) -> Tensor<2> {
        let hidden = input.clone() * activation::sigmoid(input);
        let centred = hidden.clone() - hidden.mean_dim(1);
        let variance = (centred.clone() * centred.clone()).mean_dim(1);
        centred / variance.add_scalar(LAYER_NORM_EPSILON).sqrt() * self.weight.clone() + self.bias.clone()
    }

    fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit(&format!("{prefix}.weight"), &mut self.weight);
        visit(&format!("{prefix}.bias"), &mut self.bias);
    }
}

/// From bags to posteriors.
#[derive(Clone, Debug)]
struct Encoder {
    first: BagLinear,
    layers: Vec<Linear>,
    norms: Vec<Norm>,
    heads: PosteriorHeads,
}

impl Encoder {
    fn new(design: BagDesign, initialise: &mut Initialise) -> Self {
        let hidden = design.hidden_size;
        Self {
            first: BagLinear::new(design.items, hidden, initialise),
            layers: (1..design.layers.max(1))
                .map(|_| Linear::uniform(hidden, hidden, initialise))
                .collect(),
            norms: (0..design.layers.max(1)).map(|_| Norm::new(hidden, initialise)).collect(),
            heads: PosteriorHeads::new(hidden, design.latent_size, "logvar", initialise),
        }
    }

    fn forward(&self, bags: &Bags, dropout: f64, pass: &mut Pass) -> (Tensor<2>, Tensor<2>) {
        let mut hidden = self.norms[0].of_swish(self.first.forward(bags, true, dropout, pass));
        let mut sum = hidden.clone();
        for (layer, norm) in self.layers.iter().zip(&self.norms[1..]) {
            hidden = norm.of_swish(layer.forward(hidden) + sum.clone());
            sum = sum + hidden.clone();
        }
        self.heads.forward(hidden)
    }
}

impl Parameters for Encoder {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.first.visit_mut("0", visit);
        for (layer, map) in (1..).zip(&mut self.layers) {
            map.visit_mut(&layer.to_string(), visit);
        }
        for (layer, norm) in self.norms.iter_mut().enumerate() {
            norm.visit_mut(&format!("{layer}.norm"), visit);
        }
        self.heads.visit_mut("head", visit);
    }
}

/// The model with its parameters.
#[derive(Clone, Debug)]
pub(super) struct RecVae {
    input_dropout: f64,
    gamma: f64,
    encoder_passes: usize,
    encoder: Encoder,
    /// The encoder of an epoch ago; at the start one of its own, as in the authors' code.
    old: Encoder,
    decoder: ItemScores,
}

impl RecVae {
    /// Fresh parameters that follow from `seed`.
    pub(super) fn new(design: BagDesign, seed: u64, device: &Device) -> Self {
        let mut initialise = Initialise::new(seed, device);
        Self {
            input_dropout: design.input_dropout,
            gamma: design.gamma,
            encoder_passes: design.encoder_passes.max(1),
            encoder: Encoder::new(design, &mut initialise),
            old: Encoder::new(design, &mut initialise),
            decoder: ItemScores::new(design.latent_size, design.items, &mut initialise),
        }
    }

    /// ln q(z) - ln p(z) of each row, `[R, 1]`, at a latent drawn from q.
    fn divergence(&self, bags: &Bags, latents: &Tensor<2>, mu: Tensor<2>, logvar: Tensor<2>) -> Tensor<2> {
        let (old_mu, old_logvar) = frozen(&self.old).forward(bags, 0.0, &mut Pass::evaluation());
        let (old_mu, old_logvar) = (Tensor::from_inner(old_mu), Tensor::from_inner(old_logvar));
        let (zero, wide) = (old_mu.zeros_like(), old_mu.zeros_like().add_scalar(WIDE_LOGVAR));
        let [standard, old, wide] = [
            (zero.clone(), zero.clone(), SHARES[0]),
            (old_mu, old_logvar, SHARES[1]),
            (zero, wide, SHARES[2]),
        ]
        .map(|(mu, logvar, share)| log_normal(latents.clone(), mu, logvar).add_scalar(share.ln()));
        // The shift changes nothing in the value, so no gradient need flow through it.
        let shift = Tensor::from_inner(standard.clone().max_pair(old.clone()).max_pair(wide.clone()).inner());
        let mixed = [standard, old, wide].map(|density| (density - shift.clone()).exp());
        let [standard, old, wide] = mixed;
        let prior = (standard + old + wide).log() + shift;
        (log_normal(latents.clone(), mu, logvar) - prior).sum_dim(1)
    }
}

/// ln N(z; mu, exp(logvar)) of each element.
fn log_normal(latents: Tensor<2>, mu: Tensor<2>, logvar: Tensor<2>) -> Tensor<2> {
    let away = latents - mu;
    let ln_2_pi = (2.0 * std::f64::consts::PI).ln();
    (logvar.clone().add_scalar(ln_2_pi) + away.clone() * away / logvar.exp()).mul_scalar(-0.5)
}

impl Parameters for RecVae {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        for (prefix, encoder) in [("encoder", &mut self.encoder), ("old", &mut self.old)] {
            encoder.visit_mut(&mut |name, parameter| visit(&format!("{prefix}.{name}"), parameter));
        }
        self.decoder.visit_mut("decoder.items", visit);
    }
}

impl BagModel for RecVae {
    fn copied(&self) -> Box<dyn BagModel> {
        Box::new(self.clone())
    }

    fn passes(&self) -> Vec<BagPass> {
        let of = |optimiser| BagPass {
            side: Side::Users,
            optimiser,
        };
        let mut passes = vec![of(ENCODER); self.encoder_passes];
        passes.push(of(DECODER));
        passes
    }

    fn optimiser_of(&self, parameter: &str) -> Option<usize> {
        match parameter.split('.').next() {
            Some("encoder") => Some(ENCODER),
            Some("decoder") => Some(DECODER),
            _ => None,
        }
    }

    fn losses(&self, step: &BagStep, pass: &mut Pass) -> BagLosses {
        let trains_decoder = step.pass == self.encoder_passes;
        let (mu, logvar) = match trains_decoder {
            false => self.encoder.forward(step.bags, self.input_dropout, pass),
            true => {
                let (mu, logvar) = frozen(&self.encoder).forward(step.bags, 0.0, &mut Pass::evaluation());
                (Tensor::from_inner(mu), Tensor::from_inner(logvar))
            }
        };
        let latents = drawn(&mu, &logvar, pass);
        let reconstruction = self.decoder.multinomial(latents.clone(), step.bags);
        let divergence = self.divergence(step.bags, &latents, mu, logvar);
        let rows = step.bags.rows();
        let weights: Vec<f32> = match self.gamma > 0.0 {
            true => step.bags.iter().map(|row| (self.gamma * row.len() as f64) as f32).collect(),
            false => vec![step.kl_weight as f32; rows],
        };
        let kl_weight = weights.iter().map(|&weight| f64::from(weight)).sum::<f64>() / rows.max(1) as f64;
        let weights = Tensor::from_data(TensorData::new(weights, [rows, 1]), &divergence.device().inner());
        let weighted_kl = (divergence.clone() * Tensor::from_inner(weights)).mean();
        BagLosses {
            total: reconstruction.clone() + weighted_kl.clone(),
            reconstruction,
            kl: divergence.mean(),
            weighted_kl,
            kl_weight,
        }
    }

    fn after_step(&mut self, step: &BagStep, _pass: &mut Pass) {
        // The last of the passes that train the encoder is over.
        if step.ends_pass && step.pass + 1 == self.encoder_passes {
            self.old = self.encoder.clone();
        }
    }

    fn posterior(&self, users: &Bags) -> (Tensor<2>, Tensor<2>) {
        self.encoder.forward(users, 0.0, &mut Pass::evaluation())
    }

    fn scores(&self, latents: Tensor<2>) -> Tensor<2> {
        self.decoder.forward(latents)
    }

    fn items(&self) -> Tensor<2> {
        self.decoder.items()
    }
}
