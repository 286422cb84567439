//! The steps of models that know a user as a bag of items.
//!
//! In: the training parts of the users, and where a step stands. Out: its losses, and what the model keeps beside its weights. A user's
//! bag is the training part of the sequence alone; what is held back for validation and test is in none.

use std::collections::HashSet;

use super::{Config, Run, losses::UnreadTerms, passes::Place, training::StepLosses};
use crate::{
    batch::Bags,
    kernel::Noise,
    log::Dataset,
    model::{BagModel, BagStep, Pass, Recommender, Side},
};

/// Both sides of what was interacted with in training.
pub(super) struct BagData {
    /// Of each user the items; empty for users with too few to learn from.
    users: Bags,
    /// Of each item the users.
    items: Bags,
}

impl BagData {
    /// Of the users that are learnt from; nothing where the model is not of bags.
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

    /// The bags of a side and those of the other one.
    fn sides(&self, side: Side) -> (&Bags, &Bags) {
        match side {
            Side::Users => (&self.users, &self.items),
            Side::Items => (&self.items, &self.users),
        }
    }
}

/// Calls `work` with the step of these rows.
fn with_step<T>(data: &BagData, place: &Place, rows: &[u32], kl_weight: f64, work: impl FnOnce(&BagStep) -> T) -> T {
    let (side, others) = data.sides(place.side);
    work(&BagStep {
        pass: place.pass,
        rows,
        bags: &side.select(rows),
        side,
        others,
        kl_weight,
        ends_pass: place.ends_pass,
    })
}

impl Run {
    /// What a model of bags minimises on these rows.
    pub(super) fn bag_losses(&self, model: &dyn BagModel, place: &Place, rows: &[u32], noise: &mut dyn Noise) -> StepLosses {
        let data = self.bags.as_ref().unwrap_or_else(|| unreachable!("a model of bags has bags"));
        let losses = with_step(data, place, rows, self.config.kl_weight_at(self.step), |step| {
            model.losses(step, &mut Pass::training(noise, 0.0, 0.0))
        });
        StepLosses {
            terms: UnreadTerms {
                values: losses.to_vector(),
                // The model weighs its KL by itself.
                kl_weight: 1.0,
                contrast_weight: 0.0,
            },
            total: losses.total,
            kl_weight: losses.kl_weight,
        }
    }

    /// What a model of bags keeps follows its weights after a step; nothing for other models.
    pub(super) fn after_bag_step(&mut self, place: &Place, rows: &[u32], noise: &mut dyn Noise) {
        let kl_weight = self.config.kl_weight_at(self.step);
        if let (Recommender::Bag(model), Some(data)) = (&mut self.model, &self.bags) {
            with_step(data, place, rows, kl_weight, |step| {
                model.after_step(step, &mut Pass::training(noise, 0.0, 0.0));
            });
        }
    }
}
