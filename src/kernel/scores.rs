//! Scores of all items: products of outputs with the vectors of the items.
//!
//! In: outputs `[M, d]` and item vectors `[items, d]`, possibly rows in the middle of a table. Out: `[M, items]`.

use std::ops::Range;

use burn::tensor::Tensor;

use super::{
    on_host,
    operation::{Forward, Operation, apply, primitive, values},
    product::{Matrix, product, product_into},
};

/// Items whose scores are there at once: with those of 64 outputs 64 KiB, which stay in the second cache.
const BLOCK: usize = 256;

/// `outputs` times the transpose of the rows `items` of `table`.
pub fn scores(outputs: Tensor<2>, table: Tensor<2>, items: Range<usize>) -> Tensor<2> {
    let ([rows, size], [lines, _]) = (outputs.dims(), table.dims());
    if on_host(&outputs) {
        let operation = Scores {
            rows,
            size,
            lines,
            items,
        };
        return apply(operation, [outputs, table]);
    }
    outputs.matmul(table.narrow(0, items.start, items.len()).transpose())
}

/// The numbers of [`scores`], row by row; `None` if they are not to be had on the host.
pub fn score_values(outputs: &Tensor<2>, table: &Tensor<2>, items: Range<usize>) -> Option<Vec<f32>> {
    if !on_host(outputs) {
        return None;
    }
    let ([rows, size], [lines, _]) = (outputs.dims(), table.dims());
    let (outputs, table) = (primitive(outputs.clone()), primitive(table.clone()));
    let items = Matrix::new(values(&table), lines, size).rows(items);
    Some(product(Matrix::new(values(&outputs), rows, size), items.turned()))
}

/// Calls `visit` with the number of an output, the first item of a block (counted from the first of `items`) and its scores of the block, for one
/// block after the other: the numbers of [`scores`], of which no more are there than those of a block. False if they are not to be had on the
/// host, and nothing was visited.
///
/// All scores of a few hundred outputs are megabytes that would be written, read once and dropped.
pub fn visit_scores(
    outputs: &Tensor<2>,
    table: &Tensor<2>,
    items: Range<usize>,
    mut visit: impl FnMut(usize, usize, &[f32]),
) -> bool {
    if !on_host(outputs) {
        return false;
    }
    let ([rows, size], [lines, _]) = (outputs.dims(), table.dims());
    let (outputs, table) = (primitive(outputs.clone()), primitive(table.clone()));
    let (outputs, table) = (
        Matrix::new(values(&outputs), rows, size),
        Matrix::new(values(&table), lines, size),
    );
    let mut block = vec![0.0; rows * BLOCK.min(items.len())];
    for first in items.clone().step_by(BLOCK) {
        let end = items.end.min(first + BLOCK);
        let scores = &mut block[..rows * (end - first)];
        product_into(scores, outputs, table.rows(first..end).turned(), false);
        for (row, scores) in scores.chunks_exact(end - first).enumerate() {
            visit(row, first - items.start, scores);
        }
    }
    true
}

#[derive(Clone, Debug)]
struct Scores {
    rows: usize,
    size: usize,
    lines: usize,
    items: Range<usize>,
}

impl Operation<2> for Scores {
    type Saved = ();

    fn forward(&self, [outputs, table]: [&[f32]; 2], _tracked: bool) -> Forward<()> {
        let items = Matrix::new(table, self.lines, self.size).rows(self.items.clone());
        Forward {
            values: product(Matrix::new(outputs, self.rows, self.size), items.turned()),
            shape: [self.rows, self.items.len()],
            saved: (),
        }
    }

    fn backward(self, [outputs, table]: [&[f32]; 2], (): (), gradient: &[f32], wanted: [bool; 2]) -> [Vec<f32>; 2] {
        let gradient = Matrix::new(gradient, self.rows, self.items.len());
        let items = Matrix::new(table, self.lines, self.size).rows(self.items.clone());
        let mut results = [const { Vec::new() }; 2];
        if wanted[0] {
            results[0] = product(gradient, items);
        }
        if wanted[1] {
            let of_items = product(gradient.turned(), Matrix::new(outputs, self.rows, self.size));
            results[1] = vec![0.0; table.len()];
            results[1][self.items.start * self.size..self.items.end * self.size].copy_from_slice(&of_items);
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::device::Compute;

    #[test]
    fn blocks_have_the_bits_of_the_whole() {
        let compute = Compute::cpu();
        for (rows, size, lines) in [(1, 8, 3), (7, 64, 256), (64, 64, 1_021), (5, 10, 600)] {
            let numbers = |count: usize, seed: u32| -> Vec<f32> {
                let number = |at: u32| (at.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 1e7 - 0.8;
                (0..count as u32).map(number).collect()
            };
            let tensor = |rows: usize, seed| {
                let values = TensorData::new(numbers(rows * size, seed), [rows, size]);
                Tensor::<2>::from_data(values, compute.device())
            };
            let (outputs, table) = (tensor(rows, 1), tensor(lines, 7));
            let whole: Vec<f32> = scores(outputs.clone(), table.clone(), 1..lines)
                .into_data()
                .try_into_vec()
                .unwrap();
            let mut met = vec![f32::NAN; whole.len()];
            let all = visit_scores(&outputs, &table, 1..lines, |row, first, scores| {
                met[row * (lines - 1) + first..][..scores.len()].copy_from_slice(scores);
            });
            assert!(all);
            // A single row is summed in another order by `gemm`, as a product of one row is as a whole.
            let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || rows == 1 && (a - b).abs() < 1e-4;
            assert!(whole.iter().zip(&met).all(same), "{rows} rows of {size} by {lines}");
        }
    }
}
