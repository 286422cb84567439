//! The training loop, one step at a time.
//!
//! In: data, configuration, device. Out: [`StepOutcome`] after each call of [`Run::step`]; the host decides when to call again, so
//! pausing is not calling and cancelling is dropping. Nothing here waits for anything but the device.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use thiserror::Error;

use super::{
    Config, ConfigError, LossTerms, Mode, Reconstruction,
    history::{EpochRecord, History},
    optimiser::AdamW,
    schedule::{Stream, epoch_order, seed_for},
};
use crate::{
    batch::{Batch, Layout, Reduction, Rows, Sequence, draw_negatives},
    device::Compute,
    evaluate::{Corruption, Metrics, MetricsAccumulator, rank_of},
    latent::DiagnosticsError,
    log::{Dataset, Split},
    model::{Augmentation, ContrastVae, Parameters, Pass, Shape},
    objective::{ContrastElbo, Likelihood, Weights},
};

/// Users that one evaluation pass takes at most.
pub(super) const EVALUATION_USERS: usize = 256;
/// Scores that one evaluation pass reads at most (users times items): 16 MiB of floats, well under a GPU's binding limit.
pub(super) const EVALUATION_SCORES: usize = 4 << 20;

/// Why a run cannot begin or go on: one sentence.
#[derive(Debug, Error)]
pub enum RunError {
    /// The configuration is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No user has enough items.
    #[error(
        "None of the {users} users has the four items that training needs (one to predict from, one to learn, and one each for validation and test); load a longer log."
    )]
    NothingToLearn {
        /// Users in the data.
        users: usize,
    },
    /// A value became NaN or infinite.
    #[error(
        "The {what} became {value} at step {step}, so the run stopped; lower training.learning_rate, or raise objective.temperature."
    )]
    NotFinite {
        /// Name of the value.
        what: &'static str,
        /// The value.
        value: f32,
        /// The step it was seen at.
        step: usize,
    },
    /// The device failed to answer.
    #[error("The device failed: {0}. Start the run again, on the CPU if it happens again.")]
    Device(String),
    /// The latents cannot be diagnosed.
    #[error(transparent)]
    Diagnosis(#[from] DiagnosticsError),
    /// Ranking met a score that is no number.
    #[error("{0}")]
    Ranking(String),
    /// A user index that is not in the data.
    #[error("There is no user number {user}; the data has {users} users, numbered from 0.")]
    UnknownUser {
        /// The index given.
        user: u32,
        /// Number of users.
        users: usize,
    },
    /// An item index that is not in the data.
    #[error("There is no item number {item}; the data has {items} items, numbered from 0.")]
    UnknownItem {
        /// The index given.
        item: u32,
        /// Number of items.
        items: usize,
    },
}

/// What a step brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepOutcome {
    /// Epochs that were complete before this step's batch.
    pub epoch: usize,
    /// Steps done so far.
    pub step: usize,
    /// Sequences in this step's batch.
    pub sequences: usize,
    /// Means over the steps since the last outcome that had losses; `None` where the device is not asked yet.
    pub losses: Option<LossTerms>,
    /// Weight of the KL terms in this step.
    pub kl_weight: f64,
    /// Whether this step was the last of its epoch.
    pub epoch_ended: bool,
    /// Whether this step was the last of the run.
    pub finished: bool,
}

/// A run: a model in training.
pub struct Run {
    pub(super) config: Config,
    pub(super) data: Arc<Dataset>,
    pub(super) compute: Compute,
    pub(super) model: ContrastVae,
    pub(super) optimiser: AdamW,
    /// The best model on validation so far, and the step at which it was that.
    pub(super) best: Option<(usize, ContrastVae)>,
    pub(super) history: History,
    /// Sums of the losses that were read in this epoch, and their number.
    pub(super) epoch_losses: (LossTerms, usize),
    trainable: Vec<u32>,
    order: Vec<u32>,
    pub(super) step: usize,
    pending: Vec<Tensor<1>>,
}

