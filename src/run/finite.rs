//! Finds what first ceased to be a finite number.
//!
//! In: named tensors. Out: the name of the first that holds NaN or an infinity. Asked only after a loss has failed, so it may take its
//! time.

use burn::tensor::{Gradients, Tensor};

use super::{Run, RunError, training::read};
use crate::model::{Parameters, Recommender};

/// The name of the first tensor with a value that is no finite number.
async fn first_not_finite(tensors: Vec<(String, Tensor<2>)>) -> Option<String> {
    for (name, tensor) in tensors {
        // A device that fails here has failed before; the sentence then does without the name.
        let values = read(tensor).await.ok()?;
        if values.iter().any(|value| !value.is_finite()) {
            return Some(name);
        }
    }
    None
}

fn weights(model: &Recommender) -> Vec<(String, Tensor<2>)> {
    let mut found = Vec::new();
    model
        .clone()
        .visit_mut(&mut |name, weight| found.push((format!("the weights {name}"), weight.clone().inner())));
    found
}

fn of_gradients(model: &Recommender, gradients: &Gradients) -> Vec<(String, Tensor<2>)> {
    let mut found = Vec::new();
    model.clone().visit_mut(&mut |name, weight| {
        if model.optimiser_of(name).is_some()
            && let Some(gradient) = weight.grad(gradients)
        {
            found.push((format!("the gradient of {name}"), gradient));
        }
    });
    found
}

impl Run {
    /// Adds to an error about a loss what is to blame: the first weights that are no finite numbers or, where all are, the first
    /// gradient, if there are gradients of the same step.
    pub(super) async fn with_culprit(&self, mut error: RunError, gradients: Option<&Gradients>) -> RunError {
        if let RunError::NotFinite { culprit, .. } = &mut error {
            *culprit = first_not_finite(weights(&self.model)).await;
            if let (None, Some(gradients)) = (&culprit, gradients) {
                *culprit = first_not_finite(of_gradients(&self.model, gradients)).await;
            }
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        device::Compute,
        log::{Example, ReadOptions, generate},
        run::Config,
    };

    fn run() -> Run {
        let data = Arc::new(generate(&Example::default()).unwrap());
        Run::new(Config::default(), data, Compute::cpu()).unwrap()
    }

    fn poison(run: &mut Run, which: &str, value: f32) {
        run.model.visit_mut(&mut |name, weight| {
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
