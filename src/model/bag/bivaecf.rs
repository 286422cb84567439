//! BiVAE for collaborative filtering: Truong, Salah and Lauw, Bilateral Variational Autoencoder for Collaborative Filtering (WSDM 2021);
//! BiVAECF in Cornac.
//!
//! In: of each user the bag of items, of each item the bag of users. Out: a Gaussian posterior of each user (theta) and of each item
//! (beta), mu linear and the standard deviation a sigmoid, so below 1. A rating is Poisson with the rate r = sigmoid(theta . beta);
//! minimised is the mean over rows of sum_j (r_j - x_j ln r_j) + beta KL. An epoch goes through the items with the latents of the users
//! fixed, then through the users with those of the items fixed; after each step the latents of its rows are drawn anew and kept.
//! Scores are the dot products of the means, whose order is that of their sigmoids.
//!
//! With the constrained adaptive prior a side's prior is N(m, I), m a linear map of what is known of the row. The authors take side
//! information for it; a log of interactions has none, so here it is the mean over the row's bag of the other side's posterior
//! means as they were kept last. The map belongs to the side's optimiser.

use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData, activation};

use super::{
    BagDesign, BagLosses, BagModel, BagPass, BagStep, Side,
    layers::{BagLinear, PosteriorHeads, drawn, frozen, mean_kl, mean_of_rows},
};
use crate::{
    batch::Bags,
    model::{Linear, Parameters, Pass, initialise::Initialise},
};

/// Added to a rate before its logarithm (Cornac).
const RATE_EPSILON: f64 = 1e-10;
/// Standard deviation of the items' latents before the first draw (Cornac).
const FIRST_DEVIATION: f64 = 0.01;

/// From bags of one side to posteriors.
#[derive(Clone, Debug)]
struct Encoder {
    first: BagLinear,
    layers: Vec<Linear>,
    heads: PosteriorHeads,
}

impl Encoder {
    fn new(columns: usize, design: BagDesign, initialise: &mut Initialise) -> Self {
        let hidden = design.hidden_size;
        Self {
            first: BagLinear::new(columns, hidden, initialise),
            layers: (1..design.layers.max(1))
                .map(|_| Linear::uniform(hidden, hidden, initialise))
                .collect(),
            heads: PosteriorHeads::new(hidden, design.latent_size, "std", initialise),
        }
    }

    /// Means and log-variances, `[R, k]` each.
    fn forward(&self, bags: &Bags, dropout: f64, pass: &mut Pass) -> (Tensor<2>, Tensor<2>) {
        let hidden = self.first.forward(bags, false, dropout, pass).tanh();
        let hidden = self.layers.iter().fold(hidden, |hidden, layer| layer.forward(hidden).tanh());
        let (mu, spread) = self.heads.forward(hidden);
        (mu, activation::log_sigmoid(spread).mul_scalar(2.0))
    }
}

impl Parameters for Encoder {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.first.visit_mut("0", visit);
        for (layer, map) in (1..).zip(&mut self.layers) {
            map.visit_mut(&layer.to_string(), visit);
        }
        self.heads.visit_mut("head", visit);
    }
}

/// Users or items: their encoder, and what is kept of their posteriors.
#[derive(Clone, Debug)]
struct Half {
    encoder: Encoder,
    /// The linear map of the adaptive prior.
    prior: Option<Linear>,
    /// The latents that were drawn last, which the other side learns from; `[rows, k]`.
    latents: Tensor<2>,
    /// The means that were kept last, `[rows, k]`.
    mean: Tensor<2>,
}

impl Half {
    fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.encoder
            .visit_mut(&mut |name, parameter| visit(&format!("{prefix}.{name}"), parameter));
        if let Some(prior) = &mut self.prior {
            prior.visit_mut(&format!("{prefix}.prior"), visit);
        }
        visit(&format!("{prefix}.latents"), &mut self.latents);
        visit(&format!("{prefix}.mean"), &mut self.mean);
    }
}

/// The model with its parameters.
#[derive(Clone, Debug)]
pub(super) struct BiVaeCf {
    input_dropout: f64,
    users: Half,
    items: Half,
}

impl BiVaeCf {
    /// Fresh parameters that follow from `seed`.
    pub(super) fn new(design: BagDesign, seed: u64, device: &Device) -> Self {
        let mut initialise = Initialise::new(seed, device);
        let mut half = |columns: usize, latents: &dyn Fn(&mut Initialise) -> Tensor<2>| {
            let encoder = Encoder::new(columns, design, &mut initialise);
            let size = design.latent_size;
            let prior = design.adaptive_prior.then(|| Linear::uniform(size, size, &mut initialise));
            let latents = latents(&mut initialise);
            Half {
                encoder,
                prior,
                mean: latents.clone(),
                latents,
            }
        };
        let bound = 1.0 / (design.latent_size as f32).sqrt();
        let users = half(design.items, &|initialise| {
            initialise.uniform(design.users, design.latent_size, bound)
        });
        let items = half(design.users, &|initialise| {
            let normal = initialise.normal(design.items, design.latent_size);
            normal.mul_scalar(FIRST_DEVIATION / f64::from(Initialise::STANDARD_DEVIATION))
        });
        Self {
            input_dropout: design.input_dropout,
            users,
            items,
        }
    }

