//! AdamW over named parameters (Kingma and Ba 2015; decoupled weight decay of Loshchilov and Hutter 2019).
//!
//! In: parameters with their gradients. Out: the parameters after one step. burn's own optimisers are not used: on WebGPU their
//! state can be neither saved nor loaded (burn 0.22.1 reads it synchronously and places it on the default device).

use burn::tensor::{Gradients, Tensor};

use crate::{
    kernel::{AdamStep, AllMoments},
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
    moments: AllMoments,
}

impl AdamW {
    /// First and second moments of each parameter, in the order of its visit; empty before the first step.
    pub fn moments(&self) -> Vec<(Tensor<2>, Tensor<2>)> {
        self.moments.each()
    }

    /// Takes up where another optimiser stood.
    pub fn restore(&mut self, steps: usize, moments: Vec<(Tensor<2>, Tensor<2>)>) {
        self.steps = i32::try_from(steps).unwrap_or(i32::MAX);
        self.moments = AllMoments::new(moments);
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
        let (mut values, mut found) = (Vec::new(), Vec::new());
        parameters.visit_mut(&mut |_, parameter| {
            let gradient = parameter.grad_remove(gradients);
            // What will be written is moved rather than shared, so that the CPU can write where it reads.
            let value = match &gradient {
                Some(gradient) => std::mem::replace(parameter, gradient.clone()),
                None => parameter.clone(),
            };
            values.push(value.inner());
            found.push(gradient);
        });
        let stepped: Vec<bool> = found.iter().map(Option::is_some).collect();
        let mut after = self.moments.step(values, found, step).into_iter().zip(stepped);
        parameters.visit_mut(&mut |_, parameter| {
            if let Some((value, true)) = after.next() {
                *parameter = value.autodiff().require_grad();
            }
        });
    }
}
