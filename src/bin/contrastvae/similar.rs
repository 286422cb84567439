//! `contrastvae similar`: the items whose vectors point in the same direction, for one item or for all.
//!
//! In: the folder of a run. Out: the nearest items by the cosine of the trained item vectors, as a list, or as a table of all items; no log is
//! needed.

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use contrastvae::log::write_field;
use contrastvae::parallel::{map_pieces, piece_rows};
use contrastvae::run::item_of;
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::model_files;
use crate::progress::Progress;
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
    /// How many items
    #[arg(short, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    k: u32,
    /// Print a JSON list
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  contrastvae similar --run run --item 1074638
  contrastvae similar --run run --all -k 5 --out similar.csv";

/// One line, in every format.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'a str>,
    rank: usize,
    similar: &'a str,
    title: &'a str,
    cosine: f32,
}

/// Items with vectors of length 1.
struct Items {
    ids: Vec<String>,
    titles: Vec<String>,
    /// Row-major.
    vectors: Vec<f32>,
    dimensions: usize,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let items = Items::of(&arguments.run)?;
    match (&arguments.item, &arguments.out) {
        (Some(id), _) => one(&items, id, arguments),
        (None, Some(out)) => all(&items, out, arguments.k as usize),
        // The command line asks for it.
        (None, None) => Err(Failure::Input("--all needs --out.".to_owned())),
    }
}

fn one(items: &Items, id: &str, arguments: &Arguments) -> Result<(), Failure> {
    let item = item_of(&items.ids, id)? as usize;
    let near = items.nearest(item, arguments.k as usize);
    let lines: Vec<Line<'_>> = items.lines(None, &near).collect();
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

fn all(items: &Items, out: &Path, k: usize) -> Result<(), Failure> {
    let json = match out.extension().and_then(|ending| ending.to_str()) {
        _ if out == Path::new("-") => false,
        Some("csv") => false,
        Some("jsonl" | "ndjson") => true,
        _ => {
            return Err(Failure::Input(format!(
                "{} names no format that can be written; end the name in .csv or .jsonl.",
                out.display()
            )));
        }
    };
    write_to(out, |mut file| items.write(k, json, &mut file))
}

impl Items {
    fn of(run: &Path) -> Result<Self, Failure> {
        let checkpoint = model_files::load(run)?;
        let latents = checkpoint.item_latents().map_err(|error| Failure::Input(error.to_string()))?;
        let (mut vectors, dimensions) = (latents.values, latents.dimensions.max(1));
        for vector in vectors.chunks_exact_mut(dimensions) {
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            // A vector of zeros has no direction and is like none.
            if length > 0.0 {
                vector.iter_mut().for_each(|value| *value /= length);
            }
        }
        Ok(Self {
            ids: checkpoint.record.item_ids,
            titles: checkpoint.record.item_titles,
            vectors,
            dimensions,
        })
    }

    fn vector(&self, item: usize) -> &[f32] {
        &self.vectors[item * self.dimensions..][..self.dimensions]
    }

    /// The nearest others, best first; of equal cosines the item that is first in the log.
    fn nearest(&self, item: usize, k: usize) -> Vec<(usize, f32)> {
        let own = self.vector(item);
        let cosine = |other: &[f32]| other.iter().zip(own).map(|(a, b)| a * b).sum::<f32>();
        let mut all: Vec<(usize, f32)> = self
            .vectors
            .chunks_exact(self.dimensions)
            .map(cosine)
            .enumerate()
            .filter(|(other, _)| *other != item)
            .collect();
        let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if all.len() > k {
            all.select_nth_unstable_by(k, order);
            all.truncate(k);
        }
        all.sort_unstable_by(order);
        all
    }

    fn lines<'a>(&'a self, of: Option<usize>, near: &'a [(usize, f32)]) -> impl Iterator<Item = Line<'a>> {
        let text = |texts: &'a [String], at: usize| texts.get(at).map_or("", String::as_str);
        (1..).zip(near).map(move |(rank, &(other, cosine))| Line {
            item: of.map(|item| text(&self.ids, item)),
            rank,
            similar: text(&self.ids, other),
            title: text(&self.titles, other),
            cosine,
        })
    }

    fn write(&self, k: usize, json: bool, out: &mut impl Write) -> io::Result<()> {
        let progress = Progress::of_steps("Items", self.ids.len() as u64);
        if !json {
            writeln!(out, "item,rank,similar,title,cosine")?;
        }
        for from in (0..self.ids.len()).step_by(ITEMS_AT_ONCE) {
            let rows = ITEMS_AT_ONCE.min(self.ids.len() - from);
            let work = |range: Range<usize>| range.map(|row| self.nearest(from + row, k)).collect::<Vec<_>>();
            let near = map_pieces(rows, piece_rows(rows, self.vectors.len() as f64), work);
            for (item, near) in (from..).zip(near.into_iter().flatten()) {
                self.lines(Some(item), &near).try_for_each(|line| line.write(json, out))?;
            }
            progress.set((from + rows) as u64);
        }
        Ok(())
    }
}

impl Line<'_> {
    fn write(&self, json: bool, out: &mut impl Write) -> io::Result<()> {
        if json {
            serde_json::to_writer(&mut *out, self)?;
            return out.write_all(b"\n");
        }
        write_field(self.item.unwrap_or_default(), ",", out)?;
        write!(out, ",{},", self.rank)?;
        write_field(self.similar, ",", out)?;
        out.write_all(b",")?;
        write_field(self.title, ",", out)?;
        writeln!(out, ",{}", self.cosine)
    }
}
