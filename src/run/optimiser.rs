//! AdamW over named parameters (Kingma and Ba 2015; decoupled weight decay of Loshchilov and Hutter 2019).
//!
//! In: parameters with their gradients. Out: the parameters after one step. burn's own optimisers are not used: on WebGPU their
//! state can be neither saved nor loaded (burn 0.22.1 reads it synchronously and places it on the default device).

use burn::tensor::{Gradients, Tensor};

use crate::model::Parameters;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
/// PyTorch's default, which the official code uses.
const EPSILON: f64 = 1e-8;

/// The moments of every parameter and the number of steps taken.
#[derive(Default)]
pub struct AdamW {
    steps: i32,
    /// First and second moment of each parameter, in the order of its visit.
    moments: Vec<(Tensor<2>, Tensor<2>)>,
}

impl AdamW {
    /// First and second moments of each parameter, in the order of its visit; empty before the first step.
    pub fn moments(&self) -> &[(Tensor<2>, Tensor<2>)] {
        &self.moments
    }

    /// Takes up where another optimiser stood.
    pub fn restore(&mut self, steps: usize, moments: Vec<(Tensor<2>, Tensor<2>)>) {
        self.steps = i32::try_from(steps).unwrap_or(i32::MAX);
        self.moments = moments;
    }

    /// One step with the gradients of `gradients`; a parameter without a gradient stays as it is.
    pub fn step(&mut self, parameters: &mut dyn Parameters, gradients: &mut Gradients, learning_rate: f64, weight_decay: f64) {
        self.steps += 1;
        // The bias corrections go into the step size and the epsilon, which leaves fewer operations on tensors:
        // rate * m^ / (sqrt(v^) + eps) = rate * sqrt(c2)/c1 * m / (sqrt(v) + eps * sqrt(c2)).
        let correction_1 = 1.0 - BETA_1.powi(self.steps);
        let correction_2 = (1.0 - BETA_2.powi(self.steps)).sqrt();
        let step_size = learning_rate * correction_2 / correction_1;
        let epsilon = EPSILON * correction_2;
        let moments = &mut self.moments;
        let mut index = 0;
        parameters.visit_mut(&mut |_, parameter| {
            let value = parameter.clone().inner();
            if moments.len() == index {
                moments.push((value.zeros_like(), value.zeros_like()));
            }
            let slot = index;
            index += 1;
            let Some(gradient) = parameter.grad_remove(gradients) else {
                return;
            };
            let (first, second) = moments[slot].clone();
            let first = first.mul_scalar(BETA_1) + gradient.clone().mul_scalar(1.0 - BETA_1);
            let second = second.mul_scalar(BETA_2) + (gradient.clone() * gradient).mul_scalar(1.0 - BETA_2);
            let change = first.clone() / second.clone().sqrt().add_scalar(epsilon);
            moments[slot] = (first, second);
            let value = if weight_decay > 0.0 {
                value.mul_scalar(1.0 - learning_rate * weight_decay)
            } else {
                value
            };
            *parameter = (value - change.mul_scalar(step_size)).autodiff().require_grad();
        });
    }
}
