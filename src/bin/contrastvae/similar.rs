//! `contrastvae similar`: the items whose vectors point in the same direction, for one item or for all.
//!
//! In: the folder of a run. Out: the nearest items by the cosine of the trained item vectors or of latents, as a list, or as a table of all items;
//! no log is needed.

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use contrastvae::run::{ItemNames, ListFormat, SimilarBy, SimilarItems, SimilarLine, item_of};
use pollster::block_on;

use crate::failure::{Failure, print, print_json};
use crate::model_files;
use crate::parts::PartArgument;
use crate::progress::Progress;
use crate::pseudonyms::Pseudonyms;
use crate::train::compute;
use crate::whole_file::write_to;

/// Items between two moves of the bar.
const ITEMS_AT_ONCE: usize = 1_024;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["item", "all"])))]
pub struct Arguments {
    /// The folder that `contrastvae train` wrote, or a checkpoint (.zip)
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Identifier of an item, as it stands in the log
    #[arg(long, value_name = "ID")]
    item: Option<String>,
    /// All items, as a table
    #[arg(long, requires = "out")]
    all: bool,
    /// Where to write all: a name that ends in .csv or .jsonl; `-` is the standard output, as CSV
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    part: PartArgument,
    /// How many items
    #[arg(short, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    k: u32,
    /// Vectors to compare by: `vector`, with which the model scores, or `latent`, where the encoder puts somebody who has had the item alone
    #[arg(long, value_name = "WHAT", default_value = "vector", value_parser = ["vector", "latent"])]
    by: String,
    /// Print a JSON list
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  contrastvae similar --run run --item 1074638
  contrastvae similar --run run --all -k 5 --out similar.csv
  contrastvae similar --run run --all -k 5 --part 2/7 --out similar.csv";

/// Items of a run with their names.
struct Named {
    items: SimilarItems,
    ids: Vec<String>,
    titles: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments
        .part
        .check(arguments.all, "--all, and the list of an item is one", &Pseudonyms::default())?;
    match (&arguments.item, &arguments.out) {
        (Some(id), _) => one(&Named::of(arguments)?, id, arguments),
        (None, Some(out)) => all(out, arguments),
        // The command line asks for it.
        (None, None) => Err(Failure::Input("--all needs --out.".to_owned())),
    }
}

fn one(named: &Named, id: &str, arguments: &Arguments) -> Result<(), Failure> {
    let item = item_of(&named.ids, id)? as usize;
    let near = named.items.nearest(item, arguments.k as usize);
    let lines: Vec<SimilarLine<'_>> = named.names().lines(None, &near).collect();
    if arguments.json {
        return print_json(&lines);
    }
    print(
        &lines
            .iter()
            .map(|line| format!("{:7.4}  {}  {}\n", line.cosine, line.similar, line.title))
            .collect::<String>(),
    )
}

fn all(out: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let format = match out.extension().and_then(|ending| ending.to_str()) {
        _ if out == Path::new("-") => ListFormat::Csv,
        Some("csv") => ListFormat::Csv,
        Some("jsonl" | "ndjson") => ListFormat::Jsonl,
        _ => {
            return Err(Failure::Input(format!(
                "{} names no format that can be written; end the name in .csv or .jsonl.",
                out.display()
            )));
        }
    };
    let out = &arguments.part.out(out)?;
    if arguments.part.is_there(out, arguments.json)? {
        return Ok(());
    }
    let named = Named::of(arguments)?;
    let items = arguments.part.range(named.items.items(), 1);
    write_to(out, |mut file| named.write(items, arguments.k as usize, format, &mut file))
}

impl Named {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let checkpoint = model_files::load(&arguments.run)?;
        let by = match arguments.by.as_str() {
            "latent" => SimilarBy::Latent,
            _ => SimilarBy::Vector,
        };
        let items = block_on(checkpoint.similar_items(by, compute("cpu")?));
        Ok(Self {
            items: items.map_err(|error| Failure::Input(error.to_string()))?,
            ids: checkpoint.record.item_ids,
            titles: checkpoint.record.item_titles,
        })
    }

    fn names(&self) -> ItemNames<'_> {
        ItemNames {
            ids: &self.ids,
            titles: &self.titles,
        }
    }

    fn write(&self, items: Range<usize>, k: usize, format: ListFormat, out: &mut impl Write) -> io::Result<()> {
        let progress = Progress::of_steps("Items", items.len() as u64);
        if format == ListFormat::Csv {
            writeln!(out, "{}", SimilarLine::FIELDS.join(","))?;
        }
        for from in items.clone().step_by(ITEMS_AT_ONCE) {
            let some = from..(from + ITEMS_AT_ONCE).min(items.end);
            for (item, near) in some.clone().zip(self.items.nearest_of(some.clone(), k)) {
                self.names()
                    .lines(Some(item), &near)
                    .try_for_each(|line| line.write(format, out))?;
            }
            progress.set((some.end - items.start) as u64);
        }
        Ok(())
    }
}
