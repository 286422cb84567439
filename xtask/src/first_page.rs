//! `cargo xtask serve`: a page within minutes of a fresh clone, a better one behind it, and the edit loop.
//!
//! In: a port and what is built already. Out: a page that trains. On a fresh clone that is the CPU module alone, compiled quickly; it is
//! served at once, and the shipped modules are built behind it at low priority. When they are there they take its place, and the
//! page offers to reload. A build that was broken off is taken up where it stood.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::fresh::Fingerprint;
use crate::page::{self, Stay};
use crate::project::{Flavour, Project, Variant};
use crate::serve::{self, Behind, Progress};
use crate::stage::Reporter;
use crate::{artefacts, exec, wasm};

/// How often the edit loop looks for a change of the crate's sources.
const LOOK: Duration = Duration::from_millis(500);

/// Serves the best page that can be had soon; with `all` only once everything is built.
pub fn serve(project: &Project, reporter: &Reporter, listener: TcpListener, open: bool, all: bool) -> Result<()> {
    let behind = Arc::new(Behind::default());
    if all || is_built(project)? {
        crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
        serve::announce(&listener, open)?;
        return serve::forever(project, listener, behind);
    }
    let lock = project.lock()?;
    artefacts(project, reporter, Flavour::Quick, &[Variant::Cpu])?;
    reporter.stage("page", |stage| page::build(project, stage, Stay::ForNow))?;
    serve::announce(&listener, open)?;
    println!(
        "It trains on one processor core for now; a faster build is made behind it, and the page says when that is ready.\n"
    );
    thread::scope(|scope| {
        let server = scope.spawn(|| serve::forever(project, listener, Arc::clone(&behind)));
        exec::step_back();
        match better(project, reporter) {
            Ok(()) => {
                behind.set(Progress::Ready);
                println!("\nThe faster build is ready: reload the page, or press the button on it.");
            }
            // The quick page is still good.
            Err(error) => {
                behind.set(Progress::Failed);
                eprintln!("error: the faster build was not made, the page stays as it is: {error:#}");
            }
        }
        drop(lock);
        server.join().unwrap_or_else(|_| Err(anyhow!("the server broke off")))
    })
}

/// Builds every module in shipped quality and puts the page that uses them in the place of the quick one.
fn better(project: &Project, reporter: &Reporter) -> Result<()> {
    artefacts(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    reporter.stage("page", |stage| page::build(project, stage, Stay::Lasting))
}

fn is_built(project: &Project) -> Result<bool> {
    Ok(wasm::is_fresh(project, Flavour::Shipped)? && page::is_fresh(project)?)
}

/// Vite's own server for `www/`, and the quick CPU module compiled anew whenever the crate's sources change.
pub fn edit(project: &Project, reporter: &Reporter, listener: TcpListener, open: bool) -> Result<()> {
    let build = || -> Result<()> {
        let _lock = project.lock()?;
        artefacts(project, reporter, Flavour::Edited, &[Variant::Cpu])
    };
    build()?;
    let mut seen = sources(project)?;
    serve::announce(&listener, open)?;
    let mut vite = page::edit_server(project, serve::release(listener)?)?.spawn()?;
    loop {
        thread::sleep(LOOK);
        if let Some(status) = vite.try_wait()? {
            return Err(anyhow!("Vite's server ended with {status}"));
        }
        let now = sources(project)?;
        if now != seen {
            seen = now;
            // What does not compile is told, and the page stays with the module before.
            if let Err(error) = build() {
                eprintln!("error: {error:#}");
            }
        }
    }
}

fn sources(project: &Project) -> Result<String> {
    Ok(Fingerprint::new()
        .paths_except(project.root(), &wasm::INPUTS, &[wasm::NATIVE_ONLY])?
        .finish())
}
