//! Containers that few logs come in: zstd, xz and bzip2, Parquet with zstd, and spreadsheets.
//!
//! In: the bytes of a file. Out: for what is packed, a reader of what is in it ([`Packing`]); for Parquet with zstd, the same file without
//! ([`PlainParquet`]); for a spreadsheet, its sheets as CSV in a zip archive ([`sheets()`]), which the reader of logs opens like any other. A
//! package of its own, so that a page loads it only where such a file is opened; natively the reader of logs uses it directly.

mod packing;
mod parquet;
mod sheets;
mod thrift;
#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the binding generator exports what is `pub`")]
mod web;

pub use packing::Packing;
pub use parquet::PlainParquet;
pub use sheets::{Refused, is_spreadsheet, sheets};
