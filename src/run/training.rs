//! The training run: one optimiser step at a time, and all that can be asked of it between two steps.
//!
//! In: data, configuration, device. Out: [`StepOutcome`] after each call of [`Run::step`]; the host decides when to call again, so
//! pausing is not calling and cancelling is dropping. Nothing here waits for anything but the device. What is only read is in
//! [`Plan`] and [`Batches`], what training changes in [`TrainState`]; this file ties them together.

use std::sync::Arc;

use super::{
    Checkpoint, CheckpointError, Config, CritiqueCurves, Diagnosis, DiagnosisOptions, Evaluation, ItemAttributes, LatentSet,
    LatentSubject, ListOptions, Lists, LossTerms, ModelCard, PosteriorSet, RunError, RunRecord, UserHistory,
    batches::Batches,
    checkpoint::read_finite,
    critique::check_moves,
    evaluation::{best_items, moved_scores_after},
    finite::with_culprit,
    fresh::fresh_model,
    history::History,
    latents::{latents, latents_after, user_latents},
    losses::LossMeter,
    plan::Plan,
    posteriors::{posterior_after, user_posteriors},
    readback::read,
    selection::Selection,
    state::TrainState,
};
use crate::{
    device::Compute,
    evaluate::Metrics,
    log::{Dataset, ReadOptions, Split},
    model::Recommender,
};

/// Outcome of one optimiser step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepOutcome {
    /// Epochs that were complete before this step's batch.
    pub epoch: usize,
    /// Steps done so far.
    pub step: usize,
    /// Sequences in this step's batch.
    pub sequences: usize,
    /// Means over the steps since the last outcome that had losses; None if the device was not asked yet.
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
    plan: Plan,
    batches: Batches,
    state: TrainState,
    losses: LossMeter,
    selection: Selection,
    /// Checkpoint of another program that the first weights came from.
    imported_from: Option<String>,
}

impl Run {
    /// A run that has not taken a step.
    pub fn new(config: Config, data: Arc<Dataset>, compute: Compute) -> Result<Self, RunError> {
        Self::of(Plan::new(config, data, compute)?)
    }

    /// The same, whose steps draw on the CPU the numbers that a GPU would draw.
    pub(super) fn as_gpu(config: Config, data: Arc<Dataset>, compute: Compute) -> Result<Self, RunError> {
        let mut plan = Plan::new(config, data, compute)?;
        plan.as_gpu = true;
        Self::of(plan)
    }

    fn of(plan: Plan) -> Result<Self, RunError> {
        let model = fresh_model(&plan.config, plan.users(), plan.items(), plan.device());
        let batches = Batches::new(&plan, &model);
        Ok(Self {
            state: TrainState::new(&plan, &batches, model),
            plan,
            batches,
            losses: LossMeter::default(),
            selection: Selection::default(),
            imported_from: None,
        })
    }

    /// The run of a checkpoint, on the same data. Training continues exactly as if it had not been interrupted.
    pub fn resume(checkpoint: &Checkpoint, data: Arc<Dataset>, compute: Compute) -> Result<Self, CheckpointError> {
        checkpoint.check_data(&data)?;
        let record = &checkpoint.record;
        let mut run = Run::new(record.config.clone(), data, compute)?;
        // The labels of the training, whatever file of items lies beside the log now.
        if run.plan.attributes.is_some() && !record.attributes.is_empty() {
            run.plan.attributes = Some(ItemAttributes::recorded(&record.attributes, &run.plan.data));
        }
        let values = checkpoint.values()?;
        let best = run.state.restore(&run.plan, &run.batches, &values, record.step)?;
        run.selection = Selection::resumed(record.history.clone(), record.best_step.map(|step| (step, best)));
        run.losses = LossMeter::resumed(record.epoch_losses);
        run.imported_from = record.imported_from.clone();
        Ok(run)
    }

