//! Settings of the recipe: label smoothing and the cosine head against their formulas, dropout of items and outputs, the learning rate of a run.

use std::{collections::BTreeMap, sync::Arc};

use burn::tensor::{Device, Tensor, activation::log_softmax};
use contrastvae::{
    batch::{Batch, Layout, Reduction, Rows, Sequence},
    device::Compute,
    kernel::Noise,
    log::{Example, generate},
    model::{
        Augmentation, ContrastVae, Differences, DriftNoise, Head, LogVariance, Parameters, Pass, Prior, Sampling, Shape, Views,
    },
    objective::{ContrastElbo, Terms},
    run::{Config, LatentSubject, RateSchedule, Run},
};
use pollster::block_on;

use crate::elements::{floats, gradient, moved};

const ITEMS: usize = 30;

/// Of a cosine head.
const TEMPERATURE: f64 = 0.2;

fn model(head: Head) -> ContrastVae {
    model_with(Differences::NONE, head)
}

fn model_with(differences: Differences, head: Head) -> ContrastVae {
    let shape = Shape {
        items: ITEMS,
        hidden: 8,
        layers: 1,
        heads: 2,
        length: 6,
        augmentation: Augmentation::Model,
        log_variance: LogVariance::Stack,
        prior: Prior::Standard,
        head,
        differences,
    };
    let mut model = ContrastVae::new(shape, 3, Compute::cpu().device());
    model.start_temperature_at(TEMPERATURE);
    // Larger than at the start, so that a length matters.
    model.visit_mut(&mut |name, parameter| {
        if name == "item_embeddings.weight" {
            *parameter = parameter.clone().mul_scalar(20.0);
        }
    });
    model.require_gradients();
    model
}

fn batch() -> Batch {
    let sequences: Vec<Sequence> = (0..5u32)
        .map(|user| {
            let items: Vec<u32> = (0..4 + user % 3).map(|at| (7 * user + 3 * at) % ITEMS as u32).collect();
            Sequence {
                inputs: items[..items.len() - 1].to_vec(),
                targets: items[1..].to_vec(),
                negatives: Vec::new(),
                augmented: None,
            }
        })
        .collect();
    let rows = Rows::pack(&sequences, 6, Layout::Packed);
    Batch::new(&rows, Layout::Packed, Reduction::Real, Compute::cpu().device())
}

/// Normal numbers of 0.7, and masks that leave out every item of the input and nothing else.
struct WithoutItems;

impl Noise for WithoutItems {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::full(shape, 0.7, device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], _rate: f64, device: &Device) -> Tensor<2> {
        Tensor::full(shape, if shape[1] == 1 { 0.0 } else { 1.0 }, device)
    }
}

fn views(model: &ContrastVae, batch: &Batch, item_dropout: f64) -> Views {
    let mut noise = WithoutItems;
    let mut pass = Pass::training(&mut noise, 0.2, 0.0).with_embedding_dropout(item_dropout);
    model.forward(batch, Sampling::Paper, 0.1, &mut pass)
}

#[test]
fn label_smoothing_is_the_cross_entropy_with_a_share_on_every_item() {
    for head in [Head::DotProduct, Head::CosineSimilarity] {
        label_smoothing_of(head);
    }
}

fn label_smoothing_of(head: Head) {
    let (model, batch) = (model(head), batch());
    let views = views(&model, &batch, 0.0);
    // Two views, one under the other, with the same targets.
    let log_probabilities = floats(log_softmax(model.scores(views.outputs.clone()), 1));
    let targets: Vec<i32> = batch.targets.clone().into_data().try_to_vec().unwrap();
    let weight = floats(batch.target_weight.clone());
    for share in [0.0f64, 0.1, 0.5] {
        let mut expected = 0.0;
        for (token, row) in log_probabilities.chunks_exact(ITEMS).enumerate() {
            let token = token % targets.len();
            let mean = row.iter().map(|&value| f64::from(value)).sum::<f64>() / ITEMS as f64;
            // Row 0 of the table is padding; its weight is 0.
            let target = row[(targets[token] - 1).max(0) as usize];
            expected -= f64::from(weight[token]) * ((1.0 - share) * f64::from(target) + share * mean);
        }
        let terms = Terms {
            label_smoothing: share,
            ..Terms::default()
        };
        let objective = ContrastElbo::new(&model, &batch, &views, terms);
        let found = f64::from(floats(objective.reconstruction)[0]);
        assert!(
            expected > 1.0 && (found - expected).abs() < 1e-5 * expected,
            "{head:?}, {share}: {found}, not {expected}"
        );
    }
}

