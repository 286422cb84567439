//! ContrastVAE: item and position embeddings, two posterior encoders, one decoder, tied scores.
//!
//! In: a batch. Out: [`Views`] with the posterior, the latents and the decoder's outputs of one or two views, one under the other.
//! One latent for each position, as wide as the hidden state; mu and logvar are the raw outputs of their stacks (official code,
//! `models.py`). Both views go through the stacks as one batch of twice the rows.

use burn::tensor::{Device, Int, Tensor, activation};

use super::{Augmentation, Block, LayerNorm, Parameters, Pass, Sampling, initialise::Initialise};
use crate::batch::{Batch, Visible};

/// What decides the shapes of the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of items; the table has two rows more, one for padding and one for the mask token.
    pub items: usize,
    /// Width of embeddings and latents.
    pub hidden: usize,
    /// Blocks in each stack.
    pub layers: usize,
    /// Attention heads; a divisor of `hidden`.
    pub heads: usize,
    /// Positions in the window.
    pub length: usize,
    /// How the second view comes about; the variational one has a parameter of its own.
    pub augmentation: Augmentation,
}

impl Shape {
    /// Number of trained values, without building the network.
    pub fn parameter_count(&self) -> usize {
        let block = 12 * self.hidden * self.hidden + 13 * self.hidden;
        (self.items + 2 + self.length) * self.hidden
            + 3 * self.layers * block
            + 2 * self.hidden
            + usize::from(self.augmentation == Augmentation::Variational)
    }
}

/// What a pass gives, view 1 above view 2: M = (1 or 2) * N tokens.
pub struct Views {
    /// Number of views, 1 or 2.
    pub views: usize,
    /// Posterior means, `[M, hidden]`.
    pub mu: Tensor<2>,
    /// Logarithms of posterior variances, `[M, hidden]`.
    pub logvar: Tensor<2>,
    /// Latents, `[M, hidden]`.
    pub latents: Tensor<2>,
    /// Outputs of the decoder, `[M, hidden]`.
    pub outputs: Tensor<2>,
    /// The scale of the second view's standard deviation, `[1, 1]`, in the variational mode.
    pub alpha: Option<Tensor<2>>,
}

/// The network with its parameters.
#[derive(Clone, Debug)]
pub struct ContrastVae {
    shape: Shape,
    item_embeddings: Tensor<2>,
    position_embeddings: Tensor<2>,
    norm: LayerNorm,
    encoder_mu: Vec<Block>,
    encoder_logvar: Vec<Block>,
    decoder: Vec<Block>,
    logit_alpha: Option<Tensor<2>>,
}

impl ContrastVae {
    /// A network with fresh parameters that follow from `seed`.
    pub fn new(shape: Shape, seed: u64, device: &Device) -> Self {
        let mut initialise = Initialise::new(seed, device);
        let item_embeddings = initialise.normal(shape.items + 2, shape.hidden);
        let position_embeddings = initialise.normal(shape.length, shape.hidden);
        let norm = LayerNorm::new(shape.hidden, &mut initialise);
        let mut stack = || {
            (0..shape.layers)
                .map(|_| Block::new(shape.hidden, shape.heads, &mut initialise))
                .collect()
        };
        let (encoder_mu, encoder_logvar, decoder) = (stack(), stack(), stack());
        // logit(0.5): alpha starts at one half (official code, `modules.py`).
        let logit_alpha = (shape.augmentation == Augmentation::Variational).then(|| initialise.constant(1, 0.0));
        Self {
            shape,
            item_embeddings,
            position_embeddings,
            norm,
            encoder_mu,
            encoder_logvar,
            decoder,
            logit_alpha,
        }
    }

    /// The shapes that the network was made with.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The embeddings of the real items, `[items, hidden]`.
    pub fn items(&self) -> Tensor<2> {
        self.item_embeddings.clone().narrow(0, 1, self.shape.items)
    }

    /// The whole table, `[items + 2, hidden]`: padding, the items, and the mask token.
    pub fn table(&self) -> Tensor<2> {
        self.item_embeddings.clone()
    }

    /// Rows of the item table, `[count, hidden]`; `ids` count from 1, 0 is padding.
    pub fn embed(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.item_embeddings.clone().select(0, ids)
    }

    /// Scores of all items for decoder outputs `[count, hidden]`: dot products with the table, `[count, items]`.
    pub fn scores(&self, outputs: Tensor<2>) -> Tensor<2> {
        outputs.matmul(self.items().transpose())
    }

    /// The embedded inputs after layer norm and dropout, `[N, hidden]`.
    fn embed_inputs(&self, batch: &Batch, pass: &mut Pass) -> Tensor<2> {
        let items = self.embed(batch.ids.clone());
        let positions = self.position_embeddings.clone().select(0, batch.positions.clone());
        pass.hidden_dropout(self.norm.forward(items + positions))
    }

