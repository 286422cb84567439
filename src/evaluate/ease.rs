//! The baseline of a linear model in closed form: every item predicts every other one.
//!
//! In: a data set and a weight of the penalty; then histories. Out: scores by a matrix of weights between items. The method is EASE,
//! Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (WWW 2019): the matrix B with an empty diagonal that minimises
//! |X - X B|^2 + lambda |B|^2, where X holds which user had which item in the training part. It knows no order of items.
//!
//! Building inverts a dense matrix of items by items in 64-bit floats, in place: 8 bytes for each pair of items, and as many multiplications
//! and additions as the cube of the number of items; [`EaseBuilder`] does so in slices.

use nalgebra::{Cholesky, DMatrix, DMatrixViewMut};
use thiserror::Error;

use super::scorer::Scorer;
use crate::{
    log::Dataset,
    parallel::{Rows, for_each_piece},
};

/// Rows that are eliminated at once: enough for matrix products to run at full speed.
const BLOCK: usize = 128;
/// Columns of a block that are multiplied at once.
const COLUMNS: usize = 8;

/// Why there is no such baseline: one sentence.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EaseError {
    /// The matrix would not fit.
    #[error(
        "EASE needs a matrix of items by items, {gigabytes:.1} GB for {items} items; it is refused above {} items ({:.1} GB), so narrow the log, \
         for example with a larger k-core.",
        Ease::ITEMS_AT_MOST,
        in_gigabytes(Ease::ITEMS_AT_MOST)
    )]
    TooManyItems {
        /// Items of the data set.
        items: usize,
        /// Size of their matrix.
        gigabytes: f64,
    },
    /// A penalty that leaves nothing to invert.
    #[error("The penalty of EASE is {0}; it must be a number above 0.")]
    Penalty(f64),
    /// Rounding left a part of the matrix without an inverse.
    #[error("The matrix of EASE cannot be inverted with a penalty of {0}; choose a larger one.")]
    Singular(f64),
}

fn in_gigabytes(items: usize) -> f64 {
    8.0 * (items as f64).powi(2) / 1e9
}

/// Weights between items.
///
/// With P = (X^T X + lambda I)^-1, B_ij = -P_ij / P_jj for i other than j and 0 for i = j (equation 8 of the paper), and
///
/// score(j) = sum over the distinct items i of the history of B_ij.
#[derive(Clone, Debug)]
pub struct Ease {
    /// -P, symmetric.
    inverse: DMatrix<f64>,
}

impl Ease {
    /// More items than this are refused, because of the memory that the matrix takes.
    pub const ITEMS_AT_MOST: usize = 12_500;
    /// Penalties among which a validation may choose, the smallest first.
    pub const PENALTIES: [f64; 4] = [10.0, 50.0, 200.0, 1000.0];

    /// Builds in one go.
    pub fn new(dataset: &Dataset, penalty: f64) -> Result<Self, EaseError> {
        let mut builder = EaseBuilder::new(dataset, penalty)?;
        while !builder.advance()? {}
        Ok(builder.finish())
    }

    /// Whether there may be one for so many items.
    pub fn allows(items: usize) -> Result<(), EaseError> {
        match items <= Self::ITEMS_AT_MOST {
            true => Ok(()),
            false => Err(EaseError::TooManyItems {
                items,
                gigabytes: in_gigabytes(items),
            }),
        }
    }

    /// The weight of item `from` for item `to`.
    pub fn weight(&self, from: u32, to: u32) -> f64 {
        let (from, to) = (from as usize, to as usize);
        match from == to {
            true => 0.0,
            false => self.inverse[(from, to)] / -self.inverse[(to, to)],
        }
    }
}

