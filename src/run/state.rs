//! The half of a run that training changes: weights, optimisers, average and the number of the step.
//!
//! In: a [`Plan`] and its [`Batches`]. Out: losses of the next step and the state after it; and the same state as named tensors, from
//! which training continues exactly as if it had not been interrupted. In a tensor file, plain names are the weights to use (the best so
//! far on validation); `current.…` are the weights where the training stands and `average.…` the average of the weights there, each if
//! these are others; `previous.…` is the encoder that a composite prior compares with, if the next step goes on with it;
//! `moment_1.…` and `moment_2.…` belong to the optimiser.

use std::collections::BTreeMap;

use burn::tensor::{Device, Gradients, Tensor, TensorData};

use super::{
    averaging::Average,
    bag_steps::{BagRows, after_bag_step, bag_losses},
    batches::{Batches, pass_order},
    fresh::parameters_of,
    losses::{StepLosses, UnreadTerms},
    optimiser::AdamW,
    passes::Place,
    plan::Plan,
    schedule::Stream,
};
use crate::{
    kernel::Noise,
    model::{ContrastVae, ParameterError, Parameters, Recommender},
    objective::ContrastElbo,
};

const CURRENT: &str = "current.";
const AVERAGE: &str = "average.";
const PREVIOUS: &str = "previous.";
const FIRST_MOMENT: &str = "moment_1.";
const SECOND_MOMENT: &str = "moment_2.";

/// Values of tensors by name, in row-major order.
pub(super) type Values = BTreeMap<String, Vec<f32>>;

/// A tensor under its name in a file, with its shape.
pub(super) type NamedTensor = (String, [usize; 2], Tensor<2>);

/// Weights and optimisers after a number of steps.
pub(super) struct TrainState {
    model: Recommender,
    /// One for each part of the model that is trained apart from the others.
    optimisers: Vec<AdamW>,
    /// Average of the weights, if the configuration asks for one.
    average: Option<Average>,
    /// Rows of the pass under way in their random order.
    order: Vec<u32>,
    step: usize,
}

/// A step under way: its place, its rows and its noise.
pub(super) struct StepInputs {
    pub(super) place: Place,
    pub(super) rows: Vec<u32>,
    noise: Box<dyn Noise>,
}

impl TrainState {
    /// State before the first step.
    pub(super) fn new(plan: &Plan, batches: &Batches, mut model: Recommender) -> Self {
        model.require_gradients();
        let ema = plan.config.training.ema;
        let mut state = Self {
            average: (ema > 0.0).then(|| Average::new(&model, ema)),
            model,
            optimisers: (0..batches.passes().optimisers()).map(|_| AdamW::default()).collect(),
            order: Vec::new(),
            step: 0,
        };
        state.go_to(0, plan, batches);
        state
    }

    /// Steps done.
    pub(super) fn step(&self) -> usize {
        self.step
    }

    /// Model in training, with gradients.
    pub(super) fn model(&self) -> &Recommender {
        &self.model
    }

    /// Number of trained values.
    pub(super) fn parameter_count(&self) -> usize {
        parameters_of(&self.model)
    }

    /// Copy of the model for passes without gradients: with the averaged weights if there is an average.
    pub(super) fn inference_model(&self) -> Recommender {
        if let Some(average) = &self.average {
            return average.model().clone();
        }
        let mut model = self.model.clone();
        model.drop_gradients();
        model
    }

    /// Replaces the weights, and their average, by those of `model`.
    pub(super) fn adopt(&mut self, plan: &Plan, model: &Recommender) {
        self.model = model.clone();
        self.model.require_gradients();
        if let Some(average) = &mut self.average {
            *average = Average::new(model, plan.config.training.ema);
        }
    }

    /// Sets the number of steps done, and with it the batches to come.
    fn go_to(&mut self, step: usize, plan: &Plan, batches: &Batches) {
        self.step = step;
        self.order = pass_order(plan, &batches.passes().place(step));
    }

