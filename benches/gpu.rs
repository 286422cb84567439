//! How fast a graphics card trains beside the CPU, at four sizes, and whether it computes the same.
//!
//! `cargo xtask bench gpu` runs it; by itself `cargo bench --bench gpu --features gpu`. On a machine without an adapter it ends with one sentence. An
//! adapter in software only shows that the benchmark works, so it gets the smallest size alone unless `--all` is there. `--seconds N` bounds
//! the time of all (220 without it), `--json FILE` leaves the numbers in a file.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a benchmark has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]

use std::{
    cell::Cell,
    fmt::Write as _,
    fs,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use burn_cubecl::cubecl::logging::{LaunchObservation, LaunchObserver};
use contrastvae::{
    device::{Adapter, Compute, Kind},
    kernel::gpu_memory,
    log::{Dataset, Example, ReadOptions, generate, read},
    parallel::{available, with_threads},
    run::{Config, DeviceCheck, LossTerms, Run, RunError, RunSize, Speed},
};
use pollster::block_on;
use serde_json::{Value, json};

/// Allocator of the command line, so that the CPU is timed as there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds of all without `--seconds`: four minutes with the start of the program.
const ALL_SECONDS: u64 = 220;
/// Most seconds that the steps of one device at one size are measured.
const CELL_SECONDS: f64 = 10.0;
/// Items of each user of a generated log.
const HISTORY: u32 = 20;

/// A model and a log.
struct Size {
    name: &'static str,
    width: usize,
    /// 0 for the built-in example.
    items: u32,
    batch: usize,
    /// Steps that are compared with the CPU.
    compared: usize,
}

const SIZES: [Size; 4] = [
    Size {
        name: "default",
        width: 32,
        items: 0,
        batch: 32,
        compared: 20,
    },
    Size {
        name: "10,000 items",
        width: 64,
        items: 10_000,
        batch: 64,
        compared: 20,
    },
    Size {
        name: "30,000 items",
        width: 128,
        items: 30_000,
        batch: 64,
        compared: 5,
    },
    Size {
        name: "100,000 items",
        width: 256,
        items: 100_000,
        batch: 64,
        compared: 3,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)
    };
    let seconds = after("--seconds").and_then(|text| text.parse().ok()).unwrap_or(ALL_SECONDS);
    let end = Instant::now() + Duration::from_secs(seconds);
    let gpu = match block_on(Compute::gpu()) {
        Ok(gpu) => gpu,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let adapter = gpu.adapter().expect("a GPU has an adapter").clone();
    println!("{}", described(gpu.name(), &adapter));
    let sizes = match adapter.is_software && !arguments.iter().any(|argument| argument == "--all") {
        true => &SIZES[..1],
        false => &SIZES[..],
    };
    let mut measured = Vec::new();
    for (at, size) in sizes.iter().enumerate() {
        println!("size {} of {}: {}", at + 1, sizes.len(), size.name);
        measured.push(measure_size(size, &gpu, end));
    }
    let limits: Value = adapter
        .limits
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let features: Vec<&str> = adapter
        .features
        .iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| *name)
        .collect();
    let found = json!({
        "adapter": gpu.name(), "backend": adapter.backend, "driver": adapter.driver, "software": adapter.is_software,
        "limits": limits, "features": features, "threads": available(), "sizes": measured,
    });
    if let Some(file) = after("--json") {
        fs::write(file, format!("{found:#}\n")).unwrap_or_else(|error| panic!("cannot write {file}: {error}"));
    }
    ExitCode::SUCCESS
}

/// One line about the adapter.
fn described(name: &str, adapter: &Adapter) -> String {
    let software = if adapter.is_software { ", which is software" } else { "" };
    format!("{name} by {} ({}){software}", adapter.backend, adapter.driver)
}

/// The log of a size: each of its items is met twice, so that all are there.
fn log_of(size: &Size) -> Dataset {
    if size.items == 0 {
        return generate(&Example::default()).expect("the default example is valid");
    }
    let users = size.items * 2 / HISTORY;
    let mut text = String::new();
    for user in 0..users {
        write!(text, "u{user}").expect("a text can be written to");
        for place in 0..HISTORY {
            // The prime 7,919 walks through all items.
            let item = u64::from(user * HISTORY + place) * 7_919 % u64::from(size.items);
            write!(text, " i{item}").expect("a text can be written to");
        }
        text.push('\n');
    }
    read(("generated.txt", text.as_bytes()), None, &ReadOptions::with_k_core(1)).expect("the log can be read")
}

