//! A training run from outside: it learns, it repeats itself, packing changes nothing, and failures are sentences.

use std::sync::Arc;

use contrastvae::{
    batch::{Batch, Layout, Reduction, Rows, Sequence},
    device::Compute,
    evaluate::{Metrics, popularity},
    log::{Dataset, Example, Split, generate},
    model::{Augmentation, ContrastVae, Differences, Head, LogVariance, Prior, Sampling, Shape},
    objective::{Contrast, ContrastPosition, Positives},
    run::{Config, KlSchedule, LatentSubject, LossTerms, Mode, Reconstruction, Run},
};
use pollster::block_on;

fn example() -> Arc<Dataset> {
    Arc::new(generate(&Example::default()).expect("the default example is valid"))
}

fn evaluate(run: &Run) -> Metrics {
    let mut evaluation = run.evaluation(Split::Valid);
    loop {
        if let Some(metrics) = block_on(evaluation.advance(run)).expect("the evaluation runs") {
            return metrics;
        }
    }
}

fn config(epochs: usize) -> Config {
    let mut config = Config::default();
    config.training.epochs = epochs;
    config
}

#[test]
fn the_example_is_learnt_far_beyond_popularity() {
    let data = example();
    let baseline = popularity(&data, Split::Valid);
    let mut run = Run::new(config(20), data, Compute::cpu()).expect("the run begins");
    let untrained = evaluate(&run);
    let mut first = None;
    let mut last = f32::NAN;
    loop {
        let outcome = block_on(run.step()).expect("the step runs");
        if let Some(losses) = outcome.losses {
            first.get_or_insert(losses.reconstruction);
            last = losses.reconstruction;
        }
        if outcome.finished {
            break;
        }
    }
    let trained = evaluate(&run);
    println!(
        "popularity {:.4}, untrained {:.4}, trained {:.4}",
        baseline.ndcg_20, untrained.ndcg_20, trained.ndcg_20
    );
    assert!(last < first.expect("losses were read") * 0.95, "{first:?} -> {last}");
    assert!(
        trained.ndcg_20 > 1.5 * baseline.ndcg_20,
        "{} against {}",
        trained.ndcg_20,
        baseline.ndcg_20
    );
    assert!(trained.ndcg_20 > 2.0 * untrained.ndcg_20);
    assert_eq!(run.epochs_done(), 20);
    assert!(run.is_finished());
}

#[test]
fn the_same_seed_gives_the_same_losses_to_the_bit_and_another_seed_does_not() {
    let data = example();
    let losses = |seed| {
        let mut config = config(1);
        config.seed = seed;
        let mut run = Run::new(config, data.clone(), Compute::cpu()).expect("the run begins");
        (0..8)
            .map(|_| {
                block_on(run.step())
                    .expect("the step runs")
                    .losses
                    .expect("the CPU reads each step")
                    .total
                    .to_bits()
            })
            .collect()
    };
    let first: Vec<u32> = losses(1);
    assert_eq!(first, losses(1));
    assert_ne!(first, losses(2));
}

