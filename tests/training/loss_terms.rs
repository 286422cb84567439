//! Each term of the objective against the same formula in 64-bit floats on the host: its value, and its gradient against finite
//! differences.

use burn::tensor::{Int, Tensor, TensorData};
use contrastvae::{
    batch::{Augmented, Batch, Candidates, ItemSampler, Layout, Reduction, Rows, Sequence},
    device::Compute,
    kernel::{HostNoise, Noise, cross_entropy_in_pieces},
    model::{Augmentation, ContrastVae, Differences, Head, LogVariance, Parameters, Prior, Shape},
    objective::{
        ContrastPosition, align_uniform, alpha_prior, composite_log_ratio, contrast_of_views, cross_entropy,
        kl_to_standard_normal, kl_to_unit_normal, kl_with_free_bits, sampled_negative, sampled_softmax,
    },
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const ITEMS: usize = 9;
const HIDDEN: usize = 4;
const TOKENS: usize = 7;

/// A matrix that gradients are asked of.
type Leaf = (Vec<f32>, [usize; 2]);

fn random(rows: usize, columns: usize, scale: f32, seed: u64) -> Leaf {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let values = (0..rows * columns).map(|_| rng.random_range(-1.0f32..1.0) * scale).collect();
    (values, [rows, columns])
}

fn fixed(values: &[f32], shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), Compute::cpu().device())
}

fn ints(values: &[i32]) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), Compute::cpu().device())
}

fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().unwrap()
}

/// Value and gradients of `term` on the device.
fn on_device(leaves: &[Leaf], term: &dyn Fn(&[Tensor<2>]) -> Tensor<1>) -> (f64, Vec<Vec<f32>>) {
    let tensors: Vec<Tensor<2>> = leaves
        .iter()
        .map(|(values, shape)| fixed(values, *shape).autodiff().require_grad())
        .collect();
    let value = term(&tensors);
    let gradients = value.clone().backward();
    let all = tensors
        .iter()
        .map(|tensor| host(tensor.grad(&gradients).expect("every leaf takes part")))
        .collect();
    (f64::from(host(value)[0]), all)
}

/// Holds a term to its formula.
fn check(name: &str, leaves: &[Leaf], term: &dyn Fn(&[Tensor<2>]) -> Tensor<1>, formula: &dyn Fn(&[Vec<f64>]) -> f64) {
    let (value, gradients) = on_device(leaves, term);
    let mut points: Vec<Vec<f64>> = leaves
        .iter()
        .map(|(values, _)| values.iter().map(|&value| f64::from(value)).collect())
        .collect();
    let expected = formula(&points);
    assert!(
        (value - expected).abs() <= 1e-5 * expected.abs().max(1.0),
        "{name}: {value}, not {expected}"
    );
    let mut largest = 0.0f64;
    for leaf in 0..points.len() {
        for index in 0..points[leaf].len() {
            let at = points[leaf][index];
            let mut moved = |to: f64| {
                points[leaf][index] = to;
                formula(&points)
            };
            let step = 1e-5;
            let expected = (moved(at + step) - moved(at - step)) / (2.0 * step);
            moved(at);
            let found = f64::from(gradients[leaf][index]);
            largest = largest.max(expected.abs());
            assert!(
                (found - expected).abs() <= 2e-4 * expected.abs().max(0.1),
                "{name}: gradient of value {index} of leaf {leaf} is {found}, not {expected}"
            );
        }
    }
    assert!(largest > 1e-3, "{name}: a gradient that is 0 everywhere proves nothing");
}

/// A network whose item table is `table`.
fn model(table: &Tensor<2>) -> ContrastVae {
    let shape = Shape {
        items: ITEMS,
        hidden: HIDDEN,
        layers: 1,
        heads: 1,
        length: 4,
        augmentation: Augmentation::None,
        log_variance: LogVariance::None,
        prior: Prior::Standard,
        head: Head::DotProduct,
        differences: Differences::NONE,
    };
    let mut model = ContrastVae::new(shape, 1, Compute::cpu().device());
    model.visit_mut(&mut |name, parameter| {
        if name == "item_embeddings.weight" {
            *parameter = table.clone();
        }
    });
    model
}

const TARGETS: [i32; TOKENS] = [3, 0, 9, 1, 3, 7, 2];
const NEGATIVES: [i32; TOKENS] = [1, 0, 2, 8, 5, 6, 9];

/// 1/6 at the six tokens with a target.
fn weights() -> Vec<f32> {
    TARGETS
        .iter()
        .map(|&target| if target > 0 { 1.0 / 6.0 } else { 0.0 })
        .collect()
}

