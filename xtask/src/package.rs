//! Fills `pkg/dist/`, the built part of the npm package: an entry for scripts, its worker, their types and the licences.
//!
//! In: `pkg/dist/cpu/` and `pkg/dist/gpu/`, and the sources in `pkg/src/`. Out: beside the modules `index.js` and `worker.js` (by Vite) and
//! `types/` (by the TypeScript compiler). `pkg/package.json` names what belongs to the package.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::exec;
use crate::fresh::{Fingerprint, Stamp, empty_folder};
use crate::page::node_tool;
use crate::project::Project;
use crate::stage::Stage;

/// Inputs of the scripts; `node_modules/` is what the lock file says.
const INPUTS: [&str; 7] = [
    "pkg/src",
    "pkg/vite.config.ts",
    "pkg/tsconfig.json",
    "tsconfig.json",
    "package-lock.json",
    "pkg/dist/cpu/contrastvae.d.ts",
    "xtask/src/package.rs",
];
/// Files that are copied as they are.
const COPIES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Everything in `pkg/dist/` but the modules.
pub fn complete(project: &Project, stage: &Stage) -> Result<()> {
    let package = project.package();
    for file in COPIES {
        let text = fs::read_to_string(project.path(file)).with_context(|| format!("cannot read {file}"))?;
        write(&package.join(file), &text)?;
    }
    let fingerprint = Fingerprint::new().paths(project.root(), &INPUTS)?.finish();
    let stamp = Stamp::new(project.work().join("package"));
    let there = ["index.js", "worker.js", "types/index.d.ts"];
    if stamp.matches(&fingerprint) && there.iter().all(|file| package.join(file).exists()) {
        stage.note("fresh");
        return Ok(());
    }
    stamp.clear()?;
    stage.progress("vite build");
    let mut vite = node_tool(project, "vite/bin/vite.js")?;
    exec::quietly(vite.args(["build", "--config", "pkg/vite.config.ts"]), stage)?;
    stage.progress("types");
    let emitted = project.work().join("package-types");
    empty_folder(&emitted)?;
    let mut tsc = node_tool(project, "typescript/bin/tsc")?;
    exec::quietly(tsc.args(["--project", "pkg/tsconfig.json"]), stage)?;
    let types = package.join("types");
    empty_folder(&types)?;
    copy_types(&emitted, &types)?;
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

/// `'./session'` becomes `'./session.js'`, `'../dist/cpu/contrastvae'` becomes `'../cpu/contrastvae.js'`.
fn with_extensions(text: &str) -> String {
    let mut changed = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let relative = ["from './", "from '../", "import('./", "import('../"]
            .iter()
            .find_map(|opening| line.find(opening).map(|at| at + opening.find('\'').unwrap_or(0) + 1));
        match relative.and_then(|start| line[start..].find('\'').map(|length| (start, start + length))) {
            Some((start, end)) => {
                let path = line[start..end].replace("../dist/", "../");
                changed += &format!("{}{path}.js{}", &line[..start], &line[end..]);
            }
            None => changed += line,
        }
    }
    changed
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
        let before = "import type { A } from './a';\nexport { B } from '../b';\nexport type { C, } from '../dist/cpu/contrastvae';\nconst d = './d';\n";
        let after = "import type { A } from './a.js';\nexport { B } from '../b.js';\nexport type { C, } from '../cpu/contrastvae.js';\nconst d = './d';\n";
        assert_eq!(with_extensions(before), after);
    }
}
