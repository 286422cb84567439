//! Named access to a network's parameters, for the optimiser, checkpoints and imports.
//!
//! Every parameter is a matrix (a vector is one row), in one fixed order, so moments and files need no other key than the name.
//! burn's own records are not used: on WebGPU they can be neither written nor read back (their reads are synchronous).

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use thiserror::Error;

/// Why parameters could not be set.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ParameterError {
    /// A name is not among the values.
    #[error("The parameter {name} is missing; the file belongs to another kind of model.")]
    Missing {
        /// Name of the parameter.
        name: String,
    },
    /// The shapes differ.
    #[error("The parameter {name} should have {expected} values but has {found}; the file belongs to a model of another shape.")]
    Shape {
        /// Name of the parameter.
        name: String,
        /// Number of values of the network's parameter.
        expected: usize,
        /// Number of values given.
        found: usize,
    },
}

/// Whether a parameter is the weight of an affine map, which official checkpoints have as `[outputs, inputs]` and this crate as
/// `[inputs, outputs]`.
pub fn is_linear_weight(name: &str) -> bool {
    let within = [".attention.", ".intermediate."].iter().any(|part| name.contains(part));
    within && name.ends_with(".weight") && !name.contains("LayerNorm")
}

/// A value with named parameters.
pub trait Parameters {
    /// Calls `visit` with the name and the tensor of every parameter, always in the same order.
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>));

    /// Makes every parameter ready for training on the autodiff device.
    fn require_gradients(&mut self) {
        self.visit_mut(&mut |_, parameter| *parameter = parameter.clone().inner().autodiff().require_grad());
    }

    /// Takes every parameter off the autodiff device, for passes without gradients.
    fn drop_gradients(&mut self) {
        self.visit_mut(&mut |_, parameter| *parameter = parameter.clone().inner());
    }

    /// Names, in order.
    fn names(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        self.visit_mut(&mut |name, _| names.push(name.to_string()));
        names
    }

    /// Number of trained values.
    fn count(&mut self) -> usize {
        let mut count = 0;
        self.visit_mut(&mut |_, parameter| count += parameter.dims().iter().product::<usize>());
        count
    }

    /// Replaces every parameter by the values of the same name, in the layout of this crate (row-major, linear weights as
    /// `[inputs, outputs]`).
    fn set(&mut self, values: &BTreeMap<String, Vec<f32>>, device: &Device) -> Result<(), ParameterError> {
        let mut result = Ok(());
        self.visit_mut(&mut |name, parameter| {
            if result.is_err() {
                return;
            }
            let shape = parameter.dims();
            match values.get(name) {
                None => result = Err(ParameterError::Missing { name: name.to_string() }),
                Some(found) if found.len() != shape[0] * shape[1] => {
                    result = Err(ParameterError::Shape {
                        name: name.to_string(),
                        expected: shape[0] * shape[1],
                        found: found.len(),
                    });
                }
                Some(found) => *parameter = Tensor::from_data(TensorData::new(found.clone(), shape), device),
            }
        });
        result
    }
}
