//! The half of a run that is only read: configuration, data, device, and the random numbers that follow from the seed.
//!
//! In: a [`Config`], a data set and a device. Out: a [`Plan`], or the reason why such a run cannot begin. Steps, evaluations, latents and
//! diagnoses share it by reference, so none of them can change what another one sees.

use std::sync::Arc;

use burn::tensor::Device;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    Config, ItemAttributes, RunError, RunSize,
    schedule::{Stream, seed_for},
};
use crate::{
    batch::{Batch, Layout, Reduction, Rows},
    device::{Compute, Kind},
    kernel::{Noise, TwinNoise, noise_for},
    log::Dataset,
};

/// Configuration, data and device of a run.
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) data: Arc<Dataset>,
    pub(super) compute: Compute,
    /// Users whose training part has an item to predict from and one to predict.
    pub(super) trainable: Vec<u32>,
    /// Whether steps on the CPU draw the numbers that a GPU would draw.
    pub(super) as_gpu: bool,
    /// Attributes that latent dimensions are tied to, if the configuration ties any.
    pub(super) attributes: Option<ItemAttributes>,
}

impl Plan {
    /// Plan of a run, or an error if the configuration contradicts itself or the data has nothing to learn from.
    pub(super) fn new(config: Config, data: Arc<Dataset>, compute: Compute) -> Result<Self, RunError> {
        config.check()?;
        let trainable: Vec<u32> = (0..data.sequences.len() as u32)
            .filter(|&user| data.train_part(user as usize).len() >= 2)
            .collect();
        let plan = Self {
            attributes: ItemAttributes::tied(&config, &data),
            config,
            data,
            compute,
            trainable,
            as_gpu: false,
        };
        for sequence in &plan.data.sequences {
            plan.check_items(sequence)?;
        }
        if plan.trainable.is_empty() {
            return Err(RunError::NothingToLearn { users: plan.users() });
        }
        if let Some(adapter) = plan.compute.adapter() {
            let needed = RunSize::of(&plan.config, &plan.data)?.largest_buffer_bytes;
            check_buffer(needed, adapter.largest_buffer as f64, plan.compute.name())?;
        }
        Ok(plan)
    }

    /// Number of items.
    pub(super) fn items(&self) -> usize {
        self.data.items.len()
    }

    /// Number of users.
    pub(super) fn users(&self) -> usize {
        self.data.sequences.len()
    }

    /// Device of all tensors.
    pub(super) fn device(&self) -> &Device {
        self.compute.device()
    }

    /// Noise source of one use at one time.
    pub(super) fn noise(&self, stream: Stream, time: usize) -> Box<dyn Noise> {
        let seed = seed_for(self.config.seed, stream, time);
        match (self.as_gpu, self.compute.kind()) {
            (true, Kind::Cpu) => Box::new(TwinNoise::new(seed)),
            _ => noise_for(&self.compute, seed),
        }
    }

    /// Random numbers of one use at one time, drawn on the host.
    pub(super) fn generator(&self, stream: Stream, time: usize) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(seed_for(self.config.seed, stream, time))
    }

    /// Error if a history has an item that the data does not know.
    pub(super) fn check_items(&self, history: &[u32]) -> Result<(), RunError> {
        let items = self.items();
        match history.iter().find(|&&item| item as usize >= items) {
            Some(&item) => Err(RunError::UnknownItem { item, items }),
            None => Ok(()),
        }
    }

    /// Error if one of the users is not in the data.
    pub(super) fn check_users(&self, chosen: &[u32]) -> Result<(), RunError> {
        let users = self.users();
        match chosen.iter().find(|&&user| user as usize >= users) {
            Some(&user) => Err(RunError::UnknownUser { user, users }),
            None => Ok(()),
        }
    }

    /// Histories as a packed batch without targets.
    pub(super) fn pack(&self, histories: &[&[u32]]) -> Batch {
        pack_histories(histories, self.config.model.max_length, self.device())
    }

    /// Evenly spaced sample of at most `most` users, always the same ones.
    pub(super) fn sample_of_users(&self, most: usize) -> Vec<u32> {
        let users = self.users();
        let shown = users.min(most);
        (0..shown).map(|index| (index * users / shown) as u32).collect()
    }
}

/// Error if a buffer of so many bytes is more than a GPU takes: it would fail in the middle of the first step.
fn check_buffer(needed: f64, most: f64, device: &str) -> Result<(), RunError> {
    match needed > most {
        true => Err(RunError::TooLargeForGpu {
            needed: (needed / 1e6).ceil() as u64,
            most: (most / 1e6).floor() as u64,
            device: device.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Histories as a packed batch without targets, cut to the latest `max_length` items.
pub(super) fn pack_histories(histories: &[&[u32]], max_length: usize, device: &Device) -> Batch {
    let rows = Rows::of_histories(histories, max_length, Layout::Packed);
    Batch::new(&rows, Layout::Packed, Reduction::Real, device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_a_gpu_does_not_take_is_told_before_the_start() {
        assert!(check_buffer(134_217_728.0, 134_217_728.0, "Card").is_ok());
        let error = check_buffer(204_800_512.0, 134_217_728.0, "Card").unwrap_err().to_string();
        assert_eq!(
            error,
            "This run needs a buffer of 205 MB on the GPU, and Card takes at most 134 MB; make the model narrower, leave out rare items, or \
             train on the CPU."
        );
    }
}
