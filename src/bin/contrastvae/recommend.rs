//! `contrastvae recommend`: what a trained model says comes next, for one history, for a list of users or for everybody.
//!
//! In: the folder of a run, and a history; or the log, and which users. Out: a list of items; or a file with a line for each user and rank, as
//! CSV, JSON Lines or Parquet, with the identifiers of the log.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use contrastvae::log::Dataset;
use contrastvae::run::{IdFile, ListFormat, ListOptions, ListRequest, RankedList, ResolvedLists, Run, history_of, some_of};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use pollster::block_on;
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::model_files;
use crate::parquet_columns::whole;
use crate::progress::Progress;
use crate::train::compute;
use crate::use_model::open;
use crate::whole_file::write_to;

/// Rows of a group of a Parquet file.
const GROUP_ROWS: usize = 1 << 18;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("whom").required(true).args(["history", "users", "everyone"])))]
pub struct Arguments {
    /// The folder that `contrastvae train` wrote, or a checkpoint (.zip)
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Identifiers of items, oldest first, with commas between them
    #[arg(long, value_name = "A,B,C")]
    history: Option<String>,
    /// A file with the identifiers of users, one a line
    #[arg(long, value_name = "FILE", requires_all = ["data", "out"])]
    users: Option<PathBuf>,
    /// All users of the log
    #[arg(long, requires_all = ["data", "out"])]
    everyone: bool,
    /// The log that the run was trained on; it is read with the options of the training
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where to write, in the format that the name ends with: .csv, .jsonl or .parquet; `-` is the standard output, as CSV
    #[arg(long, value_name = "FILE", requires = "data")]
    out: Option<PathBuf>,
    /// How many items
    #[arg(short, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    k: u32,
    /// Also items that the user has had already
    #[arg(long, requires = "data")]
    with_history: bool,
    /// Only items of this file, an identifier a line
    #[arg(long, value_name = "FILE", requires = "data")]
    only: Option<PathBuf>,
    /// No items of this file, an identifier a line
    #[arg(long, value_name = "FILE", requires = "data")]
    without: Option<PathBuf>,
    /// Only items with so many interactions in the log
    #[arg(long, value_name = "N", default_value_t = 0, requires = "data")]
    least: u32,
    /// Device that computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Print JSON: the list of a history, or what was written
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  contrastvae recommend --run run --history 12,7,40
  contrastvae recommend --run run --data ratings.csv --everyone -k 20 --out lists.parquet
  contrastvae recommend --run run --data ratings.csv --users mail.csv --without sold-out.txt --out lists.csv";

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match (&arguments.history, &arguments.data, &arguments.out) {
        (Some(history), ..) => after(history, arguments),
        (None, Some(data), Some(out)) => lists(data, out, arguments),
        // The command line asks for both with users.
        _ => Err(Failure::Input("Lists for users need --data and --out.".to_owned())),
    }
}

/// One item of a list.
#[derive(Serialize)]
struct Row {
    item: String,
    title: String,
    score: f32,
}

fn after(history: &str, arguments: &Arguments) -> Result<(), Failure> {
    let checkpoint = model_files::load(&arguments.run)?;
    let record = &checkpoint.record;
    let items = history_of(&record.item_ids, history)?;
    let ranked = block_on(checkpoint.recommend(&items, arguments.k as usize, compute("cpu")?))
        .map_err(|error| Failure::Input(error.to_string()))?;
    let rows = ranked.iter().map(|&(item, score)| {
        let of = |texts: &[String]| texts.get(item as usize).cloned().unwrap_or_default();
        (of(&record.item_ids), of(&record.item_titles), score)
    });
    if arguments.json {
        let list: Vec<Row> = rows.map(|(item, title, score)| Row { item, title, score }).collect();
        return print_json(&list);
    }
    print(
        &rows
            .map(|(item, title, score)| format!("{score:9.4}  {item}  {title}\n"))
            .collect::<String>(),
    )
}

/// Outcome of the lists, for programs.
#[derive(Serialize)]
struct Written {
    users: usize,
    rows: usize,
    /// Identifiers of users that the log does not have.
    unknown_users: Vec<String>,
    /// Of the lists, without reading and loading.
    seconds: f64,
}

fn lists(data: &Path, out: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let format = Format::of(out)?;
    let run = open(&arguments.run, data, &arguments.device)?;
    let log = run.data();
    let ResolvedLists {
        users,
        unknown: unknown_users,
        options,
    } = resolved(log, arguments)?;
    let started = Instant::now();
    let mut told = Written {
        users: users.len(),
        rows: 0,
        unknown_users,
        seconds: 0.0,
    };
    told.rows = write_to(out, |file| format.write(&run, users, options, file))?;
    told.seconds = started.elapsed().as_secs_f64();
    if out == Path::new("-") {
        return Ok(());
    }
    if arguments.json {
        return print_json(&told);
    }
    let mut text = format!(
        "{} lines for {} users in {:.1} s, {:.0} users a second, in {}\n",
        told.rows,
        told.users,
        told.seconds,
        told.users as f64 / told.seconds.max(1e-9),
        out.display()
    );
    if !told.unknown_users.is_empty() {
        text += &format!(
            "{} of the users asked for are not in the log, such as {}; they have no list.\n",
            told.unknown_users.len(),
            some_of(&told.unknown_users)
        );
    }
    print(&text)
}

