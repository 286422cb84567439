//! Sequences of item indices become the packed arrays that one optimiser step or one evaluation pass works on.
//!
//! In: sequences of 0-based item indices. Out: [`Rows`] on the host, and from them [`Batch`], the tensors on a device.
//! Several users share one row of length L ([`Layout::Packed`]), because people have five to eight interactions while a window
//! has fifty places: the mask keeps users apart and positions are counted as in a left-padded window, so the mathematics is
//! that of padding without work on the pads. [`Layout::Padded`] puts one user in a row, as the official code does. [`Bags`] are for
//! models that know no order.

mod augmentation;
mod bags;
mod negatives;
mod rows;
mod tensors;
mod visible;

pub use augmentation::{Augmented, AugmentedTargets, Operation, OperationChoice, Shares, augment};
pub use bags::Bags;
pub use negatives::{ItemSampler, draw_negatives};
pub use rows::{Layout, Rows, Sequence};
pub use tensors::{Batch, Candidates, Reduction};
pub use visible::Visible;

/// Identifier of the padding in the embedding table; items are numbered from 1 there.
pub const PADDING: i32 = 0;
