//! Finds what first ceased to be a finite number.
//!
//! In: named tensors. Out: the name of the first that holds NaN or an infinity. Asked only after a loss has failed, so it may take its
//! time.

use burn::tensor::{Gradients, Tensor};

use super::{RunError, readback::read};
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

/// Adds the culprit to an error about a loss: the first weights that are not finite or, if all are, the first gradient of the same
/// step.
pub(super) async fn with_culprit(mut error: RunError, model: &Recommender, gradients: Option<&Gradients>) -> RunError {
    if let RunError::NotFinite { culprit, .. } = &mut error {
        *culprit = first_not_finite(weights(model)).await;
        if let (None, Some(gradients)) = (&culprit, gradients) {
            *culprit = first_not_finite(of_gradients(model, gradients)).await;
        }
    }
    error
}
