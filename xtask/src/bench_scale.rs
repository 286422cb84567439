//! `cargo xtask bench scale`: how seconds and memory grow with the log, natively.
//!
//! In: sizes of generated logs, each ten times the one before. Out: a table with the exponents of growth between neighbours, the numbers behind it
//! in `target/bench/scale.json`, and a picture of them in `target/bench/scale.svg`. Every stage is a process of its own, so that its peak of
//! memory is its own as well. `BENCH_PROFILE` names another profile of cargo than `release`, such as `tests`, which compiles sooner.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::bench::{Random, command_line, remove};
use crate::exec::{self, own_cargo};
use crate::project::Project;
use crate::stage::{Reporter, Stage};

mod picture;

/// Interactions of the smallest log.
const SMALLEST: u64 = 100_000;
/// Interactions of the largest log if nothing else is asked for.
pub const LARGEST: u64 = 10_000_000;
/// Largest exponent of growth against the work that is no fault.
const MOST_GROWTH: f64 = 1.1;
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
const STAGES: [(&str, &str, Work); 6] = [
    ("read", "reading the log", Work::Log),
    ("filter", "filter, order, split", Work::Log),
    ("epoch", "an epoch, sampled softmax", Work::Log),
    ("validation", "validation of all users", Work::Ranking),
    ("recommend", "lists for everybody", Work::Ranking),
    ("checkpoint", "writing a checkpoint", Work::Items),
];

