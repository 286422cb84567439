//! ContrastVAE: item and position embeddings, two posterior encoders, one decoder, tied scores.
//!
//! In: a batch. Out: [`Views`] with the posterior, the latents and the decoder's outputs of one or two views, one under the other.
//! One latent for each position, as wide as the hidden state; mu and, where nothing else is asked for, logvar are the raw outputs of
//! their stacks (official code, `models.py`). Both views go through the stacks as one batch of twice the rows.

mod named;

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData, activation, kind::Basic};

use super::{
    Augmentation, Block, CompositePrior, Head, LayerNorm, Linear, LogVariance, Parameters, Pass, Prior, PriorOf, Sampling, Shape,
    differences::noise_along, head::Comparison, initialise::Initialise, prior::adaptive_means,
};
use crate::{
    batch::{Batch, Visible},
    kernel::{self, Draw},
};

/// Output of a pass, view 1 above view 2: M = (1 or 2) * N tokens.
pub struct Views {
    /// Number of views, 1 or 2.
    pub views: usize,
    /// Posterior means, `[M, hidden]`.
    pub mu: Tensor<2>,
    /// Logarithms of posterior variances, `[M, hidden]`; absent where the network is deterministic.
    pub logvar: Option<Tensor<2>>,
    /// Latents, `[M, hidden]`.
    pub latents: Tensor<2>,
    /// Outputs of the decoder as its head compares them with the items, `[M, hidden]`.
    pub outputs: Tensor<2>,
    /// The scale of the second view's standard deviation, `[1, 1]`, in the variational modes.
    pub alpha: Option<Tensor<2>>,
    /// Prior of the posteriors.
    pub prior: PriorOf,
    /// Latents of the batch's other histories with the same targets at their last positions, `[S, hidden]`, where it has such.
    pub same_target: Option<Tensor<2>>,
}

/// The network with its parameters.
#[derive(Clone, Debug)]
pub struct ContrastVae {
    shape: Shape,
    item_embeddings: Tensor<2>,
    position_embeddings: Tensor<2>,
    norm: LayerNorm,
    encoder_mu: Vec<Block>,
    /// Empty where the shape has no stack for the log-variance.
    encoder_logvar: Vec<Block>,
    logvar_head: Option<Linear>,
    decoder: Vec<Block>,
    logit_alpha: Option<Tensor<2>>,
    /// The linear map of the adaptive prior.
    prior_head: Option<Linear>,
    comparison: Comparison,
    /// The copy of the encoder, without decoder and gradients, that the composite prior takes its posteriors from.
    previous: Option<Box<ContrastVae>>,
}

impl ContrastVae {
    /// A network with fresh parameters that follow from `seed`.
    pub fn new(shape: Shape, seed: u64, device: &Device) -> Self {
        let mut initialise = Initialise::new(seed, device);
        let item_embeddings = initialise.normal(shape.items + 2, shape.hidden);
        let position_embeddings = initialise.normal(shape.length, shape.hidden);
        let norm = LayerNorm::new(shape.hidden, &mut initialise);
        let mut stack = |layers| -> Vec<Block> {
            (0..layers)
                .map(|_| Block::new(shape.hidden, shape.heads, shape.differences, &mut initialise))
                .collect()
        };
        let encoder_mu = stack(shape.layers);
        let encoder_logvar = stack(if shape.log_variance.has_stack() { shape.layers } else { 0 });
        let decoder = stack(shape.layers);
        // logit(0.5): alpha starts at one half (official code, `modules.py`).
        let logit_alpha = shape.augmentation.learns_alpha().then(|| initialise.constant(1, 0.0));
        let logvar_head = (shape.log_variance.has_head()).then(|| Linear::new(shape.hidden, shape.hidden, &mut initialise));
        // A scale of 1 until a temperature is given.
        let log_scale = (shape.head == Head::CosineSimilarity).then(|| initialise.constant(1, 0.0));
        let prior_head = (shape.prior == Prior::Adaptive).then(|| Linear::new(shape.hidden, shape.hidden, &mut initialise));
        let mut model = Self {
            shape,
            item_embeddings,
            position_embeddings,
            norm,
            encoder_mu,
            encoder_logvar,
            logvar_head,
            decoder,
            logit_alpha,
            prior_head,
            comparison: Comparison { log_scale },
            previous: None,
        };
        model.renew_prior();
        model
    }

