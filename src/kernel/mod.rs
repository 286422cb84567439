//! Operations that burn has only as chains of smaller ones: written out once for the CPU, with their gradients.
//!
//! In: tensors. Out: tensors, with the operation on the tape where an input has gradients. Each file holds one operation twice:
//! as a loop over host slices, which reads and writes every number once, and as the composition of burn's operations. Both give the
//! same numbers up to rounding (`tests/training/kernels.rs`). Which of them runs is decided by [`on_host`] alone. For a GPU, which pays for each
//! launch, `gpu` has larger operations of launches of its own (`tests/gpu.rs`); where `on_gpu` holds they run, and what they do not
//! cover is composed.
//!
//! The loops are plain Rust in a form that compilers turn into SIMD, natively and on wasm: sums run in eight lanes, and there is
//! no branch and no call inside. Matrix products are natively those of `gemm`, which burn's CPU backend uses too, and our own on wasm.

mod adam;
mod adam_step;
mod affine;
mod attention;
mod average;
mod bag;
mod cross_entropy;
mod differences;
mod divergence;
mod draw;
#[cfg(feature = "gpu")]
#[expect(unreachable_pub, reason = "`pub` says what the operations above launch")]
mod gpu;
mod lookup;
mod noise;
mod norm;
mod numbers;
mod operation;
mod product;
mod sampled_negative;
mod scores;
mod softmax;
mod whole;

pub use adam::{AllMoments, adam};
pub use adam_step::AdamStep;
pub use affine::{Activation, affine};
pub use attention::{attention, attention_weights};
pub use average::averaged;
pub use bag::{bag_cross_entropy, bag_product, bag_values};
pub use cross_entropy::{cross_entropy, cross_entropy_in_pieces};
pub use differences::{differences, gated_sum};
pub use divergence::kl_to_standard_normal;
pub use draw::Draw;
pub use lookup::lookup;
pub use noise::{DeviceNoise, HostNoise, Noise, TwinNoise, noise_for};
pub use norm::{layer_norm, residual_norm};
pub use sampled_negative::sampled_negative;
pub use scores::{score_values, scores, visit_scores};
pub use whole::{BLOCK_PARAMETERS, gathered, of_views, weighted_sum, whole_block, whole_embedding, whole_latents, whole_nt_xent};

#[cfg(feature = "gpu")]
pub use gpu::memory as gpu_memory;
#[cfg(target_arch = "wasm32")]
pub(crate) use product::strip_slot;

use std::cell::Cell;

use burn::tensor::Tensor;

use crate::device;

/// Elements that a GPU's memory is addressed by (256 bytes): from such a place on a part of a tensor is no copy.
pub(crate) const ALIGNMENT: usize = 64;

thread_local! {
    static COMPOSED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` with burn's operations throughout, on this thread: what benchmarks and tests compare with.
pub fn composed<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            COMPOSED.set(self.0);
        }
    }
    let _restore = Restore(COMPOSED.replace(true));
    work()
}

/// Whether operations on `tensor` run as loops on the host.
pub fn on_host<const D: usize>(tensor: &Tensor<D>) -> bool {
    !COMPOSED.get() && device::is_cpu(&tensor.device())
}

/// Whether operations on `tensor` run as launches of our own on a GPU.
fn on_gpu<const D: usize>(tensor: &Tensor<D>) -> bool {
    cfg!(feature = "gpu") && !COMPOSED.get() && !device::is_cpu(&tensor.device())
}
