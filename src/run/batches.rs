//! Batches of a run: sequences with their targets, negatives and second views, laid out as tensors.
//!
//! In: a [`Plan`] and the users of a step. Out: a [`Batch`], and the form of the objective. Every random choice follows from the seed of the
//! run and the number of the step.

use std::collections::HashSet;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    Config, KlSchedule, Reconstruction,
    bag_steps::BagData,
    passes::{Passes, Place},
    plan::Plan,
    same_target::SameTarget,
    schedule::{Stream, epoch_order},
};
use crate::{
    batch::{Batch, Candidates, ItemSampler, Layout, Reduction, Rows, Sequence, Shares, augment, draw_negatives},
    evaluate::training_counts,
    model::{Recommender, Side},
    objective::{Likelihood, Terms},
};

impl Config {
    /// Form of the objective and its weights at a step, counted from 0.
    pub fn terms_at(&self, step: usize) -> Terms {
        let objective = &self.objective;
        Terms {
            likelihood: match objective.reconstruction {
                Reconstruction::FullSoftmax => Likelihood::FullSoftmax,
                Reconstruction::SampledSoftmax => Likelihood::SampledSoftmax,
                Reconstruction::SampledNegative => Likelihood::SampledNegative,
            },
            label_smoothing: objective.label_smoothing,
            kl_weight: self.kl_weight_at(step),
            by_length: objective.kl_schedule == KlSchedule::Length,
            free_bits: objective.free_bits,
            contrast_weight: objective.contrast_weight,
            contrast: objective.contrast,
            positives: objective.positives,
            contrast_position: objective.contrast_position,
            mask_same_target: objective.mask_same_target,
            temperature: objective.temperature,
            uniformity_weight: objective.uniformity_weight,
            attribute_weight: objective.attribute_weight,
        }
    }
}

/// Indices over the training data from which the batches of a run are drawn; made once, then only read.
pub(super) struct Batches {
    passes: Passes,
    /// Bags of both sides, if the model is one of bags.
    bags: Option<BagData>,
    /// Draws the items of a sampled softmax, if the configuration has one.
    sampler: Option<ItemSampler>,
    /// Finds histories with the same target, if the contrast has such positives.
    same_target: Option<SameTarget>,
}

impl Batches {
    /// Indices for the training of `model`.
    pub(super) fn new(plan: &Plan, model: &Recommender) -> Self {
        let (config, data) = (&plan.config, &plan.data);
        let objective = &config.objective;
        Self {
            passes: Passes::new(model, plan.trainable.len(), plan.items(), config.training.batch_size),
            bags: BagData::new(config, data, &plan.trainable),
            sampler: (objective.reconstruction == Reconstruction::SampledSoftmax)
                .then(|| ItemSampler::new(&training_counts(data), objective.negative_power)),
            same_target: objective.positives.of_same_target().then(|| SameTarget::new(data)),
        }
    }

    /// Passes of an epoch.
    pub(super) fn passes(&self) -> &Passes {
        &self.passes
    }

    /// Bags of both sides; None if the model is a sequential one.
    pub(super) fn bags(&self) -> Option<&BagData> {
        self.bags.as_ref()
    }

    /// Batch of the sequential model at a step, of `users`.
    pub(super) fn training_batch(&self, plan: &Plan, users: &[u32], step: usize) -> Batch {
        let objective = &plan.config.objective;
        let (reduction, layout) = (objective.reduction, objective.reduction.layout());
        let (length, device) = (plan.config.model.max_length, plan.device());
        let rows = Rows::pack(&training_sequences(plan, users, step), length, layout);
        let mut batch = Batch::new(&rows, layout, reduction, device);
        if let Some(attributes) = &plan.attributes {
            batch.attributes = Some(attributes.of_targets(&rows.targets, device));
            if let (Some(second), Some(rows)) = (&mut batch.second, &rows.second) {
                second.attributes = Some(attributes.of_targets(&rows.targets, device));
            }
        }
        if let Some(sampler) = &self.sampler {
            let mut rng = plan.generator(Stream::Negatives, step);
            let (items, log_expected) = sampler.draw(&mut rng, objective.negatives);
            batch.candidates = Some(Candidates::new(&items, &log_expected, device));
        }
        if let Some(index) = &self.same_target {
            let mut rng = plan.generator(Stream::SameTarget, step);
            let histories: Vec<&[u32]> = users.iter().map(|&user| index.draw(&plan.data, user, &mut rng)).collect();
            let rows = Rows::of_histories(&histories, length, layout);
            batch.same_target = Some(Box::new(Batch::new(&rows, layout, reduction, device)));
        }
        batch
    }
}

