//! The way out: events become JavaScript objects and are posted, the buffers of their typed arrays moved instead of copied.
//!
//! In: [`Event`]s. Out: calls of the `post` function that the worker's script gave.

use js_sys::{Array, ArrayBuffer, Float32Array, Function, Int32Array, JsString, Object, Reflect, Uint8Array, Uint32Array};
use serde::{Serialize, Serializer};
use wasm_bindgen::{JsCast, JsValue};

use super::protocol::{Answer, Event};

/// Posts events.
pub struct Outbox {
    post: Function,
}

impl Outbox {
    pub fn new(post: Function) -> Self {
        Self { post }
    }

    /// Posts `event`. What cannot be delivered is written to the console: there is nobody else to tell.
    pub fn send(&self, event: &Event) {
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        let result = match event.serialize(&serializer) {
            Ok(object) => self.post.call2(&JsValue::UNDEFINED, &object, &buffers(&object)),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = result {
            web_sys::console::error_2(&JsValue::from_str("An event could not be posted:"), &error);
        }
    }

    /// Answers a request, or tells in one sentence why it cannot be fulfilled.
    pub fn answer(&self, id: u32, answered: Answered) {
        self.send(&match answered {
            Ok(answer) => Event::Answered { id, answer },
            Err(message) => Event::Refused { id, message },
        });
    }

    /// Tells, in one sentence, that something failed which nobody asked for.
    pub fn fail(&self, message: impl ToString) {
        self.send(&Event::Failed {
            message: message.to_string(),
        });
    }
}

/// The answer to a command, or one sentence that says why there is none.
pub type Answered = Result<Answer, String>;

/// Buffers of the typed arrays in an event, or in the answer that it holds.
fn buffers(event: &JsValue) -> Array {
    let member = |object: &JsValue, name: &str| Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default();
    let found = Array::new();
    for object in [event.clone(), member(event, "answer")] {
        if let Some(object) = object.dyn_ref::<Object>() {
            let views = Object::values(object);
            for view in views.iter().filter(ArrayBuffer::is_view) {
                found.push(&member(&view, "buffer"));
            }
        }
    }
    found
}

/// Copies to a typed array of JavaScript's own memory, whose buffer can be transferred.
pub fn floats(values: &[f32]) -> Float32Array {
    Float32Array::from(values)
}

pub fn integers(values: &[i32]) -> Int32Array {
    Int32Array::from(values)
}

pub fn naturals(values: &[u32]) -> Uint32Array {
    Uint32Array::from(values)
}

pub fn bytes(values: &[u8]) -> Uint8Array {
    Uint8Array::from(values)
}

/// Texts that go over to JavaScript at once.
const TEXTS: usize = 1 << 16;

/// Serializes many texts: as one that JavaScript cuts again, since each that goes over by itself costs a microsecond.
pub fn texts<S: Serializer>(texts: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    let mut all = Array::new();
    for texts in texts.chunks(TEXTS) {
        let part = match texts.iter().any(|text| text.contains('\n')) {
            true => texts.iter().map(|text| JsValue::from_str(text)).collect(),
            false => JsString::from(texts.join("\n")).split("\n"),
        };
        all = if all.length() == 0 { part } else { all.concat(&part) };
    }
    serde_wasm_bindgen::preserve::serialize(&all, serializer)
}
