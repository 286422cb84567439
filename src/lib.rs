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
pub mod kernel;
pub mod latent;
pub mod log;
pub mod model;
pub mod objective;
pub mod parallel;
pub mod pytorch;
pub mod run;
#[cfg(target_arch = "wasm32")]
mod web;
