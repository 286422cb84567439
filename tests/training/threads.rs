//! Any number of threads gives the same bits: weights, moments and losses of runs, ranks, baselines and diagnostics; and the reference values hold
//! for each.

use std::sync::Arc;

use contrastvae::{
    device::Compute,
    evaluate::{Ease, ItemKnn, ItemKnnOptions, Markov, PopularityScorer, Scorer, ScorerEvaluation},
    kernel::{self, Activation, HostNoise, Noise},
    log::{Dataset, Example, ReadOptions, Split, generate},
    objective::compare_with_reference,
    parallel::{threads, with_threads},
    run::{Config, DiagnosisOptions, LatentReport, Run},
};
use pollster::block_on;

/// Numbers that are held to one thread; three and seven share nothing evenly.
const THREADS: [usize; 3] = [2, 3, 7];

/// Asserts that `work` gives with any number of threads what it gives with one.
fn assert_same<T: PartialEq + Send>(name: &str, work: impl Fn() -> T + Sync) {
    let with = |count| {
        let counted = || {
            assert_eq!(threads(), count);
            work()
        };
        with_threads(count, counted).expect("the threads start")
    };
    let one = with(1);
    for count in THREADS {
        assert!(with(count) == one, "{name}: {count} threads give other bits than one");
    }
}

/// A log whose batches are cut into many pieces: three hundred users of up to forty items.
fn data() -> Arc<Dataset> {
    let example = Example {
        users: 300,
        items: 400,
        ..Example::default()
    };
    Arc::new(generate(&example).expect("the example is valid"))
}

/// The bytes of the checkpoint after some steps, the losses of each, and the ranks of everybody.
fn train(preset: &str, settings: &[&str], steps: usize, data: &Arc<Dataset>) -> (Vec<u8>, Vec<String>, Vec<Option<u32>>) {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
    let config = Config::preset_with(preset, &settings).unwrap_or_else(|error| panic!("{preset} {settings:?}: {error}"));
    let mut run = Run::new(config, data.clone(), Compute::cpu()).expect("the run begins");
    block_on(async {
        let mut losses = Vec::new();
        for _ in 0..steps {
            losses.push(format!("{:?}", run.step().await.expect("the step runs")));
        }
        let mut evaluation = run.evaluation(Split::Valid);
        while evaluation.advance(&run).await.expect("the ranking runs").is_none() {}
        let checkpoint = run
            .checkpoint(&ReadOptions::with_k_core(1))
            .await
            .expect("the run can be saved");
        (checkpoint.tensors, losses, evaluation.ranks().to_vec())
    })
}

#[test]
fn runs_are_the_same_to_the_bit() {
    let data = data();
    let cases: [(&str, &[&str]); 10] = [
        ("default", &["training.ema=0.9"]),
        ("default", &["objective.reconstruction=sampled_negative"]),
        ("default", &["objective.reconstruction=sampled_softmax"]),
        ("default", &["view.mode=data", "model.hidden_size=48", "model.heads=3"]),
        ("default", &["view.mode=variational", "training.batch_size=17"]),
        ("default", &["parity=official", "model.max_length=20"]),
        ("default", &["model.differences=3", "view.drift_noise=0.5"]),
        ("default", &["model.kind=vaecf"]),
        ("default", &["model.kind=recvae"]),
        ("default", &["model.kind=bivaecf"]),
    ];
    for (preset, settings) in cases {
        assert_same(&format!("{settings:?}"), || train(preset, settings, 4, &data));
    }
}

#[test]
fn large_operations_are_the_same_to_the_bit() {
    let device = Compute::cpu();
    let normal = |rows: usize, columns: usize, seed: u64| HostNoise::new(seed).normal([rows, columns], device.device());
    let bits = |tensor: burn::tensor::Tensor<2>| -> Vec<u32> {
        let values = tensor.into_data().try_to_vec::<f32>().expect("floats");
        values.into_iter().map(f32::to_bits).collect()
    };
    assert_same("an affine map with its gradients", || {
        let leaves = [(1_501, 96), (96, 130), (1, 130)].map(|(rows, columns)| {
            let seed = (rows + columns) as u64;
            normal(rows, columns, seed).autodiff().require_grad()
        });
        let [input, weight, bias] = leaves.clone();
        let output = kernel::affine(input, weight, bias, Activation::Gelu);
        let mut gradients = (output.clone() * output.clone()).sum().backward();
        let mut found = bits(output.inner());
        for leaf in leaves {
            found.extend(bits(leaf.grad_remove(&mut gradients).expect("every input has a gradient")));
        }
        found
    });
}

#[test]
fn baselines_and_diagnostics_are_the_same_to_the_bit() {
    let data = data();
    assert_same("baselines", || {
        let scorers: [Box<dyn Scorer>; 4] = [
            Box::new(PopularityScorer::new(&data)),
            Box::new(Markov::new(&data)),
            Box::new(ItemKnn::new(&data, &ItemKnnOptions::default())),
            Box::new(Ease::new(&data, 50.0).expect("so few items have an EASE")),
        ];
        scorers.map(|scorer| {
            let mut evaluation = ScorerEvaluation::new(&data, Split::Test);
            let metrics = evaluation
                .advance(&data, scorer.as_ref(), usize::MAX)
                .expect("the scores are numbers");
            let mut scores = vec![0.0; data.items.len()];
            scorer.score(data.train_part(5), &mut scores);
            let scores: Vec<u32> = scores.into_iter().map(f32::to_bits).collect();
            (metrics, evaluation.ranks().to_vec(), scores)
        })
    });
    let options = || DiagnosisOptions::each_epoch(data.users.len());
    assert_same("diagnostics", || {
        let run = Run::new(Config::default(), data.clone(), Compute::cpu()).expect("the run begins");
        let mut diagnosis = run.diagnosis(options());
        loop {
            if let Some(found) = block_on(diagnosis.advance(&run)).expect("the diagnosis runs") {
                return serde_json::to_string(&LatentReport::from(found)).expect("a report is JSON");
            }
        }
    });
}

#[test]
fn the_reference_values_hold_for_any_number_of_threads() {
    let json = include_str!("../reference/contrastvae_toy.json");
    assert_same("reference values", || {
        let found = block_on(compare_with_reference(json, Compute::cpu().device())).expect("the reference runs");
        let worst = found.iter().map(|one| one.relative_error).fold(0.0, f32::max);
        // Written so that NaN fails.
        assert!(
            found.len() > 400 && worst <= 1e-4,
            "{} comparisons, off by up to {worst:e}",
            found.len()
        );
        format!("{found:?}")
    });
}
