//! The program `modules` (`xtask/modules/`): binding generator, checks of finished modules, types of the protocol.
//!
//! In: a raw or a finished module. Out: JavaScript, types and a module in a folder, or a sentence. cargo builds the program beside
//! other work.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};

use anyhow::{Context, Result, anyhow, bail};

use crate::exec;
use crate::project::Project;
use crate::stage::{Reporter, Stage};

/// Version and settings of the binding generator, for fingerprints.
pub const BINDGEN: &str = "0.2.130 web, default module path";

/// The binding generator, which cargo may still be building on a thread of its own.
pub struct Generator<'scope> {
    building: Mutex<Option<ScopedJoinHandle<'scope, Result<()>>>>,
}

impl<'scope> Generator<'scope> {
    /// Begins to build it, unless it is there.
    pub fn start<'env>(scope: &'scope Scope<'scope, 'env>, project: &'env Project, reporter: &'env Reporter) -> Self {
        let building = scope.spawn(|| reporter.stage("binding generator", |stage| ensure(project, stage)));
        Self {
            building: Mutex::new(Some(building)),
        }
    }

    /// Writes JavaScript, types and the module into `folder`; `strip` takes away the names of functions.
    pub fn bind(&self, raw: &Path, folder: &Path, strip: bool) -> Result<()> {
        if let Some(building) = self.building.lock().unwrap_or_else(PoisonError::into_inner).take() {
            building
                .join()
                .unwrap_or_else(|_| Err(anyhow!("the build of the binding generator broke off")))?;
        }
        let mut command = Command::new(program()?);
        command.arg("bind").arg(raw).arg(folder);
        if strip {
            command.arg("--strip");
        }
        run(&mut command)
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