    /// Takes the encoder as it is now for the composite prior; with another prior nothing changes.
    pub fn renew_prior(&mut self) {
        if self.shape.prior == Prior::Composite {
            let mut copy = Self {
                decoder: Vec::new(),
                previous: None,
                ..self.clone()
            };
            copy.drop_gradients();
            self.previous = Some(Box::new(copy));
        }
    }

    /// The encoder that the composite prior takes its posteriors from; `None` where the prior is another one.
    pub fn previous_encoder(&mut self) -> Option<&mut ContrastVae> {
        self.previous.as_deref_mut()
    }

    /// Means of the adaptive prior at each token of a batch, `[N, hidden]`; `None` if the prior is another one.
    pub fn prior_means(&self, batch: &Batch) -> Option<Tensor<2>> {
        let head = self.prior_head.as_ref()?;
        Some(adaptive_means(head, self.embed(batch.ids.clone()), batch))
    }

    /// The shapes that the network was made with.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The embeddings of the real items, `[items, hidden]`.
    pub fn items(&self) -> Tensor<2> {
        self.item_embeddings.clone().narrow(0, 1, self.shape.items)
    }

    /// The whole table as outputs are compared with it, `[items + 2, hidden]`: padding, the items, and the mask token.
    pub fn table(&self) -> Tensor<2> {
        self.comparison.items(self.item_embeddings.clone())
    }

    /// Rows of that table, `[count, hidden]`.
    pub fn table_rows(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.comparison.items(self.embed(ids))
    }

    /// Rows of the item table, `[count, hidden]`; `ids` count from 1, 0 is padding.
    pub fn embed(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        kernel::lookup(self.item_embeddings.clone(), ids)
    }

    /// Scores of all items for decoder outputs `[count, hidden]`: dot products with the table, `[count, items]`.
    pub fn scores(&self, outputs: Tensor<2>) -> Tensor<2> {
        kernel::scores(outputs, self.table(), 1..self.shape.items + 1)
    }

    /// The embedded inputs of the views, one under the other, after layer norm and dropout, and all that `copies` times:
    /// `[copies * views * N, hidden]`.
    fn embed_inputs(&self, views: &[&Batch], copies: usize, pass: &mut Pass) -> Tensor<2> {
        let all = |of: &dyn Fn(&Batch) -> Tensor<1, Int>| below(views.iter().map(|batch| of(batch)).collect());
        let kept_items = pass.items_keep(
            views.iter().map(|batch| batch.rows * batch.length).sum(),
            &self.item_embeddings.device(),
        );
        if kept_items.is_none() && views.iter().all(|batch| batch.padding.is_none()) {
            let parts = || {
                let [weight, bias] = self.norm.parameters();
                let parameters = [self.item_embeddings.clone(), self.position_embeddings.clone(), weight, bias];
                (
                    parameters,
                    [all(&|batch| batch.ids.clone()), all(&|batch| batch.positions.clone())],
                )
            };
            let draws = |device: &Device| pass.draws([pass.rates().1], device);
            if let Some(embedded) = kernel::whole_embedding(&self.item_embeddings, parts, copies, draws) {
                return embedded;
            }
        }
        let mut items = self.embed(all(&|batch| batch.ids.clone()));
        let pads: Vec<Tensor<2>> = views.iter().filter_map(|batch| batch.padding.clone()).collect();
        if pads.len() == views.len() {
            // The value stays; only what is no padding passes a gradient on.
            let pads = below(pads);
            let fixed = Tensor::from_inner(items.clone().inner() * pads.clone());
            items = items * Tensor::from_inner(pads.neg().add_scalar(1.0)) + fixed;
        }
        if let Some(kept) = kept_items {
            items = items * Tensor::from_inner(kept);
        }
        let positions = kernel::lookup(self.position_embeddings.clone(), all(&|batch| batch.positions.clone()));
        let embedded = pass.hidden_dropout(self.norm.forward(items + positions));
        below(vec![embedded; copies])
    }

    fn run(stack: &[Block], input: Tensor<2>, visible: &Visible, pass: &mut Pass) -> Tensor<2> {
        stack.iter().fold(input, |hidden, block| block.forward(hidden, visible, pass))
    }

    /// Mean and log-variance for embedded inputs.
    fn encode(&self, embedded: Tensor<2>, visible: &Visible, pass: &mut Pass) -> (Tensor<2>, Option<Tensor<2>>) {
        let mu = Self::run(&self.encoder_mu, embedded.clone(), visible, pass);
        let raw = match self.shape.log_variance {
            LogVariance::None => None,
            LogVariance::SharedLinear => Some(mu.clone()),
            LogVariance::Stack | LogVariance::Linear => Some(Self::run(&self.encoder_logvar, embedded, visible, pass)),
        };
        let logvar = match &self.logvar_head {
            Some(head) => raw.map(|raw| head.forward(raw)),
            None => raw,
        };
        (mu, logvar)
    }

