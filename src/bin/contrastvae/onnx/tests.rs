//! Contents of an exported file: a graph in order, whole weights, sizes, and the identifiers.

use std::collections::BTreeSet;

use contrastvae::log::{Example, ReadOptions, generate};
use contrastvae::run::{Config, Run};
use pollster::block_on;
use std::sync::Arc;

use super::message::{Dimension, FLOAT, INT64, ValueInfo};
use super::*;
use contrastvae::device::Compute;

fn checkpoint(settings: &[&str]) -> Checkpoint {
    let example = Example {
        users: 150,
        items: 60,
        ..Example::default()
    };
    let small = ["model.hidden_size=8", "model.max_length=12"];
    let settings: Vec<String> = small.iter().chain(settings).map(|&setting| setting.to_owned()).collect();
    let config = Config::preset_with("default", &settings).unwrap();
    let run = Run::new(config, Arc::new(generate(&example).unwrap()), Compute::cpu()).unwrap();
    block_on(run.checkpoint(&ReadOptions::default())).unwrap()
}

fn written(checkpoint: &Checkpoint) -> Model {
    let model = model_of(checkpoint, 7).unwrap();
    // As a reader has it.
    Model::decode(model.encode_to_vec().as_slice()).unwrap()
}

fn sizes(value: &ValueInfo) -> Vec<Result<i64, &str>> {
    let shape = value
        .r#type
        .as_ref()
        .unwrap()
        .tensor_type
        .as_ref()
        .unwrap()
        .shape
        .as_ref()
        .unwrap();
    let of = |size: &'_ Dimension| size.dim_value.ok_or(());
    let names = shape.dim.iter().map(|size| size.dim_param.as_deref().unwrap_or_default());
    shape
        .dim
        .iter()
        .zip(names)
        .map(|(size, name)| of(size).map_err(|()| name))
        .collect()
}

#[test]
fn every_value_is_there_before_it_is_used_and_once() {
    for settings in [
        &[][..],
        &["view.mode=deterministic"],
        &["model.head=cosine_similarity"],
        &["model.differences=2"],
        &["view.sampling=official"],
        &[
            "view.sampling=official",
            "model.linear_logvar=true",
            "model.shared_encoder=true",
        ],
    ] {
        let graph = written(&checkpoint(settings)).graph.unwrap();
        let mut known: BTreeSet<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
        for constant in &graph.initializer {
            assert!(known.insert(&constant.name), "{} twice", constant.name);
            let values = constant.dims.iter().product::<i64>() as usize;
            let bytes = if constant.data_type == FLOAT { 4 } else { 8 };
            assert_eq!(constant.raw_data.len(), values * bytes, "{}", constant.name);
        }
        for node in &graph.node {
            let missing: Vec<_> = node.input.iter().filter(|input| !known.contains(input.as_str())).collect();
            assert!(missing.is_empty(), "{settings:?}: {} needs {missing:?}", node.name);
            assert!(node.output.iter().all(|output| known.insert(output)), "{} twice", node.name);
        }
        assert!(graph.output.iter().all(|output| known.contains(output.name.as_str())));
        let used: BTreeSet<&String> = graph.node.iter().flat_map(|node| &node.input).collect();
        assert!(
            graph.initializer.iter().all(|constant| used.contains(&constant.name)),
            "nothing idle"
        );
        let has = |part: &str| graph.initializer.iter().any(|constant| constant.name.contains(part));
        assert_eq!(has("encoder_logvar.layer"), settings == ["view.sampling=official"]);
        assert_eq!(has("encoder_logvar.linear"), settings.len() == 3);
        assert_eq!(has("differences"), settings == ["model.differences=2"]);
        assert_eq!(has("embeddings.unit"), settings == ["model.head=cosine_similarity"]);
    }
}

#[test]
fn a_model_has_its_sizes_and_identifiers() {
    let checkpoint = checkpoint(&[]);
    let (items, model) = (checkpoint.record.item_ids.len(), written(&checkpoint));
    let about = |key: &str| {
        let found = model.metadata_props.iter().find(|property| property.key == key).unwrap();
        serde_json::from_str::<Vec<String>>(&found.value).unwrap()
    };
    assert_eq!(about("item_ids"), checkpoint.record.item_ids);
    assert_eq!(about("item_titles"), checkpoint.record.item_titles);
    assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
    let graph = model.graph.unwrap();
    assert_eq!(sizes(&graph.input[0]), [Err("batch"), Err("length")]);
    let outputs: Vec<_> = graph
        .output
        .iter()
        .map(|output| (output.name.as_str(), sizes(output)))
        .collect();
    let list = vec![Err("batch"), Ok(7)];
    assert_eq!(
        outputs,
        [
            ("scores", vec![Err("batch"), Ok(items as i64)]),
            ("top_scores", list.clone()),
            ("top_items", list)
        ]
    );
    assert_eq!(
        graph.output[2]
            .r#type
            .as_ref()
            .unwrap()
            .tensor_type
            .as_ref()
            .unwrap()
            .elem_type,
        INT64
    );
    // The table is there once, with the padding before and without the mask token after the items.
    let table = graph
        .initializer
        .iter()
        .find(|constant| constant.name == "item_embeddings.weight")
        .unwrap();
    assert_eq!(table.dims, [items as i64 + 1, 8]);
}

#[test]
fn weights_that_are_missing_are_told() {
    let mut checkpoint = checkpoint(&[]);
    checkpoint.record.config.model.layers = 8;
    let Err(Failure::Input(told)) = model_of(&checkpoint, 5) else {
        panic!("eight layers out of fewer");
    };
    assert!(
        told.starts_with("model.safetensors has no whole item_encoder_mu.layer."),
        "{told}"
    );
}
