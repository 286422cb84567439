//! The way out: events become JavaScript objects and are posted, the buffers of their typed arrays moved instead of copied.
//!
//! In: [`Event`]s. Out: calls of the `post` function that the worker's script gave.

use js_sys::{Array, Float32Array, Function, Int32Array, Uint8Array, Uint32Array};
use serde::Serialize;
use wasm_bindgen::JsValue;

use super::protocol::Event;

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
        let transfer = Array::new();
        match event {
            Event::Loaded {
                item_genre, item_count, ..
            } => {
                transfer.push(&item_genre.buffer());
                transfer.push(&item_count.buffer());
            }
            Event::Latents {
                points,
                indices,
                genre,
                popularity,
                frequency,
                plane,
                ..
            } => {
                transfer.push(&points.buffer());
                transfer.push(&indices.buffer());
                transfer.push(&genre.buffer());
                transfer.push(&popularity.buffer());
                transfer.push(&frequency.buffer());
                transfer.push(&plane.buffer());
            }
            Event::Vectors {
                indices,
                mean,
                log_variance,
                first_view,
                second_view,
                genre,
                popularity,
                frequency,
                ..
            } => {
                for values in [mean, log_variance, first_view, second_view, popularity] {
                    transfer.push(&values.buffer());
                }
                transfer.push(&indices.buffer());
                transfer.push(&genre.buffer());
                transfer.push(&frequency.buffer());
            }
            Event::Posterior { mean, log_variance, .. } => {
                transfer.push(&mean.buffer());
                transfer.push(&log_variance.buffer());
            }
            Event::Checkpoint { bytes, .. } => {
                transfer.push(&bytes.buffer());
            }
            _ => {}
        }
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        let result = match event.serialize(&serializer) {
            Ok(object) => self.post.call2(&JsValue::UNDEFINED, &object, &transfer),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = result {
            web_sys::console::error_2(&JsValue::from_str("An event could not be posted:"), &error);
        }
    }

    /// Tells the page, in one sentence, what could not be done.
    pub fn fail(&self, request: Option<u32>, message: impl ToString) {
        self.send(&Event::Failed {
            request,
            message: message.to_string(),
        });
    }
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
