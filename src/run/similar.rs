//! Items that are alike: the nearest of each by the cosine of the trained item vectors, or of latents.
//!
//! In: a run or a checkpoint. Out: [`SimilarItems`], which tells the nearest items of one or of some; and lines of a table or of JSON.

use std::io::{self, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Checkpoint, CheckpointError, LatentSet, LatentSubject, ListFormat, Run, RunError, latents::latents_after};
use crate::{
    device::Compute,
    log::write_field,
    parallel::{map_pieces, piece_rows},
};

/// Vectors by which items are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimilarBy {
    /// Rows of the item table, with which the model scores.
    #[default]
    Vector,
    /// Posterior means after a history of the item alone: where the encoder puts somebody who has had nothing else.
    Latent,
}

/// Items with vectors of length 1.
pub struct SimilarItems {
    /// Row-major.
    vectors: Vec<f32>,
    dimensions: usize,
}

impl SimilarItems {
    fn new(
        LatentSet {
            mut values, dimensions, ..
        }: LatentSet,
    ) -> Self {
        let dimensions = dimensions.max(1);
        for vector in values.chunks_exact_mut(dimensions) {
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            // A vector of zeros has no direction and is like none.
            if length > 0.0 {
                vector.iter_mut().for_each(|value| *value /= length);
            }
        }
        Self {
            vectors: values,
            dimensions,
        }
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.vectors.len() / self.dimensions
    }

    /// Numbers in all vectors: what one comparison with all costs.
    pub fn numbers(&self) -> usize {
        self.vectors.len()
    }

    /// The `k` nearest other items with their cosines, best first; of equal cosines the item that is first in the log.
    pub fn nearest(&self, item: usize, k: usize) -> Vec<(u32, f32)> {
        let own = &self.vectors[item * self.dimensions..][..self.dimensions];
        let cosine = |other: &[f32]| other.iter().zip(own).map(|(a, b)| a * b).sum::<f32>();
        let others = (0u32..).zip(self.vectors.chunks_exact(self.dimensions).map(cosine));
        let mut all: Vec<(u32, f32)> = others.filter(|(other, _)| *other as usize != item).collect();
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if all.len() > k {
            all.select_nth_unstable_by(k, order);
            all.truncate(k);
        }
        all.sort_unstable_by(order);
        all
    }

    /// The same of several items, in their order.
    pub fn nearest_of(&self, items: Range<usize>, k: usize) -> Vec<Vec<(u32, f32)>> {
        let rows = items.len();
        let pieces = map_pieces(rows, piece_rows(rows, self.vectors.len() as f64), |range| {
            range.map(|row| self.nearest(items.start + row, k)).collect::<Vec<_>>()
        });
        pieces.into_iter().flatten().collect()
    }
}

/// Identifiers and titles of items, by item index.
#[derive(Clone, Copy)]
pub struct ItemNames<'a> {
    /// Identifiers of the log.
    pub ids: &'a [String],
    /// Titles; the identifier if there is none.
    pub titles: &'a [String],
}

/// One line, in every format.
#[derive(Serialize)]
pub struct SimilarLine<'a> {
    /// The item whose neighbours are told; absent if there is one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<&'a str>,
    /// From 1.
    pub rank: u32,
    /// The neighbour.
    pub similar: &'a str,
    pub title: &'a str,
    pub cosine: f32,
}

impl<'a> ItemNames<'a> {
    /// Lines of the neighbours of an item.
    pub fn lines(self, of: Option<usize>, near: &[(u32, f32)]) -> impl Iterator<Item = SimilarLine<'a>> {
        let text = |texts: &'a [String], at: usize| texts.get(at).map_or("", String::as_str);
        (1..).zip(near).map(move |(rank, &(other, cosine))| SimilarLine {
            item: of.map(|item| text(self.ids, item)),
            rank,
            similar: text(self.ids, other as usize),
            title: text(self.titles, other as usize),
            cosine,
        })
    }
}