impl Scorer for Ease {
    fn name(&self) -> &'static str {
        "ease"
    }

    fn score(&self, history: &[u32], scores: &mut [f32]) {
        let items = self.inverse.ncols();
        let mut basket: Vec<u32> = history.iter().copied().filter(|&item| (item as usize) < items).collect();
        basket.sort_unstable();
        basket.dedup();
        let mut sums = vec![0.0f64; items];
        for &item in &basket {
            // A column is a row, since the matrix is symmetric, and lies in one piece.
            let column = self.inverse.column(item as usize);
            for (to, (sum, value)) in sums.iter_mut().zip(column.iter()).enumerate() {
                *sum += if to == item as usize { 0.0 } else { *value };
            }
        }
        for (to, (score, sum)) in scores.iter_mut().zip(sums).enumerate() {
            *score = (sum / -self.inverse[(to, to)]) as f32;
        }
    }
}

/// [`Ease`] in the making: the sweep operator (Goodnight, The American Statistician 33(3), 1979) on a block of rows after the other turns
/// a symmetric positive definite matrix into the negative of its inverse. Only the lower triangle is kept up to date.
#[derive(Clone, Debug)]
pub struct EaseBuilder {
    penalty: f64,
    matrix: DMatrix<f64>,
    done: usize,
}

impl EaseBuilder {
    /// Counts which items were had by the same users.
    pub fn new(dataset: &Dataset, penalty: f64) -> Result<Self, EaseError> {
        let items = dataset.items.len();
        Ease::allows(items)?;
        // Written so that NaN is refused.
        if !(penalty > 0.0 && penalty.is_finite()) {
            return Err(EaseError::Penalty(penalty));
        }
        let mut matrix = DMatrix::<f64>::identity(items, items) * penalty;
        let mut own: Vec<usize> = Vec::new();
        for user in 0..dataset.users.len() {
            own.clear();
            own.extend(
                dataset
                    .train_part(user)
                    .iter()
                    .map(|&item| item as usize)
                    .filter(|&item| item < items),
            );
            own.sort_unstable();
            own.dedup();
            for (at, &column) in own.iter().enumerate() {
                for &row in &own[at..] {
                    matrix[(row, column)] += 1.0;
                }
            }
        }
        Ok(Self {
            penalty,
            matrix,
            done: 0,
        })
    }

