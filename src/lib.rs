//! ContrastVAE Lab: a sequential recommender (Wang et al., ContrastVAE, CIKM 2022) that trains on one's own interaction log,
//! natively and in a browser tab.
//!
//! The floors, each of which may use only those before it: [`log`] (a log becomes sequences), [`pytorch`] (checkpoints of PyTorch
//! become named tensors), [`batch`] (sequences become packed tensors), [`device`] (what computes), [`kernel`] (operations with their
//! gradients), [`model`], [`objective`], [`evaluate`], [`latent`], [`run`] (a training run as a state machine), [`compare`] (several
//! of them side by side), and at the top the browser's side, `web`. See `docs/architecture.md`.

pub mod batch;
pub mod compare;
pub mod device;
pub mod evaluate;
#[expect(
    unsafe_code,
    reason = "results are written into memory that is not cleared first; each block says why it may be"
)]
pub mod kernel;
pub mod latent;
#[expect(
    missing_docs,
    unreachable_pub,
    reason = "names of columns, separators and filters say what they are"
)]
pub mod log;
pub mod model;
pub mod objective;
#[expect(unsafe_code, reason = "pieces write into memory that is not cleared first")]
pub mod parallel;
pub mod pytorch;
#[expect(
    missing_docs,
    unreachable_pub,
    reason = "the groups of settings have the names of their types"
)]
pub mod run;
#[cfg(target_arch = "wasm32")]
#[expect(
    unreachable_pub,
    reason = "what is exported is JavaScript's to call; else `pub` says what its modules use"
)]
mod web;
