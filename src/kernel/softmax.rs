//! The negative log-likelihood of a softmax over all items, without ever holding the scores of more than a few rows.
//!
//! In: outputs `[M, d]`, item vectors `[items, d]` with or without a bias, and for some of the rows the items that were met, with a weight.
//! Out: the weighted sum of -ln softmax over what was met, and beside it the gradients, because the scores are at hand then.
//!
//! The items are the pieces of work: each holds the scores of its own items for some rows, with a maximum and a sum of its own, and
//! writes the gradients of its own items. What the pieces know of a row is put together in their order (as in Milakov and Gimelshein 2018,
//! Online normalizer calculation for softmax).

use super::{
    numbers::{Exponential, add_rows, maximum, sum},
    product::{Matrix, product_into, product_piece},
};
use crate::parallel::{PerPiece, Rows, for_each_piece};

/// Scores that a piece holds at a time: 256 KiB, which stay in a processor's second cache.
const PIECE_SCORES: usize = 1 << 16;

/// Scores that all pieces hold at a time where there are many items: 16 MiB.
const SCORES: usize = 1 << 22;

/// Most rows at a time.
const ROWS: usize = 256;

/// Most items of a piece, so that a large catalogue still has many rows at a time.
const ITEMS: usize = 1_024;

/// Numbers that are added in one piece where partial gradients meet.
const SUMS: usize = 4_096;

/// State after one row of the outputs.
pub(super) struct Met<'a> {
    /// The row.
    pub row: usize,
    /// The items.
    pub items: &'a [u32],
    /// Factor of their log-likelihood.
    pub weight: f32,
}

/// Outputs and items.
pub(super) struct Softmax<'a> {
    /// `[M, size]`.
    pub outputs: &'a [f32],
    /// `[items, size]`.
    pub table: &'a [f32],
    /// `[items]`.
    pub bias: Option<&'a [f32]>,
    /// Width of outputs and items.
    pub size: usize,
}

/// Gradients, all zero at first; those of the items and of the bias may be parts of larger ones.
pub(super) struct Gradients<'a> {
    /// `[M, size]`.
    pub outputs: &'a mut [f32],
    /// `[items, size]`.
    pub table: &'a mut [f32],
    /// `[items]`, or empty.
    pub bias: &'a mut [f32],
}

/// Partial sums of a piece of the items over the rows at hand.
#[derive(Clone, Default)]
struct Part {
    /// Scores, then their shares, `[rows, items of the piece]`.
    scores: Vec<f32>,
    largest: Vec<f32>,
    /// Sums of exponentials of scores less the largest.
    sums: Vec<f32>,
    /// Sums of the scores of what was met.
    met: Vec<f64>,
    /// Factor from exponentials to shares.
    factors: Vec<f32>,
    of_rows: Vec<f32>,
}

