//! Rows of a table by their numbers, and gradients that go back to them.
//!
//! In: a table `[rows, d]` and numbers of rows `[M]`. Out: `[M, d]`. The gradient of a row is the sum over the places that took it, in their
//! order: each piece of the table looks through all places for its own rows, so that no two pieces write the same one.

use burn::tensor::{Int, Tensor};

use super::{
    numbers::add_scaled,
    on_host,
    operation::{Forward, Operation, apply, integers},
};
use crate::parallel::{Rows, for_each_piece, piece_rows, unwritten, written};

/// Rows of `table`; each of `ids` is less than the number of rows.
pub fn lookup(table: Tensor<2>, ids: Tensor<1, Int>) -> Tensor<2> {
    if !on_host(&table) {
        return table.select(0, ids);
    }
    let [_, size] = table.dims();
    let ids = integers(ids);
    apply(Lookup { size, ids }, [table])
}

#[derive(Clone, Debug)]
struct Lookup {
    size: usize,
    ids: Vec<i32>,
}

impl Operation<1> for Lookup {
    type Saved = ();

    fn forward(&self, [table]: [&[f32]; 1], _tracked: bool) -> Forward<()> {
        let (size, count) = (self.size, self.ids.len());
        let mut rows = unwritten(count * size);
        let piece = piece_rows(count, size as f64 / 4.0);
        for_each_piece(count, piece, Rows::new(&mut rows, size), |range, rows| {
            for (id, row) in self.ids[range].iter().zip(rows.into_values().chunks_exact_mut(size)) {
                let start = *id as usize * size;
                row.write_copy_of_slice(&table[start..start + size]);
            }
        });
        Forward {
            // SAFETY: each piece writes its rows, and the pieces are all rows.
            values: unsafe { written(rows) },
            shape: [count, size],
            saved: (),
        }
    }

    fn backward(self, [table]: [&[f32]; 1], (): (), gradient: &[f32], _wanted: [bool; 1]) -> [Vec<f32>; 1] {
        let places = self.ids.iter().enumerate().map(|(index, &id)| Place {
            row: id as u32,
            source: index as u32,
            factor: 1.0,
        });
        [scattered(
            table.len() / self.size,
            self.size,
            &places.collect::<Vec<_>>(),
            gradient,
        )]
    }
}

/// A row of a table that something is added to.
pub(super) struct Place {
    /// The row of the table.
    pub row: u32,
    /// The row of the source that is added.
    pub source: u32,
    /// Its factor.
    pub factor: f32,
}

/// A table of `rows` rows of `size` values: zeros, and to the row of each of `places`, in their order, its source is added.
pub(super) fn scattered(rows: usize, size: usize, places: &[Place], source: &[f32]) -> Vec<f32> {
    let mut table = unwritten(rows * size);
    // To clear a row takes a fraction of what it takes to add to one; both are here.
    let each = size as f64 / 8.0 + places.len() as f64 * size as f64 / (2.0 * rows.max(1) as f64);
    for_each_piece(rows, piece_rows(rows, each), Rows::new(&mut table, size), |range, part| {
        let part = part.into_values();
        part.fill(std::mem::MaybeUninit::new(0.0));
        // SAFETY: all of it was filled.
        let part = unsafe { part.assume_init_mut() };
        for place in places {
            let row = place.row as usize;
            if range.contains(&row) {
                let from = place.source as usize * size;
                let to = (row - range.start) * size;
                add_scaled(&mut part[to..to + size], place.factor, &source[from..from + size]);
            }
        }
    });
    // SAFETY: each piece writes its rows, and the pieces are all rows.
    unsafe { written(table) }
}