    /// Items that are eliminated, and items in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.matrix.nrows())
    }

    /// Eliminates the next items; true when all are.
    pub fn advance(&mut self) -> Result<bool, EaseError> {
        let (start, items) = self.progress();
        if start >= items {
            return Ok(true);
        }
        let size = BLOCK.min(items - start);
        let end = start + size;
        // The columns of the block, of which the part above it stands in the rows of the block.
        let mut columns = DMatrix::<f64>::zeros(items, size);
        columns
            .rows_mut(0, start)
            .copy_from(&self.matrix.view((start, 0), (size, start)).transpose());
        columns
            .rows_mut(end, items - end)
            .copy_from(&self.matrix.view((end, start), (items - end, size)));
        let mut block = self.matrix.view((start, start), (size, size)).into_owned();
        block.fill_upper_triangle_with_lower_triangle();
        let pivot = Cholesky::new(block).ok_or(EaseError::Singular(self.penalty))?.inverse();
        let mut swept = DMatrix::<f64>::zeros(items, size);
        for_each_piece(size, COLUMNS, Rows::new(swept.as_mut_slice(), items), |range, swept| {
            let mut swept = DMatrixViewMut::from_slice(swept.into_values(), items, range.len());
            swept.gemm(1.0, &columns, &pivot.columns_range(range), 0.0);
        });
        // A column lies in one piece, so that blocks of columns can be written beside each other.
        let blocks = Rows::new(self.matrix.as_mut_slice(), items);
        for_each_piece(items, BLOCK, blocks, |range, block| {
            let (first, width) = (range.start, range.len());
            if first == start {
                return;
            }
            let turned = columns.rows(first, width).transpose();
            let mut block = DMatrixViewMut::from_slice(block.into_values(), items, width);
            block
                .rows_mut(first, items - first)
                .gemm(-1.0, &swept.rows(first, items - first), &turned, 1.0);
        });
        self.matrix
            .view_mut((start, 0), (size, start))
            .copy_from(&swept.rows(0, start).transpose());
        self.matrix
            .view_mut((end, start), (items - end, size))
            .copy_from(&swept.rows(end, items - end));
        self.matrix.view_mut((start, start), (size, size)).copy_from(&-pivot);
        self.done = end;
        Ok(end >= items)
    }

    /// The baseline, once [`EaseBuilder::advance`] has said that all items are eliminated.
    pub fn finish(mut self) -> Ease {
        self.matrix.fill_upper_triangle_with_lower_triangle();
        Ease { inverse: self.matrix }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scorer::tests::dataset;
    use super::*;
    use crate::log::{Example, generate};

    /// The weights as the paper writes them, by the inverse of a general matrix.
    fn by_the_formula(data: &Dataset, penalty: f64) -> DMatrix<f64> {
        let mut x = DMatrix::<f64>::zeros(data.users.len(), data.items.len());
        for user in 0..data.users.len() {
            for &item in data.train_part(user) {
                x[(user, item as usize)] = 1.0;
            }
        }
        let items = data.items.len();
        let p = (x.transpose() * &x + DMatrix::identity(items, items) * penalty)
            .try_inverse()
            .unwrap();
        DMatrix::from_fn(items, items, |i, j| if i == j { 0.0 } else { -p[(i, j)] / p[(j, j)] })
    }

    #[test]
    fn weights_are_those_of_the_formula_over_several_blocks() {
        let data = generate(&Example::default()).unwrap();
        let items = data.items.len();
        assert!(items > 2 * BLOCK && !items.is_multiple_of(BLOCK), "{items}");
        for penalty in [1.0, 200.0] {
            let ease = Ease::new(&data, penalty).unwrap();
            let expected = by_the_formula(&data, penalty);
            for from in 0..items as u32 {
                for to in 0..items as u32 {
                    let (found, wanted) = (ease.weight(from, to), expected[(from as usize, to as usize)]);
                    assert!((found - wanted).abs() < 1e-10, "{from} to {to}: {found}, not {wanted}");
                }
            }
            let history = [3u32, 77, 3, 200];
            let mut scores = vec![0.0; items];
            ease.score(&history, &mut scores);
            for (to, score) in scores.iter().enumerate() {
                let wanted: f64 = [3usize, 77, 200].iter().map(|&from| expected[(from, to)]).sum();
                assert!((f64::from(*score) - wanted).abs() < 1e-6);
            }
        }
    }

    /// The weights of an item are a ridge regression of its column on the others: the gradient of what is minimised is 0.
    #[test]
    fn weights_minimise_what_the_paper_says() {
        let data = dataset("u a b c x y\nv a b d x y\nw b c d x y\ns a d c x y\n");
        let penalty = 0.5;
        let ease = Ease::new(&data, penalty).unwrap();
        let items = data.items.len();
        let had = |user: usize, item: usize| f64::from(u8::from(data.train_part(user).contains(&(item as u32))));
        let error = |user: usize, to: usize| {
            let told: f64 = (0..items)
                .map(|from| had(user, from) * ease.weight(from as u32, to as u32))
                .sum();
            had(user, to) - told
        };
        for from in 0..items {
            for to in (0..items).filter(|&to| to != from) {
                let slope: f64 = (0..data.users.len())
                    .map(|user| -2.0 * had(user, from) * error(user, to))
                    .sum();
                let slope = slope + 2.0 * penalty * ease.weight(from as u32, to as u32);
                assert!(slope.abs() < 1e-12, "{from} to {to}: {slope}");
            }
        }
    }

    #[test]
    fn what_cannot_be_built_is_one_sentence() {
        let sentence = Ease::allows(50_000).unwrap_err().to_string();
        assert_eq!(
            sentence,
            "EASE needs a matrix of items by items, 20.0 GB for 50000 items; it is refused above 12500 items (1.2 GB), so narrow the log, \
             for example with a larger k-core."
        );
        assert_eq!(Ease::allows(Ease::ITEMS_AT_MOST), Ok(()));
        let data = dataset("u a b c x y\n");
        for penalty in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let sentence = Ease::new(&data, penalty).unwrap_err().to_string();
            assert!(sentence.contains("must be a number above 0"), "{sentence}");
        }
    }
}
