//! `contrastvae recommend`: what a trained model says comes next, for one history, for a list of users or for everybody.
//!
//! In: the folder of a run, and a history; or the log, and which users. Out: a list of items; or a file with a line for each user and rank, as
//! CSV, JSON Lines, Parquet or a spreadsheet, with the identifiers of the log.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use contrastvae::evaluate::BeyondAccuracyMeter;
use contrastvae::log::Dataset;
use contrastvae::run::{IdFile, ListRequest, ResolvedLists, history_of, moves_of, some_of};
use pollster::block_on;
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::list_files::{Format, Task};
use crate::list_measures::{Measured, beside, table};
use crate::model_files;
use crate::parts::PartArgument;
use crate::pseudonyms::Pseudonyms;
use crate::train::compute;
use crate::use_model::open;
use crate::whole_file::write_to;

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
    /// More of an attribute that the model's latent is tied to, such as genre=Comedy or popularity:1.5, the strength in logits (2 without it); as
    /// often as wanted
    #[arg(long, value_name = "ATTRIBUTE[:STRENGTH]", requires = "history")]
    more: Vec<String>,
    /// Less of one, written the same way
    #[arg(long, value_name = "ATTRIBUTE[:STRENGTH]", requires = "history")]
    less: Vec<String>,
    /// A file with the identifiers of users, one a line
    #[arg(long, value_name = "FILE", requires_all = ["data", "out"])]
    users: Option<PathBuf>,
    /// All users of the log
    #[arg(long, requires_all = ["data", "out"])]
    everyone: bool,
    /// The log that the run was trained on; it is read with the options of the training
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where to write, in the format that the name ends with: .csv, .jsonl, .parquet or .xlsx; `-` is the standard output, as CSV
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
    #[command(flatten)]
    part: PartArgument,
    #[command(flatten)]
    pseudonyms: Pseudonyms,
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
  contrastvae recommend --run run --history 12,7,40 --more genre=Comedy --less popularity:1
  contrastvae recommend --run run --data ratings.csv --everyone -k 20 --out lists.parquet
  contrastvae recommend --run run --data ratings.csv --users mail.csv --without sold-out.txt --out lists.csv
  contrastvae recommend --run run --data ratings.csv --everyone --part 2/7 --out lists.csv
  contrastvae recommend --run run --data shop.csv --everyone --pseudonyms key.csv --out lists.csv";

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let in_parts = arguments.history.is_none();
    arguments.part.check(
        in_parts,
        "--everyone or --users, and the list of a history is one",
        &arguments.pseudonyms,
    )?;
    match (&arguments.history, &arguments.data, &arguments.out) {
        (Some(history), ..) if arguments.more.is_empty() && arguments.less.is_empty() => after(history, arguments),
        (Some(history), ..) => criticised(history, arguments),
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

/// A list after critiques, for programs.
#[derive(Serialize)]
struct Criticised {
    moves: Vec<Move>,
    items: Vec<Moved>,
    /// Items of the list without the critiques that are not in this one.
    left: Vec<Named>,
}

/// Move of one tied dimension.
#[derive(Serialize)]
struct Move {
    attribute: String,
    /// In logits.
    moved: f32,
}

/// An item of the list after critiques.
#[derive(Serialize)]
struct Moved {
    #[serde(flatten)]
    row: Row,
    /// Its place without them, from 1; absent if it was not in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank_before: Option<usize>,
}

/// An item by its names.
#[derive(Serialize)]
struct Named {
    item: String,
    title: String,
}

/// The list after critiques, with what they changed.
fn criticised(history: &str, arguments: &Arguments) -> Result<(), Failure> {
    let checkpoint = model_files::load(&arguments.run)?;
    let record = &checkpoint.record;
    let names = record.attribute_names();
    let moves = moves_of(&names, &arguments.more, &arguments.less)?;
    let items = history_of(&record.item_ids, history)?;
    let list = |moves: &[f32]| {
        block_on(checkpoint.recommend_moved(&items, arguments.k as usize, moves, compute("cpu")?))
            .map_err(|error| Failure::Input(error.to_string()))
    };
    let (before, after) = (list(&[])?, list(&moves)?);
    let named = |item: u32| {
        let of = |texts: &[String]| texts.get(item as usize).cloned().unwrap_or_default();
        (of(&record.item_ids), of(&record.item_titles))
    };
    let place = |list: &[(u32, f32)], item: u32| list.iter().position(|&(other, _)| other == item).map(|at| at + 1);
    let told = Criticised {
        moves: (names.into_iter().zip(moves))
            .filter(|&(_, moved)| moved != 0.0)
            .map(|(attribute, moved)| Move { attribute, moved })
            .collect(),
        items: after
            .iter()
            .map(|&(number, score)| {
                let (item, title) = named(number);
                Moved {
                    row: Row { item, title, score },
                    rank_before: place(&before, number),
                }
            })
            .collect(),
        left: (before.iter().filter(|&&(item, _)| place(&after, item).is_none()))
            .map(|&(item, _)| named(item))
            .map(|(item, title)| Named { item, title })
            .collect(),
    };
    if arguments.json {
        return print_json(&told);
    }
    let mut text = String::new();
    for Move { attribute, moved } in &told.moves {
        text += &format!("{attribute} {moved:+}\n");
    }
    for (rank, Moved { row, rank_before }) in (1..).zip(&told.items) {
        let change = match rank_before {
            None => "new".to_owned(),
            Some(before) if *before == rank => "=".to_owned(),
            Some(before) => format!("{before} → {rank}"),
        };
        text += &format!("{:9.4}  {change:>8}  {}  {}\n", row.score, row.item, row.title);
    }
    for Named { item, title } in &told.left {
        text += &format!("{:9}  {:>8}  {item}  {title}\n", "", "left");
    }
    print(&text)
}

/// Outcome of the lists, for programs.
#[derive(Serialize)]
struct Written {
    users: usize,
    rows: usize,
    /// Identifiers of users that the log does not have.
    unknown_users: Vec<String>,
    /// Of the lists, without reading, loading and measuring.
    seconds: f64,
    /// Of these lists, then of those that popularity and item-kNN would give the same users; empty for a part, which would measure itself alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    measures: Vec<Measured>,
}

fn lists(data: &Path, out: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let format = Format::of(out)?;
    let out = &arguments.part.out(out)?;
    if arguments.part.is_there(out, arguments.json)? {
        return Ok(());
    }
    arguments.pseudonyms.check_apart(out)?;
    let run = open(&arguments.run, data, &arguments.device)?;
    let log = run.data();
    let ResolvedLists {
        users,
        unknown: unknown_users,
        options,
    } = resolved(log, arguments)?;
    let block = run.lists(Vec::new(), options.clone()).block(log.items.len());
    let users = &users[arguments.part.range(users.len(), block)];
    let items = match options.allowed.is_empty() {
        true => log.items.len(),
        false => options.allowed.iter().filter(|&&allowed| allowed).count(),
    };
    format.check(users.len(), options.k.min(items))?;
    let names = arguments.pseudonyms.names(log)?;
    let mut meter = BeyondAccuracyMeter::new(log, options.k);
    let task = Task {
        run: &run,
        users,
        names: &names,
        options: &options,
    };
    let started = Instant::now();
    let rows = write_to(out, |file| format.write(&task, &mut meter, file))?;
    let seconds = started.elapsed().as_secs_f64();
    if out == Path::new("-") {
        return Ok(());
    }
    let told = Written {
        users: users.len(),
        rows,
        unknown_users,
        seconds,
        measures: match arguments.part.part {
            Some(_) => Vec::new(),
            None => beside(log, users, &options, meter.finish())?,
        },
    };
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
            "Users asked for that are not in the log and have no list: {} ({}).\n",
            told.unknown_users.len(),
            some_of(&told.unknown_users)
        );
    }
    if !told.measures.is_empty() {
        text += &table(&told.measures);
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