    /// Inputs of the next step. Enters a new pass, and renews a composite prior, if one is due.
    pub(super) fn begin_step(&mut self, plan: &Plan, batches: &Batches) -> StepInputs {
        let place = batches.passes().place(self.step);
        if place.rows.start == 0 && self.step > 0 {
            self.order = pass_order(plan, &place);
        }
        if let Recommender::Sequence(network) = &mut self.model
            && plan.config.renews_prior_at(self.step, batches.passes().steps_per_epoch())
        {
            network.renew_prior();
        }
        StepInputs {
            rows: self.order[place.rows.clone()].to_vec(),
            place,
            noise: plan.noise(Stream::Noise, self.step),
        }
    }

    /// Losses of a step that was begun.
    pub(super) fn losses(&self, plan: &Plan, batches: &Batches, inputs: &mut StepInputs) -> StepLosses {
        let StepInputs { place, rows, noise } = inputs;
        match (&self.model, batches.bags()) {
            (Recommender::Sequence(network), _) => self.sequence_losses(plan, batches, network, rows, noise.as_mut()),
            (Recommender::Bag(model), Some(data)) => {
                let step = BagRows {
                    place,
                    rows,
                    step: self.step,
                };
                bag_losses(&plan.config, data, model.as_ref(), &step, noise.as_mut())
            }
            (Recommender::Bag(_), None) => unreachable!("the batches of a model of bags have bags"),
        }
    }

    /// Losses of ContrastVAE on these users.
    fn sequence_losses(
        &self,
        plan: &Plan,
        batches: &Batches,
        network: &ContrastVae,
        users: &[u32],
        noise: &mut dyn Noise,
    ) -> StepLosses {
        let config = &plan.config;
        let batch = batches.training_batch(plan, users, self.step);
        let mut pass = config.training_pass(noise);
        let views = network.forward(&batch, config.view.sampling, config.view.variance_dropout, &mut pass);
        let terms = config.terms_at(self.step);
        let objective = ContrastElbo::new(network, &batch, &views, terms);
        StepLosses {
            terms: UnreadTerms {
                values: objective.to_vector(),
                kl_weight: terms.kl_weight,
                contrast_weight: terms.contrast_weight,
                attribute_weight: terms.attribute_weight,
            },
            total: objective.total,
            kl_weight: terms.kl_weight,
        }
    }

    /// Ends a step: the optimiser takes the gradients, and the average follows the weights.
    pub(super) fn end_step(&mut self, plan: &Plan, batches: &Batches, inputs: &mut StepInputs, gradients: &mut Gradients) {
        let StepInputs { place, rows, noise } = inputs;
        let training = &plan.config.training;
        self.optimisers[place.optimiser].step(
            &mut self.model.trained_by(place.optimiser),
            gradients,
            plan.config.learning_rate_at(self.step, batches.passes().steps_per_epoch()),
            training.weight_decay,
        );
        if let (Recommender::Bag(model), Some(data)) = (&mut self.model, batches.bags()) {
            let step = BagRows {
                place,
                rows,
                step: self.step,
            };
            after_bag_step(&plan.config, data, model.as_mut(), &step, noise.as_mut());
        }
        self.step += 1;
        if let Some(average) = &mut self.average {
            average.update(&self.model, self.step);
        }
    }

    /// Tensors of a checkpoint. `best` are the weights to use; None if these are the present ones.
    pub(super) fn tensors(&self, plan: &Plan, batches: &Batches, best: Option<&Recommender>) -> Vec<NamedTensor> {
        let mut tensors: Vec<NamedTensor> = Vec::new();
        let mut take = |prefix: &str, model: &mut dyn Parameters| {
            model.visit_mut(&mut |name, tensor| tensors.push((format!("{prefix}{name}"), tensor.dims(), tensor.clone().inner())));
        };
        let mut current = self.model.clone();
        match (best, &self.average) {
            (None, None) => take("", &mut current),
            (Some(best), None) => {
                take("", &mut best.clone());
                take(CURRENT, &mut current);
            }
            (best, Some(average)) => {
                let mut average = average.model().clone();
                match best {
                    Some(best) => {
                        take("", &mut best.clone());
                        take(AVERAGE, &mut average);
                    }
                    None => take("", &mut average),
                }
                take(CURRENT, &mut current);
            }
        }
        if let Recommender::Sequence(network) = &mut current
            && let Some(previous) = network.previous_encoder()
            && !plan.config.renews_prior_at(self.step, batches.passes().steps_per_epoch())
        {
            take(PREVIOUS, previous);
        }
        for (number, optimiser) in self.optimisers.iter().enumerate() {
            let names = current.trained_by(number).names();
            for (name, (first, second)) in names.iter().zip(optimiser.moments()) {
                tensors.push((format!("{FIRST_MOMENT}{name}"), first.dims(), first.clone()));
                tensors.push((format!("{SECOND_MOMENT}{name}"), second.dims(), second.clone()));
            }
        }
        tensors
    }