fn outputs_and_table() -> [Leaf; 2] {
    [random(TOKENS, HIDDEN, 1.5, 1), random(ITEMS + 2, HIDDEN, 1.0, 2)]
}

fn dot(one: &[f64], at: usize, other: &[f64], row: usize) -> f64 {
    (0..HIDDEN).map(|d| one[at * HIDDEN + d] * other[row * HIDDEN + d]).sum()
}

/// Of outputs, table, token and target.
type OfToken<'a> = &'a dyn Fn(&[f64], &[f64], usize, usize) -> f64;

/// Sum over tokens of weight times `of`.
fn over_tokens(points: &[Vec<f64>], of: OfToken) -> f64 {
    (0..TOKENS)
        .filter(|&token| TARGETS[token] > 0)
        .map(|token| of(&points[0], &points[1], token, TARGETS[token] as usize) / 6.0)
        .sum()
}

fn full_softmax(points: &[Vec<f64>]) -> f64 {
    over_tokens(points, &|outputs, table, token, target| {
        let sum: f64 = (1..=ITEMS).map(|item| dot(outputs, token, table, item).exp()).sum();
        sum.ln() - dot(outputs, token, table, target)
    })
}

#[test]
fn full_softmax_whole_and_in_pieces() {
    let weight = fixed(&weights(), [TOKENS, 1]);
    check(
        "cross-entropy",
        &outputs_and_table(),
        &|leaves| cross_entropy(&model(&leaves[1]), leaves[0].clone(), ints(&TARGETS), weight.clone()),
        &full_softmax,
    );
    for at_once in [1, 2, 3, 7, 100] {
        check(
            &format!("cross-entropy, {at_once} tokens at once"),
            &outputs_and_table(),
            &|leaves| {
                let model = model(&leaves[1]);
                // A factor stands for the rest of an objective: the gradient must follow it.
                let (table, items) = (model.table(), model.shape().items);
                let all = cross_entropy_in_pieces(leaves[0].clone(), table, items, ints(&TARGETS), weight.clone(), at_once);
                all.mul_scalar(1.7)
            },
            &|points| 1.7 * full_softmax(points),
        );
    }
}

#[test]
fn sampled_softmax_leaves_out_hits_and_corrects_for_the_draw() {
    let (ids, expected) = ([3, 9, 3, 5], [0.4f32, 0.9, 0.4, 0.1]);
    let logs: Vec<f32> = expected.iter().map(|number| number.ln()).collect();
    let candidates = Candidates {
        ids: ints(&ids),
        log_expected: fixed(&logs, [1, 4]),
    };
    check(
        "sampled softmax",
        &outputs_and_table(),
        &|leaves| {
            let weight = fixed(&weights(), [TOKENS, 1]);
            sampled_softmax(&model(&leaves[1]), leaves[0].clone(), ints(&TARGETS), &candidates, weight)
        },
        &|points| {
            over_tokens(points, &|outputs, table, token, target| {
                let own = dot(outputs, token, table, target);
                let others: f64 = (0..ids.len())
                    .filter(|&draw| ids[draw] as usize != target)
                    .map(|draw| dot(outputs, token, table, ids[draw] as usize).exp() / f64::from(expected[draw]))
                    .sum();
                (own.exp() + others).ln() - own
            })
        },
    );
}

