//! `contrastvae compare`: several models on one log, side by side.
//!
//! In: a log, names of presets and baselines, a folder. Out: a run in a folder of its own for each model and seed, and in the folder
//! above them `comparison.json` and `comparison.md`. What is there already is not done again: after a kill the same command goes on,
//! in the middle of a run too.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use contrastvae::evaluate::{GroupedMetrics, Grouping, Metrics, assign};
use contrastvae::log::{Dataset, ReadOptions, Split};
use contrastvae::run::{Config, DataIdentity, DiagnosisOptions, PRESETS, Run, RunError};
use pollster::block_on;
use serde::{Deserialize, Serialize};

use crate::baselines;
use crate::comparison::{Comparison, Outcome, Posterior, Training};
use crate::failure::{Failure, print, print_json};
use crate::progress::Progress;
use crate::use_model::rank;
use crate::whole_file::write_bytes;
use crate::{model_files, reading, train};

/// What is written beside a run while it trains, and when it is done.
const NOTES: &str = "compared.json";
/// The group of answers that occur fewer than ten times.
const RARE: u8 = 0;

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
    /// What computes
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

/// A model to be compared.
enum Model {
    Baseline(String),
    Preset(String, Box<Config>),
}

/// What stands beside a run.
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
    let models = models(arguments)?;
    let log = reading::read(&[data], &arguments.reading)?;
    let (data, options) = (Arc::new(log.data), log.options);
    for model in &models {
        if let Model::Baseline(name) = model {
            baselines::check(name, data.items.len())?;
        }
    }
    let identity = DataIdentity::of(&data);
    let mut comparison = Comparison {
        data: identity.name,
        users: identity.users,
        items: identity.items,
        interactions: identity.interactions,
        fingerprint: identity.fingerprint,
        outcomes: Vec::new(),
    };
    let cannot = |error: std::io::Error| {
        Failure::Other(format!(
            "{} cannot be written: {error}; choose another folder with --out.",
            out.display()
        ))
    };
    fs::create_dir_all(out).map_err(cannot)?;
    for model in models {
        match model {
            Model::Baseline(name) => comparison.outcomes.push(baseline(&name, &data)?),
            Model::Preset(name, config) => {
                for seed in 1..=arguments.seeds {
                    let config = Config {
                        seed,
                        ..config.as_ref().clone()
                    };
                    let folder = out.join(format!("{name}-seed-{seed}"));
                    let outcome = trained(&name, config, &data, &options, &folder, &arguments.device)?;
                    comparison.outcomes.push(outcome);
                }
            }
        }
        // After each model, so that there is something to look at while the others train.
        let json = serde_json::to_string_pretty(&comparison).map_err(|error| Failure::Other(error.to_string()))?;
        write_bytes(&out.join("comparison.json"), json.as_bytes()).map_err(cannot)?;
        write_bytes(&out.join("comparison.md"), comparison.table().as_bytes()).map_err(cannot)?;
    }
    Ok(comparison)
}

/// The models of the names, all of them checked before the first one trains.
fn models(arguments: &Arguments) -> Result<Vec<Model>, Failure> {
    let mut models = Vec::new();
    for name in &arguments.models {
        if baselines::NAMES.contains(&name.as_str()) {
            models.push(Model::Baseline(name.clone()));
            continue;
        }
        let mut parts = name.split('+');
        let preset = parts.next().unwrap_or_default();
        if !PRESETS.iter().any(|(known, _)| *known == preset) {
            let known: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).chain(baselines::NAMES).collect();
            return Err(Failure::Input(format!(
                "There is no model {preset}; there are {}.",
                known.join(", ")
            )));
        }
        // After those of all models, which they may change again.
        let mut settings = arguments.settings.clone();
        settings.extend(parts.map(str::to_owned));
        let config = train::configuration(preset, &settings)?;
        config.check().map_err(|error| Failure::Input(error.to_string()))?;
        models.push(Model::Preset(name.clone(), Box::new(config)));
    }
    Ok(models)
}

fn baseline(name: &str, data: &Dataset) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let (scorer, _) = baselines::build(name, data, None)?;
    let (valid, _) = baselines::rank(data, scorer.as_ref(), Split::Valid, None)?;
    let (test, ranks) = baselines::rank(data, scorer.as_ref(), Split::Test, None)?;
    Ok(Outcome {
        model: name.to_owned(),
        seed: None,
        training: None,
        seconds: Some(started.elapsed().as_secs_f64()),
        valid,
        test,
        rare: rare(data, &ranks),
        posterior: None,
    })
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
        Run::new(config.clone(), data.clone(), compute).map_err(|error| Failure::Input(error.to_string()))?
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
    let epochs = run.history().epochs.len();
    run.adopt_best();
    let (valid, _) = rank(&run, Split::Valid, None)?;
    let (test, ranks) = rank(&run, Split::Test, None)?;
    let outcome = Outcome {
        model: name.to_owned(),
        seed: Some(config.seed),
        training: Some(Training {
            config,
            epochs,
            best_epoch: run.history().best().map_or(epochs, |best| best.epoch),
            parameters: run.parameter_count(),
        }),
        seconds: before.map(|before| before + seconds),
        valid,
        test,
        rare: rare(data, &ranks),
        posterior: posterior(&run)?,
    };
    note(seconds, Some(outcome.clone()))?;
    Ok(outcome)
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

/// Test metrics of answers that occur fewer than ten times in training.
fn rare(data: &Dataset, ranks: &[Option<u32>]) -> Metrics {
    let groups = assign(data, Split::Test, Grouping::TrainingFrequency);
    GroupedMetrics::of_ranks(&groups, ranks)
        .finish()
        .into_iter()
        .nth(usize::from(RARE))
        .map_or_else(|| Metrics::from_ranks([]), |group| group.metrics)
}

/// What its latent space looks like; none where there is no posterior.
fn posterior(run: &Run) -> Result<Option<Posterior>, Failure> {
    let mut diagnosis = run.diagnosis(DiagnosisOptions {
        reliance_users: 0,
        ..DiagnosisOptions::default()
    });
    let progress = Progress::of_steps("Looking at the latents", diagnosis.progress().1 as u64);
    loop {
        match block_on(diagnosis.advance(run)) {
            Ok(Some(found)) => {
                let (collapse, information) = (&found.last.collapse, &found.last.information);
                return Ok(Some(Posterior {
                    active_units: collapse.active_units,
                    dimensions: found.last.dimensions,
                    kl: collapse.kl,
                    kl_to_prior: found.kl_to_prior,
                    mutual_information: information.mutual_information,
                    mutual_information_ceiling: information.ceiling,
                    contrastive_bound: found.last.contrast.map(|contrast| contrast.bound),
                }));
            }
            Ok(None) => progress.set(diagnosis.progress().0 as u64),
            Err(RunError::Diagnosis(_)) => return Ok(None),
            Err(error) => return Err(Failure::Other(error.to_string())),
        }
    }
}