/// The shape of the network that a configuration and a number of items give.
pub fn shape_of(config: &Config, items: usize) -> Shape {
    Shape {
        items,
        hidden: config.model.hidden_size,
        layers: config.model.layers,
        heads: config.model.heads,
        length: config.model.max_length,
        augmentation: match config.view.mode {
            Mode::Avae => Augmentation::None,
            Mode::Model => Augmentation::Model,
            Mode::Variational => Augmentation::Variational,
        },
    }
}

impl Run {
    /// A run that has not taken a step.
    pub fn new(config: Config, data: Arc<Dataset>, compute: Compute) -> Result<Self, RunError> {
        config.check()?;
        let trainable: Vec<u32> = (0..data.sequences.len() as u32)
            .filter(|&user| data.train_part(user as usize).len() >= 2)
            .collect();
        if trainable.is_empty() {
            return Err(RunError::NothingToLearn {
                users: data.sequences.len(),
            });
        }
        let shape = shape_of(&config, data.items.len());
        let mut model = ContrastVae::new(shape, seed_for(config.seed, Stream::Parameters, 0), compute.device());
        model.require_gradients();
        let order = epoch_order(config.seed, 0, &trainable);
        Ok(Self {
            config,
            data,
            compute,
            model,
            optimiser: AdamW::default(),
            best: None,
            history: History::default(),
            epoch_losses: (LossTerms::default(), 0),
            trainable,
            order,
            step: 0,
            pending: Vec::new(),
        })
    }

    /// The configuration of the run.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The data of the run.
    pub fn data(&self) -> &Arc<Dataset> {
        &self.data
    }

