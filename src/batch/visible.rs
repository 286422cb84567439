//! Which positions each position may look at.
//!
//! In: [`Rows`]. Out: [`Visible`]: for every token a range of tokens, because a user's tokens stand side by side and nobody looks
//! ahead. Of that, the additive mask that attention over whole rows takes is made where it is asked for.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::Rows;

/// Addend to the score of a masked position; the value of the official code.
const MASKED: f32 = -10_000.0;

/// The positions that each position of one or two views of a batch sees.
#[derive(Clone, Debug)]
pub struct Visible {
    rows: usize,
    length: usize,
    views: usize,
    spans: Arc<[Range<u32>]>,
    pairs: usize,
    mask: Arc<OnceLock<Tensor<4>>>,
    ranges: Arc<OnceLock<Tensor<1, Int>>>,
}

impl Visible {
    /// A position sees its user's positions up to itself. A pad sees itself, or where `pads_see_row` is set all of its row: that
    /// is what the official code's mask comes to, which takes the same number off every score of a pad.
    pub fn new(rows: &Rows, pads_see_row: bool) -> Self {
        let mut spans: Vec<Range<u32>> = Vec::with_capacity(rows.segment.len());
        for token in 0..rows.segment.len() {
            let row = token - token % rows.length;
            let span = match rows.segment[token] {
                -1 if pads_see_row => row..row + rows.length,
                -1 => token..token + 1,
                user => {
                    let continues = token > row && rows.segment[token - 1] == user;
                    let first = match spans.last() {
                        Some(before) if continues => before.start as usize,
                        _ => token,
                    };
                    first..token + 1
                }
            };
            spans.push(span.start as u32..span.end as u32);
        }
        Self {
            rows: rows.rows,
            length: rows.length,
            views: 1,
            pairs: spans.iter().map(ExactSizeIterator::len).sum(),
            spans: spans.into(),
            mask: Arc::default(),
            ranges: Arc::default(),
        }
    }

    /// The same for `views` views, one below the other.
    pub fn for_views(&self, views: usize) -> Self {
        match views == self.views {
            true => self.clone(),
            false => Self {
                views,
                mask: Arc::default(),
                ranges: Arc::default(),
                ..self.clone()
            },
        }
    }

    /// Visible positions of two batches that differ in their ids, `other` below this one; both as one view of all their rows.
    pub fn above(&self, other: &Visible) -> Self {
        let tokens = (self.rows * self.length) as u32;
        let lower = other.spans.iter().map(|span| span.start + tokens..span.end + tokens);
        Self {
            rows: self.rows + other.rows,
            length: self.length,
            views: 1,
            pairs: self.pairs + other.pairs,
            spans: self.spans.iter().cloned().chain(lower).collect(),
            mask: Arc::default(),
            ranges: Arc::default(),
        }
    }

    /// Rows of one view.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Positions of a row.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Views.
    pub fn views(&self) -> usize {
        self.views
    }

    /// For each token of one view the tokens of that view that it sees; `rows * length` of them.
    pub fn spans(&self) -> &[Range<u32>] {
        &self.spans
    }

    /// Pairs of tokens of one view of which the first sees the second.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Four numbers for each token of one view, `[4 * rows * length]`: where the tokens begin and end that it sees, and where those begin
    /// and end that may see it; made once.
    pub fn on(&self, device: &Device) -> Tensor<1, Int> {
        let make = || {
            let mut ranges: Vec<[i32; 4]> = self
                .spans
                .iter()
                .map(|span| [span.start as i32, span.end as i32, i32::MAX, 0])
                .collect();
            for (token, span) in self.spans.iter().enumerate() {
                for seen in &mut ranges[span.start as usize..span.end as usize] {
                    seen[2] = seen[2].min(token as i32);
                    seen[3] = token as i32 + 1;
                }
            }
            let count = 4 * ranges.len();
            Tensor::from_data(TensorData::new(ranges.concat(), [count]), device)
        };
        self.ranges.get_or_init(make).clone()
    }

