//! Users as sets of items: what models without an order see.
//!
//! In: item indices, in any order and with repetitions. Out: [`Bags`], the rows of a matrix of zeros and ones, kept as the places of its
//! ones, since a user has met few of the items. The same matrix turned has the users of each item.

use burn::tensor::{Device, Tensor, TensorData};

/// A matrix of zeros and ones, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bags {
    columns: usize,
    /// Where each row begins in `members`, and the end of the last.
    starts: Vec<usize>,
    /// The columns with a one, ascending within a row.
    members: Vec<u32>,
}

impl Bags {
    /// A row for each slice; what stands in it twice counts once (all three models learn from binary ratings). Every member is below
    /// `columns`.
    pub fn new<'a>(rows: impl IntoIterator<Item = &'a [u32]>, columns: usize) -> Self {
        let (mut starts, mut members) = (vec![0], Vec::new());
        for row in rows {
            let mut row = row.to_vec();
            row.sort_unstable();
            row.dedup();
            members.extend(row);
            starts.push(members.len());
        }
        Self {
            columns,
            starts,
            members,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of ones.
    pub fn ones(&self) -> usize {
        self.members.len()
    }

    /// The columns with a one in a row.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.members[self.starts[row]..self.starts[row + 1]]
    }

    /// Place of a row's first one among all ones.
    pub fn first(&self, row: usize) -> usize {
        self.starts[row]
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.rows()).map(|row| self.row(row))
    }

    /// These rows, in this order.
    pub fn select(&self, rows: &[u32]) -> Self {
        Self::new(rows.iter().map(|&row| self.row(row as usize)), self.columns)
    }

    /// The transpose: for each column the rows that have it.
    pub fn turned(&self) -> Self {
        let mut rows = vec![Vec::new(); self.columns];
        for (row, members) in (0..).zip(self.iter()) {
            for &member in members {
                rows[member as usize].push(row);
            }
        }
        Self::new(rows.iter().map(Vec::as_slice), self.rows())
    }

    /// For each one the reciprocal of its row's length as a vector, 1 / ||x||_2, or 1 where rows are left as they are.
    pub fn values(&self, normalised: bool) -> Vec<f32> {
        self.iter()
            .flat_map(|row| {
                let value = if normalised { 1.0 / (row.len() as f32).sqrt() } else { 1.0 };
                std::iter::repeat_n(value, row.len())
            })
            .collect()
    }

    /// The whole matrix, `[rows, columns]`, with `values` in the places of its ones.
    pub fn dense(&self, values: &[f32], device: &Device) -> Tensor<2> {
        let mut matrix = vec![0.0f32; self.rows() * self.columns];
        let mut values = values.iter();
        for (row, place) in self.iter().zip(matrix.chunks_exact_mut(self.columns.max(1))) {
            for (&member, value) in row.iter().zip(&mut values) {
                place[member as usize] = *value;
            }
        }
        Tensor::from_data(TensorData::new(matrix, [self.rows(), self.columns]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bag_has_each_item_once_and_turns_into_the_users_of_the_items() {
        let bags = Bags::new([&[3, 1, 3][..], &[], &[1]], 4);
        assert_eq!((bags.rows(), bags.columns(), bags.ones()), (3, 4, 3));
        assert_eq!(bags.iter().collect::<Vec<_>>(), [&[1, 3][..], &[], &[1]]);
        let turned = bags.turned();
        assert_eq!(turned.iter().collect::<Vec<_>>(), [&[][..], &[0, 2], &[], &[0]]);
        assert_eq!(turned.turned(), bags);
        assert_eq!(bags.select(&[2, 0]).iter().collect::<Vec<_>>(), [&[1][..], &[1, 3]]);
        let root = 0.5f32.sqrt();
        assert_eq!(bags.values(true), [root, root, 1.0]);
        let dense = bags.dense(&bags.values(true), &Device::flex()).into_data();
        assert_eq!(
            dense.try_to_vec::<f32>().unwrap(),
            [0.0, root, 0.0, root, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
        );
    }
}
