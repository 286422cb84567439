//! The models of bags: their losses and gradients are those of an independent implementation (`tests/reference/bag_models.py`), they learn
//! the example, repeat themselves, go on to the bit after a kill, and recommend without data.

use std::{collections::BTreeMap, sync::Arc};

use burn::tensor::{Device, Tensor, TensorData};
use contrastvae::{
    batch::Bags,
    device::Compute,
    evaluate::{Metrics, popularity},
    kernel::{self, HostNoise, Noise},
    log::{Dataset, Example, ReadOptions, Split, generate},
    model::{BagDesign, BagLosses, BagModel, BagStep, ModelKind, Pass, Side, bag_model},
    run::{Checkpoint, Config, DiagnosisOptions, LatentSubject, Run, RunDiagnostics},
};
use pollster::block_on;
use serde::Deserialize;

/// One case of the reference file.
#[derive(Deserialize)]
struct Case {
    kind: ModelKind,
    users: usize,
    items: usize,
    hidden_size: usize,
    latent_size: usize,
    layers: usize,
    normalise_input: bool,
    input_dropout: f64,
    gamma: f64,
    encoder_passes: usize,
    adaptive_prior: bool,
    bags: Vec<Vec<u32>>,
    parameters: BTreeMap<String, Vec<Vec<f32>>>,
    pass: usize,
    rows: Vec<u32>,
    noise: Vec<Vec<f32>>,
    mask: Option<Vec<f32>>,
    kl_weight: f64,
    total: f32,
    reconstruction: f32,
    kl: f32,
    gradients: BTreeMap<String, Vec<Vec<f32>>>,
    mu: Vec<Vec<f32>>,
    logvar: Vec<Vec<f32>>,
    scores: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

fn cases() -> Vec<Case> {
    let reference: Reference = serde_json::from_str(include_str!("../reference/bag_models.json")).unwrap();
    assert_eq!(reference.cases.len(), 9);
    reference.cases
}

/// Numbers that were drawn elsewhere.
struct Given<'a>(&'a Case);

impl Noise for Given<'_> {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.0.noise.concat(), shape), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], rate: f64, device: &Device) -> Tensor<2> {
        assert_eq!(rate, self.0.input_dropout);
        let mask = self.0.mask.clone().expect("this step drops nothing out");
        if shape[0] == 1 {
            return Tensor::from_data(TensorData::new(mask, shape), device);
        }
        // Composed operations drop out of whole matrices.
        let (_, bags, _) = self.0.sides();
        bags.select(&self.0.rows).dense(&mask, device)
    }
}

impl Case {
    fn design(&self) -> BagDesign {
        BagDesign {
            users: self.users,
            items: self.items,
            latent_size: self.latent_size,
            hidden_size: self.hidden_size,
            layers: self.layers,
            input_dropout: self.input_dropout,
            normalise_input: self.normalise_input,
            gamma: self.gamma,
            encoder_passes: self.encoder_passes,
            adaptive_prior: self.adaptive_prior,
        }
    }

    fn values(&self) -> BTreeMap<String, Vec<f32>> {
        let flat = |(name, rows): (&String, &Vec<Vec<f32>>)| (name.clone(), rows.concat());
        self.parameters.iter().map(flat).collect()
    }

    fn model(&self, values: &BTreeMap<String, Vec<f32>>) -> Box<dyn BagModel> {
        let device = Device::flex();
        let mut model = bag_model(self.kind, self.design(), 1, &device).unwrap();
        model.set(values, &device).unwrap();
        model
    }

    /// The users' bags, those of the side of the pass, and those of the other side.
    fn sides(&self) -> (Bags, Bags, Bags) {
        let users = Bags::new(self.bags.iter().map(Vec::as_slice), self.items);
        let model = bag_model(self.kind, self.design(), 1, &Device::flex()).unwrap();
        match model.passes()[self.pass].side {
            Side::Users => (users.clone(), users.clone(), users.turned()),
            Side::Items => (users.clone(), users.turned(), users),
        }
    }

    fn losses(&self, model: &dyn BagModel) -> BagLosses {
        let (_, side, others) = self.sides();
        let step = BagStep {
            pass: self.pass,
            rows: &self.rows,
            bags: &side.select(&self.rows),
            side: &side,
            others: &others,
            kl_weight: self.kl_weight,
            ends_pass: false,
        };
        model.losses(&step, &mut Pass::training(&mut Given(self), 0.0, 0.0))
    }

    fn name(&self) -> String {
        format!("{:?}, {} layers, pass {}", self.kind, self.layers, self.pass)
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.inner().into_data().try_to_vec().unwrap()
}

/// Equal up to `tolerance` of the largest expected value.
fn close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(1e-6f32, |size, value| size.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        // Written so that NaN fails.
        assert!(
            (found - expected).abs() <= tolerance * size,
            "{what}: {found} instead of {expected}"
        );
    }
}

