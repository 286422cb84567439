//! The training loop, one step at a time.
//!
//! In: data, configuration, device. Out: [`StepOutcome`] after each call of [`Run::step`]; the host decides when to call again, so
//! pausing is not calling and cancelling is dropping. Nothing here waits for anything but the device.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::{
    Config, LossTerms, Mode, RunError,
    averaging::Average,
    bag_steps::BagData,
    history::{EpochRecord, History},
    losses::UnreadTerms,
    optimiser::AdamW,
    passes::{Passes, Place},
    same_target::SameTarget,
    schedule::{Stream, epoch_order, seed_for},
};
use crate::{
    batch::ItemSampler,
    device::Compute,
    evaluate::Metrics,
    kernel::{Noise, noise_for},
    log::Dataset,
    model::{Augmentation, ContrastVae, LogVariance, Parameters, Pass, Recommender, Shape, Side, bag_model},
    objective::ContrastElbo,
};

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
    pub(super) model: Recommender,
    /// One for each part of the model that is trained apart from the others.
    pub(super) optimisers: Vec<AdamW>,
    pub(super) passes: Passes,
    /// What models of bags learn from.
    pub(super) bags: Option<BagData>,
    /// The average of the weights, where the configuration asks for one.
    pub(super) average: Option<Average>,
    /// Draws the items of a sampled softmax.
    pub(super) sampler: Option<ItemSampler>,
    /// Finds histories with the same target, where the contrast has such positives.
    pub(super) same_target: Option<SameTarget>,
    /// The best model on validation so far, and the step at which it was that.
    pub(super) best: Option<(usize, Recommender)>,
    pub(super) history: History,
    /// Sums of the losses that were read in this epoch, and their number.
    pub(super) epoch_losses: (LossTerms, usize),
    /// The checkpoint of another program that the first weights came from.
    pub(super) imported_from: Option<String>,
    trainable: Vec<u32>,
    order: Vec<u32>,
    pub(super) step: usize,
    pending: Vec<UnreadTerms>,
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
    }
}

