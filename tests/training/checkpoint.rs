//! A run that is saved, dropped and taken up again goes on with the very curve that it would have had.

use std::{collections::BTreeMap, sync::Arc};

use contrastvae::{
    device::Compute,
    evaluate::Metrics,
    log::{Dataset, Example, ReadOptions, Split, generate},
    model::{Head, Prior},
    objective::{ContrastPosition, Positives},
    run::{Checkpoint, Config, KlSchedule, Mode, RateSchedule, Reconstruction, Run},
};
use pollster::block_on;
use safetensors::SafeTensors;

fn data(seed: u32) -> Arc<Dataset> {
    let example = Example {
        seed,
        users: 120,
        items: 60,
        ..Example::default()
    };
    Arc::new(generate(&example).unwrap())
}

fn config() -> Config {
    let mut config = Config::default();
    config.model.hidden_size = 8;
    config.model.max_length = 12;
    config.training.epochs = 4;
    config.training.batch_size = 16;
    config
}

fn validate(run: &Run) -> Metrics {
    let mut evaluation = run.evaluation(Split::Valid);
    loop {
        if let Some(metrics) = block_on(evaluation.advance(run)).unwrap() {
            return metrics;
        }
    }
}

/// Losses of the next steps, with a validation after each epoch.
fn train(run: &mut Run, steps: usize) -> Vec<f32> {
    let mut curve = Vec::new();
    for _ in 0..steps {
        let outcome = block_on(run.step()).unwrap();
        curve.extend(outcome.losses.map(|losses| losses.total));
        if outcome.epoch_ended {
            let metrics = validate(run);
            run.note_validation(metrics);
        }
    }
    curve
}

/// Through the two files, as another program would find them.
fn through_files(run: &Run) -> Checkpoint {
    let saved = block_on(run.checkpoint(&ReadOptions::default())).unwrap();
    let json = saved.json().unwrap();
    Checkpoint::from_files(saved.tensors, &json).unwrap()
}

#[test]
fn a_run_taken_up_in_the_middle_of_an_epoch_goes_on_to_the_bit() {
    let data = data(1);
    let mut whole = Run::new(config(), data.clone(), Compute::cpu()).unwrap();
    let per_epoch = whole.steps_per_epoch();
    let (before, after) = (per_epoch + per_epoch / 2, 2 * per_epoch);
    train(&mut whole, before);
    let checkpoint = through_files(&whole);
    let expected = train(&mut whole, after);

    let mut resumed = Run::resume(&checkpoint, data, Compute::cpu()).unwrap();
    assert_eq!((resumed.steps_done(), resumed.history().epochs.len()), (before, 1));
    assert_eq!(train(&mut resumed, after), expected);
    assert_eq!(
        resumed.history(),
        whole.history(),
        "the same losses and metrics, epoch by epoch"
    );
    assert_eq!(through_files(&resumed), through_files(&whole), "the same weights and moments");
}

/// Every option that a run carries state for, or draws random numbers for.
fn demanding() -> Vec<Config> {
    let mut averaged = config();
    averaged.training.ema = 0.9;
    averaged.training.weight_decay = 0.1;
    let mut data = averaged.clone();
    data.view.mode = Mode::VariationalData;
    data.objective.reconstruction = Reconstruction::SampledSoftmax;
    data.objective.negatives = 12;
    let mut plain = config();
    plain.view.mode = Mode::Data;
    plain.objective.reconstruction = Reconstruction::SampledNegative;
    plain.set("parity", "official").unwrap();
    let mut linear = averaged.clone();
    linear.model.linear_logvar = true;
    linear.model.shared_encoder = true;
    linear.objective.free_bits = 0.1;
    let mut deterministic = config();
    deterministic.view.mode = Mode::Deterministic;
    let mut composite = averaged.clone();
    composite.objective.prior = Prior::Composite;
    composite.objective.prior_steps = 3;
    composite.objective.kl_schedule = KlSchedule::Length;
    let mut adaptive = config();
    adaptive.objective.prior = Prior::Adaptive;
    adaptive.objective.kl_schedule = KlSchedule::Cyclical;
    adaptive.objective.kl_annealing_steps = 7;
    adaptive.objective.contrast_position = ContrastPosition::Last;
    adaptive.objective.positives = Positives::Both;
    let mut recipe = averaged.clone();
    recipe.model.embedding_dropout = 0.3;
    recipe.model.head = Head::CosineSimilarity;
    recipe.model.output_masks = 2;
    recipe.model.differences = 2;
    recipe.view.drift_noise = 0.4;
    recipe.objective.label_smoothing = 0.1;
    recipe.training.rate_schedule = RateSchedule::Cosine;
    recipe.training.warmup_steps = 11;
    vec![averaged, data, plain, linear, deterministic, composite, adaptive, recipe]
}

#[test]
fn a_run_with_averages_and_second_views_goes_on_to_the_bit_from_any_step() {
    let data = data(3);
    for config in demanding() {
        let whole = || Run::new(config.clone(), data.clone(), Compute::cpu()).unwrap();
        let per_epoch = whole().steps_per_epoch();
        // Before the first validation, right after one, and between the second and the third.
        for before in [2, per_epoch, 2 * per_epoch + 1] {
            let mut run = whole();
            train(&mut run, before);
            let checkpoint = through_files(&run);
            let expected = train(&mut run, per_epoch + 1);
            let mut resumed = Run::resume(&checkpoint, data.clone(), Compute::cpu()).unwrap();
            assert_eq!(through_files(&resumed), checkpoint);
            assert_eq!(train(&mut resumed, per_epoch + 1), expected);
            assert_eq!(resumed.history(), run.history(), "the averaged weights are what is validated");
            assert_eq!(through_files(&resumed), through_files(&run));
        }
    }
}

