//! Outcomes of several models on one log.
//!
//! In: an [`Outcome`] for each model and seed. Out: a [`Comparison`] that can be written and read as JSON, the same file from the page and from
//! the command line.

use serde::{Deserialize, Serialize};

use super::{
    outcome::Outcome,
    plan::Job,
    rows::{Row, rows},
};
use crate::{log::Dataset, run::DataIdentity};

/// Outcomes of all models on one log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The log's name.
    pub data: String,
    /// After its filters.
    pub users: usize,
    /// After its filters.
    pub items: usize,
    /// After its filters.
    pub interactions: usize,
    /// Of all identifiers and sequences, in hexadecimal.
    pub fingerprint: String,
    /// In the order in which they were done.
    pub outcomes: Vec<Outcome>,
}

impl Comparison {
    /// An empty one.
    pub fn of(data: &Dataset) -> Self {
        let identity = DataIdentity::of(data);
        Self {
            data: identity.name,
            users: identity.users,
            items: identity.items,
            interactions: identity.interactions,
            fingerprint: identity.fingerprint,
            outcomes: Vec::new(),
        }
    }

    /// Takes over what others of the same data hold and these settings for all models would come to again, each once.
    pub fn take_over(&mut self, others: &[Comparison], settings: &[String]) {
        for outcome in others
            .iter()
            .filter(|other| other.fingerprint == self.fingerprint)
            .flat_map(|other| &other.outcomes)
        {
            let seed = outcome.seed.unwrap_or(1);
            let again = Job::new(&outcome.model, settings, seed).is_ok_and(|job| job.is_done_by(outcome));
            if again && !self.has(&outcome.model, outcome.seed) {
                self.outcomes.push(outcome.clone());
            }
        }
    }

    /// Whether it holds this model with this seed.
    pub fn has(&self, model: &str, seed: Option<u32>) -> bool {
        self.outcomes.iter().any(|one| one.model == model && one.seed == seed)
    }

    /// One row a model, in the order in which they came first.
    pub fn rows(&self) -> Vec<Row> {
        rows(&self.outcomes)
    }

    /// The table in Markdown, with a line above it on the log.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}: {} users, {} items, {} interactions\n\n",
            self.data, self.users, self.items, self.interactions
        );
        text += Row::HEADER;
        text.extend(self.rows().iter().map(Row::line));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{LatentState, Standing, Verdict};

    /// The verdicts on the documented comparison are what docs/results.md says of it.
    #[test]
    fn verdicts_on_the_documented_remedies() {
        let comparison: Comparison = serde_json::from_str(include_str!("../../docs/results/remedies.json")).unwrap();
        let rows = comparison.rows();
        let verdict = |model: &str| rows.iter().find(|row| row.model == model).unwrap().verdict;
        let plain = "beta-vae+objective.kl_weight=1";
        for collapsed in [
            plain.to_owned(),
            format!("{plain}+objective.free_bits=0.1"),
            format!("{plain}+objective.prior=adaptive"),
        ] {
            assert_eq!(
                verdict(&collapsed),
                Verdict {
                    latent: Some(LatentState::Collapsed),
                    ranking: Some(Standing::Popularity)
                },
                "{collapsed}"
            );
        }
        assert_eq!(
            verdict(&format!("{plain}+objective.prior=composite")).latent,
            Some(LatentState::Partial)
        );
        assert_eq!(
            verdict("beta-vae"),
            Verdict {
                latent: Some(LatentState::Alive),
                ranking: Some(Standing::Deterministic)
            }
        );
        assert!(matches!(verdict("vsan").ranking, Some(Standing::Between { share }) if share > 0.8));
        assert_eq!(verdict("sasrec"), Verdict::default());
        assert_eq!(verdict("popularity"), Verdict::default());
        assert_eq!(verdict("markov").latent, None);
    }
}
