//! Compiles the crate, and what few logs need, into the WebAssembly artefacts.
//!
//! In: the crate's sources and a [`Toolchain`]. Out: a folder of `pkg/dist/` for each (module, JavaScript, TypeScript types); `package.rs` adds
//! what makes a package of them. Three steps an artefact, each skipped when its input is unchanged: cargo, the binding
//! generator (`modules.rs`), and wasm-opt from the npm package `binaryen` (shipped flavour only: it takes minutes). A variant that is
//! not wanted yet has a stand-in in its place, since the page names every variant.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::exec;
use crate::fresh::{Fingerprint, Stamp, empty_folder, replace_folder};
use crate::modules::{self, Beside};
use crate::page;
use crate::project::{Flavour, Project, Variant};
use crate::stage::{Reporter, Stage};
use crate::toolchain::{TARGET, THREAD_FLAGS, Toolchain};

/// Inputs of the crate. The command line in `src/bin` is native only.
pub const INPUTS: [&str; 4] = ["src", "Cargo.toml", "Cargo.lock", ".cargo"];
pub const NATIVE_ONLY: &str = "src/bin";
/// The sources of the unpacking module; the others are built without it.
const UNPACK: &str = "src/unpack";
/// The WebAssembly features that rustc uses by default, plus SIMD; relaxed SIMD is not among them, since Safari rejects it.
///
/// Four passes are left out. LLVM has done their work: they took a third of the time (16 of 44 s of processor time for the unpacking
/// module) and saved 0.4 % of its download.
const WASM_OPT: [&str; 13] = [
    "-O3",
    "--skip-pass=precompute-propagate",
    "--skip-pass=rse",
    "--skip-pass=ssa-nomerge",
    "--skip-pass=local-cse",
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
pub fn package(
    project: &Project,
    reporter: &Reporter,
    flavour: Flavour,
    variants: &[Variant],
    beside: &Beside<'_>,
) -> Result<()> {
    let toolchain = reporter.stage("wasm target", |stage| Toolchain::ensure(project, stage))?;
    let build = |variant: Variant| {
        reporter.stage(&format!("{} artefact", variant.name()), |stage| {
            if variant.has_threads() && !toolchain.ensure_library_sources(stage) {
                stage.note(
                    "left out: `rustup component add rust-src` brings what it is compiled with; the page trains on one core",
                );
                return Ok(());
            }
            artefact(project, &toolchain, stage, (flavour, variant), beside)
        })
    };
    // The page needs the first one before all others. Of these, the one whose memory is shared has a folder of cargo's by itself, so it is made
    // beside the rest: linking and wasm-opt take minutes on one core each.
    let (first, others): (Vec<Variant>, Vec<Variant>) = variants.iter().partition(|&&variant| variant == Variant::Cpu);
    first.into_iter().try_for_each(build)?;
    let (apart, together): (Vec<Variant>, Vec<Variant>) = others.into_iter().partition(|variant| variant.has_threads());
    thread::scope(|scope| {
        let apart = scope.spawn(|| apart.into_iter().try_for_each(build));
        let together = together.into_iter().try_for_each(build);
        let apart = apart
            .join()
            .unwrap_or_else(|_| Err(anyhow!("the build of a module broke off")));
        together.and(apart)
    })?;
    for variant in Variant::ALL {
        // Also where an older one lies there: its types would be those of an older CPU variant.
        if !installed_path(project, variant).exists() {
            stand_in(project, variant)?;
        }
    }
    built(project)
}

/// Whether every module of the flavour lies in `pkg/` as its sources make it. Nothing is installed or built for the answer.
pub fn is_fresh(project: &Project, flavour: Flavour) -> Result<bool> {
    let Some(toolchain) = Toolchain::present() else {
        return Ok(false);
    };
    for variant in Variant::ALL {
        if variant.has_threads() && !toolchain.has_library_sources() {
            continue;
        }
        let raw = raw_module(project, flavour, variant);
        let sources = sources(project, &toolchain, flavour, variant)?;
        if !(raw.exists() && Stamp::new(raw.with_extension("stamp")).matches(&sources)) {
            return Ok(false);
        }
        let identity = identity(&packing(project, &fs::read(&raw)?), flavour);
        if !(project.module(variant).exists() && installed(project, variant).matches(&identity)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The modules that lie in `pkg/`, whatever they were compiled from; without the sources of the standard library that for several cores does not.
pub fn installed_variants(project: &Project) -> impl Iterator<Item = Variant> {
    Variant::ALL
        .into_iter()
        .filter(|&variant| installed_path(project, variant).exists())
}

/// Which modules there are and how well they are compiled, for the page (`pkg/src/built.ts`).
fn built(project: &Project) -> Result<()> {
    let mut modules = serde_json::Map::new();
    for variant in Variant::ALL {
        let identity = fs::read_to_string(installed_path(project, variant)).unwrap_or_default();
        if let Some((_, quality)) = identity.split_once(' ') {
            modules.insert(variant.name().to_owned(), quality.into());
        }
    }
    let text = format!("{:#}\n", serde_json::Value::Object(modules));
    let path = project.package().join("built.json");
    if fs::read_to_string(&path).is_ok_and(|stored| stored == text) {
        return Ok(());
    }
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Stand-in for a variant that was never built here: the types of the CPU variant and a sentence.
fn stand_in(project: &Project, variant: Variant) -> Result<()> {
    let folder = project.package().join(variant.name());
    empty_folder(&folder)?;
    let sentence = format!("The {} module has not been built on this machine yet.", variant.name());
    let script = format!(
        "const none = () => {{ throw new Error({sentence:?}) }}\nexport default async () => none()\n\
         export {{ none as initSync, none as refused_bytes, none as run_worker, none as Unpacking, none as workbook }}\n"
    );
    let types = project.package().join("cpu/contrastvae.d.ts");
    fs::write(folder.join("contrastvae.js"), script)
        .and_then(|()| fs::write(folder.join("contrastvae_bg.wasm"), b""))
        .and_then(|()| fs::copy(types, folder.join("contrastvae.d.ts")).map(drop))
        .and_then(|()| fs::remove_file(installed_path(project, variant)).or(Ok(())))
        .with_context(|| format!("cannot write {}", folder.display()))
}

/// The module as the compiler left it, with its names: what the checks read besides the finished one.
pub fn raw_module(project: &Project, flavour: Flavour, variant: Variant) -> PathBuf {
    flavour_folder(project, flavour).join(format!("{}.raw.wasm", variant.name()))
}

fn flavour_folder(project: &Project, flavour: Flavour) -> PathBuf {
    project.work().join(flavour.name())
}

/// Fingerprint of what a module is compiled from.
fn sources(project: &Project, toolchain: &Toolchain, flavour: Flavour, variant: Variant) -> Result<String> {
    let flags: &[&str] = if variant.has_threads() { &THREAD_FLAGS } else { &[] };
    let unpacks = variant == Variant::Unpack;
    let inputs = INPUTS.map(|input| if unpacks && input == "src" { UNPACK } else { input });
    let except: &[&str] = if unpacks { &[] } else { &[NATIVE_ONLY, UNPACK] };
    Ok(Fingerprint::new()
        .word(&toolchain.version())
        .word(flavour.profile())
        .word(if flavour == Flavour::Edited { "incremental" } else { "" })
        .word(variant.features())
        .words(flags)
        .paths_except(project.root(), &inputs, except)?
        .finish())
}

/// Fingerprint of a finished module: the same one can come out of changed sources.
fn packing(project: &Project, raw: &[u8]) -> String {
    Fingerprint::new()
        .bytes(raw)
        .word(&page::package_version(project, "binaryen"))
        .words(&WASM_OPT)
        .word(modules::BINDGEN)
        .finish()
}

/// Note in `pkg/` on the module that lies there.
fn identity(packing: &str, flavour: Flavour) -> String {
    format!("{packing} {}", flavour.name())
}

fn installed_path(project: &Project, variant: Variant) -> PathBuf {
    project.package().join(format!(".{}", variant.name()))
}

fn installed(project: &Project, variant: Variant) -> Stamp {
    Stamp::new(installed_path(project, variant))
}

fn artefact(
    project: &Project,
    toolchain: &Toolchain,
    stage: &Stage,
    (flavour, variant): (Flavour, Variant),
    beside: &Beside<'_>,
) -> Result<()> {
    let folder = flavour_folder(project, flavour);
    let sources = sources(project, toolchain, flavour, variant)?;
    let raw = raw_module(project, flavour, variant);
    let compiled = Stamp::new(raw.with_extension("stamp"));
    let mut steps = Vec::new();
    if !(raw.exists() && compiled.matches(&sources)) {
        compiled.clear()?;
        compile(project, toolchain, stage, flavour, variant, &raw)?;
        compiled.write(&sources)?;
        steps.push("compiled");
    }

    beside.packages()?;
    let raw_bytes = fs::read(&raw).with_context(|| format!("cannot read {}", raw.display()))?;
    let module = packing(project, &raw_bytes);
    let packed = Stamp::new(folder.join(format!("{}.packed", variant.name())));
    let finished = folder.join(variant.name());
    if !(finished.exists() && packed.matches(&module)) {
        packed.clear()?;
        let partial = folder.join(format!("{}.partial", variant.name()));
        empty_folder(&partial)?;
        stage.progress("binding generator");
        beside.bind(&raw, &partial, flavour == Flavour::Shipped)?;
        if flavour == Flavour::Shipped {
            stage.progress("wasm-opt (minutes for the gpu artefact)");
            optimise(project, &partial.join("contrastvae_bg.wasm"), variant, stage)?;
        }
        replace_folder(&partial, &finished)?;
        packed.write(&module)?;
        steps.push("packed");
    }

    let place = project.package().join(variant.name());
    let installed = installed(project, variant);
    let identity = identity(&module, flavour);
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

/// How cargo compiles a module.
pub fn cargo(project: &Project, toolchain: &Toolchain, flavour: Flavour, variant: Variant) -> Command {
    let mut cargo = toolchain.cargo(project, "rustc", variant);
    // Without the rlib, which nobody links here.
    cargo.args(["--package", variant.package().0, "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", flavour.profile()]);
    cargo.args(["--no-default-features", "--features", variant.features()]);
    if flavour == Flavour::Edited {
        cargo.env("CARGO_PROFILE_QUICK_INCREMENTAL", "true");
    }
    cargo
}

/// Runs cargo and keeps the module that it links.
fn compile(
    project: &Project,
    toolchain: &Toolchain,
    stage: &Stage,
    flavour: Flavour,
    variant: Variant,
    raw: &Path,
) -> Result<()> {
    let profile = flavour.profile();
    let linked = project
        .wasm_target(variant)
        .join(TARGET)
        .join(profile)
        .join(format!("{}.wasm", variant.package().1));
    forget_other_variant(&linked, raw)?;
    let mut cargo = cargo(project, toolchain, flavour, variant);
    exec::cargo(&mut cargo, stage).with_context(|| format!("the {} artefact was not compiled", variant.name()))?;
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

fn optimise(project: &Project, module: &Path, variant: Variant, stage: &Stage) -> Result<()> {
    let better = module.with_extension("opt");
    let mut wasm_opt = page::node_tool(project, "binaryen/bin/wasm-opt")?;
    if variant.has_threads() {
        wasm_opt.arg("--enable-threads");
    }
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
