//! How a loop over host slices becomes an operation on tensors with a gradient.
//!
//! In: an [`Operation`] and its input tensors on the CPU. Out: a tensor, on the tape where an input is.

use std::fmt::Debug;

use burn::tensor::{Int, Tensor, TensorData};
use burn_autodiff::{
    checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};

use crate::device::{CpuBackend, CpuTensor, CpuTraining};

/// Output of a forward pass.
pub(super) struct Forward<S> {
    /// The result, row-major.
    pub values: Vec<f32>,
    /// Its shape.
    pub shape: [usize; 2],
    /// State for the backward pass.
    pub saved: S,
}

/// An operation on `N` matrices of which any may need a gradient. Everything else that it works on is in the value itself.
pub(super) trait Operation<const N: usize>: Clone + Debug + Send + 'static {
    /// State for the backward pass besides the inputs.
    type Saved: Clone + Debug + Send + 'static;

    /// Computes the result. Where `tracked` is false there will be no backward pass.
    fn forward(&self, inputs: [&[f32]; N], tracked: bool) -> Forward<Self::Saved>;

    /// Computes the gradient of each input that is `wanted` from the gradient of the result.
    fn backward(self, inputs: [&[f32]; N], saved: Self::Saved, gradient: &[f32], wanted: [bool; N]) -> [Vec<f32>; N];
}

/// Applies `operation` to tensors that are all on the CPU.
pub(super) fn apply<O: Operation<N>, const N: usize>(operation: O, inputs: [Tensor<2>; N]) -> Tensor<2> {
    if !inputs.iter().any(|input| input.is_autodiff()) {
        let inputs = inputs.map(primitive);
        let forward = operation.forward(slices(&inputs), false);
        return from_values(forward.values, forward.shape);
    }
    let inputs = inputs.map(|input| {
        input
            .autodiff()
            .try_into_primitive::<CpuTraining>()
            .unwrap_or_else(|error| unreachable!("only tensors of the CPU come here: {error:?}"))
    });
    let parents = inputs.each_ref().map(|input| input.node());
    let inputs = inputs.map(|input| contiguous(input.into_primitive()));
    let prepared = Recorded(operation.clone())
        .prepare::<NoCheckpointing>(parents)
        .compute_bound()
        .stateful();
    let output = match prepared {
        OpsKind::Tracked(prepared) => {
            let forward = operation.forward(slices(&inputs), true);
            let state = State {
                inputs,
                saved: forward.saved,
            };
            prepared.finish(state, cpu(forward.values, forward.shape))
        }
        OpsKind::UnTracked(prepared) => {
            let forward = operation.forward(slices(&inputs), false);
            prepared.finish(cpu(forward.values, forward.shape))
        }
    };
    Tensor::from_primitive::<CpuTraining>(output)
}

/// A CPU tensor without gradients, over these values.
pub(super) fn from_values<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_primitive::<CpuBackend>(cpu(values, shape))
}

/// The values of a CPU tensor, contiguous; a gradient that it may have is left behind.
pub(super) fn primitive<const D: usize>(tensor: Tensor<D>) -> CpuTensor {
    contiguous(
        tensor
            .inner()
            .try_into_primitive::<CpuBackend>()
            .unwrap_or_else(|error| unreachable!("only tensors of the CPU come here: {error:?}")),
    )
}

/// The same of integers.
pub(super) fn integers(tensor: Tensor<1, Int>) -> Vec<i32> {
    let tensor = tensor
        .inner()
        .try_into_primitive::<CpuBackend>()
        .unwrap_or_else(|error| unreachable!("only tensors of the CPU come here: {error:?}"));
    let tensor = if tensor.is_contiguous() {
        tensor
    } else {
        tensor.to_contiguous()
    };
    match tensor.as_slice::<i32>() {
        Some(values) => values.to_vec(),
        None => unreachable!("integers are stored in 32 bits: {tensor:?}"),
    }
}

/// The values of a contiguous tensor.
pub(super) fn values(tensor: &CpuTensor) -> &[f32] {
    match tensor.as_slice::<f32>() {
        Some(values) => values,
        None => unreachable!("the tensor was made contiguous and holds 32-bit floats: {tensor:?}"),
    }
}

fn contiguous(tensor: CpuTensor) -> CpuTensor {
    if tensor.is_contiguous() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// Like [`primitive`], over a buffer that holds the tensor's values and no others, so that all of it may be written.
pub(super) fn whole(tensor: Tensor<2>) -> CpuTensor {
    let tensor = primitive(tensor);
    let whole = tensor.to_contiguous();
    drop(tensor);
    whole
}

fn slices<const N: usize>(inputs: &[CpuTensor; N]) -> [&[f32]; N] {
    inputs.each_ref().map(values)
}

fn cpu<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> CpuTensor {
    CpuTensor::from_data(TensorData::new(values, shape))
}

/// Gradients for a gradient of 1, multiplied by the one that came.
pub(super) fn scaled<const N: usize>(mut saved: [Vec<f32>; N], gradient: &[f32]) -> [Vec<f32>; N] {
    if gradient[0] != 1.0 {
        for value in saved.iter_mut().flatten() {
            *value *= gradient[0];
        }
    }
    saved
}

#[derive(Clone, Debug)]
struct State<S, const N: usize> {
    inputs: [CpuTensor; N],
    saved: S,
}

/// An operation on the tape.
#[derive(Debug)]
struct Recorded<O>(O);

impl<O: Operation<N>, const N: usize> Backward<CpuBackend, N> for Recorded<O> {
    type State = State<O::Saved, N>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = contiguous(gradients.consume::<CpuBackend>(&ops.node));
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let State { inputs, saved } = ops.state;
        let results = self.0.backward(slices(&inputs), saved, values(&gradient), wanted);
        for ((parent, result), input) in ops.parents.into_iter().zip(results).zip(inputs) {
            if let Some(parent) = parent {
                let [rows, columns] = *input.layout().shape().as_slice() else {
                    unreachable!("inputs are matrices")
                };
                gradients.register::<CpuBackend>(parent.id, cpu(result, [rows, columns]));
            }
        }
    }
}
