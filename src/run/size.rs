//! Memory and work of a run, told before it begins.
//!
//! In: a configuration and data. Out: a [`RunSize`]: the number of parameters, exactly; memory and work by a formula that counts what
//! is large and leaves out the rest (`docs/configuration.md`). No step is taken and nothing is asked of a GPU.

use serde::Serialize;

use super::{
    Config, Mode, Reconstruction, RunError,
    fresh::{fresh_model, parameters_of, shape_of},
    passes::Passes,
};
use crate::{batch::Reduction, device::Compute, log::Dataset};

/// Bytes of a 32-bit float.
const FLOAT: f64 = 4.0;
/// Floats that a block keeps of each token until its backward pass, in widths: queries, keys, values, context, both projections, four widths
/// inside the feed-forward layer before and after its activation, what the dropouts kept, two norms and two sums.
const BLOCK_WIDTHS: f64 = 24.0;
/// The same outside the blocks: embedding, norm, dropout, mean, log-variance, noise, latent and output, with their gradients.
const OTHER_WIDTHS: f64 = 16.0;
/// Scores that are held at once at most (`objective/softmax.rs`), and how often: scores, shares, gradient.
const SCORES_AT_ONCE: f64 = 8_388_608.0;
const SCORE_COPIES: f64 = 3.0;
/// A ranking reads at most 16 MiB of scores at once (`evaluation.rs`), which then exist on the device and on the host.
const RANKING_BYTES: f64 = 2.0 * 16.0 * 1_048_576.0;
/// Copies of a checkpoint while it is made: values, bytes, file of tensors, archive.
const SAVING_COPIES: f64 = 4.0;
/// Moments of a parameter.
const MOMENTS: f64 = 2.0;
/// A backward pass costs twice what the forward pass does.
const TRAINING_PASSES: f64 = 3.0;

/// Memory and work of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RunSize {
    /// Trained values, exactly.
    pub parameters: usize,
    pub steps_per_epoch: usize,
    /// Bytes at the most, beside the program and the log: weights, gradients, moments, the best weights, one step, one ranking and the
    /// making of a checkpoint.
    pub memory_bytes: f64,
    /// Bytes of the largest buffer on a GPU, where all parameters lie in one and both moments of each in another.
    pub largest_buffer_bytes: f64,
    /// Bytes of a checkpoint, its record left out.
    pub checkpoint_bytes: f64,
    /// Floating-point operations of a step, about.
    pub step_work: f64,
    /// Floating-point operations of an epoch with its ranking of the validation items, about.
    pub epoch_work: f64,
}

impl RunSize {
    /// Of a run with this configuration on this data; refused where such a run would be refused.
    pub fn of(config: &Config, data: &Dataset) -> Result<Self, RunError> {
        config.check()?;
        let items = data.items.len();
        let lengths: Vec<usize> = (0..data.sequences.len())
            .map(|user| data.train_part(user).len())
            .filter(|&length| length >= 2)
            .collect();
        if lengths.is_empty() {
            return Err(RunError::NothingToLearn {
                users: data.sequences.len(),
            });
        }
        if config.model.kind.is_of_bags() {
            return Ok(Self::of_bags(config, data, lengths.len()));
        }
        let shape = shape_of(config, items);
        let (model, training) = (&config.model, &config.training);
        let users = lengths.len();
        let steps_per_epoch = users.div_ceil(training.batch_size);
        let window = model.max_length;
        let packed: usize = lengths.iter().map(|&length| (length - 1).min(window)).sum();
        let mean_length = packed as f64 / users as f64;
        let views = match config.view.mode {
            Mode::Deterministic | Mode::Avae => 1.0,
            _ => 2.0,
        };
        let tokens_of_user = match config.objective.reduction {
            Reduction::Real => mean_length,
            Reduction::Padded => window as f64,
        };
        let tokens = views * training.batch_size.min(users) as f64 * tokens_of_user;
        let width = model.hidden_size as f64;
        let stacks = 2.0 + f64::from(u8::from(shape.log_variance.has_stack()));
        let blocks = stacks * model.layers as f64;
        // Of differences beside attention, in widths: their kinds, twice, and the gate's inner layer before and after its activation.
        let gate_weights = shape.differences.gate_weights(model.hidden_size) as f64;
        let gate_widths = if gate_weights > 0.0 {
            2.0 * shape.differences.kinds() as f64 + 4.0
        } else {
            0.0
        };
        let compared = match config.objective.reconstruction {
            Reconstruction::FullSoftmax => items as f64,
            Reconstruction::SampledSoftmax => (config.objective.negatives.min(items) + 1) as f64,
            Reconstruction::SampledNegative => 2.0,
        };

        let parameters = shape.parameter_count();
        let weights = parameters as f64 * FLOAT;
        let averages = f64::from(u8::from(training.ema > 0.0));
        // Weights, gradients, two moments, the best weights and the average.
        let held = weights * (5.0 + averages);
        let checkpoint_bytes = weights * (4.0 + averages);
        let scores = (tokens * compared).min(SCORES_AT_ONCE) * SCORE_COPIES * FLOAT;
        let step = tokens * width * FLOAT * (blocks * (BLOCK_WIDTHS + gate_widths) + OTHER_WIDTHS) + scores;
        let memory_bytes = held + step.max(RANKING_BYTES).max(checkpoint_bytes * SAVING_COPIES);

        // A block has 12 squares of the width in weights, each of them two operations a token.
        let block_work = |length: f64| 24.0 * width * width + 2.0 * gate_weights + 4.0 * length.min(window as f64) * width;
        let step_work = TRAINING_PASSES * tokens * (blocks * block_work(tokens_of_user) + 2.0 * compared * width);
        let answers = data.sequences.len() as f64;
        // Ranking needs the stack of the means and the decoder.
        let used = 2.0 * model.layers as f64;
        let ranking = answers * (mean_length * used * block_work(mean_length) + 2.0 * items as f64 * width);
        Ok(Self {
            parameters,
            steps_per_epoch,
            memory_bytes,
            largest_buffer_bytes: (MOMENTS * weights).max(scores / SCORE_COPIES),
            checkpoint_bytes,
            step_work,
            epoch_work: steps_per_epoch as f64 * step_work + ranking,
        })
    }

