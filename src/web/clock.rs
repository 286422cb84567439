//! Time, and giving way to the browser.
//!
//! In: nothing. Out: seconds since the worker began, and pauses in which waiting messages are delivered.

use js_sys::Promise;
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel};

fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>().ok()
}

/// Seconds on a clock that never runs backwards; 0 outside a worker.
pub fn now_seconds() -> f64 {
    scope()
        .and_then(|scope| scope.performance())
        .map_or(0.0, |performance| performance.now() / 1000.0)
}

/// Lets the worker's event loop deliver what is waiting.
///
/// Awaiting a ready future is not enough: that only reaches the queue of microtasks, and messages are tasks. A message to
/// oneself is a task without the four milliseconds that nested timeouts are held back.
pub async fn give_way() {
    let Ok(channel) = MessageChannel::new() else {
        return;
    };
    let promise = Promise::new(&mut |resolve, _| channel.port1().set_onmessage(Some(&resolve)));
    if channel.port2().post_message(&JsValue::UNDEFINED).is_ok() {
        // The promise is never rejected.
        let _ = JsFuture::from(promise).await;
    }
    channel.port1().set_onmessage(None);
    channel.port1().close();
}

/// Waits so many milliseconds, in which messages are delivered.
pub async fn sleep(milliseconds: i32) {
    let Some(scope) = scope() else {
        return;
    };
    let promise = Promise::new(&mut |resolve, _| {
        // Where the browser has no timer for us, nobody waits.
        if scope
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .is_err()
        {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    // The promise is never rejected.
    let _ = JsFuture::from(promise).await;
}
