//! The operations as launches of our own on a GPU, with their gradients.
//!
//! In: tensors on the GPU. Out: tensors, with the operation on the tape where an input has gradients. What a launch costs is the
//! host's work, not the GPU's, at the sizes of this model; so a launch does as much as it can, and a whole block is one operation
//! with a fixed list of launches. The shaders are WGSL (`shaders/`), given to the runtime below burn, which orders them with its own.

mod adam;
mod block;
mod embedding;
mod latents;
mod launch;
mod losses;
mod norm;
mod operation;
mod product;
mod random;
mod scatter;
mod shape;
mod tensor;

pub use adam::{Moments, averaged};
pub use block::block;
pub use embedding::embedding;
pub use latents::latents;
pub use losses::{cross_entropy, divergence, gathered, nt_xent, pooled, sampled_negative, weighted_sum};
pub use random::{Drawn, keep_mask, normal};
pub use tensor::memory;
