//! The piece of a file behind the one that is being read, which a thread of the worker's script fetches meanwhile.
//!
//! In: where the reading stands. Out: the piece, or nothing where none was fetched; the reading then fetches it itself. So whatever
//! goes wrong here costs time and nothing else.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// Asks the worker's script for ranges of a file: `(file, from, to) => Promise<ArrayBuffer>`. None where it has no way.
pub struct ReadAhead(Option<Function>);

impl ReadAhead {
    /// With the script's function.
    pub fn new(ask: Option<Function>) -> Self {
        Self(ask)
    }

    /// For one file that is read from its beginning to its end.
    pub fn of(&self, file: &File) -> Rc<Pieces> {
        Rc::new(Pieces {
            file: file.clone(),
            inner: RefCell::new(Inner {
                ask: self.0.clone(),
                rest: (0, 0),
                coming: None,
                came: None,
            }),
        })
    }
}

/// The pieces of one file, shared by its reader and the loop that lets it read.
pub struct Pieces {
    file: File,
    inner: RefCell<Inner>,
}

struct Inner {
    /// Nothing after the first failure.
    ask: Option<Function>,
    /// Where the reader needs more, and how many bytes it has before that.
    rest: (u64, usize),
    coming: Option<(u64, JsFuture)>,
    came: Option<(u64, Uint8Array)>,
}

impl Pieces {
    /// Asks for the bytes from `from` to `to`, unless those from there on are coming; what else was asked for is forgotten.
    pub fn ask_for(&self, from: u64, to: u64) {
        let mut inner = self.inner.borrow_mut();
        if inner.coming.as_ref().is_some_and(|(coming, _)| *coming == from) {
            return;
        }
        inner.came = None;
        inner.coming = None;
        let Some(ask) = &inner.ask else { return };
        let answer = ask.call3(&JsValue::UNDEFINED, &self.file, &(from as f64).into(), &(to as f64).into());
        match answer.ok().and_then(|answer| answer.dyn_into::<Promise>().ok()) {
            Some(promise) => inner.coming = Some((from, JsFuture::from(promise))),
            None => inner.ask = None,
        }
    }

    /// The piece that begins there, if it came.
    pub fn take(&self, from: u64) -> Option<Uint8Array> {
        let came = self.inner.borrow_mut().came.take()?;
        (came.0 == from).then_some(came.1)
    }

    /// Notes how many bytes the reader still has, and where it will need the next piece.
    pub fn note_rest(&self, end: u64, bytes: usize) {
        self.inner.borrow_mut().rest = (end, bytes);
    }

    /// Waits for the piece that was asked for, where the reader would have to stop within its next `bytes` for want of it.
    pub async fn wait_before(&self, bytes: usize) {
        let coming = {
            let mut inner = self.inner.borrow_mut();
            let (end, rest) = inner.rest;
            // A piece further behind has time: those before it are fetched by the reader itself.
            inner.coming.take_if(|(from, _)| rest < bytes && *from == end)
        };
        let Some((from, promise)) = coming else { return };
        let answer = promise.await;
        let mut inner = self.inner.borrow_mut();
        match answer {
            Ok(buffer) => inner.came = Some((from, Uint8Array::new(&buffer))),
            Err(_) => inner.ask = None,
        }
    }
}
