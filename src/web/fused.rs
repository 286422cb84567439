//! Puts the fused tiles of matrix products in the place of the plain ones, where this browser has relaxed SIMD.
//!
//! In: nothing. Out: nothing; where the browser lacks it, products stay as they are, which takes a sixth longer. Fused sums are
//! rounded once instead of twice, so their last digits differ from those of a browser without.

use js_sys::{Function, Object, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};

use crate::kernel::strip_slot;

/// `src/kernel/product/fused.wat`, assembled.
#[cfg(not(feature = "threads"))]
const MODULE: &[u8] = include_bytes!("../kernel/product/fused.wasm");
/// The same over a memory that is shared.
#[cfg(feature = "threads")]
const MODULE: &[u8] = include_bytes!("../kernel/product/fused_shared.wasm");

/// To be called before anything is computed, in each worker that computes: the table of functions is its own.
pub fn take() {
    // A browser that does not know the instructions refuses the module; nothing is lost then, and nobody has to know.
    let _ = put();
}

fn put() -> Result<(), JsValue> {
    let module = WebAssembly::Module::new(&Uint8Array::from(MODULE))?;
    let (imports, product) = (Object::new(), Object::new());
    Reflect::set(&product, &"memory".into(), &wasm_bindgen::memory())?;
    Reflect::set(&imports, &"product".into(), &product)?;
    let instance = WebAssembly::Instance::new(&module, &imports)?;
    let strip: Function = Reflect::get(&instance.exports(), &"strip".into())?.dyn_into()?;
    let table: WebAssembly::Table = wasm_bindgen::function_table().dyn_into()?;
    table.set(strip_slot(), &strip)
}
