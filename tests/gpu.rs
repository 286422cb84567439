//! The GPU's launches against burn's operations on the same GPU, whole steps against the CPU, and how many launches a step takes.
//!
//! These run where the crate is built with the feature `gpu` and the system has an adapter (`apt-get install mesa-vulkan-drivers` brings
//! one in software): `cargo xtask test gpu`. Where there is none they say so and pass; the
//! browser's tests hold the same code to the reference values and count its launches with the adapter that the browser brings.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::iter_over_hash_type,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]
#![cfg(feature = "gpu")]

use std::{
    cell::Cell,
    sync::{Arc, OnceLock},
};

use burn::tensor::{Device, Tensor};
use burn_cubecl::cubecl::logging::{LaunchObservation, LaunchObserver};
use contrastvae::{
    batch::{Batch, Layout, Reduction, Rows, Sequence},
    device::Compute,
    kernel::{DeviceNoise, HostNoise, Noise, TwinNoise, composed, noise_for},
    log::{Example, generate},
    model::{Augmentation, ContrastVae, Differences, DriftNoise, Head, LogVariance, Parameters, Pass, Prior, Sampling, Shape},
    objective::{ContrastElbo, ContrastPosition, Likelihood, Terms},
    run::{AdamW, Config, DeviceCheck, PRESETS},
};

/// The GPU, or nothing and a word about it.
fn gpu() -> Option<Compute> {
    static GPU: OnceLock<Option<Compute>> = OnceLock::new();
    GPU.get_or_init(|| match pollster::block_on(Compute::gpu()) {
        Ok(gpu) => Some(gpu),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    })
    .clone()
}

fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().expect("floats")
}

fn assert_close(name: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(1e-4f32, |largest, value| largest.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        // Written so that NaN fails.
        assert!(
            (found - expected).abs() <= tolerance * largest,
            "{name}, element {index}: {found} for {expected}, largest {largest}"
        );
    }
}

fn sequences(lengths: &[usize], items: u32) -> Vec<Sequence> {
    let mut item = 0;
    let mut next = || {
        item = (item * 7 + 3) % items;
        item
    };
    lengths
        .iter()
        .map(|&length| Sequence {
            inputs: (0..length).map(|_| next()).collect(),
            targets: (0..length).map(|_| next()).collect(),
            negatives: (0..length).map(|_| next()).collect(),
            augmented: None,
        })
        .collect()
}

#[derive(Clone, Copy, Debug)]
struct Case {
    layout: Layout,
    reduction: Reduction,
    augmentation: Augmentation,
    log_variance: LogVariance,
    prior: Prior,
    head: Head,
    output_masks: usize,
    differences: Differences,
    drift_noise: f64,
    likelihood: Likelihood,
    sampling: Sampling,
    dropout: f64,
    position: ContrastPosition,
    mask_same_target: bool,
    hidden: usize,
}

const CASE: Case = Case {
    layout: Layout::Packed,
    reduction: Reduction::Real,
    augmentation: Augmentation::Model,
    log_variance: LogVariance::Stack,
    prior: Prior::Standard,
    head: Head::DotProduct,
    output_masks: 0,
    differences: Differences::NONE,
    drift_noise: 0.0,
    likelihood: Likelihood::SampledNegative,
    sampling: Sampling::Paper,
    dropout: 0.2,
    position: ContrastPosition::Pooled,
    mask_same_target: false,
    hidden: 16,
};

fn model(case: Case, device: &Device) -> ContrastVae {
    let shape = Shape {
        items: 29,
        hidden: case.hidden,
        layers: 2,
        heads: if case.hidden.is_multiple_of(2) { 2 } else { 1 },
        length: 9,
        augmentation: case.augmentation,
        log_variance: case.log_variance,
        prior: case.prior,
        head: case.head,
        differences: case.differences,
    };
    let mut model = ContrastVae::new(shape, 3, device);
    model.require_gradients();
    model
}

