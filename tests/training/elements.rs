//! Single elements of a model's parameters: their gradients, and what a loss is with one of them moved.

use burn::tensor::{Gradients, Tensor, TensorData};
use contrastvae::model::{ContrastVae, Parameters};

/// All values of a tensor.
pub fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// The gradient of one element of a parameter.
pub fn gradient(model: &ContrastVae, gradients: &Gradients, name: &str, element: usize) -> f64 {
    let mut gradient = None;
    model.clone().visit_mut(&mut |found, parameter| {
        if found == name {
            gradient = parameter.grad(gradients).map(floats);
        }
    });
    f64::from(gradient.unwrap_or_else(|| panic!("no gradient of {name}"))[element])
}

/// A loss of the model with one element of a parameter moved.
pub fn moved(model: &ContrastVae, name: &str, element: usize, by: f32, loss: &impl Fn(&ContrastVae) -> Tensor<1>) -> f64 {
    let mut model = model.clone();
    model.visit_mut(&mut |found, parameter| {
        if found == name {
            let (shape, mut values) = (parameter.dims(), floats(parameter.clone()));
            values[element] += by;
            *parameter = Tensor::from_data(TensorData::new(values, shape), &parameter.device());
        }
    });
    model.require_gradients();
    f64::from(floats(loss(&model))[0])
}
