//! Latent dimensions that are tied to attributes: the term against its formula and finite differences, runs with it, and what a critique does.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use contrastvae::{
    batch::{Batch, Layout, Reduction, Rows, Sequence},
    device::Compute,
    kernel::Noise,
    log::{Dataset, Example, ReadOptions, Split, generate},
    model::{Augmentation, ContrastVae, Differences, Head, LogVariance, Parameters, Pass, Prior, Sampling, Shape, Views},
    objective::{ContrastElbo, Terms, attribute_cross_entropy},
    run::{AttributeGap, AttributeGaps, Attributes, Config, CritiqueCurve, DiagnosisOptions, ItemAttributes, Mode, Run},
};
use pollster::block_on;

use crate::elements::{floats, gradient, moved};

const ITEMS: usize = 20;
const HIDDEN: usize = 8;
const ATTRIBUTES: usize = 3;

/// Normal numbers of 0.7 and masks of ones.
struct Even;

impl Noise for Even {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::full(shape, 0.7, device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], _rate: f64, device: &Device) -> Tensor<2> {
        Tensor::ones(shape, device)
    }
}

fn model(augmentation: Augmentation) -> ContrastVae {
    let shape = Shape {
        items: ITEMS,
        hidden: HIDDEN,
        layers: 1,
        heads: 2,
        length: 6,
        augmentation,
        log_variance: LogVariance::Stack,
        prior: Prior::Standard,
        head: Head::DotProduct,
        differences: Differences::NONE,
    };
    let mut model = ContrastVae::new(shape, 5, Compute::cpu().device());
    model.require_gradients();
    model
}

/// Attributes of an item: one that two in three have, one that half have, one in between.
fn attributes_of(item: u32) -> [f32; ATTRIBUTES] {
    [
        f32::from(u8::from(!item.is_multiple_of(3))),
        f32::from(u8::from(!item.is_multiple_of(2))),
        item as f32 / ITEMS as f32,
    ]
}

fn batch() -> Batch {
    let sequences: Vec<Sequence> = (0..5u32)
        .map(|user| {
            let items: Vec<u32> = (0..3 + user % 3).map(|at| (7 * user + 3 * at) % ITEMS as u32).collect();
            Sequence {
                inputs: items[..items.len() - 1].to_vec(),
                targets: items[1..].to_vec(),
                ..Sequence::default()
            }
        })
        .collect();
    let rows = Rows::pack(&sequences, 6, Layout::Packed);
    let device = Compute::cpu().device().clone();
    let mut batch = Batch::new(&rows, Layout::Packed, Reduction::Real, &device);
    let values: Vec<f32> = rows
        .targets
        .iter()
        .flat_map(|&target| {
            if target > 0 {
                attributes_of(target as u32 - 1)
            } else {
                [0.0; ATTRIBUTES]
            }
        })
        .collect();
    let count = rows.targets.len();
    batch.attributes = Some(Tensor::from_data(TensorData::new(values, [count, ATTRIBUTES]), &device));
    batch
}

fn views(model: &ContrastVae, batch: &Batch) -> Views {
    let mut noise = Even;
    model.forward(batch, Sampling::Paper, 0.0, &mut Pass::training(&mut noise, 0.0, 0.0))
}

fn terms(attribute_weight: f64) -> Terms {
    Terms {
        attribute_weight,
        ..Terms::default()
    }
}

#[test]
fn the_term_is_the_cross_entropy_of_the_attributes_of_the_next_item() {
    for (augmentation, count) in [(Augmentation::None, 1), (Augmentation::Model, 2)] {
        let (model, batch) = (model(augmentation), batch());
        let views = views(&model, &batch);
        let targets: Vec<i32> = batch.targets.clone().into_data().try_to_vec().unwrap();
        let asked = targets.iter().filter(|&&target| target > 0).count() as f64;
        let mut expected = 0.0;
        for (token, mu) in floats(views.mu.clone()).chunks_exact(HIDDEN).enumerate() {
            let target = targets[token % targets.len()];
            if target == 0 {
                continue;
            }
            for (value, logit) in attributes_of(target as u32 - 1).into_iter().zip(mu) {
                let (value, share) = (f64::from(value), 1.0 / (1.0 + f64::exp(-f64::from(*logit))));
                expected -= (value * share.ln() + (1.0 - value) * (1.0 - share).ln()) / asked;
            }
        }
        let objective = ContrastElbo::new(&model, &batch, &views, terms(2.5));
        let found = f64::from(floats(objective.attributes.clone().unwrap())[0]);
        assert!(
            expected > f64::from(count) && (found - expected).abs() < 1e-5 * expected,
            "{found}, not {expected}"
        );
        let without = ContrastElbo::new(&model, &batch, &views, terms(0.0));
        let added = f64::from(floats(objective.total)[0] - floats(without.total)[0]);
        assert!((added - 2.5 * expected).abs() < 1e-4, "{added}");
    }
}

