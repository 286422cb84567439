//! How long a training step takes on the CPU, by part and by operation, against burn's own operations on padded rows.
//!
//! `cargo bench --bench step` at the shape of the measurements: batch 64, window 50, hidden size 64, two views, the lengths of a
//! real log where `../shared/data/office.txt` is there and of the generated example otherwise; `--log beauty` takes another log of
//! that folder. Variants take turns and each is given by its fastest round, because other programs run beside it; ratios are what to
//! read. `--quick` takes fewer rounds, `--json FILE` leaves the numbers in a file. `--loops N` and `--composed N` only take N steps,
//! packed and with one sampled negative, for programs that watch what is called.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::iter_over_hash_type,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]

use std::{
    collections::BTreeMap,
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use burn::tensor::{Int, Tensor, TensorData};
use contrastvae::{
    batch::{Batch, Layout, Reduction, Rows, Sequence, draw_negatives},
    device::Compute,
    kernel::{self, Activation, AdamStep, HostNoise, Noise, composed},
    log::{Example, ReadOptions, generate, read},
    model::{Augmentation, ContrastVae, Differences, Head, LogVariance, Parameters, Pass, Prior, Sampling, Shape},
    objective::{ContrastElbo, ContrastPosition, Likelihood, Terms},
    run::AdamW,
};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

const BATCH: usize = 64;
const LENGTH: usize = 50;
const HIDDEN: usize = 64;
const HEADS: usize = 2;
const ITEMS: usize = 3_400;
const BATCHES: usize = 4;

/// Parts of a step, in order.
const PARTS: [&str; 5] = ["batch", "forward", "objective", "backward", "adam"];

/// Allocator of the command line, so that both are timed alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = if arguments.iter().any(|argument| argument == "--quick") {
        3
    } else {
        12
    };
    let file = arguments
        .iter()
        .position(|argument| argument == "--json")
        .and_then(|at| arguments.get(at + 1));

    let log = arguments
        .iter()
        .position(|argument| argument == "--log")
        .and_then(|at| arguments.get(at + 1));
    let (source, batches) = batches(log.map_or("office", String::as_str));
    let number_after = |name: &str| -> Option<usize> {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse().ok()
    };
    let some_steps = |count: usize| {
        let mut trainee = Trainee::new(Layout::Packed, Likelihood::SampledNegative, 0.2);
        for index in 0..count {
            trainee.step(&batches[index % BATCHES]);
        }
    };
    if let Some(count) = number_after("--loops") {
        return some_steps(count);
    }
    if let Some(count) = number_after("--composed") {
        return composed(|| some_steps(count));
    }
    let tokens = |layout| {
        let all: usize = batches.iter().map(|batch| Rows::pack(batch, LENGTH, layout).ids.len()).sum();
        all / BATCHES
    };
    println!(
        "batch {BATCH}, window {LENGTH}, hidden size {HIDDEN}, {HEADS} heads, two views, {ITEMS} items, dropout 0.2\nlengths of {source}: {} positions a view packed, {} padded\n",
        tokens(Layout::Packed),
        tokens(Layout::Padded)
    );
    let mut numbers = BTreeMap::new();
    steps(&batches, rounds, &mut numbers);
    operations(&batches, rounds, &mut numbers);
    if let Some(file) = file {
        let json = serde_json::to_string_pretty(&numbers).expect("numbers are JSON");
        fs::write(file, json).unwrap_or_else(|error| panic!("cannot write {file}: {error}"));
    }
}

