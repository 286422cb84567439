//! One step of AdamW on one parameter, or on all of them together.
//!
//! In: parameters, their gradients and their moments, all without gradients of their own, and the step's [`AdamStep`]. Out: all but
//! the gradients, as they are after the step. Fused, it is one pass in place; composed it is a dozen operations, which a GPU had
//! better do once for everything than fifty times: hence [`AllMoments`].

use burn::tensor::Tensor;

use super::{
    ALIGNMENT,
    adam_step::AdamStep,
    on_host,
    operation::{primitive, values, whole},
};
use crate::{
    device::CpuBackend,
    parallel::{for_each_piece, piece_rows},
};

/// Parameter, first and second moment after the step.
pub fn adam(
    parameter: Tensor<2>,
    gradient: Tensor<2>,
    (first, second): (Tensor<2>, Tensor<2>),
    step: AdamStep,
) -> (Tensor<2>, (Tensor<2>, Tensor<2>)) {
    if on_host(&parameter) {
        let mut after = fused(vec![(parameter, gradient, (first, second))], step);
        return after.swap_remove(0);
    }
    let (first, second, change) = composed(first, second, gradient, step);
    (decayed(parameter, step) - change, (first, second))
}

/// First and second moment of a parameter.
type Moments = (Tensor<2>, Tensor<2>);

/// Values of a parameter that are dealt with at a time.
const VALUES: usize = 4_096;

/// Some values of a parameter with their moments and gradients.
struct Part<'a> {
    values: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    gradients: &'a [f32],
}

/// The step of each parameter, all in one loop, in place.
fn fused(parameters: Vec<(Tensor<2>, Tensor<2>, Moments)>, step: AdamStep) -> Vec<(Tensor<2>, Moments)> {
    let (mut changed, mut gradients) = (Vec::new(), Vec::new());
    for (parameter, gradient, (first, second)) in parameters {
        changed.push([parameter, first, second].map(whole));
        gradients.push(primitive(gradient));
    }
    let mut parts: Vec<Part> = Vec::new();
    for ([parameter, first, second], gradient) in changed.iter_mut().zip(&gradients) {
        let each = parameter
            .storage_mut::<f32>()
            .chunks_mut(VALUES)
            .zip(first.storage_mut::<f32>().chunks_mut(VALUES))
            .zip(second.storage_mut::<f32>().chunks_mut(VALUES))
            .zip(values(gradient).chunks(VALUES));
        parts.extend(each.map(|(((values, first), second), gradients)| Part {
            values,
            first,
            second,
            gradients,
        }));
    }
    let piece = piece_rows(parts.len(), VALUES as f64);
    for_each_piece(parts.len(), piece, parts.as_mut_slice(), |_, parts| {
        parts.iter_mut().for_each(|part| part.step(step));
    });
    let tensor = Tensor::from_primitive::<CpuBackend>;
    changed
        .into_iter()
        .map(|[parameter, first, second]| (tensor(parameter), (tensor(first), tensor(second))))
        .collect()
}

impl Part<'_> {
    fn step(&mut self, step: AdamStep) {
        let (keep_1, take_1) = (step.beta_1 as f32, (1.0 - step.beta_1) as f32);
        let (keep_2, take_2) = (step.beta_2 as f32, (1.0 - step.beta_2) as f32);
        let (size, epsilon, decay) = (step.step_size as f32, step.epsilon as f32, step.decay as f32);
        for (((value, first), second), gradient) in self
            .values
            .iter_mut()
            .zip(&mut *self.first)
            .zip(&mut *self.second)
            .zip(self.gradients)
        {
            *first = *first * keep_1 + gradient * take_1;
            *second = *second * keep_2 + gradient * gradient * take_2;
            *value = *value * decay - size * *first / (second.sqrt() + epsilon);
        }
    }
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

/// The moments of all parameters, as their device steps them.
#[derive(Clone, Default)]
pub struct AllMoments {
    /// First and second moment of each parameter, if each takes its step by itself.
    each: Vec<Moments>,
    /// The same end to end, if steps are taken together: a device that pays for each operation does that once for all.
    together: Option<Together>,
}

/// The moments of all parameters, end to end.
#[derive(Clone)]
enum Together {
    /// For burn's operations.
    Composed(Box<Composed>),
    /// For launches of our own.
    #[cfg(feature = "gpu")]
    Launched(Box<super::gpu::Moments>),
}

