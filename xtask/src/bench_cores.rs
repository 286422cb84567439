//! `cargo xtask bench cores`: what more cores are good for, natively and in the page.
//!
//! In: logs of this machine or generated ones. Out: a table, and the numbers behind it in `target/bench/cores.json`. One thread and two take turns
//! in one run, so that a machine that does other things as well slows both.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::bench::{Columns, remove, write_log};
use crate::bench_training::{ROWS, page_config};
use crate::exec::{self, own_cargo};
use crate::project::{Flavour, Project, Variant};
use crate::stage::Reporter;
use crate::test::playwright;

/// The native half, and unless `native` alone is wanted the page.
pub fn run(project: &Project, reporter: &Reporter, folder: &Path, native: bool) -> Result<String> {
    let result = folder.join("cores-native.json");
    remove(&result)?;
    let mut table = reporter.stage("cores, natively", |stage| {
        let mut bench = own_cargo(project, &["bench", "--bench", "cores", "--", "--json"]);
        exec::quietly(bench.arg(&result), stage)
    })?;
    let mut found = read(&result)?;
    if !native {
        let page = in_page(project, reporter, folder)?;
        table += &page_table(&page);
        found["page"] = page;
    }
    let path = folder.join("cores.json");
    fs::write(&path, format!("{found:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(table)
}

fn in_page(project: &Project, reporter: &Reporter, folder: &Path) -> Result<Value> {
    crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    let log = folder.join("cores.csv");
    reporter.stage("generated log", |stage| write_log(&log, ROWS, Columns::Plain, stage))?;
    let result = folder.join("cores-page.json");
    remove(&result)?;
    reporter.stage("cores, in the page", |stage| {
        let mut playwright = playwright(project, stage)?;
        playwright
            .args(["--config", "benches/browser/playwright.config.ts", "cores.spec.ts"])
            .env("BENCH_FILES", &log)
            .env("BENCH_CONFIG", page_config().to_string())
            .env("BENCH_OUT", &result);
        if !exec::aloud(&mut playwright, stage)?.success() {
            bail!("the benchmark did not run to its end, see above");
        }
        Ok(())
    })?;
    remove(&log)?;
    read(&result)
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("the benchmark left no {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
}

fn page_table(page: &Value) -> String {
    let mut table = format!("\ntraining in the page, {}\n", page["browser"].as_str().unwrap_or_default());
    let lines = page["threads"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(page["ratios"].as_array().into_iter().flatten());
    for (line, ratio) in lines {
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        table += &format!(
            "{} threads {:>8.0} sequences/s {:>6.2} times\n",
            line["threads"],
            number(&line["best"]),
            number(&ratio["best"])
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_table_has_a_line_for_each_number_of_threads() {
        let page = json!({
            "browser": "chromium 1",
            "threads": [{ "threads": 1, "best": 400.0 }, { "threads": 2, "best": 700.0 }],
            "ratios": [{ "threads": 1, "best": 1.0 }, { "threads": 2, "best": 1.75 }],
        });
        let table = page_table(&page);
        assert!(table.contains("2 threads      700 sequences/s   1.75 times"), "{table}");
    }
}
