//! Passes of an epoch: one over the users or several, also over the items, each in batches.
//!
//! In: the passes of a model, and how many rows each has. Out: for each step the [`Place`] where it stands. Everything follows from the
//! number of the step alone.

use std::ops::Range;

use crate::model::{BagPass, Recommender, Side};

/// The passes of one epoch.
#[derive(Clone, Debug)]
pub(super) struct Passes {
    /// Each with its number of rows.
    passes: Vec<(BagPass, usize)>,
    batch_size: usize,
}

/// Where a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Epochs complete before it.
    pub epoch: usize,
    /// Number of its pass within the epoch.
    pub pass: usize,
    /// Passes complete before it, over all epochs.
    pub passes_done: usize,
    /// Whose bags the pass goes through.
    pub side: Side,
    /// Which optimiser takes the step.
    pub optimiser: usize,
    /// Its rows among those of the pass in random order.
    pub rows: Range<usize>,
    /// Whether it ends its pass.
    pub ends_pass: bool,
    /// Whether it ends its epoch.
    pub ends_epoch: bool,
}

impl Passes {
    /// Of a model, over so many users to learn from and so many items.
    pub fn new(model: &Recommender, users: usize, items: usize, batch_size: usize) -> Self {
        let passes = match model {
            Recommender::Sequence(_) => vec![BagPass {
                side: Side::Users,
                optimiser: 0,
            }],
            Recommender::Bag(model) => model.passes(),
        };
        let rows = |pass: BagPass| match pass.side {
            Side::Users => users,
            Side::Items => items,
        };
        Self {
            passes: passes.into_iter().map(|pass| (pass, rows(pass))).collect(),
            batch_size,
        }
    }

    fn steps_of(&self, rows: usize) -> usize {
        rows.div_ceil(self.batch_size)
    }

    /// Steps of one epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.passes.iter().map(|&(_, rows)| self.steps_of(rows)).sum()
    }

    /// Number of optimisers.
    pub fn optimisers(&self) -> usize {
        self.passes.iter().map(|(pass, _)| pass.optimiser + 1).max().unwrap_or(0)
    }

    /// Where a step stands, counted from 0.
    pub fn place(&self, step: usize) -> Place {
        let per_epoch = self.steps_per_epoch();
        let (epoch, mut within) = (step / per_epoch, step % per_epoch);
        let ends_epoch = within + 1 == per_epoch;
        let mut number = 0;
        while within >= self.steps_of(self.passes[number].1) {
            within -= self.steps_of(self.passes[number].1);
            number += 1;
        }
        let (pass, rows) = self.passes[number];
        let first = within * self.batch_size;
        Place {
            epoch,
            pass: number,
            passes_done: epoch * self.passes.len() + number,
            side: pass.side,
            optimiser: pass.optimiser,
            rows: first..(first + self.batch_size).min(rows),
            ends_pass: within + 1 == self.steps_of(rows),
            ends_epoch,
        }
    }

    /// Steps that an optimiser took before a step.
    pub fn steps_taken(&self, optimiser: usize, step: usize) -> usize {
        let per_epoch = self.steps_per_epoch();
        let of_epoch = |most: usize| {
            let (mut left, mut taken) = (most, 0);
            for &(pass, rows) in &self.passes {
                let steps = self.steps_of(rows).min(left);
                left -= steps;
                taken += if pass.optimiser == optimiser { steps } else { 0 };
            }
            taken
        };
        (step / per_epoch) * of_epoch(per_epoch) + of_epoch(step % per_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_pass_comes_once_in_an_epoch() {
        let of = |side, optimiser| BagPass { side, optimiser };
        let passes = Passes {
            passes: vec![(of(Side::Items, 0), 7), (of(Side::Users, 1), 4), (of(Side::Users, 1), 5)],
            batch_size: 3,
        };
        assert_eq!((passes.steps_per_epoch(), passes.optimisers()), (3 + 2 + 2, 2));
        let places: Vec<Place> = (0..14).map(|step| passes.place(step)).collect();
        let rows: Vec<Range<usize>> = places.iter().map(|place| place.rows.clone()).collect();
        assert_eq!(rows[..7], [0..3, 3..6, 6..7, 0..3, 3..4, 0..3, 3..5]);
        assert_eq!(rows[..7], rows[7..]);
        let pass: Vec<usize> = places.iter().map(|place| place.pass).collect();
        assert_eq!(pass[..7], [0, 0, 0, 1, 1, 2, 2]);
        let done: Vec<usize> = places.iter().map(|place| place.passes_done).collect();
        assert_eq!(done[6..9], [2, 3, 3]);
        let ends: Vec<usize> = (0..14).filter(|&step| places[step].ends_pass).collect();
        assert_eq!(ends, [2, 4, 6, 9, 11, 13]);
        let ends: Vec<usize> = (0..14).filter(|&step| places[step].ends_epoch).collect();
        assert_eq!(ends, [6, 13]);
        for step in 0..14 {
            for optimiser in 0..2 {
                let taken = places[..step].iter().filter(|place| place.optimiser == optimiser).count();
                assert_eq!(passes.steps_taken(optimiser, step), taken);
            }
        }
    }
}
