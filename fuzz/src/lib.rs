//! The log floor alone, without the tensor library, so that it builds in seconds for a fuzzer.

pub mod checks;
#[path = "../../src/log/mod.rs"]
pub mod log;
