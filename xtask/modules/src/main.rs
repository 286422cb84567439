//! The binding generator, the checks of finished modules and the types of the protocol, as a program of its own.
//!
//! In: a command and files. Out: JavaScript, types and a module in a folder, or one sentence about what is wrong. It stands apart from
//! xtask because the generator is two thirds of what would have to be compiled before xtask could say its first word; xtask has
//! it built beside the crate's own dependencies.

#![expect(
    unreachable_pub,
    reason = "nothing of a program is reachable: `pub` says what its other modules use"
)]

mod check;
mod types;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use wasmparser::WasmFeatures;

const USAGE: &str = "usage: modules bind RAW FOLDER [--strip] | modules check features|features-threads|constructors|wrappers MODULE | \
     modules types ROOT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["bind", raw, folder] => bind(raw, folder, false),
        ["bind", raw, folder, "--strip"] => bind(raw, folder, true),
        ["check", "features", module] => check::features(&read(module)?, WasmFeatures::WASM2),
        // The one module whose memory is shared.
        ["check", "features-threads", module] => check::features(&read(module)?, WasmFeatures::WASM2 | WasmFeatures::THREADS),
        ["check", "constructors", module] => check::constructors(&read(module)?),
        ["check", "wrappers", module] => check::wrappers(&read(module)?),
        ["types", root] => types::refresh(Path::new(root)).map(|_| ()),
        _ => bail!(USAGE),
    }
}

/// Writes JavaScript, TypeScript types and the module that they belong to; `strip` takes away the names of functions.
fn bind(raw: &str, folder: &str, strip: bool) -> Result<()> {
    let mut generator = wasm_bindgen_cli_support::Bindgen::new();
    generator
        .input_bytes("contrastvae", read(raw)?)
        .typescript(true)
        .remove_name_section(strip);
    // The JavaScript names its module by `new URL(…, import.meta.url)`, which bundlers follow.
    generator.omit_default_module_path(false);
    generator
        .web(true)
        .and_then(|generator| generator.generate(Path::new(folder)))
        .map_err(|error| anyhow!("the binding generator failed: {error:#}"))
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {path}"))
}