fn check_reference(case: &Case) {
    let mut model = case.model(&case.values());
    let (users, ..) = case.sides();
    let (mu, logvar) = model.posterior(&users);
    close(
        &format!("mu of {}", case.name()),
        &numbers(mu.clone()),
        &case.mu.concat(),
        1e-5,
    );
    close(
        &format!("logvar of {}", case.name()),
        &numbers(logvar),
        &case.logvar.concat(),
        1e-5,
    );
    close(
        &format!("scores of {}", case.name()),
        &numbers(model.scores(mu)),
        &case.scores.concat(),
        1e-5,
    );
    model.require_gradients();
    let losses = case.losses(model.as_ref());
    let terms = numbers(losses.to_vector());
    close(
        &format!("terms of {}", case.name()),
        &terms[..3],
        &[case.total, case.reconstruction, case.kl],
        1e-5,
    );
    let gradients = losses.total.backward();
    let optimiser = model.passes()[case.pass].optimiser;
    let mut compared = 0;
    let trained: Vec<String> = (model.names().into_iter())
        .filter(|name| model.optimiser_of(name) == Some(optimiser))
        .collect();
    model.visit_mut(&mut |name, parameter| {
        if trained.iter().any(|trained| trained == name) {
            let found = numbers(parameter.grad(&gradients).unwrap_or_else(|| panic!("{name} has no gradient")));
            let what = format!("gradient of {name} in {}", case.name());
            close(&what, &found, &case.gradients[name].concat(), 2e-5);
            compared += 1;
        }
    });
    assert_eq!(
        compared,
        case.gradients.len(),
        "the optimiser trains what the reference trains"
    );
}

#[test]
fn losses_gradients_and_scores_are_those_of_the_reference() {
    for case in cases() {
        check_reference(&case);
        // With burn's operations throughout, as on a device without operations of our own.
        kernel::composed(|| check_reference(&case));
    }
}

/// The derivative along a random direction is the difference of two values.
#[test]
fn gradients_are_those_of_finite_differences() {
    for case in cases() {
        let values = case.values();
        let mut model = case.model(&values);
        model.require_gradients();
        let gradients = case.losses(model.as_ref()).total.backward();
        let mut random = HostNoise::new(7);
        let mut directions = BTreeMap::new();
        let mut slope = 0.0f64;
        model.visit_mut(&mut |name, parameter| {
            if case.gradients.contains_key(name) {
                let direction = random.normal(parameter.dims(), &Device::flex());
                let gradient = parameter.grad(&gradients).unwrap();
                slope += numbers(gradient * direction.clone())
                    .iter()
                    .map(|&part| f64::from(part))
                    .sum::<f64>();
                directions.insert(name.to_owned(), numbers(direction));
            }
        });
        let at = |step: f32| {
            let mut moved = values.clone();
            for (name, direction) in &directions {
                for (value, part) in moved.get_mut(name).unwrap().iter_mut().zip(direction) {
                    *value += step * part;
                }
            }
            let mut model = case.model(&moved);
            model.require_gradients();
            f64::from(numbers(case.losses(model.as_ref()).total)[0])
        };
        let step = 2e-3f32;
        let difference = (at(step) - at(-step)) / f64::from(2.0 * step);
        assert!(
            (difference - slope).abs() < 0.02 * slope.abs().max(0.5),
            "{}: {difference} by differences, {slope} by the gradient",
            case.name()
        );
    }
}

fn example(users: u32) -> Arc<Dataset> {
    let example = Example {
        users,
        ..Example::default()
    };
    Arc::new(generate(&example).unwrap())
}

fn evaluate(run: &Run, split: Split) -> Metrics {
    let mut evaluation = run.evaluation(split);
    loop {
        if let Some(metrics) = block_on(evaluation.advance(run)).unwrap() {
            return metrics;
        }
    }
}

fn diagnose(run: &Run) -> RunDiagnostics {
    let mut diagnosis = run.diagnosis(DiagnosisOptions {
        rows: 200,
        reliance_users: 100,
        padded: true,
        ..DiagnosisOptions::default()
    });
    loop {
        if let Some(found) = block_on(diagnosis.advance(run)).unwrap() {
            return found;
        }
    }
}

const KINDS: [ModelKind; 3] = [ModelKind::Vaecf, ModelKind::Recvae, ModelKind::Bivaecf];

/// Small and quick.
fn config(kind: ModelKind) -> Config {
    let mut config = Config::default();
    config.model.kind = kind;
    config.training.epochs = 30;
    config.training.batch_size = 64;
    config
}