    /// Mean and log-variance of the posterior at each position, each `[N, hidden]`, without dropout. A deterministic network has no
    /// log-variance.
    pub fn posterior(&self, batch: &Batch) -> (Tensor<2>, Option<Tensor<2>>) {
        let mut pass = Pass::evaluation();
        let embedded = self.embed_inputs(&[batch], 1, &mut pass);
        self.encode(embedded, &batch.visible, &mut pass)
    }

    /// Mean of the posterior at each position, `[N, hidden]`, without dropout; costs one stack.
    pub fn means(&self, batch: &Batch) -> Tensor<2> {
        let mut pass = Pass::evaluation();
        let embedded = self.embed_inputs(&[batch], 1, &mut pass);
        Self::run(&self.encoder_mu, embedded, &batch.visible, &mut pass)
    }

    /// Decoder outputs for latents `[N, hidden]`, without dropout.
    pub fn decode(&self, latents: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let pass = &mut Pass::evaluation();
        let outputs = Self::run(&self.decoder, latents, &batch.visible, pass);
        self.comparison.outputs(outputs, pass)
    }

    /// Scores of all items after each sequence, `[S, items]`. A model trained with noise is scored at its mean; the official
    /// code, trained without noise, at mu + sigma.
    pub fn score_sequences(&self, batch: &Batch, sampling: Sampling) -> Tensor<2> {
        self.scores(self.last_outputs(batch, sampling))
    }

    /// The numbers of the same scores, where the host has them; `table` is that of [`Self::table`], made once for many batches.
    pub fn score_values(&self, batch: &Batch, sampling: Sampling, table: &Tensor<2>) -> Option<Vec<f32>> {
        kernel::score_values(&self.last_outputs(batch, sampling), table, 1..self.shape.items + 1)
    }

    /// The same scores with the first latent dimensions moved by so much at each position of every sequence.
    pub fn score_moved(&self, batch: &Batch, sampling: Sampling, moves: &[f32]) -> Tensor<2> {
        let latents = self.scored_latents(batch, sampling);
        let hidden = self.shape.hidden;
        let by: Vec<f32> = (0..hidden).map(|at| moves.get(at).copied().unwrap_or_default()).collect();
        let by = Tensor::<2>::from_data(TensorData::new(by, [1, hidden]), &latents.device());
        self.scores(self.outputs_of(latents + by, batch))
    }

    /// The same scores, block by block; see [`kernel::visit_scores`].
    pub fn visit_scores(&self, batch: &Batch, sampling: Sampling, visit: impl FnMut(usize, usize, &[f32])) -> bool {
        let outputs = self.last_outputs(batch, sampling);
        kernel::visit_scores(&outputs, &self.table(), 1..self.shape.items + 1, visit)
    }

    /// Weights of the attention of one position to the positions in `seen`, without dropout: `[seen]` for each block of the mean's encoder, and
    /// for each of the decoder.
    pub fn attention_at(&self, batch: &Batch, sampling: Sampling, position: usize, seen: &Range<usize>) -> [Vec<Tensor<1>>; 2] {
        let walk = |stack: &[Block], input: Tensor<2>| -> Vec<Tensor<1>> {
            let mut hidden = input;
            let weights = stack.iter().map(|block| {
                let weights = block.attention_at(&hidden, position, seen.clone());
                hidden = block.forward(hidden.clone(), &batch.visible, &mut Pass::evaluation());
                weights
            });
            weights.collect()
        };
        let embedded = self.embed_inputs(&[batch], 1, &mut Pass::evaluation());
        [
            walk(&self.encoder_mu, embedded),
            walk(&self.decoder, self.scored_latents(batch, sampling)),
        ]
    }

    /// Latents that are scored, `[N, hidden]`, without dropout.
    fn scored_latents(&self, batch: &Batch, sampling: Sampling) -> Tensor<2> {
        match sampling {
            Sampling::Paper => self.means(batch),
            Sampling::Official => match self.posterior(batch) {
                (mu, Some(logvar)) => mu + logvar.mul_scalar(0.5).exp(),
                (mu, None) => mu,
            },
        }
    }

