//! Download sizes against their budget.
//!
//! In: the shipped modules of `pkg/dist/`. Out: `target/sizes.md` (for people), `pkg/dist/sizes.json` (for programs), and an error when a
//! module is over its budget. Brotli at its best quality takes most of a minute for the gpu module, so a module that was measured
//! before is not measured again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::exec;
use crate::fresh::Fingerprint;
use crate::project::{Project, Variant};
use crate::stage::Stage;
use crate::wasm;

/// Most that a visitor should have to download, in bytes of Brotli: the log reader, one sequential model with its priors and
/// contrasts, three models of bags, and what the map, the charts and the tables ask for.
fn budget(variant: Variant) -> u64 {
    match variant {
        Variant::Cpu => 1_180_000,
        Variant::CpuThreads => 1_200_000,
        Variant::Gpu => 2_900_000,
        Variant::Unpack => 450_000,
    }
}

const COMPRESS: &str = "const zlib = require('node:zlib'); const bytes = require('node:fs').readFileSync(process.argv[1]);
const { BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_SIZE_HINT: hint } = zlib.constants;
const brotli = zlib.brotliCompressSync(bytes, { params: { [window]: 24, [hint]: bytes.length } });
console.log(zlib.gzipSync(bytes, { level: 9 }).length, brotli.length)";

