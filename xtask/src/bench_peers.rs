//! `cargo xtask bench peers`: a training step beside the same model in other frameworks, a step of each in turns.
//!
//! In: generated logs. Out: a table of medians, quartiles and ratios, and the numbers behind it in `target/bench/peers.json`. In the browser the
//! peers are TensorFlow.js and jax-js (`benches/peers/`), natively (`--native`) PyTorch. Ratios are told only where readings agree with each other.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::bench::{Random, remove};
use crate::exec;
use crate::project::{Flavour, Project, Variant};
use crate::stage::Reporter;
use crate::test::playwright;

mod native;
mod table;

/// Items of either log.
const ITEMS: usize = 3_400;
/// Users of the log without padding, more than what is timed trains on, and items of each: more than the window of 50 with those held back.
const LONG: (usize, usize) = (6_400, 60);
/// Sequences of the Office log by their length: (length, users).
const OFFICE: [(usize, usize); 64] = [
    (5, 1296),
    (6, 758),
    (7, 438),
    (8, 329),
    (9, 271),
    (10, 237),
    (11, 159),
    (12, 161),
    (13, 142),
    (14, 109),
    (15, 112),
    (16, 92),
    (17, 74),
    (18, 71),
    (19, 57),
    (20, 54),
    (21, 66),
    (22, 45),
    (23, 40),
    (24, 38),
    (25, 27),
    (26, 34),
    (27, 27),
    (28, 22),
    (29, 18),
    (30, 20),
    (31, 14),
    (32, 22),
    (33, 11),
    (34, 20),
    (35, 5),
    (36, 17),
    (37, 11),
    (38, 8),
    (39, 9),
    (40, 6),
    (41, 10),
    (42, 4),
    (43, 7),
    (44, 8),
    (45, 9),
    (46, 4),
    (47, 4),
    (48, 3),
    (49, 4),
    (50, 3),
    (51, 4),
    (53, 3),
    (54, 2),
    (56, 1),
    (57, 2),
    (58, 1),
    (59, 2),
    (60, 2),
    (63, 1),
    (65, 1),
    (66, 2),
    (70, 1),
    (71, 1),
    (75, 1),
    (76, 2),
    (77, 1),
    (81, 1),
    (94, 1),
];

/// A log and a reconstruction.
struct Task {
    name: &'static str,
    log: &'static str,
    full: bool,
    /// Steps of the package that take about as long as one of a peer.
    steps: u32,
}

impl Task {
    fn to_json(&self, folder: &Path) -> Value {
        json!({ "name": self.name, "log": folder.join(self.log), "full": self.full, "steps": self.steps })
    }
}

const TASKS: [Task; 4] = [
    Task {
        name: "Office's lengths, softmax over all items",
        log: "peers-office.csv",
        full: true,
        steps: 10,
    },
    Task {
        name: "Office's lengths, one sampled negative",
        log: "peers-office.csv",
        full: false,
        steps: 10,
    },
    Task {
        name: "no padding, softmax over all items",
        log: "peers-long.csv",
        full: true,
        steps: 3,
    },
    Task {
        name: "no padding, one sampled negative",
        log: "peers-long.csv",
        full: false,
        steps: 4,
    },
];

/// Measures in the browser, or natively.
pub fn run(project: &Project, reporter: &Reporter, folder: &Path, native: bool) -> Result<String> {
    let lengths = [office_lengths(), vec![LONG.1; LONG.0]];
    let logs: Vec<PathBuf> = ["peers-office.csv", "peers-long.csv"].map(|name| folder.join(name)).into();
    reporter.stage("generated logs", |_| {
        logs.iter()
            .zip(&lengths)
            .try_for_each(|(log, lengths)| write_log(log, lengths))
    })?;
    let found = if native {
        native::measure(project, reporter, folder)
    } else {
        in_browser(project, reporter, folder)
    };
    logs.iter().try_for_each(remove)?;
    let Some(found) = found? else {
        return Ok("peers: skipped, PyTorch is not there; `python3 -m venv target/peers && target/peers/bin/pip install torch` brings it\n".to_owned());
    };
    let path = folder.join(if native { "peers-native.json" } else { "peers.json" });
    fs::write(&path, format!("{found:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(table::table(&found))
}

fn in_browser(project: &Project, reporter: &Reporter, folder: &Path) -> Result<Option<Value>> {
    crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    let result = folder.join("peers-page.json");
    remove(&result)?;
    let tasks: Vec<Value> = TASKS.iter().map(|task| task.to_json(folder)).collect();
    reporter.stage("peers, in the browser", |stage| {
        let mut playwright = playwright(project, stage)?;
        playwright
            .args(["--config", "benches/browser/playwright.config.ts", "peers.spec.ts"])
            .env("BENCH_PEERS", Value::from(tasks).to_string())
            .env("BENCH_OUT", &result);
        if !exec::aloud(&mut playwright, stage)?.success() {
            bail!("the benchmark did not run to its end, see above");
        }
        Ok(())
    })?;
    let text = fs::read_to_string(&result).with_context(|| format!("the benchmark left no {}", result.display()))?;
    remove(&result)?;
    Ok(Some(
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", result.display()))?,
    ))
}

/// The lengths of all users of the Office log in a mixed order, three times, so that no epoch ends within the readings.
fn office_lengths() -> Vec<usize> {
    let mut lengths: Vec<usize> = OFFICE
        .iter()
        .flat_map(|&(length, users)| std::iter::repeat_n(length, 3 * users))
        .collect();
    let mut random = Random(0x0ff1ce);
    for at in (1..lengths.len()).rev() {
        lengths.swap(at, (random.uniform() * (at + 1) as f64) as usize);
    }
    lengths
}

/// A log of users of these lengths. All items occur, some far more often than others, and none twice with one user.
fn write_log(path: &Path, lengths: &[usize]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        let mut random = Random(0x9ee5);
        let mut rows = 0_usize;
        writeln!(out, "user,item,timestamp")?;
        for (user, &length) in lengths.iter().enumerate() {
            let mut met = Vec::with_capacity(length);
            while met.len() < length {
                // Each item once before any comes again.
                let item = match rows {
                    row if row < ITEMS => row,
                    _ => (random.uniform() * random.uniform() * ITEMS as f64) as usize,
                };
                if !met.contains(&item) {
                    writeln!(out, "u{user},i{item},{}", 1_400_000_000 + 60 * rows)?;
                    met.push(item);
                    rows += 1;
                }
            }
        }
        out.flush()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_lengths_are_those_of_office() {
        let lengths = office_lengths();
        assert_eq!((lengths.len(), lengths.iter().sum::<usize>()), (3 * 4_905, 3 * 53_258));
        assert!(lengths.iter().take(100).any(|&length| length > 20), "in a mixed order");
    }

    #[test]
    fn a_log_has_all_items_and_no_pair_twice() -> Result<()> {
        let path = std::env::temp_dir().join(format!("peers-{}.csv", std::process::id()));
        write_log(&path, &[60; 100])?;
        let text = fs::read_to_string(&path)?;
        remove(&path)?;
        let rows: Vec<(&str, &str)> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.rsplit_once(',')?.0.split_once(','))
            .collect();
        assert_eq!(rows.len(), 6_000);
        assert_eq!(rows.iter().collect::<HashSet<_>>().len(), 6_000);
        assert_eq!(rows.iter().map(|(_, item)| item).collect::<HashSet<_>>().len(), ITEMS);
        Ok(())
    }
}
