//! The build scripts of ContrastVAE Lab, all of them.
//!
//! In: a command (`serve`, `build`, `test`, `bench`, `data`, `sizes`, `screenshot`) and the repository. Out: `pkg/` (the crate as an
//! npm package), `dist/` (the page as static files), a local server, results of tests and benchmarks. Every step is a *stage* with a progress line
//! and is skipped when the contents of its inputs have not changed. Whatever is missing on the machine is said in one sentence.

#![expect(
    unreachable_pub,
    reason = "nothing of a program is reachable: `pub` says what its other modules use"
)]

mod bench;
mod bench_cores;
mod bench_gpu;
mod bench_journey;
mod bench_peers;
mod bench_scale;
mod bench_training;
mod data;
mod engines;
mod exec;
mod first_page;
mod fresh;
mod lint_pass;
mod lints;
mod modules;
mod package;
mod page;
mod project;
mod serve;
mod sizes;
mod stage;
mod tally;
mod test;
mod toolchain;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::page::Stay;
use crate::project::{Flavour, Project, Variant};
use crate::stage::Reporter;

/// Builds, serves and tests ContrastVAE Lab.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build what is missing, serve the page on this machine and open it
    Serve {
        /// Port to listen on; without it 8017 or the next free one
        #[arg(long)]
        port: Option<u16>,
        /// Do not open the browser
        #[arg(long)]
        no_open: bool,
        /// The edit loop: Vite's own server, and the CPU module compiled anew at each change of src/
        #[arg(long, conflicts_with = "all")]
        dev: bool,
        /// Wait for all modules in shipped quality before the page is served
        #[arg(long)]
        all: bool,
    },
    /// Build the static site into dist/
    Build {
        /// Quick builds for the edit loop: no wasm-opt, no size budget
        #[arg(long)]
        dev: bool,
        /// Only the CPU module; others stay as they were built last, and the page does without those that never were
        #[arg(long)]
        cpu_only: bool,
        /// The whole page as one file that opens without a server, contrastvae-lab.html, in place of dist/
        #[arg(long, conflicts_with = "cpu_only")]
        single: bool,
    },
    /// Run every test there is, or only the named parts
    Test {
        /// Test the quick builds instead of the shipped ones
        #[arg(long)]
        dev: bool,
        /// Parts to run; without any, all of them
        parts: Vec<test::Part>,
        /// Passed on to Playwright, e.g. `-- -g "learns"`
        #[arg(last = true)]
        playwright: Vec<String>,
    },
    /// Measure how fast it is
    Bench {
        /// Benchmarks to run; without any, all of them
        benchmarks: Vec<bench::Benchmark>,
        /// Measure the command line instead of the page
        #[arg(long)]
        native: bool,
        /// Rows of the generated logs; without it a million, natively five. Of `scale` those of the largest log, ten million without it
        #[arg(long, value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
        rows: Option<u64>,
    },
    /// Fetch MovieLens 100K for use on this machine
    Data,
    /// Print the download sizes of the last build against their budget
    Sizes,
    /// Take docs/screenshot.png from the running page
    Screenshot,
}

fn main() -> ExitCode {
    if let Some(driver) = std::env::var_os(lint_pass::DRIVER) {
        return lint_pass::run(&driver, std::env::args_os().skip(1));
    }
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<bool> {
    let project = Project::find()?;
    let reporter = Reporter::new();
    match command {
        Command::Serve { port, no_open, dev, all } => {
            let listener = serve::listen(port)?;
            if dev {
                first_page::edit(&project, &reporter, listener, !no_open)?;
            } else {
                first_page::serve(&project, &reporter, listener, !no_open, all)?;
            }
        }
        Command::Build { dev, single: true, .. } => {
            let _lock = project.lock()?;
            artefacts(&project, &reporter, Flavour::new(dev), &Variant::SINGLE)?;
            reporter.stage(page::SINGLE_STAGE, |stage| page::build_single(&project, stage))?;
            println!("The page is in {}.", project.single().display());
        }
        Command::Build { dev, cpu_only, .. } => {
            let flavour = Flavour::new(dev);
            let variants: &[Variant] = if cpu_only { &[Variant::Cpu] } else { &Variant::ALL };
            build(&project, &reporter, flavour, variants)?;
            if flavour == Flavour::Shipped && !cpu_only {
                let table = reporter.stage("sizes", |stage| sizes::measure(&project, stage))?;
                println!("\n{table}");
            }
            println!("The site is in {}.", project.dist().display());
        }
        Command::Test { dev, parts, playwright } => {
            return test::run(&project, &reporter, Flavour::new(dev), &parts, &playwright);
        }
        Command::Bench {
            benchmarks,
            native,
            rows,
        } => bench::run(&project, &reporter, &benchmarks, native, rows)?,
        Command::Data => data::fetch(&project, &reporter)?,
        Command::Sizes => print!("{}", sizes::table(&project)?),
        Command::Screenshot => {
            build(&project, &reporter, Flavour::Shipped, &Variant::ALL)?;
            reporter.stage("screenshot", |stage| test::screenshot(&project, stage))?;
        }
    }
    Ok(true)
}

/// Everything that `dist/` needs, in order.
fn build(project: &Project, reporter: &Reporter, flavour: Flavour, variants: &[Variant]) -> Result<()> {
    let _lock = project.lock()?;
    artefacts(project, reporter, flavour, variants)?;
    reporter.stage("page", |stage| page::build(project, stage, Stay::Lasting))
}

/// `pkg/`. A missing Node.js shows at once; its packages and the binding generator are made beside the crate's own dependencies.
fn artefacts(project: &Project, reporter: &Reporter, flavour: Flavour, variants: &[Variant]) -> Result<()> {
    page::node()?;
    std::thread::scope(|scope| {
        let beside = modules::Beside::start(scope, project, reporter);
        wasm::package(project, reporter, flavour, variants, &beside)
    })?;
    reporter.stage("protocol types", |_| modules::types(project.root()))?;
    reporter.stage("npm package", |stage| package::complete(project, stage))
}
