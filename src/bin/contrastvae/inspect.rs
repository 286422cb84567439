//! `contrastvae inspect`: what is in a log, how it was understood, and what filter and split make of it.
//!
//! In: a log, where wanted a file of item titles, and the options of reading. Out: a report, or with `--json` one object: the
//! summary of the log with the preview of its file, the seconds that it took and the memory.

use std::path::PathBuf;

use contrastvae::log::{PREVIEW_ROWS, Preview, Summary};
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::reading::{self, Log};
use crate::report;

/// Rows of the file that are shown.
const ROWS: i64 = 5;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The log: a table as text, JSON or Parquet, or one user a line; packed with gzip or zip as well
    file: PathBuf,
    /// A file of item titles, where the log has none
    items: Option<PathBuf>,
    #[command(flatten)]
    reading: reading::Options,
    /// Rows of the file to show
    #[arg(long, value_name = "N", default_value_t = ROWS, value_parser = clap::value_parser!(i64).range(0..=PREVIEW_ROWS as i64))]
    rows: i64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  contrastvae inspect ratings.csv
  contrastvae inspect ratings.dat movies.dat --min-rating 4 --k-core 10
  contrastvae inspect log.tsv.gz --columns user,item,_,time --no-header --json";

/// Report on a log.
#[derive(Serialize)]
pub struct Inspection {
    #[serde(flatten)]
    pub summary: Summary,
    pub preview: Option<Preview>,
    /// Bytes of the files.
    pub bytes: u64,
    pub read_seconds: f64,
    pub assemble_seconds: f64,
    /// Bytes that an interaction takes in memory.
    pub bytes_per_interaction: f64,
    /// Most memory that the program had at once; only where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let paths: Vec<_> = [Some(&arguments.file), arguments.items.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    let Log {
        data,
        options: _,
        mut preview,
        bytes,
        read_seconds,
        assemble_seconds,
        bytes_per_interaction,
    } = reading::read(&paths, &arguments.reading)?;
    if let Some(preview) = &mut preview {
        preview.rows.truncate(usize::try_from(arguments.rows).unwrap_or(0));
    }
    let inspection = Inspection {
        summary: data.summary,
        preview,
        bytes,
        read_seconds,
        assemble_seconds,
        bytes_per_interaction,
        peak_memory_bytes: peak_memory(),
    };
    if arguments.json {
        print_json(&inspection)
    } else {
        print(&report::of(&inspection))
    }
}

/// The high water mark of this process, where the system keeps one in a file (Linux).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
