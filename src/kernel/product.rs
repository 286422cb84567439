//! Products of matrices in slices.
//!
//! In: matrices, row by row or turned. Out: their product, row by row. The same input gives the same bits on the same machine.

// Compiled natively for its tests alone.
#[cfg(any(test, target_arch = "wasm32"))]
mod tiles;

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
    #[cfg(not(target_arch = "wasm32"))]
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
}
