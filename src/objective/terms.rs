//! The terms of ContrastELBO, each a function of tensors.
//!
//! In: decoder outputs, posterior parameters or pooled latents, with the weights that average over positions. Out: tensors of one
//! element, in nats. Shapes: M tokens of all views, S sequences, d the hidden size.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData, activation};

use crate::{kernel, model::ContrastVae};

/// Cross-entropy of the next item over all items: mean of logsumexp(o E^T) - o . e_target at positions with a target.
///
/// `outputs` is `[M, d]`, `targets` holds embedding rows `[M]`, `weight` is `[M, 1]`; with two views the weights of each view sum
/// to 1, so the result is the sum of the views' means.
pub fn cross_entropy(model: &ContrastVae, outputs: Tensor<2>, targets: Tensor<1, Int>, weight: Tensor<2>) -> Tensor<1> {
    kernel::cross_entropy(outputs, model.table(), model.shape().items, targets, weight, None)
}

/// Binary cross-entropy of the next item and one sampled negative: mean of -ln s(o . e_target) - ln(1 - s(o . e_negative)) (the
/// paper's L_CE; official code, `trainers.py`). Written with softplus, which stays finite for any score.
pub fn sampled_negative(
    model: &ContrastVae,
    outputs: Tensor<2>,
    targets: Tensor<1, Int>,
    negatives: Tensor<1, Int>,
    weight: Tensor<2>,
) -> Tensor<1> {
    kernel::sampled_negative(outputs, model.table(), targets, negatives, weight)
}

/// KL(N(mu, exp(logvar)) || N(0, I)) = -1/2 sum_d (1 + logvar - mu^2 - exp(logvar)), averaged by `weight` `[M, 1]`.
pub fn kl_to_standard_normal(mu: Tensor<2>, logvar: Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
    kernel::kl_to_standard_normal(mu, logvar, weight)
}

/// NT-Xent over the 2S vectors of both views (official code, `modules.py`): cosine similarity over `temperature`; the positive of
/// each vector is the other view of the same sequence, its negatives are the 2S - 2 others, less the pairs `left_out`.
///
/// `first` and `second` are `[S, d]`, `left_out` is `[2S, 2S]` and holds at least the diagonal
/// ([`pairs_left_out`](super::pairs_left_out)). ln(2S - 1) when all vectors are alike and only the diagonal is left out.
pub fn nt_xent(first: Tensor<2>, second: Tensor<2>, temperature: f64, left_out: Tensor<2, Bool>) -> Tensor<1> {
    let device = first.device().inner();
    let sequences = first.dims()[0];
    let count = 2 * sequences;
    let both = Tensor::cat(vec![first, second], 0);
    let length = (both.clone() * both.clone()).sum_dim(1).add_scalar(1e-24).sqrt();
    let unit = both / length;
    let similarity = unit.clone().matmul(unit.transpose()).mul_scalar(1.0 / temperature);
    let similarity = similarity.mask_fill(left_out, -1e9);
    let log_share = activation::log_softmax(similarity, 1);
    (log_share * partners(sequences, &device))
        .sum()
        .mul_scalar(-1.0 / count as f64)
}

/// Alignment and uniformity as a loss (Wang and Isola, Understanding contrastive representation learning through alignment and
/// uniformity on the hypersphere, ICML 2020; exponents 2 and 2): with u and v the vectors of both sides over their lengths,
///
/// mean_i |u_i - v_i|^2 + weight / 2 (uniform(u) + uniform(v)), uniform(u) = ln mean_{i<j} exp(-2 |u_i - u_j|^2).
///
/// `first` and `second` are `[S, d]`. Pairs whose `labels` are the same and not 0 are left out of the uniformity, which is 0 where no
/// pair is left. From 0 down: 0 is the worst uniformity, one direction for all.
pub fn align_uniform(first: Tensor<2>, second: Tensor<2>, weight: f64, labels: Option<&[i32]>) -> Tensor<1> {
    let [sequences, _] = first.dims();
    let unit = |vectors: Tensor<2>| {
        let length = (vectors.clone() * vectors.clone()).sum_dim(1).add_scalar(1e-24).sqrt();
        vectors / length
    };
    let (first, second) = (unit(first), unit(second));
    let difference = first.clone() - second.clone();
    let alignment = (difference.clone() * difference)
        .sum()
        .mul_scalar(1.0 / sequences.max(1) as f64);
    let apart = |row: usize, column: usize| {
        let alike = |labels: &[i32]| labels[row] != 0 && labels[row] == labels[column];
        row < column && !labels.is_some_and(alike)
    };
    let counted: Vec<f32> = (0..sequences * sequences)
        .map(|index| f32::from(u8::from(apart(index / sequences, index % sequences))))
        .collect();
    let pairs = counted.iter().filter(|&&count| count > 0.0).count();
    if pairs == 0 {
        return alignment;
    }
    let device = first.device().inner();
    let counted = Tensor::<2>::from_data(TensorData::new(counted, [sequences, sequences]), &device);
    // |u - v|^2 = 2 - 2 u.v for unit vectors.
    let uniformity = |unit: Tensor<2>| {
        let cosine = unit.clone().matmul(unit.transpose());
        let near = cosine.mul_scalar(4.0).add_scalar(-4.0).exp() * counted.clone();
        near.sum().mul_scalar(1.0 / pairs as f64).log()
    };
    alignment + (uniformity(first) + uniformity(second)).mul_scalar(0.5 * weight)
}

/// The prior term of the variational mode's alpha (official code, `modules.py`; the polynomial of Kingma, Salimans and Welling,
/// Variational dropout and the local reparameterization trick, 2015, equation 14). `alpha` is `[1, 1]`.
pub fn alpha_prior(alpha: Tensor<2>) -> Tensor<1> {
    let square = alpha.clone() * alpha.clone();
    let cube = square.clone() * alpha.clone();
    (alpha.clone().log().mul_scalar(0.5) + alpha.mul_scalar(1.161_451_241_083_23) - square.mul_scalar(1.502_041_176_441_722)
        + cube.mul_scalar(0.586_299_206_427_007))
    .sum()
    .neg()
}

/// 1 where row and column are the two views of one sequence.
fn partners(sequences: usize, device: &Device) -> Tensor<2> {
    let count = 2 * sequences;
    let values: Vec<f32> = (0..count * count)
        .map(|index| {
            if (index / count + sequences) % count == index % count {
                1.0
            } else {
                0.0
            }
        })
        .collect();
    Tensor::from_data(TensorData::new(values, [count, count]), device)
}
