//! How much faster more cores are, natively: a training step at several sizes, an epoch of a log, and a ranking of all its users.
//!
//! One thread and two take turns in one process, since other programs run beside it, and each is given by its fastest round. A third line says
//! what the pieces of work foretell: one thread does them all, each is timed by what the thread itself computed (whatever else the machine
//! does), and a simulation deals them out to 2, 4 and 8 cores. `--quick` takes fewer rounds, `--json FILE` leaves the numbers in a file;
//! `--log NAME` takes another log of `../shared/data` than `beauty`, and where there is none the generated example.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::iter_over_hash_type,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use contrastvae::{
    device::Compute,
    log::{Dataset, Example, ReadOptions, Split, generate, read},
    parallel::{measure_pieces, with_threads},
    run::{Config, Run},
};
use pollster::block_on;
use serde_json::{Value, json};

/// Allocator of the command line, so that both are timed alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cost of handing a loop to other threads and of coming together again, in seconds; more than threads take that spin for the next loop.
const LOOP_SECONDS: f64 = 6e-6;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let (rounds, steps) = if quick { (3, 4) } else { (10, 8) };
    let log = after("--log").unwrap_or("beauty");
    let mut lines = Vec::new();
    let office = data("office");
    let full = Arc::new(full_windows());
    for (name, data, settings) in [
        (
            "step, office, one sampled negative",
            &office,
            "objective.reconstruction=sampled_negative",
        ),
        (
            "step, office, softmax over all items",
            &office,
            "objective.reconstruction=full_softmax",
        ),
        (
            "step, 60 items a user, softmax over all items",
            &full,
            "objective.reconstruction=full_softmax",
        ),
    ] {
        let work = Steps::new(data, settings, steps);
        lines.push(line((name, steps), rounds, &|| work.trainee(), &|run| work.take(run)));
    }
    let data = data(log);
    let epoch = Steps::new(&data, "objective.reconstruction=full_softmax", 0);
    let rounds = if quick { 1 } else { 3 };
    lines.push(line(
        (&format!("an epoch of {log} with its validation"), 1),
        rounds,
        &|| epoch.trainee(),
        &|run| {
            epoch.take(run);
            rank(run, Split::Valid);
        },
    ));
    lines.push(line(
        (&format!("ranking of all users of {log}"), 1),
        rounds + 2,
        &|| epoch.trainee(),
        &|run| rank(run, Split::Test),
    ));
    if let Some(file) = after("--json") {
        let text = serde_json::to_string_pretty(&json!({ "native": lines })).expect("numbers are JSON");
        fs::write(file, text).unwrap_or_else(|error| panic!("cannot write {file}: {error}"));
    }
}

/// A log of this machine, or the generated example.
fn data(log: &str) -> Arc<Dataset> {
    let file = format!("{log}.txt");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(&file);
    Arc::new(match fs::read(path) {
        Ok(bytes) => read((&file, &bytes), None, &ReadOptions::with_k_core(5)).expect("the log can be read"),
        Err(_) => generate(&Example::default()).expect("the default example is valid"),
    })
}

/// 600 users of 60 of 2,420 items each: no window of 50 has a place left.
fn full_windows() -> Dataset {
    let mut text = String::new();
    for user in 0..600u32 {
        let items = (0..60).map(|place| format!(" i{}", (user * 977 + place * (37 + user % 11)) % 2_420));
        text += &format!("u{user}{}\n", items.collect::<String>());
    }
    let options = ReadOptions::with_k_core(1);
    read(("full.txt", text.as_bytes()), None, &options).expect("the log can be read")
}

/// Some steps of a configuration; 0 for a whole epoch.
struct Steps {
    data: Arc<Dataset>,
    config: Config,
    count: usize,
}

impl Steps {
    fn new(data: &Arc<Dataset>, setting: &str, count: usize) -> Self {
        let settings = [
            "model.hidden_size=64",
            "model.max_length=50",
            "training.batch_size=64",
            setting,
        ];
        let settings = settings.map(str::to_owned);
        Self {
            data: data.clone(),
            config: Config::preset_with("default", &settings).expect("the settings are valid"),
            count,
        }
    }

    fn trainee(&self) -> Run {
        Run::new(self.config.clone(), self.data.clone(), Compute::cpu()).expect("the run begins")
    }

    fn take(&self, run: &mut Run) {
        let count = if self.count == 0 { run.steps_per_epoch() } else { self.count };
        for _ in 0..count {
            block_on(run.step()).expect("the step runs");
        }
    }
}

fn rank(run: &mut Run, split: Split) {
    let mut evaluation = run.evaluation(split);
    while block_on(evaluation.advance(run)).expect("the ranking runs").is_none() {}
}

/// Seconds of one of the `count` things that `work` does, with one thread and with two, and what the pieces foretell.
fn line((name, count): (&str, usize), rounds: usize, make: &(dyn Fn() -> Run + Sync), work: &(dyn Fn(&mut Run) + Sync)) -> Value {
    let mut best = [Duration::MAX; 2];
    let mut runs = [make(), make()];
    for round in 0..=rounds {
        for ((threads, run), best) in (1..).zip(&mut runs).zip(&mut best) {
            let taken = with_threads(threads, || {
                let began = Instant::now();
                work(run);
                began.elapsed()
            })
            .expect("the threads start");
            // The first round fills caches and the allocator.
            if round > 0 {
                *best = taken.min(*best);
            }
        }
    }
    let [run, _] = &mut runs;
    let began = cpu_seconds();
    let ((), loops) = measure_pieces(cpu_seconds, || work(run));
    let total = cpu_seconds() - began;
    let foretold = [2, 4, 8].map(|cores| total / simulated(total, &loops, cores));
    let [one, two] = best.map(|time| time.as_secs_f64() / count as f64);
    println!(
        "{name:<48} 1 thread {:>9.2} ms  2 threads {:>9.2} ms  {:>5.2} times   foretold for 2, 4, 8 cores: {:.2}, {:.2}, {:.2}",
        one * 1e3,
        two * 1e3,
        one / two,
        foretold[0],
        foretold[1],
        foretold[2]
    );
    json!({
        "name": name, "one_thread_seconds": one, "two_threads_seconds": two, "ratio": one / two, "loops": loops.len(),
        "in_loops": loops.iter().flatten().sum::<f64>() / total, "foretold_2": foretold[0], "foretold_4": foretold[1], "foretold_8": foretold[2],
    })
}

/// Seconds of work whose loops are dealt out to `cores` cores, each piece to the core that is free first.
fn simulated(total: f64, loops: &[Vec<f64>], cores: usize) -> f64 {
    let in_loops: f64 = loops.iter().flatten().sum();
    let dealt: f64 = loops
        .iter()
        .map(|pieces| {
            if pieces.len() < 2 {
                return pieces.iter().sum();
            }
            let mut busy = vec![0.0f64; cores];
            for piece in pieces {
                let free = busy.iter_mut().min_by(|a, b| a.total_cmp(b)).expect("there are cores");
                *free += piece;
            }
            LOOP_SECONDS + busy.into_iter().fold(0.0, f64::max)
        })
        .sum();
    total - in_loops + dealt
}

/// Seconds that this thread has computed.
fn cpu_seconds() -> f64 {
    cpu_time::ThreadTime::now().as_duration().as_secs_f64()
}
