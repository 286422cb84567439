//! `contrastvae compare`: several models on one log, side by side.
//!
//! In: a log, names of presets and baselines, a folder. Out: a run in a folder of its own for each model and seed, and in the folder
//! above them `comparison.json` and `comparison.md`. What is there already is not done again: after a kill the same command goes on,
//! in the middle of a run too.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use contrastvae::compare::{BaselineWork, Comparison, Job, Outcome, Piece, Stage, TrainedWork, plan};
use contrastvae::log::{Dataset, ReadOptions};
use contrastvae::run::{Config, Run};
use pollster::block_on;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, print, print_json};
use crate::progress::Progress;
use crate::whole_file::write_bytes;
use crate::{model_files, reading, train};

/// File of the notes that stand beside a run while it trains, and when it is done.
const NOTES: &str = "compared.json";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The log
    #[arg(long, value_name = "FILE", required_unless_present = "show")]
    data: Option<PathBuf>,
    /// Presets and baselines (popularity, markov, item_knn, ease), with commas between them; a preset may have settings of its own, as in
    /// sasrec+model.layers=1+training.ema=0
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        default_value = "popularity,markov,item_knn,sasrec,avae,contrastvae-model"
    )]
    models: Vec<String>,
    /// How many seeds for each model, from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    seeds: u32,
    /// One setting for all models that are trained; as often as wanted
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Where to write the runs and the table
    #[arg(long, value_name = "FOLDER", required_unless_present = "show")]
    out: Option<PathBuf>,
    /// Device that computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Only print the table of a comparison.json
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "out", "settings"])]
    show: Option<PathBuf>,
    #[command(flatten)]
    reading: reading::Options,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Notes beside a run.
#[derive(Serialize, Deserialize)]
struct Notes {
    /// Of its steps so far.
    seconds: f64,
    /// Once it is done.
    outcome: Option<Outcome>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let comparison = match (&arguments.show, &arguments.data, &arguments.out) {
        (Some(file), _, _) => shown(file)?,
        (None, Some(data), Some(out)) => compare(arguments, data, out)?,
        // The command line asks for both.
        _ => return Err(Failure::Input("Name the log with --data and a folder with --out.".to_owned())),
    };
    if arguments.json {
        print_json(&comparison)
    } else {
        print(&comparison.table())
    }
}

fn shown(file: &Path) -> Result<Comparison, Failure> {
    let text =
        fs::read_to_string(file).map_err(|error| Failure::Input(format!("{} cannot be read: {error}.", file.display())))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::Input(format!(
            "{} is no comparison that this version wrote: {error}.",
            file.display()
        ))
    })
}

fn compare(arguments: &Arguments, data: &Path, out: &Path) -> Result<Comparison, Failure> {
    let jobs = plan(&arguments.models, &arguments.settings, arguments.seeds).map_err(input)?;
    let log = reading::read(&[data], &arguments.reading)?;
    let (data, options) = (Arc::new(log.data), log.options);
    for job in &jobs {
        job.check(data.items.len()).map_err(input)?;
    }
    let mut comparison = Comparison::of(&data);
    let cannot = |error: std::io::Error| {
        Failure::Other(format!(
            "{} cannot be written: {error}; choose another folder with --out.",
            out.display()
        ))
    };
    fs::create_dir_all(out).map_err(cannot)?;
    for job in jobs {
        comparison.outcomes.push(match job {
            Job::Baseline(name) => baseline(&name, &data)?,
            Job::Trained { model, config } => {
                let folder = out.join(format!("{model}-seed-{}", config.seed));
                trained(&model, *config, &data, &options, &folder, &arguments.device)?
            }
        });
        // After each of them, so that there is something to look at while the others train.
        let json = serde_json::to_string_pretty(&comparison).map_err(|error| Failure::Other(error.to_string()))?;
        write_bytes(&out.join("comparison.json"), json.as_bytes()).map_err(cannot)?;
        write_bytes(&out.join("comparison.md"), comparison.table().as_bytes()).map_err(cannot)?;
    }
    Ok(comparison)
}

