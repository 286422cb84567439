//! What one optimiser step learns from: sequences with their targets, negatives and second views, laid out as a batch.
//!
//! In: the users of the step. Out: a [`Batch`], and the form of the objective. Every random choice follows from the seed of the run and
//! the number of the step.

use std::collections::HashSet;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    Config, KlSchedule, Reconstruction, Run,
    same_target::SameTarget,
    schedule::{Stream, seed_for},
};
use crate::{
    batch::{Batch, Candidates, ItemSampler, Layout, Reduction, Rows, Sequence, Shares, augment, draw_negatives},
    evaluate::training_counts,
    log::Dataset,
    objective::{Likelihood, Terms},
};

impl Config {
    /// The form of the objective and its weights at a step, counted from 0.
    pub fn terms_at(&self, step: usize) -> Terms {
        let objective = &self.objective;
        Terms {
            likelihood: match objective.reconstruction {
                Reconstruction::FullSoftmax => Likelihood::FullSoftmax,
                Reconstruction::SampledSoftmax => Likelihood::SampledSoftmax,
                Reconstruction::SampledNegative => Likelihood::SampledNegative,
            },
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
        }
    }
}

impl Run {
    fn generator(&self, stream: Stream) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(seed_for(self.config.seed, stream, self.step))
    }

    /// What the present step learns of `users`.
    fn training_sequences(&self, users: &[u32]) -> Vec<Sequence> {
        let mut rng = self.generator(Stream::Negatives);
        let mut sequences: Vec<Sequence> = users
            .iter()
            .map(|&user| {
                let whole = &self.data.sequences[user as usize];
                let part = self.data.train_part(user as usize);
                let inputs = part[..part.len() - 1].to_vec();
                let negatives = match self.config.objective.reconstruction {
                    Reconstruction::SampledNegative => {
                        let met: HashSet<u32> = whole.iter().copied().collect();
                        draw_negatives(&mut rng, self.data.items.len(), &met, inputs.len())
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
        if self.config.view.mode.changes_ids() {
            self.augment(&mut sequences, &mut self.generator(Stream::Augmentation));
        }
        sequences
    }

    /// Gives each sequence a second view of its own.
    fn augment(&self, sequences: &mut [Sequence], rng: &mut Xoshiro256PlusPlus) {
        let view = &self.config.view;
        let shares = Shares {
            crop: view.crop,
            mask: view.mask,
            reorder: view.reorder,
        };
        for sequence in sequences {
            // Only what is in the window is changed: a crop that fell before it would leave nothing to learn from.
            let dropped = sequence.inputs.len().saturating_sub(self.config.model.max_length);
            sequence.inputs.drain(..dropped);
            sequence.targets.drain(..dropped);
            sequence.negatives.drain(..dropped.min(sequence.negatives.len()));
            let operation = view.augmentation.draw(rng);
            sequence.augmented = Some(augment(
                &sequence.inputs,
                &sequence.targets,
                self.data.items.len(),
                operation,
                shares,
                view.augmented_targets,
                rng,
            ));
        }
    }

    /// The batch of the present step, of `users`.
    pub(super) fn training_batch(&self, users: &[u32]) -> Batch {
        let reduction = self.config.objective.reduction;
        let layout = reduction.layout();
        let device = self.compute.device();
        let rows = Rows::pack(&self.training_sequences(users), self.config.model.max_length, layout);
        let mut batch = Batch::new(&rows, layout, reduction, device);
        if let Some(sampler) = &self.sampler {
            let (items, log_expected) = sampler.draw(&mut self.generator(Stream::Negatives), self.config.objective.negatives);
            batch.candidates = Some(Candidates::new(&items, &log_expected, device));
        }
        if let Some(index) = &self.same_target {
            let mut rng = self.generator(Stream::SameTarget);
            let histories: Vec<&[u32]> = users.iter().map(|&user| index.draw(&self.data, user, &mut rng)).collect();
            let rows = Rows::of_histories(&histories, self.config.model.max_length, layout);
            batch.same_target = Some(Box::new(Batch::new(&rows, layout, reduction, device)));
        }
        batch
    }

    /// Histories as a batch from which both views can be made: where the second view has ids of its own, they are drawn with `seed`.
    pub(super) fn views_batch(&self, histories: &[&[u32]], layout: Layout, reduction: Reduction, seed: u64) -> Batch {
        let mut sequences: Vec<Sequence> = histories
            .iter()
            .map(|history| Sequence {
                inputs: history.to_vec(),
                // Nothing is predicted here; an augmentation wants a target beside each input.
                targets: history.to_vec(),
                ..Sequence::default()
            })
            .collect();
        if self.config.view.mode.changes_ids() {
            self.augment(&mut sequences, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
        }
        let rows = Rows::pack(&sequences, self.config.model.max_length, layout);
        Batch::new(&rows, layout, reduction, self.compute.device())
    }

    /// The sampler of a sampled softmax, where the configuration has one.
    pub(super) fn sampler_of(config: &Config, data: &Dataset) -> Option<ItemSampler> {
        (config.objective.reconstruction == Reconstruction::SampledSoftmax)
            .then(|| ItemSampler::new(&training_counts(data), config.objective.negative_power))
    }

    /// Where to find other histories with the same target, where the contrast has such positives.
    pub(super) fn same_target_of(config: &Config, data: &Dataset) -> Option<SameTarget> {
        config.objective.positives.of_same_target().then(|| SameTarget::new(data))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Arc};

    use super::*;
    use crate::{
        batch::PADDING,
        device::Compute,
        log::{Example, generate},
        run::Mode,
    };

    fn run(change: impl FnOnce(&mut Config)) -> Run {
        let data = Arc::new(generate(&Example::default()).unwrap());
        let mut config = Config::default();
        config.view.mode = Mode::Data;
        config.model.max_length = 12;
        change(&mut config);
        Run::new(config, data, Compute::cpu()).unwrap()
    }

    fn users(run: &Run) -> Vec<u32> {
        (0..run.data.sequences.len() as u32)
            .filter(|&user| run.data.train_part(user as usize).len() >= 8)
            .collect()
    }

    #[test]
    fn second_views_are_cropped_masked_and_reordered_and_follow_from_seed_and_step() {
        let mut run = run(|_| ());
        let users = users(&run);
        assert!(users.len() > 100, "{}", users.len());
        let mask = run.data.items.len() as i32 + 1;
        let sequences = run.training_sequences(&users);
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
        let views = |run: &Run| -> Vec<_> {
            run.training_sequences(&users)
                .into_iter()
                .map(|sequence| sequence.augmented)
                .collect()
        };
        let first = views(&run);
        assert_eq!(first, views(&run));
        run.step = 1;
        assert_ne!(first, views(&run), "another step draws anew");
    }

    #[test]
    fn reorder_only_only_reorders_and_may_keep_the_targets() {
        let run = run(Config::parity_official);
        for sequence in run.training_sequences(&users(&run)) {
            let augmented = sequence.augmented.unwrap();
            let (mut one, mut other) = (augmented.ids, sequence.inputs);
            one.sort_unstable();
            other.sort_unstable();
            assert_eq!(one, other.iter().map(|&item| item as i32 + 1).collect::<Vec<_>>());
            let targets: Vec<i32> = sequence.targets.iter().map(|&item| item as i32 + 1).collect();
            assert_eq!(augmented.targets, targets);
        }
        let batch = run.training_batch(&[0, 1, 2]);
        assert_eq!(
            (batch.rows, batch.length),
            (3, 12),
            "one user in a row, as the padded reduction needs it"
        );
        assert!(batch.padding.is_some());
    }

    #[test]
    fn a_sampled_softmax_draws_anew_at_each_step_from_what_training_sees() {
        let mut run = run(|config| config.objective.reconstruction = Reconstruction::SampledSoftmax);
        run.config.objective.negatives = 20;
        let counts = training_counts(&run.data);
        let all: u32 = counts.iter().sum();
        let parts: usize = (0..run.data.sequences.len())
            .map(|user| run.data.train_part(user).len())
            .sum();
        assert_eq!(all as usize, parts);
        let ids = |run: &Run| {
            let candidates = run.training_batch(&[0, 1]).candidates.unwrap();
            candidates.ids.into_data().iter::<i64>().collect::<Vec<_>>()
        };
        let first = ids(&run);
        assert_eq!(first.len(), 20);
        assert_eq!(first, ids(&run));
        run.step = 1;
        assert_ne!(first, ids(&run));
    }
}
