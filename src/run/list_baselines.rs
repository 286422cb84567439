//! Measures of the lists that baselines would give, to stand beside those of a model.
//!
//! In: a data set, users, and which lists are wanted. Out: [`ListMeasures`] of popularity and of item-kNN on the same histories and items; in
//! slices, so that a host can show progress, answer its user and cancel.

use std::sync::Arc;

use serde::Serialize;

use super::{ListOptions, everyone::baseline_lists};
use crate::{
    evaluate::{BaselineBuilder, BaselineError, BeyondAccuracy, BeyondAccuracyMeter, Scorer, users_at_once},
    log::Dataset,
};

/// Baselines that stand beside a model's lists.
const BESIDE: [&str; 2] = ["popularity", "item_knn"];

/// Measures of the lists that somebody made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListMeasures {
    /// `model`, or the name of a baseline.
    pub by: String,
    /// The measures.
    pub measures: BeyondAccuracy,
}

enum Stage {
    /// A baseline is to be begun.
    Next,
    Building(BaselineBuilder),
    Listing(Box<dyn Scorer>, BeyondAccuracyMeter),
}

/// Baselines under way.
pub struct ListBaselines {
    data: Arc<Dataset>,
    users: Vec<u32>,
    options: ListOptions,
    stage: Stage,
    /// Users that have a list of the present baseline.
    done: usize,
    rows: Vec<ListMeasures>,
}

impl ListBaselines {
    /// Nothing is counted yet.
    pub fn new(data: Arc<Dataset>, users: Vec<u32>, options: ListOptions) -> Self {
        Self {
            data,
            users,
            options,
            stage: Stage::Next,
            done: 0,
            rows: Vec::new(),
        }
    }

    /// Lists done, and lists in all.
    pub fn progress(&self) -> (usize, usize) {
        let users = self.users.len();
        (users * self.rows.len() + self.done, users * BESIDE.len())
    }

    /// Does the next slice; Some when all is measured.
    pub fn advance(&mut self) -> Result<Option<Vec<ListMeasures>>, BaselineError> {
        let data = &*self.data;
        self.stage = match std::mem::replace(&mut self.stage, Stage::Next) {
            Stage::Next => match BESIDE.get(self.rows.len()) {
                Some(name) => Stage::Building(BaselineBuilder::new(name, data, None)?),
                None => return Ok(Some(std::mem::take(&mut self.rows))),
            },
            Stage::Building(mut builder) => match builder.advance(data)? {
                false => Stage::Building(builder),
                true => match builder.finish() {
                    Some((scorer, _)) => Stage::Listing(scorer, BeyondAccuracyMeter::new(data, self.options.k)),
                    None => Stage::Next,
                },
            },
            Stage::Listing(scorer, mut meter) => {
                let left = &self.users[self.done..];
                let some = &left[..left.len().min(users_at_once(data.items.len()))];
                for list in baseline_lists(data, scorer.as_ref(), some, &self.options) {
                    meter.add(list.items.into_iter().map(|(item, _)| item));
                }
                self.done += some.len();
                if self.done < self.users.len() {
                    Stage::Listing(scorer, meter)
                } else {
                    self.done = 0;
                    self.rows.push(ListMeasures {
                        by: scorer.name().to_owned(),
                        measures: meter.finish(),
                    });
                    Stage::Next
                }
            }
        };
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Example, generate};

    #[test]
    fn everybody_gets_one_list_of_popularity_and_others_of_item_knn() {
        let data = Arc::new(generate(&Example::default()).unwrap());
        let options = ListOptions {
            k: 5,
            with_history: true,
            allowed: Vec::new(),
        };
        let users: Vec<u32> = (0..data.users.len() as u32).collect();
        let mut baselines = ListBaselines::new(data.clone(), users.clone(), options);
        let mut seen = (0, 0);
        let rows = loop {
            if let Some(rows) = baselines.advance().unwrap() {
                break rows;
            }
            assert!(baselines.progress() >= seen);
            seen = baselines.progress();
        };
        assert_eq!(seen, (2 * users.len(), 2 * users.len()));
        let [popularity, item_knn] = &rows[..] else {
            panic!("{rows:?}")
        };
        assert_eq!((popularity.by.as_str(), item_knn.by.as_str()), ("popularity", "item_knn"));
        assert_eq!(popularity.measures.coverage, 5.0 / data.items.len() as f64);
        assert!((popularity.measures.overlap - 1.0).abs() < 1e-12);
        assert!(item_knn.measures.coverage > popularity.measures.coverage);
        assert!(item_knn.measures.overlap < 0.9);
    }
}
