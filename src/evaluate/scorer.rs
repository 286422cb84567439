//! Recommenders that need no gradient, and the evaluation of them in slices, so that a page stays responsive in between.
//!
//! In: a data set, a split and something that gives every item a score after a history ([`Scorer`]); for the test of
//! robustness also a [`Corruption`]. Out: each user's rank, and the [`Metrics`] of all of them. The protocol is that of a model:
//! all items are ranked, those of the history are left out, ties count against the answer (see [`rank_of`]). Here is also the
//! plainest recommender, [`PopularityScorer`]; `markov` and `item_knn` hold the others.

use super::corruption::Corruption;
use super::metrics::{Metrics, MetricsAccumulator, RankError, rank_of};
use crate::{
    log::{Dataset, Split},
    parallel::{map_pieces, piece_rows},
};

/// About what it takes to score and compare an item.
const ITEM_NANOSECONDS: f64 = 1.0;

/// A recommender. It was built on the training parts of a data set and knows nothing of the answers.
pub trait Scorer: Send + Sync {
    /// A short name for tables and for the protocol, in snake case.
    fn name(&self) -> &'static str;

    /// Writes how well each item would go on with this history; higher is better, the unit is the recommender's own.
    ///
    /// `history` is oldest first, `scores` has one place for each item of the data set, and every place is written. Items of the
    /// history get a score like any other; leaving them out is the business of whoever ranks. Items that are unknown count
    /// as absent from the history.
    fn score(&self, history: &[u32], scores: &mut [f32]);
}

/// How often each item occurs in the training parts, which is all that a recommender may count.
pub fn training_counts(dataset: &Dataset) -> Vec<u32> {
    let mut counts = vec![0u32; dataset.items.len()];
    for user in 0..dataset.users.len() {
        for &item in dataset.train_part(user) {
            if let Some(count) = counts.get_mut(item as usize) {
                *count += 1;
            }
        }
    }
    counts
}

/// For each item how many distinct counts are smaller than its own: the same order and the same ties as the counts, in whole
/// numbers below the number of items, which single precision holds exactly (counts may exceed its 2^24).
pub(super) fn levels(counts: &[u32]) -> Vec<u32> {
    let mut distinct = counts.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let level = |count: &u32| distinct.partition_point(|other| other < count) as u32;
    counts.iter().map(level).collect()
}

/// Everybody gets the same list: items by how often they occur in the training parts.
///
/// The score of an item is the number of distinct smaller counts, which orders and ties items as their counts do.
#[derive(Clone, Debug)]
pub struct PopularityScorer {
    scores: Vec<f32>,
}

impl PopularityScorer {
    /// Counts the training parts.
    pub fn new(dataset: &Dataset) -> Self {
        let levels = levels(&training_counts(dataset));
        PopularityScorer {
            scores: levels.into_iter().map(|level| level as f32).collect(),
        }
    }
}

impl Scorer for PopularityScorer {
    fn name(&self) -> &'static str {
        "popularity"
    }

    fn score(&self, _history: &[u32], scores: &mut [f32]) {
        for (score, own) in scores.iter_mut().zip(&self.scores) {
            *score = *own;
        }
    }
}

/// The full ranking of one split by one recommender, some users at a time.
///
/// It holds no reference to data set or recommender, so it can wait in a session between two slices; give every call the same
/// two.
#[derive(Clone, Debug)]
pub struct ScorerEvaluation {
    split: Split,
    corruption: Option<Corruption>,
    users: usize,
    items: usize,
    /// One place for each user that was dealt with.
    ranks: Vec<Option<u32>>,
    accumulator: MetricsAccumulator,
}

impl ScorerEvaluation {
    /// An evaluation that has not begun.
    pub fn new(dataset: &Dataset, split: Split) -> Self {
        ScorerEvaluation {
            split,
            corruption: None,
            users: dataset.users.len(),
            items: dataset.items.len(),
            ranks: Vec::with_capacity(dataset.users.len()),
            accumulator: MetricsAccumulator::default(),
        }
    }

    /// Spoils what the recommender is told of each user. The items that are left out of the ranking stay those of the history
    /// as it was, so that only the recommender's knowledge changes and a deleted item cannot come back as a recommendation.
    #[must_use]
    pub fn with_corruption(mut self, corruption: Corruption) -> Self {
        self.corruption = Some(corruption);
        self
    }

