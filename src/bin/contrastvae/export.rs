//! `contrastvae export`: what a trained model has learnt of items or users, as a file for other programs; or the run itself, as one file
//! for the page.
//!
//! In: a run; for users, and for more about the items, the log. Out: one file or two, see `embedding_files`, or a checkpoint.

use std::path::PathBuf;

use contrastvae::evaluate::training_counts;
use contrastvae::log::Dataset;
use contrastvae::run::{Run, UserHistory};
use pollster::block_on;
use serde::Serialize;

use crate::embedding_files::{Cells, Column, Format, Table};
use crate::failure::{Failure, print, print_json};
use crate::parts::PartArgument;
use crate::progress::Progress;
use crate::pseudonyms::Pseudonyms;
use crate::use_model::open;
use crate::whole_file::{check_folder, write_to};
use crate::{model_files, onnx};

/// Users between two moves of the bar; parts are of whole blocks of them.
const USERS_AT_ONCE: usize = 256;

#[derive(Debug, clap::Args)]
#[command(after_help = FILES)]
pub struct Arguments {
    /// The folder that `contrastvae train` wrote, or a checkpoint (.zip)
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Embeddings of the items, posterior means of the users, the recommender for runtimes of ONNX, the run as one file, or its model card
    #[arg(long, value_parser = ["items", "users", "onnx", "checkpoint", "card"])]
    what: String,
    /// The log that the run was trained on; users need it, items get genres and counts from it
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where to write: a name that ends in .tsv, .npy or .parquet, of a recommender in .onnx, of a checkpoint in .zip, of a card in .md
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Show the encoder all that a user did, the answer of the test as well
    #[arg(long)]
    whole: bool,
    /// Items of the lists of an ONNX file
    #[arg(short, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    k: u32,
    #[command(flatten)]
    part: PartArgument,
    #[command(flatten)]
    pseudonyms: Pseudonyms,
    /// Device that computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const FILES: &str = "\
Files:
  NAME.tsv      vectors, one a line, with tabs; beside it NAME.metadata.tsv. The pair is what projector.tensorflow.org loads
  NAME.npy      NumPy, 32-bit floats; beside it NAME.metadata.tsv
  NAME.parquet  one table with x and y (principal components) and the vector as a list: `embedding-atlas NAME.parquet --x x --y y`
  NAME.onnx     history of item indices in, scores and the -k best items out; the metadata item_ids and item_titles name the items
  NAME.md       the model card: counts of the log, settings, metrics; what only people can say is left to fill in
  NAME.zip      model.safetensors and run.json: what the page opens by “Open checkpoint…”, and all commands take as --run

Examples:
  contrastvae export --run run --what items --out items.tsv
  contrastvae export --run run --what users --data ratings.csv --out users.parquet
  contrastvae export --run run --what users --data ratings.csv --part 2/7 --out users.parquet
  contrastvae export --run run --what onnx --out model.onnx
  contrastvae export --run run --what checkpoint --out run.zip";

#[derive(Serialize)]
struct Report {
    what: String,
    rows: usize,
    dimensions: usize,
    files: Vec<PathBuf>,
}

/// Report on a checkpoint, or what else is made of the run alone.
#[derive(Serialize)]
struct Written<'a> {
    what: &'a str,
    step: usize,
    files: [&'a PathBuf; 1],
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let in_parts = arguments.what == "users";
    arguments
        .part
        .check(in_parts, "--what users, and all else is one file", &arguments.pseudonyms)?;
    match arguments.what.as_str() {
        "checkpoint" => return checkpoint(arguments),
        "card" => return card(arguments),
        "onnx" => return recommender(arguments),
        _ => {}
    }
    // What cannot be written is said before any work.
    Format::of(&arguments.out)?;
    let out = arguments.part.out(&arguments.out)?;
    if arguments.part.is_there(&out, arguments.json)? {
        return Ok(());
    }
    arguments.pseudonyms.check_apart(&out)?;
    check_folder(&out)?;
    let table = match (arguments.what.as_str(), &arguments.data) {
        ("items", None) => items_of_record(arguments)?,
        ("items", Some(data)) => items_of_run(&open(&arguments.run, data, &arguments.device)?)?,
        (_, Some(data)) => users(&open(&arguments.run, data, &arguments.device)?, arguments)?,
        (_, None) => {
            return Err(Failure::Input(
                "The latents of users follow from what they did, which the folder of a run does not hold; give the log with --data."
                    .to_owned(),
            ));
        }
    };
    let files = table.write(&out)?;
    let report = Report {
        what: arguments.what.clone(),
        rows: table.rows(),
        dimensions: table.dimensions,
        files,
    };
    if arguments.json {
        return print_json(&report);
    }
    let names: Vec<String> = report.files.iter().map(|file| file.display().to_string()).collect();
    print(&format!(
        "{} {} of {} dimensions written to {}\n",
        report.rows,
        report.what,
        report.dimensions,
        names.join(" and ")
    ))
}

/// The run as one file.
fn checkpoint(arguments: &Arguments) -> Result<(), Failure> {
    if !model_files::is_named_archive(&arguments.out) {
        return Err(Failure::Input(format!(
            "{} is no name for a checkpoint; end it in .zip.",
            arguments.out.display()
        )));
    }
    let checkpoint = model_files::load(&arguments.run)?;
    model_files::save(&arguments.out, &checkpoint)?;
    tell_model(arguments, "run", checkpoint.record.step)
}

/// The recommender as a graph of ONNX.
fn recommender(arguments: &Arguments) -> Result<(), Failure> {
    let checkpoint = model_files::load(&arguments.run)?;
    let items = onnx::write(&checkpoint, arguments.k as usize, &arguments.out)?;
    tell_model(arguments, &format!("recommender of {items} items"), checkpoint.record.step)
}

/// Says that a model was written, as it was after so many steps.
fn tell_model(arguments: &Arguments, model: &str, step: usize) -> Result<(), Failure> {
    if arguments.json {
        return print_json(&Written {
            what: &arguments.what,
            step,
            files: [&arguments.out],
        });
    }
    print(&format!(
        "The {model} after {step} steps written to {}\n",
        arguments.out.display()
    ))
}

/// The model card as Markdown.
fn card(arguments: &Arguments) -> Result<(), Failure> {
    let record = model_files::load(&arguments.run)?.record;
    let Some(card) = &record.card else {
        return Err(Failure::Input(format!(
            "{} has no model card, since an earlier version wrote it or its weights were imported; train an epoch with --resume, or save it anew from \
             the page.",
            arguments.run.display()
        )));
    };
    let text = card.text(&record);
    write_to(&arguments.out, |file| file.write_all(text.as_bytes()))?;
    match arguments.json {
        true => print_json(card),
        false => print(&format!("The model card written to {}\n", arguments.out.display())),
    }
}

/// Items by the two files of the run alone.
fn items_of_record(arguments: &Arguments) -> Result<Table, Failure> {
    let checkpoint = model_files::load(&arguments.run)?;
    let latents = checkpoint.item_latents().map_err(|error| Failure::Input(error.to_string()))?;
    Ok(Table {
        values: latents.values,
        dimensions: latents.dimensions,
        points: true,
        columns: vec![
            text("item", checkpoint.record.item_ids),
            text("title", checkpoint.record.item_titles),
        ],
    })
}

/// Items with what the log knows of them.
fn items_of_run(run: &Run) -> Result<Table, Failure> {
    let latents = block_on(run.latents(contrastvae::run::LatentSubject::Items)).map_err(other)?;
    let data: &Dataset = run.data();
    let items = || 0..data.items.len() as u32;
    let genre = |item: u32| data.main_genre(item).and_then(|genre| data.genres.get(genre as usize));
    Ok(Table {
        values: latents.values,
        dimensions: latents.dimensions,
        points: true,
        columns: vec![
            text("item", data.items.iter().map(|item| item.id.clone()).collect()),
            text("title", items().map(|item| data.title(item).to_owned()).collect()),
            text(
                "genre",
                items().map(|item| genre(item).cloned().unwrap_or_default()).collect(),
            ),
            Column {
                name: "training_count",
                cells: Cells::Count(training_counts(data)),
            },
        ],
    })
}

fn users(run: &Run, arguments: &Arguments) -> Result<Table, Failure> {
    let history = if arguments.whole {
        UserHistory::Whole
    } else {
        UserHistory::BeforeTest
    };
    let data = run.data();
    let some = arguments.part.range(data.users.len(), USERS_AT_ONCE);
    let all: Vec<u32> = (some.start as u32..some.end as u32).collect();
    let progress = Progress::of_steps("Latents of users", all.len() as u64);
    let (mut values, mut done) = (Vec::new(), 0);
    for some in all.chunks(USERS_AT_ONCE) {
        values.extend(block_on(run.user_latents(some, history)).map_err(other)?.values);
        done += some.len();
        progress.set(done as u64);
    }
    let lengths = all.iter().map(|&user| history.of(data, user as usize).len() as u32).collect();
    Ok(Table {
        values,
        dimensions: run.config().latent_size(),
        // The components follow from all users, which a part does not have.
        points: arguments.part.part.is_none(),
        columns: vec![
            text("user", arguments.pseudonyms.names(data)?[some].to_vec()),
            Column {
                name: "interactions",
                cells: Cells::Count(lengths),
            },
        ],
    })
}

fn text(name: &'static str, cells: Vec<String>) -> Column {
    Column {
        name,
        cells: Cells::Text(cells),
    }
}

fn other(error: contrastvae::run::RunError) -> Failure {
    Failure::Other(error.to_string())
}