    /// Takes the state after `step` steps out of the tensors of a checkpoint. The weights to use come back.
    pub(super) fn restore(
        &mut self,
        plan: &Plan,
        batches: &Batches,
        values: &Values,
        step: usize,
    ) -> Result<Recommender, ParameterError> {
        let device = plan.device();
        let current = under(values, CURRENT);
        let average = under(values, AVERAGE);
        let previous = under(values, PREVIOUS);
        let mut best = self.model.clone();
        best.drop_gradients();
        best.set(values, device)?;
        self.model = best.clone();
        if !current.is_empty() {
            self.model.set(&current, device)?;
        }
        if let Recommender::Sequence(network) = &mut self.model {
            network.renew_prior();
            if let (Some(encoder), false) = (network.previous_encoder(), previous.is_empty()) {
                encoder.set(&previous, device)?;
            }
        }
        if self.average.is_some() {
            let mut averaged = best.clone();
            if !average.is_empty() {
                averaged.set(&average, device)?;
            }
            self.average = Some(Average::new(&averaged, plan.config.training.ema));
        }
        let (first, second) = (under(values, FIRST_MOMENT), under(values, SECOND_MOMENT));
        for (number, optimiser) in self.optimisers.iter_mut().enumerate() {
            let steps = batches.passes().steps_taken(number, step);
            if !first.is_empty() && steps > 0 {
                let mut trained = self.model.trained_by(number);
                optimiser.restore(steps, moments(&mut trained, &first, &second, device)?);
            }
        }
        self.model.require_gradients();
        self.go_to(step, plan, batches);
        Ok(best)
    }

    #[cfg(test)]
    pub(super) fn model_mut(&mut self) -> &mut Recommender {
        &mut self.model
    }
}

/// Values whose names begin with `prefix`, under the rest of their names.
fn under(values: &Values, prefix: &str) -> Values {
    values
        .iter()
        .filter_map(|(name, values)| Some((name.strip_prefix(prefix)?.to_owned(), values.clone())))
        .collect()
}

/// First and second moments of the trained parameters, in the order of the optimiser.
fn moments(
    trained: &mut dyn Parameters,
    first: &Values,
    second: &Values,
    device: &Device,
) -> Result<Vec<(Tensor<2>, Tensor<2>)>, ParameterError> {
    let mut moments = Vec::new();
    let mut result = Ok(());
    trained.visit_mut(&mut |name, parameter| {
        let both = moment(first, name, parameter.dims(), device)
            .and_then(|first| Ok((first, moment(second, name, parameter.dims(), device)?)));
        match both {
            Ok(both) => moments.push(both),
            Err(error) => result = Err(error),
        }
    });
    result.map(|()| moments)
}

/// One moment of a parameter.
fn moment(moments: &Values, name: &str, shape: [usize; 2], device: &Device) -> Result<Tensor<2>, ParameterError> {
    let expected = shape[0] * shape[1];
    match moments.get(name) {
        Some(values) if values.len() == expected => Ok(Tensor::from_data(TensorData::new(values.clone(), shape), device)),
        Some(values) => Err(ParameterError::Shape {
            name: name.to_owned(),
            expected,
            found: values.len(),
        }),
        None => Err(ParameterError::Missing { name: name.to_owned() }),
    }
}
