//! `contrastvae explain`: why a trained model recommends an item.
//!
//! In: the folder of a run, and a history or a user of the log. Out: for each item of the history, left out in turn, the change of the score and the
//! rank without it; and with the log the users whose sequences are nearest, with what they took next.

use std::path::PathBuf;

use contrastvae::run::{Attention, CheckpointError, Explanation, NearUser, Run, Wanted, history_of, item_of, user_of};
use pollster::block_on;
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::model_files;
use crate::progress::Progress;
use crate::pseudonyms::Pseudonyms;
use crate::train::compute;
use crate::use_model::open;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["history", "user"])))]
pub struct Arguments {
    /// The folder that `contrastvae train` wrote, or a checkpoint (.zip)
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Identifiers of items, oldest first, with commas between them
    #[arg(long, value_name = "A,B,C")]
    history: Option<String>,
    /// Identifier of a user of the log, whose whole sequence is the history
    #[arg(long, value_name = "ID", requires = "data")]
    user: Option<String>,
    /// The log that the run was trained on; it is read with the options of the training. With it the nearest users are told
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Identifier of the item to explain; the best ones without it
    #[arg(long, value_name = "ID", conflicts_with = "k")]
    item: Option<String>,
    /// How many of the best items to explain
    #[arg(short, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    k: u32,
    /// Also tell where the last position looks: its attention to each item, which is not what changes the score
    #[arg(long)]
    attention: bool,
    /// How many of the nearest users to tell
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    neighbours: u32,
    #[command(flatten)]
    pseudonyms: Pseudonyms,
    /// Device that computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  contrastvae explain --run run --history 12,7,40 --item 31
  contrastvae explain --run run --data ratings.csv --user 4711 -k 3";

/// Outcome, for programs.
#[derive(Serialize)]
struct Report {
    history: Vec<String>,
    explanations: Vec<Explained>,
    /// Absent without the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest_users: Option<Vec<Near>>,
    /// Absent if it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    attention: Option<Attention>,
}

#[derive(Serialize)]
struct Explained {
    item: String,
    title: String,
    score: f32,
    rank: u32,
    reasons: Vec<Because>,
}

#[derive(Serialize)]
struct Because {
    /// Place in the history, from 1.
    place: u32,
    item: String,
    title: String,
    change: f32,
    rank_without: u32,
}

#[derive(Serialize)]
struct Near {
    user: String,
    distance: f32,
    next: String,
    title: String,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let report = match &arguments.data {
        Some(data) => {
            let run = open(&arguments.run, data, &arguments.device)?;
            let log = run.data();
            let names = Names {
                ids: log.items.iter().map(|item| item.id.clone()).collect(),
                titles: (0..log.items.len() as u32).map(|item| log.title(item).to_owned()).collect(),
            };
            let own = arguments.user.as_deref().map(|id| user_of(log, id)).transpose()?;
            let history = match own {
                Some(user) => log.sequences[user as usize].clone(),
                None => names.history(arguments)?,
            };
            let wanted = names.wanted(arguments, &history)?;
            let found = block_on(run.explain(&history, wanted)).map_err(|error| Failure::Other(error.to_string()))?;
            let users = arguments.pseudonyms.names(log)?;
            let near = nearest(&run, &history, arguments.neighbours as usize, own)?.into_iter();
            let near = near.map(|near| Near {
                user: users[near.user as usize].clone(),
                distance: near.distance,
                next: names.id(near.next),
                title: names.title(near.next),
            });
            let near = near.collect();
            let looks = arguments.attention.then(|| block_on(run.attention(&history))).transpose();
            names.report(
                &history,
                found,
                Some(near),
                looks.map_err(|error| Failure::Other(error.to_string()))?,
            )
        }
        None => {
            let checkpoint = model_files::load(&arguments.run)?;
            let names = Names {
                ids: checkpoint.record.item_ids.clone(),
                titles: checkpoint.record.item_titles.clone(),
            };
            let history = names.history(arguments)?;
            let wanted = names.wanted(arguments, &history)?;
            let input = |error: CheckpointError| Failure::Input(error.to_string());
            let compute = compute(&arguments.device)?;
            let found = block_on(checkpoint.explain(&history, wanted, compute.clone())).map_err(input)?;
            let looks = arguments
                .attention
                .then(|| block_on(checkpoint.attention(&history, compute)))
                .transpose();
            names.report(&history, found, None, looks.map_err(input)?)
        }
    };
    match arguments.json {
        true => print_json(&report),
        false => print(&report.text()),
    }
}

/// The nearest users, with progress.
fn nearest(run: &Run, history: &[u32], count: usize, own: Option<u32>) -> Result<Vec<NearUser>, Failure> {
    let other = |error: contrastvae::run::RunError| Failure::Other(error.to_string());
    let mut search = block_on(run.nearest_users(history, count, own)).map_err(other)?;
    let progress = Progress::of_steps("Nearest users", search.progress(run).1 as u64);
    loop {
        if let Some(near) = block_on(search.advance(run)).map_err(other)? {
            return Ok(near);
        }
        progress.set(search.progress(run).0 as u64);
    }
}

/// Identifiers and titles of the items.
struct Names {
    ids: Vec<String>,
    titles: Vec<String>,
}

impl Names {
    fn id(&self, item: u32) -> String {
        self.ids.get(item as usize).cloned().unwrap_or_default()
    }

