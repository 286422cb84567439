//! The untrained model of a configuration.
//!
//! In: a [`Config`] and the numbers of users and items. Out: the shape of the sequential network, or a model of whatever kind with the
//! parameters that follow from the seed, and how many of these are trained.

use burn::tensor::Device;

use super::{
    Config, Mode,
    schedule::{Stream, seed_for},
};
use crate::model::{Augmentation, ContrastVae, Differences, LogVariance, Recommender, Shape, bag_model};

impl Config {
    /// Lags of the differences beside attention.
    pub fn differences(&self) -> Differences {
        Differences {
            count: self.model.differences,
            spacing: self.model.difference_spacing,
        }
    }
}

/// Shape of the sequential network of a configuration, for so many items.
pub(super) fn shape_of(config: &Config, items: usize) -> Shape {
    Shape {
        items,
        hidden: config.model.hidden_size,
        layers: config.model.layers,
        heads: config.model.heads,
        length: config.model.max_length,
        augmentation: match config.view.mode {
            Mode::Deterministic | Mode::Avae => Augmentation::None,
            Mode::Model => Augmentation::Model,
            Mode::Variational => Augmentation::Variational,
            Mode::Data => Augmentation::Data,
            Mode::VariationalData => Augmentation::VariationalData,
        },
        log_variance: match (config.view.mode, config.model.linear_logvar, config.model.shared_encoder) {
            (Mode::Deterministic, _, _) => LogVariance::None,
            (_, false, _) => LogVariance::Stack,
            (_, true, false) => LogVariance::Linear,
            (_, true, true) => LogVariance::SharedLinear,
        },
        prior: config.objective.prior,
        head: config.model.head,
        differences: config.differences(),
    }
}

/// Model of a configuration with fresh parameters, which follow from its seed.
pub(super) fn fresh_model(config: &Config, users: usize, items: usize, device: &Device) -> Recommender {
    let seed = seed_for(config.seed, Stream::Parameters, 0);
    match bag_model(config.model.kind, config.bag_design(users, items), seed, device) {
        Some(model) => Recommender::Bag(model),
        None => {
            let mut network = ContrastVae::new(shape_of(config, items), seed, device);
            network.start_log_variance_at(config.model.logvar_bias);
            network.start_temperature_at(config.model.head_temperature);
            Recommender::Sequence(Box::new(network))
        }
    }
}

/// Number of trained values of a model.
pub(super) fn parameters_of(model: &Recommender) -> usize {
    let mut count = 0;
    match model {
        Recommender::Sequence(network) => count = network.shape().parameter_count(),
        Recommender::Bag(model) => model.copied().visit_mut(&mut |name, parameter| {
            if model.optimiser_of(name).is_some() {
                count += parameter.dims().iter().product::<usize>();
            }
        }),
    }
    count
}