/// The model of a configuration with fresh parameters, which follow from its seed.
pub(super) fn fresh_model(config: &Config, users: usize, items: usize, device: &Device) -> Recommender {
    let seed = seed_for(config.seed, Stream::Parameters, 0);
    match bag_model(config.model.kind, config.bag_design(users, items), seed, device) {
        Some(model) => Recommender::Bag(model),
        None => {
            let mut network = ContrastVae::new(shape_of(config, items), seed, device);
            network.start_log_variance_at(config.model.logvar_bias);
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

/// What a step minimises.
pub(super) struct StepLosses {
    /// On the tape.
    pub total: Tensor<1>,
    /// Its terms, on the device.
    pub terms: UnreadTerms,
    /// Weight of the KL.
    pub kl_weight: f64,
}

impl Run {
    /// A run that has not taken a step.
    pub fn new(config: Config, data: Arc<Dataset>, compute: Compute) -> Result<Self, RunError> {
        config.check()?;
        let items = data.items.len();
        if let Some(&item) = data.sequences.iter().flatten().find(|&&item| item as usize >= items) {
            return Err(RunError::UnknownItem { item, items });
        }
        let trainable: Vec<u32> = (0..data.sequences.len() as u32)
            .filter(|&user| data.train_part(user as usize).len() >= 2)
            .collect();
        if trainable.is_empty() {
            return Err(RunError::NothingToLearn {
                users: data.sequences.len(),
            });
        }
        let mut model = fresh_model(&config, data.sequences.len(), items, compute.device());
        model.require_gradients();
        let average = (config.training.ema > 0.0).then(|| Average::new(&model, config.training.ema));
        let sampler = Self::sampler_of(&config, &data);
        let bags = BagData::new(&config, &data, &trainable);
        let passes = Passes::new(&model, trainable.len(), items, config.training.batch_size);
        let same_target = Self::same_target_of(&config, &data);
        let mut run = Self {
            config,
            data,
            compute,
            model,
            optimisers: (0..passes.optimisers()).map(|_| AdamW::default()).collect(),
            passes,
            bags,
            average,
            sampler,
            same_target,
            best: None,
            history: History::default(),
            epoch_losses: (LossTerms::default(), 0),
            imported_from: None,
            trainable,
            order: Vec::new(),
            step: 0,
            pending: Vec::new(),
        };
        run.go_to(0);
        Ok(run)
    }

    /// The configuration of the run.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The data of the run.
    pub fn data(&self) -> &Arc<Dataset> {
        &self.data
    }

    /// What the run computes on.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// Steps in one epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.passes.steps_per_epoch()
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

    /// Steps after which the device is asked for the losses; 1 where that costs nothing.
    pub fn steps_between_reads(&self) -> usize {
        self.compute.steps_between_reads()
    }

    /// Users with enough items to learn from.
    pub fn trainable_users(&self) -> usize {
        self.trainable.len()
    }

    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        parameters_of(&self.model)
    }

    /// What was measured after each epoch.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Means of the losses that were read in the epoch under way; `None` where it has none yet.
    pub fn losses_under_way(&self) -> Option<LossTerms> {
        let (sums, count) = &self.epoch_losses;
        (*count > 0).then(|| sums.divided(*count as f32))
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
            if let Some(average) = &mut self.average {
                *average = Average::new(best, self.config.training.ema);
            }
        }
    }

    /// Sets the number of steps done, and with it the batches to come.
    pub(super) fn go_to(&mut self, step: usize) {
        self.step = step;
        self.enter(&self.passes.place(step));
    }

    /// Puts the rows of a pass in their order.
    fn enter(&mut self, place: &Place) {
        self.order = match place.side {
            Side::Users => epoch_order(self.config.seed, place.passes_done, &self.trainable),
            Side::Items => {
                let items: Vec<u32> = (0..self.data.items.len() as u32).collect();
                epoch_order(self.config.seed, place.passes_done, &items)
            }
        };
    }

    /// One optimiser step on the next batch. After the last epoch a further call trains on: the host decides when to stop.
    pub async fn step(&mut self) -> Result<StepOutcome, RunError> {
        let place = self.passes.place(self.step);
        if place.rows.start == 0 && self.step > 0 {
            self.enter(&place);
        }
        if let Recommender::Sequence(network) = &mut self.model
            && self.config.renews_prior_at(self.step, self.passes.steps_per_epoch())
        {
            network.renew_prior();
        }
        let rows = self.order[place.rows.clone()].to_vec();
        let mut noise = noise_for(&self.compute, seed_for(self.config.seed, Stream::Noise, self.step));
        let losses = match &self.model {
            Recommender::Sequence(network) => self.sequence_losses(network, &rows, noise.as_mut()),
            Recommender::Bag(model) => self.bag_losses(model.as_ref(), &place, &rows, noise.as_mut()),
        };
        self.pending.push(losses.terms);
        let kl_weight = losses.kl_weight;
        let mut gradients = losses.total.backward();

        let step = self.step + 1;
        let epoch_ended = place.ends_epoch;
        let finished = step >= self.config.training.epochs * self.steps_per_epoch();
        let read = epoch_ended || finished || self.pending.len() >= self.compute.steps_between_reads();
        // The losses are read before the weights change, so that what is to blame for a failure is still there to be found.
        let losses = match read {
            true => match self.take_losses(step).await {
                Ok(losses) => Some(losses),
                Err(error) => return Err(self.with_culprit(error, Some(&gradients)).await),
            },
            false => None,
        };
        let training = &self.config.training;
        self.optimisers[place.optimiser].step(
            &mut self.model.trained_by(place.optimiser),
            &mut gradients,
            training.learning_rate,
            training.weight_decay,
        );
        self.after_bag_step(&place, &rows, noise.as_mut());
        if let Some(average) = &mut self.average {
            average.update(&self.model, step);
        }
        self.step = step;
        Ok(StepOutcome {
            epoch: place.epoch,
            step,
            sequences: rows.len(),
            losses,
            kl_weight,
            epoch_ended,
            finished,
        })
    }

    /// What ContrastVAE minimises on these users.
    fn sequence_losses(&self, network: &ContrastVae, users: &[u32], noise: &mut dyn Noise) -> StepLosses {
        let config = &self.config;
        let batch = self.training_batch(users);
        let mut pass = Pass::training(noise, config.model.hidden_dropout, config.model.attention_dropout);
        let views = network.forward(&batch, config.view.sampling, config.view.variance_dropout, &mut pass);
        let terms = config.terms_at(self.step);
        let objective = ContrastElbo::new(network, &batch, &views, terms);
        StepLosses {
            terms: UnreadTerms {
                values: objective.to_vector(),
                kl_weight: terms.kl_weight,
                contrast_weight: terms.contrast_weight,
            },
            total: objective.total,
            kl_weight: terms.kl_weight,
        }
    }

    /// Means of the losses of the steps since the last read. [`Run::step`] reads when a read is due, which also keeps a GPU's
    /// queue from growing without bound; a host that halts in between may read earlier.
    pub async fn read_losses(&mut self) -> Result<LossTerms, RunError> {
        match self.take_losses(self.step).await {
            Ok(losses) => Ok(losses),
            Err(error) => Err(self.with_culprit(error, None).await),
        }
    }

    async fn take_losses(&mut self, step: usize) -> Result<LossTerms, RunError> {
        let (losses, count) = self.unread_losses().await?.unwrap_or_default();
        self.pending.clear();
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
                    step,
                    culprit: None,
                });
            }
        }
        self.epoch_losses.0.add(&losses, count as f32);
        self.epoch_losses.1 += count;
        Ok(losses)
    }

    /// Means of the losses that were not read yet, and the number of their steps; `None` where all were read.
    pub(super) async fn unread_losses(&self) -> Result<Option<(LossTerms, usize)>, RunError> {
        if self.pending.is_empty() {
            return Ok(None);
        }
        let count = self.pending.len();
        let all = self.pending.iter().map(|terms| terms.values.clone()).collect();
        let values = read(Tensor::cat(all, 0)).await?;
        let mut losses = LossTerms::default();
        for (terms, row) in self.pending.iter().zip(values.chunks_exact(values.len() / count)) {
            losses.add(&terms.of_row(row), 1.0);
        }
        Ok(Some((losses.divided(count as f32), count)))
    }

    /// A copy of the model to use, for passes without gradients: with the averaged weights where there is an average.
    pub(super) fn inference_model(&self) -> Recommender {
        if let Some(average) = &self.average {
            return average.model().clone();
        }
        let mut model = self.model.clone();
        model.drop_gradients();
        model
    }
}

/// Reads a tensor from the device.
pub(super) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, RunError> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|error| RunError::Device(error.to_string()))?;
    data.try_into_vec::<f32>()
        .map_err(|error| RunError::Device(format!("{error:?}")))
}