#[test]
fn dropped_items_are_as_if_their_embeddings_were_nought() {
    let (model, batch) = (model(Head::DotProduct), batch());
    let mut without = model.clone();
    without.visit_mut(&mut |name, parameter| {
        if name == "item_embeddings.weight" {
            *parameter = parameter.zeros_like();
        }
    });
    let outputs = |model: &ContrastVae, rate| floats(views(model, &batch, rate).outputs);
    assert_eq!(outputs(&model, 0.5), outputs(&without, 0.0));
    assert_ne!(outputs(&model, 0.0), outputs(&without, 0.0));
}

#[test]
fn a_cosine_head_scores_by_the_angle_alone() {
    let (dot, cosine, batch) = (model(Head::DotProduct), model(Head::CosineSimilarity), batch());
    let latents = || Tensor::<2>::ones([batch.rows * batch.length, 8], Compute::cpu().device());
    let outputs = floats(dot.decode(latents(), &batch));
    let items = floats(dot.items());
    let scores = floats(cosine.scores(cosine.decode(latents(), &batch)));
    let length = |row: &[f32]| row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    for (row, output) in outputs.chunks_exact(8).enumerate() {
        for (item, embedding) in items.chunks_exact(8).enumerate() {
            let product: f64 = output.iter().zip(embedding).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let expected = product / length(output) / length(embedding) / TEMPERATURE;
            let found = f64::from(scores[row * ITEMS + item]);
            assert!((found - expected).abs() < 1e-4, "{row}, {item}: {found}, not {expected}");
        }
    }
}

#[test]
fn gradients_of_a_cosine_head_are_those_of_finite_differences() {
    check_gradients(
        &model(Head::CosineSimilarity),
        &[
            ("item_decoder_head.log_scale", 0),
            ("item_embeddings.weight", 8),
            ("item_embeddings.weight", 83),
            ("item_decoder.layer.0.intermediate.LayerNorm.weight", 3),
        ],
    );
}

/// Gradients of some elements of a model against finite differences of the reconstruction.
fn check_gradients(model: &ContrastVae, elements: &[(&str, usize)]) {
    let batch = batch();
    let loss = |model: &ContrastVae| {
        let views = views(model, &batch, 0.0);
        ContrastElbo::new(model, &batch, &views, Terms::default()).total
    };
    let gradients = loss(model).backward();
    for &(name, element) in elements {
        let gradient = gradient(model, &gradients, name, element);
        let moved = |by: f32| moved(model, name, element, by, &loss);
        // Central differences of two widths, extrapolated.
        let slope = |by: f32| (moved(by) - moved(-by)) / (2.0 * f64::from(by));
        let difference = (4.0 * slope(0.01) - slope(0.02)) / 3.0;
        assert!(
            gradient.abs() > 1e-3 && (gradient - difference).abs() < 0.02 * gradient.abs().max(0.01),
            "{name}, {element}: {gradient}, differences {difference}"
        );
    }
}

/// With differences whose gate and scale are no longer those of the start.
fn with_differences() -> ContrastVae {
    let mut model = model_with(Differences { count: 2, spacing: 2 }, Head::DotProduct);
    model.visit_mut(&mut |name, parameter| {
        if name.contains(".differences.") {
            *parameter = parameter.clone().mul_scalar(10.0);
        }
    });
    model.require_gradients();
    model
}

#[test]
fn gradients_of_differences_beside_attention_are_those_of_finite_differences() {
    check_gradients(
        &with_differences(),
        &[
            ("item_encoder_mu.layer.0.differences.scale", 0),
            ("item_decoder.layer.0.differences.scale", 0),
            ("item_decoder.layer.0.differences.gate_2.bias", 1),
            ("item_decoder.layer.0.differences.gate_2.weight", 7),
            ("item_decoder.layer.0.differences.gate_1.weight", 9),
            ("item_embeddings.weight", 83),
        ],
    );
}

