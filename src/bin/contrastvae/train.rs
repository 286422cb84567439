//! `contrastvae train`: a run from a log to a folder with the model.
//!
//! In: a log, a preset with changes, a folder. Out: the two files of the run in the folder after each epoch, and a report or one JSON
//! object. Ctrl-C ends it where it stands; with `--resume` it goes on with the very steps that would have come.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use contrastvae::device::Compute;
use contrastvae::evaluate::Metrics;
use contrastvae::log::{ReadOptions, Split, Warning};
use contrastvae::run::{Config, EpochRecord, PRESETS, Run};
use pollster::block_on;
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::progress::Progress;
use crate::{model_files, reading};

#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Arguments {
    /// The log to learn from
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// A file of item titles, where the log has none
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// The folder for model.safetensors and run.json, or a file for both (.zip), which the page opens
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// A configuration by name
    #[arg(long, value_name = "NAME", default_value = "default")]
    preset: String,
    /// One setting, such as training.learning_rate=0.001; as often as wanted
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Passes over all users
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Seed of every random choice
    #[arg(long, value_name = "S")]
    seed: Option<u32>,
    /// Device that computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Go on with the run that is there
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    reading: reading::Options,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    let presets: String = PRESETS.iter().map(|(name, about)| format!("  {name:24} {about}\n")).collect();
    format!(
        "Presets:\n{presets}\nExamples:\n  contrastvae train --data ratings.csv --out run\n  contrastvae train --data beauty.txt --preset paper-beauty \
         --set training.epochs=50 --out run --json"
    )
}

/// Outcome of the training.
#[derive(Serialize)]
struct Report {
    epochs: usize,
    seconds: f64,
    sequences_per_second: f64,
    parameters: usize,
    best_epoch: usize,
    valid: Metrics,
    test: Metrics,
    history: Vec<EpochRecord>,
    /// Warnings that speak against trusting this.
    warnings: Vec<Warning>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut config = Config::preset_with(&arguments.preset, &arguments.settings).map_err(input)?;
    if let Some(epochs) = arguments.epochs {
        config.training.epochs = epochs;
    }
    config.seed = arguments.seed.unwrap_or(config.seed);
    config.check().map_err(input)?;
    let there = model_files::holds_a_run(&arguments.out);
    if there && !arguments.resume {
        return Err(Failure::Input(format!(
            "{} holds a run already; go on with it by --resume, or choose another place.",
            arguments.out.display()
        )));
    }
    let saved = if there {
        Some(model_files::load(&arguments.out)?)
    } else {
        None
    };

    if let Some(from) = saved.as_ref().and_then(|saved| saved.nothing_to_resume()) {
        return Err(Failure::Input(format!(
            "{} holds the weights of {from} alone, which brought no optimiser and no place in a training to go on from; use them \
             as they are, or train in another place.",
            arguments.out.display()
        )));
    }

    let paths: Vec<_> = [Some(&arguments.data), arguments.items.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    let log = match &saved {
        // A run goes on with the log as it was read at first.
        Some(saved) => reading::read_with(&paths, &saved.record.read)?,
        None => reading::read(&paths, &arguments.reading)?,
    };
    let (data, options) = (Arc::new(log.data), log.options);
    let warnings = data.summary.warnings.clone();
    let compute = compute(&arguments.device)?;
    let mut run = match &saved {
        Some(saved) => Run::resume(saved, data, compute).map_err(|error| Failure::Input(error.to_string()))?,
        None => Run::new(config, data, compute).map_err(|error| Failure::Input(error.to_string()))?,
    };
    let (seconds, sequences) = train(&mut run, &arguments.out, &options, |_| Ok(()))?;
    let epochs = run.history().epochs.len();
    run.adopt_best();
    let best = run.history().best().cloned();
    let test = evaluate(&run, Split::Test, "Test")?;
    let valid = match &best {
        Some(best) => best.valid.clone(),
        None => evaluate(&run, Split::Valid, "Validation")?,
    };
    let report = Report {
        epochs,
        seconds,
        sequences_per_second: if seconds > 0.0 { sequences as f64 / seconds } else { 0.0 },
        parameters: run.parameter_count(),
        best_epoch: best.map_or(epochs, |best| best.epoch),
        valid,
        test,
        history: run.history().epochs.clone(),
        warnings,
    };
    if arguments.json {
        return print_json(&report);
    }
    let line = |name: &str, m: &Metrics| {
        format!(
            "{name:12} Recall@20 {:.4}  NDCG@20 {:.4}  Recall@40 {:.4}  NDCG@40 {:.4}  MRR {:.4}  ({} users)\n",
            m.recall_20, m.ndcg_20, m.recall_40, m.ndcg_40, m.mrr, m.users
        )
    };
    let warnings: String = report.warnings.iter().map(|warning| format!("{warning}\n")).collect();
    print(&format!(
        "{warnings}{} epochs in {:.1} s, {:.0} sequences/s, {} parameters; best epoch {}\n{}{}Written to {}\n",
        report.epochs,
        report.seconds,
        report.sequences_per_second,
        report.parameters,
        report.best_epoch,
        line("Validation", &report.valid),
        line("Test", &report.test),
        arguments.out.display()
    ))
}

/// Trains to the end, saving to `out` after each epoch; `saved` is told the seconds of the steps until then. Out: seconds of all
/// steps, and the sequences in them.
pub fn train(
    run: &mut Run,
    out: &Path,
    options: &ReadOptions,
    mut saved: impl FnMut(f64) -> Result<(), Failure>,
) -> Result<(f64, usize), Failure> {
    let (mut seconds, mut sequences) = (0.0, 0);
    let steps = (run.config().training.epochs * run.steps_per_epoch()) as u64;
    let progress = Progress::of_steps("Training", steps);
    let patience = run.config().training.patience;
    while !run.is_finished() && !run.history().is_over(patience) {
        let started = Instant::now();
        let outcome = block_on(run.step()).map_err(other)?;
        seconds += started.elapsed().as_secs_f64();
        sequences += outcome.sequences;
        progress.set(outcome.step as u64);
        if outcome.epoch_ended {
            let metrics = evaluate(run, Split::Valid, "Validation")?;
            progress.say(&format!(
                "epoch {}: loss {:.4}, NDCG@20 {:.4}, Recall@20 {:.4}",
                outcome.epoch + 1,
                outcome.losses.map_or(f32::NAN, |losses| losses.total),
                metrics.ndcg_20,
                metrics.recall_20
            ));
            run.note_validation(metrics);
            let checkpoint = block_on(run.checkpoint(options)).map_err(other)?;
            model_files::save(out, &checkpoint)?;
            saved(seconds)?;
        }
    }
    Ok((seconds, sequences))
}

/// Full ranking of a split.
pub fn evaluate(run: &Run, split: Split, doing: &str) -> Result<Metrics, Failure> {
    let mut evaluation = run.evaluation(split);
    let progress = Progress::of_steps(doing, evaluation.progress().1 as u64);
    loop {
        if let Some(metrics) = block_on(evaluation.advance(run)).map_err(other)? {
            return Ok(metrics);
        }
        progress.set(evaluation.progress().0 as u64);
    }
}

/// The device of a name.
pub fn compute(name: &str) -> Result<Compute, Failure> {
    match name {
        "gpu" => block_on(Compute::gpu()).map_err(|error| Failure::Input(error.to_string())),
        _ => Ok(Compute::cpu()),
    }
}

fn input(error: contrastvae::run::ConfigError) -> Failure {
    Failure::Input(error.to_string())
}

fn other(error: contrastvae::run::RunError) -> Failure {
    Failure::Other(error.to_string())
}
