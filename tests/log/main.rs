//! Reading logs: each kind of file, in whatever pieces it comes, the filters and splits, the generated example, and what counts alone say of a
//! log.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::iter_over_hash_type,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]

// `checks` stands beside a module of this name: the fuzzer compiles the floor's own sources, the tests take the library's.
use contrastvae::log;

mod baselines;
mod cases;
#[path = "../../fuzz/src/checks.rs"]
mod checks;
mod chunks;
mod converted;
mod example;
mod fuzz_corpus;
mod memory;
mod packing;
mod properties;
mod real;
mod real_logs;
