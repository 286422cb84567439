//! `contrastvae import`: a checkpoint of the official ContrastVAE becomes the folder of a run.
//!
//! In: the file that the official code wrote, and the log that it was trained on. Out: `model.safetensors` and `run.json`, which
//! `evaluate`, `recommend` and the page open, and a report or one JSON object. The log is read as the official code reads it:
//! nothing is left out, and the last two items of each user are held back.

use std::fs;
use std::path::{Path, PathBuf};

use contrastvae::log::{Filter, ReadOptions};
use contrastvae::pytorch;
use contrastvae::run::{ImportError, Mode, import_official};
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::{model_files, reading};

/// Most bytes of a checkpoint, which is held in memory.
const MAX_BYTES: u64 = 2 << 30;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contrastvae import --pytorch Beauty.pt --data Beauty.txt --out run\n  contrastvae evaluate --run run --data Beauty.txt"
)]
pub struct Arguments {
    /// The checkpoint: what torch.save(model.state_dict(), ...) wrote
    #[arg(long, value_name = "FILE")]
    pytorch: PathBuf,
    /// The log that the model was trained on
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// A file of item titles
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// Attention heads, which a checkpoint does not tell
    #[arg(long, value_name = "N", default_value_t = 4)]
    heads: usize,
    /// The folder for model.safetensors and run.json, or a file for both (.zip), which the page opens
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Report on an imported checkpoint.
#[derive(Serialize)]
struct Report {
    mode: Mode,
    items: usize,
    hidden_size: usize,
    layers: usize,
    heads: usize,
    max_length: usize,
    unused: Vec<String>,
    notes: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if model_files::holds_a_run(&arguments.out) {
        return Err(Failure::Input(format!(
            "{} holds a run already; choose another folder.",
            arguments.out.display()
        )));
    }
    let file = arguments.pytorch.file_name().unwrap_or_default().to_string_lossy();
    let tensors = pytorch::read(&file, &bytes(&arguments.pytorch)?).map_err(|error| Failure::Input(error.to_string()))?;
    // The official code takes every line as it is.
    let options = ReadOptions {
        filter: Filter {
            min_user: 1,
            min_item: 1,
            ..Filter::default()
        },
        ..ReadOptions::default()
    };
    let paths: Vec<&Path> = [Some(&arguments.data), arguments.items.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    let log = reading::read_with(&paths, &options)?;
    let imported = import_official(&file, &tensors, arguments.heads, &log.data, &log.options).map_err(|error| match error {
        ImportError::Run(_) => Failure::Other(error.to_string()),
        _ => Failure::Input(error.to_string()),
    })?;
    model_files::save(&arguments.out, &imported.checkpoint)?;

    let config = &imported.checkpoint.record.config;
    let report = Report {
        mode: config.view.mode,
        items: log.data.items.len(),
        hidden_size: config.model.hidden_size,
        layers: config.model.layers,
        heads: config.model.heads,
        max_length: config.model.max_length,
        unused: imported.unused,
        notes: imported.notes,
    };
    if arguments.json {
        return print_json(&report);
    }
    let mut text = format!(
        "{file}: mode {}, {} items, width {}, layers {}, heads {}, positions {}\n",
        match report.mode {
            Mode::Variational => "variational",
            _ => "model",
        },
        report.items,
        report.hidden_size,
        report.layers,
        report.heads,
        report.max_length
    );
    for note in &report.notes {
        text += &format!("{note}\n");
    }
    print(&format!("{text}Written to {}\n", arguments.out.display()))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error| reading::cannot_open(path, &error);
    let size = fs::metadata(path).map_err(cannot)?.len();
    if size > MAX_BYTES {
        return Err(Failure::Input(format!(
            "{} has {} MiB, and a checkpoint may have at most {}.",
            path.display(),
            size >> 20,
            MAX_BYTES >> 20
        )));
    }
    fs::read(path).map_err(cannot)
}