/// Batches of users of a log in a shuffled order, and where they come from.
fn batches(log: &str) -> (String, Vec<Vec<Sequence>>) {
    let file = format!("{log}.txt");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(&file);
    let (source, data) = match fs::read(path) {
        Ok(bytes) => (
            file.clone(),
            read((&file, &bytes), None, &ReadOptions::with_k_core(5)).expect("the log can be read"),
        ),
        Err(_) => (
            "the generated example".to_string(),
            generate(&Example::default()).expect("the default example is valid"),
        ),
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let users: Vec<usize> = (0..data.sequences.len())
        .filter(|&user| data.train_part(user).len() >= 2)
        .collect();
    let batches = (0..BATCHES)
        .map(|batch| {
            (0..BATCH)
                .map(|index| {
                    // 7919 is prime: a walk through all users that starts anywhere.
                    let user = users[(batch * BATCH + index) * 7_919 % users.len()];
                    let part = data.train_part(user);
                    let met = data.sequences[user].iter().copied().collect();
                    // The lengths are what matters; the table keeps its size whatever the log.
                    let part: Vec<u32> = part.iter().map(|item| item % ITEMS as u32).collect();
                    Sequence {
                        inputs: part[..part.len() - 1].to_vec(),
                        targets: part[1..].to_vec(),
                        negatives: draw_negatives(&mut rng, ITEMS.min(data.items.len()), &met, part.len() - 1),
                        augmented: None,
                    }
                })
                .collect()
        })
        .collect();
    (source, batches)
}

/// A model in training.
struct Trainee {
    model: ContrastVae,
    optimiser: AdamW,
    layout: Layout,
    likelihood: Likelihood,
    dropout: f64,
}

impl Trainee {
    fn new(layout: Layout, likelihood: Likelihood, dropout: f64) -> Self {
        let shape = Shape {
            items: ITEMS,
            hidden: HIDDEN,
            layers: 1,
            heads: HEADS,
            length: LENGTH,
            augmentation: Augmentation::Model,
            log_variance: LogVariance::Stack,
            prior: Prior::Standard,
            head: Head::DotProduct,
            differences: Differences::NONE,
        };
        let mut model = ContrastVae::new(shape, 1, Compute::cpu().device());
        model.require_gradients();
        Self {
            model,
            optimiser: AdamW::default(),
            layout,
            likelihood,
            dropout,
        }
    }

    /// One step as [`contrastvae::run::Run`] takes it; the time of each part.
    fn step(&mut self, sequences: &[Sequence]) -> [Duration; PARTS.len()] {
        let compute = Compute::cpu();
        let mut clock = Clock::new();
        let rows = Rows::pack(sequences, LENGTH, self.layout);
        let batch = Batch::new(&rows, self.layout, Reduction::Real, compute.device());
        let of_batch = clock.lap();
        let mut noise = HostNoise::new(7);
        let mut pass = Pass::training(&mut noise, self.dropout, self.dropout);
        let views = self.model.forward(&batch, Sampling::Paper, 0.1, &mut pass);
        let of_forward = clock.lap();
        let terms = Terms {
            likelihood: self.likelihood,
            kl_weight: 0.1,
            contrast_weight: 0.1,
            contrast_position: ContrastPosition::Pooled,
            mask_same_target: false,
            temperature: 1.0,
            ..Terms::default()
        };
        let objective = ContrastElbo::new(&self.model, &batch, &views, terms);
        black_box(objective.to_vector().into_data());
        let of_objective = clock.lap();
        let mut gradients = objective.total.backward();
        let of_backward = clock.lap();
        self.optimiser.step(&mut self.model, &mut gradients, 1e-3, 0.01);
        [of_batch, of_forward, of_objective, of_backward, clock.lap()]
    }
}

struct Clock(Instant);

impl Clock {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.0, now)
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Whole steps. Every variant takes the same batches in turn.
fn steps(batches: &[Vec<Sequence>], rounds: usize, numbers: &mut BTreeMap<String, f64>) {
    let variants = [
        ("burn's operations, padded", true, Layout::Padded, 0.2),
        ("burn's operations, packed", true, Layout::Packed, 0.2),
        ("loops, padded", false, Layout::Padded, 0.2),
        ("loops, packed", false, Layout::Packed, 0.2),
        ("loops, packed, no dropout", false, Layout::Packed, 0.0),
    ];
    for (name, likelihood) in [
        ("one sampled negative", Likelihood::SampledNegative),
        ("softmax over all items", Likelihood::FullSoftmax),
    ] {
        let mut trainees = variants.map(|(_, _, layout, dropout)| Trainee::new(layout, likelihood, dropout));
        let mut best = [[Duration::MAX; PARTS.len()]; 5];
        let mut totals = [Duration::MAX; 5];
        for round in 0..=rounds {
            for (index, (_, composing, ..)) in variants.iter().enumerate() {
                let mut sums = [Duration::ZERO; PARTS.len()];
                for batch in batches {
                    let trainee = &mut trainees[index];
                    let parts = match composing {
                        true => composed(|| trainee.step(batch)),
                        false => trainee.step(batch),
                    };
                    for (sum, part) in sums.iter_mut().zip(parts) {
                        *sum += part / BATCHES as u32;
                    }
                }
                // The first round fills caches and the allocator.
                if round > 0 {
                    for (best, sum) in best[index].iter_mut().zip(sums) {
                        *best = sum.min(*best);
                    }
                    totals[index] = totals[index].min(sums.iter().sum());
                }
            }
        }
        println!("training step, {name} (ms; ratio to burn's operations on padded rows)");
        print!("{:<28}", "");
        PARTS.iter().for_each(|part| print!("{part:>10}"));
        println!("{:>10}{:>8}{:>14}", "step", "ratio", "sequences/s");
        for (index, (variant, ..)) in variants.iter().enumerate() {
            let total = milliseconds(totals[index]);
            let ratio = total / milliseconds(totals[0]);
            print!("{variant:<28}");
            best[index].iter().for_each(|part| print!("{:>10.2}", milliseconds(*part)));
            println!("{total:>10.2}{ratio:>8.3}{:>14.0}", BATCH as f64 / total * 1e3);
            numbers.insert(format!("step, {name}, {variant}: ms"), total);
            numbers.insert(format!("step, {name}, {variant}: ratio"), ratio);
        }
        println!();
    }
}

type Work<'a> = Box<dyn Fn() + 'a>;

/// Single operations, forward and backward, at the sizes of a packed batch.
fn operations(batches: &[Vec<Sequence>], rounds: usize, numbers: &mut BTreeMap<String, f64>) {
    let cpu = Compute::cpu();
    let device = cpu.device();
    let rows = Rows::pack(&batches[0], LENGTH, Layout::Packed);
    let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, device);
    let visible = batch.visible.for_views(2);
    let tokens = 2 * rows.ids.len();
    let normal = |rows: usize, columns: usize| HostNoise::new(1).normal([rows, columns], device);
    let leaf = |rows: usize, columns: usize| normal(rows, columns).autodiff().require_grad();
    let twice = |values: &[i32]| {
        let both: Vec<i32> = values.iter().chain(values).copied().collect();
        Tensor::<1, Int>::from_data(TensorData::new(both, [tokens]), device)
    };
    let finish = |result: Tensor<2>| {
        black_box(result.sum().backward());
    };

    let hidden = leaf(tokens, HIDDEN);
    let branch = leaf(tokens, HIDDEN);
    let keep = HostNoise::new(2).keep_mask([tokens, HIDDEN], 0.2, device);
    let (scale, shift) = (leaf(1, HIDDEN), leaf(1, HIDDEN));
    let (weight, bias) = (leaf(HIDDEN, HIDDEN), leaf(1, HIDDEN));
    let (wide_weight, wide_bias) = (leaf(HIDDEN, 4 * HIDDEN), leaf(1, 4 * HIDDEN));
    let mixed = leaf(tokens, 3 * HIDDEN);
    let table = normal(ITEMS + 2, HIDDEN).mul_scalar(0.02).autodiff().require_grad();
    let (targets, negatives) = (twice(&rows.targets), twice(&rows.negatives));
    let target_weight = Tensor::cat(vec![batch.target_weight.clone(); 2], 0);
    let shape_of_keep = |composing: bool| match composing {
        true => composed(|| kernel::attention_weights(&mixed, &visible, HEADS)),
        false => kernel::attention_weights(&mixed, &visible, HEADS),
    };
    let keeps = [false, true].map(|composing| HostNoise::new(2).keep_mask(shape_of_keep(composing), 0.2, device));
    let moments = (normal(ITEMS + 2, HIDDEN), normal(ITEMS + 2, HIDDEN).abs());

    let cases: Vec<(&str, Work)> = vec![
        (
            "layer norm",
            Box::new(|| finish(kernel::layer_norm(hidden.clone(), scale.clone(), shift.clone()))),
        ),
        (
            "residual, dropout, layer norm",
            Box::new(|| {
                finish(kernel::residual_norm(
                    hidden.clone(),
                    branch.clone(),
                    Some(keep.clone()),
                    scale.clone(),
                    shift.clone(),
                ));
            }),
        ),
        (
            "affine 64 to 64",
            Box::new(|| {
                finish(kernel::affine(
                    hidden.clone(),
                    weight.clone(),
                    bias.clone(),
                    Activation::Identity,
                ));
            }),
        ),
        (
            "affine 64 to 256 with gelu",
            Box::new(|| {
                finish(kernel::affine(
                    hidden.clone(),
                    wide_weight.clone(),
                    wide_bias.clone(),
                    Activation::Gelu,
                ));
            }),
        ),
        (
            "attention with dropout",
            Box::new(|| {
                // The two ways take masks of different shapes.
                let keep = keeps[usize::from(!kernel::on_host(&mixed))].clone();
                finish(kernel::attention(mixed.clone(), &visible, HEADS, Some(keep)));
            }),
        ),
        (
            "softmax over all items",
            Box::new(|| {
                let loss = kernel::cross_entropy(
                    hidden.clone(),
                    table.clone(),
                    ITEMS,
                    targets.clone(),
                    target_weight.clone(),
                    None,
                );
                finish(loss.reshape([1, 1]));
            }),
        ),
        (
            "one sampled negative",
            Box::new(|| {
                let loss = kernel::sampled_negative(
                    hidden.clone(),
                    table.clone(),
                    targets.clone(),
                    negatives.clone(),
                    target_weight.clone(),
                );
                finish(loss.reshape([1, 1]));
            }),
        ),
        (
            "divergence",
            Box::new(|| {
                finish(kernel::kl_to_standard_normal(hidden.clone(), branch.clone(), target_weight.clone()).reshape([1, 1]));
            }),
        ),
        (
            "lookup of all inputs",
            Box::new(|| finish(table.clone().select(0, targets.clone()))),
        ),
        (
            "adam on the item table",
            Box::new(|| {
                let step = AdamStep {
                    beta_1: 0.9,
                    beta_2: 0.999,
                    step_size: 1e-3,
                    epsilon: 1e-8,
                    decay: 1.0,
                };
                // The clones are copied on writing, which the real step spares.
                black_box(kernel::adam(moments.0.clone(), moments.1.clone(), moments.clone(), step));
            }),
        ),
        (
            "normal noise",
            Box::new(|| {
                black_box(normal(tokens, HIDDEN));
            }),
        ),
        (
            "dropout mask",
            Box::new(|| {
                black_box(HostNoise::new(1).keep_mask([tokens, HIDDEN], 0.2, device));
            }),
        ),
    ];
    println!("operations, forward and backward, {tokens} positions (ms)");
    println!("{:<32}{:>10}{:>10}{:>8}", "", "loop", "burn's", "ratio");
    for (name, work) in &cases {
        let mut best = [Duration::MAX; 2];
        for round in 0..=rounds {
            for (index, best) in best.iter_mut().enumerate() {
                let mut clock = Clock::new();
                for _ in 0..5 {
                    match index {
                        0 => work(),
                        _ => composed(work),
                    }
                }
                let time = clock.lap() / 5;
                if round > 0 {
                    *best = time.min(*best);
                }
            }
        }
        let [own, burns] = best.map(milliseconds);
        println!("{name:<32}{own:>10.3}{burns:>10.3}{:>8.2}", own / burns);
        numbers.insert(format!("operation, {name}: ms"), own);
        numbers.insert(format!("operation, {name}, burn's: ms"), burns);
    }
}
