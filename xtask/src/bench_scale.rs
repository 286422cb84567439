//! `cargo xtask bench scale`: how seconds and memory grow with the log, natively and in the page.
//!
//! In: sizes of generated logs, each ten times the one before. Out: a table with the exponents of growth between neighbours, the numbers behind it
//! in `target/bench/scale.json`, and a picture of them in `target/bench/scale.svg`. Natively every stage is a process of its own, so that its peak of
//! memory is its own as well. `BENCH_PROFILE` names another profile of cargo than `release`, such as `tests`, which compiles sooner,
//! `BENCH_PROGRAM` a command line that is there already; `--native` leaves out the page.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::bench::{Random, measured_program, remove};
use crate::project::Project;
use crate::stage::{Reporter, Stage};

mod page;
mod picture;
mod table;

/// Interactions of the smallest log.
const SMALLEST: u64 = 100_000;
/// Interactions of the largest log if nothing else is asked for.
pub const LARGEST: u64 = 10_000_000;
/// How often a process is asked for its peak of memory.
const GLANCE: Duration = Duration::from_millis(20);
/// Settings of the model: small, so that what grows with the log is seen beside it.
const MODEL: [&str; 7] = [
    "objective.reconstruction=sampled_softmax",
    "objective.negatives=128",
    "model.hidden_size=16",
    "model.heads=2",
    "model.layers=1",
    "model.max_length=20",
    "training.batch_size=256",
];

/// A stage with the amount that its work grows with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Interactions.
    Log,
    /// Items, whose vectors are the most of a run.
    Items,
    /// Users times items: every item is scored for every user.
    Ranking,
}

/// Stages in their order, by the key of the result.
const STAGES: [(&str, &str, Work); 7] = [
    ("read", "reading the log", Work::Log),
    ("filter", "filter, order, split", Work::Log),
    ("epoch", "an epoch, sampled softmax", Work::Log),
    ("validation", "validation of all users", Work::Ranking),
    ("diagnosis", "diagnosis of a sample of users", Work::Log),
    ("recommend", "lists for everybody", Work::Ranking),
    ("checkpoint", "writing a checkpoint", Work::Items),
];