    /// Outputs of the decoder at the last position of each sequence, `[S, hidden]`, without dropout.
    fn last_outputs(&self, batch: &Batch, sampling: Sampling) -> Tensor<2> {
        self.outputs_of(self.scored_latents(batch, sampling), batch)
    }

    /// The same for latents `[N, hidden]`.
    fn outputs_of(&self, mut hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let last = batch.last.clone();
        let pass = &mut Pass::evaluation();
        let Some((final_block, before)) = self.decoder.split_last() else {
            return self.comparison.outputs(hidden.select(0, last), pass);
        };
        hidden = Self::run(before, hidden, &batch.visible, pass);
        let outputs = final_block.forward_at(hidden, &batch.visible, last);
        self.comparison.outputs(outputs, pass)
    }

    /// Where latents of `views` views draw for themselves: dropout of the second view's deviation at `rate`, and the noise of the first view, which
    /// that of the others follows. `None` if random numbers come as tensors.
    fn latent_draws(views: usize, rate: f64, pass: &mut Pass, device: &Device) -> Option<(Option<Draw>, Draw)> {
        if !pass.can_draw(device) {
            return None;
        }
        let [keep] = pass.draws([rate], device).unwrap_or_default();
        let noise = pass.normal_draw(device)?;
        for _ in 1..views {
            pass.normal_draw(device);
        }
        Some((keep, noise))
    }

    /// Prior of the posteriors `mu` and `logvar` of a pass over `batches`, one a view. `latents` are draws from these posteriors, if they
    /// are draws from the whole posterior.
    fn prior(
        &self,
        batches: &[&Batch],
        (mu, logvar): (&Tensor<2>, Option<&Tensor<2>>),
        latents: Option<&Tensor<2>>,
        pass: &mut Pass,
    ) -> PriorOf {
        let Some(logvar) = logvar else {
            return PriorOf::Standard;
        };
        if self.prior_head.is_some() {
            let means = batches.iter().filter_map(|batch| self.prior_means(batch)).collect();
            return PriorOf::Adaptive { mean: below(means) };
        }
        let Some(previous) = &self.previous else {
            return PriorOf::Standard;
        };
        let (mut means, mut log_variances) = (Vec::new(), Vec::new());
        for batch in batches {
            if let (mean, Some(log_variance)) = previous.posterior(batch) {
                means.push(as_in(mu, mean));
                log_variances.push(as_in(mu, log_variance));
            }
        }
        let draws = match latents {
            Some(latents) => latents.clone(),
            None => mu.clone() + noisy(logvar.clone().mul_scalar(0.5).exp(), pass),
        };
        PriorOf::Composite(Box::new(CompositePrior {
            mean: below(means),
            log_variance: below(log_variances),
            draws,
        }))
    }

    /// The latent at the last position of each sequence of a batch, `[S, hidden]`, in training.
    fn last_latents(&self, batch: &Batch, sampling: Sampling, pass: &mut Pass) -> Tensor<2> {
        let embedded = self.embed_inputs(&[batch], 1, pass);
        let (mu, logvar) = self.encode(embedded, &batch.visible, pass);
        let mu = mu.select(0, batch.last.clone());
        let Some(logvar) = logvar else { return mu };
        let deviation = logvar.select(0, batch.last.clone()).mul_scalar(0.5).exp();
        match sampling {
            Sampling::Paper => mu + noisy(deviation, pass),
            Sampling::Official => mu + deviation,
        }
    }

    /// Embedded inputs of two views, the second one, which sees `batch`, with noise along its drift where the pass has such noise: where the first
    /// block of the means sees each sequence go. No gradient goes through the noise.
    fn with_drift_noise(&self, embedded: Tensor<2>, batch: &Batch, pass: &mut Pass) -> Tensor<2> {
        let (Some(noise), Some(block)) = (pass.drift_noise(), self.encoder_mu.first()) else {
            return embedded;
        };
        let tokens = batch.rows * batch.length;
        let first = embedded.clone().narrow(0, 0, tokens);
        let second = embedded.narrow(0, tokens, tokens);
        let drift = block.drift(second.clone(), &batch.visible);
        match noise_along(drift, &batch.visible, noise, pass) {
            Some(noise) => below(vec![first, second.clone() + as_in(&second, noise)]),
            None => below(vec![first, second]),
        }
    }

