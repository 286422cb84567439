//! How launches become an operation on tensors with a gradient; the counterpart of `kernel::operation` for a GPU.

use std::fmt::Debug;

use burn::tensor::Tensor;
use burn_autodiff::{
    checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};

use super::tensor::{primitive, tensor};
use crate::device::{GpuBackend, GpuTraining};

/// An operation on `N` matrices of which any may need a gradient. Everything else that it works on is in the value itself.
pub trait Operation<const N: usize>: Clone + Debug + Send + 'static {
    /// State for the backward pass besides the inputs.
    type Saved: Clone + Debug + Send + 'static;

    /// Launches what computes the result, a matrix. Where `tracked` is false there will be no backward pass.
    fn forward(&self, inputs: &[CubeTensor; N], tracked: bool) -> (CubeTensor, Self::Saved);

    /// Launches what computes the gradient of each input that is `wanted` from the gradient of the result.
    fn backward(
        self,
        inputs: &[CubeTensor; N],
        saved: Self::Saved,
        gradient: CubeTensor,
        wanted: [bool; N],
    ) -> [Option<CubeTensor>; N];
}

/// Applies `operation` to tensors that are all on the GPU.
pub fn apply<O: Operation<N>, const N: usize>(operation: O, inputs: [Tensor<2>; N]) -> Tensor<2> {
    if !inputs.iter().any(|input| input.is_autodiff()) {
        let inputs = inputs.map(primitive);
        return tensor(operation.forward(&inputs, false).0);
    }
    let inputs = inputs.map(|input| {
        input
            .autodiff()
            .try_into_primitive::<GpuTraining>()
            .unwrap_or_else(|error| unreachable!("only tensors of the GPU come here: {error:?}"))
    });
    let parents = inputs.each_ref().map(|input| input.node());
    let inputs = inputs.map(|input| into_contiguous(input.into_primitive()));
    let prepared = Recorded(operation.clone())
        .prepare::<NoCheckpointing>(parents)
        .compute_bound()
        .stateful();
    let output = match prepared {
        OpsKind::Tracked(prepared) => {
            let (output, saved) = operation.forward(&inputs, true);
            prepared.finish(State { inputs, saved }, output)
        }
        OpsKind::UnTracked(prepared) => {
            let (output, _) = operation.forward(&inputs, false);
            prepared.finish(output)
        }
    };
    Tensor::from_primitive::<GpuTraining>(output)
}

#[derive(Clone, Debug)]
struct State<S, const N: usize> {
    inputs: [CubeTensor; N],
    saved: S,
}

/// An operation on the tape.
#[derive(Debug)]
struct Recorded<O>(O);

impl<O: Operation<N>, const N: usize> Backward<GpuBackend, N> for Recorded<O> {
    type State = State<O::Saved, N>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = into_contiguous(gradients.consume::<GpuBackend>(&ops.node));
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let State { inputs, saved } = ops.state;
        let results = self.0.backward(&inputs, saved, gradient, wanted);
        for (parent, result) in ops.parents.into_iter().zip(results) {
            if let (Some(parent), Some(result)) = (parent, result) {
                gradients.register::<GpuBackend>(parent.id, result);
            }
        }
    }
}
