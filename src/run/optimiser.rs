//! AdamW over named parameters (Kingma and Ba 2015; decoupled weight decay of Loshchilov and Hutter 2019).
//!
//! In: parameters with their gradients. Out: the parameters after one step. burn's own optimisers are not used: on WebGPU their
//! state can be neither saved nor loaded (burn 0.22.1 reads it synchronously and places it on the default device).

use burn::tensor::{Gradients, Tensor};

use crate::{
    kernel::{self, AdamStep, AllMoments},
    model::Parameters,
};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
/// PyTorch's default, which the official code uses.
const EPSILON: f64 = 1e-8;

/// The moments of every parameter and the number of steps taken.
#[derive(Default)]
pub struct AdamW {
    steps: i32,
    /// First and second moment of each parameter, in the order of its visit, where each takes its step by itself.
    moments: Vec<(Tensor<2>, Tensor<2>)>,
    /// The same end to end, where steps are taken together.
    together: Option<AllMoments>,
}

impl AdamW {
    /// First and second moments of each parameter, in the order of its visit; empty before the first step.
    pub fn moments(&self) -> Vec<(Tensor<2>, Tensor<2>)> {
        match &self.together {
            Some(together) => together.each(),
            None => self.moments.clone(),
        }
    }

    /// Takes up where another optimiser stood.
    pub fn restore(&mut self, steps: usize, moments: Vec<(Tensor<2>, Tensor<2>)>) {
        self.steps = i32::try_from(steps).unwrap_or(i32::MAX);
        self.moments = moments;
        self.together = None;
    }

    /// One step with the gradients of `gradients`; a parameter without a gradient stays as it is.
    pub fn step(&mut self, parameters: &mut dyn Parameters, gradients: &mut Gradients, learning_rate: f64, weight_decay: f64) {
        self.steps += 1;
        // The bias corrections go into the step size and the epsilon, which leaves fewer operations on tensors:
        // rate * m^ / (sqrt(v^) + eps) = rate * sqrt(c2)/c1 * m / (sqrt(v) + eps * sqrt(c2)).
        let correction_1 = 1.0 - BETA_1.powi(self.steps);
        let correction_2 = (1.0 - BETA_2.powi(self.steps)).sqrt();
        let step = AdamStep {
            beta_1: BETA_1,
            beta_2: BETA_2,
            step_size: learning_rate * correction_2 / correction_1,
            epsilon: EPSILON * correction_2,
            decay: 1.0 - learning_rate * weight_decay,
        };
        let mut found = Vec::new();
        let mut on_host = true;
        let apart = self.together.is_none();
        let missing = &mut self.moments;
        parameters.visit_mut(&mut |_, parameter| {
            if apart && missing.len() == found.len() {
                let value = parameter.clone().inner();
                missing.push((value.zeros_like(), value.zeros_like()));
            }
            on_host &= kernel::on_host(parameter);
            found.push(parameter.grad_remove(gradients));
        });
        if on_host || found.iter().any(Option::is_none) {
            self.moments = self.moments();
            self.together = None;
            self.step_each(parameters, found, step);
        } else {
            self.step_together(parameters, found.into_iter().flatten().collect(), step);
        }
    }

    /// One parameter after the other: one pass over each, on the CPU.
    fn step_each(&mut self, parameters: &mut dyn Parameters, gradients: Vec<Option<Tensor<2>>>, step: AdamStep) {
        // Everything is moved rather than shared, so that the CPU can write where it reads.
        let mut before = std::mem::take(&mut self.moments).into_iter().zip(gradients);
        let after = &mut self.moments;
        parameters.visit_mut(&mut |_, parameter| {
            let Some((moments, gradient)) = before.next() else {
                return;
            };
            let Some(gradient) = gradient else {
                after.push(moments);
                return;
            };
            let value = std::mem::replace(parameter, gradient.clone()).inner();
            let (value, moments) = kernel::adam(value, gradient, moments, step);
            *parameter = value.autodiff().require_grad();
            after.push(moments);
        });
    }

    /// All parameters at once: a GPU pays for each operation, not for its size.
    fn step_together(&mut self, parameters: &mut dyn Parameters, gradients: Vec<Tensor<2>>, step: AdamStep) {
        let Some(mut together) = self.together.take().or_else(|| AllMoments::join(&self.moments)) else {
            return;
        };
        let mut values = Vec::new();
        parameters.visit_mut(&mut |_, parameter| values.push(parameter.clone().inner()));
        let mut values = together.step(values, gradients, step).into_iter();
        parameters.visit_mut(&mut |_, parameter| {
            if let Some(value) = values.next() {
                *parameter = value.autodiff().require_grad();
            }
        });
        // Each of them by itself is had from these, when somebody asks.
        self.moments.clear();
        self.together = Some(together);
    }
}