/// Measures all sizes up to `largest`, and the page up to what a tab can be asked for.
pub fn run(project: &Project, reporter: &Reporter, folder: &Path, largest: u64, native: bool) -> Result<String> {
    let (path, profile) = measured_program(project, reporter)?;
    let program = || {
        let mut command = Command::new(&path);
        command.current_dir(project.root());
        command
    };
    let mut measured = Vec::new();
    for size in sizes(largest) {
        let stage_of_all = format!("{size} interactions");
        measured.push(reporter.stage(&stage_of_all, |stage| at_size(&program, folder, size, stage))?);
    }
    let mut result =
        json!({ "profile": profile, "threads": thread::available_parallelism().map_or(1, usize::from), "sizes": measured });
    if !native {
        result["page"] = page::measure(project, reporter, folder, &page::sizes(largest))?;
    }
    let path = folder.join("scale.json");
    fs::write(&path, format!("{result:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    let path = folder.join("scale.svg");
    fs::write(&path, picture::svg(&result)).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(table::table(&result))
}

/// Sizes from the smallest one on, each ten times the one before.
fn sizes(largest: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(SMALLEST), |size| size.checked_mul(10)).take_while(move |&size| size <= largest)
}

fn at_size(program: &dyn Fn() -> Command, folder: &Path, size: u64, stage: &Stage) -> Result<Value> {
    let [log, model, lists, archive] = ["scale.csv", "scale-run", "scale-lists.csv", "scale.zip"].map(|name| folder.join(name));
    let clean = || -> Result<()> {
        [&log, &lists, &archive].into_iter().try_for_each(remove)?;
        match model.exists() {
            true => fs::remove_dir_all(&model).with_context(|| format!("cannot remove {}", model.display())),
            false => Ok(()),
        }
    };
    clean()?;
    stage.progress("writing the log");
    write_log(&log, size)?;
    let run = |arguments: &[&str], paths: &[(&str, &PathBuf)], doing: &str| -> Result<Done> {
        stage.progress(doing);
        let mut command = program();
        command
            .args(arguments)
            .args(paths.iter().flat_map(|(name, path)| [name.as_ref(), path.as_os_str()]));
        measure(command.arg("--json"))
    };
    let mut inspect = program();
    stage.progress("reading");
    let read = measure(inspect.arg("inspect").arg(&log).arg("--json"))?;
    let settings: Vec<&str> = MODEL.iter().flat_map(|setting| ["--set", setting]).collect();
    let training = [&["train", "--preset", "avae", "--epochs", "1"][..], &settings].concat();
    let trained = run(&training, &[("--data", &log), ("--out", &model)], "training")?;
    let of_run = [("--run", &model), ("--data", &log)];
    let valid = run(&["evaluate", "--split", "valid"], &of_run, "validation")?;
    let diagnosed = run(&["diagnose"], &of_run, "diagnosis")?;
    // A part leaves out the lists of the baselines.
    let everybody = ["recommend", "--everyone", "-k", "10", "--part", "1/1"];
    let recommended = run(&everybody, &[of_run[0], of_run[1], ("--out", &lists)], "lists for everybody")?;
    remove(&folder.join("scale-lists-1-of-1.csv"))?;
    let export = ["export", "--what", "checkpoint"];
    let saved = run(&export, &[of_run[0], ("--out", &archive)], "checkpoint")?;
    clean()?;
    let number = |value: &Value, key: &str| value[key].as_f64().with_context(|| format!("the command line told no {key}"));
    let stage_of = |seconds: f64, done: &Done| json!({ "seconds": seconds, "peak_bytes": done.peak_bytes });
    Ok(json!({
        "interactions": size,
        "users": number(&read.told, "users")?,
        "items": number(&read.told, "items")?,
        "kept": number(&read.told, "interactions")?,
        "read": stage_of(number(&read.told, "read_seconds")?, &read),
        "filter": stage_of(number(&read.told, "assemble_seconds")?, &read),
        "epoch": stage_of(number(&trained.told, "seconds")?, &trained),
        "validation": stage_of(number(&valid.told, "seconds")?, &valid),
        "diagnosis": stage_of(number(&diagnosed.told, "seconds")?, &diagnosed),
        "recommend": stage_of(number(&recommended.told, "seconds")?, &recommended),
        "checkpoint": stage_of(saved.seconds, &saved),
    }))
}

/// A process that ended.
struct Done {
    told: Value,
    seconds: f64,
    /// Largest resident set, where the system tells it.
    peak_bytes: Option<u64>,
}

/// Runs a command that prints one JSON object, and looks at its memory meanwhile.
fn measure(command: &mut Command) -> Result<Done> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("the command line could not be started")?;
    let mut peak_bytes = None;
    let status = loop {
        peak_bytes = peak_of(&child).or(peak_bytes);
        match child.try_wait()? {
            Some(status) => break status,
            None => thread::sleep(GLANCE),
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let mut text = String::new();
    child.stdout.take().map_or(Ok(0), |mut out| out.read_to_string(&mut text))?;
    if !status.success() {
        let mut told = String::new();
        child.stderr.take().map_or(Ok(0), |mut out| out.read_to_string(&mut told))?;
        bail!("{}", told.trim());
    }
    Ok(Done {
        told: serde_json::from_str(text.trim()).context("the command line printed no JSON")?,
        seconds,
        peak_bytes,
    })
}

/// Largest resident set of a process so far.
fn peak_of(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
}

/// A log with a long tail of users and items. Items grow with the root of the interactions, as catalogues do that are met more and more often.
fn write_log(path: &Path, rows: u64) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let (users, items) = (rows / 20 + 1, (10.0 * (rows as f64).sqrt()) as u64 + 1);
        let mut random = Random(0x5ca1e);
        writeln!(out, "user,item,timestamp")?;
        for row in 0..rows {
            let user = (random.uniform() * random.uniform() * users as f64) as u64;
            let item = (random.uniform() * random.uniform() * random.uniform() * items as f64) as u64;
            writeln!(out, "u{user},i{item},{}", 1_400_000_000 + row * 3)?;
        }
        out.flush()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_the_same_each_time() -> Result<()> {
        let path = std::env::temp_dir().join(format!("scale-{}.csv", std::process::id()));
        write_log(&path, 1_000)?;
        let text = fs::read_to_string(&path)?;
        remove(&path)?;
        assert_eq!(text.lines().count(), 1_001);
        assert!(text.starts_with("user,item,timestamp\nu"));
        Ok(())
    }
}