/// Losses and gradients of a whole step.
fn objective(model: &ContrastVae, case: Case, device: &Device, noise: &mut dyn Noise) -> ContrastElbo {
    let rows = Rows::pack(&sequences(&[2, 5, 1, 7, 9], 29), 9, case.layout);
    let batch = Batch::new(&rows, case.layout, case.reduction, device);
    let mut pass = Pass::training(noise, case.dropout, case.dropout)
        .with_output_masks(case.output_masks)
        .with_drift_noise(DriftNoise {
            share: case.drift_noise,
            random: 0.3,
        });
    let views = model.forward(&batch, case.sampling, case.dropout, &mut pass);
    let terms = Terms {
        likelihood: case.likelihood,
        kl_weight: 0.3,
        contrast_weight: 0.2,
        contrast_position: case.position,
        mask_same_target: case.mask_same_target,
        temperature: 0.5,
        ..Terms::default()
    };
    ContrastElbo::new(model, &batch, &views, terms)
}

fn step(case: Case, device: &Device, noise: &mut dyn Noise) -> (Vec<f32>, Vec<(String, Vec<f32>)>) {
    let mut model = model(case, device);
    let objective = objective(&model, case, device, noise);
    let losses = host(objective.to_vector());
    let mut gradients = objective.total.backward();
    let mut found = Vec::new();
    model.visit_mut(&mut |name, parameter| {
        if let Some(gradient) = parameter.grad_remove(&mut gradients) {
            found.push((name.to_string(), host(gradient)));
        }
    });
    (losses, found)
}

fn compare(name: &str, found: &(Vec<f32>, Vec<(String, Vec<f32>)>), expected: &(Vec<f32>, Vec<(String, Vec<f32>)>)) {
    assert_close(&format!("{name}: losses"), &found.0, &expected.0, 5e-6);
    assert_eq!(found.1.len(), expected.1.len(), "{name}");
    for ((parameter, found), (other, expected)) in found.1.iter().zip(&expected.1) {
        assert_eq!(parameter, other);
        assert_close(&format!("{name}: {parameter}"), found, expected, 5e-5);
    }
}

/// Launches draw the same numbers for themselves as operations are given, so even dropout agrees.
#[test]
fn a_step_is_the_same_in_launches_of_our_own_and_in_burns_operations() {
    let Some(gpu) = gpu() else { return };
    let mut cases = vec![
        CASE,
        Case {
            likelihood: Likelihood::FullSoftmax,
            ..CASE
        },
        Case {
            mask_same_target: true,
            ..CASE
        },
        Case {
            position: ContrastPosition::Last,
            ..CASE
        },
        Case {
            log_variance: LogVariance::Linear,
            ..CASE
        },
        Case {
            log_variance: LogVariance::SharedLinear,
            ..CASE
        },
        Case {
            layout: Layout::Padded,
            ..CASE
        },
        Case {
            layout: Layout::Padded,
            reduction: Reduction::Padded,
            ..CASE
        },
        Case {
            head: Head::CosineSimilarity,
            likelihood: Likelihood::FullSoftmax,
            ..CASE
        },
        Case {
            head: Head::CosineSimilarity,
            output_masks: 3,
            ..CASE
        },
        Case {
            differences: Differences { count: 2, spacing: 2 },
            drift_noise: 0.6,
            ..CASE
        },
        // No multiple of anything that memory or threads come in; and more than one group has threads.
        Case { hidden: 13, ..CASE },
        Case { hidden: 70, ..CASE },
    ];
    for augmentation in [
        Augmentation::None,
        Augmentation::Variational,
        Augmentation::Data,
        Augmentation::VariationalData,
    ] {
        cases.push(Case { augmentation, ..CASE });
    }
    cases.push(Case {
        augmentation: Augmentation::None,
        log_variance: LogVariance::None,
        ..CASE
    });
    cases.push(Case {
        sampling: Sampling::Official,
        ..CASE
    });
    for prior in [Prior::Adaptive, Prior::Composite] {
        for augmentation in [Augmentation::None, Augmentation::Model, Augmentation::Data] {
            cases.push(Case {
                prior,
                augmentation,
                ..CASE
            });
        }
    }
    for case in cases {
        let run = || step(case, gpu.device(), &mut DeviceNoise::new(0x1234_5678_9abc_def0, gpu.device()));
        let (found, expected) = (run(), composed(run));
        compare(&format!("{case:?}"), &found, &expected);
        assert_eq!(run(), found, "{case:?}: the same seed gives the same bits");
    }
}

