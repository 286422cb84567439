//! Averages of weights: average + (weight - average) * taken, for all parameters together.
//!
//! In: averages and weights without gradients. Out: the averages after them. On the CPU it is one pass in place, on a GPU a launch.

use burn::tensor::Tensor;

use super::{
    on_host,
    operation::{primitive, values, whole},
};
use crate::{
    device::CpuBackend,
    parallel::{for_each_piece, piece_rows},
};

/// Values that are dealt with at a time.
const VALUES: usize = 4_096;

/// The averages after these weights, of which the share `taken` enters.
pub fn averaged(averages: Vec<Tensor<2>>, weights: Vec<Tensor<2>>, taken: f64) -> Vec<Tensor<2>> {
    if averages.first().is_some_and(on_host) {
        return fused(averages, weights, taken as f32);
    }
    #[cfg(feature = "gpu")]
    if averages.first().is_some_and(super::on_gpu) {
        return super::gpu::averaged(averages, weights, taken);
    }
    let each = averages.into_iter().zip(weights);
    each.map(|(average, weight)| average.clone() + (weight - average).mul_scalar(taken))
        .collect()
}

fn fused(averages: Vec<Tensor<2>>, weights: Vec<Tensor<2>>, taken: f32) -> Vec<Tensor<2>> {
    let mut averages: Vec<_> = averages.into_iter().map(whole).collect();
    let weights: Vec<_> = weights.into_iter().map(primitive).collect();
    let mut parts: Vec<(&mut [f32], &[f32])> = Vec::new();
    for (average, weight) in averages.iter_mut().zip(&weights) {
        parts.extend(
            average
                .storage_mut::<f32>()
                .chunks_mut(VALUES)
                .zip(values(weight).chunks(VALUES)),
        );
    }
    let piece = piece_rows(parts.len(), VALUES as f64 / 4.0);
    for_each_piece(parts.len(), piece, parts.as_mut_slice(), |_, parts| {
        for (averages, weights) in parts {
            for (average, weight) in averages.iter_mut().zip(*weights) {
                *average += (weight - *average) * taken;
            }
        }
    });
    averages.into_iter().map(Tensor::from_primitive::<CpuBackend>).collect()
}
