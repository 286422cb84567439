//! The baseline that everybody gets the same list: items by how often they occur.
//!
//! In: a data set and a split. Out: the [`Metrics`] of ranking by popularity, or each user's rank. Only the training part is
//! counted, so nothing of the answers leaks into the order; history and ties are treated as for a model (see
//! [`rank_of`](super::rank_of)).

use super::metrics::Metrics;
use super::scorer::training_counts;
use crate::log::{Dataset, Split};

/// Ranks by counts in the training part, for every user that has an answer in this split. The numbers are those of
/// [`PopularityScorer`](super::PopularityScorer), which is slower.
pub fn popularity(dataset: &Dataset, split: Split) -> Metrics {
    Metrics::from_ranks(popularity_ranks(dataset, split).into_iter().flatten())
}

/// The rank of each user's answer; `None` where this split asks for nothing.
pub fn popularity_ranks(dataset: &Dataset, split: Split) -> Vec<Option<u32>> {
    let counts: Vec<usize> = training_counts(dataset).into_iter().map(|count| count as usize).collect();
    // The scores are the same for all users, so one table (how many items have at least this count) ranks everybody in the
    // length of the history, instead of a pass over all items for each user.
    let most = counts.iter().copied().max().unwrap_or(0);
    let mut at_least = vec![0u32; most + 2];
    for &count in &counts {
        at_least[count] += 1;
    }
    for count in (0..=most).rev() {
        at_least[count] += at_least[count + 1];
    }
    let mut seen: Vec<u32> = Vec::new();
    let rank = |user: usize| {
        let (history, answer) = dataset.query(user, split)?;
        let &of_answer = counts.get(answer as usize)?;
        seen.clear();
        seen.extend_from_slice(history);
        seen.sort_unstable();
        seen.dedup();
        let excluded = seen
            .iter()
            .filter(|&&item| item != answer && counts.get(item as usize).is_some_and(|&count| count >= of_answer));
        Some(at_least[of_answer].saturating_sub(u32::try_from(excluded.count()).unwrap_or(u32::MAX)))
    };
    (0..dataset.sequences.len()).map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scorer::tests::forty_users;
    use super::super::scorer::{PopularityScorer, evaluate};
    use super::*;

    #[test]
    fn the_table_ranks_as_the_scores_do() {
        let dataset = forty_users();
        for split in [Split::Valid, Split::Test] {
            let by_table = popularity(&dataset, split);
            assert_eq!(by_table.users, 40);
            assert_eq!(Ok(by_table), evaluate(&dataset, split, &PopularityScorer::new(&dataset)));
        }
    }
}
