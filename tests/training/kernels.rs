//! The operations with loops and gradients of their own: against burn's operations, against finite differences, and repeated.

use burn::tensor::{Int, Tensor, TensorData};
use contrastvae::{
    batch::{Batch, Layout, Reduction, Rows, Sequence, Visible},
    device::Compute,
    kernel::{self, Activation, AdamStep, HostNoise, Noise, composed},
    model::{Augmentation, ContrastVae, Differences, Head, LogVariance, Parameters, Pass, Prior, Sampling, Shape},
    objective::{ContrastElbo, ContrastPosition, Likelihood, Terms},
    run::AdamW,
};

type Function<'a> = &'a dyn Fn(&[Tensor<2>]) -> Tensor<2>;

fn random(rows: usize, columns: usize, seed: u64) -> Tensor<2> {
    HostNoise::new(seed).normal([rows, columns], Compute::cpu().device())
}

fn host(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().expect("floats")
}

/// The result of `function` and the gradients of its inputs, for a fixed random gradient of the result.
fn differentiate(function: Function, inputs: &[Tensor<2>]) -> (Vec<f32>, Vec<Vec<f32>>) {
    let inputs: Vec<Tensor<2>> = inputs.iter().map(|input| input.clone().autodiff().require_grad()).collect();
    let result = function(&inputs);
    let [rows, columns] = result.dims();
    let mut gradients = (result.clone() * random(rows, columns, 99).autodiff()).sum().backward();
    let gradients = inputs
        .iter()
        .map(|input| host(input.grad_remove(&mut gradients).expect("every input has a gradient")))
        .collect();
    (host(result.inner()), gradients)
}

fn assert_close(name: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(1e-3f32, |largest, value| largest.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        // Written so that NaN fails.
        assert!(
            (found - expected).abs() <= tolerance * largest,
            "{name}, element {index}: {found} for {expected}, largest {largest}"
        );
    }
}

/// Loop against composition, with and without gradients; loop against finite differences; twice the same bits.
fn check(name: &str, function: Function, inputs: &[Tensor<2>]) {
    check_pair(name, function, function, inputs);
}

fn check_pair(name: &str, function: Function, other: Function, inputs: &[Tensor<2>]) {
    let (value, gradients) = differentiate(function, inputs);
    let (expected, expected_gradients) = composed(|| differentiate(other, inputs));
    assert_close(name, &value, &expected, 2e-6);
    assert_eq!(host(function(inputs)), value, "{name} without gradients");
    for (index, (gradient, expected)) in gradients.iter().zip(&expected_gradients).enumerate() {
        assert_close(&format!("{name}, gradient {index}"), gradient, expected, 5e-6);
    }
    let again = differentiate(function, inputs);
    assert_eq!((&again.0, &again.1), (&value, &gradients), "{name} repeats itself");

    // Finite differences along a random direction, in which all elements take part.
    for (index, input) in inputs.iter().enumerate() {
        let [rows, columns] = input.dims();
        let direction = random(rows, columns, 7 + index as u64);
        let at = |distance: f64| -> f64 {
            let mut moved = inputs.to_vec();
            moved[index] = input.clone() + direction.clone().mul_scalar(distance);
            let result = function(&moved);
            let [rows, columns] = result.dims();
            let weights = host(random(rows, columns, 99));
            host(result)
                .iter()
                .zip(weights)
                .map(|(a, b)| f64::from(*a) * f64::from(b))
                .sum()
        };
        let step = 2e-3;
        // Central differences of two widths, extrapolated, so that a larger step (less rounding) does.
        let slope = |step: f64| (at(step) - at(-step)) / (2.0 * step);
        let measured = (4.0 * slope(step) - slope(2.0 * step)) / 3.0;
        let terms: Vec<f64> = gradients[index]
            .iter()
            .zip(host(direction))
            .map(|(a, b)| f64::from(*a) * f64::from(b))
            .collect();
        let size = terms.iter().map(|term| term * term).sum::<f64>().sqrt().max(1e-2);
        let computed: f64 = terms.iter().sum();
        assert!(
            (measured - computed).abs() < 2e-3 * size,
            "{name}, gradient {index}: the slope is {measured}, the gradient says {computed}, of size {size}"
        );
    }
}

#[test]
fn affine_maps() {
    // 37 and 19 leave a rest in every lane and tile.
    let inputs = [random(37, 24, 1), random(24, 19, 2), random(1, 19, 3)];
    for activation in [Activation::Identity, Activation::Gelu] {
        check(
            &format!("{activation:?}"),
            &|x| kernel::affine(x[0].clone(), x[1].clone(), x[2].clone(), activation),
            &inputs,
        );
    }
}

