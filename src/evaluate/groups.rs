//! For whom recommendations are good: metrics apart for rare and common answers, and for short and long sequences.
//!
//! In: a data set, a split and a [`Grouping`]; then the rank of each user. Out: a [`Metrics`] for each group. The groups are
//! those of the ContrastVAE paper: five, with borders at 10, 20, 30 and 40, each holding its lower border and not its upper
//! one (below 10, 10 to 19, 20 to 29, 30 to 39, 40 and more). With these borders Table 2 of the paper comes out to the last
//! user; as printed there they overlap ("<=10", "[10, 20]", ...).

use serde::{Deserialize, Serialize};

use super::metrics::{Metrics, MetricsAccumulator};
use super::scorer::training_counts;
use crate::log::{Dataset, Split};

/// Property that decides the group of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// How many users of the split have the same answer, this user among them. For [`Split::Test`] this is the "frequency" of
    /// the paper's Table 2, Figure 2a and Figure 3. It looks at the answers, so it can only be known afterwards, and a
    /// common answer is a common one in the test rather than in the training.
    AnswerFrequency,
    /// How often the answer occurs in the training parts; 0 where training never met it. Not in the paper; it is what a
    /// recommender had to learn from.
    TrainingFrequency,
    /// Items of the user up to the answer, and the answer. For [`Split::Test`] this is the whole sequence. The paper's Figure 2b
    /// does not say whether it counts the answers; here they count.
    Length,
}

/// Number of groups of each grouping.
pub const GROUPS: usize = 5;

/// Labels of the groups, in order; the unit is users, occurrences or items, by the grouping.
pub const fn group_labels() -> [&'static str; GROUPS] {
    ["<10", "10-19", "20-29", "30-39", ">=40"]
}

/// The group of a frequency or a length.
pub fn group_of(value: usize) -> u8 {
    (value / 10).min(GROUPS - 1) as u8
}

/// For each item the number of users whose answer it is in this split.
pub fn answer_counts(dataset: &Dataset, split: Split) -> Vec<u32> {
    let mut counts = vec![0u32; dataset.items.len()];
    for (_, answer) in (0..dataset.users.len()).filter_map(|user| dataset.query(user, split)) {
        if let Some(count) = counts.get_mut(answer as usize) {
            *count += 1;
        }
    }
    counts
}

/// The group of each user, from 0; `None` for users without an answer in this split.
pub fn assign(dataset: &Dataset, split: Split, grouping: Grouping) -> Vec<Option<u8>> {
    let users = 0..dataset.users.len();
    let counts = match grouping {
        Grouping::AnswerFrequency => answer_counts(dataset, split),
        Grouping::TrainingFrequency => training_counts(dataset),
        Grouping::Length => Vec::new(),
    };
    let value = |history: &[u32], answer: u32| match grouping {
        Grouping::Length => history.len() + 1,
        _ => counts.get(answer as usize).map_or(0, |&count| count as usize),
    };
    users
        .map(|user| {
            let (history, answer) = dataset.query(user, split)?;
            Some(group_of(value(history, answer)))
        })
        .collect()
}

/// The metrics of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupMetrics {
    /// One of [`group_labels`].
    pub label: String,
    /// Users in this group that were asked.
    pub users: u32,
    /// Their metrics; all zero where there are none.
    pub metrics: Metrics,
}

/// Sums of metrics, apart for each group.
#[derive(Clone, Debug, Default)]
pub struct GroupedMetrics {
    groups: [MetricsAccumulator; GROUPS],
}

impl GroupedMetrics {
    /// The metrics of ranks by user, in the order of users as [`assign`] gives the groups. Users without a group or without a
    /// rank are left out.
    pub fn of_ranks(groups: &[Option<u8>], ranks: &[Option<u32>]) -> Self {
        let mut metrics = GroupedMetrics::default();
        for (group, rank) in groups.iter().zip(ranks) {
            if let (Some(group), Some(rank)) = (group, rank) {
                metrics.add(*group, *rank);
            }
        }
        metrics
    }

    /// Adds one user by the 1-based rank of the answer. A group beyond the last counts as the last.
    pub fn add(&mut self, group: u8, rank: u32) {
        self.groups[usize::from(group).min(GROUPS - 1)].add(rank);
    }

    /// Adds the users of another part, for work done in parts.
    pub fn merge(&mut self, other: &Self) {
        for (own, other) in self.groups.iter_mut().zip(&other.groups) {
            own.merge(other);
        }
    }

