//! Layers shared by the models of bags: the first, which reads a bag; the last, which scores all items; and draws from a posterior.
//!
//! In: bags, hidden states, posterior parameters. Out: hidden states, scores, losses, latents. R rows, h hidden units, k latent dimensions.

use burn::tensor::Tensor;

use super::super::{Linear, Parameters, Pass, initialise::Initialise};
use crate::{batch::Bags, kernel};

/// An affine map of bags, x W + b, `[R, outputs]`.
#[derive(Clone, Debug)]
pub(super) struct BagLinear {
    /// A row for each column of the bags.
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl BagLinear {
    pub(super) fn new(columns: usize, outputs: usize, initialise: &mut Initialise) -> Self {
        let bound = 1.0 / (columns.max(1) as f32).sqrt();
        Self {
            weight: initialise.uniform(columns, outputs, bound),
            bias: initialise.uniform(1, outputs, bound),
        }
    }

    /// Applies the map to bags, each divided by its length as a vector where `normalised`. Dropout at `rate` is of the input.
    pub(super) fn forward(&self, bags: &Bags, normalised: bool, rate: f64, pass: &mut Pass) -> Tensor<2> {
        let values = bags.values(normalised);
        let values = kernel::bag_values(bags, values, &self.weight);
        let values = match pass.is_training() {
            true => Tensor::from_inner(values),
            false => values,
        };
        kernel::bag_product(bags, pass.dropout(values, rate), self.weight.clone()) + self.bias.clone()
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit(&format!("{prefix}.weight"), &mut self.weight);
        visit(&format!("{prefix}.bias"), &mut self.bias);
    }
}

/// Scores of all items, h E^T + b, and the multinomial likelihood of bags under them.
#[derive(Clone, Debug)]
pub(super) struct ItemScores {
    /// A row for each item, `[items, h]`.
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl ItemScores {
    pub(super) fn new(inputs: usize, items: usize, initialise: &mut Initialise) -> Self {
        let bound = 1.0 / (inputs as f32).sqrt();
        Self {
            weight: initialise.uniform(items, inputs, bound),
            bias: initialise.uniform(1, items, bound),
        }
    }

    /// Scores, `[R, items]`.
    pub(super) fn forward(&self, hidden: Tensor<2>) -> Tensor<2> {
        let [items, _] = self.weight.dims();
        kernel::scores(hidden, self.weight.clone(), 0..items) + self.bias.clone()
    }

    /// -mean over rows of sum_i x_i ln softmax_i.
    pub(super) fn multinomial(&self, hidden: Tensor<2>, bags: &Bags) -> Tensor<1> {
        kernel::bag_cross_entropy(bags, hidden, self.weight.clone(), self.bias.clone()).div_scalar(bags.rows().max(1) as f64)
    }

    /// The vectors of the items.
    pub(super) fn items(&self) -> Tensor<2> {
        self.weight.clone()
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit(&format!("{prefix}.weight"), &mut self.weight);
        visit(&format!("{prefix}.bias"), &mut self.bias);
    }
}

/// Two linear maps of one hidden state: the mean of a posterior, and what decides its variance.
#[derive(Clone, Debug)]
pub(super) struct PosteriorHeads {
    mean: Linear,
    spread: Linear,
    spread_name: &'static str,
}

impl PosteriorHeads {
    /// `spread_name` is how the second map is called in files.
    pub(super) fn new(inputs: usize, latent: usize, spread_name: &'static str, initialise: &mut Initialise) -> Self {
        Self {
            mean: Linear::uniform(inputs, latent, initialise),
            spread: Linear::uniform(inputs, latent, initialise),
            spread_name,
        }
    }

    /// Both, `[R, k]` each.
    pub(super) fn forward(&self, hidden: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        (self.mean.forward(hidden.clone()), self.spread.forward(hidden))
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.mean.visit_mut(&format!("{prefix}.mu"), visit);
        self.spread.visit_mut(&format!("{prefix}.{}", self.spread_name), visit);
    }
}

/// mu + exp(logvar / 2) * noise; in an evaluation mu.
pub(super) fn drawn(mu: &Tensor<2>, logvar: &Tensor<2>, pass: &mut Pass) -> Tensor<2> {
    match pass.normal_like(mu) {
        Some(noise) => mu.clone() + logvar.clone().mul_scalar(0.5).exp() * noise,
        None => mu.clone(),
    }
}

/// KL(N(mu, exp(logvar)) || N(0, I)) of each row in nats, summed over dimensions, averaged over rows.
pub(super) fn mean_kl(mu: Tensor<2>, logvar: Tensor<2>) -> Tensor<1> {
    let rows = mu.dims()[0].max(1) as f64;
    let each = logvar.clone().add_scalar(1.0) - mu.clone() * mu - logvar.exp();
    each.sum().mul_scalar(-0.5 / rows)
}

/// For each bag the mean of the rows of `table` that are in it, `[R, size]`; 0 for an empty one. Without gradients.
pub(super) fn mean_of_rows(bags: &Bags, table: Tensor<2>) -> Tensor<2> {
    let values: Vec<f32> = bags
        .iter()
        .flat_map(|row| std::iter::repeat_n(1.0 / row.len() as f32, row.len()))
        .collect();
    kernel::bag_product(bags, kernel::bag_values(bags, values, &table), table)
}

/// A copy that gradients do not reach.
pub(super) fn frozen<M: Parameters + Clone>(model: &M) -> M {
    let mut model = model.clone();
    model.drop_gradients();
    model
}
