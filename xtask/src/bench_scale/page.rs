//! The half of the page: the same logs and model in a tab of Chromium.
//!
//! In: sizes. Out: what `benches/browser/scale.spec.ts` found for each.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{MODEL, sizes as all_sizes, write_log};
use crate::bench::remove;
use crate::exec;
use crate::project::{Flavour, Project, Variant};
use crate::stage::Reporter;
use crate::test::playwright;

/// Interactions of the largest log that a tab is asked to read.
const LARGEST: u64 = 10_000_000;

/// Sizes that the page is measured at.
pub fn sizes(largest: u64) -> Vec<u64> {
    all_sizes(largest.min(LARGEST)).collect()
}

/// Measures the page at these sizes.
pub fn measure(project: &Project, reporter: &Reporter, folder: &Path, sizes: &[u64]) -> Result<Value> {
    crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    let logs: Vec<PathBuf> = sizes.iter().map(|size| folder.join(format!("scale-{size}.csv"))).collect();
    let result = folder.join("scale-page.json");
    remove(&result)?;
    let run = reporter.stage("growth in the page", |stage| {
        for (log, &size) in logs.iter().zip(sizes) {
            stage.progress("writing the log");
            write_log(log, size)?;
        }
        stage.progress("the page");
        let mut playwright = playwright(project, stage)?;
        playwright
            .args(["--config", "benches/browser/playwright.config.ts", "scale.spec.ts"])
            .env("BENCH_FILES", std::env::join_paths(&logs)?)
            .env("BENCH_PRESET", "avae")
            .env("BENCH_CONFIG", config().to_string())
            .env("BENCH_OUT", &result);
        if !exec::aloud(&mut playwright, stage)?.success() {
            bail!("the benchmark did not run to its end, see above");
        }
        Ok(())
    });
    logs.iter().try_for_each(remove)?;
    run?;
    let text = fs::read_to_string(&result).with_context(|| format!("the benchmark left no {}", result.display()))?;
    let mut found: Value = serde_json::from_str(&text).with_context(|| format!("{} is damaged", result.display()))?;
    remove(&result)?;
    // Where reading stopped, the page knows no number.
    for (found, &size) in found["sizes"].as_array_mut().into_iter().flatten().zip(sizes) {
        found["interactions"] = json!(size);
    }
    Ok(found)
}

/// The settings of the model as the page is told them.
fn config() -> Value {
    let mut config = json!({ "training": { "epochs": 1 } });
    for (key, value) in MODEL.iter().filter_map(|setting| setting.split_once('=')) {
        if let Some((section, key)) = key.split_once('.') {
            config[section][key] = value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number));
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_trains_the_model_of_the_command_line() {
        let config = config();
        assert_eq!(config["objective"]["reconstruction"], "sampled_softmax");
        assert_eq!(config["model"]["hidden_size"], 16);
        assert_eq!(config["training"], json!({ "epochs": 1, "batch_size": 256 }));
    }

    #[test]
    fn a_tab_is_asked_for_ten_millions_at_most() {
        assert_eq!(sizes(1_000_000), [100_000, 1_000_000]);
        assert_eq!(sizes(100_000_000).last(), Some(&10_000_000));
    }
}
