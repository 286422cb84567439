//! The program `contrastvae` from outside: its answers as scripts read them, and training, comparing and using runs through it.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::iter_over_hash_type,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]

mod answers;
mod archive;
mod compare;
mod critique;
mod explain;
mod lists;
mod onnx;
mod parts;
mod recbole;
mod runs;
mod scale;
mod train;
mod trained_run;
