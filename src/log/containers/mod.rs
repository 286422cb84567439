//! Containers of a log: plain files, compressed ones, archives and spreadsheets.

pub(crate) mod archive;
pub(crate) mod found;
pub(crate) mod packed;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod parts;
