//! The command line of ContrastVAE Lab: the same code as the page, on files.
//!
//! In: a subcommand with its options, and files. Out: what was asked for on stdout (a report for people, or with `--json` one JSON
//! object), progress on stderr where that is a terminal, and an exit status: 0 good, 2 bad usage or bad input with one clear
//! sentence on stderr, 1 anything else. `reading` is what all subcommands that read a log share, `progress` how they show that they
//! are at work, `failure` how they end; each subcommand is a module of its own.
//!
//! Native only: the browser's artefacts are built from the library alone.

#![expect(
    clippy::disallowed_methods,
    reason = "native only: a program has files, clocks and an end of its own"
)]
#![expect(
    unreachable_pub,
    reason = "nothing of a program is reachable: `pub` says what its other modules use"
)]

mod baselines;
mod compare;
mod convert;
mod critique_rows;
mod diagnose;
mod diagnose_text;
mod embedding_files;
mod explain;
mod export;
mod failure;
mod import;
mod inspect;
mod list_files;
mod list_measures;
mod measures;
mod memory;
mod model_files;
mod onnx;
mod parquet_columns;
mod parts;
mod progress;
mod pseudonyms;
mod reading;
mod recommend;
mod report;
mod sheet_file;
mod similar;
mod train;
mod use_model;
mod whole_file;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use contrastvae::parallel::{self, PoolError};

use crate::failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sequential recommendation with ContrastVAE.
#[derive(Parser)]
#[command(name = "contrastvae", version, arg_required_else_help = true, after_help = STATUS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Threads that share the work; all of the machine by default, or RAYON_NUM_THREADS. Results are the same for any number
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
}

const STATUS: &str = "Exit status: 0 good; 2 bad usage or bad input, with one sentence on stderr; 1 anything else.";

#[derive(Subcommand)]
enum Command {
    /// Read an interaction log and tell what is in it
    Inspect(inspect::Arguments),
    /// Write a log as it was understood, after the filters, for other programs
    Convert(convert::Arguments),
    /// Train a model on a log and write it to a folder
    Train(train::Arguments),
    /// Rank the held-back items of a log by a trained model
    Evaluate(use_model::Evaluate),
    /// List the items that a trained model expects next
    Recommend(recommend::Arguments),
    /// Tell why a trained model recommends an item
    Explain(explain::Arguments),
    /// List the items that are like an item, or those of each
    Similar(similar::Arguments),
    /// Make a run of a checkpoint of the official ContrastVAE
    Import(import::Arguments),
    /// Tell what the latent space of a trained model looks like, and whether it has collapsed
    Diagnose(diagnose::Arguments),
    /// Write the embeddings of the items, or the latents of the users, to a file
    Export(export::Arguments),
    /// Rank by popularity, a Markov chain and item-kNN, to compare a model with
    Baselines(baselines::Arguments),
    /// Train several models on one log and set them side by side
    Compare(compare::Arguments),
}

fn main() -> ExitCode {
    // `convert --to` names the format, so the latest time that stays has another name there.
    let command = Arguments::command().mut_subcommand("convert", |convert| convert.mut_arg("to", |to| to.long("until")));
    let parsed = command
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return failure::of_usage(&error),
    };
    whole_file::clean_up_when_interrupted();
    // A panic is a mistake of the program; its message stands on stderr by then, and the status must not look like another's.
    match panic::catch_unwind(AssertUnwindSafe(|| run(arguments))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.tell(),
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    parallel::set_threads(arguments.threads).map_err(|error| match error {
        PoolError::None | PoolError::TooMany { .. } => Failure::Input(error.to_string()),
        PoolError::Start(_) | PoolError::Set => Failure::Other(error.to_string()),
    })?;
    if let Some(bytes) = memory::free_bytes() {
        contrastvae::log::set_memory(bytes);
    }
    match arguments.command {
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Evaluate(arguments) => use_model::evaluate(&arguments),
        Command::Recommend(arguments) => recommend::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Similar(arguments) => similar::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Diagnose(arguments) => diagnose::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Baselines(arguments) => baselines::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
    }
}
