//! `cargo xtask bench step training`: how long a training step takes, natively by its parts, and in the page against the command line.
//!
//! In: a generated log and one configuration for both. Out: a table, and the numbers behind it in `target/bench/`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::bench::{Columns, build_command_line, command_line, remove, write_log};
use crate::exec;
use crate::exec::own_cargo;
use crate::project::{Flavour, Project, Variant};
use crate::stage::{Reporter, Stage};
use crate::test::playwright;

/// Rows of the log; some 2,000 users after the filter.
pub const ROWS: u64 = 60_000;
/// The shape that docs/performance.md speaks of.
const SETTINGS: [(&str, &str, f64); 4] = [
    ("model", "hidden_size", 64.0),
    ("model", "max_length", 50.0),
    ("training", "batch_size", 64.0),
    ("training", "epochs", 4.0),
];

/// The benchmark of a step, as it prints itself.
pub fn step(project: &Project, reporter: &Reporter) -> Result<String> {
    reporter.stage("step benchmark", |stage| {
        exec::quietly(&mut own_cargo(project, &["bench", "--bench", "step"]), stage)
    })
}

/// The page against the command line, on one thread.
pub fn training(project: &Project, reporter: &Reporter, folder: &Path) -> Result<String> {
    crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    build_command_line(project, reporter, "release")?;
    let log = folder.join("training.csv");
    reporter.stage("generated log", |stage| write_log(&log, ROWS, Columns::Plain, stage))?;
    let result = folder.join("training-page.json");
    remove(&result)?;
    // Before and after, so that a machine that slows down meanwhile is seen.
    let before = reporter.stage("native training", |stage| native(project, &log, folder, stage))?;
    reporter.stage("training in the page", |stage| page(project, &log, &result, stage))?;
    let after = reporter.stage("native training", |stage| native(project, &log, folder, stage))?;
    remove(&log)?;
    let text = fs::read_to_string(&result).with_context(|| format!("the benchmark left no {}", result.display()))?;
    let page: Value = serde_json::from_str(&text).with_context(|| format!("{} is damaged", result.display()))?;
    let Some(in_page) = page["sequences_per_second"].as_f64() else {
        bail!("{} holds no sequences_per_second", result.display());
    };
    let found = json!({
        "page": page,
        "native_before": before,
        "native_after": after,
        "ratio": in_page / ((before + after) / 2.0),
    });
    let path = folder.join("training.json");
    fs::write(&path, format!("{found:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(table(&found))
}

fn table(found: &Value) -> String {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    format!(
        "training, sequences/s on one thread\n\ncommand line   {:>8.0} before, {:.0} after\n{:<14} {:>8.0}\nratio          {:>8.2}\n",
        number(&found["native_before"]),
        number(&found["native_after"]),
        found["page"]["browser"].as_str().unwrap_or_default(),
        number(&found["page"]["sequences_per_second"]),
        number(&found["ratio"]),
    )
}

fn native(project: &Project, log: &Path, folder: &Path, stage: &Stage) -> Result<f64> {
    let out = folder.join("training-run");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    let mut run = command_line(project, "release")?;
    run.args(["train", "--json", "--seed", "1", "--threads", "1", "--data"])
        .arg(log)
        .arg("--out")
        .arg(&out);
    for (section, key, value) in SETTINGS {
        run.args(["--set", &format!("{section}.{key}={value}")]);
    }
    let output = exec::quietly(&mut run, stage)?;
    let result: Value = serde_json::from_str(output.trim()).context("`contrastvae train --json` printed no JSON")?;
    result["sequences_per_second"]
        .as_f64()
        .context("`contrastvae train --json` did not tell how fast it was")
}

/// Configuration as the page is told it.
pub fn page_config() -> Value {
    let mut config = json!({ "seed": 1 });
    for (section, key, value) in SETTINGS {
        config[section][key] = json!(value as u64);
    }
    // Long enough that no epoch is the last one.
    config["training"]["epochs"] = json!(1000);
    config
}

fn page(project: &Project, log: &Path, result: &Path, stage: &Stage) -> Result<()> {
    let mut playwright = playwright(project, stage)?;
    playwright
        .args(["--config", "benches/browser/playwright.config.ts", "training.spec.ts"])
        .env("BENCH_FILES", log)
        .env("BENCH_CONFIG", page_config().to_string())
        .env("BENCH_OUT", result);
    if !exec::aloud(&mut playwright, stage)?.success() {
        bail!("the benchmark did not run to its end, see above");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_both_and_their_ratio() {
        let found = json!({
            "page": { "browser": "chromium 1", "sequences_per_second": 600.0 },
            "native_before": 1000.0,
            "native_after": 1400.0,
            "ratio": 0.5,
        });
        let table = table(&found);
        assert!(table.contains("chromium 1          600\nratio              0.50"), "{table}");
    }
}