#[test]
fn norms() {
    let inputs = [random(13, 20, 1), random(13, 20, 2), random(1, 20, 3), random(1, 20, 4)];
    check(
        "layer norm",
        &|x| kernel::layer_norm(x[0].clone(), x[1].clone(), x[2].clone()),
        &[inputs[0].clone(), inputs[2].clone(), inputs[3].clone()],
    );
    let keep = HostNoise::new(5).keep_mask([13, 20], 0.4, Compute::cpu().device());
    for keep in [None, Some(keep)] {
        check(
            "residual norm",
            &|x| kernel::residual_norm(x[0].clone(), x[1].clone(), keep.clone(), x[2].clone(), x[3].clone()),
            &inputs,
        );
    }
}

fn sequences(lengths: &[usize]) -> Vec<Sequence> {
    let mut item = 0;
    let mut next = || {
        item = (item * 7 + 3) % 29;
        item
    };
    lengths
        .iter()
        .map(|&length| Sequence {
            inputs: (0..length).map(|_| next()).collect(),
            targets: (0..length).map(|_| next()).collect(),
            negatives: (0..length).map(|_| next()).collect(),
            augmented: None,
        })
        .collect()
}

/// A compact mask of attention weights as whole rows need it.
fn expand(keep: &[f32], visible: &Visible, heads: usize) -> Tensor<2> {
    let (rows, length) = (visible.rows(), visible.length());
    // What is masked anyway may be anything.
    let mut whole = vec![0.5; visible.views() * rows * heads * length * length];
    let mut next = keep.iter();
    for view in 0..visible.views() {
        for (token, span) in visible.spans().iter().enumerate() {
            for head in 0..heads {
                for key in span.clone() {
                    let row = view * rows + token / length;
                    let at = ((row * heads + head) * length + token % length) * length + key as usize % length;
                    whole[at] = *next.next().expect("one number for each pair");
                }
            }
        }
    }
    assert!(next.next().is_none());
    let shape = [visible.views() * rows * heads * length, length];
    Tensor::from_data(TensorData::new(whole, shape), Compute::cpu().device())
}

#[test]
fn attention() {
    let cpu = Compute::cpu();
    for (layout, pads_see_row) in [(Layout::Packed, false), (Layout::Padded, false), (Layout::Padded, true)] {
        let rows = Rows::pack(&sequences(&[2, 5, 1, 7, 0, 9]), 9, layout);
        let visible = Visible::new(&rows, pads_see_row).for_views(2);
        let (heads, hidden) = (3, 12);
        let mixed = random(2 * rows.ids.len(), 3 * hidden, 1);
        let name = format!("attention, {layout:?}, {pads_see_row}");
        check(
            &name,
            &|x| kernel::attention(x[0].clone(), &visible, heads, None),
            std::slice::from_ref(&mixed),
        );

        let shape = kernel::attention_weights(&mixed, &visible, heads);
        assert_eq!(shape, [2 * visible.pairs(), heads]);
        let keep = HostNoise::new(4).keep_mask(shape, 0.3, cpu.device());
        let whole = expand(&host(keep.clone()), &visible, heads);
        assert_eq!(whole.dims(), composed(|| kernel::attention_weights(&mixed, &visible, heads)));
        check_pair(
            &format!("{name} with dropout"),
            &|x| kernel::attention(x[0].clone(), &visible, heads, Some(keep.clone())),
            &|x| kernel::attention(x[0].clone(), &visible, heads, Some(whole.clone())),
            &[mixed],
        );
    }
}

#[test]
fn differences_and_their_gated_sum() {
    for (layout, pads_see_row) in [(Layout::Packed, false), (Layout::Padded, false), (Layout::Padded, true)] {
        let rows = Rows::pack(&sequences(&[2, 5, 1, 7, 0, 9]), 9, layout);
        let visible = Visible::new(&rows, pads_see_row).for_views(2);
        let input = random(2 * rows.ids.len(), 10, 1);
        // The last lag is longer than any row.
        for lags in [&[1][..], &[1, 3, 11]] {
            check(
                &format!("differences, {layout:?}, {pads_see_row}, {lags:?}"),
                &|x| kernel::differences(x[0].clone(), &visible, lags),
                std::slice::from_ref(&input),
            );
        }
    }
    let (kinds, logits) = (random(23, 5 * 9, 1), random(23, 5, 2).mul_scalar(2.0));
    check(
        "gated sum",
        &|x| kernel::gated_sum(x[0].clone(), x[1].clone()),
        &[kinds, logits],
    );
}