    /// Deals with the next `users` users (at least one). The metrics of all users once the last one is done, `None` before.
    pub fn advance<S: Scorer + ?Sized>(
        &mut self,
        dataset: &Dataset,
        scorer: &S,
        users: usize,
    ) -> Result<Option<Metrics>, RankError> {
        let done = self.ranks.len();
        let count = done.saturating_add(users.max(1)).min(self.users) - done;
        let ranks = map_pieces(count, piece_rows(count, ITEM_NANOSECONDS * self.items as f64), |range| {
            let mut scores = vec![0.0; self.items];
            let rank = |user: usize| self.rank(dataset, scorer, done + user, &mut scores);
            range.map(rank).collect::<Vec<_>>()
        });
        for rank in ranks.into_iter().flatten() {
            let rank = rank?;
            if let Some(rank) = rank {
                self.accumulator.add(rank);
            }
            self.ranks.push(rank);
        }
        Ok((self.ranks.len() >= self.users).then(|| self.accumulator.finish()))
    }

    /// The rank of a user's answer; `None` for a user without one.
    fn rank<S: Scorer + ?Sized>(
        &self,
        dataset: &Dataset,
        scorer: &S,
        user: usize,
        scores: &mut [f32],
    ) -> Result<Option<u32>, RankError> {
        let Some((history, answer)) = dataset.query(user, self.split) else {
            return Ok(None);
        };
        let told = Corruption::told(self.corruption.as_ref(), user, history, self.items);
        scorer.score(&told, scores);
        rank_of(scores, answer, history).map(Some)
    }

    /// Users that were dealt with, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.ranks.len(), self.users)
    }

    /// For each user that was dealt with the answer's 1-based rank; `None` for users without an answer in this split. What
    /// [`GroupedMetrics::of_ranks`](super::groups::GroupedMetrics::of_ranks) takes.
    pub fn ranks(&self) -> &[Option<u32>] {
        &self.ranks
    }
}

