//! A whole run against the reference values: its first step on the toy data, with the toy weights put into its checkpoint, has the losses
//! and gradients of the independent implementation. So batches, configuration, objective and optimiser are held to it together.

use std::{collections::BTreeMap, sync::Arc};

use contrastvae::{
    batch::{OperationChoice, Reduction},
    device::Compute,
    log::{Dataset, Example, ReadOptions, generate},
    model::Sampling,
    run::{Checkpoint, Config, LossTerms, Mode, Run},
};
use pollster::block_on;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/contrastvae_toy.json")).unwrap()
}

fn ids(value: &Value) -> Vec<u32> {
    let all = value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32);
    all.filter(|&id| id > 0).map(|id| id - 1).collect()
}

/// The toy users, each with two items more: the ones held back for validation and test.
fn data(reference: &Value) -> Arc<Dataset> {
    let mut data = generate(&Example::default()).unwrap();
    data.items.truncate(reference["config"]["items"].as_u64().unwrap() as usize);
    let inputs = &reference["inputs"];
    let users = inputs["ids"].as_array().unwrap().len();
    data.users.truncate(users);
    data.sequences = (0..users)
        .map(|user| {
            let mut sequence = ids(&inputs["ids"][user]);
            sequence.extend(ids(&inputs["positives"][user]).last());
            sequence.extend([0, 1]);
            sequence
        })
        .collect();
    Arc::new(data)
}

fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap() as f32],
    }
}

/// The file has linear weights as [outputs, inputs].
fn in_our_layout(name: &str, value: &Value) -> Vec<f32> {
    let linear = (name.contains(".attention.") || name.contains(".intermediate.")) && !name.contains("LayerNorm");
    if !linear || !name.ends_with(".weight") {
        return numbers(value);
    }
    let rows: Vec<Vec<f32>> = value.as_array().unwrap().iter().map(numbers).collect();
    (0..rows[0].len())
        .flat_map(|column| rows.iter().map(move |row| row[column]).collect::<Vec<_>>())
        .collect()
}

fn tensors(checkpoint: &Checkpoint) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let file = SafeTensors::deserialize(&checkpoint.tensors).unwrap();
    let floats = |view: &TensorView| {
        let bytes = view.data().chunks_exact(4);
        bytes.map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
    };
    file.tensors()
        .into_iter()
        .map(|(name, view)| (name, (view.shape().to_vec(), floats(&view))))
        .collect()
}

/// The losses of the first step and the gradients that its first moments tell of.
fn first_step(reference: &Value, change: &dyn Fn(&mut Config)) -> (LossTerms, BTreeMap<String, Vec<f32>>) {
    let toy = &reference["config"];
    let mut config = Config::default();
    config.model.hidden_size = toy["hidden_size"].as_u64().unwrap() as usize;
    config.model.heads = toy["num_heads"].as_u64().unwrap() as usize;
    config.model.max_length = toy["max_length"].as_u64().unwrap() as usize;
    config.model.hidden_dropout = 0.0;
    config.view.sampling = Sampling::Official;
    config.view.variance_dropout = 0.0;
    config.objective.kl_weight = toy["kl_weight"].as_f64().unwrap();
    config.objective.kl_annealing_steps = 0;
    config.objective.contrast_weight = toy["contrast_weight"].as_f64().unwrap();
    config.objective.temperature = toy["temperature"].as_f64().unwrap();
    change(&mut config);
    let data = data(reference);
    let fresh = Run::new(config, data.clone(), Compute::cpu()).unwrap();
    let mut checkpoint = block_on(fresh.checkpoint(&ReadOptions::default())).unwrap();
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors(&checkpoint)
        .into_iter()
        .map(|(name, (shape, old))| {
            let new = in_our_layout(&name, &reference["parameters"][&name]);
            assert_eq!(new.len(), old.len(), "{name}");
            (name, shape, new.iter().flat_map(|value| value.to_le_bytes()).collect())
        })
        .collect();
    let views = bytes
        .iter()
        .map(|(name, shape, bytes)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    checkpoint.tensors = safetensors::serialize(views, None).unwrap();

    let mut run = Run::resume(&checkpoint, data, Compute::cpu()).unwrap();
    assert_eq!(run.trainable_users(), 4);
    let losses = block_on(run.step()).unwrap().losses.unwrap();
    let after = block_on(run.checkpoint(&ReadOptions::default())).unwrap();
    let gradients = tensors(&after)
        .into_iter()
        .filter_map(|(name, (_, values))| {
            // The first moment after one step is (1 - 0.9) times the gradient.
            let gradient = values.iter().map(|value| value / 0.1).collect();
            Some((name.strip_prefix("moment_1.")?.to_owned(), gradient))
        })
        .collect();
    (losses, gradients)
}

fn assert_close(name: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected
        .iter()
        .fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-4 * largest, "{name}: {found}, not {expected}");
    }
}

fn hold(case: &str, change: &dyn Fn(&mut Config)) {
    let reference = reference();
    let cases = reference["cases"].as_array().unwrap();
    let expected = cases.iter().find(|one| one["options"]["name"] == case).unwrap();
    for (name, reduction) in [("real", Reduction::Real), ("padded", Reduction::Padded)] {
        let expected = &expected[name];
        let (losses, gradients) = first_step(&reference, &|config| {
            config.objective.reduction = reduction;
            change(config);
        });
        for (term, found) in [
            ("reconstruction", losses.reconstruction),
            ("kl", losses.kl),
            ("nt_xent", losses.contrast),
            ("total", losses.total),
        ] {
            let expected = expected[term].as_f64().unwrap_or(0.0) as f32;
            assert!(
                (found - expected).abs() <= 2e-5 * expected.abs(),
                "{case}, {name}: {term} is {found}, not {expected}"
            );
        }
        let wanted = expected["gradient"].as_object().unwrap();
        assert!(wanted.len() >= 4);
        for (parameter, value) in wanted
            .iter()
            .filter(|(parameter, _)| *parameter != "latent_dropout_VD.logitalpha")
        {
            let wanted = in_our_layout(parameter, value);
            assert_close(
                &format!("{case}, {name}: gradient of {parameter}"),
                &gradients[parameter],
                &wanted,
            );
        }
    }
}

#[test]
fn the_model_mode() {
    hold("model, all items", &|config| config.view.mode = Mode::Model);
}

#[test]
fn the_deterministic_mode() {
    hold("deterministic", &|config| config.view.mode = Mode::Deterministic);
}

/// With nothing shuffled the second view is the first, and the data mode the model mode.
#[test]
fn the_data_mode_with_nothing_to_change() {
    hold("model, all items", &|config| {
        config.view.mode = Mode::Data;
        config.view.augmentation = OperationChoice::ReorderOnly;
        config.view.reorder = 0.0;
    });
}

/// A sample that holds every item is the softmax over all of them.
#[test]
fn a_sampled_softmax_of_all_items() {
    hold("model, all items", &|config| {
        config.view.mode = Mode::Model;
        config.objective.reconstruction = contrastvae::run::Reconstruction::SampledSoftmax;
        config.objective.negatives = 23;
    });
}