/// A user's differences are those that it has alone, whoever stands before it in the row.
#[test]
fn differences_end_at_the_border_of_a_user() {
    let rows = Rows::pack(&sequences(&[3, 4]), 9, Layout::Packed);
    assert_eq!(rows.rows, 1, "both share a row");
    let visible = Visible::new(&rows, false);
    let input = random(9, 4, 1);
    let all = host(kernel::differences(input.clone(), &visible, &[1, 2]));
    let width = 5 * 4;
    for (segment, length) in [(0, 3), (1, 4)] {
        let first = rows.segment.iter().position(|&user| user == segment).unwrap();
        let own = Rows::pack(&sequences(&[length]), length, Layout::Packed);
        let alone = input.clone().narrow(0, first, length);
        let alone = host(kernel::differences(alone, &Visible::new(&own, false), &[1, 2]));
        assert_eq!(all[first * width..(first + length) * width], alone);
    }
}

fn indices(values: &[i32]) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), Compute::cpu().device())
}

#[test]
fn reconstruction_and_divergence() {
    let cpu = Compute::cpu();
    // More positions than one chunk of logits holds.
    let (positions, items, size) = (300, 31, 12);
    let outputs = random(positions, size, 1);
    let table = random(items + 2, size, 2);
    let targets: Vec<i32> = (0..positions as i32)
        .map(|position| if position % 5 == 0 { 0 } else { position * 7 % 31 + 1 })
        .collect();
    let negatives: Vec<i32> = targets
        .iter()
        .map(|&target| if target == 0 { 0 } else { 31 - target + 1 })
        .collect();
    let weight: Vec<f32> = targets
        .iter()
        .map(|&target| if target == 0 { 0.0 } else { 1.0 / 7.0 })
        .collect();
    let weight = Tensor::<2>::from_data(TensorData::new(weight, [positions, 1]), cpu.device());
    let (targets, negatives) = (indices(&targets), indices(&negatives));
    let inputs = [outputs.clone(), table];
    check(
        "cross-entropy",
        &|x| kernel::cross_entropy(x[0].clone(), x[1].clone(), items, targets.clone(), weight.clone(), None).reshape([1, 1]),
        &inputs,
    );
    check(
        "sampled negative",
        &|x| {
            kernel::sampled_negative(x[0].clone(), x[1].clone(), targets.clone(), negatives.clone(), weight.clone())
                .reshape([1, 1])
        },
        &inputs,
    );
    check(
        "divergence",
        &|x| kernel::kl_to_standard_normal(x[0].clone(), x[1].clone(), weight.clone()).reshape([1, 1]),
        &[outputs, random(positions, size, 3)],
    );
}

#[test]
fn extreme_scores_stay_finite_and_no_number_shows() {
    let weight = Tensor::<2>::ones([1, 1], Compute::cpu().device());
    let table = Tensor::<2>::from_data([[0.0], [1.0], [-1.0], [0.0]], Compute::cpu().device());
    for (value, finite) in [(200.0f32, true), (-3e4, true), (f32::NAN, false), (f32::INFINITY, false)] {
        let output = Tensor::<2>::from_data([[value]], Compute::cpu().device());
        let loss = kernel::cross_entropy(output.clone(), table.clone(), 2, indices(&[2]), weight.clone(), None);
        assert_eq!(loss.into_scalar::<f32>().is_finite(), finite, "cross-entropy of {value}");
        let loss = kernel::sampled_negative(output.clone(), table.clone(), indices(&[2]), indices(&[1]), weight.clone());
        let loss = loss.into_scalar::<f32>();
        assert_eq!(loss.is_finite(), finite, "sampled negative of {value}: {loss}");
        let divergence = kernel::kl_to_standard_normal(output.zeros_like(), output, weight.clone());
        assert_eq!(
            divergence.into_scalar::<f32>().is_finite(),
            value == -3e4,
            "divergence of logvar {value}"
        );
    }
}

#[test]
fn adam() {
    let gradient = random(9, 5, 1);
    let start = || (random(9, 5, 2), (random(9, 5, 3), random(9, 5, 4).abs()));
    for decay in [1.0, 0.99] {
        let step = AdamStep {
            beta_1: 0.9,
            beta_2: 0.999,
            step_size: 0.01,
            epsilon: 1e-8,
            decay,
        };
        let (parameter, moments) = start();
        let kept = parameter.clone();
        let (value, (first, second)) = kernel::adam(parameter, gradient.clone(), moments, step);
        let (parameter, moments) = start();
        assert_eq!(
            host(kept),
            host(parameter.clone()),
            "a tensor that others hold is not written to"
        );
        let expected = composed(|| kernel::adam(parameter, gradient.clone(), moments, step));
        assert_close("parameter", &host(value), &host(expected.0), 1e-6);
        assert_close("first moment", &host(first), &host(expected.1.0), 1e-6);
        assert_close("second moment", &host(second), &host(expected.1.1), 1e-6);
    }
}

