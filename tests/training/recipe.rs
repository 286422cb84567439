//! Settings of the recipe: label smoothing against its formula, the dropout of items, and the learning rate of a run.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, activation::log_softmax};
use contrastvae::{
    batch::{Batch, Layout, Reduction, Rows, Sequence},
    device::Compute,
    kernel::Noise,
    log::{Example, generate},
    model::{Augmentation, ContrastVae, LogVariance, Parameters, Pass, Prior, Sampling, Shape, Views},
    objective::{ContrastElbo, Terms},
    run::{Config, LatentSubject, RateSchedule, Run},
};
use pollster::block_on;

const ITEMS: usize = 30;

fn model() -> ContrastVae {
    let shape = Shape {
        items: ITEMS,
        hidden: 8,
        layers: 1,
        heads: 2,
        length: 6,
        augmentation: Augmentation::Model,
        log_variance: LogVariance::Stack,
        prior: Prior::Standard,
    };
    let mut model = ContrastVae::new(shape, 3, Compute::cpu().device());
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

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn label_smoothing_is_the_cross_entropy_with_a_share_on_every_item() {
    let (model, batch) = (model(), batch());
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
            "{share}: {found}, not {expected}"
        );
    }
}

#[test]
fn dropped_items_are_as_if_their_embeddings_were_nought() {
    let (model, batch) = (model(), batch());
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
