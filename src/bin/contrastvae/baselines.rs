//! `contrastvae baselines`: what can be had without a gradient, to compare a model with.
//!
//! In: a log. Out: for popularity, a Markov chain, item-kNN and EASE the metrics of validation and test, by the protocol of `evaluate`.

use std::path::PathBuf;
use std::time::Instant;

use contrastvae::evaluate::{BASELINES, BaselineBuilder, BaselineError, Corruption, Metrics, Scorer, ScorerEvaluation};
use contrastvae::log::{Dataset, Split};
use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::measures::{Groups, Measures, Spoiled, spoil, spoiled_text};
use crate::progress::Progress;
use crate::reading;

/// With more items than this EASE, whose time grows with their cube, is built only where it is asked for.
const EASE_UNASKED: usize = 4_000;
/// Users that are ranked between two moves of the bar.
const USERS_AT_ONCE: usize = 64;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The log
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Only these, with commas between them
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = BASELINES)]
    only: Vec<String>,
    /// Also rank the test with 10, 20, 30 and 40 % of each history deleted or replaced
    #[arg(long)]
    corrupt: bool,
    /// Penalty of EASE; without it the best of 10, 50, 200 and 1000 by NDCG@20 on validation
    #[arg(long, value_name = "LAMBDA")]
    ease_penalty: Option<f64>,
    /// Seed of what is deleted or replaced
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u32,
    #[command(flatten)]
    reading: reading::Options,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    users: usize,
    items: usize,
    baselines: Vec<Baseline>,
    /// Those that were not asked for by name and take long, with why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

/// Result of one baseline.
#[derive(Serialize)]
struct Baseline {
    name: &'static str,
    /// The penalty of EASE.
    #[serde(skip_serializing_if = "Option::is_none")]
    penalty: Option<f64>,
    valid: Measures,
    test: Measures,
    /// Of the test.
    groups: Vec<Groups>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corruption: Vec<Spoiled>,
    /// Counting the log.
    build_seconds: f64,
    /// Ranking validation and test.
    seconds: f64,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let log = reading::read(&[&arguments.data], &arguments.reading)?;
    let data = &log.data;
    let (mut baselines, mut left_out) = (Vec::new(), Vec::new());
    for name in BASELINES {
        if !arguments.only.is_empty() && !arguments.only.iter().any(|wanted| wanted == name) {
            continue;
        }
        if name == "ease" && arguments.only.is_empty() && data.items.len() > EASE_UNASKED {
            left_out.push(format!(
                "EASE is left out: with {} items it takes minutes; ask for it with --only ease.",
                data.items.len()
            ));
            continue;
        }
        let started = Instant::now();
        let (scorer, penalty) = build(name, data, arguments.ease_penalty)?;
        let build_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let (valid, _) = rank(data, scorer.as_ref(), Split::Valid, None)?;
        let (test, ranks) = rank(data, scorer.as_ref(), Split::Test, None)?;
        let seconds = started.elapsed().as_secs_f64();
        let corruption = if arguments.corrupt {
            spoil(&test, arguments.seed, |corruption| {
                Ok(rank(data, scorer.as_ref(), Split::Test, Some(corruption))?.0)
            })?
        } else {
            Vec::new()
        };
        baselines.push(Baseline {
            name: scorer.name(),
            penalty,
            valid: Measures::from(&valid),
            test: Measures::from(&test),
            groups: Groups::of(data, Split::Test, &ranks),
            corruption,
            build_seconds,
            seconds,
        });
    }
    let report = Report {
        users: data.users.len(),
        items: data.items.len(),
        baselines,
        left_out,
    };
    if arguments.json {
        return print_json(&report);
    }
    let mut text = format!("{} users, {} items\n", report.users, report.items);
    for baseline in &report.baselines {
        text += &format!(
            "\n{}: built in {:.1} s, ranked in {:.1} s\n",
            baseline.name, baseline.build_seconds, baseline.seconds
        );
        if let Some(penalty) = baseline.penalty {
            text += &format!("Penalty    {penalty}\n");
        }
        text += &format!("Validation {}\n", baseline.valid.line());
        text += &format!("Test       {}\n", baseline.test.line());
        text.extend(baseline.groups.iter().map(Groups::text));
        text += &spoiled_text(&baseline.corruption);
    }
    for sentence in &report.left_out {
        text += &format!("\n{sentence}\n");
    }
    print(&text)
}

/// A baseline by its name, and the penalty of EASE.
///
/// Without a penalty that of EASE is chosen on validation.
pub fn build(name: &str, data: &Dataset, ease_penalty: Option<f64>) -> Result<(Box<dyn Scorer>, Option<f64>), Failure> {
    let refused = |error: BaselineError| Failure::Input(error.to_string());
    let mut builder = BaselineBuilder::new(name, data, ease_penalty).map_err(refused)?;
    let progress = Progress::of_steps(&format!("Building {name}"), builder.progress().1 as u64);
    while !builder.advance(data).map_err(refused)? {
        progress.set(builder.progress().0 as u64);
    }
    builder
        .finish()
        .ok_or_else(|| Failure::Other(format!("{name} was not built.")))
}

/// The full ranking of a split, and the rank of each user's answer.
fn rank(
    data: &Dataset,
    scorer: &dyn Scorer,
    split: Split,
    corruption: Option<Corruption>,
) -> Result<(Metrics, Vec<Option<u32>>), Failure> {
    let mut evaluation = ScorerEvaluation::new(data, split);
    if let Some(corruption) = corruption {
        evaluation = evaluation.with_corruption(corruption);
    }
    let progress = Progress::of_steps(&format!("Ranking by {}", scorer.name()), evaluation.progress().1 as u64);
    loop {
        let metrics = evaluation.advance(data, scorer, USERS_AT_ONCE);
        if let Some(metrics) = metrics.map_err(|error| Failure::Other(error.to_string()))? {
            return Ok((metrics, evaluation.ranks().to_vec()));
        }
        progress.set(evaluation.progress().0 as u64);
    }
}
