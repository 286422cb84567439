//! Arithmetic on slices that compilers turn into SIMD.
//!
//! In: slices. Out: numbers or slices. Everything is done in one fixed order, so the same input gives the same bits.

use std::hint::black_box;

/// Lanes of a sum: two registers of 128 bits, so that an addition need not wait for the one before it.
const LANES: usize = 8;

/// Constants of e^x, after Cephes (Moshier 1989): x = n ln 2 + r, and a polynomial in r.
///
/// Loaded before a loop and not written into it: a wasm engine (V8 at least) puts a constant of four lanes together anew each time that
/// it is used, which took half of the time.
#[derive(Clone, Copy)]
pub(super) struct Exponential {
    lowest: f32,
    highest: f32,
    log2_e: f32,
    /// Adding this rounds to an integer, which then stands in the low bits.
    round: f32,
    ln_2_high: f32,
    ln_2_low: f32,
    series: [f32; 6],
    one: f32,
    one_in_bits: u32,
}

impl Exponential {
    const VALUES: Self = Self {
        lowest: -88.0,
        highest: 89.0,
        log2_e: std::f32::consts::LOG2_E,
        round: 12_582_912.0,
        ln_2_high: 0.693_359_4,
        ln_2_low: -2.121_944_4e-4,
        series: [
            1.987_569_1e-4,
            1.398_199_9e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            5e-1,
        ],
        one: 1.0,
        one_in_bits: 0x3f80_0000,
    };

    /// The numbers, out of memory.
    pub(super) fn load() -> Self {
        black_box(Self::VALUES)
    }

    /// e^x to about one unit in the last place. Zero below -87.7 and infinite above 88.4, where the power of two leaves its range; NaN
    /// stays NaN.
    #[inline(always)]
    pub(super) fn of(&self, x: f32) -> f32 {
        let x = if x < self.lowest { self.lowest } else { x };
        let x = if x > self.highest { self.highest } else { x };
        let shifted = x * self.log2_e + self.round;
        let n = shifted - self.round;
        let r = x - n * self.ln_2_high - n * self.ln_2_low;
        let [first, rest @ ..] = self.series;
        let p = rest.into_iter().fold(first, |p, coefficient| p * r + coefficient);
        let y = p * r * r + r + self.one;
        y * f32::from_bits((shifted.to_bits() << 23).wrapping_add(self.one_in_bits))
    }
}

/// Constants of the standard normal distribution; loaded as [`Exponential`] is.
#[derive(Clone, Copy)]
pub(super) struct Normal {
    exponential: Exponential,
    scale: f32,
    series: [f32; 5],
    half: f32,
    minus_half: f32,
    peak: f32,
}

impl Normal {
    const VALUES: Self = Self {
        exponential: Exponential::VALUES,
        scale: 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2,
        series: [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6],
        half: 0.5,
        minus_half: -0.5,
        peak: 0.398_942_3,
    };

    /// The numbers, out of memory.
    pub(super) fn load() -> Self {
        black_box(Self::VALUES)
    }

    /// Distribution function and density, the former to 1e-7.
    ///
    /// Abramowitz and Stegun 1964, 7.1.26, with x / sqrt 2 for x.
    #[inline(always)]
    pub(super) fn of(&self, x: f32) -> (f32, f32) {
        let one = self.exponential.one;
        let t = one / (one + self.scale * x.abs());
        let [first, rest @ ..] = self.series;
        let p = rest.into_iter().fold(first, |p, coefficient| p * t + coefficient);
        let bell = self.exponential.of(self.minus_half * x * x);
        let tail = self.half * p * t * bell;
        let below = if x < 0.0 { tail } else { one - tail };
        (below, bell * self.peak)
    }
}

// Plain loops: a library's iterator is not always put into the loop that calls it, and a call costs more than these few steps.

/// Sum of all values.
#[inline]
pub(super) fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0f32; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += chunk[lane];
        }
    }
    in_order(&lanes) + in_order(rest)
}

/// Sum of products.
#[inline]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let count = left.len().min(right.len());
    let ((lefts, left_rest), (rights, right_rest)) = (left[..count].as_chunks::<LANES>(), right[..count].as_chunks::<LANES>());
    let mut lanes = [0.0f32; LANES];
    for (left, right) in lefts.iter().zip(rights) {
        for lane in 0..LANES {
            lanes[lane] += left[lane] * right[lane];
        }
    }
    let mut rest = 0.0;
    for (a, b) in left_rest.iter().zip(right_rest) {
        rest += a * b;
    }
    in_order(&lanes) + rest
}

/// Sum of values, one after the other.
#[inline(always)]
fn in_order(values: &[f32]) -> f32 {
    let mut sum = 0.0;
    for value in values {
        sum += value;
    }
    sum
}

/// The largest value; -inf where there is none. NaN is passed over, and shows in what is computed with the maximum.
#[inline]
pub(super) fn maximum(values: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = larger(lanes[lane], chunk[lane]);
        }
    }
    let mut largest = f32::NEG_INFINITY;
    for &value in rest.iter().chain(&lanes) {
        largest = larger(largest, value);
    }
    largest
}

/// Adds `factor * values` to `target`.
#[inline]
pub(super) fn add_scaled(target: &mut [f32], factor: f32, values: &[f32]) {
    let count = target.len().min(values.len());
    let ((targets, target_rest), (chunks, rest)) =
        (target[..count].as_chunks_mut::<LANES>(), values[..count].as_chunks::<LANES>());
    for (target, values) in targets.iter_mut().zip(chunks) {
        for lane in 0..LANES {
            target[lane] += factor * values[lane];
        }
    }
    for (target, value) in target_rest.iter_mut().zip(rest) {
        *target += factor * value;
    }
}

/// Adds each row of a matrix of `columns` columns to `target`.
pub(super) fn add_rows(target: &mut [f32], values: &[f32]) {
    for row in values.chunks_exact(target.len()) {
        for (target, value) in target.iter_mut().zip(row) {
            *target += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_and_normal_are_those_of_double_precision() {
        let (exp, normal) = (Exponential::load(), Normal::load());
        for step in -8_700..8_800 {
            let x = step as f32 / 100.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp.of(x)) - expected).abs() / expected;
            assert!(error < 2e-7, "e^{x} is off by {error:e}");
        }
        assert!(exp.of(f32::NAN).is_nan());
        assert_eq!(exp.of(0.0), 1.0);
        assert_eq!(exp.of(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp.of(100.0), f32::INFINITY);
        // Reference values of the distribution function, from tables to ten digits.
        for (x, expected) in [
            (0.0, 0.5),
            (0.5, 0.691_462_461_3),
            (-1.0, 0.158_655_253_9),
            (2.0, 0.977_249_868_1),
            (-3.0, 0.001_349_898_0),
        ] {
            let (below, _) = normal.of(x);
            assert!((f64::from(below) - expected).abs() < 1.5e-7, "{x}: {below} for {expected}");
        }
        assert!((normal.of(1.0).1 - 0.241_970_72).abs() < 1e-7);
    }

    #[test]
    fn sums_products_and_maxima_take_every_length() {
        for length in 0..40 {
            let values: Vec<f32> = (0..length).map(|index| (index * 7 % 11) as f32 - 3.0).collect();
            let plain: f32 = values.iter().sum();
            let squares: f32 = values.iter().map(|value| value * value).sum();
            assert_eq!(sum(&values), plain);
            assert_eq!(dot(&values, &values), squares);
            assert_eq!(maximum(&values), values.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        }
    }
}
