//! `contrastvae diagnose`: what the latent space of a trained model looks like, and whether it has collapsed.
//!
//! In: the folder of a run and its log. Out: the diagnostics of the library under the names of the field, each number in the report
//! with a line on how to read it; `docs/diagnostics.md` has the definitions.

use std::path::PathBuf;
use std::time::Instant;

use contrastvae::run::{
    AttributeGaps, DiagnosisOptions, LatentReport, LatentSource, PooledReport, PosteriorGroups, PosteriorReport, Reliance,
    RunDiagnostics, RunError,
};
use pollster::block_on;
use serde::Serialize;

use crate::diagnose_text;
use crate::failure::{Failure, print, print_json};
use crate::measures::Measures;
use crate::progress::Progress;
use crate::use_model::open_with;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder that `contrastvae train` wrote, or a checkpoint (.zip)
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// The log that the run was trained on; it is read with the options of the training
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// A file of item titles and genres, for attributes that the run ties no direction to
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// Users whose last position is looked at, and positions out of all of theirs
    #[arg(long, value_name = "N", default_value_t = 2_048, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    rows: u32,
    /// Users on whom the decoder's reliance on the latent is measured; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 512)]
    reliance_users: u32,
    /// Also pool the two views over padded windows, as the official code does; takes long
    #[arg(long)]
    padded: bool,
    /// Seed of what is drawn: users, positions, noise
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u32,
    /// Device that computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// All there is to tell. The numbers of the last position and of the views stand at the top level.
#[derive(Serialize)]
pub struct Report {
    #[serde(flatten)]
    pub last: PosteriorReport,
    #[serde(flatten)]
    pub views: PooledReport,
    pub positions: PosteriorReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padded: Option<PooledReport>,
    pub groups: Vec<PosteriorGroups>,
    pub kl_to_prior: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<AttributeGaps>,
    pub reliance: Option<RelianceReport>,
    pub seconds: f64,
}

/// Loss of recommendation quality by another latent.
#[derive(Serialize)]
pub struct RelianceReport {
    pub users: u32,
    pub scored_at: LatentSource,
    pub latents: Vec<RelianceRow>,
}

/// One kind of latent.
#[derive(Serialize)]
pub struct RelianceRow {
    pub latent: LatentSource,
    #[serde(flatten)]
    pub measures: Measures,
    /// Difference to the row at which the model is scored.
    pub recall_20_change: f32,
    pub ndcg_20_change: f32,
}

impl From<&Reliance> for RelianceReport {
    fn from(found: &Reliance) -> Self {
        let own = found.latents.iter().find(|row| row.latent == found.scored_at);
        let change =
            |of: fn(&Measures) -> f32, measures: &Measures| own.map_or(0.0, |own| of(measures) - of(&(&own.metrics).into()));
        let latents = found.latents.iter().map(|row| {
            let measures = Measures::from(&row.metrics);
            RelianceRow {
                latent: row.latent,
                recall_20_change: change(|measures| measures.recall_20, &measures),
                ndcg_20_change: change(|measures| measures.ndcg_20, &measures),
                measures,
            }
        });
        Self {
            users: found.users,
            scored_at: found.scored_at,
            latents: latents.collect(),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let run = open_with(&arguments.run, &arguments.data, arguments.items.as_deref(), &arguments.device)?;
    let started = Instant::now();
    let mut diagnosis = run.diagnosis(DiagnosisOptions {
        rows: arguments.rows as usize,
        reliance_users: arguments.reliance_users as usize,
        padded: arguments.padded,
        untied_attributes: true,
        seed: arguments.seed,
    });
    let progress = Progress::of_steps("Looking at the latents", diagnosis.progress().1 as u64);
    let found = loop {
        if let Some(found) = block_on(diagnosis.advance(&run)).map_err(failure)? {
            break found;
        }
        progress.set(diagnosis.progress().0 as u64);
    };
    drop(progress);
    let report = report(found, started.elapsed().as_secs_f64());
    if arguments.json {
        print_json(&report)
    } else {
        print(&diagnose_text::of(&report))
    }
}

fn report(found: RunDiagnostics, seconds: f64) -> Report {
    let reliance = found.reliance.as_ref().map(RelianceReport::from);
    let LatentReport {
        last,
        views,
        positions,
        padded,
        groups,
        kl_to_prior,
        attributes,
    } = LatentReport::from(found);
    Report {
        last,
        views,
        positions,
        padded,
        groups,
        kl_to_prior,
        attributes,
        reliance,
        seconds,
    }
}

/// A model or a log that cannot be diagnosed is what was given.
fn failure(error: RunError) -> Failure {
    match error {
        RunError::Diagnosis(error) => Failure::Input(error.to_string()),
        other => Failure::Other(other.to_string()),
    }
}