    /// One training pass: both views of the batch, or the only one. `variance_dropout` is the rate at which the second view's
    /// standard deviation is dropped: in the model mode and, with the official sampling, in the data mode. The data modes take their
    /// second view from the batch; where it has none, both views see the same ids.
    pub fn forward(&self, batch: &Batch, sampling: Sampling, variance_dropout: f64, pass: &mut Pass) -> Views {
        let augmentation = self.shape.augmentation;
        let two = augmentation.views() == 2;
        let second = batch.second.as_deref().filter(|_| augmentation.changes_ids());
        let (embedded, visible) = match second {
            Some(second) => (
                self.embed_inputs(&[batch, second], 1, pass),
                batch.visible.above(&second.visible),
            ),
            None => {
                // The two views share one draw of the embedding's dropout (official code, `models.py`).
                let copies = augmentation.views();
                (self.embed_inputs(&[batch], copies, pass), batch.visible.for_views(copies))
            }
        };
        let embedded = match two {
            true => self.with_drift_noise(embedded, second.unwrap_or(batch), pass),
            false => embedded,
        };
        let (mu, logvar) = self.encode(embedded, &visible, pass);
        let alpha = self.logit_alpha.clone().map(activation::sigmoid);
        let whole = logvar
            .as_ref()
            .filter(|_| alpha.is_none() && sampling == Sampling::Paper)
            .and_then(|logvar| {
                let rate = match augmentation {
                    Augmentation::Model => variance_dropout,
                    _ => 0.0,
                };
                let draws = |device: &Device| Self::latent_draws(augmentation.views(), rate, pass, device);
                kernel::whole_latents((&mu, logvar), augmentation.views(), draws)
            });
        let latents = match (whole, &logvar) {
            (Some(latents), _) => latents,
            (None, None) => mu.clone(),
            (None, Some(logvar)) if two => {
                let tokens = logvar.dims()[0] / 2;
                let deviation = logvar.clone().mul_scalar(0.5).exp();
                let first = deviation.clone().narrow(0, 0, tokens);
                let second = deviation.narrow(0, tokens, tokens);
                let (first, second) = match (&alpha, sampling) {
                    (None, Sampling::Official) => (first, pass.dropout(second, variance_dropout)),
                    (None, Sampling::Paper) => {
                        let rate = if augmentation.changes_ids() { 0.0 } else { variance_dropout };
                        let second = pass.dropout(second, rate);
                        (noisy(first, pass), noisy(second, pass))
                    }
                    (Some(alpha), Sampling::Official) => (first, noisy(second * alpha.clone(), pass)),
                    (Some(alpha), Sampling::Paper) => (noisy(first, pass), noisy(second * alpha.clone(), pass)),
                };
                mu.clone() + below(vec![first, second])
            }
            (None, Some(logvar)) => mu.clone() + noisy(logvar.clone().mul_scalar(0.5).exp(), pass),
        };
        let outputs = Self::run(&self.decoder, latents.clone(), &visible, pass);
        let outputs = self.comparison.outputs(outputs, pass);
        // Latents whose deviation was scaled or thinned out, or that were not drawn, are no draws of the posterior.
        let whole = match augmentation {
            Augmentation::None | Augmentation::Data => true,
            Augmentation::Model => variance_dropout == 0.0,
            Augmentation::Variational | Augmentation::VariationalData => false,
        };
        let drawn = (whole && sampling == Sampling::Paper).then_some(&latents);
        let batches: Vec<&Batch> = match second {
            Some(second) => vec![batch, second],
            None => vec![batch; augmentation.views()],
        };
        let prior = self.prior(&batches, (&mu, logvar.as_ref()), drawn, pass);
        let same_target = batch
            .same_target
            .as_deref()
            .map(|others| self.last_latents(others, sampling, pass));
        Views {
            views: augmentation.views(),
            mu,
            logvar,
            latents,
            outputs,
            alpha,
            prior,
            same_target,
        }
    }
}

/// Tensors one under the other; a single one as it is.
fn below<const D: usize, K: Basic>(mut tensors: Vec<Tensor<D, K>>) -> Tensor<D, K> {
    match tensors.len() {
        1 => tensors.swap_remove(0),
        _ => Tensor::cat(tensors, 0),
    }
}

/// A tensor without gradients as one to compute with beside `other`.
fn as_in(other: &Tensor<2>, value: Tensor<2>) -> Tensor<2> {
    match other.is_autodiff() {
        true => Tensor::from_inner(value),
        false => value,
    }
}

/// Multiplies a standard deviation by fresh noise; in an evaluation it stays as it is.
fn noisy(deviation: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
    match pass.normal_like(&deviation) {
        Some(noise) => deviation * noise,
        None => deviation,
    }
}
