//! Compiles the crate into the two WebAssembly artefacts.
//!
//! In: the crate's sources and a [`Toolchain`]. Out: `pkg/dist/cpu/` and `pkg/dist/gpu/` (module, JavaScript, TypeScript types); `package.rs` adds
//! what makes a package of them. Three steps an artefact, each skipped when its input is unchanged: cargo, the binding
//! generator (here as a library), and wasm-opt from the npm package `binaryen` (shipped flavour only: it takes minutes).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::exec::{self, Event};
use crate::fresh::{Fingerprint, Stamp, empty_folder, replace_folder};
use crate::page;
use crate::project::{Flavour, Project, Variant, WASM_PROFILE};
use crate::stage::{Reporter, Stage};
use crate::toolchain::{TARGET, Toolchain};

/// What the crate is compiled from. The command line in `src/bin` is native only.
const INPUTS: [&str; 4] = ["src", "Cargo.toml", "Cargo.lock", ".cargo"];
const NATIVE_ONLY: &str = "src/bin";
/// Version and settings of the binding generator.
const BINDGEN: &str = "0.2.130 web, default module path";
/// The WebAssembly features that rustc uses by default, plus SIMD; relaxed SIMD is not among them, since Safari rejects it.
const WASM_OPT: [&str; 9] = [
    "-O3",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-simd",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-debug",
];

/// Builds the artefacts named.
pub fn package(project: &Project, reporter: &Reporter, flavour: Flavour, variants: &[Variant]) -> Result<()> {
    let toolchain = reporter.stage("wasm target", |stage| Toolchain::ensure(project, stage))?;
    for &variant in variants {
        reporter.stage(&format!("{} artefact", variant.name()), |stage| {
            artefact(project, &toolchain, stage, flavour, variant)
        })?;
    }
    Ok(())
}

/// The module as the compiler left it, with its names: what the checks read besides the finished one.
pub fn raw_module(project: &Project, variant: Variant) -> PathBuf {
    project.work().join("compiled").join(format!("{}.raw.wasm", variant.name()))
}

fn flavour_folder(project: &Project, flavour: Flavour) -> PathBuf {
    project.work().join(flavour.name())
}

fn artefact(project: &Project, toolchain: &Toolchain, stage: &Stage, flavour: Flavour, variant: Variant) -> Result<()> {
    let folder = flavour_folder(project, flavour);
    let sources = Fingerprint::new()
        .word(&toolchain.version())
        .word(WASM_PROFILE)
        .word(variant.features())
        .paths_except(project.root(), &INPUTS, NATIVE_ONLY)?
        .finish();
    let raw = raw_module(project, variant);
    let compiled = Stamp::new(raw.with_extension("stamp"));
    let mut steps = Vec::new();
    if !(raw.exists() && compiled.matches(&sources)) {
        compiled.clear()?;
        compile(project, toolchain, stage, variant, &raw)?;
        compiled.write(&sources)?;
        steps.push("compiled");
    }

    // The same module can come out of changed sources; what follows then need not run again.
    let raw_bytes = fs::read(&raw).with_context(|| format!("cannot read {}", raw.display()))?;
    let module = Fingerprint::new()
        .bytes(&raw_bytes)
        .word(&page::package_version(project, "binaryen"))
        .words(&WASM_OPT)
        .word(BINDGEN)
        .finish();
    let packed = Stamp::new(folder.join(format!("{}.packed", variant.name())));
    let finished = folder.join(variant.name());
    if !(finished.exists() && packed.matches(&module)) {
        packed.clear()?;
        let partial = folder.join(format!("{}.partial", variant.name()));
        empty_folder(&partial)?;
        stage.progress("binding generator");
        bind(&raw_bytes, flavour, &partial)?;
        if flavour == Flavour::Shipped {
            stage.progress("wasm-opt (minutes for the gpu artefact)");
            optimise(project, &partial.join("contrastvae_bg.wasm"), stage)?;
        }
        replace_folder(&partial, &finished)?;
        packed.write(&module)?;
        steps.push("packed");
    }

    let place = project.package().join(variant.name());
    let installed = Stamp::new(project.package().join(format!(".{}", variant.name())));
    let identity = format!("{module} {}", flavour.name());
    if !(place.exists() && installed.matches(&identity)) {
        installed.clear()?;
        let partial = project.package().join(format!("{}.partial", variant.name()));
        empty_folder(&partial)?;
        copy_files(&finished, &partial)?;
        replace_folder(&partial, &place)?;
        installed.write(&identity)?;
    }
    let size = fs::metadata(project.module(variant)).map_or(0, |metadata| metadata.len());
    let steps = if steps.is_empty() {
        "fresh".to_owned()
    } else {
        steps.join(", ")
    };
    stage.note(format!("{steps}, {:.1} MB", size as f64 / 1e6));
    Ok(())
}