    fn title(&self, item: u32) -> String {
        self.titles.get(item as usize).cloned().unwrap_or_default()
    }

    fn history(&self, arguments: &Arguments) -> Result<Vec<u32>, Failure> {
        Ok(history_of(&self.ids, arguments.history.as_deref().unwrap_or_default())?)
    }

    fn wanted(&self, arguments: &Arguments, history: &[u32]) -> Result<Wanted, Failure> {
        let Some(id) = &arguments.item else {
            return Ok(Wanted::Best(arguments.k as usize));
        };
        let item = item_of(&self.ids, id)?;
        if history.contains(&item) {
            return Err(Failure::Input(format!(
                "{id} is in the history, and what somebody has had is not recommended; name another item with --item."
            )));
        }
        Ok(Wanted::Item(item))
    }

    fn report(
        &self,
        history: &[u32],
        found: Vec<Explanation>,
        nearest_users: Option<Vec<Near>>,
        attention: Option<Attention>,
    ) -> Report {
        let explained = |Explanation {
                             item,
                             score,
                             rank,
                             reasons,
                         }| Explained {
            item: self.id(item),
            title: self.title(item),
            score,
            rank,
            reasons: reasons
                .into_iter()
                .map(|reason| Because {
                    place: reason.at + 1,
                    item: self.id(reason.item),
                    title: self.title(reason.item),
                    change: reason.change,
                    rank_without: reason.rank,
                })
                .collect(),
        };
        Report {
            history: history.iter().map(|&item| self.id(item)).collect(),
            explanations: found.into_iter().map(explained).collect(),
            nearest_users,
            attention,
        }
    }
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::new();
        for Explained {
            item,
            title,
            score,
            rank,
            reasons,
        } in &self.explanations
        {
            text += &format!("{item}  {title}\n  score {score:.4}, rank {rank}\n");
            match reasons.is_empty() {
                true => text += "  The history has no two items, so none of them can be left out.\n",
                false => text += "  change   place  rank without it\n",
            }
            text.extend(reasons.iter().map(|reason| {
                format!(
                    "  {:+8.4} {:5} {:8}  {}  {}\n",
                    reason.change, reason.place, reason.rank_without, reason.item, reason.title
                )
            }));
        }
        if let Some(near) = self.nearest_users.as_deref().filter(|near| !near.is_empty()) {
            text += "Users with the nearest sequences, and what they took next\n";
            text.extend(
                near.iter()
                    .map(|near| format!("  {:8.4}  {}  {}  {}\n", near.distance, near.user, near.next, near.title)),
            );
        }
        if let Some(attention) = &self.attention {
            text += &self.looks(attention);
        }
        text
    }

    /// Attention as a table, a line for each item and a column for each block.
    fn looks(&self, attention: &Attention) -> String {
        if attention.layers.is_empty() {
            return "The model has no attention: it knows a history as a bag.\n".to_owned();
        }
        let mut text =
            "Attention of the last position, mean over the heads: where it looks, not what changes the score\n".to_owned();
        let heads = attention
            .layers
            .iter()
            .map(|layer| format!(" {:>8}{}", serde_name(&layer.part), layer.layer));
        text += &format!("  place{}\n", heads.collect::<String>());
        for (at, item) in self.history.iter().enumerate().skip(attention.from as usize) {
            let weights = attention
                .layers
                .iter()
                .map(|layer| format!(" {:9.4}", layer.weights[at - attention.from as usize]));
            text += &format!("  {:5}{}  {item}\n", at + 1, weights.collect::<String>());
        }
        text
    }
}

/// A name as JSON has it, without its marks.
fn serde_name(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned()
}
