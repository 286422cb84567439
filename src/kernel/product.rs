//! Products of matrices in slices.
//!
//! In: matrices, row by row or transposed. Out: their product, row by row. The same input gives the same bits on the same machine, for any
//! number of threads: a product is cut into pieces by its shape.

#![expect(
    unsafe_code,
    reason = "gemm and the tiles write through pointers, so that memory need not be zeroed first"
)]

// Compiled natively for its tests alone.
#[cfg(any(test, target_arch = "wasm32"))]
mod tiles;

use std::{mem::MaybeUninit, ops::Range, slice};

use crate::parallel::{Rows, for_each_piece, piece_rows, unwritten, written};

/// A matrix in a slice, possibly a part of a larger one, possibly transposed.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    /// From the first value on.
    values: &'a [f32],
    rows: usize,
    columns: usize,
    /// Distance between the lines of the slice: rows, or columns where it is transposed.
    stride: usize,
    turned: bool,
}

impl<'a> Matrix<'a> {
    /// `rows * columns` values, row by row.
    pub(super) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a matrix of {rows} rows and {columns} columns");
        Self {
            values,
            rows,
            columns,
            stride: columns,
            turned: false,
        }
    }

    /// The transpose.
    pub(super) fn turned(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            turned: !self.turned,
            ..self
        }
    }

    /// Some of the rows.
    pub(super) fn rows(self, range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end && range.end <= self.rows,
            "rows {range:?} of {}",
            self.rows
        );
        let first = range.start * if self.turned { 1 } else { self.stride };
        Self {
            values: &self.values[first.min(self.values.len())..],
            rows: range.len(),
            ..self
        }
    }

    /// Distances between neighbours in a row and in a column.
    #[cfg(not(target_arch = "wasm32"))]
    fn strides(&self) -> (isize, isize) {
        match self.turned {
            false => (1, self.stride as isize),
            true => (self.stride as isize, 1),
        }
    }
}

/// Multiplications and additions that a core does in a nanosecond, at least: what pieces of products are measured by.
const PER_NANOSECOND: f64 = 16.0;

/// Rows of `left * right` that make a piece of work.
pub(super) fn product_piece(rows: usize, inner: usize, columns: usize) -> usize {
    // Whole tiles, whatever kernel computes them.
    piece_rows(rows, (inner * columns) as f64 / PER_NANOSECOND).next_multiple_of(8)
}

/// `left * right`, row by row.
pub(super) fn product(left: Matrix, right: Matrix) -> Vec<f32> {
    let (rows, columns) = (left.rows, right.columns);
    // Not zeroed first: that alone was a twentieth of a training step.
    let mut target = unwritten(rows * columns);
    let piece = product_piece(rows, left.columns, columns);
    for_each_piece(rows, piece, Rows::new(&mut target, columns), |range, target| {
        product_of(target.into_values(), left.rows(range), right);
    });
    // SAFETY: each piece writes its rows, and the pieces are all rows.
    unsafe { written(target) }
}

/// Writes `left * right` to `target` on this thread; gives what was written.
pub(super) fn product_of<'a>(target: &'a mut [MaybeUninit<f32>], left: Matrix, right: Matrix) -> &'a mut [f32] {
    let count = left.rows * right.columns;
    assert_eq!(target.len(), count, "a product has as many values as its shape says");
    let target = target.as_mut_ptr().cast::<f32>();
    // SAFETY: the slice has exactly the values that are written and is borrowed exclusively; zero is a number of all zero bits, and a product
    // that is not added to anything writes each value.
    unsafe {
        match left.columns {
            0 => target.write_bytes(0, count),
            _ => multiply(target, left, right, false),
        }
        slice::from_raw_parts_mut(target, count)
    }
}

/// `target = left * right`, or with `add` `target += left * right`, on this thread; `target` is row-major.
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
#[cfg(not(target_arch = "wasm32"))]
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

/// `gemm` addresses each number by strides of any size, which costs a wasm engine half of the speed: there the products are our own.
#[cfg(target_arch = "wasm32")]
use tiles::multiply;
#[cfg(target_arch = "wasm32")]
pub(crate) use tiles::strip_slot;

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn parts_of_matrices_are_those_of_their_rows() {
        let values: Vec<f32> = (0..6).map(|value| value as f32).collect();
        let unit = [1.0, 0.0, 0.0, 1.0];
        let of = |part: Matrix| product(part, Matrix::new(&unit, 2, 2));
        assert_eq!(of(Matrix::new(&values, 3, 2).rows(1..3)), [2.0, 3.0, 4.0, 5.0]);
        assert_eq!(of(Matrix::new(&values, 2, 3).turned().rows(1..3)), [1.0, 4.0, 2.0, 5.0]);
        assert_eq!(of(Matrix::new(&values, 3, 2).rows(3..3)), [0.0; 0]);
    }
}