fn input(error: impl std::fmt::Display) -> Failure {
    Failure::Input(error.to_string())
}

fn baseline(name: &str, data: &Dataset) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let mut work = BaselineWork::new(name, data).map_err(input)?;
    let mut bar = None;
    loop {
        if let Some(mut outcome) = work.advance(data).map_err(|error| Failure::Other(error.to_string()))? {
            outcome.seconds = Some(started.elapsed().as_secs_f64());
            return Ok(outcome);
        }
        let (done, all) = work.progress();
        show(&mut bar, name, done, all);
    }
}

/// Moves the bar, and begins a new one where there is another number of parts.
fn show(bar: &mut Option<(usize, Progress)>, doing: &str, done: usize, all: usize) {
    if bar.as_ref().is_none_or(|&(of, _)| of != all) {
        *bar = Some((all, Progress::of_steps(doing, all as u64)));
    }
    if let Some((_, progress)) = bar {
        progress.set(done as u64);
    }
}

/// A run to its end, from where it stands in its folder.
fn trained(
    name: &str,
    config: Config,
    data: &Arc<Dataset>,
    options: &ReadOptions,
    folder: &Path,
    device: &str,
) -> Result<Outcome, Failure> {
    let there = model_files::holds_a_run(folder);
    let notes = if there { read_notes(folder)? } else { None };
    let compute = train::compute(device)?;
    let mut run = if there {
        let saved = model_files::load(folder)?;
        if saved.record.config != config {
            return Err(Failure::Input(format!(
                "{} holds a run of another configuration; delete it, or choose another folder with --out.",
                folder.display()
            )));
        }
        Run::resume(&saved, data.clone(), compute).map_err(|error| Failure::Input(error.to_string()))?
    } else {
        Run::new(config, data.clone(), compute).map_err(|error| Failure::Input(error.to_string()))?
    };
    if let Some(outcome) = notes.as_ref().and_then(|notes| notes.outcome.clone()) {
        return Ok(outcome);
    }
    // A run that another command began did not keep its time.
    let before = if there { notes.map(|notes| notes.seconds) } else { Some(0.0) };
    let note = |seconds: f64, outcome: Option<Outcome>| match before {
        Some(before) => write_notes(
            folder,
            &Notes {
                seconds: before + seconds,
                outcome,
            },
        ),
        None => Ok(()),
    };
    let (seconds, _) = train::train(&mut run, folder, options, |seconds| note(seconds, None))?;
    let mut outcome = measured(TrainedWork::new(name, run))?;
    outcome.seconds = before.map(|before| before + seconds);
    note(seconds, Some(outcome.clone()))?;
    Ok(outcome)
}

/// Measures a trained run: the ranking of its best weights and the diagnosis of their latents.
fn measured(mut work: TrainedWork) -> Result<Outcome, Failure> {
    let mut bar = None;
    loop {
        if let Piece::Done(outcome) = block_on(work.advance()).map_err(|error| Failure::Other(error.to_string()))? {
            return Ok(*outcome);
        }
        let doing = match work.stage() {
            Some(Stage::Latents) => "Looking at the latents",
            _ => "Ranking",
        };
        let (done, all) = work.progress();
        show(&mut bar, doing, done, all);
    }
}

fn read_notes(folder: &Path) -> Result<Option<Notes>, Failure> {
    let path = folder.join(NOTES);
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::Input(format!(
                "{} is damaged: {error}; delete it, and the run beside it is looked at anew.",
                path.display()
            ))
        }),
        Err(_) => Ok(None),
    }
}

fn write_notes(folder: &Path, notes: &Notes) -> Result<(), Failure> {
    let path = folder.join(NOTES);
    let json = serde_json::to_string_pretty(notes).map_err(|error| Failure::Other(error.to_string()))?;
    write_bytes(&path, json.as_bytes()).map_err(|error| Failure::Other(format!("{} cannot be written: {error}.", path.display())))
}
