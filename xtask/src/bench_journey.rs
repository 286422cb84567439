//! The ways of a visitor through the page, with a clock: seconds, clicks, words and heights of its stages.
//!
//! In: the built page. Out: a table as JSON, kept in `target/bench/journey.json` too.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::exec;
use crate::project::{Flavour, Project, Variant};
use crate::stage::Reporter;
use crate::test::playwright;

/// Plays the journeys and gives their numbers as JSON.
pub fn journey(project: &Project, reporter: &Reporter, folder: &Path) -> Result<String> {
    crate::build(project, reporter, Flavour::Shipped, &Variant::ALL)?;
    let result = folder.join("journey.json");
    reporter.stage("journeys", |stage| {
        let mut playwright = playwright(project, stage)?;
        playwright
            .args(["--config", "benches/browser/playwright.config.ts", "journey.spec.ts"])
            .env("BENCH_OUT", &result);
        if !exec::aloud(&mut playwright, stage)?.success() {
            bail!("the journey did not come to its end, see above");
        }
        Ok(())
    })?;
    fs::read_to_string(&result).with_context(|| format!("the benchmark left no {}", result.display()))
}
