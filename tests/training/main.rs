//! Models, objective and runs through the library: values of independent implementations, properties of a pass, whole runs on the CPU, and
//! checkpoints of other programs.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::iter_over_hash_type,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]

mod attributes;
mod bag_models;
mod checkpoint;
mod diagnosis;
mod elements;
mod kernels;
mod lessons;
mod loss_shares;
mod loss_terms;
mod official_checkpoint;
mod pytorch_files;
mod recipe;
mod reference_values;
mod run;
mod run_oracle;
mod threads;
mod views;