#[test]
fn a_step_is_the_same_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let cpu = Compute::cpu();
    for (likelihood, count) in [
        (Likelihood::FullSoftmax, 0),
        (Likelihood::SampledNegative, 0),
        (Likelihood::FullSoftmax, 2),
    ] {
        let case = Case {
            likelihood,
            dropout: 0.0,
            differences: Differences { count, spacing: 2 },
            drift_noise: if count > 0 { 1.0 } else { 0.0 },
            ..CASE
        };
        let run = |device: &Device| step(case, device, &mut HostNoise::new(5));
        compare(
            &format!("{likelihood:?}, {count} lags"),
            &run(gpu.device()),
            &run(cpu.device()),
        );
    }
}

/// Numbers that a GPU's own draws are compared with: masks bit for bit, normal numbers up to logarithm and cosine.
#[test]
fn the_host_draws_what_a_gpu_draws_for_itself() {
    let Some(gpu) = gpu() else { return };
    let (cpu, seed) = (Compute::cpu(), 0x1234_5678_9abc_def0);
    let draws = |noise: &mut dyn Noise, device: &Device| {
        let mask = host(noise.keep_mask([40, 30], 0.3, device));
        (
            mask,
            host(noise.normal([50, 20], device)),
            host(noise.keep_mask([7, 9], 0.6, device)),
        )
    };
    let found = draws(&mut DeviceNoise::new(seed, gpu.device()), gpu.device());
    let expected = draws(&mut TwinNoise::new(seed), cpu.device());
    assert_close("first mask", &found.0, &expected.0, 1e-6);
    assert_close("normal numbers", &found.1, &expected.1, 1e-5);
    assert_close("second mask", &found.2, &expected.2, 1e-6);
}

/// As the page holds a visitor's GPU to the CPU before a run of a sequential model, with dropout and noise.
#[test]
fn the_first_steps_of_each_preset_are_those_of_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let data = Arc::new(generate(&Example::default()).unwrap());
    for (name, _) in PRESETS {
        let config = Config::preset(name).unwrap();
        if config.model.kind.is_of_bags() {
            continue;
        }
        let check = pollster::block_on(DeviceCheck::take(&config, &data, &gpu, 3)).unwrap();
        eprintln!("{name}: {:.1e}", check.largest_difference());
        assert!(check.agrees(), "{name}: {check:?}");
    }
}

#[test]
fn other_seeds_and_other_draws_give_other_numbers_of_the_right_spread() {
    let Some(gpu) = gpu() else { return };
    let device = gpu.device();
    let mut noise = DeviceNoise::new(7, device);
    let shape = [300, 200];
    let (one, two) = (host(noise.normal(shape, device)), host(noise.normal(shape, device)));
    let three = host(DeviceNoise::new(8, device).normal(shape, device));
    let again = host(DeviceNoise::new(7, device).normal(shape, device));
    assert_eq!(one, again);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    for (a, b) in [(&one, &two), (&one, &three), (&two, &three)] {
        let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| f64::from(a * b)).collect();
        assert!(mean(&products).abs() < 0.02, "{}", mean(&products));
    }
    for power in [1, 2, 3, 4] {
        let powers: Vec<f64> = one.iter().map(|value| f64::from(value.powi(power))).collect();
        let expected = [0.0, 1.0, 0.0, 3.0][power as usize - 1];
        assert!((mean(&powers) - expected).abs() < 0.15, "moment {power}: {}", mean(&powers));
    }
    for rate in [0.1, 0.5] {
        let mask = host(noise.keep_mask(shape, rate, device));
        let dropped = mask.iter().filter(|&&value| value == 0.0).count() as f64 / mask.len() as f64;
        assert!((dropped - rate).abs() < 0.01, "{dropped}");
        assert!(
            mask.iter()
                .all(|&value| value == 0.0 || (f64::from(value) - 1.0 / (1.0 - rate)).abs() < 1e-6)
        );
    }
}

