//! Scores of all items: products of outputs with the vectors of the items.
//!
//! In: outputs `[M, d]` and item vectors `[items, d]`, possibly rows in the middle of a table. Out: `[M, items]`.

use std::ops::Range;

use burn::tensor::Tensor;

use super::{
    on_host,
    operation::{Forward, Operation, apply},
    product::{Matrix, product},
};

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