#[test]
fn differences_at_a_scale_of_nought_are_as_if_there_were_none() {
    let batch = batch();
    let (mut plain, mut with) = (model(Head::DotProduct), with_differences());
    let outputs = |model: &ContrastVae| floats(views(model, &batch, 0.0).outputs);
    let mut shared = BTreeMap::new();
    plain.visit_mut(&mut |name, parameter| {
        shared.insert(name.to_owned(), parameter.clone());
    });
    let before = shared.len();
    let mut scales = 0;
    with.visit_mut(&mut |name, parameter| match shared.get(name) {
        Some(value) => *parameter = value.clone(),
        None if name.ends_with(".differences.scale") => {
            *parameter = parameter.zeros_like();
            scales += 1;
        }
        None => {}
    });
    assert_eq!((scales, with.names().len() - before), (3, 3 * 5));
    assert_eq!(outputs(&with), outputs(&plain));
    assert_ne!(outputs(&with_differences()), outputs(&plain));
}

#[test]
fn noise_along_the_drift_reaches_the_second_view_alone_and_no_evaluation() {
    let (model, batch) = (model(Head::DotProduct), batch());
    let latents = |share: f64| {
        let mut noise = WithoutItems;
        let mut pass = Pass::training(&mut noise, 0.0, 0.0).with_drift_noise(DriftNoise { share, random: 0.3 });
        floats(model.forward(&batch, Sampling::Paper, 0.0, &mut pass).mu)
    };
    let (plain, noisy) = (latents(0.0), latents(1.0));
    let half = plain.len() / 2;
    assert_eq!(plain[..half], noisy[..half]);
    assert_eq!(plain[..half], plain[half..], "without dropout both views are the same");
    let differing = plain[half..]
        .iter()
        .zip(&noisy[half..])
        .filter(|(a, b)| (*a - *b).abs() > 1e-3)
        .count();
    assert!(differing > half / 2, "{differing} of {half}");
}

/// Masks of ones; from the call `from` on of 0.5 and 2 in turns.
struct Turns {
    from: usize,
    calls: usize,
}

impl Noise for Turns {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::full(shape, 0.7, device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], _rate: f64, device: &Device) -> Tensor<2> {
        let turn = self.calls.checked_sub(self.from);
        self.calls += 1;
        let value = turn.map_or(1.0, |turn| if turn.is_multiple_of(2) { 0.5 } else { 2.0 });
        Tensor::full(shape, value, device)
    }
}

#[test]
fn outputs_are_averaged_over_their_masks() {
    let (model, batch) = (model(Head::DotProduct), batch());
    let outputs = |masks: usize, from: usize| {
        let mut noise = Turns { from, calls: 0 };
        let mut pass = Pass::training(&mut noise, 0.2, 0.0).with_output_masks(masks);
        let views = model.forward(&batch, Sampling::Paper, 0.1, &mut pass);
        (floats(views.outputs), noise.calls)
    };
    let (plain, calls) = outputs(0, usize::MAX);
    let (masked, with_masks) = outputs(4, calls);
    assert_eq!(with_masks, calls + 4);
    for (plain, masked) in plain.iter().zip(&masked) {
        assert!(
            (plain * 1.25 - masked).abs() < 1e-5 * (1.0 + plain.abs()),
            "{plain}, {masked}"
        );
    }
}

/// A run over 60 users.
fn run(config: &Config) -> Run {
    let example = Example {
        users: 60,
        items: 60,
        ..Example::default()
    };
    Run::new(config.clone(), Arc::new(generate(&example).unwrap()), Compute::cpu()).unwrap()
}

/// Item vectors after so many steps.
fn items(config: &Config, steps: usize) -> Vec<f32> {
    let mut run = run(config);
    block_on(async {
        for _ in 0..steps {
            run.step().await.unwrap();
        }
        run.latents(LatentSubject::Items).await.unwrap().values
    })
}

#[test]
fn a_run_takes_the_rate_of_its_schedule() {
    let mut config = Config::default();
    config.model.hidden_size = 8;
    config.training.batch_size = 20;
    config.training.learning_rate = 0.01;
    let (start, whole) = (items(&config, 0), items(&config, 1));
    let mut warming = config.clone();
    warming.training.warmup_steps = 1_000;
    let moved = |after: &[f32]| start.iter().zip(after).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>();
    // Adam's first step is as long as the rate, whatever the gradient.
    let ratio = moved(&items(&warming, 1)) / moved(&whole);
    assert!((ratio - 1e-3).abs() < 1e-4, "{ratio}");

    let mut halving = config.clone();
    halving.training.rate_schedule = RateSchedule::Halving;
    halving.training.halving_epochs = 1;
    let epoch = run(&halving).steps_per_epoch();
    assert_eq!(items(&halving, epoch), items(&config, epoch));
    assert_ne!(items(&halving, epoch + 1), items(&config, epoch + 1));
}