#[test]
fn steps_of_the_optimiser_are_those_of_burns_operations() {
    let Some(gpu) = gpu() else { return };
    for hidden in [13, 16] {
        let train = || {
            let case = Case { hidden, ..CASE };
            let mut model = model(case, gpu.device());
            let mut optimiser = AdamW::default();
            for round in 0..4 {
                if round == 2 {
                    // As after a checkpoint.
                    let moments = optimiser.moments().to_vec();
                    optimiser.restore(2, moments);
                }
                let mut noise = DeviceNoise::new(round, gpu.device());
                let objective = objective(&model, case, gpu.device(), &mut noise);
                let before: Vec<Tensor<2>> = values(&mut model);
                let held: Vec<Vec<f32>> = before.iter().cloned().map(host).collect();
                optimiser.step(&mut model, &mut objective.total.backward(), 0.01, 0.1);
                let still: Vec<Vec<f32>> = before.into_iter().map(host).collect();
                assert_eq!(held, still, "weights that others hold are not written to");
            }
            let all: Vec<f32> = values(&mut model).into_iter().flat_map(host).collect();
            let moments = optimiser.moments();
            let moments = moments.iter().flat_map(|(first, second)| [first.clone(), second.clone()]);
            (all, moments.flat_map(host).collect::<Vec<f32>>())
        };
        let (found, expected) = (train(), composed(train));
        // Adam divides by the size of a gradient: where that is rounding, so is the step.
        assert_close("parameters", &found.0, &expected.0, 1e-3);
        assert_close("moments", &found.1, &expected.1, 1e-3);
    }
}

fn values(model: &mut ContrastVae) -> Vec<Tensor<2>> {
    let mut values = Vec::new();
    model.visit_mut(&mut |_, parameter| values.push(parameter.clone().inner()));
    values
}

thread_local! {
    static LAUNCHES: Cell<usize> = const { Cell::new(0) };
    static NAMES: Cell<bool> = const { Cell::new(false) };
}

/// Counts launches on the thread that issues them.
struct Count;

impl LaunchObserver for Count {
    fn launched(&self, kernel: &'static str) {
        LAUNCHES.set(LAUNCHES.get() + 1);
        if NAMES.get() {
            eprintln!("  {}", kernel.split('<').next().unwrap_or(kernel));
        }
    }
}

/// Launches of one step at the shape of the measurements (`docs/performance.md`).
fn launches(likelihood: Likelihood) -> Option<usize> {
    let gpu = gpu()?;
    let shape = Shape {
        items: 3_400,
        hidden: 64,
        layers: 1,
        heads: 2,
        length: 50,
        augmentation: Augmentation::Model,
        log_variance: LogVariance::Stack,
        prior: Prior::Standard,
        head: Head::DotProduct,
        differences: Differences::NONE,
    };
    let mut model = ContrastVae::new(shape, 1, gpu.device());
    model.require_gradients();
    let mut optimiser = AdamW::default();
    let rows = Rows::pack(&sequences(&[8; 64], 3_400), 50, Layout::Packed);
    let mut counts = Vec::new();
    let _observation = LaunchObservation::new(Arc::new(Count));
    for round in 0..3 {
        NAMES.set(round == 2 && std::env::var_os("LAUNCHES").is_some());
        let before = LAUNCHES.get();
        let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, gpu.device());
        let mut noise = noise_for(&gpu, round);
        let mut pass = Pass::training(noise.as_mut(), 0.2, 0.2);
        let views = model.forward(&batch, Sampling::Paper, 0.1, &mut pass);
        let terms = Terms {
            likelihood,
            kl_weight: 0.1,
            contrast_weight: 0.1,
            contrast_position: ContrastPosition::Pooled,
            mask_same_target: false,
            temperature: 1.0,
            ..Terms::default()
        };
        let objective = ContrastElbo::new(&model, &batch, &views, terms);
        let losses = objective.to_vector();
        let mut gradients = objective.total.backward();
        optimiser.step(&mut model, &mut gradients, 1e-3, 0.01);
        NAMES.set(false);
        counts.push(LAUNCHES.get() - before);
        assert!(host(losses).iter().all(|loss| loss.is_finite()));
    }
    eprintln!("{likelihood:?}: launches in the first steps {counts:?}");
    counts.last().copied()
}

/// The first step joins what lies apart; from the second on a step is what a run pays. `LAUNCHES=1` and `--nocapture` name them.
#[test]
fn a_step_takes_few_launches() {
    for (likelihood, most) in [(Likelihood::SampledNegative, 150), (Likelihood::FullSoftmax, 150)] {
        if let Some(count) = launches(likelihood) {
            let composed = composed(|| launches(likelihood)).unwrap_or_default();
            eprintln!("{likelihood:?}: {count} launches, {composed} of burn's operations");
            assert!(count <= most, "{likelihood:?}: {count} launches");
            // Otherwise either is not what is measured.
            assert!(
                composed > 2 * count,
                "{likelihood:?}: {count} launches, {composed} of burn's operations"
            );
        }
    }
}