/// Measures what is new, writes both files and returns the table.
pub fn measure(project: &Project, stage: &Stage) -> Result<String> {
    let path = project.package().join("sizes.json");
    let before: Value = fs::read_to_string(&path)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let mut sizes = serde_json::Map::new();
    for variant in wasm::installed_variants(project) {
        let name = variant.name();
        let module = project.module(variant);
        let bytes = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
        let hash = Fingerprint::new().bytes(&bytes).finish();
        let known = &before[name];
        let entry = if known["hash"] == json!(hash) && known["brotli"].is_u64() {
            json!({ "hash": hash, "raw": bytes.len(), "gzip": known["gzip"], "brotli": known["brotli"], "budget": budget(variant) })
        } else {
            stage.progress(&format!("brotli of the {name} module"));
            let [gzip, brotli] = compressed(project, &module)?;
            json!({ "hash": hash, "raw": bytes.len(), "gzip": gzip, "brotli": brotli, "budget": budget(variant) })
        };
        sizes.insert(name.to_owned(), entry);
    }
    let sizes = Value::Object(sizes);
    fs::write(&path, format!("{sizes:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    let table = markdown(&sizes);
    fs::write(table_path(project), &table).context("cannot write target/sizes.md")?;
    let over = over_budget(&sizes);
    if !over.is_empty() {
        stage.print(&table);
        bail!("{} over the size budget", over.join(" and "));
    }
    stage.note(
        measured(&sizes)
            .map(|variant| format!("{} {}", variant.name(), megabytes(&sizes[variant.name()]["brotli"])))
            .collect::<Vec<_>>()
            .join(", ")
            + " (Brotli)",
    );
    Ok(table)
}

/// The table of the last shipped build, and below it what engines took to compile its modules.
pub fn table(project: &Project) -> Result<String> {
    let sizes = fs::read_to_string(table_path(project)).context("nothing has been measured yet: run `cargo xtask build`")?;
    let engines = ["webkit", "firefox", "chromium"].map(|engine| {
        let note = fs::read_to_string(project.path("target/engines").join(engine).with_extension("json"));
        note.ok().and_then(|text| serde_json::from_str(&text).ok())
    });
    let notes: Vec<Value> = engines.into_iter().flatten().collect();
    Ok(sizes + &compile_table(&notes))
}

/// Seconds to compile each module in each engine, from the notes of the last `cargo xtask test engines`; empty without notes.
fn compile_table(notes: &[Value]) -> String {
    let notes: Vec<&Value> = notes.iter().filter(|note| note["compile"].is_object()).collect();
    if notes.is_empty() {
        return "\n`cargo xtask test engines` measures how long browsers compile.\n".to_owned();
    }
    let mut text = "\n| seconds to compile |".to_owned();
    for note in &notes {
        text += &format!(" {} |", note["version"].as_str().unwrap_or_default());
    }
    text += &format!("\n|---{}|\n", "|---".repeat(notes.len()));
    for variant in Variant::ALL {
        let seconds = |note: &&Value| note["compile"][variant.name()].as_f64();
        let cells: Vec<String> = notes
            .iter()
            .map(|note| seconds(note).map_or_else(|| "–".to_owned(), |seconds| format!("{seconds:.2}")))
            .collect();
        text += &format!("| {} | {} |\n", variant.name(), cells.join(" | "));
    }
    text
}

fn table_path(project: &Project) -> PathBuf {
    project.path("target/sizes.md")
}

fn measured(sizes: &Value) -> impl Iterator<Item = Variant> {
    Variant::ALL.into_iter().filter(|variant| sizes[variant.name()].is_object())
}

fn over_budget(sizes: &Value) -> Vec<&'static str> {
    let over = |variant: &Variant| sizes[variant.name()]["brotli"].as_u64() > sizes[variant.name()]["budget"].as_u64();
    measured(sizes).filter(over).map(Variant::name).collect()
}

fn markdown(sizes: &Value) -> String {
    let mut text = "| artefact | raw | gzip | Brotli | budget (Brotli) |\n|---|---|---|---|---|\n".to_owned();
    for variant in measured(sizes) {
        let entry = &sizes[variant.name()];
        let cells = ["raw", "gzip", "brotli", "budget"].map(|key| megabytes(&entry[key]));
        text += &format!("| {} | {} |\n", variant.name(), cells.join(" | "));
    }
    text
}

fn megabytes(bytes: &Value) -> String {
    bytes
        .as_u64()
        .map_or_else(|| "?".to_owned(), |bytes| format!("{:.2} MB", bytes as f64 / 1e6))
}

/// Sizes of one file as `[gzip, brotli]`, both at their best quality. Node's zlib is what hosting tools use, and is there.
fn compressed(project: &Project, path: &Path) -> Result<[u64; 2]> {
    let finished = exec::run(
        Command::new("node")
            .args(["-e", COMPRESS])
            .arg(path)
            .current_dir(project.root()),
        None,
        |_| {},
    )?;
    let numbers: Vec<u64> = finished
        .output
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    match numbers[..] {
        [gzip, brotli] if finished.success() => Ok([gzip, brotli]),
        _ => bail!("{} could not be compressed: {}", path.display(), finished.output.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_bites() {
        let size = |cpu: u64, gpu: u64| json!({ "cpu": { "brotli": cpu, "budget": 1_000_000 }, "gpu": { "brotli": gpu, "budget": 3_000_000 } });
        assert!(over_budget(&size(1_000_000, 3_000_000)).is_empty());
        assert_eq!(over_budget(&size(1_000_001, 3_000_000)), ["cpu"]);
        assert_eq!(over_budget(&size(2_000_000, 3_000_001)), ["cpu", "gpu"]);
    }

    #[test]
    fn seconds_of_engines_stand_beside_the_sizes() {
        let note = |version: &str, cpu: f64| json!({ "version": version, "compile": { "cpu": cpu, "gpu": 0.5 } });
        let table = compile_table(&[note("Firefox 1", 0.123), note("WebKitGTK 2", 0.4)]);
        assert!(
            table.contains("| seconds to compile | Firefox 1 | WebKitGTK 2 |\n|---|---|---|\n| cpu | 0.12 | 0.40 |\n"),
            "{table}"
        );
        assert!(table.contains("| unpack | – | – |"), "{table}");
        assert!(compile_table(&[json!({ "version": "Firefox 1" })]).contains("cargo xtask test engines"));
    }

    #[test]
    fn both_encoders_shrink_what_repeats() -> Result<()> {
        let path = std::env::temp_dir().join(format!("xtask-sizes-{}", std::process::id()));
        fs::write(&path, b"contrast ".repeat(1000))?;
        let [gzip, brotli] = compressed(&Project::find()?, &path)?;
        assert!((20..200).contains(&gzip) && (10..100).contains(&brotli), "{gzip} {brotli}");
        Ok(fs::remove_file(path)?)
    }
}
