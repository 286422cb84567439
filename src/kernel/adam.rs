//! One step of AdamW on one parameter.
//!
//! In: the parameter, its gradient and its moments, all of one shape and without gradients, and the step's [`AdamStep`]. Out: all
//! but the gradient, as they are after the step. Fused, it is one pass in place; composed, ten operations.

use burn::tensor::Tensor;

use super::{
    on_host,
    operation::{primitive, values, whole},
};
use crate::device::CpuBackend;

/// What the step is for every parameter alike.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    /// Share of the first moment that stays.
    pub beta_1: f64,
    /// Share of the second moment that stays.
    pub beta_2: f64,
    /// What the quotient of the moments is multiplied by, bias corrections included.
    pub step_size: f64,
    /// Added to the root of the second moment, bias correction included.
    pub epsilon: f64,
    /// What the parameter is multiplied by for its decay.
    pub decay: f64,
}

/// Parameter, first and second moment after the step.
pub fn adam(
    parameter: Tensor<2>,
    gradient: Tensor<2>,
    (first, second): (Tensor<2>, Tensor<2>),
    step: AdamStep,
) -> (Tensor<2>, (Tensor<2>, Tensor<2>)) {
    if on_host(&parameter) {
        let gradient = primitive(gradient);
        let [mut parameter, mut first, mut second] = [parameter, first, second].map(whole);
        let (keep_1, take_1) = (step.beta_1 as f32, (1.0 - step.beta_1) as f32);
        let (keep_2, take_2) = (step.beta_2 as f32, (1.0 - step.beta_2) as f32);
        let (size, epsilon, decay) = (step.step_size as f32, step.epsilon as f32, step.decay as f32);
        for (((value, first), second), gradient) in parameter
            .storage_mut::<f32>()
            .iter_mut()
            .zip(first.storage_mut::<f32>())
            .zip(second.storage_mut::<f32>())
            .zip(values(&gradient))
        {
            *first = *first * keep_1 + gradient * take_1;
            *second = *second * keep_2 + gradient * gradient * take_2;
            *value = *value * decay - size * *first / (second.sqrt() + epsilon);
        }
        let [parameter, first, second] = [parameter, first, second].map(Tensor::from_primitive::<CpuBackend>);
        return (parameter, (first, second));
    }
    let first = first.mul_scalar(step.beta_1) + gradient.clone().mul_scalar(1.0 - step.beta_1);
    let second = second.mul_scalar(step.beta_2) + (gradient.clone() * gradient).mul_scalar(1.0 - step.beta_2);
    let change = first.clone() / second.clone().sqrt().add_scalar(step.epsilon);
    let parameter = match step.decay {
        1.0 => parameter,
        decay => parameter.mul_scalar(decay),
    };
    (parameter - change.mul_scalar(step.step_size), (first, second))
}
