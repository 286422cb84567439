//! Properties of a pass that hold in every mode: packing changes nothing, the order of the users changes nothing, nobody sees another
//! user, and nobody sees what is to come.

use burn::tensor::{Device, Tensor};
use contrastvae::{
    batch::{AugmentedTargets, Batch, Layout, Operation, Reduction, Rows, Sequence, Shares, augment},
    device::Compute,
    kernel::Noise,
    model::{
        Augmentation, ContrastVae, Differences, DriftNoise, Head, LogVariance, Parameters, Pass, Prior, PriorOf, Sampling, Shape,
        Views,
    },
    objective::{Contrast, ContrastElbo, ContrastPosition, Likelihood, Positives, Terms},
};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

const ITEMS: usize = 40;
const LENGTH: usize = 9;
const HIDDEN: usize = 8;

/// Every network there is, by name.
const NETWORKS: [(&str, Augmentation, LogVariance, Prior); 11] = [
    ("deterministic", Augmentation::None, LogVariance::None, Prior::Standard),
    ("avae", Augmentation::None, LogVariance::Stack, Prior::Standard),
    ("linear", Augmentation::None, LogVariance::Linear, Prior::Standard),
    ("shared", Augmentation::Model, LogVariance::SharedLinear, Prior::Standard),
    ("model", Augmentation::Model, LogVariance::Stack, Prior::Standard),
    ("variational", Augmentation::Variational, LogVariance::Stack, Prior::Standard),
    ("data", Augmentation::Data, LogVariance::Stack, Prior::Standard),
    (
        "variational_data",
        Augmentation::VariationalData,
        LogVariance::Stack,
        Prior::Standard,
    ),
    ("adaptive prior", Augmentation::None, LogVariance::Linear, Prior::Adaptive),
    ("composite prior", Augmentation::Model, LogVariance::Stack, Prior::Composite),
    (
        "adaptive prior, data",
        Augmentation::Data,
        LogVariance::Stack,
        Prior::Adaptive,
    ),
];

/// Lags that reach over the border of most users.
const DIFFERENCES: Differences = Differences { count: 3, spacing: 2 };

/// Every network by name, without differences beside attention and with them.
fn networks() -> impl Iterator<Item = (String, Augmentation, ContrastVae)> {
    let with = |differences: Differences| {
        NETWORKS.map(|(name, augmentation, log_variance, prior)| {
            let name = format!("{name}, {} lags", differences.count);
            (name, augmentation, model_with(differences, augmentation, log_variance, prior))
        })
    };
    with(Differences::NONE).into_iter().chain(with(DIFFERENCES))
}

/// The same number everywhere, so that noise does not depend on where a token stands.
struct Even;

impl Noise for Even {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::full(shape, 0.7, device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], _rate: f64, device: &Device) -> Tensor<2> {
        Tensor::ones(shape, device)
    }
}

fn model(augmentation: Augmentation, log_variance: LogVariance, prior: Prior) -> ContrastVae {
    model_with(Differences::NONE, augmentation, log_variance, prior)
}

fn model_with(differences: Differences, augmentation: Augmentation, log_variance: LogVariance, prior: Prior) -> ContrastVae {
    let shape = Shape {
        items: ITEMS,
        hidden: HIDDEN,
        layers: 2,
        heads: 2,
        length: LENGTH,
        augmentation,
        log_variance,
        prior,
        head: Head::DotProduct,
        differences,
    };
    let mut model = ContrastVae::new(shape, 5, Compute::cpu().device());
    // Larger weights than the initial ones, so that a mistake in the mask would show.
    model.visit_mut(&mut |name, parameter| {
        if name.ends_with("weight") && !name.contains("LayerNorm") {
            *parameter = parameter.clone().mul_scalar(15.0);
        }
    });
    assert_eq!(model.count(), shape.parameter_count(), "the size that is told beforehand");
    model.renew_prior();
    model.require_gradients();
    model
}

/// Users with distinct items, each with a second view by each operation in turn.
fn sequences() -> Vec<Sequence> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let shares = Shares {
        crop: 0.6,
        mask: 0.4,
        reorder: 0.8,
    };
    (0..12)
        .map(|user| {
            let mut items: Vec<u32> = (0..ITEMS as u32).collect();
            items.shuffle(&mut rng);
            items.truncate(2 + user % LENGTH);
            let (inputs, targets) = (items[..items.len() - 1].to_vec(), items[1..].to_vec());
            let operation = [Operation::Crop, Operation::Mask, Operation::Reorder][user % 3];
            let form = AugmentedTargets::Own;
            Sequence {
                negatives: inputs.iter().map(|_| rng.random_range(0..ITEMS as u32)).collect(),
                augmented: Some(augment(&inputs, &targets, ITEMS, operation, shares, form, &mut rng)),
                inputs,
                targets,
            }
        })
        .collect()
}

