//! Products of matrices for WebAssembly: packed panels, and tiles of the product that stay in registers.
//!
//! In: two matrices. Out: their product, row by row, each number summed in the order of the inner axis.
//!
//! The scheme is that of Goto and van de Geijn 2008 (Anatomy of High-Performance Matrix Multiplication), at the size of one wasm thread.
//! Panels lie in the order in which a tile reads them, so that each load has a constant distance from the one before, and the
//! compiler keeps a tile's sums in the sixteen registers that an engine has at least. The sums are those of plain multiplications and
//! additions, or, where the browser has them, of fused ones (`fused.wat`).

use std::{cell::RefCell, hint::black_box, mem::size_of, slice};

use super::Matrix;

/// Rows and columns of a tile: eight registers of sums, two of the right factor, and some to spare.
const ROWS: usize = 4;
const COLUMNS: usize = 8;

/// Bytes of a number.
const FLOAT: usize = size_of::<f32>();

/// Steps along the inner axis at a time: a panel of each factor (4 and 8 KiB) stays in the first cache.
const DEPTH: usize = 256;

/// Numbers of the right factor that are packed at a time: 256 KiB, which stay in the second cache.
const PACKED: usize = 1 << 16;

thread_local! {
    /// Where the factors are packed; kept, since products come by the hundred in each step.
    static ROOM: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// `target = left * right`, or with `add` `target += left * right`; `target` is row-major.
///
/// # Safety
///
/// `target` has room for `left.rows * right.columns` values that nothing else refers to; with `add` they are initialised.
pub(super) unsafe fn multiply(target: *mut f32, left: Matrix, right: Matrix, add: bool) {
    assert_eq!(left.columns, right.rows, "the inner sizes of a product agree");
    let (rows, inner, columns) = (left.rows, left.columns, right.columns);
    if inner == 0 && !add {
        // SAFETY: the caller vouches for that many values; zero is a number of all zero bits.
        unsafe { target.write_bytes(0, rows * columns) };
    }
    if rows == 0 || columns == 0 {
        return;
    }
    // Through the table of functions and not directly, so that what stands there is called.
    let strip: Strip = black_box(strip);
    ROOM.with_borrow_mut(|room| {
        for from in (0..inner).step_by(DEPTH) {
            let depth = DEPTH.min(inner - from);
            let width = (PACKED / depth / COLUMNS * COLUMNS).min(columns.next_multiple_of(COLUMNS));
            for first_column in (0..columns).step_by(width) {
                let width = width.min(columns - first_column);
                let wide = width.next_multiple_of(COLUMNS);
                if room.len() < (ROWS + wide) * depth {
                    room.resize((ROWS + wide) * depth, 0.0);
                }
                let (lefts, rest) = room.split_at_mut(ROWS * depth);
                let rights = &mut rest[..wide * depth];
                for (index, panel) in rights.chunks_exact_mut(COLUMNS * depth).enumerate() {
                    pack::<COLUMNS>(panel, right.turned(), first_column + index * COLUMNS, from);
                }
                // Before the first part of the inner axis nothing is read unless `add` says that it can be.
                let add = add || from > 0;
                for row in (0..rows).step_by(ROWS) {
                    pack::<ROWS>(lefts, left, row, from);
                    let height = ROWS.min(rows - row);
                    let whole = if height == ROWS { width / COLUMNS } else { 0 };
                    // SAFETY: the rows and columns of whole tiles, and the part of others, are within the product; a panel of the left
                    // factor and the panels of the right one have the depth that is named.
                    unsafe {
                        let corner = target.add(row * columns + first_column);
                        strip(corner, columns * FLOAT, lefts.as_ptr(), rights.as_ptr(), depth, whole, add);
                        for (index, panel) in rights.chunks_exact(COLUMNS * depth).enumerate().skip(whole) {
                            let column = index * COLUMNS;
                            let mut tile = [0.0; ROWS * COLUMNS];
                            strip(
                                tile.as_mut_ptr(),
                                COLUMNS * FLOAT,
                                lefts.as_ptr(),
                                panel.as_ptr(),
                                depth,
                                1,
                                false,
                            );
                            store_part(corner.add(column), columns, &tile, [height, COLUMNS.min(width - column)], add);
                        }
                    }
                }
            }
        }
    });
}

/// Copies up to `LINES` rows of a matrix, from row `first` on and from column `from` on, so that the numbers of a column are
/// neighbours: `panel[column][row]`. Rows that the matrix does not have are zero.
#[inline(always)]
fn pack<const LINES: usize>(panel: &mut [f32], matrix: Matrix, first: usize, from: usize) {
    let (steps, _) = panel.as_chunks_mut::<LINES>();
    let lines = LINES.min(matrix.rows - first);
    if matrix.turned {
        // The last one may be shorter than the distance between them, where the matrix is part of a larger one.
        let columns = matrix.values.chunks(matrix.stride).skip(from);
        for (step, column) in steps.iter_mut().zip(columns) {
            let column = &column[first..first + lines];
            match column.first_chunk() {
                Some(whole) => *step = *whole,
                None => {
                    step[..lines].copy_from_slice(column);
                    step[lines..].fill(0.0);
                }
            }
        }
    } else {
        let depth = steps.len();
        let row = |line: usize| &matrix.values[(first + line) * matrix.stride + from..][..depth];
        if lines < LINES {
            steps.fill([0.0; LINES]);
            for line in 0..lines {
                for (step, value) in steps.iter_mut().zip(row(line)) {
                    step[line] = *value;
                }
            }
            return;
        }
        let rows: [&[f32]; LINES] = std::array::from_fn(row);
        // Four columns at a time: loads of a register each, turned there.
        let (fours, rest) = steps.as_chunks_mut::<4>();
        for (index, four) in fours.iter_mut().enumerate() {
            let loaded: [&[f32; 4]; LINES] = std::array::from_fn(|line| {
                let (quads, _) = rows[line].as_chunks::<4>();
                &quads[index]
            });
            for (column, step) in four.iter_mut().enumerate() {
                *step = std::array::from_fn(|line| loaded[line][column]);
            }
        }
        let done = depth - rest.len();
        for (index, step) in rest.iter_mut().enumerate() {
            *step = std::array::from_fn(|line| rows[line][done + index]);
        }
    }
}

/// Tiles side by side: `(target, stride, left, rights, depth, panels, add)`.
///
/// In: a panel of the left factor and `panels` panels of the right one, each of `depth` steps. Out: the sums of their products along the
/// inner axis, a tile for each panel, from `target` on, where rows are `stride` bytes apart; with `add` they are added to what is there.
type Strip = unsafe extern "C" fn(*mut f32, usize, *const f32, *const f32, usize, usize, bool);

/// The place of [`strip`] in the module's table of functions, through which it is called. A browser that fuses multiplications with additions
/// has another function put there, `fused.wat`, which computes the same up to rounding.
#[cfg(target_arch = "wasm32")]
#[expect(
    clippy::fn_to_numeric_cast_any,
    reason = "on this target a function is its place in the table"
)]
pub(crate) fn strip_slot() -> u32 {
    strip as Strip as usize as u32
}

