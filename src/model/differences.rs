//! The path of fixed causal differences beside attention, and noise along what it finds.
//!
//! In: the input of an attention block. Out: what is added to the block's residual; and, for the second view of a batch, noise of its embedded
//! inputs along the drift of each sequence. Source: KERec's official code (`yyt-1219/KERec`, `modules.py` and `models.py`; a paper was not
//! found). Departures: a difference ends at the begin of a user's sequence, where KERec's windows have padding with embeddings; the mean size of
//! a drift is over the positions so far, where KERec's is over the window, so that no position of a view knows of later ones.

use burn::tensor::{Int, Tensor, activation};

use super::{DriftNoise, Linear, Pass, head::unit, initialise::Initialise};
use crate::{batch::Visible, kernel};

/// Scale of the path at the start.
const SCALE: f32 = 0.1;
/// Largest noise of a position, in mean sizes of the drift so far.
const LARGEST: f64 = 2.0;
/// Keeps the mean of sizes that are all 0 from being divided by.
const EPSILON: f64 = 1e-8;

/// Lags of the differences beside attention: as many as `count`, 1, 1 + spacing, 1 + 2 spacing and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Differences {
    /// Number of lags; 0 if there is no such path.
    pub count: usize,
    /// Positions from one lag to the next.
    pub spacing: usize,
}

impl Differences {
    /// No such path.
    pub const NONE: Self = Self { count: 0, spacing: 1 };

    /// The lags, in positions.
    pub fn lags(&self) -> Vec<usize> {
        (0..self.count).map(|index| 1 + index * self.spacing).collect()
    }

    /// Kinds that the gate weighs: the states themselves, and for each lag the differences of order 1 and 2.
    pub fn kinds(&self) -> usize {
        1 + 2 * self.count
    }

    /// Number of trained values in a block of this width.
    pub fn parameter_count(&self, hidden: usize) -> usize {
        match self.count {
            0 => 0,
            _ => self.gate_weights(hidden) + 2 * hidden + self.kinds() + 1,
        }
    }

    /// Weights of the gate's two maps, each of which takes two operations a token.
    pub fn gate_weights(&self, hidden: usize) -> usize {
        match self.count {
            0 => 0,
            _ => 2 * hidden * (self.kinds() * hidden + self.kinds()),
        }
    }
}

/// The path of one block: the gated sum of the states and their differences, times a learned scale.
#[derive(Clone, Debug)]
pub(super) struct DifferencePath {
    lags: Vec<usize>,
    gate: [Linear; 2],
    /// `[1, 1]`.
    scale: Tensor<2>,
}

impl DifferencePath {
    /// The path of a block of width `hidden`; None if there are no lags.
    pub(super) fn new(differences: Differences, hidden: usize, initialise: &mut Initialise) -> Option<Self> {
        let kinds = differences.kinds();
        (differences.count > 0).then(|| Self {
            lags: differences.lags(),
            gate: [
                Linear::new(kinds * hidden, 2 * hidden, initialise),
                Linear::new(2 * hidden, kinds, initialise),
            ],
            scale: initialise.constant(1, SCALE),
        })
    }

    /// The gated sum at each token, `[tokens, hidden]`, or at `rows` alone.
    fn gated(&self, input: Tensor<2>, visible: &Visible, rows: Option<Tensor<1, Int>>) -> Tensor<2> {
        let mut kinds = kernel::differences(input, visible, &self.lags);
        if let Some(rows) = rows {
            kinds = kinds.select(0, rows);
        }
        let [first, second] = &self.gate;
        let logits = second.forward(activation::silu(first.forward(kinds.clone())));
        kernel::gated_sum(kinds, logits)
    }

    /// Addend of the path at each token, `[tokens, hidden]`, or at `rows` alone.
    pub(super) fn forward(
        &self,
        input: Tensor<2>,
        visible: &Visible,
        rows: Option<Tensor<1, Int>>,
        pass: &mut Pass,
    ) -> Tensor<2> {
        pass.hidden_dropout(self.gated(input, visible, rows)) * self.scale.clone()
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        let [first, second] = &mut self.gate;
        first.visit_mut(&format!("{prefix}.gate_1"), visit);
        second.visit_mut(&format!("{prefix}.gate_2"), visit);
        visit(&format!("{prefix}.scale"), &mut self.scale);
    }
}