impl SimilarLine<'_> {
    /// Names of the fields.
    pub const FIELDS: [&'static str; 5] = ["item", "rank", "similar", "title", "cosine"];

    /// Writes the line.
    pub fn write(&self, format: ListFormat, out: &mut impl Write) -> io::Result<()> {
        match format {
            ListFormat::Jsonl => {
                serde_json::to_writer(&mut *out, self)?;
                out.write_all(b"\n")
            }
            ListFormat::Csv => {
                write_field(self.item.unwrap_or_default(), ",", out)?;
                write!(out, ",{},", self.rank)?;
                write_field(self.similar, ",", out)?;
                out.write_all(b",")?;
                write_field(self.title, ",", out)?;
                writeln!(out, ",{}", self.cosine)
            }
        }
    }
}

/// Histories of one item each.
fn alone(items: usize) -> Vec<[u32; 1]> {
    (0..items as u32).map(|item| [item]).collect()
}

impl Run {
    /// Items to compare, by the present weights.
    pub async fn similar_items(&self, by: SimilarBy) -> Result<SimilarItems, RunError> {
        if by == SimilarBy::Vector {
            return Ok(SimilarItems::new(self.latents(LatentSubject::Items).await?));
        }
        let alone = alone(self.plan().items());
        let histories: Vec<&[u32]> = alone.iter().map(|item| &item[..]).collect();
        Ok(SimilarItems::new(LatentSet {
            indices: Vec::new(),
            values: self.latents_by(&self.inference_model(), &histories).await?,
            dimensions: self.config().latent_size(),
        }))
    }
}

impl Checkpoint {
    /// The same by the model to use; no data is needed.
    pub async fn similar_items(&self, by: SimilarBy, compute: Compute) -> Result<SimilarItems, CheckpointError> {
        if by == SimilarBy::Vector {
            return Ok(SimilarItems::new(self.item_latents()?));
        }
        let (items, config, device) = (self.record.item_ids.len(), &self.record.config, compute.device());
        let alone = alone(items);
        let histories: Vec<&[u32]> = alone.iter().map(|item| &item[..]).collect();
        let model = self.model_for(&[], device)?;
        Ok(SimilarItems::new(LatentSet {
            indices: Vec::new(),
            values: latents_after(config, items, &model, &histories, device).await?,
            dimensions: config.latent_size(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        log::{Example, ReadOptions, generate},
        run::Config,
    };

    #[test]
    fn neighbours_are_in_the_order_of_their_cosines() {
        let values = vec![2.0, 0.0, 1.0, 1.0, 0.0, 3.0, 4.0, 0.0, 0.0, 0.0];
        let items = SimilarItems::new(LatentSet {
            indices: Vec::new(),
            values,
            dimensions: 2,
        });
        assert_eq!(items.items(), 5);
        let near = items.nearest(0, 9);
        assert_eq!(near.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [3, 1, 2, 4]);
        assert!((near[1].1 - 0.5f32.sqrt()).abs() < 1e-6);
        assert_eq!(items.nearest_of(0..5, 1)[2], [(1, near[1].1)]);
    }

    #[test]
    fn run_and_checkpoint_say_the_same_by_either_vector() {
        let data = generate(&Example {
            users: 60,
            items: 60,
            ..Example::default()
        });
        let mut config = Config::default();
        config.model.hidden_size = 8;
        let mut run = Run::new(config, Arc::new(data.unwrap()), Compute::cpu()).unwrap();
        block_on(run.step()).unwrap();
        let checkpoint = block_on(run.checkpoint(&ReadOptions::with_k_core(1))).unwrap();
        for by in [SimilarBy::Vector, SimilarBy::Latent] {
            let of_run = block_on(run.similar_items(by)).unwrap();
            let of_file = block_on(checkpoint.similar_items(by, Compute::cpu())).unwrap();
            assert_eq!(of_run.nearest_of(0..60, 5), of_file.nearest_of(0..60, 5));
        }
        let latent = block_on(run.similar_items(SimilarBy::Latent)).unwrap();
        let mean = block_on(run.posterior_after(&[4])).unwrap().mean;
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        for (found, value) in latent.vectors[4 * 8..].iter().zip(&mean) {
            assert!((found - value / length).abs() < 1e-5);
        }
    }
}
