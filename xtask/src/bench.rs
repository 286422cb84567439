//! `cargo xtask bench`: how fast it is, measured the same way each time.
//!
//! In: generated logs, the same bytes on every machine. Out: a table on the terminal and the numbers behind it in
//! `target/bench/`. No speed is a failure; only something that breaks is. A benchmark in the browser is a Playwright script in
//! `benches/browser/`; a native one runs the command line.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::exec::own_cargo;
use crate::project::{Flavour, Project, Variant};
use crate::stage::{Reporter, Stage};
use crate::test::playwright;
use crate::{bench_cores, bench_gpu, bench_journey, bench_peers, bench_scale, bench_training, exec};

/// Benchmarks.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Benchmark {
    /// Reading a log: the page's worker against PapaParse, or natively
    Log,
    /// A training step natively, by its parts
    Step,
    /// Training in the page against the command line
    Training,
    /// Gain of more cores: steps, an epoch and a ranking natively, and training in the page
    Cores,
    /// The latent map: time between frames with 100,000 items, and what draws it beside others with up to 1,000,000 dots
    Map,
    /// A graphics card beside the CPU, natively; compiles as much again, so only by this name
    Gpu,
    /// Growth of seconds and memory with the log, natively and in the page; takes minutes, so only by this name
    Scale,
    /// A training step beside the same model in other frameworks; fetches their packages, so only by this name
    Peers,
    /// A visitor's way to a first recommendation: seconds, clicks, words on each stage
    Journey,
}

/// Rows of the logs for the browser, and of the one for the command line.
const BROWSER_ROWS: u64 = 1_000_000;
const NATIVE_ROWS: u64 = 5_000_000;
/// Readings natively, unless `BENCH_REPETITIONS` takes another number.
const NATIVE_RUNS: usize = 3;