#[test]
fn logits_far_from_nought_stay_finite_and_other_dimensions_are_left_alone() {
    let device = Compute::cpu().device().clone().autodiff();
    let mu = Tensor::<2>::from_data([[200.0, -200.0, 3.0]], &device).require_grad();
    let values = Tensor::<2>::from_data([[0.0, 1.0]], &device);
    let loss = attribute_cross_entropy(mu.clone(), values, Tensor::ones([1, 1], &device));
    assert_eq!(floats(loss.clone()), [400.0]);
    let gradient = floats(mu.grad(&loss.backward()).unwrap());
    assert_eq!(gradient, [1.0, -1.0, 0.0]);
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let (model, batch) = (model(Augmentation::Model), batch());
    let loss = |model: &ContrastVae| {
        let views = views(model, &batch);
        let tied = ContrastElbo::new(model, &batch, &views, terms(4.0)).total;
        tied - ContrastElbo::new(model, &batch, &views, terms(0.0)).total
    };
    let gradients = loss(&model).backward();
    for (name, element) in [
        ("item_embeddings.weight", 19),
        ("item_encoder_mu.layer.0.intermediate.LayerNorm.weight", 1),
        ("item_encoder_mu.layer.0.intermediate.LayerNorm.bias", 2),
        ("item_encoder_mu.layer.0.intermediate.dense_2.weight", 0),
    ] {
        let gradient = gradient(&model, &gradients, name, element);
        let moved = |by: f32| moved(&model, name, element, by, &loss);
        let difference = (moved(0.01) - moved(-0.01)) / 0.02;
        assert!(
            gradient.abs() > 1e-3 && (gradient - difference).abs() < 0.02 * gradient.abs().max(0.05),
            "{name}, {element}: {gradient}, differences {difference}"
        );
    }
}

fn data() -> Arc<Dataset> {
    let example = Example {
        users: 300,
        items: 120,
        ..Example::default()
    };
    Arc::new(generate(&example).unwrap())
}

fn config() -> Config {
    let mut config = Config::default();
    config.view.mode = Mode::Avae;
    config.model.hidden_size = 16;
    config.model.max_length = 20;
    config.objective.attributes = Attributes::Labels;
    config.objective.attribute_count = 4;
    config.training.epochs = 10;
    config
}

fn trained(mut run: Run, epochs: usize) -> Run {
    while run.epochs_done() < epochs {
        block_on(run.step()).unwrap();
    }
    run
}

#[test]
fn a_run_knows_its_term_and_goes_on_with_the_labels_that_it_had() {
    let (data, options) = (data(), ReadOptions::with_k_core(1));
    let mut config = config();
    config.view.mode = Mode::VariationalData;
    let run = trained(Run::new(config.clone(), data.clone(), Compute::cpu()).unwrap(), 1);
    let checkpoint = block_on(run.checkpoint(&options)).unwrap();
    assert_eq!(checkpoint.record.attribute_names(), run.attributes().unwrap().names());
    assert_eq!(checkpoint.record.attributes.len(), 4);
    let mut run = trained(run, 2);
    // The same log without its genres, as it is without its file of items.
    let mut bare = Dataset::clone(&data);
    bare.genres.clear();
    bare.items.iter_mut().for_each(|item| item.genres.clear());
    assert_ne!(ItemAttributes::of(&bare, 4), ItemAttributes::of(&data, 4));
    let mut again = trained(Run::resume(&checkpoint, Arc::new(bare), Compute::cpu()).unwrap(), 2);
    assert_eq!(again.attributes(), run.attributes());
    let [one, other] = [&mut run, &mut again].map(|run| block_on(run.step()).unwrap().losses.unwrap());
    assert_eq!(one, other);
    let shares = one.shares.unwrap();
    let (term, share) = (one.attributes.unwrap(), shares.attributes.unwrap());
    assert!(term > 1.0 && share == term);
    let sum = shares.reconstruction + shares.kl + shares.contrast + shares.alpha_prior + share;
    assert!((sum - one.total).abs() < 1e-3, "{sum} {}", one.total);

    config.objective.attributes = Attributes::None;
    let mut plain = Run::new(config, data, Compute::cpu()).unwrap();
    assert_eq!(plain.attributes(), None);
    let losses = block_on(plain.step()).unwrap().losses.unwrap();
    assert_eq!((losses.attributes, losses.shares.unwrap().attributes), (None, None));
}