/// Each mode, and each option that changes what is computed.
fn variants() -> Vec<(&'static str, Config)> {
    let of = |change: &dyn Fn(&mut Config)| {
        let mut config = config(6);
        config.model.hidden_size = 16;
        config.model.max_length = 20;
        change(&mut config);
        config
    };
    vec![
        ("deterministic", of(&|config| config.view.mode = Mode::Deterministic)),
        ("avae", of(&|config| config.view.mode = Mode::Avae)),
        ("model", of(&|_| ())),
        ("variational", of(&|config| config.view.mode = Mode::Variational)),
        ("data", of(&|config| config.view.mode = Mode::Data)),
        ("variational_data", of(&|config| config.view.mode = Mode::VariationalData)),
        (
            "official data",
            of(&|config| {
                config.view.mode = Mode::Data;
                config.parity_official();
            }),
        ),
        (
            "sampled softmax",
            of(&|config| {
                config.objective.reconstruction = Reconstruction::SampledSoftmax;
                config.objective.negatives = 40;
            }),
        ),
        (
            "linear, free bits, average",
            of(&|config| {
                config.view.mode = Mode::Avae;
                config.model.linear_logvar = true;
                config.objective.free_bits = 0.05;
                config.training.ema = 0.9;
            }),
        ),
        (
            "last position, tied targets",
            of(&|config| {
                config.objective.contrast_position = ContrastPosition::Last;
                config.objective.mask_same_target = true;
                config.model.linear_logvar = true;
                config.model.shared_encoder = true;
            }),
        ),
        (
            "composite prior, by length",
            of(&|config| {
                config.model.linear_logvar = true;
                config.objective.prior = Prior::Composite;
                config.objective.kl_schedule = KlSchedule::Length;
            }),
        ),
        (
            "adaptive prior, cycles, same target",
            of(&|config| {
                config.view.mode = Mode::Avae;
                config.objective.prior = Prior::Adaptive;
                config.objective.kl_schedule = KlSchedule::Cyclical;
                config.objective.kl_annealing_steps = 10;
                config.objective.contrast_position = ContrastPosition::Last;
                config.objective.positives = Positives::SameTarget;
            }),
        ),
        (
            "both positives, alignment and uniformity",
            of(&|config| {
                config.objective.contrast_position = ContrastPosition::Last;
                config.objective.positives = Positives::Both;
                config.objective.contrast = Contrast::AlignUniform;
            }),
        ),
    ]
}

#[test]
fn every_mode_and_option_learns_and_repeats_itself() {
    let example = Example {
        users: 250,
        items: 100,
        ..Example::default()
    };
    let data = Arc::new(generate(&example).expect("the example is valid"));
    let chance = popularity(&data, Split::Valid);
    for (name, config) in variants() {
        let begin = || Run::new(config.clone(), data.clone(), Compute::cpu()).expect("the run begins");
        let mut run = begin();
        let untrained = evaluate(&run);
        let mut curve = Vec::new();
        while !run.is_finished() {
            let losses = block_on(run.step())
                .expect("the step runs")
                .losses
                .expect("the CPU reads each step");
            curve.push(losses);
        }
        let trained = evaluate(&run);
        println!(
            "{name}: {:.4} untrained, {:.4} trained, {:.4} by popularity",
            untrained.ndcg_20, trained.ndcg_20, chance.ndcg_20
        );
        assert!(trained.ndcg_20 > 1.5 * untrained.ndcg_20.max(0.02), "{name}");
        let steps = run.steps_per_epoch();
        let mean = |some: &[LossTerms]| some.iter().map(|losses| losses.reconstruction).sum::<f32>() / some.len() as f32;
        assert!(mean(&curve[curve.len() - steps..]) < 0.98 * mean(&curve[..steps]), "{name}");
        let one_view = matches!(config.view.mode, Mode::Avae | Mode::Deterministic);
        let contrasted = !one_view || config.objective.positives == Positives::SameTarget;
        // Alignment and uniformity may be below 0.
        assert_eq!(curve.iter().all(|losses| losses.contrast != 0.0), contrasted, "{name}");
        assert_eq!(
            curve.iter().all(|losses| losses.kl > 0.0),
            config.view.mode != Mode::Deterministic,
            "{name}"
        );
        let mut again = begin();
        for losses in &curve[..5] {
            assert_eq!(
                block_on(again.step()).expect("the step runs").losses.as_ref(),
                Some(losses),
                "{name}"
            );
        }
    }
}

#[test]
fn the_averaged_weights_are_what_is_scored() {
    let scores = |ema: f64| {
        let mut config = config(1);
        config.training.ema = ema;
        let mut run = Run::new(config, example(), Compute::cpu()).expect("the run begins");
        let losses: Vec<f32> = (0..10)
            .map(|_| block_on(run.step()).expect("the step runs").losses.expect("losses").total)
            .collect();
        (losses, block_on(run.scores(&[1, 2, 3])).expect("scores"))
    };
    let (plain, averaged) = (scores(0.0), scores(0.99));
    assert_eq!(plain.0, averaged.0, "training itself goes on with the weights");
    assert_ne!(plain.1, averaged.1);
}