#[test]
fn steps_of_all_parameters_together_are_steps_of_each() {
    // A hidden size of 13 is no multiple of anything that memory is aligned to.
    let shape = Shape {
        items: 29,
        hidden: 13,
        layers: 1,
        heads: 1,
        length: 9,
        augmentation: Augmentation::Variational,
        log_variance: LogVariance::Stack,
        prior: Prior::Standard,
        head: Head::DotProduct,
        differences: Differences::NONE,
    };
    let train = || {
        let cpu = Compute::cpu();
        let mut model = ContrastVae::new(shape, 3, cpu.device());
        model.require_gradients();
        let mut optimiser = AdamW::default();
        for round in 0..3 {
            if round == 2 {
                // As after a checkpoint.
                let moments = optimiser.moments().to_vec();
                optimiser.restore(2, moments);
            }
            let mut loss = Tensor::<1>::zeros([1], cpu.device()).autodiff();
            model.visit_mut(&mut |_, parameter| {
                let [rows, columns] = parameter.dims();
                let target = random(rows, columns, round).autodiff();
                let distance = parameter.clone() - target;
                loss = loss.clone() + (distance.clone() * distance).sum();
            });
            optimiser.step(&mut model, &mut loss.backward(), 0.1, 0.1);
        }
        let mut values = Vec::new();
        model.visit_mut(&mut |_, parameter| values.extend(host(parameter.clone().inner())));
        let moments: Vec<f32> = optimiser
            .moments()
            .iter()
            .flat_map(|(first, second)| [host(first.clone()), host(second.clone())].concat())
            .collect();
        (values, moments)
    };
    let (each, together) = (train(), composed(train));
    assert!(each.1.len() == 2 * each.0.len() && each.1.iter().any(|&moment| moment != 0.0));
    assert_close("parameters", &each.0, &together.0, 1e-6);
    assert_close("moments", &each.1, &together.1, 1e-6);
}

/// Losses and gradients of a whole step.
fn step(layout: Layout, augmentation: Augmentation, likelihood: Likelihood, dropout: f64) -> (Vec<f32>, Vec<(String, Vec<f32>)>) {
    let cpu = Compute::cpu();
    let shape = Shape {
        items: 29,
        hidden: 16,
        layers: 2,
        heads: 2,
        length: 9,
        augmentation,
        log_variance: LogVariance::Stack,
        prior: Prior::Standard,
        head: Head::DotProduct,
        differences: Differences::NONE,
    };
    let mut model = ContrastVae::new(shape, 3, cpu.device());
    model.require_gradients();
    let rows = Rows::pack(&sequences(&[2, 5, 1, 7, 9]), 9, layout);
    let batch = Batch::new(&rows, layout, Reduction::Real, cpu.device());
    let mut noise = HostNoise::new(11);
    let mut pass = Pass::training(&mut noise, dropout, 0.0);
    let views = model.forward(&batch, Sampling::Official, 0.0, &mut pass);
    let terms = Terms {
        likelihood,
        kl_weight: 0.3,
        contrast_weight: 0.2,
        contrast_position: ContrastPosition::Pooled,
        mask_same_target: false,
        temperature: 0.5,
        ..Terms::default()
    };
    let objective = ContrastElbo::new(&model, &batch, &views, terms);
    let losses = objective.to_vector().into_data().try_to_vec::<f32>().expect("floats");
    let mut gradients = objective.total.backward();
    let mut found = Vec::new();
    model.visit_mut(&mut |name, parameter| {
        if let Some(gradient) = parameter.grad_remove(&mut gradients) {
            found.push((name.to_string(), host(gradient)));
        }
    });
    (losses, found)
}

#[test]
fn a_whole_step_is_the_same_with_loops_and_with_burns_operations() {
    for augmentation in [Augmentation::None, Augmentation::Model, Augmentation::Variational] {
        for likelihood in [Likelihood::FullSoftmax, Likelihood::SampledNegative] {
            let run = || step(Layout::Packed, augmentation, likelihood, 0.2);
            let (found, expected) = (run(), composed(run));
            assert_close("losses", &found.0, &expected.0, 2e-6);
            assert_eq!(found.1.len(), expected.1.len());
            for ((name, found), (_, expected)) in found.1.iter().zip(&expected.1) {
                assert_close(&format!("{augmentation:?}, {likelihood:?}: {name}"), found, expected, 2e-5);
            }
            let again = run();
            assert_eq!(
                again, found,
                "{augmentation:?}, {likelihood:?}: the same seed gives the same bits"
            );
        }
    }
}

#[test]
fn packing_changes_neither_losses_nor_gradients() {
    for likelihood in [Likelihood::FullSoftmax, Likelihood::SampledNegative] {
        let packed = step(Layout::Packed, Augmentation::Model, likelihood, 0.0);
        let padded = step(Layout::Padded, Augmentation::Model, likelihood, 0.0);
        assert_close("losses", &packed.0, &padded.0, 2e-6);
        for ((name, packed), (_, padded)) in packed.1.iter().zip(&padded.1) {
            assert_close(name, packed, padded, 2e-5);
        }
    }
}
