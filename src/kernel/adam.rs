//! One step of AdamW on one parameter, or on all of them together.
//!
//! In: parameters, their gradients and their moments, all without gradients of their own, and the step's [`AdamStep`]. Out: all but
//! the gradients, as they are after the step. Fused, it is one pass in place; composed it is a dozen operations, which a GPU had
//! better do once for everything than fifty times: hence [`AllMoments`].

use burn::tensor::Tensor;

use super::{
    ALIGNMENT, on_host,
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
    let (first, second, change) = composed(first, second, gradient, step);
    (decayed(parameter, step) - change, (first, second))
}

/// Both moments after the step, and what it takes off the parameter.
fn composed<const D: usize>(
    first: Tensor<D>,
    second: Tensor<D>,
    gradient: Tensor<D>,
    step: AdamStep,
) -> (Tensor<D>, Tensor<D>, Tensor<D>) {
    let first = first.mul_scalar(step.beta_1) + gradient.clone().mul_scalar(1.0 - step.beta_1);
    let second = second.mul_scalar(step.beta_2) + (gradient.clone() * gradient).mul_scalar(1.0 - step.beta_2);
    let change = first.clone() / second.clone().sqrt().add_scalar(step.epsilon);
    (first, second, change.mul_scalar(step.step_size))
}

fn decayed(parameter: Tensor<2>, step: AdamStep) -> Tensor<2> {
    match step.decay {
        1.0 => parameter,
        decay => parameter.mul_scalar(decay),
    }
}

/// The moments of all parameters, end to end.
#[derive(Clone)]
pub enum AllMoments {
    /// For burn's operations.
    Composed(Composed),
    /// For launches of our own.
    #[cfg(feature = "gpu")]
    Launched(super::gpu::Moments),
}

impl AllMoments {
    /// Joins the moments of each parameter; nothing where there is none.
    pub fn join(each: &[(Tensor<2>, Tensor<2>)]) -> Option<Self> {
        #[cfg(feature = "gpu")]
        if super::on_gpu(&each.first()?.0) {
            return Some(Self::Launched(super::gpu::Moments::join(each)));
        }
        Composed::join(each).map(Self::Composed)
    }

    /// The moments of each parameter, which share their memory with these.
    pub fn each(&self) -> Vec<(Tensor<2>, Tensor<2>)> {
        match self {
            Self::Composed(moments) => moments.each(),
            #[cfg(feature = "gpu")]
            Self::Launched(moments) => moments.each(),
        }
    }

    /// A step of all parameters, which stand in the order of the moments, as do the gradients.
    pub fn step(&mut self, parameters: Vec<Tensor<2>>, gradients: Vec<Tensor<2>>, step: AdamStep) -> Vec<Tensor<2>> {
        match self {
            Self::Composed(moments) => moments.step(parameters, gradients, step),
            #[cfg(feature = "gpu")]
            Self::Launched(moments) => moments.step(parameters, gradients, step),
        }
    }
}

/// The moments as two tensors.
#[derive(Clone)]
pub struct Composed {
    first: Tensor<1>,
    second: Tensor<1>,
    shapes: Vec<[usize; 2]>,
}

impl Composed {
    fn join(each: &[(Tensor<2>, Tensor<2>)]) -> Option<Self> {
        let shapes: Vec<[usize; 2]> = each.iter().map(|(first, _)| first.dims()).collect();
        Some(Self {
            first: end_to_end(each.iter().map(|(first, _)| first.clone()).collect())?,
            second: end_to_end(each.iter().map(|(_, second)| second.clone()).collect())?,
            shapes,
        })
    }

    fn each(&self) -> Vec<(Tensor<2>, Tensor<2>)> {
        self.parts(&self.first).into_iter().zip(self.parts(&self.second)).collect()
    }

    fn parts(&self, all: &Tensor<1>) -> Vec<Tensor<2>> {
        let mut start = 0;
        self.shapes
            .iter()
            .map(|&[rows, columns]| {
                let part = all.clone().narrow(0, start, rows * columns).reshape([rows, columns]);
                start += rows * columns;
                part
            })
            .collect()
    }

    fn step(&mut self, parameters: Vec<Tensor<2>>, gradients: Vec<Tensor<2>>, step: AdamStep) -> Vec<Tensor<2>> {
        let Some(gradient) = end_to_end(gradients) else {
            return parameters;
        };
        let (first, second, change) = composed(self.first.clone(), self.second.clone(), gradient, step);
        (self.first, self.second) = (first, second);
        parameters
            .into_iter()
            .zip(self.parts(&change))
            .map(|(parameter, change)| decayed(parameter, step) - change)
            .collect()
    }
}

/// All values in one row, filled up with zeros to a multiple of the alignment.
fn end_to_end(tensors: Vec<Tensor<2>>) -> Option<Tensor<1>> {
    let device = tensors.first()?.device();
    let mut flat: Vec<Tensor<1>> = tensors
        .into_iter()
        .map(|tensor| {
            let [rows, columns] = tensor.dims();
            tensor.reshape([rows * columns])
        })
        .collect();
    let count: usize = flat.iter().map(|tensor| tensor.dims()[0]).sum();
    let missing = count.next_multiple_of(ALIGNMENT) - count;
    if missing > 0 {
        flat.push(Tensor::zeros([missing], &device));
    }
    Some(Tensor::cat(flat, 0))
}
