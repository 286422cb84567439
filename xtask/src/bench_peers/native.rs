//! The native half: the command line beside PyTorch, one thread each.
//!
//! In: the logs, and a Python that has PyTorch: the one in the variable `PEERS_PYTHON`, or that of `target/peers/`. Out: the readings of both, or
//! nothing where there is no PyTorch. `BENCH_ROUNDS` takes another number of rounds than 3.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::TASKS;
use crate::bench::measured_program;
use crate::exec;
use crate::project::Project;
use crate::stage::Reporter;

pub fn measure(project: &Project, reporter: &Reporter, folder: &Path) -> Result<Option<Value>> {
    let Some(python) = python_with_torch(project) else {
        return Ok(None);
    };
    let (program, _) = measured_program(project, reporter)?;
    let tasks: Vec<Value> = TASKS.iter().map(|task| task.to_json(folder)).collect();
    reporter.stage("peers, natively", |stage| {
        let mut run = Command::new(python);
        run.arg(project.path("benches/peers/with_torch.py"))
            .arg("--program")
            .arg(&program)
            .args(["--tasks", &Value::from(tasks).to_string()]);
        if let Ok(rounds) = std::env::var("BENCH_ROUNDS") {
            run.args(["--rounds", &rounds]);
        }
        let output = exec::quietly(&mut run, stage)?;
        let last = output.lines().rfind(|line| line.starts_with('{')).unwrap_or_default();
        serde_json::from_str(last).map(Some).context("with_torch.py printed no JSON")
    })
}

fn python_with_torch(project: &Project) -> Option<OsString> {
    let own = project.path("target/peers/bin/python");
    let python = std::env::var_os("PEERS_PYTHON").or_else(|| own.exists().then(|| own.into_os_string()))?;
    exec::ask(python.to_str()?, &["-c", "import torch"])?;
    Some(python)
}