    /// The metrics so far, one entry for each group in the order of [`group_labels`], empty groups included.
    pub fn finish(&self) -> Vec<GroupMetrics> {
        let metrics = self.groups.iter().map(MetricsAccumulator::finish);
        let labelled = group_labels().into_iter().zip(metrics);
        labelled
            .map(|(label, metrics)| GroupMetrics {
                label: label.to_owned(),
                users: metrics.users,
                metrics,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scorer::tests::dataset;
    use super::super::scorer::{PopularityScorer, ScorerEvaluation};
    use super::*;

    #[test]
    fn borders() {
        let group = |value| group_labels()[usize::from(group_of(value))];
        assert_eq!([group(0), group(9), group(10)], ["<10", "<10", "10-19"]);
        assert_eq!(
            [group(19), group(20), group(29), group(30), group(39)],
            ["10-19", "20-29", "20-29", "30-39", "30-39"]
        );
        assert_eq!([group(40), group(usize::MAX)], [">=40", ">=40"]);
    }

    /// 12 users end on x and one on y, after z z ... of lengths 4 to 16; one has nothing to ask for in the validation.
    fn sample() -> Dataset {
        let mut text = String::new();
        for user in 0..12 {
            text.push_str(&format!("u{user}{} w x\n", " z".repeat(2 + user)));
        }
        text.push_str("v z w y\ns z w\n");
        dataset(&text)
    }

    #[test]
    fn groups_by_hand() {
        let data = sample();
        let test = |grouping| assign(&data, Split::Test, grouping);
        // x is the answer of 12 users, y of one; w of s alone.
        let mut expected = vec![Some(1); 12];
        expected.extend([Some(0), Some(0)]);
        assert_eq!(test(Grouping::AnswerFrequency), expected);
        // Neither x, y nor w is in any training part.
        assert_eq!(test(Grouping::TrainingFrequency), vec![Some(0); 14]);
        // Lengths 4 to 15 for the first twelve: ten and more from the seventh on.
        let mut expected = vec![Some(0); 6];
        expected.extend(vec![Some(1); 6]);
        expected.extend([Some(0), Some(0)]);
        assert_eq!(test(Grouping::Length), expected);
        // In the validation the sequence ends one earlier, w is the answer of thirteen, and s has none.
        let valid = |grouping| assign(&data, Split::Valid, grouping);
        let mut expected = vec![Some(1); 13];
        expected.push(None);
        assert_eq!(valid(Grouping::AnswerFrequency), expected);
        let mut expected = vec![Some(0); 7];
        expected.extend(vec![Some(1); 5]);
        expected.extend([Some(0), None]);
        assert_eq!(valid(Grouping::Length), expected);
    }

    #[test]
    fn training_frequency_counts_occurrences() {
        // z occurs 10 times in training parts and is the answer of v; w 9 times and is the answer of u.
        let data = dataset("u z z z z z z z z z z q w\nv w w w w w w w w w q z\n");
        let groups = assign(&data, Split::Test, Grouping::TrainingFrequency);
        assert_eq!(groups, [Some(0), Some(1)]);
    }

    #[test]
    fn metrics_go_to_their_groups() {
        let groups = [Some(0), Some(4), None, Some(4), Some(9), Some(1)];
        let ranks = [Some(1), Some(3), Some(1), Some(50), Some(2), None];
        let found = GroupedMetrics::of_ranks(&groups, &ranks).finish();
        assert_eq!(found.iter().map(|g| g.label.as_str()).collect::<Vec<_>>(), group_labels());
        assert_eq!(found.iter().map(|g| g.users).collect::<Vec<_>>(), [1, 0, 0, 0, 3]);
        assert_eq!(found[0].metrics, Metrics::from_ranks([1]));
        assert_eq!(found[1].metrics, Metrics::default());
        assert_eq!(found[4].metrics, Metrics::from_ranks([3, 50, 2]));
        let mut merged = GroupedMetrics::of_ranks(&groups[..2], &ranks[..2]);
        merged.merge(&GroupedMetrics::of_ranks(&groups[2..], &ranks[2..]));
        assert_eq!(merged.finish(), found);
    }

    #[test]
    fn the_groups_together_are_everybody() {
        let data = sample();
        let mut evaluation = ScorerEvaluation::new(&data, Split::Test);
        let all = evaluation
            .advance(&data, &PopularityScorer::new(&data), usize::MAX)
            .unwrap()
            .unwrap();
        for grouping in [Grouping::AnswerFrequency, Grouping::TrainingFrequency, Grouping::Length] {
            let groups = GroupedMetrics::of_ranks(&assign(&data, Split::Test, grouping), evaluation.ranks()).finish();
            assert_eq!(groups.iter().map(|group| group.users).sum::<u32>(), all.users);
            let mean = groups.iter().map(|g| g.metrics.mrr * g.users as f32).sum::<f32>() / all.users as f32;
            assert!((mean - all.mrr).abs() < 1e-6);
        }
    }

    #[test]
    fn names_in_the_protocol() {
        let names = serde_json::to_string(&[Grouping::AnswerFrequency, Grouping::TrainingFrequency, Grouping::Length]);
        assert_eq!(names.unwrap(), r#"["answer_frequency","training_frequency","length"]"#);
    }
}
