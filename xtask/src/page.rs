//! The page: its npm packages and its static files.
//!
//! In: `package-lock.json`, `www/` and `pkg/`. Out: `node_modules/` as the lock file says, and `dist/`, which any web server can
//! hold under any path. Node does the work; xtask only decides whether there is any.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::exec;
use crate::fresh::{Fingerprint, Stamp};
use crate::project::Project;
use crate::stage::Stage;
use crate::toolchain::parse_version;

/// What `dist/` is built from, `node_modules/` aside, which the lock file stands for.
const INPUTS: [&str; 7] = [
    "www",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "pkg",
];
/// Measured after the page is built.
const NOT_AN_INPUT: &str = "pkg/dist/sizes.json";
/// As in `engines` of package.json.
const OLDEST_NODE: (u32, u32) = (20, 19);
const ADVICE: &str = "install Node.js 20.19 or newer (https://nodejs.org)";

/// Installs the packages of the lock file, unless they are there.
pub fn packages(project: &Project, stage: &Stage) -> Result<()> {
    let version = exec::ask("node", &["--version"]).with_context(|| format!("Node.js was not found: {ADVICE}"))?;
    if parse_version(&version).is_none_or(|found| found < OLDEST_NODE) {
        bail!("Node.js {version} is too old: {ADVICE}");
    }
    let fingerprint = Fingerprint::new()
        .word(&version)
        .paths(project.root(), &["package.json", "package-lock.json"])?
        .finish();
    // Inside the folder: who deletes `node_modules/` deletes its stamp.
    let stamp = Stamp::new(project.path("node_modules/.xtask-stamp"));
    if stamp.matches(&fingerprint) {
        stage.note(format!("fresh, Node {version}"));
        return Ok(());
    }
    let mut npm = Command::new(script("npm"));
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(project.root());
    stage.progress("npm ci");
    exec::quietly(&mut npm, stage)?;
    stamp.write(&fingerprint)?;
    stage.note(format!("installed, Node {version}"));
    Ok(())
}

/// Builds `dist/`, unless it is what its inputs make.
pub fn build(project: &Project, stage: &Stage) -> Result<()> {
    let fingerprint = Fingerprint::new()
        .paths_except(project.root(), &INPUTS, NOT_AN_INPUT)?
        .finish();
    let stamp = Stamp::new(project.work().join("page"));
    if stamp.matches(&fingerprint) && project.dist().join("index.html").exists() {
        stage.note("fresh");
        return Ok(());
    }
    stamp.clear()?;
    let mut vite = node_tool(project, "vite/bin/vite.js")?;
    stage.progress("vite build");
    exec::quietly(vite.args(["build", "--config", "www/vite.config.ts"]), stage)?;
    if !project.dist().join("index.html").exists() {
        bail!("vite left no dist/index.html");
    }
    stamp.write(&fingerprint)?;
    stage.note("built");
    Ok(())
}

/// A command that runs a script of an installed npm package, in the repository's root.
pub fn node_tool(project: &Project, path: &str) -> Result<Command> {
    let tool = project.path("node_modules").join(path);
    if !tool.exists() {
        let package = path.split("/bin").next().unwrap_or(path);
        bail!("the npm package that brings {package} is not installed: package.json should name it");
    }
    let mut command = Command::new("node");
    // Its output is read by a program, or shown later.
    command
        .arg(tool)
        .current_dir(project.root())
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR");
    Ok(command)
}

/// A command that runs a script of `package.json`.
pub fn npm_script(project: &Project, name: &str) -> Command {
    let mut npm = Command::new(script("npm"));
    npm.args(["run", "--silent", name]).current_dir(project.root());
    npm
}

/// Whether `package.json` has a script of that name.
pub fn has_script(project: &Project, name: &str) -> bool {
    let Ok(text) = fs::read_to_string(project.path("package.json")) else {
        return false;
    };
    serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|package| package["scripts"][name].is_string())
}

/// The version of an installed npm package; empty when it is not there.
pub fn package_version(project: &Project, name: &str) -> String {
    let manifest = project.path("node_modules").join(name).join("package.json");
    let text = fs::read_to_string(manifest).unwrap_or_default();
    serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|package| package["version"].as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// npm is a batch file on Windows.
fn script(name: &str) -> String {
    if cfg!(windows) {
        format!("{name}.cmd")
    } else {
        name.to_owned()
    }
}
