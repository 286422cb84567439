//! Packing on the host: which token of which user stands where.
//!
//! In: one [`Sequence`] a user. Out: [`Rows`], plain vectors in row-major order `[rows, length]`. Where the second view has ids of its
//! own, it has rows of its own with every token at the same place, so that the views of a sequence pair up.

use super::{Augmented, PADDING};

use std::ops::Range;

/// How users are laid out in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Several users in a row.
    Packed,
    /// One user in a row, padded on the left.
    Padded,
}

/// One user's input and, in training, what should follow each position. Item indices are 0-based.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// Input of the model, oldest first.
    pub inputs: Vec<u32>,
    /// The next item at each position; empty where only latents or scores are wanted.
    pub targets: Vec<u32>,
    /// One item a position that the user never met; empty unless the reconstruction samples negatives.
    pub negatives: Vec<u32>,
    /// The second view, where its ids are others; as long as `inputs`.
    pub augmented: Option<Augmented>,
}

/// A batch on the host. All vectors but `last` have `rows * length` entries, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Number of rows.
    pub rows: usize,
    /// Length of a row (the window).
    pub length: usize,
    /// Number of sequences in the batch.
    pub sequences: usize,
    /// Row of the embedding table: item index + 1, or 0 for padding.
    pub ids: Vec<i32>,
    /// Position in the user's own left-padded window, `0..length`.
    pub positions: Vec<i32>,
    /// Embedding row of the next item, or 0 where there is none.
    pub targets: Vec<i32>,
    /// Embedding row of the sampled negative, or 0 where there is none.
    pub negatives: Vec<i32>,
    /// Which sequence of the batch a token belongs to, -1 for padding.
    pub segment: Vec<i32>,
    /// Token of each sequence's last position.
    pub last: Vec<i32>,
    /// The second view, where some sequence has another one: the same places with ids, positions, targets, segments and last
    /// positions of its own. A dropped place belongs to no sequence there.
    pub second: Option<Box<Rows>>,
}

impl Rows {
    /// Lays out `sequences` in windows of `length`; of a longer sequence the most recent `length` positions stay.
    ///
    /// Packing is first-fit by decreasing length, which is deterministic and wastes a few per cent of the tokens. An empty
    /// sequence takes one padding token, so that it still has a latent and a score.
    pub fn pack(sequences: &[Sequence], length: usize, layout: Layout) -> Self {
        let length = length.max(1);
        let used = |sequence: &Sequence| sequence.inputs.len().clamp(1, length);
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        let mut row_of = vec![0usize; sequences.len()];
        let mut start_of = vec![0usize; sequences.len()];
        let mut filled: Vec<usize> = Vec::new();
        match layout {
            Layout::Packed => {
                order.sort_by_key(|&index| std::cmp::Reverse(used(&sequences[index])));
                for index in order {
                    let need = used(&sequences[index]);
                    let row = match filled.iter().position(|&taken| taken + need <= length) {
                        Some(row) => row,
                        None => {
                            filled.push(0);
                            filled.len() - 1
                        }
                    };
                    row_of[index] = row;
                    start_of[index] = filled[row];
                    filled[row] += need;
                }
            }
            Layout::Padded => {
                for index in order {
                    row_of[index] = index;
                    start_of[index] = length - used(&sequences[index]);
                    filled.push(length);
                }
            }
        }

        let rows = filled.len().max(1);
        let tokens = rows * length;
        let mut packed = Self {
            rows,
            length,
            sequences: sequences.len(),
            ids: vec![PADDING; tokens],
            positions: (0..tokens).map(|token| (token % length) as i32).collect(),
            targets: vec![PADDING; tokens],
            negatives: vec![PADDING; tokens],
            segment: vec![-1; tokens],
            last: vec![0; sequences.len()],
            second: None,
        };
        for (index, sequence) in sequences.iter().enumerate() {
            let count = used(sequence);
            let first = row_of[index] * length + start_of[index];
            packed.last[index] = (first + count - 1) as i32;
            let dropped = sequence.inputs.len().saturating_sub(length);
            for offset in 0..sequence.inputs.len().min(length) {
                let token = first + offset;
                packed.ids[token] = sequence.inputs[dropped + offset] as i32 + 1;
                packed.positions[token] = (length - count + offset) as i32;
                packed.segment[token] = index as i32;
                if let Some(&target) = sequence.targets.get(dropped + offset) {
                    packed.targets[token] = target as i32 + 1;
                }
                if let Some(&negative) = sequence.negatives.get(dropped + offset) {
                    packed.negatives[token] = negative as i32 + 1;
                }
            }
        }
        if sequences.iter().any(|sequence| sequence.augmented.is_some()) {
            let mut second = packed.clone();
            for (index, sequence) in sequences.iter().enumerate() {
                if let Some(augmented) = &sequence.augmented {
                    let first = row_of[index] * length + start_of[index];
                    second.replace(index, first, sequence.inputs.len().min(length), augmented);
                }
            }
            packed.second = Some(Box::new(second));
        }
        packed
    }

