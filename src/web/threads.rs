//! Threads of the module in a browser: workers that share its memory.
//!
//! In: workers that the worker's script starts with [`module_and_memory`], each of which calls [`run_worker`]. Out: a pool of them and the
//! session's own worker, once [`start_threads`] is called. Only in the artefact whose memory is shared.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::fused;
use crate::parallel;

/// Parts that a worker needs to be a thread of this module: the compiled module and its memory.
#[wasm_bindgen]
pub fn module_and_memory() -> Array {
    Array::of2(&wasm_bindgen::module(), &wasm_bindgen::memory())
}

/// Makes this worker a thread of the pool; does not come back while the module lives.
#[wasm_bindgen]
pub fn run_worker() {
    // The table of functions is each worker's own.
    fused::take();
    parallel::run_worker();
}

/// Shares the work of the session's worker with `count - 1` others that were started before.
#[wasm_bindgen]
pub fn start_threads(count: u32) -> Result<(), JsValue> {
    parallel::set_threads_of_workers(count as usize).map_err(|error| JsValue::from_str(&error.to_string()))
}