/// A training pass without dropout; where the network has differences, the second view has noise along them at every position.
fn pass<'a>(model: &ContrastVae, noise: &'a mut Even) -> Pass<'a> {
    Pass::training(noise, 0.0, 0.0).with_drift_noise(DriftNoise {
        share: if model.shape().differences.count > 0 { 1.0 } else { 0.0 },
        random: 0.3,
    })
}

fn views(model: &ContrastVae, rows: &Rows, layout: Layout, sampling: Sampling) -> (Batch, Views) {
    let batch = Batch::new(rows, layout, Reduction::Real, Compute::cpu().device());
    let views = model.forward(&batch, sampling, 0.1, &mut pass(model, &mut Even));
    (batch, views)
}

/// Total, reconstruction, KL and contrast.
fn losses(model: &ContrastVae, sequences: &[Sequence], layout: Layout, terms: Terms) -> Vec<f32> {
    let rows = Rows::pack(sequences, LENGTH, layout);
    let mut batch = Batch::new(&rows, layout, Reduction::Real, Compute::cpu().device());
    if terms.positives != Positives::OtherView {
        // Each user's own history without its oldest item stands for another one's.
        let histories: Vec<&[u32]> = sequences
            .iter()
            .map(|sequence| &sequence.inputs[usize::from(sequence.inputs.len() > 1)..])
            .collect();
        let rows = Rows::of_histories(&histories, LENGTH, layout);
        batch.same_target = Some(Box::new(Batch::new(&rows, layout, Reduction::Real, Compute::cpu().device())));
    }
    let views = model.forward(&batch, Sampling::Paper, 0.1, &mut pass(model, &mut Even));
    let objective = ContrastElbo::new(model, &batch, &views, terms);
    objective.to_vector().into_data().try_to_vec().unwrap()
}

fn all_terms() -> Vec<Terms> {
    let plain = Terms {
        likelihood: Likelihood::FullSoftmax,
        kl_weight: 0.3,
        contrast_weight: 0.5,
        contrast_position: ContrastPosition::Pooled,
        mask_same_target: false,
        temperature: 0.4,
        ..Terms::default()
    };
    vec![
        plain,
        Terms {
            likelihood: Likelihood::SampledNegative,
            contrast_position: ContrastPosition::Last,
            ..plain
        },
        Terms {
            label_smoothing: 0.2,
            ..plain
        },
        Terms {
            free_bits: 0.4,
            mask_same_target: true,
            ..plain
        },
        Terms {
            by_length: true,
            contrast: Contrast::AlignUniform,
            uniformity_weight: 0.7,
            ..plain
        },
        Terms {
            positives: Positives::SameTarget,
            contrast_position: ContrastPosition::Last,
            ..plain
        },
        Terms {
            positives: Positives::Both,
            contrast: Contrast::AlignUniform,
            contrast_position: ContrastPosition::Last,
            ..plain
        },
    ]
}

fn assert_close(name: &str, one: &[f32], other: &[f32], tolerance: f32) {
    assert_eq!(one.len(), other.len());
    for (a, b) in one.iter().zip(other) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{name}: {one:?} and {other:?}");
    }
}

#[test]
fn packed_losses_are_the_padded_ones_in_every_mode() {
    for (name, _, model) in networks() {
        for terms in all_terms() {
            let packed = losses(&model, &sequences(), Layout::Packed, terms);
            let padded = losses(&model, &sequences(), Layout::Padded, terms);
            assert!(packed[1] > 1.0, "{name}: {packed:?}");
            assert_close(&name, &packed, &padded, 1e-5);
        }
    }
}

#[test]
fn the_order_of_the_users_changes_no_loss() {
    for (name, _, model) in networks() {
        for terms in all_terms() {
            let before = losses(&model, &sequences(), Layout::Packed, terms);
            let mut turned = sequences();
            turned.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(2));
            assert_close(&name, &losses(&model, &turned, Layout::Packed, terms), &before, 1e-5);
        }
    }
}