/// Where the states of a sequence go, at each token, `[tokens, hidden]`: the gated sum of a path, or without one the difference to the position
/// before.
pub(super) fn drift(path: Option<&DifferencePath>, input: Tensor<2>, visible: &Visible) -> Tensor<2> {
    match path {
        Some(path) => path.gated(input, visible, None),
        None => {
            let [_, hidden] = input.dims();
            kernel::differences(input, visible, &[1]).narrow(1, hidden, hidden)
        }
    }
}

/// Noise along `drift`, `[tokens, hidden]`, without gradients; None in an evaluation. A position is hit with the probability `noise.share`. Its
/// noise is as long as its drift over the mean length so far, at most 2, and has the direction of (1 - random) u + random v, u being the
/// drift's and v a random one.
pub(super) fn noise_along(drift: Tensor<2>, visible: &Visible, noise: DriftNoise, pass: &mut Pass) -> Option<Tensor<2>> {
    let drift = drift.inner();
    let ([tokens, _], device) = (drift.dims(), drift.device());
    let random = pass.normal_like(&drift)?.inner();
    let length = (drift.clone() * drift.clone()).sum_dim(1).sqrt();
    let (rows, columns) = (visible.rows(), visible.length());
    let mean = visible.averages(&device).matmul(length.clone().reshape([rows, columns, 1]));
    let size = (length / mean.reshape([tokens, 1]).add_scalar(EPSILON)).clamp(0.0, LARGEST);
    let direction = unit(drift).mul_scalar(1.0 - noise.random) + unit(random).mul_scalar(noise.random);
    let along = unit(direction) * size;
    Some(match pass.rows_hit(tokens, noise.share, &device) {
        Some(hit) => along * hit,
        None => along,
    })
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{
        batch::{Batch, Layout, Reduction, Rows},
        device::Compute,
        kernel::{HostNoise, Noise},
    };

    fn batch(histories: &[&[u32]]) -> Batch {
        let rows = Rows::of_histories(histories, 9, Layout::Packed);
        Batch::new(&rows, Layout::Packed, Reduction::Real, Compute::cpu().device())
    }

    fn floats(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    fn random(rows: usize, columns: usize) -> Tensor<2> {
        HostNoise::new(4).normal([rows, columns], Compute::cpu().device())
    }

    #[test]
    fn lags_begin_at_one() {
        let lags = |count, spacing| Differences { count, spacing }.lags();
        assert_eq!((lags(3, 2), lags(2, 1), lags(0, 5)), (vec![1, 3, 5], vec![1, 2], vec![]));
    }

    #[test]
    fn the_path_is_its_formula() {
        const HIDDEN: usize = 4;
        let differences = Differences { count: 2, spacing: 2 };
        let compute = Compute::cpu();
        let mut initialise = Initialise::new(3, compute.device());
        let mut path = DifferencePath::new(differences, HIDDEN, &mut initialise).unwrap();
        let mut count = 0;
        let mut weights = std::collections::BTreeMap::new();
        path.visit_mut("path", &mut |name, parameter| {
            let [rows, columns] = parameter.dims();
            count += rows * columns;
            // Larger than at the start, so that the gate is no mean.
            if name != "path.scale" {
                *parameter = random(rows, columns).mul_scalar(0.7);
            }
            weights.insert(name.to_owned(), floats(parameter.clone()));
        });
        assert_eq!(count, differences.parameter_count(HIDDEN));
        let batch = batch(&[&[0, 1, 2], &[3, 4, 5, 6, 7]]);
        let input = random(9, HIDDEN);
        let found = floats(path.forward(input.clone(), &batch.visible, None, &mut Pass::evaluation()));
        let input: Vec<f64> = floats(input).into_iter().map(f64::from).collect();
        let spans = batch.visible.spans();
        let kinds = differences.kinds();
        for token in 0..9 {
            let at = |lag: usize, column: usize| match (token >= lag) && token - lag >= spans[token].start as usize {
                true => input[(token - lag) * HIDDEN + column],
                false => 0.0,
            };
            let mut features: Vec<f64> = (0..HIDDEN).map(|column| at(0, column)).collect();
            for lag in [1, 3] {
                features.extend((0..HIDDEN).map(|column| at(lag, column) - at(0, column)));
                features.extend((0..HIDDEN).map(|column| at(2 * lag, column) - 2.0 * at(lag, column) + at(0, column)));
            }
            let affine = |name: &str, input: &[f64]| -> Vec<f64> {
                let (weight, bias) = (&weights[&format!("{name}.weight")], &weights[&format!("{name}.bias")]);
                let of_column = |column: usize| {
                    let terms = input.iter().enumerate();
                    let sum: f64 = terms.map(|(row, x)| x * f64::from(weight[row * bias.len() + column])).sum();
                    sum + f64::from(bias[column])
                };
                (0..bias.len()).map(of_column).collect()
            };
            let inner: Vec<f64> = affine("path.gate_1", &features)
                .iter()
                .map(|x| x / (1.0 + (-x).exp()))
                .collect();
            let shares: Vec<f64> = affine("path.gate_2", &inner).iter().map(|x| x.exp()).collect();
            let all: f64 = shares.iter().sum();
            for column in 0..HIDDEN {
                let sum: f64 = (0..kinds)
                    .map(|kind| shares[kind] / all * features[kind * HIDDEN + column])
                    .sum();
                let found = f64::from(found[token * HIDDEN + column]);
                assert!(
                    (found - 0.1 * sum).abs() < 1e-5,
                    "{token}, {column}: {found}, not {}",
                    0.1 * sum
                );
            }
        }
    }

    /// Masks that hit every other position, and normal numbers of a generator.
    struct EveryOther(HostNoise);

    impl Noise for EveryOther {
        fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
            self.0.normal(shape, device)
        }

        fn keep_mask(&mut self, [rows, columns]: [usize; 2], rate: f64, device: &Device) -> Tensor<2> {
            assert_eq!(columns, 1);
            let keep = (1.0 / (1.0 - rate)) as f32;
            let values = (0..rows).map(|row| if row % 2 == 0 { keep } else { 0.0 }).collect();
            Tensor::from_data(burn::tensor::TensorData::new(values, [rows, 1]), device)
        }
    }

    #[test]
    fn noise_is_as_long_as_the_drift_over_its_mean_so_far_and_only_where_it_hits() {
        let batch = batch(&[&[0, 1, 2, 3], &[3, 4, 5, 6, 7]]);
        // Each third position goes so far that its noise is cut.
        let far: Vec<f32> = (0..9).map(|token| [1.0, 1.0, 10.0][token % 3]).collect();
        let far = Tensor::from_data(burn::tensor::TensorData::new(far, [9, 1]), Compute::cpu().device());
        let drift = random(9, 6) * far;
        let noise = |random, share| {
            let mut source = EveryOther(HostNoise::new(8));
            let pass = &mut Pass::training(&mut source, 0.0, 0.0);
            floats(noise_along(drift.clone(), &batch.visible, DriftNoise { share, random }, pass).unwrap())
        };
        let along = floats(drift.clone());
        let length = |row: &[f32]| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let lengths: Vec<f64> = along.chunks_exact(6).map(length).collect();
        let (straight, mixed, all) = (noise(0.0, 0.25), noise(0.5, 0.25), noise(0.0, 1.0));
        let mut cut = 0;
        for token in 0..9 {
            let span = &batch.visible.spans()[token];
            let so_far = &lengths[span.start as usize..=token];
            let expected = (lengths[token] / (so_far.iter().sum::<f64>() / so_far.len() as f64)).min(2.0);
            cut += usize::from(expected == LARGEST);
            let of = |noise: &[f32]| noise[token * 6..(token + 1) * 6].to_vec();
            assert!((length(&of(&all)) - expected).abs() < 1e-5);
            let hit = if token % 2 == 0 { expected } else { 0.0 };
            assert!((length(&of(&straight)) - hit).abs() < 1e-5);
            assert!((length(&of(&mixed)) - hit).abs() < 1e-5, "a part of chance keeps the length");
            let product: f64 = of(&all)
                .iter()
                .zip(&along[token * 6..])
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum();
            assert!(
                (product / expected / lengths[token] - 1.0).abs() < 1e-5,
                "the direction is the drift's"
            );
            let cosine: f64 = of(&mixed)
                .iter()
                .zip(&along[token * 6..])
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum();
            assert!(token % 2 == 1 || (cosine / expected / lengths[token]) < 0.99);
        }
        assert!((1..5).contains(&cut), "{cut}");
    }
}