/// Evaluates in one go.
pub fn evaluate<S: Scorer + ?Sized>(dataset: &Dataset, split: Split, scorer: &S) -> Result<Metrics, RankError> {
    let metrics = ScorerEvaluation::new(dataset, split).advance(dataset, scorer, usize::MAX)?;
    Ok(metrics.unwrap_or_default())
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::corruption::CorruptionKind;
    use super::*;
    use crate::log::{ReadOptions, read};

    /// A data set of lines `user item item ...`; items are numbered in order of first appearance.
    pub(crate) fn dataset(text: &str) -> Dataset {
        read(("a.txt", text.as_bytes()), None, &ReadOptions::with_k_core(1)).unwrap()
    }

    /// Forty users with 3 to 11 interactions with 29 items.
    pub(crate) fn forty_users() -> Dataset {
        let mut text = String::new();
        for user in 0..40u32 {
            text.push_str(&format!("u{user}"));
            for n in 0..(3 + user % 9) {
                text.push_str(&format!(" i{}", (user * n * n + 3 * n) % 29));
            }
            text.push('\n');
        }
        dataset(&text)
    }

    /// Prefers what the history ends on, then lower items; something that reads the history.
    struct Echo;

    impl Scorer for Echo {
        fn name(&self) -> &'static str {
            "echo"
        }

        fn score(&self, history: &[u32], scores: &mut [f32]) {
            for (item, score) in scores.iter_mut().enumerate() {
                *score = -(item as f32);
            }
            if let Some(&last) = history.last() {
                scores[(last as usize + 1) % 29] = 1.0;
            }
        }
    }

    #[test]
    fn popularity_by_hand() {
        // Training parts: u: a b c, v: a b. Items a=0 b=1 c=2 d=3 e=4, counts 2 2 1 0 0.
        let dataset = dataset("u a b c d e\nv a b e d\n");
        assert_eq!(training_counts(&dataset), [2, 2, 1, 0, 0]);
        assert_eq!(levels(&[7, 7, 2, 0, 0, 30]), [2, 2, 1, 0, 0, 3]);
        let scorer = PopularityScorer::new(&dataset);
        let mut scores = [9.0; 5];
        scorer.score(&[], &mut scores);
        assert_eq!(scores, [2.0, 2.0, 1.0, 0.0, 0.0]);
        let mut evaluation = ScorerEvaluation::new(&dataset, Split::Test);
        // u: history a b c d, answer e, alone: rank 1. v: history a b e, answer d; c before it: rank 2.
        assert_eq!(evaluation.advance(&dataset, &scorer, 1), Ok(None));
        assert_eq!((evaluation.progress(), evaluation.ranks()), ((1, 2), &[Some(1)][..]));
        assert_eq!(
            evaluation.advance(&dataset, &scorer, 0),
            Ok(Some(Metrics::from_ranks([1, 2])))
        );
        // u: history a b c, answer d, tied with e: rank 2. v: history a b, answer e, tied with d, c before: rank 3.
        assert_eq!(evaluate(&dataset, Split::Valid, &scorer), Ok(Metrics::from_ranks([2, 3])));
    }

    #[test]
    fn popularity_ranks_as_the_counts_do() {
        let dataset = forty_users();
        let counts: Vec<f32> = training_counts(&dataset).into_iter().map(|count| count as f32).collect();
        for split in [Split::Valid, Split::Test] {
            let ranks = (0..40).filter_map(|user| dataset.query(user, split));
            let expected = Metrics::from_ranks(ranks.map(|(history, answer)| rank_of(&counts, answer, history).unwrap()));
            assert_eq!(expected.users, 40);
            assert_eq!(evaluate(&dataset, split, &PopularityScorer::new(&dataset)), Ok(expected));
        }
    }

    #[test]
    fn slices_do_not_show() {
        let dataset = forty_users();
        let whole = evaluate(&dataset, Split::Test, &Echo).unwrap();
        for slice in [1, 7, 39, 40, 41] {
            let mut evaluation = ScorerEvaluation::new(&dataset, Split::Test);
            let mut calls = 1;
            let scorer: &dyn Scorer = &Echo;
            let metrics = loop {
                if let Some(metrics) = evaluation.advance(&dataset, scorer, slice).unwrap() {
                    break metrics;
                }
                calls += 1;
            };
            assert_eq!((metrics, calls), (whole.clone(), 40usize.div_ceil(slice)));
            // A finished evaluation repeats its result.
            assert_eq!(evaluation.advance(&dataset, scorer, slice), Ok(Some(whole.clone())));
        }
    }

    #[test]
    fn users_without_an_answer_are_passed_over() {
        let dataset = dataset("u a\nv a b c d\nw a b\n");
        let mut evaluation = ScorerEvaluation::new(&dataset, Split::Valid);
        let metrics = evaluation
            .advance(&dataset, &PopularityScorer::new(&dataset), 3)
            .unwrap()
            .unwrap();
        assert_eq!(metrics.users, 1);
        assert_eq!(evaluation.ranks(), [None, Some(2), None]);
    }

    #[test]
    fn corruption_changes_what_is_told_but_not_what_is_left_out() {
        let dataset = forty_users();
        let run = |share| {
            let corruption = Corruption {
                kind: CorruptionKind::Deletion,
                share,
                seed: 3,
            };
            let mut evaluation = ScorerEvaluation::new(&dataset, Split::Test).with_corruption(corruption);
            evaluation.advance(&dataset, &Echo, 40).unwrap().unwrap();
            evaluation.ranks().to_vec()
        };
        let mut plain = ScorerEvaluation::new(&dataset, Split::Test);
        plain.advance(&dataset, &Echo, 40).unwrap();
        assert_eq!(run(0.0), plain.ranks());
        assert_ne!(run(0.4), plain.ranks());
        // Popularity does not read the history, so nothing that it is told can change its ranks.
        let popularity = PopularityScorer::new(&dataset);
        let corruption = Corruption {
            kind: CorruptionKind::Deletion,
            share: 0.4,
            seed: 3,
        };
        let mut spoiled = ScorerEvaluation::new(&dataset, Split::Test).with_corruption(corruption);
        assert_eq!(
            spoiled.advance(&dataset, &popularity, 40).unwrap(),
            Some(evaluate(&dataset, Split::Test, &popularity).unwrap())
        );
    }

    #[test]
    fn scores_that_are_no_numbers_stop_it() {
        struct Broken;
        impl Scorer for Broken {
            fn name(&self) -> &'static str {
                "broken"
            }
            fn score(&self, _history: &[u32], scores: &mut [f32]) {
                scores.fill(f32::NAN);
            }
        }
        let error = evaluate(&forty_users(), Split::Test, &Broken);
        assert_eq!(error, Err(RankError::NotANumber { item: 0 }));
    }
}