fn curves(run: &Run, moves: &[f32]) -> Vec<CritiqueCurve> {
    let mut measured = run.critique_curves(Split::Test, moves).unwrap();
    loop {
        if let Some(curves) = block_on(measured.advance(run)).unwrap() {
            return curves;
        }
    }
}

#[test]
fn a_move_along_a_tied_dimension_brings_more_of_its_attribute() {
    let run = trained(Run::new(config(), data(), Compute::cpu()).unwrap(), 10);
    for curve in curves(&run, &[2.0, -2.0, 0.0]) {
        let [less, plain, more] = curve.points.as_slice() else {
            panic!("three points");
        };
        assert_eq!([less.moved, plain.moved, more.moved], [-2.0, 0.0, 2.0]);
        assert!(
            less.share < plain.share - 0.02 && plain.share + 0.02 < more.share,
            "{curve:?}"
        );
        assert!(plain.kept == 1.0 && more.kept < 1.0 && less.kept < 1.0);
    }
    let history = run.data().query(0, Split::Test).unwrap().0.to_vec();
    let plain = block_on(run.recommend(&history, 10)).unwrap();
    let moves = vec![0.0, 2.0, 0.0, 0.0];
    let moved = block_on(run.recommend_moved(&history, 10, &moves)).unwrap();
    assert_ne!(plain, moved);
    assert_eq!(plain, block_on(run.recommend_moved(&history, 10, &[0.0; 4])).unwrap());
    let checkpoint = block_on(run.checkpoint(&ReadOptions::with_k_core(1))).unwrap();
    let from_file = block_on(checkpoint.recommend_moved(&history, 10, &moves, Compute::cpu())).unwrap();
    assert_eq!(moved, from_file);
    let told = block_on(run.recommend_moved(&history, 10, &[1.0])).unwrap_err().to_string();
    assert!(
        told.starts_with("1 moves were given for a run whose latent directions are tied to 4 attributes;"),
        "{told}"
    );
}

fn diagnosed(run: &Run) -> AttributeGaps {
    let mut diagnosis = run.diagnosis(DiagnosisOptions {
        reliance_users: 0,
        ..DiagnosisOptions::default()
    });
    loop {
        if let Some(found) = block_on(diagnosis.advance(run)).unwrap() {
            return found.attributes.unwrap();
        }
    }
}

#[test]
fn tied_dimensions_know_their_attributes_and_no_other_knows_as_much() {
    let tied = diagnosed(&trained(Run::new(config(), data(), Compute::cpu()).unwrap(), 10));
    let mut plain = config();
    plain.objective.attributes = Attributes::None;
    let plain = diagnosed(&trained(Run::new(plain, data(), Compute::cpu()).unwrap(), 10));
    let names = |found: &AttributeGaps| -> Vec<String> { found.attributes.iter().map(|row| row.attribute.clone()).collect() };
    assert_eq!(names(&tied), names(&plain)[..4]);
    assert!(plain.attributes.iter().all(|row| row.tied.is_none()));
    let genres = &tied.attributes[1..];
    for (at, row) in (1..).zip(genres) {
        assert_eq!((row.tied, row.best), (Some(at), at), "{row:?}");
        assert_eq!(row.tied_information, Some(row.best_information));
    }
    let mean = |rows: &[AttributeGap]| rows.iter().map(|row| row.gap.unwrap()).sum::<f64>() / rows.len() as f64;
    assert!(mean(genres) > 1.5 * mean(&plain.attributes[1..4]), "{tied:?} {plain:?}");
}