impl Softmax<'_> {
    fn items(&self) -> usize {
        self.table.len() / self.size
    }

    /// The weighted sum over all of `met`; adds to the gradients where there are any.
    pub(super) fn loss(&self, met: &[Met], mut gradients: Option<Gradients>) -> f64 {
        let items = self.items();
        let piece = product_piece(items, self.size, ROWS).min(ITEMS);
        let at_once = (PIECE_SCORES / piece)
            .min(SCORES / items.max(1))
            .clamp(8, ROWS)
            .min(met.len().max(1));
        let mut parts = vec![Part::default(); items.div_ceil(piece)];
        let mut total = 0.0f64;
        for met in met.chunks(at_once) {
            let rows: Vec<f32> = met
                .iter()
                .flat_map(|met| &self.outputs[met.row * self.size..(met.row + 1) * self.size])
                .copied()
                .collect();
            let rows = Matrix::new(&rows, met.len(), self.size);
            for_each_piece(items, piece, PerPiece::new(&mut parts, piece), |range, part| {
                self.exponentials(range, rows, met, part.into_value());
            });
            total += put_together(&mut parts, met);
            if let Some(gradients) = &mut gradients {
                self.gradients(rows, met, (&mut parts, piece), gradients);
            }
        }
        total
    }

    /// Exponentials of the scores of some items, less their own largest.
    fn exponentials(&self, range: std::ops::Range<usize>, rows: Matrix, met: &[Met], part: &mut Part) {
        let width = range.len();
        let table = Matrix::new(self.table, self.items(), self.size).rows(range.clone());
        part.scores.resize(met.len() * width, 0.0);
        product_into(&mut part.scores, rows, table.turned(), false);
        part.largest.clear();
        part.sums.clear();
        part.met.clear();
        let exp = Exponential::load();
        for (met, scores) in met.iter().zip(part.scores.chunks_exact_mut(width)) {
            if let Some(bias) = self.bias {
                for (score, bias) in scores.iter_mut().zip(&bias[range.clone()]) {
                    *score += bias;
                }
            }
            let here = met
                .items
                .iter()
                .map(|&item| item as usize)
                .filter(|item| range.contains(item));
            part.met.push(here.map(|item| f64::from(scores[item - range.start])).sum());
            let largest = maximum(scores);
            for score in scores.iter_mut() {
                *score = exp.of(*score - largest);
            }
            part.largest.push(largest);
            part.sums.push(sum(scores));
        }
    }

    /// Adds the gradients of the rows at hand.
    fn gradients(&self, rows: Matrix, met: &[Met], (parts, piece): (&mut [Part], usize), gradients: &mut Gradients) {
        let (items, size) = (self.items(), self.size);
        let with_bias = usize::from(!gradients.bias.is_empty());
        let target = (
            Rows::new(&mut *gradients.table, size),
            Rows::new(&mut *gradients.bias, with_bias),
            PerPiece::new(parts, piece),
        );
        for_each_piece(items, piece, target, |range, (of_table, of_bias, part)| {
            let (width, part) = (range.len(), part.into_value());
            for ((met, factor), shares) in met.iter().zip(&part.factors).zip(part.scores.chunks_exact_mut(width)) {
                for share in shares.iter_mut() {
                    *share *= factor;
                }
                for item in met
                    .items
                    .iter()
                    .map(|&item| item as usize)
                    .filter(|item| range.contains(item))
                {
                    shares[item - range.start] -= met.weight;
                }
            }
            if with_bias > 0 {
                add_rows(of_bias.into_values(), &part.scores);
            }
            let shares = Matrix::new(&part.scores, met.len(), width);
            product_into(of_table.into_values(), shares.turned(), rows, true);
            part.of_rows.resize(met.len() * size, 0.0);
            let table = Matrix::new(self.table, items, size).rows(range);
            product_into(&mut part.of_rows, shares, table, false);
        });
        let mut of_rows = vec![0.0; met.len() * size];
        for_each_piece(of_rows.len(), SUMS, of_rows.as_mut_slice(), |columns, of_rows| {
            for part in &*parts {
                for (sum, value) in of_rows.iter_mut().zip(&part.of_rows[columns.clone()]) {
                    *sum += value;
                }
            }
        });
        for (met, of_row) in met.iter().zip(of_rows.chunks_exact(size)) {
            gradients.outputs[met.row * size..(met.row + 1) * size].copy_from_slice(of_row);
        }
    }
}

/// The weighted sum over the rows at hand, out of what the pieces know; leaves in each what turns its exponentials into shares.
fn put_together(parts: &mut [Part], met: &[Met]) -> f64 {
    let exp = Exponential::load();
    let mut total = 0.0;
    for part in parts.iter_mut() {
        part.factors.clear();
    }
    for (row, met) in met.iter().enumerate() {
        let of_row: Vec<f32> = parts.iter().map(|part| part.largest[row]).collect();
        let largest = maximum(&of_row);
        let normaliser: f32 = parts
            .iter()
            .map(|part| part.sums[row] * exp.of(part.largest[row] - largest))
            .sum();
        let scores: f64 = parts.iter().map(|part| part.met[row]).sum();
        let count = met.items.len() as f64;
        total += f64::from(met.weight) * (count * (f64::from(largest) + f64::from(normaliser).ln()) - scores);
        let share = met.weight * count as f32 / normaliser;
        for part in parts.iter_mut() {
            part.factors.push(share * exp.of(part.largest[row] - largest));
        }
    }
    total
}