/// Measures all sizes up to `largest`.
pub fn run(project: &Project, reporter: &Reporter, folder: &Path, largest: u64) -> Result<String> {
    let profile = std::env::var("BENCH_PROFILE").unwrap_or_else(|_| "release".to_owned());
    reporter.stage("command line", |stage| {
        let arguments = [
            "build",
            "--profile",
            &profile,
            "--package",
            "contrastvae",
            "--bin",
            "contrastvae",
        ];
        exec::quietly(&mut own_cargo(project, &arguments), stage)
    })?;
    let program = || command_line(project, &profile);
    let sizes = std::iter::successors(Some(SMALLEST), |size| size.checked_mul(10)).take_while(|&size| size <= largest);
    let mut measured = Vec::new();
    for size in sizes {
        let stage_of_all = format!("{size} interactions");
        measured.push(reporter.stage(&stage_of_all, |stage| at_size(&program, folder, size, stage))?);
    }
    let result =
        json!({ "profile": profile, "threads": thread::available_parallelism().map_or(1, usize::from), "sizes": measured });
    let path = folder.join("scale.json");
    fs::write(&path, format!("{result:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    let path = folder.join("scale.svg");
    fs::write(&path, picture::svg(&result)).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(table(&result))
}

fn at_size(program: &dyn Fn() -> Result<Command>, folder: &Path, size: u64, stage: &Stage) -> Result<Value> {
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
        let mut command = program()?;
        command
            .args(arguments)
            .args(paths.iter().flat_map(|(name, path)| [name.as_ref(), path.as_os_str()]));
        measure(command.arg("--json"))
    };
    let mut inspect = program()?;
    stage.progress("reading");
    let read = measure(inspect.arg("inspect").arg(&log).arg("--json"))?;
    let settings: Vec<&str> = MODEL.iter().flat_map(|setting| ["--set", setting]).collect();
    let training = [&["train", "--preset", "avae", "--epochs", "1"][..], &settings].concat();
    let trained = run(&training, &[("--data", &log), ("--out", &model)], "training")?;
    let of_run = [("--run", &model), ("--data", &log)];
    let valid = run(&["evaluate", "--split", "valid"], &of_run, "validation")?;
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

/// How much work a stage has at a size, in units of its own.
fn amount(size: &Value, work: Work) -> f64 {
    let of = |key: &str| size[key].as_f64().unwrap_or(f64::NAN);
    match work {
        Work::Log => of("interactions"),
        Work::Items => of("items"),
        Work::Ranking => of("users") * of("items"),
    }
}

/// Exponent of growth: how many tenfolds of `what` come with a tenfold of `by`.
fn exponent(what: [f64; 2], by: [f64; 2]) -> f64 {
    (what[1] / what[0]).ln() / (by[1] / by[0]).ln()
}

/// The table in Markdown: seconds, megabytes and exponents of each stage.
fn table(result: &Value) -> String {
    let sizes: Vec<&Value> = result["sizes"].as_array().into_iter().flatten().collect();
    let mut text = String::from("| stage |");
    for size in &sizes {
        text += &format!(" {:.0e} |", size["interactions"].as_f64().unwrap_or(f64::NAN));
    }
    text += " exponents | against its work |\n|---|";
    text += &"---|".repeat(sizes.len() + 2);
    text.push('\n');
    let counts = |key: &str| -> String {
        sizes
            .iter()
            .map(|size| format!(" {} |", size[key].as_f64().unwrap_or(f64::NAN)))
            .collect()
    };
    text += &format!(
        "| users after the filter |{} | |\n| items after the filter |{} | |\n",
        counts("users"),
        counts("items")
    );
    let mut faults = Vec::new();
    for (key, name, work) in STAGES {
        let of = |field: &str| -> Vec<f64> {
            sizes
                .iter()
                .map(|size| size[key][field].as_f64().unwrap_or(f64::NAN))
                .collect()
        };
        let (seconds, bytes) = (of("seconds"), of("peak_bytes"));
        text += &format!("| {name} |");
        for (seconds, bytes) in seconds.iter().zip(&bytes) {
            text += &format!(" {seconds:.2} s, {:.0} MB |", bytes / 1e6);
        }
        let neighbours = |by: &dyn Fn(&Value) -> f64| -> Vec<f64> {
            let pairs = sizes.windows(2).zip(seconds.windows(2));
            pairs
                .map(|(sizes, seconds)| exponent([seconds[0], seconds[1]], [by(sizes[0]), by(sizes[1])]))
                .collect()
        };
        let told = |exponents: &[f64]| {
            exponents
                .iter()
                .map(|exponent| format!("{exponent:.2}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (by_log, by_work) = (
            neighbours(&|size| amount(size, Work::Log)),
            neighbours(&|size| amount(size, work)),
        );
        text += &format!(" {} | {} |\n", told(&by_log), told(&by_work));
        if by_work.iter().any(|&exponent| exponent > MOST_GROWTH) {
            faults.push(name);
        }
    }
    match faults.as_slice() {
        [] => text += &format!("\nNothing grows faster than its work (exponent above {MOST_GROWTH}).\n"),
        faults => {
            text += &format!(
                "\nFaster than its work (exponent above {MOST_GROWTH}): {}.\n",
                faults.join(", ")
            )
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(seconds: [f64; 2]) -> Value {
        let size = |interactions: f64, seconds: f64| {
            let stage = json!({ "seconds": seconds, "peak_bytes": 2e6 });
            let mut size =
                json!({ "interactions": interactions, "users": interactions / 20.0, "items": 3000, "kept": interactions });
            for (key, ..) in STAGES {
                size[key] = stage.clone();
            }
            size
        };
        json!({ "sizes": [size(1e5, seconds[0]), size(1e6, seconds[1])] })
    }

    #[test]
    fn exponents_are_of_neighbours_and_faults_are_named() {
        let told = table(&result([0.5, 5.0]));
        assert!(
            told.contains("| reading the log | 0.50 s, 2 MB | 5.00 s, 2 MB | 1.00 | 1.00 |"),
            "{told}"
        );
        // As many items, so the checkpoint has no reason to take longer.
        assert!(told.contains("exponent above 1.1): writing a checkpoint."), "{told}");
        let told = table(&result([0.5, 50.0]));
        assert!(told.contains("2.00 |") && told.contains("): reading the log, "), "{told}");
    }

    #[test]
    fn the_picture_has_a_line_for_each_stage() {
        let svg = picture::svg(&result([0.5, 5.0]));
        assert_eq!(svg.matches("<polyline").count(), STAGES.len());
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(STAGES.iter().all(|(_, name, _)| svg.contains(name)));
    }

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
