//! `cargo xtask bench gpu`: what a graphics card is good for, natively.
//!
//! In: the card of this machine. Out: a table, and the numbers behind it in `target/bench/gpu.json`, to be sent to whoever keeps them. The program
//! is `benches/gpu.rs`, which bounds its own time; on a machine without a card it says so in one sentence. The same in a browser: the page with
//! `?bench`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::bench::remove;
use crate::exec::{self, own_cargo};
use crate::project::Project;
use crate::stage::{Reporter, Stage};

/// Time after which the program, which ends itself after less, is stopped.
const LIMIT: Duration = Duration::from_secs(300);
const PROGRAM: [&str; 5] = ["bench", "--bench", "gpu", "--features", "gpu"];

/// Compiles and runs it, and returns the table.
pub fn run(project: &Project, reporter: &Reporter, folder: &Path) -> Result<String> {
    reporter.stage("gpu benchmark, compiled", |stage| {
        exec::cargo(own_cargo(project, &PROGRAM).arg("--no-run"), stage)
    })?;
    let result = folder.join("gpu.json");
    remove(&result)?;
    reporter.stage("gpu benchmark", |stage| measure(project, &result, stage))?;
    let text = fs::read_to_string(&result).with_context(|| format!("the benchmark left no {}", result.display()))?;
    let found = serde_json::from_str(&text).with_context(|| format!("{} is damaged", result.display()))?;
    Ok(table(&found))
}

fn measure(project: &Project, result: &Path, stage: &Stage) -> Result<()> {
    let mut bench = own_cargo(project, &PROGRAM);
    bench.args(["--quiet", "--", "--json"]).arg(result);
    let finished = exec::run(&mut bench, Some(LIMIT), |event| exec::follow(event, stage))?;
    match finished.status {
        None => bail!("the benchmark took more than {} s and was stopped", LIMIT.as_secs()),
        Some(status) if status.success() => {}
        Some(_) => return Err(fault(&finished.output)),
    }
    stage.note(result.display().to_string());
    Ok(())
}

/// Words of the program before it gave up: its own sentence, or all of a fault.
fn fault(output: &str) -> anyhow::Error {
    let sentence = output.lines().find(|line| line.starts_with("The GPU could not be started"));
    match sentence {
        Some(sentence) => anyhow!("there is no graphics card to measure: {sentence}"),
        None => anyhow!("the benchmark broke off: {}", output.trim()),
    }
}

/// A line about the card, one for each size, and what stands out.
fn table(found: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut table = format!(
        "{}, {} ({})",
        text(&found["adapter"]),
        text(&found["backend"]),
        text(&found["driver"])
    );
    if found["software"] == true {
        table += "\nThis adapter is software: its numbers show that the benchmark works, and say nothing of a graphics card.";
    }
    let limit = found["limits"]["max_storage_buffer_binding_size"].as_f64();
    let buffer = found["limits"]["max_buffer_size"].as_f64();
    if let (Some(limit), Some(buffer)) = (limit, buffer) {
        table += &format!("\nlargest buffer {:.0} MB", limit.min(buffer) / 1e6);
    }
    table += &format!(
        "\n\nsteps a second on {} threads of the CPU and on the GPU\n{:<16}{:>6}{:>10}{:>10}{:>8}{:>10}{:>10}{:>10}{:>10}{:>12}\n",
        found["threads"], "model", "width", "CPU", "GPU", "gain", "first s", "host ms", "launches", "GPU MB", "difference"
    );
    for size in found["sizes"].as_array().into_iter().flatten() {
        table += &row(size);
        table.push('\n');
    }
    table
}

fn row(size: &Value) -> String {
    let (cpu, gpu, parity) = (&size["cpu"], &size["gpu"], &size["parity"]);
    let number = |value: &Value, digits: usize| {
        value
            .as_f64()
            .map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
    };
    let rate = |device: &Value| device["steps_per_second"].as_f64();
    let gain = rate(cpu)
        .zip(rate(gpu))
        .map_or_else(|| "–".to_owned(), |(cpu, gpu)| format!("{:.2}", gpu / cpu));
    let memory = gpu["bytes_reserved"]
        .as_f64()
        .map_or_else(|| "–".to_owned(), |bytes| format!("{:.0}", bytes / 1e6));
    let difference = parity["largest_difference"]
        .as_f64()
        .map_or_else(|| "–".to_owned(), |value| format!("{value:.1e}"));
    let mut row = format!(
        "{:<16}{:>6}{:>10}{:>10}{gain:>8}{:>10}{:>10}{:>10}{memory:>10}{difference:>12}",
        size["name"].as_str().unwrap_or_default(),
        size["width"],
        number(&cpu["steps_per_second"], 2),
        number(&gpu["steps_per_second"], 2),
        number(&gpu["speed"]["first_step_seconds"], 2),
        number(&gpu["speed"]["host_milliseconds"], 2),
        number(&gpu["launches"], 0),
    );
    if parity["agrees"] == false {
        row += "\n  This GPU computes something else than the CPU.";
    }
    for (device, name) in [(cpu, "CPU"), (gpu, "GPU"), (parity, "difference")] {
        if let Some(why) = device["left_out"].as_str() {
            row += &format!("\n  {name}: {why}");
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found() -> Value {
        json!({
            "adapter": "Card 1", "backend": "vulkan", "driver": "driver 2", "software": false, "threads": 8,
            "limits": { "max_storage_buffer_binding_size": 134_217_728, "max_buffer_size": 268_435_456 },
            "sizes": [
                { "name": "default", "width": 32,
                  "gpu": { "steps_per_second": 200.0, "launches": 90, "bytes_reserved": 5e7,
                           "speed": { "first_step_seconds": 1.5, "host_milliseconds": 2.25 } },
                  "cpu": { "steps_per_second": 50.0 }, "parity": { "largest_difference": 2e-6, "agrees": true } },
                { "name": "100,000 items", "width": 256, "gpu": { "left_out": "This run needs a buffer." },
                  "cpu": { "steps_per_second": 0.5 }, "parity": { "largest_difference": null, "agrees": false } },
            ],
        })
    }

    #[test]
    fn the_table_has_a_line_for_each_size_and_what_was_left_out() {
        let table = table(&found());
        for part in [
            "Card 1, vulkan (driver 2)",
            "largest buffer 134 MB",
            "8 threads",
            "4.00",
            "2.25",
            "2.0e-6",
        ] {
            assert!(table.contains(part), "{part} in {table}");
        }
        assert!(table.contains("  GPU: This run needs a buffer."), "{table}");
        assert!(table.contains("computes something else than the CPU"), "{table}");
        assert!(!table.contains("software"), "{table}");
    }

    #[test]
    fn software_is_named_as_such() {
        let mut found = found();
        found["software"] = json!(true);
        assert!(table(&found).contains("This adapter is software"));
    }

    #[test]
    fn a_machine_without_a_card_is_told_so_in_one_sentence() {
        let error = fault("   Running benches\nThe GPU could not be started: no adapter\nerror: bench failed").to_string();
        assert_eq!(
            error,
            "there is no graphics card to measure: The GPU could not be started: no adapter"
        );
        assert!(fault("thread main panicked").to_string().contains("panicked"));
    }
}
