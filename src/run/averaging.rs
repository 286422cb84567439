//! The exponential moving average of the weights.
//!
//! In: the weights after each step. Out: their average, which is validated, tested and used while training goes on with the weights
//! themselves (Polyak and Juditsky 1992; the exponential form as in Tarvainen and Valpola 2017).

use burn::tensor::Tensor;

use crate::{
    kernel,
    model::{Parameters, Recommender},
};

/// The averaged weights.
pub struct Average {
    decay: f64,
    model: Recommender,
}

impl Average {
    /// An average that begins at the weights of `model`.
    pub fn new(model: &Recommender, decay: f64) -> Self {
        let mut model = model.clone();
        model.drop_gradients();
        Self { decay, model }
    }

    /// The model with the averaged weights, without gradients.
    pub fn model(&self) -> &Recommender {
        &self.model
    }

    /// Share of the old average that stays at a step, counted from 1: min(decay, (1 + step) / (10 + step)), so that the weights of the
    /// start do not linger.
    fn kept(&self, step: usize) -> f64 {
        self.decay.min((1.0 + step as f64) / (10.0 + step as f64))
    }

    /// Takes in the weights after a step.
    pub fn update(&mut self, model: &Recommender, step: usize) {
        let taken = 1.0 - self.kept(step);
        let mut weights: Vec<Tensor<2>> = Vec::new();
        model.clone().visit_mut(&mut |_, weight| weights.push(weight.clone().inner()));
        // Moved rather than shared, so that the CPU can write where it reads.
        let mut averages: Vec<Tensor<2>> = Vec::new();
        let mut places = weights.iter();
        self.model.visit_mut(&mut |_, average| {
            if let Some(weight) = places.next() {
                averages.push(std::mem::replace(average, weight.clone()));
            }
        });
        let mut averages = kernel::averaged(averages, weights, taken).into_iter();
        self.model.visit_mut(&mut |_, average| {
            if let Some(value) = averages.next() {
                *average = value;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{device::Compute, run::Config, run::fresh::fresh_model};

    #[test]
    fn the_average_is_the_one_of_the_formula() {
        check(&Compute::cpu());
        // A build without GPU code has an error for an answer, as has a machine without one.
        match pollster::block_on(Compute::gpu()) {
            Ok(gpu) => check(&gpu),
            Err(error) => eprintln!("on the CPU alone: {error}"),
        }
    }

    fn check(compute: &Compute) {
        let device = compute.device().clone();
        let mut config = Config::default();
        config.model.hidden_size = 4;
        let mut model = fresh_model(&config, 5, 3, &device);
        let fill = |model: &mut Recommender, value: f32| {
            model.visit_mut(&mut |_, weight| *weight = weight.zeros_like().add_scalar(value));
        };
        fill(&mut model, 1.0);
        let mut average = Average::new(&model, 0.5);
        let mut expected = 1.0f64;
        for (step, value) in [(1, 3.0), (2, -2.0), (50, 7.0), (51, 7.0)] {
            fill(&mut model, value);
            average.update(&model, step);
            let kept = f64::min(0.5, (1.0 + step as f64) / (10.0 + step as f64));
            expected = kept * expected + (1.0 - kept) * f64::from(value);
        }
        average.model.visit_mut(&mut |name, weight| {
            for found in weight.clone().into_data().try_to_vec::<f32>().unwrap() {
                assert!(
                    (f64::from(found) - expected).abs() < 1e-5,
                    "{name}: {found} instead of {expected}"
                );
            }
        });
    }
}