    /// Puts the most recent `count` places of an augmented sequence at `first`. Positions count from the end of what is left.
    fn replace(&mut self, sequence: usize, first: usize, count: usize, augmented: &Augmented) {
        let dropped = augmented.ids.len().saturating_sub(count);
        let (ids, targets) = (&augmented.ids[dropped..], &augmented.targets[dropped..]);
        let kept = ids.iter().filter(|&&id| id != PADDING).count();
        let mut position = self.length - kept;
        for (offset, (&id, &target)) in ids.iter().zip(targets).enumerate() {
            let token = first + offset;
            self.ids[token] = id;
            if id == PADDING {
                self.targets[token] = PADDING;
                self.segment[token] = -1;
                self.positions[token] = (token % self.length) as i32;
            } else {
                self.targets[token] = target;
                self.positions[token] = position as i32;
                position += 1;
                self.last[sequence] = token as i32;
            }
        }
    }

    /// Histories without targets, for latents and scores.
    pub fn of_histories(histories: &[&[u32]], length: usize, layout: Layout) -> Self {
        let sequences: Vec<Sequence> = histories
            .iter()
            .map(|history| Sequence {
                inputs: history.to_vec(),
                ..Sequence::default()
            })
            .collect();
        Self::pack(&sequences, length, layout)
    }

    /// The tokens of a sequence, oldest first; the one padding token of an empty sequence.
    pub fn tokens(&self, sequence: usize) -> Range<usize> {
        let last = self.last[sequence] as usize;
        let own = |token: &usize| self.segment[*token] == sequence as i32;
        let before = (last - last % self.length..last).rev().take_while(own).count();
        last - before..last + 1
    }

    /// Number of tokens that are not padding.
    pub fn real_tokens(&self) -> usize {
        self.segment.iter().filter(|&&segment| segment >= 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Visible;

    fn sequence(inputs: &[u32]) -> Sequence {
        Sequence {
            inputs: inputs.to_vec(),
            targets: inputs.iter().map(|item| item + 1).collect(),
            ..Sequence::default()
        }
    }

    #[test]
    fn a_cropped_second_view_stands_at_the_same_places_and_counts_from_its_own_end() {
        let mut cropped = sequence(&[4, 5, 6, 7]);
        cropped.augmented = Some(Augmented {
            ids: vec![0, 6, 7, 0],
            targets: vec![0, 7, 8, 0],
        });
        let rows = Rows::pack(&[cropped, sequence(&[1, 2])], 6, Layout::Packed);
        let second = rows.second.as_ref().unwrap();
        assert_eq!(rows.ids, [5, 6, 7, 8, 2, 3]);
        assert_eq!(second.ids, [0, 6, 7, 0, 2, 3]);
        assert_eq!(second.targets, [0, 7, 8, 0, 3, 4]);
        assert_eq!(second.segment, [-1, 0, 0, -1, 1, 1]);
        assert_eq!(second.positions, [0, 4, 5, 3, 4, 5]);
        assert_eq!((&rows.last, &second.last), (&vec![3, 5], &vec![2, 5]));
        let visible = Visible::new(second, false);
        let sees = |query: usize, key: u32| visible.spans()[query].contains(&key);
        assert!(sees(2, 1) && !sees(2, 0) && !sees(4, 2));
    }

    #[test]
    fn packing_keeps_users_apart_and_positions_as_in_a_left_padded_window() {
        let sequences = [sequence(&[4, 5]), sequence(&[7, 8, 9]), sequence(&[1])];
        let packed = Rows::pack(&sequences, 5, Layout::Packed);
        assert_eq!(packed.rows, 2);
        assert_eq!(packed.real_tokens(), 6);
        let padded = Rows::pack(&sequences, 5, Layout::Padded);
        assert_eq!(padded.rows, 3);
        for (user, sequence) in sequences.iter().enumerate() {
            for rows in [&packed, &padded] {
                let last = rows.last[user] as usize;
                assert_eq!(rows.positions[last], 4, "the last item stands at the end of the window");
                assert_eq!(rows.ids[last] as u32, sequence.inputs[sequence.inputs.len() - 1] + 1);
                assert_eq!(rows.targets[last], rows.ids[last] + 1);
            }
        }
    }

    #[test]
    fn a_long_sequence_keeps_its_most_recent_items() {
        let packed = Rows::pack(&[sequence(&[1, 2, 3, 4, 5])], 3, Layout::Packed);
        assert_eq!(packed.ids, vec![4, 5, 6]);
        assert_eq!(packed.targets, vec![5, 6, 7]);
    }

    #[test]
    fn an_empty_sequence_still_has_a_token() {
        let packed = Rows::pack(&[sequence(&[]), sequence(&[1, 2, 3])], 3, Layout::Packed);
        assert_eq!(packed.rows, 2);
        assert_eq!(packed.segment[packed.last[0] as usize], -1);
        let last = packed.last[0] as usize;
        assert_eq!(packed.tokens(0), last..last + 1);
    }

    #[test]
    fn the_tokens_of_a_history_are_its_items() {
        let histories: [&[u32]; 4] = [&[4, 5], &[7, 8, 9, 10, 11, 12], &[1], &[2, 3]];
        for layout in [Layout::Packed, Layout::Padded] {
            let rows = Rows::of_histories(&histories, 5, layout);
            for (sequence, history) in histories.iter().enumerate() {
                let seen: Vec<u32> = rows.ids[rows.tokens(sequence)].iter().map(|&id| id as u32 - 1).collect();
                assert_eq!(seen, history[history.len().saturating_sub(5)..]);
            }
        }
    }
}
