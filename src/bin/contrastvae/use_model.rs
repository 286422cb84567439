//! `contrastvae evaluate`: what a trained model is worth.
//!
//! In: the folder of a run, and its log. Out: metrics over the full ranking, by group as well; as a report or with `--json` as JSON.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use contrastvae::evaluate::{Corruption, Metrics};
use contrastvae::log::Split;
use contrastvae::run::Run;
use pollster::block_on;
use serde::Serialize;

use crate::critique_rows::{CritiqueRows, critique_text};
use crate::failure::{Failure, print, print_json};
use crate::measures::{Groups, Measures, SPLITS, Spoiled, split_of, spoil, spoiled_text};
use crate::progress::Progress;
use crate::train::compute;
use crate::{model_files, reading};

#[derive(Debug, clap::Args)]
pub struct Evaluate {
    /// The folder that `contrastvae train` wrote, or a checkpoint (.zip)
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// The log that the run was trained on; it is read with the options of the training
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The part that is asked for
    #[arg(long, default_value = "test", value_parser = SPLITS)]
    split: String,
    /// Also rank with 10, 20, 30 and 40 % of each history deleted or replaced
    #[arg(long)]
    corrupt: bool,
    /// Also move the latent along each direction that is tied to an attribute, and tell what is in the first 20 and what it costs
    #[arg(long)]
    critique: bool,
    /// Seed of what is deleted or replaced
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u32,
    /// Device that computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    measures: Measures,
    groups: Vec<Groups>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corruption: Vec<Spoiled>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    critique: Vec<CritiqueRows>,
    /// Of the ranking of the histories as they are.
    seconds: f64,
}

pub fn evaluate(arguments: &Evaluate) -> Result<(), Failure> {
    let run = open(&arguments.run, &arguments.data, &arguments.device)?;
    let split = split_of(&arguments.split);
    let started = Instant::now();
    let (metrics, ranks) = rank(&run, split, None)?;
    let seconds = started.elapsed().as_secs_f64();
    let corruption = if arguments.corrupt {
        spoil(&metrics, arguments.seed, |corruption| {
            Ok(rank(&run, split, Some(corruption))?.0)
        })?
    } else {
        Vec::new()
    };
    let critique = match arguments.critique {
        true => CritiqueRows::measure(&run, split)?,
        false => Vec::new(),
    };
    let report = Report {
        measures: Measures::from(&metrics),
        groups: Groups::of(run.data(), split, &ranks),
        corruption,
        critique,
        seconds,
    };
    if arguments.json {
        return print_json(&report);
    }
    let mut text = format!("{} users, {} items, {seconds:.1} s\n", metrics.users, run.data().items.len());
    text += &report.measures.text();
    text.extend(report.groups.iter().map(Groups::text));
    text += &spoiled_text(&report.corruption);
    text += &critique_text(&report.critique);
    print(&text)
}

/// The full ranking of a split, and the rank of each user's answer.
pub fn rank(run: &Run, split: Split, corruption: Option<Corruption>) -> Result<(Metrics, Vec<Option<u32>>), Failure> {
    let mut evaluation = run.evaluation(split);
    if let Some(corruption) = corruption {
        evaluation = evaluation.with_corruption(corruption);
    }
    let progress = Progress::of_steps("Ranking", evaluation.progress().1 as u64);
    loop {
        let metrics = block_on(evaluation.advance(run)).map_err(|error| Failure::Other(error.to_string()))?;
        if let Some(metrics) = metrics {
            return Ok((metrics, evaluation.ranks().to_vec()));
        }
        progress.set(evaluation.progress().0 as u64);
    }
}

/// The best model of a run, on its log. Titles that came from a file of items beside the log are in the run.
pub fn open(folder: &Path, data: &Path, device: &str) -> Result<Run, Failure> {
    open_with(folder, data, None, device)
}

/// The same with a file of items beside the log.
pub fn open_with(folder: &Path, data: &Path, items: Option<&Path>, device: &str) -> Result<Run, Failure> {
    let checkpoint = model_files::load(folder)?;
    let record = &checkpoint.record;
    let paths: Vec<&Path> = [Some(data), items].into_iter().flatten().collect();
    let mut log = reading::read_with(&paths, &record.read)?.data;
    let titles = record.item_ids.iter().zip(&record.item_titles);
    log.add_titles(titles.map(|(id, title)| (id.as_str(), title.as_str())));
    let mut run = Run::resume(&checkpoint, Arc::new(log), compute(device)?).map_err(|error| Failure::Input(error.to_string()))?;
    run.adopt_best();
    Ok(run)
}