/// A [`Strip`] in plain multiplications and additions.
///
/// # Safety
///
/// The panels have as many numbers as `depth` and `panels` say, and the tiles are places that nothing else refers to, initialised if
/// `add` is set.
unsafe extern "C" fn strip(
    target: *mut f32,
    stride: usize,
    left: *const f32,
    rights: *const f32,
    depth: usize,
    panels: usize,
    add: bool,
) {
    for panel in 0..panels {
        // SAFETY: the caller vouches for the panels and for the rows of the tile.
        unsafe {
            let left = slice::from_raw_parts(left.cast::<[f32; ROWS]>(), depth);
            let right = slice::from_raw_parts(rights.cast::<[f32; COLUMNS]>().add(panel * depth), depth);
            let sums = tile(left, right);
            for (row, mut sums) in sums.into_iter().enumerate() {
                let row: *mut [f32; COLUMNS] = target.byte_add(row * stride).add(panel * COLUMNS).cast();
                if add {
                    for (sum, before) in sums.iter_mut().zip(row.read()) {
                        *sum += before;
                    }
                }
                row.write(sums);
            }
        }
    }
}

#[inline(always)]
fn tile(left: &[[f32; ROWS]], right: &[[f32; COLUMNS]]) -> [[f32; COLUMNS]; ROWS] {
    let mut sums = [[0.0; COLUMNS]; ROWS];
    for (left, right) in left.iter().zip(right) {
        for (sums, left) in sums.iter_mut().zip(left) {
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum += left * right;
            }
        }
    }
    sums
}

