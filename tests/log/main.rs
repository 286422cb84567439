//! Reading logs: each kind of file, in whatever pieces it comes, the filters and splits, the generated example, and what counts alone say of a
//! log.

// `checks` stands beside a module of this name: the fuzzer compiles the floor's own sources, the tests take the library's.
use contrastvae::log;

mod baselines;
mod cases;
#[path = "../../fuzz/src/checks.rs"]
mod checks;
mod chunks;
mod example;
mod fuzz_corpus;
mod memory;
mod packing;
mod properties;
mod real;
mod real_logs;