    /// Steps in one epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.trainable.len().div_ceil(self.config.training.batch_size)
    }

    /// Steps done so far.
    pub fn steps_done(&self) -> usize {
        self.step
    }

    /// Epochs that are complete.
    pub fn epochs_done(&self) -> usize {
        self.step / self.steps_per_epoch()
    }

    /// Whether all epochs are done.
    pub fn is_finished(&self) -> bool {
        self.step >= self.config.training.epochs * self.steps_per_epoch()
    }

    /// Users with enough items to learn from.
    pub fn trainable_users(&self) -> usize {
        self.trainable.len()
    }

    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.model.shape().parameter_count()
    }

    /// What was measured after each epoch.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Takes the validation after an epoch into the history and keeps the weights where they are the best so far. True where
    /// `training.patience` says that it is time to stop.
    pub fn note_validation(&mut self, valid: Metrics) -> bool {
        let (sums, count) = std::mem::take(&mut self.epoch_losses);
        let epoch = self.epochs_done();
        let better = self.history.best().is_none_or(|best| valid.ndcg_20 > best.valid.ndcg_20);
        self.history.epochs.push(EpochRecord {
            epoch,
            losses: sums.divided(count.max(1) as f32),
            valid,
        });
        if better {
            self.best = Some((self.step, self.inference_model()));
        }
        self.history.is_over(self.config.training.patience)
    }

    /// Puts the best model on validation in the place of the present one, for a test or for use.
    pub fn adopt_best(&mut self) {
        if let Some((_, best)) = &self.best {
            self.model = best.clone();
            self.model.require_gradients();
        }
    }

    /// Sets the number of steps done, and with it the batches to come.
    pub(super) fn go_to(&mut self, step: usize) {
        self.step = step;
        self.order = epoch_order(self.config.seed, step / self.steps_per_epoch(), &self.trainable);
    }

    fn training_sequences(&self, users: &[u32]) -> Vec<Sequence> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed_for(self.config.seed, Stream::Negatives, self.step));
        let sampled = self.config.objective.reconstruction == Reconstruction::SampledNegative;
        users
            .iter()
            .map(|&user| {
                let whole = &self.data.sequences[user as usize];
                let part = self.data.train_part(user as usize);
                let inputs = part[..part.len() - 1].to_vec();
                let negatives = match sampled {
                    true => {
                        let met: HashSet<u32> = whole.iter().copied().collect();
                        draw_negatives(&mut rng, self.data.items.len(), &met, inputs.len())
                    }
                    false => Vec::new(),
                };
                Sequence {
                    inputs,
                    targets: part[1..].to_vec(),
                    negatives,
                }
            })
            .collect()
    }

    /// One optimiser step on the next batch. After the last epoch a further call trains on: the host decides when to stop.
    pub async fn step(&mut self) -> Result<StepOutcome, RunError> {
        let steps_per_epoch = self.steps_per_epoch();
        let (epoch, within) = (self.step / steps_per_epoch, self.step % steps_per_epoch);
        if within == 0 && self.step > 0 {
            self.order = epoch_order(self.config.seed, epoch, &self.trainable);
        }
        let batch_size = self.config.training.batch_size;
        let first = within * batch_size;
        let users = self.order[first..(first + batch_size).min(self.order.len())].to_vec();

        let rows = Rows::pack(&self.training_sequences(&users), self.config.model.max_length, Layout::Packed);
        let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, self.compute.device());
        let mut noise = self.compute.noise(seed_for(self.config.seed, Stream::Noise, self.step));
        let mut pass = Pass::training(
            noise.as_mut(),
            self.config.model.hidden_dropout,
            self.config.model.attention_dropout,
        );
        let views = self.model.forward(
            &batch,
            self.config.view.sampling,
            self.config.view.variance_dropout,
            &mut pass,
        );
        let kl_weight = self.config.kl_weight_at(self.step);
        let likelihood = match self.config.objective.reconstruction {
            Reconstruction::FullSoftmax => Likelihood::FullSoftmax,
            Reconstruction::SampledNegative => Likelihood::SampledNegative,
        };
        let weights = Weights {
            kl: kl_weight,
            contrast: self.config.objective.contrast_weight,
            temperature: self.config.objective.temperature,
        };
        let objective = ContrastElbo::new(&self.model, &batch, &views, likelihood, weights);
        self.pending.push(objective.to_vector());
        let mut gradients = objective.total.backward();
        let training = &self.config.training;
        self.optimiser
            .step(&mut self.model, &mut gradients, training.learning_rate, training.weight_decay);
        self.step += 1;

        let epoch_ended = within + 1 == steps_per_epoch;
        let finished = self.is_finished();
        let read = epoch_ended || finished || self.pending.len() >= self.compute.steps_between_reads();
        let losses = if read { Some(self.read_losses().await?) } else { None };
        Ok(StepOutcome {
            epoch,
            step: self.step,
            sequences: users.len(),
            losses,
            kl_weight,
            epoch_ended,
            finished,
        })
    }

    /// Means of the losses of the steps since the last read. [`Run::step`] reads when a read is due, which also keeps a GPU's
    /// queue from growing without bound; a host that halts in between may read earlier.
    pub async fn read_losses(&mut self) -> Result<LossTerms, RunError> {
        let count = self.pending.len().max(1) as f32;
        let values = read(Tensor::cat(std::mem::take(&mut self.pending), 0)).await?;
        let mean = |term: usize| values.iter().skip(term).step_by(4).sum::<f32>() / count;
        let losses = LossTerms {
            total: mean(0),
            reconstruction: mean(1),
            kl: mean(2),
            contrast: mean(3),
        };
        // The terms come before their sum, so that the sentence names the cause.
        for (what, value) in [
            ("reconstruction loss", losses.reconstruction),
            ("KL term", losses.kl),
            ("contrastive term", losses.contrast),
            ("total loss", losses.total),
        ] {
            if !value.is_finite() {
                return Err(RunError::NotFinite {
                    what,
                    value,
                    step: self.step,
                });
            }
        }
        self.epoch_losses.0.add(&losses, count);
        self.epoch_losses.1 += count as usize;
        Ok(losses)
    }

    /// A copy of the model for passes without gradients.
    pub(super) fn inference_model(&self) -> ContrastVae {
        let mut model = self.model.clone();
        model.drop_gradients();
        model
    }

    pub(super) fn pack_histories(&self, histories: &[&[u32]]) -> Batch {
        pack_histories(histories, self.config.model.max_length, self.compute.device())
    }

    /// An evaluation over all users by full ranking; the host calls [`Evaluation::advance`] until it is done.
    pub fn evaluation(&self, split: Split) -> Evaluation {
        let users = (0..self.data.sequences.len() as u32)
            .filter(|&user| self.data.query(user as usize, split).is_some())
            .collect();
        Evaluation {
            model: self.inference_model(),
            split,
            corruption: None,
            users,
            done: 0,
            metrics: MetricsAccumulator::default(),
            ranks: vec![None; self.data.sequences.len()],
        }
    }

    /// Scores of all items after `history` (item indices, oldest first), as the evaluation computes them.
    pub async fn scores(&self, history: &[u32]) -> Result<Vec<f32>, RunError> {
        let items = self.data.items.len();
        if let Some(&item) = history.iter().find(|&&item| item as usize >= items) {
            return Err(RunError::UnknownItem { item, items });
        }
        let batch = self.pack_histories(&[history]);
        read(
            self.inference_model()
                .score_sequences(&batch, self.config.view.sampling)
                .reshape([items]),
        )
        .await
    }

    /// The `k` best items after `history` that are not in it, with their scores, best first.
    pub async fn recommend(&self, history: &[u32], k: usize) -> Result<Vec<(u32, f32)>, RunError> {
        Ok(best_items(&self.scores(history).await?, history, k))
    }
}

