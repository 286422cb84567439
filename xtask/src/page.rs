//! The page: its npm packages and its static files.
//!
//! In: `package-lock.json`, `www/` and `pkg/`. Out: `node_modules/` as the lock file says, and `dist/`, which any web server can
//! hold under any path. Node does the work; xtask only decides whether there is any.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::exec;
use crate::fresh::{Fingerprint, Stamp, empty_folder, replace_folder};
use crate::project::Project;
use crate::stage::Stage;
use crate::toolchain::parse_version;

/// Inputs of `dist/`, `node_modules/` aside, which the lock file stands for.
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
const CONFIG: &str = "www/vite.config.ts";
const SINGLE_CONFIG: &str = "www/vite.single.config.ts";
/// Name of the stage that makes the page in one file.
pub const SINGLE_STAGE: &str = "page in one file";
/// Tells Vite that this page waits for a better build of its modules (`pkg/src/built.ts`).
const FOR_NOW: &str = "CONTRASTVAE_FOR_NOW";
/// As in `engines` of package.json.
const OLDEST_NODE: (u32, u32) = (20, 19);
const ADVICE: &str = "install Node.js 20.19 or newer (https://nodejs.org)";

/// The version of Node.js, if it is new enough.
pub fn node() -> Result<String> {
    let version = exec::ask("node", &["--version"]).with_context(|| format!("Node.js was not found: {ADVICE}"))?;
    if parse_version(&version).is_none_or(|found| found < OLDEST_NODE) {
        bail!("Node.js {version} is too old: {ADVICE}");
    }
    Ok(version)
}

/// Installs the packages of the lock file, unless they are there.
pub fn packages(project: &Project, stage: &Stage) -> Result<()> {
    let version = node()?;
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
    npm_ci(&mut npm, stage)?;
    stamp.write(&fingerprint)?;
    stage.note(format!("installed, Node {version}"));
    Ok(())
}

/// Runs npm; why it stopped is a sentence that says what to do.
fn npm_ci(npm: &mut Command, stage: &Stage) -> Result<()> {
    let finished = exec::run(npm, None, |event| exec::follow(event, stage))?;
    if finished.success() {
        return Ok(());
    }
    stage.print(finished.output.trim_end());
    bail!("{}", npm_fault(&finished.output));
}

fn npm_fault(output: &str) -> &'static str {
    const OFFLINE: [&str; 5] = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ECONNRESET"];
    if output.contains("ENOSPC") {
        "the disk is full: make room, then run the same command again"
    } else if OFFLINE.iter().any(|code| output.contains(code)) {
        "the npm registry cannot be reached: connect to the network and run the same command again"
    } else {
        "`npm ci` failed, see its output above"
    }
}

/// Whether the page is there for good, or until a better build takes its place in the same place (`cargo xtask serve`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    Lasting,
    ForNow,
}

/// Builds `dist/`, unless it is what its inputs make. The folder is exchanged as a whole, and the one before is kept beside it: a page
/// that is open may still ask for files of that.
pub fn build(project: &Project, stage: &Stage, stay: Stay) -> Result<()> {
    let (fingerprint, stamp) = freshness(project, stay)?;
    if stamp.matches(&fingerprint) && project.dist().join("index.html").exists() {
        stage.note("fresh");
        return Ok(());
    }
    stamp.clear()?;
    let partial = project.work().join("dist.partial");
    empty_folder(&partial)?;
    let mut vite = node_tool(project, "vite/bin/vite.js")?;
    if stay == Stay::ForNow {
        vite.env(FOR_NOW, "1");
    }
    stage.progress("vite build");
    vite.args(["build", "--config", CONFIG, "--emptyOutDir", "--outDir"])
        .arg(&partial);
    exec::quietly(&mut vite, stage)?;
    if !partial.join("index.html").exists() {
        bail!("vite left no index.html");
    }
    if project.dist().exists() {
        replace_folder(&project.dist(), &project.dist_before())?;
    }
    replace_folder(&partial, &project.dist())?;
    stamp.write(&fingerprint)?;
    stage.note("built");
    Ok(())
}

/// Builds the page in one file, unless it is what its inputs make. It takes its place when it is whole.
pub fn build_single(project: &Project, stage: &Stage) -> Result<()> {
    let fingerprint = Fingerprint::new()
        .word("single")
        .paths_except(project.root(), &INPUTS, &[NOT_AN_INPUT])?
        .finish();
    let stamp = Stamp::new(project.work().join("single"));
    let single = project.single();
    if stamp.matches(&fingerprint) && single.exists() {
        stage.note("fresh");
        return Ok(());
    }
    stamp.clear()?;
    let partial = project.work().join("single.partial");
    empty_folder(&partial)?;
    stage.progress("vite build");
    let mut vite = node_tool(project, "vite/bin/vite.js")?;
    vite.args(["build", "--config", SINGLE_CONFIG, "--emptyOutDir", "--outDir"])
        .arg(&partial);
    exec::quietly(&mut vite, stage)?;
    let name = single.file_name().context("the page in one file has no name")?;
    let bytes = fs::metadata(partial.join(name))
        .with_context(|| format!("vite left no {}", name.display()))?
        .len();
    fs::rename(partial.join(name), &single).with_context(|| format!("cannot write {}", single.display()))?;
    stamp.write(&fingerprint)?;
    stage.note(format!("built, {:.1} MB", bytes as f64 / 1e6));
    Ok(())
}

/// Whether `dist/` is what its inputs make.
pub fn is_fresh(project: &Project) -> Result<bool> {
    let (fingerprint, stamp) = freshness(project, Stay::Lasting)?;
    Ok(stamp.matches(&fingerprint) && project.dist().join("index.html").exists())
}

fn freshness(project: &Project, stay: Stay) -> Result<(String, Stamp)> {
    let fingerprint = Fingerprint::new()
        .word(if stay == Stay::ForNow { FOR_NOW } else { "" })
        .paths_except(project.root(), &INPUTS, &[NOT_AN_INPUT])?
        .finish();
    Ok((fingerprint, Stamp::new(project.work().join("page"))))
}

/// The page on Vite's own server, which shows each change of `www/` and each new module at once.
pub fn edit_server(project: &Project, port: u16) -> Result<Command> {
    let mut vite = node_tool(project, "vite/bin/vite.js")?;
    vite.args(["--config", CONFIG, "--strictPort", "--port"])
        .arg(port.to_string());
    Ok(vite)
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

#[cfg(test)]
mod tests {
    use super::npm_fault;

    #[test]
    fn a_dead_network_and_a_full_disk_are_told_apart() {
        assert!(npm_fault("npm error code ENOTFOUND\nnpm error network request failed").starts_with("the npm registry"));
        assert!(npm_fault("npm error ENOSPC: no space left on device, write").starts_with("the disk is full"));
        assert!(npm_fault("npm error code E404").contains("see its output above"));
    }
}