    /// How many tokens each token of one view sees, itself included, `[rows * length, 1]`: the items of its user so far.
    pub fn counts(&self, device: &Device) -> Tensor<2> {
        let counts: Vec<f32> = self.spans.iter().map(|span| span.len() as f32).collect();
        let tokens = counts.len();
        Tensor::from_data(TensorData::new(counts, [tokens, 1]), device)
    }

    /// Averaging matrices, `[rows, length, length]`: their product with the values of a row gives each token the mean over the tokens
    /// visible to it.
    pub fn averages(&self, device: &Device) -> Tensor<3> {
        let mut averages = vec![0.0f32; self.spans.len() * self.length];
        for ((token, span), own) in self.spans.iter().enumerate().zip(averages.chunks_exact_mut(self.length)) {
            let row = token - token % self.length;
            own[span.start as usize - row..span.end as usize - row].fill(1.0 / span.len() as f32);
        }
        Tensor::from_data(TensorData::new(averages, [self.rows, self.length, self.length]), device)
    }

    /// Additive attention mask, `[views * rows, 1, length, length]`; made once.
    pub fn mask(&self, device: &Device) -> Tensor<4> {
        let make = || {
            let (rows, length) = (self.views * self.rows, self.length);
            let mut mask = Vec::with_capacity(rows * length * length);
            for _ in 0..self.views {
                for (token, span) in self.spans.iter().enumerate() {
                    let row = token - token % length;
                    let seen = span.start as usize - row..span.end as usize - row;
                    mask.extend((0..length).map(|key| if seen.contains(&key) { 0.0 } else { MASKED }));
                }
            }
            Tensor::from_data(TensorData::new(mask, [rows, 1, length, length]), device)
        };
        self.mask.get_or_init(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Layout, Sequence};

    fn rows(layout: Layout) -> Rows {
        let sequence = |inputs: &[u32]| Sequence {
            inputs: inputs.to_vec(),
            ..Sequence::default()
        };
        Rows::pack(&[sequence(&[4, 5]), sequence(&[7, 8, 9]), sequence(&[1])], 5, layout)
    }

    #[test]
    fn nobody_sees_the_future_or_another_user() {
        for layout in [Layout::Packed, Layout::Padded] {
            let rows = rows(layout);
            let visible = Visible::new(&rows, false);
            for (token, span) in visible.spans().iter().enumerate() {
                let (first, end) = (span.start as usize, span.end as usize);
                assert_eq!(end, token + 1);
                let user = rows.segment[token];
                let before = token % 5 - (token - first);
                match user {
                    -1 => assert_eq!(first, token),
                    _ => {
                        assert!((first..end).all(|key| rows.segment[key] == user));
                        assert!(before == 0 || rows.segment[first - 1] != user, "all of the past is seen");
                    }
                }
            }
            assert_eq!(
                visible.pairs(),
                3 + 6 + 1 + rows.segment.iter().filter(|&&user| user < 0).count()
            );
        }
    }

    #[test]
    fn the_mask_says_the_same_as_the_ranges_in_each_view() {
        let rows = rows(Layout::Padded);
        let visible = Visible::new(&rows, true).for_views(2);
        let mask = visible.mask(&Device::flex());
        assert_eq!(mask.dims(), [6, 1, 5, 5]);
        let mask = mask.into_data().try_to_vec::<f32>().unwrap();
        for (index, value) in mask.iter().enumerate() {
            let (token, key) = (index / 5 % 15, index % 5);
            let span = &visible.spans()[token];
            let seen = span.contains(&((token - token % 5 + key) as u32));
            assert_eq!(*value == 0.0, seen, "token {token}, key {key}");
        }
        assert_eq!(visible.spans()[0], 0..5, "a pad sees its whole row");
    }
}
