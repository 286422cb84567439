//! Makes `pkg/` a package that other projects can import: an entry for scripts, its types, a manifest and words on it.
//!
//! In: `pkg/cpu/` and `pkg/gpu/`, and `www/package/` with what it uses. Out: beside the modules `index.js` and `worker.js` (by Vite),
//! `types/` (by the TypeScript compiler), `index.d.ts`, `package.json`, `README.md`, `example.html` and the licences.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::exec;
use crate::fresh::{Fingerprint, Stamp, empty_folder};
use crate::page::node_tool;
use crate::project::{Project, Variant};
use crate::stage::Stage;

/// What the scripts are built from; `node_modules/` is what the lock file says.
const INPUTS: [&str; 6] = [
    "www",
    "vite.package.config.ts",
    "tsconfig.json",
    "package-lock.json",
    "pkg/cpu/contrastvae.d.ts",
    "xtask/src/package.rs",
];
/// What is copied as it is.
const COPIES: [(&str, &str); 4] = [
    ("www/package/README.md", "README.md"),
    ("www/package/example.html", "example.html"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
];
const INDEX_TYPES: &str = "export * from './types/package/index.js'\n";

/// Everything in `pkg/` but the modules.
pub fn complete(project: &Project, stage: &Stage) -> Result<()> {
    write_manifest(project)?;
    let package = project.package();
    for (from, to) in COPIES {
        let text = fs::read_to_string(project.path(from)).with_context(|| format!("cannot read {from}"))?;
        write(&package.join(to), &text)?;
    }
    let fingerprint = Fingerprint::new().paths(project.root(), &INPUTS)?.finish();
    let stamp = Stamp::new(project.work().join("package"));
    let there = ["index.js", "worker.js", "index.d.ts", "types/package/index.d.ts"];
    if stamp.matches(&fingerprint) && there.iter().all(|file| package.join(file).exists()) {
        stage.note("fresh");
        return Ok(());
    }
    stamp.clear()?;
    stage.progress("vite build");
    let mut vite = node_tool(project, "vite/bin/vite.js")?;
    exec::quietly(vite.args(["build", "--config", "vite.package.config.ts"]), stage)?;
    stage.progress("types");
    let emitted = project.work().join("package-types");
    empty_folder(&emitted)?;
    let mut tsc = node_tool(project, "typescript/bin/tsc")?;
    exec::quietly(tsc.args(["--project", "www/package/tsconfig.json"]), stage)?;
    let types = package.join("types");
    empty_folder(&types)?;
    copy_types(&emitted.join("www"), &types)?;
    write(&package.join("index.d.ts"), INDEX_TYPES)?;
    stamp.write(&fingerprint)?;
    stage.note("built");
    Ok(())
}

/// Copies declarations, with imports as they lie in the package and as every resolution of modules finds them.
fn copy_types(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_types(&entry.path(), &target)?;
        } else {
            let text = fs::read_to_string(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            write(&target, &with_extensions(&text))?;
        }
    }
    Ok(())
}

/// `'./session'` becomes `'./session.js'`, `'../pkg/cpu/contrastvae'` becomes `'../cpu/contrastvae.js'`.
fn with_extensions(text: &str) -> String {
    let mut changed = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let relative = ["from './", "from '../", "import('./", "import('../"]
            .iter()
            .find_map(|opening| line.find(opening).map(|at| at + opening.find('\'').unwrap_or(0) + 1));
        match relative.and_then(|start| line[start..].find('\'').map(|length| (start, start + length))) {
            Some((start, end)) => {
                let path = line[start..end].replace("../pkg/", "../");
                changed += &format!("{}{path}.js{}", &line[..start], &line[end..]);
            }
            None => changed += line,
        }
    }
    changed
}

fn write_manifest(project: &Project) -> Result<()> {
    let manifest = fs::read_to_string(project.path("Cargo.toml")).context("cannot read Cargo.toml")?;
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = "))
        .unwrap_or("\"0.0.0\"")
        .trim_matches('"');
    let export = |variant: Variant| {
        let base = format!("./{}/contrastvae", variant.name());
        json!({ "types": format!("{base}.d.ts"), "default": format!("{base}.js") })
    };
    let manifest = json!({
        "name": "contrastvae",
        "version": version,
        "description": "Trains a contrastive variational recommender in the browser, in a worker, on the CPU or through WebGPU",
        "keywords": ["recommender", "variational autoencoder", "sequential recommendation", "webassembly", "webgpu"],
        "license": "MIT OR Apache-2.0",
        "type": "module",
        "files": ["index.js", "index.d.ts", "worker.js", "types", "example.html", "cpu", "gpu", "LICENSE-MIT", "LICENSE-APACHE"],
        "types": "./index.d.ts",
        "sideEffects": ["./worker.js", "./cpu/snippets/*", "./gpu/snippets/*"],
        "exports": {
            ".": { "types": "./index.d.ts", "default": "./index.js" },
            "./worker.js": "./worker.js",
            "./cpu": export(Variant::Cpu),
            "./gpu": export(Variant::Gpu),
            "./cpu/contrastvae_bg.wasm": "./cpu/contrastvae_bg.wasm",
            "./gpu/contrastvae_bg.wasm": "./gpu/contrastvae_bg.wasm",
        },
    });
    write(&project.package().join("package.json"), &format!("{manifest:#}\n"))
}

/// Writes a file unless it is so already, so that what is built from it stays fresh.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|stored| stored == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_types_are_as_they_lie_in_the_package() {
        let before = "import type { A } from './a';\nexport { B } from '../b';\nexport type { C, } from '../pkg/cpu/contrastvae';\nconst d = './d';\n";
        let after = "import type { A } from './a.js';\nexport { B } from '../b.js';\nexport type { C, } from '../cpu/contrastvae.js';\nconst d = './d';\n";
        assert_eq!(with_extensions(before), after);
    }
}
