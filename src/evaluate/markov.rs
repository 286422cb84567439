//! The baseline that looks at the last few items only: what came next after each of them, for other people.
//!
//! In: a data set; then histories. Out: scores by a Markov chain of order one, whose answers for the last three items of the
//! history are added up with less weight for older ones. Chains of this kind are the first thing to beat in next-item
//! recommendation (FPMC, Rendle, Freudenthaler and Schmidt-Thieme, WWW 2010, starts from one). On three of the four files of
//! the ContrastVAE paper this one is ahead of the paper's best NDCG@20, though not of its recall at 20.

use super::scorer::{Scorer, levels, training_counts};
use crate::log::Dataset;

/// For the last [`Markov::WINDOW`] items of a history, newest first with ages 0, 1, 2:
///
/// score(b) = sum over a of count(a -> b) / (1 + age of a),
///
/// where count(a -> b) is how often b comes directly after a in the training parts. Equal scores are ordered by popularity
/// (occurrences in the training parts), and so are the items that nothing leads to, after all others. Items equal in both
/// are tied.
///
/// [`Scorer::score`] writes the rank of the item in this order, counted from the last one, equal for ties: score and popularity
/// together do not fit into single precision, their order does.
#[derive(Clone, Debug)]
pub struct Markov {
    /// Where the successors of each item begin, and after the last item where they end.
    starts: Vec<u32>,
    /// Successors with their counts, by item.
    successors: Vec<(u32, u32)>,
    /// For each item how many distinct popularities are smaller.
    popularity: Vec<u32>,
    /// How many distinct popularities there are.
    popularities: u32,
}

/// 6 / (1 + age): the weights in sixths are whole numbers, so that equal scores are equal whatever the order of adding.
const SIXTHS: [u64; Markov::WINDOW] = [6, 3, 2];

impl Markov {
    /// How many items of a history count.
    pub const WINDOW: usize = 3;

    /// Counts the transitions of the training parts; memory and time grow with the number of interactions.
    pub fn new(dataset: &Dataset) -> Self {
        let items = dataset.items.len();
        // A transition as one number sorts by its first item, then by its second.
        let mut transitions: Vec<u64> = Vec::new();
        for user in 0..dataset.users.len() {
            let pairs = dataset.train_part(user).windows(2);
            transitions.extend(pairs.map(|pair| u64::from(pair[0]) << 32 | u64::from(pair[1])));
        }
        transitions.sort_unstable();
        let mut starts = Vec::with_capacity(items + 1);
        let mut successors: Vec<(u32, u32)> = Vec::new();
        for run in transitions.chunk_by(|a, b| a == b) {
            let from = (run[0] >> 32) as usize;
            // Items without successors begin where the next one does.
            while starts.len() <= from {
                starts.push(successors.len() as u32);
            }
            successors.push((run[0] as u32, run.len() as u32));
        }
        starts.resize(items + 1, successors.len() as u32);
        let popularity = levels(&training_counts(dataset));
        let popularities = popularity.iter().max().map_or(0, |most| most + 1);
        Markov {
            starts,
            successors,
            popularity,
            popularities,
        }
    }

    /// The items that came directly after this one, with how often; by item.
    pub fn successors(&self, item: u32) -> &[(u32, u32)] {
        let at = item as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.successors[start as usize..end as usize],
            _ => &[],
        }
    }
}