    /// The run as it stands, to go on from later. `options` say how its log was read.
    pub async fn checkpoint(&self, options: &ReadOptions) -> Result<Checkpoint, RunError> {
        let step = self.state.step();
        let best = self.selection.best();
        let other = best.filter(|(best_step, _)| *best_step != step).map(|(_, model)| model);
        let values = read_finite(self.state.tensors(&self.plan, &self.batches, other)).await?;
        let record = RunRecord {
            step,
            best_step: best.map(|(step, _)| step),
            // Losses that the device still holds belong to the epoch under way.
            epoch_losses: self.losses.sums().await?,
            history: self.selection.history().clone(),
            imported_from: self.imported_from.clone(),
            attributes: self.attributes().map(ItemAttributes::labels).unwrap_or_default(),
            card: Some(ModelCard::new(
                self.parameter_count(),
                &self.plan.data,
                self.selection.history(),
            )),
            ..RunRecord::new(self.plan.config.clone(), &self.plan.data, options)
        };
        Checkpoint::write(record, values)
    }

    /// Configuration of the run.
    pub fn config(&self) -> &Config {
        &self.plan.config
    }

    /// Data of the run.
    pub fn data(&self) -> &Arc<Dataset> {
        &self.plan.data
    }

    /// Device of the run.
    pub fn compute(&self) -> &Compute {
        &self.plan.compute
    }

    /// Attributes that the first latent dimensions are tied to; `None` if none is tied.
    pub fn attributes(&self) -> Option<&ItemAttributes> {
        self.plan.attributes.as_ref()
    }

