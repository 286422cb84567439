//! The module's memory, and what it could not have of it.
//!
//! In: whatever the module allocates. Out: the size of the latest request that was refused. Where memory runs out the program ends in a
//! trap that says only "unreachable"; by this number the worker's script tells it from other faults.

#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "an allocator is unsafe by its contract, and each block passes it on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use wasm_bindgen::prelude::*;

/// Bytes of the latest request that was refused; 0 for none.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// The usual allocator, which notes what it refuses.
struct Watched;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

fn noted(pointer: *mut u8, size: usize) -> *mut u8 {
    if pointer.is_null() {
        REFUSED.store(size, Relaxed);
    }
    pointer
}

// SAFETY: everything is passed on as it comes to the usual allocator, which keeps the contract.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        noted(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        noted(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        noted(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Bytes of the latest request for memory that was refused; 0 for none. It answers after a trap too.
#[wasm_bindgen]
pub fn refused_bytes() -> f64 {
    REFUSED.load(Relaxed) as f64
}