fn tensors(checkpoint: &Checkpoint) -> BTreeMap<String, Vec<f32>> {
    let file = SafeTensors::deserialize(&checkpoint.tensors).unwrap();
    let floats = |bytes: &[u8]| {
        let bytes = bytes.chunks_exact(4);
        bytes.map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
    };
    file.tensors()
        .into_iter()
        .map(|(name, view)| (name, floats(view.data())))
        .collect()
}

#[test]
fn plain_names_are_the_average_of_the_weights() {
    let mut config = config();
    config.training.ema = 0.5;
    let mut run = Run::new(config, data(1), Compute::cpu()).unwrap();
    let steps = run.steps_per_epoch() - 1;
    let mut expected: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (name, values) in tensors(&through_files(&run)) {
        if !name.starts_with("current.") {
            expected.insert(name, values.iter().map(|&value| f64::from(value)).collect());
        }
    }
    for step in 1..=steps {
        train(&mut run, 1);
        let found = tensors(&through_files(&run));
        let kept = f64::min(0.5, (1.0 + step as f64) / (10.0 + step as f64));
        let mut apart = 0.0f64;
        for (name, average) in &mut expected {
            let current = &found[&format!("current.{name}")];
            for ((average, &current), &plain) in average.iter_mut().zip(current).zip(&found[name]) {
                *average = kept * *average + (1.0 - kept) * f64::from(current);
                assert!(
                    (*average - f64::from(plain)).abs() < 1e-5,
                    "{name} at step {step}: {plain}, not {average}"
                );
                apart = apart.max((f64::from(current) - *average).abs());
            }
        }
        assert!(apart > 1e-4, "an average that is the weights themselves would prove nothing");
    }
    // What is used is the average: without the weights of training the same scores come out.
    let saved = through_files(&run);
    let scores = block_on(run.recommend(&[1, 2], 5)).unwrap();
    assert_eq!(block_on(saved.recommend(&[1, 2], 5, Compute::cpu())).unwrap(), scores);
}

#[test]
fn the_best_weights_are_kept_beside_the_present_ones() {
    let data = data(2);
    let mut run = Run::new(config(), data.clone(), Compute::cpu()).unwrap();
    let per_epoch = run.steps_per_epoch();
    train(&mut run, per_epoch);
    let good = validate(&run);
    // What comes after it is said to be worse, whatever it is.
    train(&mut run, per_epoch - 1);
    block_on(run.step()).unwrap();
    run.note_validation(Metrics {
        ndcg_20: 0.0,
        ..good.clone()
    });
    let mut resumed = Run::resume(&through_files(&run), data, Compute::cpu()).unwrap();
    assert_eq!(
        validate(&resumed),
        validate(&run),
        "training goes on from the present weights"
    );
    resumed.adopt_best();
    assert_eq!(validate(&resumed), good, "what is used are the best ones");
}

#[test]
fn patience_says_when_to_stop() {
    let mut config = config();
    config.training.patience = 2;
    let mut run = Run::new(config, data(1), Compute::cpu()).unwrap();
    let per_epoch = run.steps_per_epoch();
    let mut verdicts = Vec::new();
    for ndcg_20 in [0.2, 0.3, 0.1, 0.3] {
        for _ in 0..per_epoch {
            block_on(run.step()).unwrap();
        }
        let metrics = Metrics {
            ndcg_20,
            ..Metrics::from_ranks([1, 2])
        };
        verdicts.push(run.note_validation(metrics));
    }
    assert_eq!(verdicts, [false, false, false, true]);
    assert_eq!(run.history().best().map(|best| best.epoch), Some(2));
}

#[test]
fn what_does_not_fit_is_refused_in_a_sentence() {
    let mut run = Run::new(config(), data(1), Compute::cpu()).unwrap();
    train(&mut run, 2);
    let good = through_files(&run);
    let refused = |checkpoint: &Checkpoint, data: Arc<Dataset>| match Run::resume(checkpoint, data, Compute::cpu()) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    };
    let other = refused(&good, data(2));
    assert!(
        other.starts_with("The run was trained on Example bookshop (120 users") && other.ends_with("the same options."),
        "{other}"
    );

    let mut torn = good.clone();
    torn.tensors.truncate(torn.tensors.len() / 2);
    assert!(refused(&torn, data(1)).starts_with("model.safetensors cannot be read"));

    let mut wider = good.clone();
    wider.record.config.model.hidden_size = 16;
    let wider = refused(&wider, data(1));
    assert!(
        wider.contains("item_embeddings.weight") && wider.contains("another shape"),
        "{wider}"
    );

    let mut poisoned = good.clone();
    let length = poisoned.tensors.len();
    poisoned.tensors[length - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let poisoned = refused(&poisoned, data(1));
    // The last bytes of the file are of the last tensor by name.
    assert!(
        poisoned.starts_with("The tensor position_embeddings.weight in model.safetensors holds NaN"),
        "{poisoned}"
    );

    let json = good.json().unwrap();
    let of = |json: &str| Checkpoint::from_files(good.tensors.clone(), json).unwrap_err().to_string();
    assert!(of(&json[..json.len() / 2]).starts_with("run.json cannot be read"));
    assert!(of(&json.replacen("\"format\":1", "\"format\":9", 1)).starts_with("run.json has format 9"));
    assert!(of("{}").contains("missing field `format`"));
}