impl Scorer for Markov {
    fn name(&self) -> &'static str {
        "markov"
    }

    fn score(&self, history: &[u32], scores: &mut [f32]) {
        for (score, &level) in scores.iter_mut().zip(&self.popularity) {
            *score = level as f32;
        }
        let mut reached: Vec<(u32, u64)> = Vec::new();
        for (&item, sixths) in history.iter().rev().zip(SIXTHS) {
            let successors = self.successors(item).iter();
            reached.extend(successors.map(|&(next, count)| (next, u64::from(count) * sixths)));
        }
        reached.sort_unstable_by_key(|&(item, _)| item);
        reached.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        // Worst first, so that the places can be counted upwards, above all that nothing leads to.
        let key = |&(item, sum): &(u32, u64)| (sum, self.popularity.get(item as usize).copied().unwrap_or(0));
        reached.sort_unstable_by_key(key);
        for (place, tied) in (self.popularities..).zip(reached.chunk_by(|a, b| key(a) == key(b))) {
            for &(item, _) in tied {
                if let Some(score) = scores.get_mut(item as usize) {
                    *score = place as f32;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::metrics::Metrics;
    use super::super::scorer::evaluate;
    use super::super::scorer::tests::{dataset, forty_users};
    use super::*;
    use crate::log::Split;

    fn scores(markov: &Markov, history: &[u32], items: usize) -> Vec<f32> {
        let mut scores = vec![f32::NAN; items];
        markov.score(history, &mut scores);
        scores
    }

    #[test]
    fn counts_are_of_the_training_parts() {
        // Training parts: u: a b a b, v: a b c, w: a c. Items a=0 b=1 c=2 d=3.
        let dataset = dataset("u a b a b c d\nv a b c a d\nw a c d d\n");
        let markov = Markov::new(&dataset);
        assert_eq!(markov.successors(0), [(1, 3), (2, 1)]);
        assert_eq!(markov.successors(1), [(0, 1), (2, 1)]);
        assert_eq!(markov.successors(2), []);
        assert_eq!(markov.successors(3), []);
        assert_eq!(markov.successors(u32::MAX - 1), []);
    }

    #[test]
    fn scores_by_hand() {
        let dataset = dataset("u a b a b c d\nv a b c a d\nw a c d d\n");
        let markov = Markov::new(&dataset);
        // Counts: a 4, b 3, c 2, d 0: levels 3 2 1 0. Nothing known: by popularity.
        assert_eq!(scores(&markov, &[], 4), [3.0, 2.0, 1.0, 0.0]);
        assert_eq!(scores(&markov, &[3], 4), [3.0, 2.0, 1.0, 0.0]);
        assert_eq!(scores(&markov, &[99], 4), [3.0, 2.0, 1.0, 0.0]);
        // After a: b 3, c 1; then the rest by popularity, a before d.
        assert_eq!(scores(&markov, &[0], 4), [3.0, 5.0, 4.0, 0.0]);
        // After b: a 1, c 1, the more popular one first.
        assert_eq!(scores(&markov, &[1], 4), [5.0, 2.0, 4.0, 0.0]);
        // After b, a (newest): b 3, c 1 + 1/2, a 1/2.
        assert_eq!(scores(&markov, &[1, 0], 4), [4.0, 6.0, 5.0, 0.0]);
        // After a, d, d: b 3/3, c 1/3. After a, d, d, d: a is too old.
        assert_eq!(scores(&markov, &[0, 3, 3], 4), [3.0, 5.0, 4.0, 0.0]);
        assert_eq!(scores(&markov, &[0, 3, 3, 3], 4), [3.0, 2.0, 1.0, 0.0]);
    }

    #[test]
    fn ties_stay_ties() {
        // x is followed by p and by q once each, and both are equally popular.
        let dataset = dataset("u x p m n\nv x q m n\nw r m n\n");
        let markov = Markov::new(&dataset);
        let scores = scores(&markov, &[0], dataset.items.len());
        let (p, q) = (1, dataset.items.iter().position(|item| item.id == "q").unwrap());
        assert_eq!(scores[p], scores[q]);
        assert!(scores[p] > scores[0]);
    }

    #[test]
    fn the_order_is_that_of_the_formula() {
        let dataset = forty_users();
        let markov = Markov::new(&dataset);
        let counts = training_counts(&dataset);
        for user in 0..40 {
            let (history, _) = dataset.query(user, Split::Test).unwrap();
            let mut sums = vec![0f64; dataset.items.len()];
            for (age, &a) in history.iter().rev().take(3).enumerate() {
                for other in 0..40 {
                    for pair in dataset.train_part(other).windows(2).filter(|pair| pair[0] == a) {
                        sums[pair[1] as usize] += 1.0 / (1.0 + age as f64);
                    }
                }
            }
            let scores = scores(&markov, history, dataset.items.len());
            for a in 0..sums.len() {
                for b in 0..sums.len() {
                    let apart = sums[a] - sums[b];
                    let expected = if apart.abs() > 1e-9 {
                        apart.total_cmp(&0.0)
                    } else {
                        counts[a].cmp(&counts[b])
                    };
                    assert_eq!(scores[a].total_cmp(&scores[b]), expected, "user {user}, items {a} and {b}");
                }
            }
        }
        assert!(evaluate(&dataset, Split::Test, &markov).unwrap() != Metrics::default());
    }
}