fn config_of(size: &Size) -> Config {
    let mut config = Config::default();
    config.model.hidden_size = size.width;
    config.training.batch_size = size.batch;
    config
}

/// Both devices at one size, and their difference; what the time does not reach is a sentence in its place.
fn measure_size(size: &Size, gpu: &Compute, end: Instant) -> Value {
    let (data, config) = (Arc::new(log_of(size)), config_of(size));
    let memory = RunSize::of(&config, &data).expect("the log has enough to learn from");
    let measured = |name: &str, compute: &Compute| match measure(&config, &data, compute, end) {
        Ok(found) => {
            println!("  {name} {found}");
            found
        }
        Err(why) => {
            println!("  {name}: {why}");
            json!({ "left_out": why })
        }
    };
    let on_gpu = measured("GPU", gpu);
    let on_cpu = with_threads(available(), || measured("CPU", &Compute::cpu())).expect("the threads start");
    let check = || -> Result<Value, String> {
        check_time(end)?;
        let work = || block_on(DeviceCheck::take(&config, &data, gpu, size.compared));
        let check = with_threads(available(), work).expect("the threads start").map_err(words)?;
        let totals = |losses: &[LossTerms]| losses.iter().map(|losses| losses.total).collect::<Vec<_>>();
        Ok(json!({
            "steps": size.compared, "largest_difference": check.largest_difference(), "agrees": check.agrees(),
            "cpu": totals(&check.cpu), "gpu": totals(&check.device),
        }))
    };
    let parity = check().unwrap_or_else(|why| json!({ "left_out": why }));
    println!("  parity {}", parity["largest_difference"]);
    json!({
        "name": size.name, "width": size.width, "items": data.items.len(), "users": data.sequences.len(), "batch": size.batch,
        "parameters": memory.parameters, "foretold_bytes": memory.memory_bytes, "largest_buffer_bytes": memory.largest_buffer_bytes,
        "gpu": on_gpu, "cpu": on_cpu, "parity": parity,
    })
}

fn words(error: RunError) -> String {
    error.to_string()
}

fn check_time(end: Instant) -> Result<(), String> {
    match Instant::now() < end {
        true => Ok(()),
        false => Err("left out: the time for all was over".to_owned()),
    }
}

/// Steps a second on a device, and what a step takes there.
fn measure(config: &Config, data: &Arc<Dataset>, compute: &Compute, end: Instant) -> Result<Value, String> {
    check_time(end)?;
    let mut run = Run::new(config.clone(), data.clone(), compute.clone()).map_err(words)?;
    let start = Instant::now();
    let seconds = end.duration_since(start).as_secs_f64().min(CELL_SECONDS);
    let speed = block_on(Speed::of(&mut run, seconds, || start.elapsed().as_secs_f64())).map_err(words)?;
    let mut found = json!({
        "steps_per_second": speed.steps_per_second(),
        "sequences_per_second": speed.steps_per_second() * config.training.batch_size.min(run.trainable_users()) as f64,
        "speed": speed,
        "process_bytes": process_bytes(),
    });
    if compute.kind() == Kind::Gpu {
        let _observation = LaunchObservation::new(Arc::new(Count));
        let before = LAUNCHES.get();
        block_on(run.step()).map_err(words)?;
        let [used, reserved] = gpu_memory(compute.device());
        found["launches"] = json!(LAUNCHES.get() - before);
        found["bytes_in_use"] = json!(used);
        found["bytes_reserved"] = json!(reserved);
    }
    Ok(found)
}

/// Memory of this process that lies in the machine's own; None where the system does not tell it so.
fn process_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

thread_local! {
    static LAUNCHES: Cell<usize> = const { Cell::new(0) };
}

/// Counts launches on the thread that issues them.
struct Count;

impl LaunchObserver for Count {
    fn launched(&self, _kernel: &'static str) {
        LAUNCHES.set(LAUNCHES.get() + 1);
    }
}