pub fn run(project: &Project, reporter: &Reporter, benchmarks: &[Benchmark], native: bool, rows: Option<u64>) -> Result<()> {
    let folder = project.path("target/bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let wanted = |benchmark| benchmarks.is_empty() || benchmarks.contains(&benchmark);
    if wanted(Benchmark::Log) {
        let table = if native {
            log_native(project, reporter, &folder, rows.unwrap_or(NATIVE_ROWS))?
        } else {
            log_in_browser(project, reporter, &folder, rows.unwrap_or(BROWSER_ROWS))?
        };
        println!("\n{table}");
    }
    if wanted(Benchmark::Step) {
        println!("\n{}", bench_training::step(project, reporter)?);
    }
    // It needs the page, which `--native` leaves out.
    if wanted(Benchmark::Training) && !native {
        println!("\n{}", bench_training::training(project, reporter, &folder)?);
    }
    if wanted(Benchmark::Cores) {
        println!("\n{}", bench_cores::run(project, reporter, &folder, native)?);
    }
    if wanted(Benchmark::Map) && !native {
        println!("\n{}", map_in_browser(project, reporter, &folder)?);
    }
    if benchmarks.contains(&Benchmark::Gpu) {
        println!("\n{}", bench_gpu::run(project, reporter, &folder)?);
    }
    if benchmarks.contains(&Benchmark::Scale) {
        println!(
            "\n{}",
            bench_scale::run(project, reporter, &folder, rows.unwrap_or(bench_scale::LARGEST), native)?
        );
    }
    if benchmarks.contains(&Benchmark::Peers) {
        println!("\n{}", bench_peers::run(project, reporter, &folder, native)?);
    }
    if wanted(Benchmark::Journey) && !native {
        println!("\n{}", bench_journey::journey(project, reporter, &folder)?);
    }
    Ok(())
}

/// The map of the page, and what draws it beside other renderers. The second prints a table of its own.
fn map_in_browser(project: &Project, reporter: &Reporter, folder: &Path) -> Result<String> {
    crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    let mut numbers = String::new();
    for (script, result) in [("map.spec.ts", "map.json"), ("map-renderers.spec.ts", "map-renderers.json")] {
        let result = folder.join(result);
        remove(&result)?;
        reporter.stage("map benchmark", |stage| {
            let mut playwright = playwright(project, stage)?;
            playwright
                .args(["--config", "benches/browser/playwright.config.ts", script])
                .env("BENCH_OUT", &result);
            if !exec::aloud(&mut playwright, stage)?.success() {
                bail!("the benchmark did not run to its end, see above");
            }
            stage.note(result.display().to_string());
            Ok(())
        })?;
        numbers += &fs::read_to_string(&result).with_context(|| format!("the benchmark left no {}", result.display()))?;
    }
    Ok(numbers)
}

fn log_in_browser(project: &Project, reporter: &Reporter, folder: &Path, rows: u64) -> Result<String> {
    crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    let plain = folder.join("log.csv");
    let titles = folder.join("log-titles.csv");
    reporter.stage("generated logs", |stage| {
        write_log(&plain, rows, Columns::Plain, stage)?;
        write_log(&titles, rows, Columns::Titles, stage)
    })?;
    let result = folder.join("log.json");
    remove(&result)?;
    reporter.stage("log benchmark", |stage| {
        let mut playwright = playwright(project, stage)?;
        playwright
            .args(["--config", "benches/browser/playwright.config.ts", "log.spec.ts"])
            .env("BENCH_FILES", std::env::join_paths([&plain, &titles])?)
            .env("BENCH_ROWS", rows.to_string())
            .env("BENCH_OUT", &result);
        let finished = exec::aloud(&mut playwright, stage)?;
        if !finished.success() {
            bail!("the benchmark did not run to its end, see above");
        }
        stage.note(result.display().to_string());
        Ok(())
    })?;
    for path in [&plain, &titles] {
        remove(path)?;
    }
    let text = fs::read_to_string(&result).with_context(|| format!("the benchmark left no {}", result.display()))?;
    let result: Value = serde_json::from_str(&text).with_context(|| format!("{} is damaged", result.display()))?;
    Ok(browser_table(&result))
}

/// One line for each file and reader, the page's first.
fn browser_table(result: &Value) -> String {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let mut table = format!(
        "{}\n\n{:<16} {:<32} {:>9} {:>9} {:>9} {:>9} {:>10}\n",
        result["browser"].as_str().unwrap_or_default(),
        "file",
        "reader",
        "median s",
        "best s",
        "MB/s",
        "x page",
        "memory MB"
    );
    for file in result["files"].as_array().into_iter().flatten() {
        for reader in file["readers"].as_array().into_iter().flatten() {
            let memory = match reader["peak_bytes"].as_f64() {
                Some(bytes) => format!("{:.0}", bytes / 1e6),
                None => "–".to_owned(),
            };
            table += &format!(
                "{:<16} {:<32} {:>9.2} {:>9.2} {:>9.1} {:>9.2} {memory:>10}\n",
                file["name"].as_str().unwrap_or_default(),
                reader["name"].as_str().unwrap_or_default(),
                number(&reader["median_seconds"]),
                number(&reader["best_seconds"]),
                number(&reader["megabytes_per_second"]),
                number(&reader["times_page"]),
            );
        }
    }
    table
}

fn log_native(project: &Project, reporter: &Reporter, folder: &Path, rows: u64) -> Result<String> {
    let (program, _) = measured_program(project, reporter)?;
    let repetitions = std::env::var("BENCH_REPETITIONS").ok().and_then(|number| number.parse().ok());
    let log = folder.join("log-native.csv");
    reporter.stage("generated log", |stage| write_log(&log, rows, Columns::Plain, stage))?;
    let runs = reporter.stage("native benchmark", |stage| {
        (0..repetitions.unwrap_or(NATIVE_RUNS))
            .map(|_| inspect(&program, &log, rows, stage))
            .collect::<Result<Vec<_>>>()
    });
    remove(&log)?;
    let runs = runs?;
    let of = |key: &str| median(runs.iter().filter_map(|run| run[key].as_f64()).collect());
    let (Some(read), Some(assemble), Some(bytes)) = (of("read_seconds"), of("assemble_seconds"), of("bytes")) else {
        bail!("`contrastvae inspect --json` did not tell how long it took");
    };
    let peak = of("peak_memory_bytes");
    let result = json!({
        "rows": rows,
        "bytes": bytes as u64,
        "read_seconds": read,
        "assemble_seconds": assemble,
        "bytes_per_interaction": of("bytes_per_interaction"),
        "peak_memory_bytes": peak.map(|peak| peak as u64),
        "runs": runs.len(),
    });
    let path = folder.join("log-native.json");
    fs::write(&path, format!("{result:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    let rows = rows as f64;
    let mut table = format!(
        "{:.0} million rows, {:.0} MB, medians of {} runs\n\n",
        rows / 1e6,
        bytes / 1e6,
        runs.len()
    );
    table += &format!(
        "reading      {read:>7.2} s   {:>6.0} MB/s   {:>5.1} million rows a second\n",
        bytes / 1e6 / read,
        rows / 1e6 / read
    );
    table += &format!("assembling   {assemble:>7.2} s\n");
    if let Some(peak) = peak {
        table += &format!("peak memory  {:>7.0} MB\n", peak / 1e6);
    }
    Ok(table)
}

/// Builds what [`command_line`] runs, together with the rest of the workspace, as the tests do.
pub fn build_command_line(project: &Project, reporter: &Reporter, profile: &str) -> Result<()> {
    reporter.stage("command line", |stage| {
        exec::quietly(&mut own_cargo(project, &["build", "--profile", profile]), stage)
    })?;
    Ok(())
}

/// The command line where the build of a profile put it, which is beside the folder of this program: `cargo run` would build it anew with the
/// features of one package.
pub fn command_line(project: &Project, profile: &str) -> Result<Command> {
    let program = format!("contrastvae{}", std::env::consts::EXE_SUFFIX);
    let own = std::env::current_exe().context("cannot tell where this program lies")?;
    let folder = own.ancestors().nth(2).context("this program lies in no folder of builds")?;
    let mut run = Command::new(folder.join(profile).join(program));
    run.current_dir(project.root());
    Ok(run)
}

/// The command line that is measured: the one that the variable `BENCH_PROGRAM` names, or what cargo builds with the profile in `BENCH_PROFILE`,
/// `release` without it; and what it is called in the numbers.
pub fn measured_program(project: &Project, reporter: &Reporter) -> Result<(PathBuf, String)> {
    if let Some(program) = std::env::var_os("BENCH_PROGRAM").map(PathBuf::from) {
        if !program.is_file() {
            bail!("BENCH_PROGRAM names {}, which is no file", program.display());
        }
        return Ok((program, "BENCH_PROGRAM".to_owned()));
    }
    let profile = std::env::var("BENCH_PROFILE").unwrap_or_else(|_| "release".to_owned());
    build_command_line(project, reporter, &profile)?;
    Ok((command_line(project, &profile)?.get_program().into(), profile))
}

/// Report of the command line on a log.
fn inspect(program: &Path, log: &Path, rows: u64, stage: &Stage) -> Result<Value> {
    let mut run = Command::new(program);
    run.arg("inspect").arg(log).args(["--k-core", "1", "--json"]);
    let output = exec::quietly(&mut run, stage)?;
    let result: Value = serde_json::from_str(output.trim()).context("`contrastvae inspect --json` printed no JSON")?;
    if result["interactions"] != rows {
        bail!("{} of {rows} rows were read", result["interactions"]);
    }
    Ok(result)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

pub fn remove(path: &PathBuf) -> Result<()> {
    if path.exists() {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// Content of a generated log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// `user,item,rating,timestamp`
    Plain,
    /// The same with titles in quotation marks, which hold commas and doubled quotation marks.
    Titles,
}

pub fn write_log(path: &Path, rows: u64, columns: Columns, stage: &Stage) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    stage.progress(&format!("writing {name}"));
    let write = || -> std::io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        generate(&mut out, rows, columns)?;
        out.flush()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Users come and go with time, and a few items and users have most of the rows, as in a real log.
fn generate(out: &mut impl Write, rows: u64, columns: Columns) -> std::io::Result<()> {
    const FIRST: u64 = 1_400_000_000;
    let users = rows / 20 + 1;
    let items = rows / 60 + 1;
    let mut random = Random(0x5eed);
    match columns {
        Columns::Plain => writeln!(out, "user,item,rating,timestamp")?,
        Columns::Titles => writeln!(out, "user,item,rating,timestamp,title")?,
    }
    for row in 0..rows {
        // A product of uniform numbers falls off towards its end.
        let user = (random.uniform() * random.uniform() * users as f64) as u64;
        let item = (random.uniform() * random.uniform() * random.uniform() * items as f64) as u64;
        let rating = 1 + random.next() % 10;
        let time = FIRST + row * 60 + random.next() % 100_000;
        write!(out, "u{user},i{item},{}.{},{time}", rating / 2, rating % 2 * 5)?;
        match columns {
            Columns::Plain => writeln!(out)?,
            Columns::Titles if item.is_multiple_of(4) => writeln!(out, ",\"The \"\"Harbour\"\", at Night, Part {item}\"")?,
            Columns::Titles => writeln!(out, ",\"Letters from the Mountain, Volume {item}\"")?,
        }
    }
    Ok(())
}

/// Numbers that are the same on every machine (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(columns: Columns) -> Result<String> {
        let mut out = Vec::new();
        generate(&mut out, 1000, columns)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn a_generated_log_is_the_same_each_time() -> Result<()> {
        let plain = text(Columns::Plain)?;
        assert_eq!(plain, text(Columns::Plain)?);
        assert_eq!(plain.lines().count(), 1001);
        assert!(plain.lines().all(|line| line.split(',').count() == 4));
        // A row stands here, so that no change of the generator goes unseen: numbers are compared over time.
        assert_eq!(plain.lines().last(), Some("u13,i0,4.5,1400060503"));
        assert!(text(Columns::Titles)?.contains(",\"The \"\"Harbour\"\", at Night, Part "));
        Ok(())
    }

    #[test]
    fn the_table_has_a_line_for_each_reader() {
        let result = json!({
            "browser": "Chromium 1",
            "files": [{ "name": "log.csv", "readers": [
                { "name": "page", "median_seconds": 0.5, "best_seconds": 0.4, "megabytes_per_second": 60.0, "times_page": 1.0, "peak_bytes": null },
                { "name": "PapaParse", "median_seconds": 2.0, "best_seconds": 1.9, "megabytes_per_second": 15.0, "times_page": 4.0, "peak_bytes": 2e8 },
            ] }],
        });
        let table = browser_table(&result);
        assert_eq!(table.lines().count(), 5);
        assert!(
            table
                .lines()
                .last()
                .is_some_and(|line| line.ends_with("15.0      4.00        200")),
            "{table}"
        );
    }

    #[test]
    fn medians() {
        assert_eq!([median(vec![]), median(vec![3.0, 1.0, 2.0])], [None, Some(2.0)]);
    }
}