    /// The side that a step trains, and the other one.
    fn halves(&self, pass: usize) -> (&Half, &Half) {
        match PASSES[pass].side {
            Side::Items => (&self.items, &self.users),
            Side::Users => (&self.users, &self.items),
        }
    }
}

/// Items first, each side with an optimiser of its own.
const PASSES: [BagPass; 2] = [
    BagPass {
        side: Side::Items,
        optimiser: 0,
    },
    BagPass {
        side: Side::Users,
        optimiser: 1,
    },
];

/// -mean over rows of sum_j (x_j ln(r_j + 1e-10) - r_j), r = sigmoid(latents . others). `counts` `[1, columns]` is 0 where nothing is known
/// of a column, whose latents are then nobody's.
fn poisson(latents: Tensor<2>, others: Tensor<2>, bags: &Bags, counts: Tensor<2>) -> Tensor<1> {
    let rate = activation::sigmoid(latents.matmul(others.transpose()));
    let ones = Tensor::from_inner(bags.dense(&bags.values(false), &rate.device().inner()));
    let likelihood = rate.clone().add_scalar(RATE_EPSILON).log() * ones - rate * counts;
    likelihood.sum().mul_scalar(-1.0 / bags.rows().max(1) as f64)
}

/// `table` with these rows in the place of its own.
fn with_rows(table: Tensor<2>, rows: &[u32], values: Tensor<2>) -> Tensor<2> {
    let device = table.device();
    let mut others = vec![1.0f32; table.dims()[0]];
    for &row in rows {
        others[row as usize] = 0.0;
    }
    let count = others.len();
    let others = Tensor::<2>::from_data(TensorData::new(others, [count, 1]), &device);
    let places: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
    let places = Tensor::<1, Int>::from_data(TensorData::new(places, [rows.len()]), &device);
    (table * others).select_assign(0, places, values, IndexingUpdateOp::Add)
}

impl Parameters for BiVaeCf {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.users.visit_mut("users", visit);
        self.items.visit_mut("items", visit);
    }
}

impl BagModel for BiVaeCf {
    fn copied(&self) -> Box<dyn BagModel> {
        Box::new(self.clone())
    }

    fn passes(&self) -> Vec<BagPass> {
        PASSES.to_vec()
    }

    fn optimiser_of(&self, parameter: &str) -> Option<usize> {
        let side = match parameter.split_once('.')? {
            (_, "latents" | "mean") => return None,
            ("items", _) => Side::Items,
            _ => Side::Users,
        };
        PASSES.iter().find(|pass| pass.side == side).map(|pass| pass.optimiser)
    }

    fn losses(&self, step: &BagStep, pass: &mut Pass) -> BagLosses {
        let (own, other) = self.halves(step.pass);
        let (mu, logvar) = own.encoder.forward(step.bags, self.input_dropout, pass);
        let latents = drawn(&mu, &logvar, pass);
        let device = mu.device().inner();
        let known: Vec<f32> = step.others.iter().map(|row| f32::from(!row.is_empty())).collect();
        let known = Tensor::from_data(TensorData::new(known, [1, step.others.rows()]), &device);
        let others = Tensor::from_inner(other.latents.clone().inner());
        let reconstruction = poisson(latents, others, step.bags, Tensor::from_inner(known));
        let away = match &own.prior {
            None => mu.clone(),
            Some(prior) => {
                let statistic = mean_of_rows(step.bags, other.mean.clone().inner());
                mu.clone() - prior.forward(Tensor::from_inner(statistic))
            }
        };
        let kl = mean_kl(away, logvar);
        let weighted_kl = kl.clone().mul_scalar(step.kl_weight);
        BagLosses {
            total: reconstruction.clone() + weighted_kl.clone(),
            reconstruction,
            kl,
            weighted_kl,
            kl_weight: step.kl_weight,
        }
    }

    fn after_step(&mut self, step: &BagStep, pass: &mut Pass) {
        let side = PASSES[step.pass].side;
        let half = match side {
            Side::Items => &mut self.items,
            Side::Users => &mut self.users,
        };
        let encoder = frozen(&half.encoder);
        let (mu, logvar) = encoder.forward(step.bags, 0.0, &mut Pass::evaluation());
        let latents = drawn(&Tensor::from_inner(mu.clone()), &Tensor::from_inner(logvar), pass).inner();
        half.latents = with_rows(half.latents.clone().inner(), step.rows, latents);
        half.mean = match step.ends_pass {
            // Scores are to be those of the encoder as it is now for all rows, not for those of this step alone.
            true => encoder.forward(step.side, 0.0, &mut Pass::evaluation()).0,
            false => with_rows(half.mean.clone().inner(), step.rows, mu),
        };
    }

    fn posterior(&self, users: &Bags) -> (Tensor<2>, Tensor<2>) {
        self.users.encoder.forward(users, 0.0, &mut Pass::evaluation())
    }

    fn scores(&self, latents: Tensor<2>) -> Tensor<2> {
        latents.matmul(self.items.mean.clone().transpose())
    }

    fn items(&self) -> Tensor<2> {
        self.items.mean.clone()
    }
}
