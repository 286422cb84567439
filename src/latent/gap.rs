//! Mutual information gap: whether one dimension of the latent, and no other, knows an attribute.
//!
//! In: posterior means and the value of a factor for each row. Out: [`FactorInformation`]. Source: Chen, Li, Grosse and Duvenaud, Isolating
//! sources of disentanglement in variational autoencoders (NeurIPS 2018), section 4: the difference of the two largest informations of a
//! dimension and the factor over the factor's entropy. They integrate over q(z|x); here the means stand for the latents, and both sides are
//! cut into classes of equal frequency, as in the discretised estimate of Locatello et al. (ICML 2019, appendix C), who cut into equal widths.

use serde::{Deserialize, Serialize};

/// Classes that a dimension is cut into.
pub const BINS: usize = 20;
/// Classes that a factor is cut into.
pub const CLASSES: usize = 4;

/// Information of the dimensions about one factor, in nats; equal values are never cut apart, so that there may be fewer classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactorInformation {
    /// Entropy of the factor's classes.
    pub entropy: f64,
    /// Mutual information of each dimension and the factor: the plug-in estimate less its bias, (classes - 1)(bins - 1) / (2 rows) (Miller
    /// 1955), at least 0.
    pub information: Vec<f64>,
    /// Dimension that knows most of it.
    pub best: u32,
    /// Difference of the largest and the second largest information over the entropy, 0 to 1; `None` if the factor is the same for all or there
    /// is one dimension only.
    pub gap: Option<f64>,
}

/// Information of each of `dimensions` dimensions about a factor. `means` are `[rows, dimensions]`, row-major, `factor` has a value a row.
pub fn factor_information(dimensions: usize, means: &[f32], factor: &[f32]) -> FactorInformation {
    let (classes, class_count) = cut(factor, CLASSES);
    let entropy = entropy_of(&classes, class_count);
    let information: Vec<f64> = (0..dimensions)
        .map(|dimension| {
            let values: Vec<f32> = means.iter().skip(dimension).step_by(dimensions).copied().collect();
            let (bins, bin_count) = cut(&values, BINS);
            information((&bins, bin_count), (&classes, class_count))
        })
        .collect();
    let mut order: Vec<usize> = (0..dimensions).collect();
    order.sort_by(|&a, &b| information[b].total_cmp(&information[a]));
    let gap = match order.as_slice() {
        [best, second, ..] if entropy > 0.0 => Some((information[*best] - information[*second]) / entropy),
        _ => None,
    };
    FactorInformation {
        entropy,
        best: order.first().map_or(0, |&best| best as u32),
        information,
        gap,
    }
}

/// Class of each value, of at most `most` of about equal frequency, and their number. Equal values are in one class.
fn cut(values: &[f32], most: usize) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut classes = vec![0; values.len()];
    let (mut count, mut latest) = (0, None);
    let mut first = 0;
    for alike in order.chunk_by(|&a, &b| values[a] == values[b]) {
        // Where the middle of the equal ones falls.
        let class = (2 * first + alike.len()) * most / (2 * values.len()).max(1);
        if latest != Some(class) {
            latest = Some(class);
            count += 1;
        }
        alike.iter().for_each(|&row| classes[row] = count - 1);
        first += alike.len();
    }
    (classes, count)
}

/// Entropy of classes in nats.
fn entropy_of(classes: &[usize], count: usize) -> f64 {
    let mut counts = vec![0u32; count];
    classes.iter().for_each(|&class| counts[class] += 1);
    let rows = classes.len().max(1) as f64;
    let each = counts.iter().filter(|&&count| count > 0).map(|&count| {
        let share = f64::from(count) / rows;
        -share * share.ln()
    });
    each.sum()
}

/// Mutual information of two cuts of the same rows, in nats, less the bias of the estimate.
fn information((one, ones): (&[usize], usize), (other, others): (&[usize], usize)) -> f64 {
    let both: Vec<usize> = one.iter().zip(other).map(|(&one, &other)| one * others + other).collect();
    let plain = entropy_of(one, ones) + entropy_of(other, others) - entropy_of(&both, ones * others);
    let bias = (ones.saturating_sub(1) * others.saturating_sub(1)) as f64 / (2 * one.len().max(1)) as f64;
    (plain - bias).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to below 1 without an order.
    fn noise(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 24) as f32
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn classes_are_of_equal_frequency_and_equal_values_stay_together() {
        assert_eq!(cut(&[4.0, 1.0, 3.0, 2.0], 2), (vec![1, 0, 1, 0], 2));
        assert_eq!(cut(&[0.0, 0.0, 0.0, 5.0], 4), (vec![0, 0, 0, 1], 2));
        assert_eq!(cut(&[7.0; 3], 4), (vec![0; 3], 1));
        assert_eq!(cut(&[], 4), (vec![], 0));
    }

    #[test]
    fn a_dimension_that_is_the_factor_knows_all_of_it() {
        let rows = 2_000;
        let (factor, other) = (noise(rows, 1), noise(rows, 9));
        let means: Vec<f32> = factor
            .iter()
            .zip(&other)
            .flat_map(|(&factor, &other)| [other, 3.0 * factor - 1.0])
            .collect();
        let found = factor_information(2, &means, &factor);
        assert_eq!(found.best, 1);
        assert!((found.entropy - 4f64.ln()).abs() < 1e-9, "{found:?}");
        // Less the bias of 19 * 3 / 4,000.
        assert!((found.information[1] - (4f64.ln() - 0.01425)).abs() < 1e-9, "{found:?}");
        assert!(found.information[0] < 0.01, "{found:?}");
        assert!(found.gap.unwrap() > 0.97, "{found:?}");
    }

    #[test]
    fn two_dimensions_that_know_the_same_leave_no_gap() {
        let factor = noise(1_000, 3);
        let means: Vec<f32> = factor.iter().flat_map(|&value| [value, -value]).collect();
        assert_eq!(factor_information(2, &means, &factor).gap, Some(0.0));
        assert_eq!(factor_information(1, &factor, &factor).gap, None);
        assert_eq!(factor_information(2, &means, &[1.0; 1_000]).gap, None);
    }

    #[test]
    fn the_bias_of_independent_values_is_what_is_taken_off() {
        let rows = 3_000;
        let sum: f64 = (0..20)
            .map(|seed| {
                let (one, other) = (noise(rows, 2 * seed + 1), noise(rows, 1_000 + seed));
                let ((one, ones), (other, others)) = (cut(&one, BINS), cut(&other, CLASSES));
                let both: Vec<usize> = one.iter().zip(&other).map(|(&one, &other)| one * others + other).collect();
                entropy_of(&one, ones) + entropy_of(&other, others) - entropy_of(&both, ones * others)
            })
            .sum();
        let bias = (BINS - 1) as f64 * (CLASSES - 1) as f64 / (2 * rows) as f64;
        assert!((sum / 20.0 / bias - 1.0).abs() < 0.2, "{} {bias}", sum / 20.0);
    }
}