#[test]
fn an_item_beyond_the_catalogue_is_refused() {
    let mut data = generate(&Example::default()).expect("the default example is valid");
    let items = data.items.len();
    data.sequences[3][1] = items as u32;
    let error = Run::new(config(1), Arc::new(data), Compute::cpu())
        .err()
        .expect("must be refused")
        .to_string();
    assert!(error.starts_with(&format!("There is no item number {items}")), "{error}");
}

#[test]
fn packed_scores_are_the_padded_ones() {
    let data = example();
    let device = Compute::cpu().device().clone();
    let shape = Shape {
        items: data.items.len(),
        hidden: 16,
        layers: 2,
        heads: 2,
        length: 12,
        augmentation: Augmentation::Model,
        log_variance: LogVariance::Stack,
        prior: Prior::Standard,
        head: Head::DotProduct,
        differences: Differences::NONE,
    };
    let mut model = ContrastVae::new(shape, 5, &device);
    // Larger weights than the initial ones, so that a mistake in the mask would show.
    contrastvae::model::Parameters::visit_mut(&mut model, &mut |name, parameter| {
        if name.ends_with("weight") && !name.contains("LayerNorm") {
            *parameter = parameter.clone().mul_scalar(15.0);
        }
    });
    let sequences: Vec<Sequence> = data
        .sequences
        .iter()
        .take(40)
        .map(|items| Sequence {
            inputs: items.clone(),
            ..Sequence::default()
        })
        .collect();
    let scores = |layout| {
        let rows = Rows::pack(&sequences, shape.length, layout);
        let batch = Batch::new(&rows, layout, Reduction::Real, &device);
        model
            .score_sequences(&batch, Sampling::Official)
            .into_data()
            .try_to_vec::<f32>()
            .expect("floats")
    };
    let (packed, padded) = (scores(Layout::Packed), scores(Layout::Padded));
    let largest = padded.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    assert!(largest > 0.1, "scores that are all 0 would prove nothing: {largest}");
    for (a, b) in packed.iter().zip(&padded) {
        assert!((a - b).abs() <= 1e-5 * largest.max(1.0), "{a} and {b}");
    }
}

#[test]
fn latents_and_recommendations_have_the_right_shape() {
    let data = example();
    let run = Run::new(config(1), data.clone(), Compute::cpu()).expect("the run begins");
    let items = block_on(run.latents(LatentSubject::Items)).expect("item latents");
    assert_eq!(items.values.len(), data.items.len() * items.dimensions);
    let users = block_on(run.latents(LatentSubject::Users)).expect("user latents");
    assert_eq!(users.values.len(), users.indices.len() * users.dimensions);
    let history = [3, 1, 4];
    let best = block_on(run.recommend(&history, 10)).expect("recommendations");
    assert_eq!(best.len(), 10);
    assert!(best.iter().all(|(item, _)| !history.contains(item)));
    assert!(best.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    assert_eq!(
        block_on(run.recommend(&[], 3)).expect("an empty history is no error").len(),
        3
    );
    let error = block_on(run.recommend(&[u32::MAX], 3)).expect_err("there is no such item");
    assert!(error.to_string().contains("no item number"), "{error}");
}

#[test]
fn a_run_that_diverges_says_which_term_and_what_to_do() {
    let mut config = config(50);
    config.training.learning_rate = 1.0;
    config.objective.kl_weight = 100.0;
    config.objective.kl_annealing_steps = 0;
    let mut run = Run::new(config, example(), Compute::cpu()).expect("the run begins");
    for _ in 0..400 {
        if let Err(error) = block_on(run.step()) {
            let sentence = error.to_string();
            assert!(sentence.contains("learning_rate") && sentence.contains("step"), "{sentence}");
            return;
        }
    }
    // Adam and layer norm may survive even this; then nothing may have become NaN on the way.
    assert!(
        block_on(run.scores(&[1]))
            .expect("scores")
            .iter()
            .all(|score| score.is_finite())
    );
}

#[test]
fn a_log_without_anything_to_learn_is_refused() {
    let mut data = generate(&Example::default()).expect("the default example is valid");
    for sequence in &mut data.sequences {
        sequence.truncate(3);
    }
    let error = Run::new(config(1), Arc::new(data), Compute::cpu())
        .err()
        .expect("must be refused");
    assert!(error.to_string().contains("four items"), "{error}");
}