/// Writes the part of a tile that is within the product, or adds it to what is there.
///
/// # Safety
///
/// From `target` on there are so many rows and columns that nothing else refers to, initialised if `add` is set.
unsafe fn store_part(target: *mut f32, stride: usize, tile: &[f32], [height, width]: [usize; 2], add: bool) {
    for (row, sums) in tile.chunks_exact(COLUMNS).enumerate().take(height) {
        for (column, sum) in sums.iter().enumerate().take(width) {
            // SAFETY: the caller vouches for the place.
            unsafe {
                let value = target.add(row * stride + column);
                value.write(if add { value.read() + sum } else { *sum });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of a seed, in double precision and in single.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count)
            .map(|index| ((index * 7_919 + seed * 104_729) % 2_003) as f32 / 1_001.5 - 1.0)
            .collect()
    }

    /// A matrix of so many rows and columns that may lie turned.
    fn matrix(values: &[f32], rows: usize, columns: usize, turned: bool) -> Matrix<'_> {
        match turned {
            false => Matrix::new(values, rows, columns),
            true => Matrix::new(values, columns, rows).turned(),
        }
    }

    fn at(matrix: Matrix, row: usize, column: usize) -> f64 {
        f64::from(match matrix.turned {
            false => matrix.values[row * matrix.stride + column],
            true => matrix.values[column * matrix.stride + row],
        })
    }

    #[test]
    fn products_of_every_shape_are_those_of_double_precision() {
        // Whole tiles, parts of tiles, less than one, inner axes of more than one part, and more columns than are packed at once.
        let shapes = [
            (4, 8, 8),
            (1, 1, 1),
            (3, 7, 5),
            (5, 9, 66),
            (17, 30, 257),
            (2, 33, 700),
            (6, 1_101, 64),
            (9, 300, 300),
            (0, 5, 3),
            (5, 0, 3),
        ];
        for (rows, columns, inner) in shapes {
            let (lefts, rights) = (numbers(rows * inner, 1), numbers(inner * columns, 2));
            for (turn_left, turn_right, add) in [
                (false, false, false),
                (false, true, true),
                (true, false, true),
                (true, true, false),
            ] {
                let left = matrix(&lefts, rows, inner, turn_left);
                let right = matrix(&rights, inner, columns, turn_right);
                let before = numbers(rows * columns, 3);
                let mut target = before.clone();
                // SAFETY: a slice of the product's size, initialised.
                unsafe { multiply(target.as_mut_ptr(), left, right, add) };
                for row in 0..rows {
                    for column in 0..columns {
                        let start = if add { f64::from(before[row * columns + column]) } else { 0.0 };
                        let expected = start + (0..inner).map(|k| at(left, row, k) * at(right, k, column)).sum::<f64>();
                        let found = f64::from(target[row * columns + column]);
                        assert!(
                            (found - expected).abs() < 1e-6 * (1.0 + inner as f64),
                            "{rows}x{inner} times {inner}x{columns}, turned {turn_left} {turn_right}, added {add}: {found} for {expected} at {row}, {column}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_along_no_axis_is_zero_and_adds_nothing() {
        let mut target = [5.0; 6];
        // SAFETY: a slice of the product's size, initialised.
        unsafe { multiply(target.as_mut_ptr(), Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 3), true) };
        assert_eq!(target, [5.0; 6]);
        // SAFETY: as above.
        unsafe { multiply(target.as_mut_ptr(), Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 3), false) };
        assert_eq!(target, [0.0; 6]);
    }

    #[test]
    fn what_is_not_a_number_stays_in_its_row() {
        let mut lefts = numbers(5 * 3, 1);
        lefts[3] = f32::NAN;
        let rights = numbers(3 * 9, 2);
        let mut target = [0.0; 45];
        // SAFETY: a slice of the product's size, initialised.
        unsafe {
            multiply(
                target.as_mut_ptr(),
                Matrix::new(&lefts, 5, 3),
                Matrix::new(&rights, 3, 9),
                false,
            )
        };
        for (index, value) in target.iter().enumerate() {
            assert_eq!(value.is_nan(), index / 9 == 1, "number {index}");
        }
    }
}
