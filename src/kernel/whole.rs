//! Whole parts of a step as one operation, for devices that pay for each launch and not for its size.
//!
//! In: what the part is made of. Out: its result, or `None` if the device of its input has no such operation; the caller then composes it of
//! the smaller operations of this floor. Which device that is, nobody above has to know.

use burn::tensor::{Device, Int, Tensor, TensorData, kind::Basic};

use super::{Draw, on_gpu};
use crate::batch::Visible;

#[cfg(feature = "gpu")]
use super::gpu;

/// Parameters of an attention block, in the order of their visit.
pub const BLOCK_PARAMETERS: usize = 16;

/// An attention block over `[tokens, hidden]`. `draws` gives where dropout of attention weights, of the attention's output and of the network's
/// output draw, or `None` if masks come as tensors.
pub fn whole_block(
    input: &Tensor<2>,
    parameters: impl FnOnce() -> [Tensor<2>; BLOCK_PARAMETERS],
    (visible, heads): (&Visible, usize),
    draws: impl FnOnce(&Device) -> Option<[Option<Draw>; 3]>,
) -> Option<Tensor<2>> {
    if !on_gpu(input) {
        return None;
    }
    let draws = draws(&input.device())?;
    #[cfg(feature = "gpu")]
    return Some(gpu::block(input.clone(), parameters(), visible, heads, draws));
    #[cfg(not(feature = "gpu"))]
    return none((parameters, visible, heads, draws));
}

/// The inputs of a network: layer norm of items plus positions with dropout, `copies` times one below the other. `of` gives the item table, the
/// position table, and the norm's weight and bias, and the rows of both tables for each token.
pub fn whole_embedding(
    table: &Tensor<2>,
    of: impl FnOnce() -> ([Tensor<2>; 4], [Tensor<1, Int>; 2]),
    copies: usize,
    draws: impl FnOnce(&Device) -> Option<[Option<Draw>; 1]>,
) -> Option<Tensor<2>> {
    if !on_gpu(table) {
        return None;
    }
    let [draw] = draws(&table.device())?;
    #[cfg(feature = "gpu")]
    {
        let (parameters, [ids, places]) = of();
        Some(gpu::embedding(parameters, ids, places, copies, draw))
    }
    #[cfg(not(feature = "gpu"))]
    none((of, copies, draw))
}

/// Latents of one or two views out of their posteriors, one below the other. `draws` gives where the deviations of the second view are dropped,
/// and where the noise of the first one is drawn; that of the second follows it.
pub fn whole_latents(
    (mu, logvar): (&Tensor<2>, &Tensor<2>),
    views: usize,
    draws: impl FnOnce(&Device) -> Option<(Option<Draw>, Draw)>,
) -> Option<Tensor<2>> {
    if !on_gpu(logvar) {
        return None;
    }
    let (keep, noise) = draws(&logvar.device())?;
    #[cfg(feature = "gpu")]
    return Some(gpu::latents(mu.clone(), logvar.clone(), views, keep, noise));
    #[cfg(not(feature = "gpu"))]
    none((mu, views, keep, noise))
}

/// NT-Xent between two views of sequences, whose vectors are sums over the positions of each: `pool` `[S, N]`, `latents` `[2N, d]`. Sequences
/// with the same label are no negatives of each other.
pub fn whole_nt_xent(pool: &Tensor<2>, latents: &Tensor<2>, temperature: f64, labels: Option<&[i32]>) -> Option<Tensor<1>> {
    if !on_gpu(latents) {
        return None;
    }
    let device = latents.device().inner();
    let labels = labels.map(|labels| Tensor::<1, Int>::from_data(TensorData::new(labels.to_vec(), [labels.len()]), &device));
    #[cfg(feature = "gpu")]
    return Some(gpu::nt_xent(gpu::pooled(pool.clone(), latents.clone()), temperature, labels));
    #[cfg(not(feature = "gpu"))]
    none((pool, temperature, labels))
}

#[cfg(not(feature = "gpu"))]
fn none<T, U>(_unused: T) -> Option<U> {
    None
}

/// `first` and the others, each with its weight; all have one element.
pub fn weighted_sum(first: Tensor<1>, others: Vec<(Tensor<1>, f64)>) -> Tensor<1> {
    #[cfg(feature = "gpu")]
    if let (true, [(second, of_second), (third, of_third)]) = (on_gpu(&first), others.as_slice()) {
        return gpu::weighted_sum([first, second.clone(), third.clone()], [1.0, *of_second, *of_third]);
    }
    others
        .into_iter()
        .fold(first, |sum, (other, weight)| sum + other.mul_scalar(weight))
}

/// Tensors of one element in one row, without gradients.
pub fn gathered(numbers: Vec<Tensor<1>>) -> Tensor<1> {
    let numbers = match <[Tensor<1>; 4]>::try_from(numbers) {
        #[cfg(feature = "gpu")]
        Ok(numbers) if on_gpu(&numbers[0]) => return gpu::gathered(numbers),
        Ok(numbers) => numbers.to_vec(),
        Err(numbers) => numbers,
    };
    Tensor::cat(numbers, 0).inner()
}

/// Values of several views at each position, one below the other, to be used with `outputs` of all views. If the views are `alike`, operations of
/// some devices take it once and go through it again.
pub fn of_views<const D: usize, K: Basic>(mut each: Vec<Tensor<D, K>>, alike: bool, outputs: &Tensor<2>) -> Tensor<D, K> {
    if alike && on_gpu(outputs) {
        each.truncate(1);
    }
    Tensor::cat(each, 0)
}
