//! `contrastvae compare`: several models on one log, side by side.
//!
//! In: a log, names of presets and baselines, a folder. Out: a run in a folder of its own for each model and seed, and in the folder
//! above them `comparison.json` and `comparison.md`. What is there already is not done again: after a kill the same command goes on,
//! in the middle of a run too. A part does some of the models and seeds and writes `comparison-K-of-N.json`; merging makes one of all parts.

mod merge;

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
use crate::parts::{PartArgument, tell_there};
use crate::progress::Progress;
use crate::whole_file::write_bytes;
use crate::{model_files, reading, train};

/// File of the comparison.
const WHOLE: &str = "comparison.json";
/// File of the notes that stand beside a run while it trains, and when it is done.
const NOTES: &str = "compared.json";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The log
    #[arg(long, value_name = "FILE", required_unless_present_any = ["show", "merge"])]
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
    #[command(flatten)]
    part: PartArgument,
    /// Make comparison.json and comparison.md of all parts that stand in --out; no log is needed
    #[arg(long, requires = "out", conflicts_with_all = ["data", "settings", "part"])]
    merge: bool,
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
        (None, _, Some(out)) if arguments.merge => merge::merged(out)?,
        (None, Some(data), Some(out)) => match compare(arguments, data, out)? {
            Some(comparison) => comparison,
            None => return Ok(()),
        },
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

/// The comparison, or that of a part; nothing if the part is there.
fn compare(arguments: &Arguments, data: &Path, out: &Path) -> Result<Option<Comparison>, Failure> {
    let jobs = plan(&arguments.models, &arguments.settings, arguments.seeds).map_err(input)?;
    let part = arguments.part.part;
    let jobs = part.map_or(jobs.clone(), |part| part.every(jobs));
    if let Some(file) = part.map(|part| part.path(&out.join(WHOLE)))
        && file.exists()
    {
        check_part(&file, &jobs)?;
        return tell_there(&file, arguments.json).map(|()| None);
    }
    let log = reading::read(&[data], &arguments.reading)?;
    let (data, options) = (Arc::new(log.data), log.options);
    for job in &jobs {
        job.check(data.items.len()).map_err(input)?;
    }
    let mut comparison = Comparison::of(&data);
    fs::create_dir_all(out).map_err(|error| cannot(out, &error))?;
    for job in jobs {
        comparison.outcomes.push(match job {
            Job::Baseline(name) => baseline(&name, &data)?,
            Job::Trained { model, config } => {
                let folder = out.join(format!("{model}-seed-{}", config.seed));
                trained(&model, *config, &data, &options, &folder, &arguments.device)?
            }
        });
        if part.is_none() {
            // After each of them, so that there is something to look at while the others train.
            write(out, &comparison)?;
        }
    }
    if let Some(part) = part {
        // A part is there when it is whole.
        write_json(&part.path(&out.join(WHOLE)), &comparison)?;
    }
    Ok(Some(comparison))
}

/// Error if the file of a part does not hold just the outcomes of these jobs.
fn check_part(file: &Path, jobs: &[Job]) -> Result<(), Failure> {
    let outcomes = shown(file)?.outcomes;
    let same = outcomes.len() == jobs.len() && jobs.iter().zip(&outcomes).all(|(job, outcome)| job.is_done_by(outcome));
    match same {
        true => Ok(()),
        false => Err(Failure::Input(format!(
            "{} is a part of another comparison; delete it, or choose another folder with --out.",
            file.display()
        ))),
    }
}

/// Writes a comparison and its table.
fn write(out: &Path, comparison: &Comparison) -> Result<(), Failure> {
    write_json(&out.join(WHOLE), comparison)?;
    write_bytes(&out.join("comparison.md"), comparison.table().as_bytes()).map_err(|error| cannot(out, &error))
}

fn write_json(path: &Path, comparison: &Comparison) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(comparison).map_err(|error| Failure::Other(error.to_string()))?;
    write_bytes(path, json.as_bytes()).map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Other(format!(
        "{} cannot be written: {error}; choose another folder with --out.",
        path.display()
    ))
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
