//! The worker's Rust side: one long-lived task owns the run and takes commands from a queue. Alone in knowing the browser.
//!
//! In: [`protocol::Request`] objects from the worker's message handler. Out: [`protocol::Event`] objects through a callback. The
//! exported functions only queue; a `&mut self` export that awaits would fail when JavaScript calls it again in the meantime.

mod ahead;
mod clock;
mod events;
mod files;
mod fused;
mod host;
mod jobs;
mod lend;
mod memory;
mod meter;
mod protocol;
mod questions;
mod session;
#[cfg(feature = "threads")]
mod threads;
mod warm_up;

use std::cell::RefCell;

use async_channel::Sender;
use wasm_bindgen::prelude::*;

use crate::{device::Compute, objective::compare_with_reference};
use ahead::ReadAhead;
use events::Outbox;
use protocol::{DeviceKind, Request};
use session::Session;

#[expect(unsafe_code, reason = "the linker defines the constructors of the module")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Runs once when the module is instantiated.
///
/// burn's kernel compiler registers its operations in static constructors. Unless somebody calls them by name, the linker
/// wraps EVERY export in a call to all of them, and each callback from JavaScript registers thousands of operations again: a
/// training step then takes two hundred times longer.
#[wasm_bindgen(start)]
#[expect(unsafe_code, reason = "the linker defines the constructors of the module")]
pub fn start() {
    console_error_panic_hook::set_once();
    // SAFETY: the linker defines this function; it runs the constructors, once, before anything that relies on them.
    unsafe { __wasm_call_ctors() };
    fused::take();
    lend::to_the_log();
}

thread_local! {
    static QUEUE: RefCell<Option<Sender<Request>>> = const { RefCell::new(None) };
}

/// Starts the session on a device and begins to take commands. `post(event, transferables)` receives every event; `ahead` fetches a range
/// of a file beside the session's own thread, where the script can.
///
/// Fails with a sentence where the GPU cannot be started; the caller then loads the CPU build.
#[wasm_bindgen]
pub async fn start_session(kind: JsValue, post: js_sys::Function, ahead: Option<js_sys::Function>) -> Result<(), JsValue> {
    let compute = open(kind).await?;
    let (sender, receiver) = async_channel::unbounded();
    QUEUE.with_borrow_mut(|queue| *queue = Some(sender));
    let session = Session::new(compute, Outbox::new(post), ReadAhead::new(ahead));
    wasm_bindgen_futures::spawn_local(session.serve(receiver));
    Ok(())
}

/// Queues a request. Fails with a sentence if the object is none.
#[wasm_bindgen]
pub fn request(object: JsValue) -> Result<(), JsValue> {
    let request = Request::from_object(&object)?;
    QUEUE.with_borrow(|queue| match queue {
        Some(queue) => queue.try_send(request).map_err(|error| JsValue::from_str(&error.to_string())),
        None => Err(JsValue::from_str(
            "The worker has not started yet; wait for the event `hello`.",
        )),
    })
}

/// Holds the model and objective on a device of this browser to the project's reference values (a JSON text); gives the list of
/// comparisons. A GPU must be checked in a worker of its own: it can be started once in each.
#[wasm_bindgen]
pub async fn check_reference(kind: JsValue, json: String) -> Result<JsValue, JsValue> {
    let compute = open(kind).await?;
    let comparisons = compare_with_reference(&json, compute.device())
        .await
        .map_err(|message| JsValue::from_str(&message))?;
    Ok(serde_wasm_bindgen::to_value(&comparisons)?)
}

async fn open(kind: JsValue) -> Result<Compute, JsValue> {
    match serde_wasm_bindgen::from_value(kind)? {
        DeviceKind::Cpu => Ok(Compute::cpu()),
        DeviceKind::Gpu => Compute::gpu().await.map_err(|error| JsValue::from_str(&error.to_string())),
    }
}
