//! The latents of a run, read to the host for maps and diagnostics.
//!
//! In: a run. Out: [`LatentSet`], a matrix and which item or user each of its rows is.

use super::{Run, RunError, training::read};
use crate::log::Split;

/// Users that one pass takes.
const USERS_AT_ONCE: usize = 256;
/// Users on a map: more points than this say nothing more to the eye, and cost a pass each.
const USERS_AT_MOST: usize = 2_000;

/// Whose latents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatentSubject {
    /// Item embeddings.
    Items,
    /// Posterior means at the last position of each user's training and validation items.
    Users,
}

/// Latents on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentSet {
    /// Item or user index of each row.
    pub indices: Vec<u32>,
    /// Row-major, `indices.len()` times `dimensions`.
    pub values: Vec<f32>,
    /// Width of a row.
    pub dimensions: usize,
}

impl Run {
    /// The latents as they are now. Of more than 2,000 users an evenly spaced 2,000, always the same ones.
    pub async fn latents(&self, subject: LatentSubject) -> Result<LatentSet, RunError> {
        let model = self.inference_model();
        let dimensions = self.config.model.hidden_size;
        match subject {
            LatentSubject::Items => {
                let values = read(model.items()).await?;
                Ok(LatentSet {
                    indices: (0..self.data.items.len() as u32).collect(),
                    values,
                    dimensions,
                })
            }
            LatentSubject::Users => {
                let users = self.data.sequences.len();
                let shown = users.min(USERS_AT_MOST);
                let indices: Vec<u32> = (0..shown).map(|index| (index * users / shown) as u32).collect();
                let mut values = Vec::with_capacity(indices.len() * dimensions);
                for some in indices.chunks(USERS_AT_ONCE) {
                    let histories: Vec<&[u32]> = some
                        .iter()
                        .map(|&user| {
                            // A map that had seen the answer of the test would not show what the test sees.
                            let query = self.data.query(user as usize, Split::Test);
                            query.map_or(self.data.train_part(user as usize), |(history, _)| history)
                        })
                        .collect();
                    let batch = self.pack_histories(&histories);
                    values.extend(read(model.means(&batch).select(0, batch.last.clone())).await?);
                }
                Ok(LatentSet {
                    indices,
                    values,
                    dimensions,
                })
            }
        }
    }
}
