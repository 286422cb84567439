//! Arithmetic on slices that compilers turn into SIMD, and matrix products.
//!
//! In: slices. Out: numbers or slices. Everything is done in one fixed order, so the same input gives the same bits.

/// Lanes of a sum: two registers of 128 bits, so that an addition need not wait for the one before it.
const LANES: usize = 8;

/// e^x to about one unit in the last place, after Cephes (Moshier 1989): x = n ln 2 + r, and a polynomial in r.
///
/// Zero below -87.7 and infinite above 88.4, where the power of two leaves its range; NaN stays NaN.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Adding this rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -88.0 { -88.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 5e-1;
    let y = p * r * r + r + 1.0;
    y * f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000))
}

/// Distribution function and density of the standard normal distribution, the former to 1e-7.
///
/// Abramowitz and Stegun 1964, 7.1.26, with x / sqrt 2 for x.
#[inline(always)]
pub(super) fn normal(x: f32) -> (f32, f32) {
    let distance = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2 * distance);
    let mut p = 1.061_405_4;
    p = p * t - 1.453_152;
    p = p * t + 1.421_413_7;
    p = p * t - 0.284_496_74;
    p = p * t + 0.254_829_6;
    let bell = exp(-0.5 * x * x);
    let tail = 0.5 * p * t * bell;
    let below = if x < 0.0 { tail } else { 1.0 - tail };
    (below, bell * 0.398_942_3)
}

/// Sum of all values.
pub(super) fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Sum of products.
#[inline]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (lefts, rights) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest: f32 = lefts.remainder().iter().zip(rights.remainder()).map(|(a, b)| a * b).sum();
    for (left, right) in lefts.zip(rights) {
        for ((lane, a), b) in lanes.iter_mut().zip(left).zip(right) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// The largest value; -inf where there is none. NaN is passed over, and shows in what is computed with the maximum.
pub(super) fn maximum(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let rest = chunks.remainder().iter().fold(f32::NEG_INFINITY, |a, &b| larger(a, b));
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, value);
        }
    }
    lanes.iter().fold(rest, |a, &b| larger(a, b))
}

/// Adds `factor * values` to `target`.
#[inline]
pub(super) fn add_scaled(target: &mut [f32], factor: f32, values: &[f32]) {
    for (target, value) in target.iter_mut().zip(values) {
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

/// A matrix in a slice, possibly turned.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    turned: bool,
}

impl<'a> Matrix<'a> {
    /// `rows * columns` values, row by row.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a matrix of {rows} rows and {columns} columns");
        Self {
            values,
            rows,
            columns,
            turned: false,
        }
    }

    /// The transpose.
    pub fn turned(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            turned: !self.turned,
        }
    }

    /// Distances between neighbours in a row and in a column.
    fn strides(&self) -> (isize, isize) {
        match self.turned {
            false => (1, self.columns as isize),
            true => (self.rows as isize, 1),
        }
    }
}

/// `left * right`, row by row.
pub(super) fn product(left: Matrix, right: Matrix) -> Vec<f32> {
    let count = left.rows * right.columns;
    if left.columns == 0 {
        return vec![0.0; count];
    }
    // Not zeroed first: that alone was a twentieth of a training step.
    let mut target = Vec::with_capacity(count);
    // SAFETY: the buffer has room for `count` values, and a product that is not added to anything writes each of them.
    unsafe {
        multiply(target.as_mut_ptr(), left, right, false);
        target.set_len(count);
    }
    target
}

/// `target = left * right`, or with `add` `target += left * right`; `target` is row-major.
pub(super) fn product_into(target: &mut [f32], left: Matrix, right: Matrix, add: bool) {
    assert_eq!(
        target.len(),
        left.rows * right.columns,
        "a product has as many values as its shape says"
    );
    // SAFETY: the slice has exactly the values that are written, is borrowed exclusively, and is initialised.
    unsafe { multiply(target.as_mut_ptr(), left, right, add) }
}

/// # Safety
///
/// `target` has room for `left.rows * right.columns` values that nothing else refers to; with `add` they are initialised.
unsafe fn multiply(target: *mut f32, left: Matrix, right: Matrix, add: bool) {
    assert_eq!(left.columns, right.rows, "the inner sizes of a product agree");
    let (left_column, left_row) = left.strides();
    let (right_column, right_row) = right.strides();
    // SAFETY: the lengths of the factors are those of their shapes (`Matrix::new`), the strides stay within them, and the caller
    // vouches for `target`.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            target,
            1,
            right.columns as isize,
            add,
            left.values.as_ptr(),
            left_column,
            left_row,
            right.values.as_ptr(),
            right_column,
            right_row,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_and_normal_are_those_of_double_precision() {
        for step in -8_700..8_800 {
            let x = step as f32 / 100.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2e-7, "e^{x} is off by {error:e}");
        }
        assert!(exp(f32::NAN).is_nan());
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(100.0), f32::INFINITY);
        // Reference values of the distribution function, from tables to ten digits.
        for (x, expected) in [
            (0.0, 0.5),
            (0.5, 0.691_462_461_3),
            (-1.0, 0.158_655_253_9),
            (2.0, 0.977_249_868_1),
            (-3.0, 0.001_349_898_0),
        ] {
            let (below, _) = normal(x);
            assert!((f64::from(below) - expected).abs() < 1.5e-7, "{x}: {below} for {expected}");
        }
        assert!((normal(1.0).1 - 0.241_970_72).abs() < 1e-7);
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

    #[test]
    fn products_of_turned_matrices_are_those_of_their_values() {
        let (left, right) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, -1.0, 2.0, 0.5, 0.0, 3.0]);
        let (wide, tall) = (Matrix::new(&left, 2, 3), Matrix::new(&right, 3, 2));
        let mut target = product(wide, tall);
        assert_eq!(target, [5.0, 9.0, 14.0, 16.5]);
        product_into(&mut target, wide, tall, false);
        assert_eq!(target, [5.0, 9.0, 14.0, 16.5]);
        product_into(&mut target, wide, Matrix::new(&right, 2, 3).turned(), true);
        assert_eq!(target, [5.0 + 5.0, 9.0 + 9.5, 14.0 + 11.0, 16.5 + 20.0]);
        assert_eq!(product(Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 3)), [0.0; 6]);
    }
}
