//! The program `modules` (`xtask/modules/`): binding generator, checks of finished modules, types of the protocol.
//!
//! In: a raw or a finished module. Out: JavaScript, types and a module in a folder, or a sentence. cargo builds the program beside
//! other work, and npm fetches its packages beside both.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};

use anyhow::{Context, Result, anyhow, bail};

use crate::project::Project;
use crate::stage::{Reporter, Stage};
use crate::{exec, page};

/// Version and settings of the binding generator, for fingerprints.
pub const BINDGEN: &str = "0.2.130 web, default module path";

/// Work that cargo need not wait for, each piece done on a thread of its own: the binding generator and the packages of Node.js.
pub struct Beside<'scope> {
    generator: Awaited<'scope>,
    packages: Awaited<'scope>,
}

/// The outcome of a thread, until somebody has looked at it.
type Awaited<'scope> = Mutex<Option<ScopedJoinHandle<'scope, Result<()>>>>;

impl<'scope> Beside<'scope> {
    /// Begins with both, unless they are there.
    pub fn start<'env>(scope: &'scope Scope<'scope, 'env>, project: &'env Project, reporter: &'env Reporter) -> Self {
        let packages = scope.spawn(|| reporter.stage("node packages", |stage| page::packages(project, stage)));
        let generator = scope.spawn(|| reporter.stage("binding generator", |stage| ensure(project, stage)));
        Self {
            generator: Mutex::new(Some(generator)),
            packages: Mutex::new(Some(packages)),
        }
    }

    /// Waits for the packages of Node.js.
    pub fn packages(&self) -> Result<()> {
        wait(&self.packages)
    }

    /// Writes JavaScript, types and the module into `folder`; `strip` takes away the names of functions.
    pub fn bind(&self, raw: &Path, folder: &Path, strip: bool) -> Result<()> {
        wait(&self.generator)?;
        let mut command = Command::new(program()?);
        command.arg("bind").arg(raw).arg(folder);
        if strip {
            command.arg("--strip");
        }
        run(&mut command)
    }
}

fn wait(awaited: &Awaited<'_>) -> Result<()> {
    match awaited.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(working) => working
            .join()
            .unwrap_or_else(|_| Err(anyhow!("a step beside cargo broke off"))),
        None => Ok(()),
    }
}

/// Builds the program, unless it is there.
fn ensure(project: &Project, stage: &Stage) -> Result<()> {
    exec::cargo(
        &mut exec::own_cargo(project, &["build", "--profile", "tools", "--package", "modules"]),
        stage,
    )
}

/// One of the checks that the program knows by name.
pub fn check(name: &str, module: &Path) -> Result<()> {
    run(Command::new(program()?).args(["check", name]).arg(module))
}

/// Brings the TypeScript types of the protocol up to date with the Rust ones.
pub fn types(root: &Path) -> Result<()> {
    run(Command::new(program()?).arg("types").arg(root))
}

/// It lies beside xtask, since cargo builds both in one profile.
fn program() -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program cannot tell where it lies")?;
    Ok(own.with_file_name(format!("modules{}", std::env::consts::EXE_SUFFIX)))
}

fn run(command: &mut Command) -> Result<()> {
    let finished = exec::run(command, None, |_| {})?;
    if !finished.success() {
        bail!("{}", finished.output.trim());
    }
    Ok(())
}
