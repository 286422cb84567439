//! Checks of the finished WebAssembly modules that no compiler makes.
//!
//! In: a module as bytes. Out: nothing, or a sentence. A module must hold SIMD (else it is several times slower) and nothing
//! beyond WebAssembly 2.0, relaxed SIMD above all (else Safari rejects it). And no export may run the constructors: where nobody
//! calls `__wasm_call_ctors` itself, the linker wraps every export in a call to it, and each callback from JavaScript then
//! registers thousands of kernel operations again (a training step took 200 times as long).

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use wasmparser::{ExternalKind, KnownCustom, Name, Operator, Parser, Payload, TypeRef, Validator, WasmFeatures};

/// SIMD is there, and nothing beyond the features that browsers are asked for.
pub fn features(module: &[u8], asked: WasmFeatures) -> Result<()> {
    if let Err(error) = Validator::new_with_features(asked).validate_all(module) {
        let relaxed = Validator::new_with_features(asked | WasmFeatures::RELAXED_SIMD)
            .validate_all(module)
            .is_ok();
        if relaxed {
            bail!("the module holds relaxed SIMD, which Safari rejects: {error}");
        }
        bail!("the module is not WebAssembly 2.0: {error}");
    }
    if Validator::new_with_features(asked - WasmFeatures::SIMD)
        .validate_all(module)
        .is_ok()
    {
        bail!("the module holds no SIMD: `+simd128` of .cargo/config.toml did not reach the compiler");
    }
    Ok(())
}

/// No export of a finished module begins with the call that several others begin with too.
pub fn constructors(module: &[u8]) -> Result<()> {
    let reading = read(module).context("the module cannot be read")?;
    let mut callers = BTreeMap::<u32, Vec<&str>>::new();
    for (name, function) in &reading.exports {
        let first = function
            .checked_sub(reading.imported)
            .and_then(|index| reading.first_calls.get(index as usize));
        if let Some(Some(callee)) = first {
            callers.entry(*callee).or_default().push(name);
        }
    }
    for names in callers.values() {
        // Wrapped, all exports begin so; two that happen to share a helper are no trap.
        if names.len() >= 2 && names.len() * 2 > reading.exports.len() {
            bail!(
                "{} of {} exports run the constructors at each call: {}",
                names.len(),
                reading.exports.len(),
                names.join(", ")
            );
        }
    }
    Ok(())
}

/// The linker made no wrappers, told from the names that a module still has before it is packed.
pub fn wrappers(raw: &[u8]) -> Result<()> {
    let names = function_names(raw).context("the module cannot be read")?;
    if names.is_empty() {
        bail!("the module has no names, so its wrappers cannot be counted");
    }
    let wrapped: Vec<_> = names.iter().filter(|name| name.ends_with(".command_export")).collect();
    if !wrapped.is_empty() {
        bail!(
            "the linker wrapped {} exports in a call to the constructors: call `__wasm_call_ctors` once at the start",
            wrapped.len()
        );
    }
    Ok(())
}

struct Reading<'a> {
    /// Imported functions stand before the module's own in its numbering.
    imported: u32,
    exports: Vec<(&'a str, u32)>,
    /// For each own function the one that its first instruction calls, if that is what it does.
    first_calls: Vec<Option<u32>>,
}

fn read(module: &[u8]) -> Result<Reading<'_>> {
    let mut reading = Reading {
        imported: 0,
        exports: Vec::new(),
        first_calls: Vec::new(),
    };
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    reading.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        reading.exports.push((export.name, export.index));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let first = match body.get_operators_reader()?.read()? {
                    Operator::Call { function_index } => Some(function_index),
                    _ => None,
                };
                reading.first_calls.push(first);
            }
            _ => {}
        }
    }
    Ok(reading)
}