    /// The half of the run that is only read.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Steps in one epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.batches.passes().steps_per_epoch()
    }

    /// Steps done so far.
    pub fn steps_done(&self) -> usize {
        self.state.step()
    }

    /// Epochs that are complete.
    pub fn epochs_done(&self) -> usize {
        self.state.step() / self.steps_per_epoch()
    }

    /// Whether all epochs are done.
    pub fn is_finished(&self) -> bool {
        self.ends_at(self.state.step())
    }

    /// Whether all epochs are done after so many steps.
    fn ends_at(&self, step: usize) -> bool {
        step >= self.plan.config.training.epochs * self.steps_per_epoch()
    }

    /// Steps after which the device is asked for the losses; 1 if that costs nothing.
    pub fn steps_between_reads(&self) -> usize {
        self.plan.compute.steps_between_reads()
    }

    /// Users with enough items to learn from.
    pub fn trainable_users(&self) -> usize {
        self.plan.trainable.len()
    }

    /// Number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.state.parameter_count()
    }

    /// Metrics and losses of all epochs so far.
    pub fn history(&self) -> &History {
        self.selection.history()
    }

    /// Means of the losses that were read in the epoch under way; None if there are none yet.
    pub fn losses_under_way(&self) -> Option<LossTerms> {
        self.losses.under_way()
    }

    /// One optimiser step on the next batch. After the last epoch a further call trains on: the host decides when to stop.
    pub async fn step(&mut self) -> Result<StepOutcome, RunError> {
        let (plan, batches) = (&self.plan, &self.batches);
        let mut inputs = self.state.begin_step(plan, batches);
        let losses = self.state.losses(plan, batches, &mut inputs);
        self.losses.push(losses.terms);
        let kl_weight = losses.kl_weight;
        let mut gradients = losses.total.backward();

        let step = self.state.step() + 1;
        let epoch_ended = inputs.place.ends_epoch;
        let finished = self.ends_at(step);
        let due = epoch_ended || finished || self.losses.unread() >= self.steps_between_reads();
        // The losses are read before the weights change, so that what is to blame for a failure is still there to be found.
        let losses = match due {
            true => match self.losses.take(step).await {
                Ok(losses) => Some(losses),
                Err(error) => return Err(with_culprit(error, self.state.model(), Some(&gradients)).await),
            },
            false => None,
        };
        self.state.end_step(&self.plan, &self.batches, &mut inputs, &mut gradients);
        Ok(StepOutcome {
            epoch: inputs.place.epoch,
            step,
            sequences: inputs.rows.len(),
            losses,
            kl_weight,
            epoch_ended,
            finished,
        })
    }

    /// Means of the losses of the steps since the last read. [`Run::step`] reads when a read is due, which also keeps a GPU's
    /// queue from growing without bound; a host that halts in between may read earlier.
    pub async fn read_losses(&mut self) -> Result<LossTerms, RunError> {
        match self.losses.take(self.state.step()).await {
            Ok(losses) => Ok(losses),
            Err(error) => Err(with_culprit(error, self.state.model(), None).await),
        }
    }

    /// Takes the validation after an epoch into the history and keeps the weights if they are the best so far. True if
    /// `training.patience` says that it is time to stop.
    pub fn note_validation(&mut self, valid: Metrics) -> bool {
        let losses = self.losses.end_epoch();
        let (epoch, state) = (self.epochs_done(), &self.state);
        self.selection
            .note(epoch, losses, valid, state.step(), || state.inference_model());
        self.selection.history().is_over(self.plan.config.training.patience)
    }

    /// Puts the best model on validation in the place of the present one, for a test or for use.
    pub fn adopt_best(&mut self) {
        if let Some((_, best)) = self.selection.best() {
            self.state.adopt(&self.plan, best);
        }
    }

    /// Evaluation of the present weights over all users by full ranking; the host calls [`Evaluation::advance`] until it is done.
    pub fn evaluation(&self, split: Split) -> Evaluation {
        Evaluation::new(&self.plan, self.state.inference_model(), split)
    }

    /// The same of the best weights on validation so far, with the epoch after which they stood; None before the first validation.
    pub fn best_evaluation(&self, split: Split) -> Option<(usize, Evaluation)> {
        let (step, best) = self.selection.best()?;
        let evaluation = Evaluation::new(&self.plan, best.clone(), split);
        Some((step / self.steps_per_epoch(), evaluation))
    }

    /// Scores of all items after `history` (item indices, oldest first), as the evaluation computes them.
    pub async fn scores(&self, history: &[u32]) -> Result<Vec<f32>, RunError> {
        self.moved_scores(history, &[]).await
    }

    /// The same with the latent moved along the tied dimensions, by as many logits as `moves` has for each attribute; empty: not moved.
    async fn moved_scores(&self, history: &[u32], moves: &[f32]) -> Result<Vec<f32>, RunError> {
        let plan = &self.plan;
        plan.check_items(history)?;
        check_moves(plan.attributes.as_ref(), moves)?;
        let model = self.state.inference_model();
        let scores = moved_scores_after(&model, &[history], plan.items(), &plan.config, plan.device(), moves);
        read(scores.reshape([plan.items()])).await
    }

    /// The `k` best items after `history` that are not in it, with their scores, best first.
    pub async fn recommend(&self, history: &[u32], k: usize) -> Result<Vec<(u32, f32)>, RunError> {
        self.recommend_moved(history, k, &[]).await
    }

    /// The same with the latent moved along the tied dimensions, by as many logits as `moves` has for each attribute; empty: not moved.
    pub async fn recommend_moved(&self, history: &[u32], k: usize, moves: &[f32]) -> Result<Vec<(u32, f32)>, RunError> {
        Ok(best_items(&self.moved_scores(history, moves).await?, history, k))
    }

    /// Measurement of critiques over all users that a split asks, for moves of these sizes in logits; the host calls
    /// [`CritiqueCurves::advance`] until it is done. Error if no dimension is tied.
    pub fn critique_curves(&self, split: Split, moves: &[f32]) -> Result<CritiqueCurves, RunError> {
        CritiqueCurves::new(&self.plan, self.state.inference_model(), split, moves)
    }

    /// Lists of the best items for these users by the present weights; the host calls [`Lists::advance`] until it is done.
    pub fn lists(&self, users: Vec<u32>, options: ListOptions) -> Lists {
        Lists::new(self.state.inference_model(), users, options)
    }

    /// The present weights, for use.
    pub(super) fn inference_model(&self) -> Recommender {
        self.state.inference_model()
    }

    /// Posterior means by `model` after histories whose items the data knows, row-major.
    pub(super) async fn latents_by(&self, model: &Recommender, histories: &[&[u32]]) -> Result<Vec<f32>, RunError> {
        latents_after(&self.plan.config, self.plan.items(), model, histories, self.plan.device()).await
    }

    /// Evenly spaced sample of at most `most` users, always the same ones.
    pub fn sample_of_users(&self, most: usize) -> Vec<u32> {
        self.plan.sample_of_users(most)
    }

    /// Latents as they are now. Of more than 2,000 users an evenly spaced 2,000, always the same ones.
    pub async fn latents(&self, subject: LatentSubject) -> Result<LatentSet, RunError> {
        latents(&self.plan, &self.state.inference_model(), subject).await
    }

    /// Posterior means at the last position of these users' histories, or of their bags. A user without any item has the latent of the
    /// padding, or of an empty bag.
    pub async fn user_latents(&self, users: &[u32], history: UserHistory) -> Result<LatentSet, RunError> {
        user_latents(&self.plan, &self.state.inference_model(), users, history).await
    }

    /// Posteriors at the last position of what the test shows of these users. With `views` also the two views of each, which come
    /// about as in training, with dropout and noise; their noise is always the same.
    pub async fn user_posteriors(&self, users: &[u32], views: bool) -> Result<PosteriorSet, RunError> {
        user_posteriors(&self.plan, &self.state.inference_model(), users, views).await
    }

    /// Posterior after `history` (item indices, oldest first): one row without a user.
    pub async fn posterior_after(&self, history: &[u32]) -> Result<PosteriorSet, RunError> {
        posterior_after(&self.plan, &self.state.inference_model(), history).await
    }

    /// Diagnosis of the latents as they are now; the host calls [`Diagnosis::advance`] until it is done.
    pub fn diagnosis(&self, options: DiagnosisOptions) -> Diagnosis {
        Diagnosis::new(&self.plan, self.state.inference_model(), options)
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::{
        log::{Example, generate},
        model::Parameters,
    };

    fn run() -> Run {
        let data = Arc::new(generate(&Example::default()).unwrap());
        Run::new(Config::default(), data, Compute::cpu()).unwrap()
    }

    fn poison(run: &mut Run, which: &str, value: f32) {
        run.state.model_mut().visit_mut(&mut |name, weight| {
            if name == which {
                let poisoned = weight.clone().inner() * value;
                *weight = poisoned.autodiff().require_grad();
            }
        });
    }

    #[test]
    fn weights_that_are_no_numbers_are_named() {
        let mut run = run();
        block_on(run.step()).unwrap();
        poison(&mut run, "item_decoder.layer.0.intermediate.dense_1.weight", f32::NAN);
        let error = block_on(run.step()).unwrap_err().to_string();
        assert_eq!(
            error,
            "The reconstruction loss became NaN at step 2 (first in the weights item_decoder.layer.0.intermediate.dense_1.weight), \
             so the run stopped; lower training.learning_rate, or raise objective.temperature."
        );
        let error = block_on(run.checkpoint(&ReadOptions::default())).unwrap_err().to_string();
        assert!(
            error.starts_with("The tensor item_decoder.layer.0.intermediate.dense_1.weight holds NaN"),
            "{error}"
        );
    }

    #[test]
    fn where_all_weights_are_numbers_the_gradient_is_named() {
        let mut run = run();
        // Finite, but its products are not.
        poison(&mut run, "item_encoder_mu.layer.0.intermediate.LayerNorm.weight", 1e30);
        let error = block_on(run.step()).unwrap_err().to_string();
        assert!(error.contains("at step 1 (first in the gradient of "), "{error}");
        assert_eq!(run.steps_done(), 0, "the weights are left as they were");
    }
}
