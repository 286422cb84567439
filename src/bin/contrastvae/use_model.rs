//! `contrastvae evaluate` and `contrastvae recommend`: what a trained model is worth, and what it says comes next.
//!
//! In: the folder of a run, and a log or a history. Out: metrics over the full ranking, by group as well, or a list of items; as a
//! report or with `--json` as JSON.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use contrastvae::evaluate::{GroupMetrics, GroupedMetrics, Grouping, Metrics, assign};
use contrastvae::log::Split;
use contrastvae::run::Run;
use pollster::block_on;
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::progress::Progress;
use crate::train::compute;
use crate::{model_files, reading};

#[derive(Debug, clap::Args)]
pub struct Evaluate {
    /// The folder that `contrastvae train` wrote
    #[arg(long, value_name = "FOLDER")]
    run: PathBuf,
    /// The log that the run was trained on; it is read with the options of the training
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The part that is asked for
    #[arg(long, default_value = "test", value_parser = ["valid", "test"])]
    split: String,
    /// What computes
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "gpu"])]
    device: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Metrics under the names of the field, with what belongs to them.
#[derive(Serialize)]
struct Report {
    users: u32,
    #[serde(rename = "recall@5")]
    recall_5: f32,
    #[serde(rename = "recall@10")]
    recall_10: f32,
    #[serde(rename = "recall@20")]
    recall_20: f32,
    #[serde(rename = "recall@40")]
    recall_40: f32,
    #[serde(rename = "ndcg@5")]
    ndcg_5: f32,
    #[serde(rename = "ndcg@10")]
    ndcg_10: f32,
    #[serde(rename = "ndcg@20")]
    ndcg_20: f32,
    #[serde(rename = "ndcg@40")]
    ndcg_40: f32,
    mrr: f32,
    groups: Vec<Groups>,
    seconds: f64,
}

/// Metrics of one grouping.
#[derive(Serialize)]
struct Groups {
    grouping: Grouping,
    groups: Vec<GroupMetrics>,
}

pub fn evaluate(arguments: &Evaluate) -> Result<(), Failure> {
    let run = open(&arguments.run, &arguments.data, &arguments.device)?;
    let split = if arguments.split == "valid" {
        Split::Valid
    } else {
        Split::Test
    };
    let started = Instant::now();
    let mut evaluation = run.evaluation(split);
    let progress = Progress::of_steps("Ranking", evaluation.progress().1 as u64);
    let metrics = loop {
        if let Some(metrics) = block_on(evaluation.advance(&run)).map_err(|error| Failure::Other(error.to_string()))? {
            break metrics;
        }
        progress.set(evaluation.progress().0 as u64);
    };
    drop(progress);
    let seconds = started.elapsed().as_secs_f64();
    let groups: Vec<Groups> = [Grouping::AnswerFrequency, Grouping::TrainingFrequency, Grouping::Length]
        .into_iter()
        .map(|grouping| Groups {
            grouping,
            groups: GroupedMetrics::of_ranks(&assign(run.data(), split, grouping), evaluation.ranks()).finish(),
        })
        .collect();
    if arguments.json {
        let Metrics { users, mrr, .. } = metrics;
        return print_json(&Report {
            users,
            recall_5: metrics.recall_5,
            recall_10: metrics.recall_10,
            recall_20: metrics.recall_20,
            recall_40: metrics.recall_40,
            ndcg_5: metrics.ndcg_5,
            ndcg_10: metrics.ndcg_10,
            ndcg_20: metrics.ndcg_20,
            ndcg_40: metrics.ndcg_40,
            mrr,
            groups,
            seconds,
        });
    }
    let mut text = format!("{} users, {} items, {seconds:.1} s\n", metrics.users, run.data().items.len());
    for (cut, recall, ndcg) in [
        (5, metrics.recall_5, metrics.ndcg_5),
        (10, metrics.recall_10, metrics.ndcg_10),
        (20, metrics.recall_20, metrics.ndcg_20),
        (40, metrics.recall_40, metrics.ndcg_40),
    ] {
        text += &format!("Recall@{cut:<3} {recall:.4}  NDCG@{cut:<3} {ndcg:.4}\n");
    }
    text += &format!("MRR        {:.4}\n", metrics.mrr);
    for Groups { grouping, groups } in &groups {
        text += match grouping {
            Grouping::AnswerFrequency => "\nBy how often the answer is an answer\n",
            Grouping::TrainingFrequency => "\nBy how often the answer occurs in training\n",
            Grouping::Length => "\nBy the length of the sequence\n",
        };
        for group in groups {
            text += &format!(
                "{:>8}  {:>7} users  Recall@20 {:.4}  NDCG@20 {:.4}  Recall@40 {:.4}\n",
                group.label, group.users, group.metrics.recall_20, group.metrics.ndcg_20, group.metrics.recall_40
            );
        }
    }
    print(&text)
}

#[derive(Debug, clap::Args)]
pub struct Recommend {
    /// The folder that `contrastvae train` wrote
    #[arg(long, value_name = "FOLDER")]
    run: PathBuf,
    /// Identifiers of items, oldest first, with commas between them
    #[arg(long, value_name = "A,B,C")]
    history: String,
    /// How many items
    #[arg(short, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    k: u32,
    /// Print a JSON list
    #[arg(long)]
    json: bool,
}

/// One item of a list.
#[derive(Serialize)]
struct Row {
    item: String,
    title: String,
    score: f32,
}

pub fn recommend(arguments: &Recommend) -> Result<(), Failure> {
    let checkpoint = model_files::load(&arguments.run)?;
    let record = &checkpoint.record;
    let mut history = Vec::new();
    for id in arguments.history.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        let item = record.item_ids.iter().position(|known| known == id).ok_or_else(|| {
            Failure::Input(format!(
                "The run knows no item {id}; give identifiers as they stand in the log, such as {}.",
                record.item_ids.first().map_or("", String::as_str)
            ))
        })?;
        history.push(item as u32);
    }
    let ranked = block_on(checkpoint.recommend(&history, arguments.k as usize, compute("cpu")?))
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

/// The best model of a run, on its log.
fn open(folder: &std::path::Path, data: &std::path::Path, device: &str) -> Result<Run, Failure> {
    let checkpoint = model_files::load(folder)?;
    let log = reading::read_with(&[data], &checkpoint.record.read)?;
    let mut run =
        Run::resume(&checkpoint, Arc::new(log.data), compute(device)?).map_err(|error| Failure::Input(error.to_string()))?;
    run.adopt_best();
    Ok(run)
}