impl AllMoments {
    /// The moments of each parameter, in order.
    pub fn new(each: Vec<(Tensor<2>, Tensor<2>)>) -> Self {
        Self { each, together: None }
    }

    /// The moments of each parameter; empty before the first step.
    pub fn each(&self) -> Vec<(Tensor<2>, Tensor<2>)> {
        match &self.together {
            Some(together) => together.each(),
            None => self.each.clone(),
        }
    }

    /// The parameters after a step. Those without a gradient stay as they are, and so do their moments; moments that there are none of yet
    /// begin at 0. Parameters that nobody else refers to are changed in place on the CPU.
    pub fn step(&mut self, parameters: Vec<Tensor<2>>, gradients: Vec<Option<Tensor<2>>>, step: AdamStep) -> Vec<Tensor<2>> {
        if self.together.is_none() {
            let missing = parameters.iter().skip(self.each.len());
            self.each.extend(
                missing
                    .map(|value| (value.zeros_like(), value.zeros_like()))
                    .collect::<Vec<_>>(),
            );
        }
        let on_host = parameters.first().is_none_or(on_host);
        if !on_host && gradients.iter().all(Option::is_some) {
            return self.step_together(parameters, gradients.into_iter().flatten().collect(), step);
        }
        self.each = self.each();
        self.together = None;
        self.step_each(parameters, gradients, step, on_host)
    }

    fn step_each(
        &mut self,
        parameters: Vec<Tensor<2>>,
        gradients: Vec<Option<Tensor<2>>>,
        step: AdamStep,
        on_host: bool,
    ) -> Vec<Tensor<2>> {
        // Everything is moved rather than shared, so that the CPU can write where it reads.
        let (mut after, mut stepping, mut places) = (Vec::new(), Vec::new(), Vec::new());
        let moments = std::mem::take(&mut self.each);
        for (index, ((parameter, gradient), moments)) in parameters.into_iter().zip(gradients).zip(moments).enumerate() {
            match gradient {
                Some(gradient) => {
                    places.push(index);
                    stepping.push((parameter, gradient, moments));
                    after.push(None);
                }
                None => after.push(Some((parameter, moments))),
            }
        }
        let stepped = match on_host {
            true => fused(stepping, step),
            false => stepping
                .into_iter()
                .map(|(parameter, gradient, moments)| adam(parameter, gradient, moments, step))
                .collect(),
        };
        for (place, one) in places.into_iter().zip(stepped) {
            after[place] = Some(one);
        }
        let (parameters, moments) = after.into_iter().flatten().unzip();
        self.each = moments;
        parameters
    }

    fn step_together(&mut self, parameters: Vec<Tensor<2>>, gradients: Vec<Tensor<2>>, step: AdamStep) -> Vec<Tensor<2>> {
        let Some(mut together) = self.together.take().or_else(|| Together::join(&self.each)) else {
            return parameters;
        };
        let parameters = together.step(parameters, gradients, step);
        // Each of them by itself is had from these, when somebody asks.
        self.each.clear();
        self.together = Some(together);
        parameters
    }
}

impl Together {
    /// Joins the moments of each parameter; `None` if there is none.
    fn join(each: &[Moments]) -> Option<Self> {
        #[cfg(feature = "gpu")]
        if super::on_gpu(&each.first()?.0) {
            return Some(Self::Launched(Box::new(super::gpu::Moments::join(each))));
        }
        Composed::join(each).map(Box::new).map(Self::Composed)
    }

    /// The moments of each parameter, which share their memory with these.
    fn each(&self) -> Vec<Moments> {
        match self {
            Self::Composed(moments) => moments.each(),
            #[cfg(feature = "gpu")]
            Self::Launched(moments) => moments.each(),
        }
    }

    /// A step of all parameters, which stand in the order of the moments, as do the gradients.
    fn step(&mut self, parameters: Vec<Tensor<2>>, gradients: Vec<Tensor<2>>, step: AdamStep) -> Vec<Tensor<2>> {
        match self {
            Self::Composed(moments) => moments.step(parameters, gradients, step),
            #[cfg(feature = "gpu")]
            Self::Launched(moments) => moments.step(parameters, gradients, step),
        }
    }
}

/// The moments as two tensors.
#[derive(Clone)]
struct Composed {
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