fn function_names(module: &[u8]) -> Result<Vec<&str>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CustomSection(section) = payload? else { continue };
        let KnownCustom::Name(names) = section.as_known() else {
            continue;
        };
        for part in names {
            if let Name::Function(functions) = part? {
                for function in functions {
                    found.push(function?.name);
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = r#"(module
        (import "host" "log" (func $log))
        (func $__wasm_call_ctors)
        (func $add (export "add") (param v128 v128) (result v128) local.get 0 local.get 1 f32x4.add)
        (func $start (export "start") call $__wasm_call_ctors)
        (func $step (export "step") nop call $log))"#;

    /// The same exports as the linker wraps them when nobody calls the constructors.
    const WRAPPED: &str = r#"(module
        (import "host" "log" (func $log))
        (func $__wasm_call_ctors)
        (func $step nop call $log)
        (func $free (param i32))
        (func $step.command_export (export "step") call $__wasm_call_ctors call $step)
        (func $free.command_export (export "free") (param i32) call $__wasm_call_ctors local.get 0 call $free))"#;

    fn assert_says(result: Result<()>, words: &str) {
        let said = result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains(words), "expected {words:?}, found {said:?}");
    }

    #[test]
    fn a_clean_module_passes() -> Result<()> {
        let module = wat::parse_str(CLEAN)?;
        features(&module, WasmFeatures::WASM2)?;
        constructors(&module)?;
        wrappers(&module)
    }

    #[test]
    fn the_constructor_trap_is_found_with_and_without_names() -> Result<()> {
        let module = wat::parse_str(WRAPPED)?;
        assert_says(constructors(&module), "2 of 2 exports run the constructors");
        assert_says(wrappers(&module), "wrapped 2 exports");
        Ok(())
    }

    #[test]
    fn a_module_without_names_is_not_called_clean() -> Result<()> {
        assert_says(wrappers(&wat::parse_str("(module (func))")?), "no names");
        Ok(())
    }

    #[test]
    fn missing_and_relaxed_simd_are_told_apart() -> Result<()> {
        let scalar = wat::parse_str("(module (func (param f32) (result f32) local.get 0 f32.neg))")?;
        let features = |module: &[u8]| features(module, WasmFeatures::WASM2);
        assert_says(features(&scalar), "no SIMD");
        let relaxed = wat::parse_str(
            "(module (func (param v128 v128 v128) (result v128) local.get 0 local.get 1 local.get 2 f32x4.relaxed_madd))",
        )?;
        assert_says(features(&relaxed), "relaxed SIMD");
        let threads = wat::parse_str("(module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0)))))")?;
        assert_says(features(&threads), "not WebAssembly 2.0");
        let shared = wat::parse_str("(module (memory 1 1 shared) (func (param v128) (drop (i32.atomic.load (i32.const 0)))))")?;
        super::features(&shared, WasmFeatures::WASM2 | WasmFeatures::THREADS)?;
        Ok(())
    }

    /// The text for a module whose memory is shared.
    fn shared(text: &str) -> String {
        text.replace("(memory 1)", "(memory 1 65536 shared)")
    }

    const FUSED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/kernel/product/fused");

    /// Both modules as their text makes them.
    fn assembled() -> Result<[(String, Vec<u8>); 2]> {
        let text = std::fs::read_to_string(format!("{FUSED}.wat"))?;
        assert!(text.contains("(memory 1)"), "the memory that is replaced by a shared one");
        Ok([
            (format!("{FUSED}.wasm"), wat::parse_str(&text)?),
            (format!("{FUSED}_shared.wasm"), wat::parse_str(shared(&text))?),
        ])
    }

    /// The modules that lie beside their text, so that a build needs no assembler.
    #[test]
    fn the_fused_tiles_are_those_of_their_text() -> Result<()> {
        for (path, module) in assembled()? {
            let said = format!("{path} is not what its text says; `cargo test -p modules fused -- --ignored` writes it anew");
            assert!(std::fs::read(&path)? == module, "{said}");
        }
        Ok(())
    }

    #[test]
    #[ignore = "writes src/kernel/product/fused.wasm and fused_shared.wasm"]
    fn the_fused_tiles_are_written() -> Result<()> {
        for (path, module) in assembled()? {
            std::fs::write(path, module)?;
        }
        Ok(())
    }
}