    fn run(stack: &[Block], input: Tensor<2>, visible: &Visible, pass: &mut Pass) -> Tensor<2> {
        stack.iter().fold(input, |hidden, block| block.forward(hidden, visible, pass))
    }

    /// Mean and log-variance of the posterior at each position, each `[N, hidden]`, without dropout.
    pub fn posterior(&self, batch: &Batch) -> (Tensor<2>, Tensor<2>) {
        let mut pass = Pass::evaluation();
        let embedded = self.embed_inputs(batch, &mut pass);
        (
            Self::run(&self.encoder_mu, embedded.clone(), &batch.visible, &mut pass),
            Self::run(&self.encoder_logvar, embedded, &batch.visible, &mut pass),
        )
    }

    /// Decoder outputs for latents `[N, hidden]`, without dropout.
    pub fn decode(&self, latents: Tensor<2>, batch: &Batch) -> Tensor<2> {
        Self::run(&self.decoder, latents, &batch.visible, &mut Pass::evaluation())
    }

    /// Scores of all items after each sequence, `[S, items]`. A model trained with noise is scored at its mean; the official
    /// code, trained without noise, at mu + sigma.
    pub fn score_sequences(&self, batch: &Batch, sampling: Sampling) -> Tensor<2> {
        let mut pass = Pass::evaluation();
        let embedded = self.embed_inputs(batch, &mut pass);
        let mu = Self::run(&self.encoder_mu, embedded.clone(), &batch.visible, &mut pass);
        let latents = match sampling {
            Sampling::Paper => mu,
            Sampling::Official => {
                let logvar = Self::run(&self.encoder_logvar, embedded, &batch.visible, &mut pass);
                mu + logvar.mul_scalar(0.5).exp()
            }
        };
        self.scores(self.decode(latents, batch).select(0, batch.last.clone()))
    }

    /// One training pass: both views of the batch, or the only one. `variance_dropout` is the rate at which the model mode
    /// drops the second view's standard deviation.
    pub fn forward(&self, batch: &Batch, sampling: Sampling, variance_dropout: f64, pass: &mut Pass) -> Views {
        let embedded = self.embed_inputs(batch, pass);
        let tokens = embedded.dims()[0];
        let two = self.shape.augmentation != Augmentation::None;
        let visible = &batch.visible.for_views(1 + usize::from(two));
        let embedded = if two {
            // The two views share one draw of the embedding's dropout (official code, `models.py`).
            Tensor::cat(vec![embedded.clone(), embedded], 0)
        } else {
            embedded
        };
        let mu = Self::run(&self.encoder_mu, embedded.clone(), visible, pass);
        let logvar = Self::run(&self.encoder_logvar, embedded, visible, pass);
        let deviation = logvar.clone().mul_scalar(0.5).exp();
        let alpha = self.logit_alpha.clone().map(activation::sigmoid);
        let spread = if two {
            let first = deviation.clone().narrow(0, 0, tokens);
            let second = deviation.narrow(0, tokens, tokens);
            let (first, second) = match (&alpha, sampling) {
                (None, Sampling::Official) => (first, pass.dropout(second, variance_dropout)),
                (None, Sampling::Paper) => {
                    let second = pass.dropout(second, variance_dropout);
                    (noisy(first, pass), noisy(second, pass))
                }
                (Some(alpha), Sampling::Official) => (first, noisy(second * alpha.clone(), pass)),
                (Some(alpha), Sampling::Paper) => (noisy(first, pass), noisy(second * alpha.clone(), pass)),
            };
            Tensor::cat(vec![first, second], 0)
        } else {
            noisy(deviation, pass)
        };
        let latents = mu.clone() + spread;
        let outputs = Self::run(&self.decoder, latents.clone(), visible, pass);
        Views {
            views: 1 + usize::from(two),
            mu,
            logvar,
            latents,
            outputs,
            alpha,
        }
    }
}

/// Multiplies a standard deviation by fresh noise; in an evaluation it stays as it is.
fn noisy(deviation: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
    match pass.normal_like(&deviation) {
        Some(noise) => deviation * noise,
        None => deviation,
    }
}

impl Parameters for ContrastVae {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit("item_embeddings.weight", &mut self.item_embeddings);
        visit("position_embeddings.weight", &mut self.position_embeddings);
        self.norm.visit_mut("LayerNorm", visit);
        for (name, stack) in [
            ("item_encoder_mu", &mut self.encoder_mu),
            ("item_encoder_logvar", &mut self.encoder_logvar),
            ("item_decoder", &mut self.decoder),
        ] {
            for (layer, block) in stack.iter_mut().enumerate() {
                block.visit_mut(&format!("{name}.layer.{layer}"), visit);
            }
        }
        if let Some(logit_alpha) = &mut self.logit_alpha {
            visit("latent_dropout_VD.logitalpha", logit_alpha);
        }
    }
}
