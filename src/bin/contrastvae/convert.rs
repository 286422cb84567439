//! `contrastvae convert`: a log as it was understood, after the filters, for other programs.
//!
//! In: a log and the options of reading. Out: user, item, time (ISO 8601 in UTC), rating and kind of interaction, users together and each
//! oldest first, as JSON Lines, a table, Parquet, RecBole's atomic file or one user a line; to a file or to the standard output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contrastvae::log::{Cleaned, CleanedFormat, cleaned};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::failure::Failure;
use crate::parquet_columns::{io_error, some, whole};
use crate::pseudonyms::{check_apart, drawn};
use crate::reading;
use crate::whole_file::write_to;

/// Rows of a group of a Parquet file.
const GROUP_ROWS: usize = 1 << 20;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The log, and where wanted a file of item titles
    #[arg(required = true, num_args = 1..=2, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A file of item titles beside the log
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    #[command(flatten)]
    reading: reading::Options,
    /// How to write
    #[arg(long = "to", value_name = "FORMAT", value_parser = ["jsonl", "csv", "tsv", "parquet", "inter", "sequences"])]
    format: String,
    /// Where to write; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Pseudonyms in the place of users' identifiers; FILE is the key that leads back (.csv), the same as that of lists
    #[arg(long, value_name = "FILE")]
    pseudonyms: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Formats:
  jsonl      one JSON object a line: user, item, time, rating, event
  csv, tsv   the same as a table with a header
  parquet    the same, times as timestamps
  inter      RecBole's atomic file
  sequences  one user a line: user item item …, oldest first

Examples:
  contrastvae convert export.csv --to jsonl --out -
  contrastvae convert shop.xlsx --events purchase --k-core 1 --to inter --out shop.inter
  contrastvae convert mail.csv --k-core 1 --pseudonyms key.csv --to csv --out hidden.csv";

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let paths: Vec<&Path> = arguments.files.iter().chain(&arguments.items).map(PathBuf::as_path).collect();
    if let Some(key) = &arguments.pseudonyms {
        check_apart(key, &arguments.out)?;
    }
    let (raw, options) = reading::read_raw(&paths, &arguments.reading)?;
    let mut rows = cleaned(&raw, &options)?;
    let names = arguments
        .pseudonyms
        .as_ref()
        .map(|key| drawn(key, &rows.users()))
        .transpose()?;
    if let Some(names) = &names {
        rows = rows.with_names(names);
    }
    let format = match arguments.format.as_str() {
        "jsonl" => Some(CleanedFormat::Jsonl),
        "csv" => Some(CleanedFormat::Csv),
        "tsv" => Some(CleanedFormat::Tsv),
        "inter" => Some(CleanedFormat::Inter),
        "sequences" => Some(CleanedFormat::Sequences),
        _ => None,
    };
    if let Some(format) = format {
        rows.check(format)?;
    }
    write_to(&arguments.out, |mut file| match format {
        Some(format) => rows.write(format, &mut file),
        None => write_parquet(&rows, file),
    })
}

fn write_parquet(rows: &Cleaned<'_>, out: impl Write + Send) -> io::Result<()> {
    parquet_of(rows, out).map_err(io_error)
}

fn parquet_of(rows: &Cleaned<'_>, out: impl Write + Send) -> Result<(), ParquetError> {
    let [times, ratings, events] = rows.columns();
    let mut schema = "message log { required binary user (UTF8); required binary item (UTF8);".to_owned();
    for (there, column) in [
        (times, " optional int64 time (TIMESTAMP(MICROS,true));"),
        (ratings, " optional double rating;"),
        (events, " optional binary event (UTF8);"),
    ] {
        if there {
            schema += column;
        }
    }
    schema += " }";
    let schema = Arc::new(parse_message_type(&schema)?);
    let properties = Arc::new(
        WriterProperties::builder()
            .set_compression(parquet::basic::Compression::SNAPPY)
            .build(),
    );
    let mut writer = SerializedFileWriter::new(out, schema, properties)?;
    let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
    let all: Vec<_> = rows.rows().collect();
    for part in all.chunks(GROUP_ROWS) {
        let mut group = writer.next_row_group()?;
        whole::<ByteArrayType>(&mut group, &part.iter().map(|row| text(row.user)).collect::<Vec<_>>())?;
        whole::<ByteArrayType>(&mut group, &part.iter().map(|row| text(row.item)).collect::<Vec<_>>())?;
        if times {
            some::<Int64Type>(
                &mut group,
                part.iter().map(|row| row.time.map(|time| (time * 1e6).round() as i64)),
            )?;
        }
        if ratings {
            some::<DoubleType>(&mut group, part.iter().map(|row| row.rating))?;
        }
        if events {
            some::<ByteArrayType>(&mut group, part.iter().map(|row| row.event.map(text)))?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}