/// Histories as a batch without targets.
pub(super) fn pack_histories(histories: &[&[u32]], max_length: usize, device: &Device) -> Batch {
    let rows = Rows::of_histories(histories, max_length, Layout::Packed);
    Batch::new(&rows, Layout::Packed, Reduction::Real, device)
}

/// The `k` items with the highest scores that are not in the history, best first; of equal ones the first.
pub(super) fn best_items(scores: &[f32], history: &[u32], k: usize) -> Vec<(u32, f32)> {
    let met: HashSet<u32> = history.iter().copied().collect();
    let mut ranked: Vec<(u32, f32)> = (0..)
        .zip(scores.iter().copied())
        .filter(|(item, _)| !met.contains(item))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.truncate(k);
    ranked
}

/// A full-ranking evaluation in pieces, so that a host can show progress, answer its user and cancel.
pub struct Evaluation {
    model: ContrastVae,
    split: Split,
    corruption: Option<Corruption>,
    users: Vec<u32>,
    done: usize,
    metrics: MetricsAccumulator,
    ranks: Vec<Option<u32>>,
}

impl Evaluation {
    /// Spoils what the model is told of each user. The items that are left out of the ranking stay those of the history as it
    /// was, so that a deleted item cannot come back as a recommendation.
    #[must_use]
    pub fn with_corruption(mut self, corruption: Corruption) -> Self {
        self.corruption = Some(corruption);
        self
    }

    /// Users ranked so far, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.users.len())
    }

    /// The rank of each user's answer, by user; `None` where nothing is asked or not yet.
    pub fn ranks(&self) -> &[Option<u32>] {
        &self.ranks
    }

    /// Ranks the next users; `Some` with the metrics when all are done.
    pub async fn advance(&mut self, run: &Run) -> Result<Option<Metrics>, RunError> {
        let items = run.data.items.len();
        let count = (EVALUATION_SCORES / items.max(1))
            .clamp(1, EVALUATION_USERS)
            .min(self.users.len() - self.done);
        if count > 0 {
            let users = &self.users[self.done..self.done + count];
            let queries: Vec<(&[u32], u32)> = users
                .iter()
                .filter_map(|&user| run.data.query(user as usize, self.split))
                .collect();
            let told: Vec<Cow<[u32]>> = users
                .iter()
                .zip(&queries)
                .map(|(&user, (history, _))| Corruption::told(self.corruption.as_ref(), user as usize, history, items))
                .collect();
            let batch = run.pack_histories(&told.iter().map(AsRef::as_ref).collect::<Vec<_>>());
            let scores = read(self.model.score_sequences(&batch, run.config.view.sampling)).await?;
            for ((&user, (history, answer)), row) in users.iter().zip(&queries).zip(scores.chunks_exact(items)) {
                let rank = rank_of(row, *answer, history).map_err(|error| RunError::Ranking(error.to_string()))?;
                self.metrics.add(rank);
                self.ranks[user as usize] = Some(rank);
            }
            self.done += count;
        }
        Ok((self.done == self.users.len()).then(|| self.metrics.finish()))
    }
}

/// Reads a tensor from the device.
pub(super) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, RunError> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|error| RunError::Device(error.to_string()))?;
    data.try_to_vec::<f32>()
        .map_err(|error| RunError::Device(format!("{error:?}")))
}