/// Rows of the pass at `place` in their random order: users, or items.
pub(super) fn pass_order(plan: &Plan, place: &Place) -> Vec<u32> {
    let (seed, pass) = (plan.config.seed, place.passes_done);
    match place.side {
        Side::Users => epoch_order(seed, pass, &plan.trainable),
        Side::Items => {
            let items: Vec<u32> = (0..plan.items() as u32).collect();
            epoch_order(seed, pass, &items)
        }
    }
}

/// Inputs, targets, negatives and second views of `users` at a step.
fn training_sequences(plan: &Plan, users: &[u32], step: usize) -> Vec<Sequence> {
    let mut rng = plan.generator(Stream::Negatives, step);
    let mut sequences: Vec<Sequence> = users
        .iter()
        .map(|&user| {
            let whole = &plan.data.sequences[user as usize];
            let part = plan.data.train_part(user as usize);
            let inputs = part[..part.len() - 1].to_vec();
            let negatives = match plan.config.objective.reconstruction {
                Reconstruction::SampledNegative => {
                    let met: HashSet<u32> = whole.iter().copied().collect();
                    draw_negatives(&mut rng, plan.items(), &met, inputs.len())
                }
                Reconstruction::FullSoftmax | Reconstruction::SampledSoftmax => Vec::new(),
            };
            Sequence {
                inputs,
                targets: part[1..].to_vec(),
                negatives,
                augmented: None,
            }
        })
        .collect();
    if plan.config.view.mode.changes_ids() {
        augment_all(plan, &mut sequences, &mut plan.generator(Stream::Augmentation, step));
    }
    sequences
}

/// Gives each sequence a second view of its own.
fn augment_all(plan: &Plan, sequences: &mut [Sequence], rng: &mut Xoshiro256PlusPlus) {
    let view = &plan.config.view;
    let shares = Shares {
        crop: view.crop,
        mask: view.mask,
        reorder: view.reorder,
    };
    for sequence in sequences {
        // Only what is in the window is changed: a crop that fell before it would leave nothing to learn from.
        let dropped = sequence.inputs.len().saturating_sub(plan.config.model.max_length);
        sequence.inputs.drain(..dropped);
        sequence.targets.drain(..dropped);
        sequence.negatives.drain(..dropped.min(sequence.negatives.len()));
        let operation = view.augmentation.draw(rng);
        sequence.augmented = Some(augment(
            &sequence.inputs,
            &sequence.targets,
            plan.items(),
            operation,
            shares,
            view.augmented_targets,
            rng,
        ));
    }
}