/// Decoder outputs of each view at each place of each user, with the means of the adaptive prior beside them.
fn outputs(model: &ContrastVae, sequences: &[Sequence]) -> Vec<Vec<Vec<Vec<f32>>>> {
    let rows = Rows::pack(sequences, LENGTH, Layout::Packed);
    assert!(rows.rows < sequences.len(), "users must share rows");
    let (_, views) = views(model, &rows, Layout::Packed, Sampling::Paper);
    let mut seen = views.outputs;
    if let PriorOf::Adaptive { mean } = views.prior {
        seen = Tensor::cat(vec![seen, mean], 1);
    }
    let width = seen.dims()[1];
    let values: Vec<f32> = seen.into_data().try_to_vec().unwrap();
    let tokens = rows.ids.len();
    (0..views.views)
        .map(|view| {
            (0..sequences.len())
                .map(|user| {
                    (0..tokens)
                        .filter(|&token| rows.segment[token] == user as i32)
                        .map(|token| values[(view * tokens + token) * width..(view * tokens + token + 1) * width].to_vec())
                        .collect()
                })
                .collect()
        })
        .collect()
}

fn differs(one: &[f32], other: &[f32]) -> bool {
    one.iter().zip(other).any(|(a, b)| (a - b).abs() > 1e-5)
}

#[test]
fn nobody_sees_another_user_or_what_is_to_come() {
    let before = sequences();
    for (name, augmentation, model) in networks() {
        let expected = outputs(&model, &before);
        let mut seen = 0;
        for user in [0usize, 4, 7, 8] {
            let length = before[user].inputs.len();
            for place in 0..length {
                // All inputs from `place` on become others, and so do the targets there.
                let mut changed = before.clone();
                let other = |item: u32| (item + 17) % ITEMS as u32;
                for at in place..length {
                    changed[user].inputs[at] = other(changed[user].inputs[at]);
                    changed[user].targets[at] = other(changed[user].targets[at]);
                    let augmented = changed[user].augmented.as_mut().unwrap();
                    if augmented.ids[at] != 0 {
                        augmented.ids[at] = other(augmented.ids[at] as u32) as i32 + 1;
                        augmented.targets[at] = other(augmented.targets[at] as u32) as i32 + 1;
                    }
                }
                let found = outputs(&model, &changed);
                for view in 0..found.len() {
                    // A dropped place is nobody's, and nothing looks at it.
                    let real = |user: usize, at: usize| {
                        view == 0 || !augmentation.changes_ids() || before[user].augmented.as_ref().unwrap().ids[at] != 0
                    };
                    for other in (0..before.len()).filter(|&other| other != user) {
                        for at in (0..found[view][other].len()).filter(|&at| real(other, at)) {
                            assert!(
                                !differs(&found[view][other][at], &expected[view][other][at]),
                                "{name}: user {other} sees user {user}"
                            );
                        }
                    }
                    for at in 0..length {
                        let real = real(user, at);
                        let now = differs(&found[view][user][at], &expected[view][user][at]);
                        if at < place && real {
                            assert!(!now, "{name}, view {view}: place {at} of user {user} sees place {place}");
                        }
                        seen += usize::from(at >= place && real && now);
                    }
                }
            }
        }
        assert!(seen > 20, "{name}: a change that nobody sees would prove nothing ({seen})");
    }
}

#[test]
fn a_deterministic_network_has_no_second_stack_and_no_divergence() {
    let (deterministic, full) = (
        model(Augmentation::None, LogVariance::None, Prior::Standard),
        model(Augmentation::None, LogVariance::Stack, Prior::Standard),
    );
    assert!(deterministic.shape().parameter_count() < full.shape().parameter_count());
    let terms = all_terms()[0];
    let found = losses(&deterministic, &sequences(), Layout::Packed, terms);
    assert_eq!((found[0], found[2], found[3]), (found[1], 0.0, 0.0));
    let rows = Rows::pack(&sequences(), LENGTH, Layout::Packed);
    for sampling in [Sampling::Paper, Sampling::Official] {
        let (_, views) = views(&deterministic, &rows, Layout::Packed, sampling);
        assert!(views.logvar.is_none());
        let values = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(values(views.latents), values(views.mu));
    }
}

#[test]
fn a_linear_log_variance_starts_at_its_bias() {
    let shape = Shape {
        log_variance: LogVariance::Linear,
        ..model(Augmentation::None, LogVariance::Stack, Prior::Standard).shape()
    };
    let mut model = ContrastVae::new(shape, 3, Compute::cpu().device());
    model.start_log_variance_at(-3.0);
    let rows = Rows::pack(&sequences(), LENGTH, Layout::Packed);
    let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, Compute::cpu().device());
    let logvar: Vec<f32> = model.posterior(&batch).1.unwrap().into_data().try_to_vec().unwrap();
    let mean = logvar.iter().sum::<f32>() / logvar.len() as f32;
    assert!((mean + 3.0).abs() < 0.1, "{mean}");
    assert!(
        logvar.iter().any(|value| (value + 3.0).abs() > 1e-3),
        "the map takes part too"
    );
}
