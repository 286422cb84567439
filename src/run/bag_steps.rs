//! Steps of models that know a user as a bag of items.
//!
//! In: the training parts of the users, and where a step stands. Out: its losses, and what the model keeps beside its weights. A user's
//! bag is the training part of the sequence alone; what is held back for validation and test is in none.

use std::collections::HashSet;

use super::{
    Config,
    losses::{StepLosses, UnreadTerms},
    passes::Place,
};
use crate::{
    batch::Bags,
    kernel::Noise,
    log::Dataset,
    model::{BagModel, BagStep, Pass, Side},
};

/// Training interactions as bags, seen from both sides.
pub(super) struct BagData {
    /// Items of each user; empty for users with too few to learn from.
    users: Bags,
    /// Users of each item.
    items: Bags,
}

impl BagData {
    /// Bags of the users that are learnt from; None if the model is not of bags.
    pub fn new(config: &Config, data: &Dataset, trainable: &[u32]) -> Option<Self> {
        if !config.model.kind.is_of_bags() {
            return None;
        }
        let trainable: HashSet<u32> = trainable.iter().copied().collect();
        let of = |user: u32| match trainable.contains(&user) {
            true => data.train_part(user as usize),
            false => &[],
        };
        let users = Bags::new((0..data.sequences.len() as u32).map(of), data.items.len());
        Some(Self {
            items: users.turned(),
            users,
        })
    }

    /// Bags of a side, and those of the other one.
    fn sides(&self, side: Side) -> (&Bags, &Bags) {
        match side {
            Side::Users => (&self.users, &self.items),
            Side::Items => (&self.items, &self.users),
        }
    }
}

/// Rows of one step, and where that stands.
pub(super) struct BagRows<'a> {
    pub(super) place: &'a Place,
    pub(super) rows: &'a [u32],
    /// Number of the step, from 0.
    pub(super) step: usize,
}

/// Calls `work` with the model's view of a step.
fn with_step<T>(config: &Config, data: &BagData, step: &BagRows<'_>, work: impl FnOnce(&BagStep) -> T) -> T {
    let (side, others) = data.sides(step.place.side);
    work(&BagStep {
        pass: step.place.pass,
        rows: step.rows,
        bags: &side.select(step.rows),
        side,
        others,
        kl_weight: config.kl_weight_at(step.step),
        ends_pass: step.place.ends_pass,
    })
}

/// Losses of a model of bags on these rows of the pass at `place`.
pub(super) fn bag_losses(
    config: &Config,
    data: &BagData,
    model: &dyn BagModel,
    step: &BagRows<'_>,
    noise: &mut dyn Noise,
) -> StepLosses {
    let losses = with_step(config, data, step, |step| {
        model.losses(step, &mut Pass::training(noise, 0.0, 0.0))
    });
    StepLosses {
        terms: UnreadTerms {
            values: losses.to_vector(),
            // The model weighs its KL by itself.
            kl_weight: 1.0,
            contrast_weight: 0.0,
            attribute_weight: 0.0,
        },
        total: losses.total,
        kl_weight: losses.kl_weight,
    }
}

/// Lets what a model of bags keeps beside its weights follow them after a step.
pub(super) fn after_bag_step(
    config: &Config,
    data: &BagData,
    model: &mut dyn BagModel,
    step: &BagRows<'_>,
    noise: &mut dyn Noise,
) {
    with_step(config, data, step, |step| {
        model.after_step(step, &mut Pass::training(noise, 0.0, 0.0));
    });
}