    /// The same of a model of bags, all of whose layers see each user of a batch once.
    fn of_bags(config: &Config, data: &Dataset, users: usize) -> Self {
        let (training, items) = (&config.training, data.items.len());
        // There is no formula for the parameters of each kind; making them takes a moment.
        let model = fresh_model(config, data.sequences.len(), items, Compute::cpu().device());
        let parameters = parameters_of(&model);
        let steps_per_epoch = Passes::new(&model, users, items, training.batch_size).steps_per_epoch();
        let rows = training.batch_size.min(users.max(items)) as f64;
        let weights = parameters as f64 * FLOAT;
        let averages = f64::from(u8::from(training.ema > 0.0));
        let checkpoint_bytes = weights * (4.0 + averages);
        let hidden = (config.bag.hidden_size * config.bag.layers) as f64;
        let step = rows * FLOAT * (items as f64 * SCORE_COPIES + hidden * BLOCK_WIDTHS);
        let step_work = TRAINING_PASSES * 2.0 * rows * parameters as f64;
        let ranking = 2.0 * data.sequences.len() as f64 * parameters as f64;
        Self {
            parameters,
            steps_per_epoch,
            memory_bytes: weights * (5.0 + averages) + step.max(RANKING_BYTES).max(checkpoint_bytes * SAVING_COPIES),
            largest_buffer_bytes: (MOMENTS * weights).max(rows * items as f64 * FLOAT),
            checkpoint_bytes,
            step_work,
            epoch_work: steps_per_epoch as f64 * step_work + ranking,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        device::Compute,
        log::{Example, generate},
        run::{PRESETS, Run},
    };

    #[test]
    fn parameters_and_steps_are_those_of_the_run() {
        let data = Arc::new(generate(&Example::default()).unwrap());
        for (name, _) in PRESETS {
            let config = Config::preset(name).unwrap();
            let size = RunSize::of(&config, &data).unwrap();
            let run = Run::new(config, data.clone(), Compute::cpu()).unwrap();
            assert_eq!(size.parameters, run.parameter_count(), "{name}");
            assert_eq!(size.steps_per_epoch, run.steps_per_epoch(), "{name}");
        }
    }

    #[test]
    fn a_checkpoint_has_the_size_foretold() {
        let data = Arc::new(
            generate(&Example {
                users: 60,
                items: 60,
                ..Example::default()
            })
            .unwrap(),
        );
        let mut config = Config::default();
        config.training.ema = 0.9;
        let foretold = RunSize::of(&config, &data).unwrap().checkpoint_bytes;
        let mut run = Run::new(config, data, Compute::cpu()).unwrap();
        let archive = pollster::block_on(async {
            for _ in 0..run.steps_per_epoch() {
                run.step().await.unwrap();
            }
            run.note_validation(crate::evaluate::Metrics::from_ranks([1]));
            run.step().await.unwrap();
            let checkpoint = run.checkpoint(&crate::log::ReadOptions::with_k_core(1)).await.unwrap();
            checkpoint.tensors.len() as f64
        });
        // The header of the file names each tensor and holds the record.
        assert!(archive > foretold && archive < foretold * 1.3, "{archive} of {foretold}");
    }

    #[test]
    fn more_of_anything_takes_more() {
        let data = generate(&Example::default()).unwrap();
        let base = RunSize::of(&Config::default(), &data).unwrap();
        let with = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            RunSize::of(&config, &data).unwrap()
        };
        let wide = with(|config| config.model.hidden_size = 128);
        assert!(wide.memory_bytes > base.memory_bytes && wide.epoch_work > 4.0 * base.epoch_work);
        let differences = with(|config| config.model.differences = 3);
        assert!(differences.memory_bytes > base.memory_bytes && differences.step_work > 1.2 * base.step_work);
        let one_view = with(|config| config.view.mode = Mode::Avae);
        assert!(one_view.step_work < 0.6 * base.step_work);
        let sampled = with(|config| config.objective.reconstruction = Reconstruction::SampledNegative);
        assert!(sampled.step_work < base.step_work);
        let moments = 8.0 * base.parameters as f64;
        assert!(base.largest_buffer_bytes > moments, "the scores of all items are larger");
        assert_eq!(sampled.largest_buffer_bytes, moments);
        let refused = RunSize::of(
            &Config {
                model: crate::run::ModelConfig {
                    heads: 3,
                    ..Default::default()
                },
                ..Config::default()
            },
            &data,
        );
        assert!(refused.is_err());
    }
}