/// Runs cargo and keeps the module that it links.
fn compile(project: &Project, toolchain: &Toolchain, stage: &Stage, variant: Variant, raw: &Path) -> Result<()> {
    let linked = project.wasm_target().join(TARGET).join(WASM_PROFILE).join("contrastvae.wasm");
    forget_other_variant(&linked, raw)?;
    let mut cargo = toolchain.cargo(project, "build");
    cargo.args([
        "--lib",
        "--profile",
        WASM_PROFILE,
        "--no-default-features",
        "--features",
        variant.features(),
    ]);
    // Cargo counts its units only where it draws its progress bar.
    cargo
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "120")
        .env("CARGO_TERM_COLOR", "never");
    let finished = exec::run(&mut cargo, None, |event| match event {
        Event::Line(line) => {
            if let Some(count) = cargo_count(line) {
                stage.progress(&count);
            }
        }
        Event::Silence => stage.tick(),
    })?;
    let words = diagnostics(&finished.output);
    if !words.is_empty() {
        stage.print(&words);
    }
    if !finished.success() {
        bail!("the {} artefact does not compile, see above", variant.name());
    }
    if let Some(folder) = raw.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let partial = raw.with_extension("tmp");
    fs::copy(&linked, &partial).with_context(|| format!("cargo left no module at {}", linked.display()))?;
    fs::rename(&partial, raw).with_context(|| format!("cannot write {}", raw.display()))
}

/// Both variants link into one file, since cargo gives a cdylib no hash in its name, and cargo may take the other variant's
/// file for fresh. So unless the file is byte for byte what this variant linked last, it goes, and cargo links again.
fn forget_other_variant(linked: &Path, raw: &Path) -> Result<()> {
    let ours = match (fs::read(linked), fs::read(raw)) {
        (Ok(linked), Ok(raw)) => linked == raw,
        _ => false,
    };
    if ours {
        return Ok(());
    }
    let name = linked.file_name().unwrap_or_default();
    let folder = linked.parent().unwrap_or(Path::new(""));
    for path in [linked.to_path_buf(), folder.join("deps").join(name)] {
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// `345 of 402 crates: burn, wgpu` out of cargo's progress bar.
fn cargo_count(line: &str) -> Option<String> {
    let bar = line.trim_start().strip_prefix("Building [")?;
    let (count, names) = bar
        .split_once("] ")?
        .1
        .split_once(':')
        .unwrap_or((bar.split_once("] ")?.1, ""));
    let (done, total) = count.trim().split_once('/')?;
    Some(format!("{} of {} crates: {}", done.trim(), total.trim(), names.trim()))
}

/// What cargo said, without its progress.
fn diagnostics(output: &str) -> String {
    const PROGRESS: [&str; 10] = [
        "Building [",
        "Compiling ",
        "Finished ",
        "Locking ",
        "Updating ",
        "Downloading ",
        "Downloaded ",
        "Adding ",
        "Blocking ",
        "Fresh ",
    ];
    let kept = output
        .lines()
        .filter(|line| !PROGRESS.iter().any(|word| line.trim_start().starts_with(word)));
    kept.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// JavaScript, TypeScript types and the module they belong to.
fn bind(raw: &[u8], flavour: Flavour, folder: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_bytes("contrastvae", raw.to_vec())
        .typescript(true)
        .remove_name_section(flavour == Flavour::Shipped);
    // The JavaScript names its module by `new URL(…, import.meta.url)`, which bundlers follow.
    bindgen.omit_default_module_path(false);
    bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder))
        .map_err(|error| anyhow!("the binding generator failed: {error:#}"))
}

fn optimise(project: &Project, module: &Path, stage: &Stage) -> Result<()> {
    let better = module.with_extension("opt");
    let mut wasm_opt = page::node_tool(project, "binaryen/bin/wasm-opt")?;
    wasm_opt.args(WASM_OPT).arg(module).arg("-o").arg(&better);
    exec::quietly(&mut wasm_opt, stage)?;
    fs::rename(&better, module).with_context(|| format!("cannot write {}", module.display()))
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            empty_folder(&target)?;
            copy_files(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_counts_are_read_from_its_progress_bar() {
        let line = "    Building [=======>                ] 112/345: burn-flex, wgpu-core";
        assert_eq!(cargo_count(line).as_deref(), Some("112 of 345 crates: burn-flex, wgpu-core"));
        assert_eq!(cargo_count("   Compiling burn v0.22.1"), None);
    }

    #[test]
    fn only_diagnostics_are_shown() {
        let output =
            "   Compiling a v1\n    Building [=> ] 1/2: a\nwarning: unused\n --> src/lib.rs:1:1\n    Finished `wasm` profile\n";
        assert_eq!(diagnostics(output), "warning: unused\n --> src/lib.rs:1:1");
    }
}