#[test]
fn each_model_learns_the_example_beyond_popularity_and_its_decoder_listens() {
    let data = example(Example::default().users);
    let baseline = popularity(&data, Split::Valid).ndcg_20;
    for kind in KINDS {
        let mut run = Run::new(config(kind), data.clone(), Compute::cpu()).unwrap();
        let untrained = evaluate(&run, Split::Valid).ndcg_20;
        loop {
            let outcome = block_on(run.step()).unwrap();
            if outcome.finished {
                break;
            }
        }
        let trained = evaluate(&run, Split::Valid).ndcg_20;
        println!("{kind:?}: popularity {baseline:.4}, untrained {untrained:.4}, trained {trained:.4}");
        assert!(
            trained > 1.2 * baseline && trained > untrained,
            "{kind:?}: {trained} against {baseline}"
        );
        let found = diagnose(&run);
        assert_eq!((found.last.rows, found.last.dimensions), (200, 32));
        assert_eq!(found.last.collapse, found.positions.collapse, "a bag has one posterior");
        assert!(found.padded.is_none() && found.last.contrast.is_none());
        assert!(found.last.information.mutual_information > 0.5, "{kind:?}");
        let reliance = found.reliance.unwrap();
        let of = |row: usize| reliance.latents[row].metrics.ndcg_20;
        assert!(
            of(0) > 1.5 * of(3),
            "{kind:?}: its own latent {} another user's {}",
            of(0),
            of(3)
        );
    }
}

/// Losses of the next steps, with a validation after each epoch.
fn train(run: &mut Run, steps: usize) -> Vec<f32> {
    let mut curve = Vec::new();
    for _ in 0..steps {
        let outcome = block_on(run.step()).unwrap();
        curve.extend(outcome.losses.map(|losses| losses.total));
        if outcome.epoch_ended {
            let metrics = evaluate(run, Split::Valid);
            run.note_validation(metrics);
        }
    }
    curve
}

fn through_files(run: &Run) -> Checkpoint {
    let saved = block_on(run.checkpoint(&ReadOptions::default())).unwrap();
    Checkpoint::from_files(saved.tensors.clone(), &saved.json().unwrap()).unwrap()
}

#[test]
fn a_run_taken_up_within_any_pass_goes_on_to_the_bit_and_another_seed_does_not() {
    let data = example(120);
    for kind in KINDS {
        let mut config = config(kind);
        config.bag.hidden_size = 12;
        config.bag.latent_size = 6;
        config.bag.adaptive_prior = true;
        config.training.ema = 0.9;
        config.training.weight_decay = 0.01;
        let begin = |config: &Config| Run::new(config.clone(), data.clone(), Compute::cpu()).unwrap();
        let per_epoch = begin(&config).steps_per_epoch();
        // Before the first step, in the first pass, at the end of an epoch and in the last pass of the second.
        for before in [0, 1, per_epoch, 2 * per_epoch - 1] {
            let mut whole = begin(&config);
            train(&mut whole, before);
            let checkpoint = through_files(&whole);
            let expected = train(&mut whole, per_epoch + 1);
            let mut resumed = Run::resume(&checkpoint, data.clone(), Compute::cpu()).unwrap();
            assert_eq!(through_files(&resumed), checkpoint, "{kind:?} after {before}");
            assert_eq!(train(&mut resumed, per_epoch + 1), expected, "{kind:?} after {before}");
            assert_eq!(through_files(&resumed), through_files(&whole));
        }
        let other = Config {
            seed: 43,
            ..config.clone()
        };
        assert_ne!(train(&mut begin(&other), 3), train(&mut begin(&config), 3));

        // Without the data: what comes next, and where the items lie.
        let mut run = begin(&config);
        train(&mut run, per_epoch);
        run.adopt_best();
        let checkpoint = through_files(&run);
        let history = data.train_part(3);
        let recommended = block_on(checkpoint.recommend(history, 10, Compute::cpu())).unwrap();
        assert_eq!(recommended, block_on(run.recommend(history, 10)).unwrap());
        assert!(recommended.iter().all(|(item, _)| !history.contains(item)));
        let items = block_on(run.latents(LatentSubject::Items)).unwrap();
        assert_eq!(checkpoint.item_latents().unwrap(), items);
        assert_eq!(items.dimensions, config.item_size());
        let users = block_on(run.latents(LatentSubject::Users)).unwrap();
        assert_eq!((users.dimensions, users.values.len()), (6, 120 * 6));
    }
}

/// Held-back items are not learnt from: with other answers a run has the same losses.
#[test]
fn the_held_back_items_are_not_learnt_from() {
    let data = example(120);
    let mut other = Dataset::clone(&data);
    for sequence in &mut other.sequences {
        let count = sequence.len();
        if count >= 4 {
            sequence[count - 2..].fill(0);
        }
    }
    for kind in KINDS {
        let losses = |data: Arc<Dataset>| {
            let mut run = Run::new(config(kind), data, Compute::cpu()).unwrap();
            let steps = run.steps_per_epoch();
            (0..steps)
                .map(|_| block_on(run.step()).unwrap().losses.unwrap().total)
                .collect::<Vec<_>>()
        };
        assert_eq!(losses(data.clone()), losses(Arc::new(other.clone())), "{kind:?}");
    }
}

#[test]
fn a_configuration_from_before_there_were_other_models_is_that_of_contrastvae() {
    let mut old = serde_json::to_value(Config::default()).unwrap();
    old.as_object_mut().unwrap().remove("bag");
    old["model"].as_object_mut().unwrap().remove("kind");
    let config: Config = serde_json::from_value(old).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.model.kind, ModelKind::Contrastvae);
}