/// Histories as a batch from which both views can be made. If the second view has ids of its own, they are drawn with `seed`.
pub(super) fn views_batch(plan: &Plan, histories: &[&[u32]], layout: Layout, reduction: Reduction, seed: u64) -> Batch {
    let mut sequences: Vec<Sequence> = histories
        .iter()
        .map(|history| Sequence {
            inputs: history.to_vec(),
            // Nothing is predicted here; an augmentation wants a target beside each input.
            targets: history.to_vec(),
            ..Sequence::default()
        })
        .collect();
    if plan.config.view.mode.changes_ids() {
        augment_all(plan, &mut sequences, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
    }
    let rows = Rows::pack(&sequences, plan.config.model.max_length, layout);
    Batch::new(&rows, layout, reduction, plan.device())
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Arc};

    use super::*;
    use crate::{
        batch::PADDING,
        device::Compute,
        log::{Example, generate},
        run::{Mode, fresh::fresh_model},
    };

    /// Plan and batches of a run in the data mode on the example.
    fn prepared(change: impl FnOnce(&mut Config)) -> (Plan, Batches) {
        let data = Arc::new(generate(&Example::default()).unwrap());
        let mut config = Config::default();
        config.view.mode = Mode::Data;
        config.model.max_length = 12;
        change(&mut config);
        let plan = Plan::new(config, data, Compute::cpu()).unwrap();
        let model = fresh_model(&plan.config, plan.users(), plan.items(), plan.device());
        let batches = Batches::new(&plan, &model);
        (plan, batches)
    }

    fn users(plan: &Plan) -> Vec<u32> {
        (0..plan.users() as u32)
            .filter(|&user| plan.data.train_part(user as usize).len() >= 8)
            .collect()
    }

    #[test]
    fn second_views_are_cropped_masked_and_reordered_and_follow_from_seed_and_step() {
        let (plan, _) = prepared(|_| ());
        let users = users(&plan);
        assert!(users.len() > 100, "{}", users.len());
        let mask = plan.items() as i32 + 1;
        let sequences = training_sequences(&plan, &users, 0);
        let mut kinds: HashMap<&str, usize> = HashMap::new();
        for sequence in &sequences {
            let augmented = sequence.augmented.as_ref().unwrap();
            assert!(sequence.inputs.len() <= 12 && augmented.ids.len() == sequence.inputs.len());
            let plain: Vec<i32> = sequence.inputs.iter().map(|&item| item as i32 + 1).collect();
            let kind = match &augmented.ids {
                ids if ids.contains(&PADDING) => "crop",
                ids if ids.contains(&mask) => "mask",
                ids if *ids == plain => "none",
                _ => "reorder",
            };
            *kinds.entry(kind).or_default() += 1;
        }
        for kind in ["crop", "mask", "reorder"] {
            let share = kinds[kind] as f64 / users.len() as f64;
            assert!((0.2..0.47).contains(&share), "{kind}: {share} of {}", users.len());
        }
        let views = |step: usize| -> Vec<_> {
            training_sequences(&plan, &users, step)
                .into_iter()
                .map(|sequence| sequence.augmented)
                .collect()
        };
        let first = views(0);
        assert_eq!(first, views(0));
        assert_ne!(first, views(1), "another step draws anew");
    }

    #[test]
    fn reorder_only_only_reorders_and_may_keep_the_targets() {
        let (plan, batches) = prepared(Config::parity_official);
        for sequence in training_sequences(&plan, &users(&plan), 0) {
            let augmented = sequence.augmented.unwrap();
            let (mut one, mut other) = (augmented.ids, sequence.inputs);
            one.sort_unstable();
            other.sort_unstable();
            assert_eq!(one, other.iter().map(|&item| item as i32 + 1).collect::<Vec<_>>());
            let targets: Vec<i32> = sequence.targets.iter().map(|&item| item as i32 + 1).collect();
            assert_eq!(augmented.targets, targets);
        }
        let batch = batches.training_batch(&plan, &[0, 1, 2], 0);
        assert_eq!(
            (batch.rows, batch.length),
            (3, 12),
            "one user in a row, as the padded reduction needs it"
        );
        assert!(batch.padding.is_some());
    }

    #[test]
    fn a_sampled_softmax_draws_anew_at_each_step_from_what_training_sees() {
        let (plan, batches) = prepared(|config| {
            config.objective.reconstruction = Reconstruction::SampledSoftmax;
            config.objective.negatives = 20;
        });
        let counts = training_counts(&plan.data);
        let all: u32 = counts.iter().sum();
        let parts: usize = (0..plan.users()).map(|user| plan.data.train_part(user).len()).sum();
        assert_eq!(all as usize, parts);
        let ids = |step: usize| {
            let candidates = batches.training_batch(&plan, &[0, 1], step).candidates.unwrap();
            candidates.ids.into_data().iter::<i64>().collect::<Vec<_>>()
        };
        let first = ids(0);
        assert_eq!(first.len(), 20);
        assert_eq!(first, ids(0));
        assert_ne!(first, ids(1));
    }
}
