//! The baseline that everybody gets the same list: items by how often they occur.
//!
//! In: a data set and a split. Out: the [`Metrics`] of ranking by popularity. Only the training part is counted, so nothing of
//! the answers leaks into the order; history and ties are treated as for a model (see [`rank_of`](super::rank_of)).

use super::metrics::{Metrics, MetricsAccumulator};
use crate::log::{Dataset, Split};

/// Ranks by counts in the training part, for every user that has an answer in this split.
pub fn popularity(dataset: &Dataset, split: Split) -> Metrics {
    let mut counts = vec![0usize; dataset.items.len()];
    for user in 0..dataset.sequences.len() {
        for &item in dataset.train_part(user) {
            if let Some(count) = counts.get_mut(item as usize) {
                *count += 1;
            }
        }
    }
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
    let mut accumulator = MetricsAccumulator::default();
    let mut seen: Vec<u32> = Vec::new();
    for user in 0..dataset.sequences.len() {
        let Some((history, answer)) = dataset.query(user, split) else {
            continue;
        };
        let Some(&of_answer) = counts.get(answer as usize) else {
            continue;
        };
        seen.clear();
        seen.extend_from_slice(history);
        seen.sort_unstable();
        seen.dedup();
        let excluded = seen
            .iter()
            .filter(|&&item| item != answer && counts.get(item as usize).is_some_and(|&count| count >= of_answer));
        accumulator.add(at_least[of_answer].saturating_sub(u32::try_from(excluded.count()).unwrap_or(u32::MAX)));
    }
    accumulator.finish()
}

#[cfg(test)]
mod tests {
    use super::super::metrics::rank_of;
    use super::*;
    use crate::log::{ReadOptions, read};

    #[test]
    fn the_table_ranks_as_the_scores_do() {
        let mut text = String::new();
        for user in 0..40u32 {
            text.push_str(&format!("u{user}"));
            for n in 0..(3 + user % 9) {
                text.push_str(&format!(" i{}", (user * n * n + 3 * n) % 29));
            }
            text.push('\n');
        }
        let options = ReadOptions::with_k_core(1);
        let dataset = read(("a.txt", text.as_bytes()), None, &options).unwrap();
        let mut scores = vec![0f32; dataset.items.len()];
        for user in 0..40 {
            for &item in dataset.train_part(user) {
                scores[item as usize] += 1.0;
            }
        }
        for split in [Split::Valid, Split::Test] {
            let ranks = (0..40)
                .filter_map(|user| dataset.query(user, split))
                .map(|(h, a)| rank_of(&scores, a, h).unwrap());
            let expected = Metrics::from_ranks(ranks);
            assert_eq!(expected.users, 40);
            assert_eq!(popularity(&dataset, split), expected);
        }
    }
}