/// With every item once the sample is the whole; with very many draws it tends to it, whatever they are drawn from.
#[test]
fn sampled_softmax_tends_to_the_full_one_in_value_and_gradient() {
    let leaves = outputs_and_table();
    let weight = fixed(&weights(), [TOKENS, 1]);
    let full = on_device(&leaves, &|leaves| {
        cross_entropy(&model(&leaves[1]), leaves[0].clone(), ints(&TARGETS), weight.clone())
    });
    let distance = |items: &[u32], log_expected: &[f32]| {
        let candidates = Candidates::new(items, log_expected, Compute::cpu().device());
        let (value, gradients) = on_device(&leaves, &|leaves| {
            sampled_softmax(
                &model(&leaves[1]),
                leaves[0].clone(),
                ints(&TARGETS),
                &candidates,
                weight.clone(),
            )
        });
        let worst = gradients
            .iter()
            .flatten()
            .zip(full.1.iter().flatten())
            .map(|(found, expected)| f64::from((found - expected).abs()))
            .fold(0.0, f64::max);
        ((value - full.0).abs(), worst)
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let counts = [40, 0, 3, 11, 7, 1, 25, 2, 90];
    for power in [0.0, 0.75, 1.0] {
        let sampler = ItemSampler::new(&counts, power);
        let (all, ones) = sampler.draw(&mut rng, ITEMS);
        let (value, gradient) = distance(&all, &ones);
        assert!(value < 1e-6 && gradient < 1e-6, "{value}, {gradient}");

        let mut errors = Vec::new();
        for draws in [10usize, 4_000] {
            let (mut items, mut logs) = (Vec::new(), Vec::new());
            for _ in 0..draws {
                let (drawn, expected) = sampler.draw(&mut rng, ITEMS - 1);
                items.extend(drawn);
                logs.extend(expected.iter().map(|log| log + (draws as f32).ln()));
            }
            errors.push(distance(&items, &logs));
        }
        assert!(errors[1].0 < 0.03 && errors[1].1 < 0.02, "power {power}: {errors:?}");
        assert!(
            errors[1].0 < errors[0].0 && errors[1].1 < errors[0].1,
            "power {power}: {errors:?}"
        );
    }
}

#[test]
fn one_sampled_negative() {
    check(
        "sampled negative",
        &outputs_and_table(),
        &|leaves| {
            let weight = fixed(&weights(), [TOKENS, 1]);
            sampled_negative(
                &model(&leaves[1]),
                leaves[0].clone(),
                ints(&TARGETS),
                ints(&NEGATIVES),
                weight,
            )
        },
        &|points| {
            over_tokens(points, &|outputs, table, token, target| {
                let sigmoid = |score: f64| 1.0 / (1.0 + (-score).exp());
                let negative = dot(outputs, token, table, NEGATIVES[token] as usize);
                -sigmoid(dot(outputs, token, table, target)).ln() - (1.0 - sigmoid(negative)).ln()
            })
        },
    );
}

/// KL of each dimension, averaged over tokens.
fn kl_of_dimensions(points: &[Vec<f64>]) -> Vec<f64> {
    let weights = weights();
    (0..HIDDEN)
        .map(|d| {
            (0..TOKENS)
                .map(|token| {
                    let (mu, logvar) = (points[0][token * HIDDEN + d], points[1][token * HIDDEN + d]);
                    f64::from(weights[token]) * 0.5 * (mu * mu + logvar.exp() - logvar - 1.0)
                })
                .sum()
        })
        .collect()
}

#[test]
fn divergence_with_and_without_free_bits() {
    let leaves = [random(TOKENS, HIDDEN, 1.0, 3), random(TOKENS, HIDDEN, 1.0, 4)];
    let weight = fixed(&weights(), [TOKENS, 1]);
    check(
        "KL",
        &leaves,
        &|leaves| kl_to_standard_normal(leaves[0].clone(), leaves[1].clone(), weight.clone()),
        &|points| kl_of_dimensions(points).iter().sum(),
    );
    // A bound between the dimensions, so that some count and some do not.
    let points: Vec<Vec<f64>> = leaves
        .iter()
        .map(|(values, _)| values.iter().map(|&value| f64::from(value)).collect())
        .collect();
    let mut sorted = kl_of_dimensions(&points);
    sorted.sort_by(f64::total_cmp);
    let bound = 0.5 * (sorted[1] + sorted[2]);
    check(
        "KL with free bits",
        &leaves,
        &|leaves| kl_with_free_bits(leaves[0].clone(), leaves[1].clone(), weight.clone(), bound).1,
        &|points| kl_of_dimensions(points).iter().map(|&kl| kl.max(bound)).sum(),
    );
    check(
        "KL beside free bits",
        &leaves,
        &|leaves| kl_with_free_bits(leaves[0].clone(), leaves[1].clone(), weight.clone(), bound).0,
        &|points| kl_of_dimensions(points).iter().sum(),
    );
}

#[test]
fn divergence_from_an_adaptive_prior() {
    let leaves = [
        random(TOKENS, HIDDEN, 1.0, 3),
        random(TOKENS, HIDDEN, 1.0, 4),
        random(TOKENS, HIDDEN, 1.0, 5),
    ];
    let weight = fixed(&weights(), [TOKENS, 1]);
    check(
        "KL to N(m, I)",
        &leaves,
        &|leaves| kl_to_unit_normal(leaves[0].clone(), leaves[1].clone(), leaves[2].clone(), weight.clone()),
        &|points| {
            let apart = points[0].iter().zip(&points[2]).map(|(mu, mean)| mu - mean).collect();
            kl_of_dimensions(&[apart, points[1].clone()]).iter().sum()
        },
    );
}

/// In the draw, the posterior, and the earlier posterior, at places where each of the three parts of the mixture has the most weight.
#[test]
fn divergence_from_the_composite_prior() {
    let mut leaves = [
        random(TOKENS, HIDDEN, 1.5, 11),
        random(TOKENS, HIDDEN, 1.0, 12),
        random(TOKENS, HIDDEN, 1.0, 13),
        random(TOKENS, HIDDEN, 1.0, 14),
        random(TOKENS, HIDDEN, 1.0, 15),
    ];
    leaves[0].0[0] = 12.0;
    leaves[3].0[1] = -9.0;
    let density = |z: f64, mean: f64, log_variance: f64| {
        (-0.5 * (z - mean).powi(2) / log_variance.exp()).exp() / (2.0 * std::f64::consts::PI * log_variance.exp()).sqrt()
    };
    let parts = |points: &[Vec<f64>], at: usize| {
        let z = points[0][at];
        [
            3.0 / 20.0 * density(z, 0.0, 0.0),
            3.0 / 4.0 * density(z, points[3][at], points[4][at]),
            1.0 / 10.0 * density(z, 0.0, 10.0),
        ]
    };
    let points: Vec<Vec<f64>> = leaves
        .iter()
        .map(|(values, _)| values.iter().map(|&value| f64::from(value)).collect())
        .collect();
    let mut largest = [0; 3];
    for at in 0..TOKENS * HIDDEN {
        let parts = parts(&points, at);
        largest[(0..3).max_by(|&a, &b| parts[a].total_cmp(&parts[b])).unwrap()] += 1;
    }
    assert!(largest.iter().all(|&count| count > 0), "{largest:?}");
    let weight = fixed(&weights(), [TOKENS, 1]);
    check(
        "log ratio to the composite prior",
        &leaves,
        &|leaves| {
            let [z, mu, logvar, old_mu, old_logvar] = [0, 1, 2, 3, 4].map(|leaf| leaves[leaf].clone());
            (composite_log_ratio(z, (mu, logvar), (old_mu, old_logvar)) * weight.clone()).sum()
        },
        &|points| {
            (0..TOKENS * HIDDEN)
                .map(|at| {
                    let ratio = density(points[0][at], points[1][at], points[2][at]) / parts(points, at).iter().sum::<f64>();
                    f64::from(weights()[at / HIDDEN]) * ratio.ln()
                })
                .sum()
        },
    );
}

/// The mean over draws is the KL, found by adding up over a fine grid.
#[test]
fn draws_from_the_posterior_estimate_the_divergence_from_the_composite_prior() {
    let (mu, logvar, old_mu, old_logvar) = (0.8f64, -1.0f64, 0.3f64, -0.5f64);
    let density = |z: f64, mean: f64, log_variance: f64| {
        (-0.5 * (z - mean).powi(2) / log_variance.exp()).exp() / (2.0 * std::f64::consts::PI * log_variance.exp()).sqrt()
    };
    let width = 1e-3;
    let expected: f64 = (-8_000..8_000)
        .map(|at| {
            let z = f64::from(at) * width;
            let q = density(z, mu, logvar);
            let p = 0.15 * density(z, 0.0, 0.0) + 0.75 * density(z, old_mu, old_logvar) + 0.1 * density(z, 0.0, 10.0);
            if q > 0.0 { width * q * (q / p).ln() } else { 0.0 }
        })
        .sum();
    let draws = 40_000;
    let mut noise = HostNoise::new(4);
    let noise = noise.normal([draws, 1], Compute::cpu().device());
    let of = |value: f64| fixed(&vec![value as f32; draws], [draws, 1]);
    let z = of(mu) + of((0.5 * logvar).exp()) * noise;
    let ratio = composite_log_ratio(z, (of(mu), of(logvar)), (of(old_mu), of(old_logvar)));
    let found = f64::from(host(ratio.mean())[0]);
    assert!((found - expected).abs() < 0.01 && expected > 0.1, "{found}, not {expected}");
}

#[test]
fn alignment_and_uniformity() {
    for labels in [None, Some([3, 7, 3, 0, 0])] {
        check(
            &format!("alignment and uniformity, {labels:?}"),
            &[random(5, HIDDEN, 1.0, 21), random(5, HIDDEN, 1.0, 22)],
            &|leaves| {
                let labels = labels.as_ref().map(<[i32; 5]>::as_slice);
                align_uniform(leaves[0].clone(), leaves[1].clone(), 0.6, labels)
            },
            &|points| {
                let unit = |side: usize, row: usize| {
                    let vector = &points[side][row * HIDDEN..(row + 1) * HIDDEN];
                    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
                    vector.iter().map(|value| value / length).collect::<Vec<f64>>()
                };
                let distance = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
                let alignment = (0..5).map(|row| distance(&unit(0, row), &unit(1, row))).sum::<f64>() / 5.0;
                let uniformity = |side: usize| {
                    let mut near = Vec::new();
                    for one in 0..5 {
                        for other in one + 1..5 {
                            // Of the labels only 3 is there twice, in rows 0 and 2; 0 is like no other.
                            if labels.is_none() || (one, other) != (0, 2) {
                                near.push((-2.0 * distance(&unit(side, one), &unit(side, other))).exp());
                            }
                        }
                    }
                    (near.iter().sum::<f64>() / near.len() as f64).ln()
                };
                alignment + 0.6 * (uniformity(0) + uniformity(1)) / 2.0
            },
        );
    }
    // A single sequence has nothing to lie apart from.
    let (one, other) = (fixed(&[1.0, 0.0], [1, 2]), fixed(&[0.0, 2.0], [1, 2]));
    assert!((host(align_uniform(one, other, 1.0, None))[0] - 2.0).abs() < 1e-6);
}

#[test]
fn the_prior_of_alpha() {
    for alpha in [0.05f32, 0.5, 0.95] {
        check(
            "alpha",
            &[(vec![alpha], [1, 1])],
            &|leaves| alpha_prior(leaves[0].clone()),
            &|points| {
                let a = points[0][0];
                -(0.5 * a.ln() + 1.161_451_241_083_23 * a - 1.502_041_176_441_722 * a * a + 0.586_299_206_427_007 * a * a * a)
            },
        );
    }
}

/// NT-Xent as its formula reads: pairs of vectors by name, no matrices.
fn nt_xent(vectors: &[Vec<f64>], sequences: usize, tied: &dyn Fn(usize, usize) -> bool, temperature: f64) -> f64 {
    let cosine = |one: &[f64], other: &[f64]| {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
    };
    let count = vectors.len();
    let loss: f64 = (0..count)
        .map(|anchor| {
            let positive = (anchor + sequences) % count;
            let sum: f64 = (0..count)
                .filter(|&other| other != anchor && !(other != positive && tied(anchor % sequences, other % sequences)))
                .map(|other| (cosine(&vectors[anchor], &vectors[other]) / temperature).exp())
                .sum();
            sum.ln() - cosine(&vectors[anchor], &vectors[positive]) / temperature
        })
        .sum();
    loss / count as f64
}

#[test]
fn the_contrast_pooled_at_the_last_position_and_with_tied_targets() {
    let sequence = |inputs: &[u32], last: u32, augmented: Option<Augmented>| Sequence {
        inputs: inputs.to_vec(),
        targets: inputs[1..].iter().copied().chain([last]).collect(),
        augmented,
        ..Sequence::default()
    };
    let cropped = Augmented {
        ids: vec![0, 3, 0],
        targets: vec![0, 4, 0],
    };
    let sequences = [
        sequence(&[1, 2, 3], 7, Some(cropped)),
        sequence(&[4], 7, None),
        sequence(&[5, 6], 8, None),
    ];
    let labels = [7, 7, 8];
    let rows = Rows::pack(&sequences, 4, Layout::Packed);
    let second = rows.second.clone().expect("a crop makes a second view");
    let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, Compute::cpu().device());
    let tokens = rows.ids.len();
    for position in [ContrastPosition::Pooled, ContrastPosition::Last] {
        for mask_same_target in [false, true] {
            check(
                &format!("NT-Xent, {position:?}, tied targets masked: {mask_same_target}"),
                &[random(2 * tokens, HIDDEN, 1.0, 6)],
                &|leaves| contrast_of_views(&batch, leaves[0].clone(), position, mask_same_target, 0.3),
                &|points| {
                    let vectors: Vec<Vec<f64>> = (0..6)
                        .map(|vector| {
                            let (view, user) = (vector / 3, vector % 3);
                            let rows = if view == 0 { &rows } else { &second };
                            let members: Vec<usize> = (0..tokens).filter(|&token| rows.segment[token] == user as i32).collect();
                            let members = match position {
                                ContrastPosition::Pooled => members,
                                ContrastPosition::Last => vec![members[members.len() - 1]],
                            };
                            (0..HIDDEN)
                                .map(|d| {
                                    members
                                        .iter()
                                        .map(|token| points[0][(view * tokens + token) * HIDDEN + d])
                                        .sum()
                                })
                                .collect()
                        })
                        .collect();
                    let tied = |one: usize, other: usize| mask_same_target && one != other && labels[one] == labels[other];
                    nt_xent(&vectors, 3, &tied, 0.3)
                },
            );
        }
    }
}