/// The users and items that the arguments name.
fn resolved(log: &Dataset, arguments: &Arguments) -> Result<ResolvedLists, Failure> {
    let named = |path: &Option<PathBuf>| -> Result<Option<(String, Vec<u8>)>, Failure> {
        let read = |path: &PathBuf| Ok((path.display().to_string(), bytes_of(path)?));
        path.as_ref().map(read).transpose()
    };
    let (users, only, without) = (named(&arguments.users)?, named(&arguments.only)?, named(&arguments.without)?);
    let request = ListRequest {
        k: arguments.k as usize,
        with_history: arguments.with_history,
        least: arguments.least,
        users: users.as_ref().map(file),
        only: only.as_ref().map(file),
        without: without.as_ref().map(file),
    };
    Ok(request.resolve(log)?)
}

fn file((name, text): &(String, Vec<u8>)) -> IdFile<'_> {
    IdFile { name, text }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::Input(format!("{} cannot be read: {error}.", path.display())))
}

/// How lists are written.
#[derive(Clone, Copy)]
enum Format {
    Text(ListFormat),
    Parquet,
}

impl Format {
    fn of(out: &Path) -> Result<Self, Failure> {
        if out == Path::new("-") {
            return Ok(Self::Text(ListFormat::Csv));
        }
        match out.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Text(ListFormat::Csv)),
            Some("jsonl" | "ndjson") => Ok(Self::Text(ListFormat::Jsonl)),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(Failure::Input(format!(
                "{} names no format that can be written; end the name in .csv, .jsonl or .parquet.",
                out.display()
            ))),
        }
    }

    /// Writes the lists of these users as they come; the number of lines.
    fn write(self, run: &Run, users: Vec<u32>, options: ListOptions, out: &mut (dyn Write + Send)) -> io::Result<usize> {
        match self {
            Self::Text(format) => {
                let mut out = out;
                format.begin(&mut out)?;
                each_list(run, users, options, |lists| {
                    lists.iter().try_for_each(|list| format.write(run.data(), list, &mut out))
                })
            }
            Self::Parquet => parquet_of(run, users, options, out).map_err(io::Error::other),
        }
    }
}

/// Hands on the lists, some users at a time, with progress; the number of their lines.
fn each_list<E: From<io::Error>>(
    run: &Run,
    users: Vec<u32>,
    options: ListOptions,
    mut take: impl FnMut(&[RankedList]) -> Result<(), E>,
) -> Result<usize, E> {
    let progress = Progress::of_steps("Lists", users.len() as u64);
    let mut lists = run.lists(users, options);
    let mut rows = 0;
    loop {
        let some = block_on(lists.advance(run)).map_err(|error| io::Error::other(error.to_string()))?;
        if some.is_empty() {
            return Ok(rows);
        }
        rows += some.iter().map(|list| list.items.len()).sum::<usize>();
        take(&some)?;
        progress.set(lists.progress().0 as u64);
    }
}

fn parquet_of(run: &Run, users: Vec<u32>, options: ListOptions, out: &mut (dyn Write + Send)) -> Result<usize, ParquetError> {
    let schema = "message lists { required binary user (UTF8); required int32 rank; required binary item (UTF8); \
                  required binary title (UTF8); required float score; }";
    let schema = Arc::new(parse_message_type(schema)?);
    let properties = WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY);
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()))?;
    let mut held: Vec<RankedList> = Vec::new();
    let mut group = |held: &mut Vec<RankedList>| -> Result<(), ParquetError> {
        let data = run.data();
        let rows = || {
            let lines = |list: &RankedList| {
                (1..)
                    .zip(list.items.clone())
                    .map(|(rank, line)| (list.user, rank, line))
                    .collect::<Vec<_>>()
            };
            held.iter().flat_map(lines)
        };
        let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        let mut group = writer.next_row_group()?;
        whole::<ByteArrayType>(
            &mut group,
            &rows().map(|(user, ..)| text(&data.users[user as usize])).collect::<Vec<_>>(),
        )?;
        whole::<Int32Type>(&mut group, &rows().map(|(_, rank, _)| rank).collect::<Vec<_>>())?;
        whole::<ByteArrayType>(
            &mut group,
            &rows()
                .map(|(.., (item, _))| text(&data.items[item as usize].id))
                .collect::<Vec<_>>(),
        )?;
        whole::<ByteArrayType>(
            &mut group,
            &rows().map(|(.., (item, _))| text(data.title(item))).collect::<Vec<_>>(),
        )?;
        whole::<FloatType>(&mut group, &rows().map(|(.., (_, score))| score).collect::<Vec<_>>())?;
        group.close()?;
        held.clear();
        Ok(())
    };
    let k = options.k.max(1);
    let rows = each_list(run, users, options, |lists| -> Result<(), ParquetError> {
        held.extend_from_slice(lists);
        if held.len() * k >= GROUP_ROWS {
            group(&mut held)
        } else {
            Ok(())
        }
    })?;
    if !held.is_empty() {
        group(&mut held)?;
    }
    writer.close()?;
    Ok(rows)
}
