//! How good recommendations of rare and of common answers are, beside those of ranking by popularity.
//!
//! In: a data set and a split, once; then the rank of each user, after each epoch. Out: [`FrequencyGroups`], which are Figure 2a of
//! the ContrastVAE paper with a baseline. What does not depend on the model is worked out once, so that an epoch costs one pass over
//! the ranks.

use serde::Serialize;

use super::groups::{GroupMetrics, GroupedMetrics, Grouping, assign};
use super::metrics::Metrics;
use super::popularity::popularity_ranks;
use crate::log::{Dataset, Split};

/// The two measures of how common an answer is.
const GROUPINGS: [Grouping; 2] = [Grouping::AnswerFrequency, Grouping::TrainingFrequency];

/// Metrics by one measure of how common the answer is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrequencyGroups {
    /// By what.
    pub grouping: Grouping,
    /// One for each of [`group_labels`](super::group_labels), empty ones included.
    pub groups: Vec<FrequencyGroup>,
}

/// One group of users.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrequencyGroup {
    /// One of [`group_labels`](super::group_labels).
    pub label: String,
    /// Users in it that were asked.
    pub users: u32,
    /// Of the model; all zero where there is nobody.
    pub metrics: Metrics,
    /// Of ranking by popularity.
    pub popularity: Metrics,
}

/// The groups of a split's users.
#[derive(Clone, Debug)]
pub struct ByFrequency {
    /// The group of each user and the metrics of popularity, for each of [`GROUPINGS`].
    known: Vec<(Grouping, Vec<Option<u8>>, Vec<GroupMetrics>)>,
}

impl ByFrequency {
    /// Sorts the users of a split by how common their answers are.
    pub fn new(dataset: &Dataset, split: Split) -> Self {
        let ranks = popularity_ranks(dataset, split);
        let known = GROUPINGS.map(|grouping| {
            let groups = assign(dataset, split, grouping);
            let popularity = GroupedMetrics::of_ranks(&groups, &ranks).finish();
            (grouping, groups, popularity)
        });
        Self { known: known.into() }
    }

    /// The metrics of ranks by user; users without a rank are left out.
    pub fn of_ranks(&self, ranks: &[Option<u32>]) -> Vec<FrequencyGroups> {
        let of_grouping = |(grouping, groups, popularity): &(Grouping, Vec<Option<u8>>, Vec<GroupMetrics>)| {
            let found = GroupedMetrics::of_ranks(groups, ranks).finish().into_iter().zip(popularity);
            FrequencyGroups {
                grouping: *grouping,
                groups: found
                    .map(|(model, popularity)| FrequencyGroup {
                        label: model.label,
                        users: model.users,
                        metrics: model.metrics,
                        popularity: popularity.metrics.clone(),
                    })
                    .collect(),
            }
        };
        self.known.iter().map(of_grouping).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scorer::tests::forty_users;
    use super::super::{PopularityScorer, ScorerEvaluation};
    use super::*;

    #[test]
    fn a_model_that_ranks_by_popularity_is_the_baseline_in_each_group() {
        let data = forty_users();
        let ranks = popularity_ranks(&data, Split::Valid);
        let found = ByFrequency::new(&data, Split::Valid).of_ranks(&ranks);
        assert_eq!(found.len(), 2);
        for by in &found {
            assert_eq!(
                by.groups.iter().map(|group| group.users).sum::<u32>(),
                40,
                "{:?}",
                by.grouping
            );
            assert!(by.groups.iter().all(|group| group.metrics == group.popularity));
        }
        // All on the first place: the model's numbers change, those of popularity do not.
        let first = vec![Some(1); 40];
        let better = ByFrequency::new(&data, Split::Valid).of_ranks(&first);
        for (by, before) in better.iter().zip(&found) {
            for (group, before) in by.groups.iter().zip(&before.groups) {
                assert_eq!(group.popularity, before.popularity);
                assert_eq!(group.metrics.recall_5, if group.users > 0 { 1.0 } else { 0.0 });
            }
        }
    }

    #[test]
    fn the_ranks_are_those_of_the_scores() {
        let data = forty_users();
        let scorer = PopularityScorer::new(&data);
        let mut evaluation = ScorerEvaluation::new(&data, Split::Test);
        while evaluation.advance(&data, &scorer, 7).unwrap().is_none() {}
        assert_eq!(popularity_ranks(&data, Split::Test), evaluation.ranks());
    }
}
