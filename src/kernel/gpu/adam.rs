//! AdamW on all parameters, and the average of weights: a launch for each run of gradients that lie end to end, and one.

use burn::tensor::{Device, Tensor, TensorData};
use burn_cubecl::tensor::CubeTensor;

use super::{
    launch::{Shader, each, threads},
    shape::floats_of,
    tensor::{Layout, empty, end_to_end, part, primitive, shared, tensor},
};
use crate::kernel::{ALIGNMENT, AdamStep};

/// First and second moments of all parameters, the second behind the first.
#[derive(Clone, Debug)]
pub struct Moments {
    memory: CubeTensor,
    layout: Layout,
}

impl Moments {
    /// Joins the moments of each parameter, of which there is at least one.
    pub fn join(each: &[(Tensor<2>, Tensor<2>)]) -> Self {
        let first = each.iter().map(|(first, _)| first);
        let second = each.iter().map(|(_, second)| second);
        let all: Vec<CubeTensor> = first.chain(second).map(|moment| primitive(moment.clone())).collect();
        Self {
            layout: Layout::of(&all[..each.len()]),
            memory: end_to_end(&all),
        }
    }

    /// The moments of each parameter, which share their memory with these.
    pub fn each(&self) -> Vec<(Tensor<2>, Tensor<2>)> {
        let half = |start| {
            let memory = part(&self.memory, start, [self.layout.total]);
            self.layout.parts(&memory).into_iter().map(tensor)
        };
        half(0).zip(half(self.layout.total)).collect()
    }

    /// A step of all parameters, which stand in the order of the moments, as do the gradients.
    pub fn step(&mut self, parameters: Vec<Tensor<2>>, gradients: Vec<Tensor<2>>, step: AdamStep) -> Vec<Tensor<2>> {
        let Some(device) = parameters.first().map(|parameter| parameter.device().inner()) else {
            return parameters;
        };
        let factors = upload(
            &[
                step.beta_1,
                step.beta_2,
                step.step_size,
                step.epsilon,
                step.decay,
                1.0 - step.beta_1,
                1.0 - step.beta_2,
            ],
            &device,
        );
        let before = end_to_end(&parameters.into_iter().map(primitive).collect::<Vec<_>>());
        let gradients: Vec<CubeTensor> = gradients.into_iter().map(primitive).collect();
        let after = empty(&before, [self.layout.total]);
        let moments = empty(&before, [2 * self.layout.total]);
        for (first, gradient) in runs(&gradients) {
            let count = floats_of(&gradient);
            Shader::new("adam", include_str!("shaders/adam.wgsl")).launch(
                threads(count),
                &[
                    ("parameters", &before),
                    ("gradient", &gradient),
                    ("moments", &self.memory),
                    ("factors", &factors),
                    ("new_parameters", &after),
                    ("new_moments", &moments),
                ],
                &[
                    ("count", count.into()),
                    ("first", self.layout.starts[first].into()),
                    ("whole", self.layout.total.into()),
                ],
            );
        }
        self.memory = moments;
        self.layout.parts(&after).into_iter().map(tensor).collect()
    }
}

fn upload(values: &[f64], device: &Device) -> CubeTensor {
    let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    let count = values.len();
    primitive(Tensor::<1>::from_data(TensorData::new(values, [count]), device))
}

/// Gradients that lie end to end as one, with the number of the first.
fn runs(gradients: &[CubeTensor]) -> Vec<(usize, CubeTensor)> {
    let places: Vec<_> = gradients
        .iter()
        .map(|gradient| gradient.handle.clone().binding().claim_key())
        .collect();
    let mut runs = Vec::new();
    let mut first = 0;
    while first < gradients.len() {
        let mut end = first + 1;
        let follows = |end: usize| {
            let (before, next) = (&places[end - 1], &places[end]);
            let room = floats_of(&gradients[end - 1]).next_multiple_of(ALIGNMENT) * size_of::<f32>();
            before.0 == next.0 && before.1 + room as u64 == next.1
        };
        while end < gradients.len() && follows(end) {
            end += 1;
        }
        let run = &gradients[first..end];
        match shared(run, &Layout::of(run)) {
            Some(memory) => runs.push((first, memory)),
            // Without the room that a layout leaves behind the last.
            None => runs.extend((first..end).map(|index| (index, gradients[index].clone()))),
        }
        first = end;
    }
    runs
}

/// average + (parameter - average) * taken, for all parameters in one launch where they lie end to end.
pub fn averaged(averages: Vec<Tensor<2>>, parameters: Vec<Tensor<2>>, taken: f64) -> Vec<Tensor<2>> {
    let Some(device) = averages.first().map(|average| average.device().inner()) else {
        return averages;
    };
    let averages: Vec<CubeTensor> = averages.into_iter().map(primitive).collect();
    let parameters: Vec<CubeTensor> = parameters.into_iter().map(primitive).collect();
    let layout = Layout::of(&averages);
    let (average, parameter) = (end_to_end(&averages), end_to_end(&parameters));
    let output = empty(&average, [layout.total]);
    let taken = upload(&[taken], &device);
    Shader::new("average", include_str!("shaders/average.wgsl")).launch(
        each(&output),
        &[
            ("average", &average),
            ("parameters", &parameter),
            ("taken", &taken),
            ("output", &output),
        ],
        &[("count", layout.total.into())],
    );
    layout.parts(&output).into_iter().map(tensor).collect()
}
