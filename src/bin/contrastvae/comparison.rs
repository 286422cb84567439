//! What came of several models on one log, and the table that sets them side by side.
//!
//! In: an [`Outcome`] for each model and seed. Out: a [`Comparison`] that can be written and read as JSON, and a table in Markdown:
//! one row a model, the mean over its seeds, and behind ± their standard deviation.

use contrastvae::evaluate::Metrics;
use contrastvae::model::Prior;
use contrastvae::run::Config;
use serde::{Deserialize, Serialize};

/// One model with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub model: String,
    /// Absent where nothing is drawn.
    pub seed: Option<u32>,
    /// Absent for what has no gradient.
    pub training: Option<Training>,
    /// Building and ranking of a baseline, or training of a model; absent where a run was begun by another command.
    pub seconds: Option<f64>,
    pub valid: Metrics,
    pub test: Metrics,
    /// Test metrics of the answers that occur fewer than ten times in training.
    pub rare: Metrics,
    /// Absent for models without a posterior.
    pub posterior: Option<Posterior>,
}

/// How a model came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    pub config: Config,
    pub epochs: usize,
    pub best_epoch: usize,
    pub parameters: usize,
}

/// What its latent space looks like, at the last position of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posterior {
    pub active_units: u32,
    pub dimensions: u32,
    /// To N(0, I) whatever the prior, nats, summed over dimensions.
    pub kl: f64,
    /// To the adaptive prior, where the model has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kl_to_prior: Option<f64>,
    /// Nats.
    pub mutual_information: f64,
    pub mutual_information_ceiling: f64,
    /// What the contrast of the views proves that they share, nats; absent where there is one view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contrastive_bound: Option<f64>,
}

/// All of them, on one log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The log's name.
    pub data: String,
    pub users: usize,
    pub items: usize,
    pub interactions: usize,
    /// Of all identifiers and sequences, in hexadecimal.
    pub fingerprint: String,
    pub outcomes: Vec<Outcome>,
}

impl Comparison {
    /// The table, with a line above it on the log.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}: {} users, {} items, {} interactions\n\n",
            self.data, self.users, self.items, self.interactions
        );
        text += "| model | seeds | R@20 | R@40 | N@20 | N@40 | MRR | R@40 rare | valid N@20 | active units | KL | KL to prior | MI | bound | parameters | epochs | seconds |\n";
        text += &format!("{}|\n", "|---".repeat(17));
        let mut names: Vec<&str> = Vec::new();
        for outcome in &self.outcomes {
            if !names.contains(&outcome.model.as_str()) {
                names.push(&outcome.model);
            }
        }
        for name in names {
            let of_name: Vec<&Outcome> = self.outcomes.iter().filter(|outcome| outcome.model == name).collect();
            text += &row(name, &of_name);
        }
        text
    }
}

fn row(name: &str, outcomes: &[&Outcome]) -> String {
    let metric = |of: fn(&Outcome) -> f32| mean_text(outcomes.iter().map(|outcome| Some(f64::from(of(outcome)))), 4);
    let posterior =
        |of: fn(&Posterior) -> f64, digits| mean_text(outcomes.iter().map(|outcome| outcome.posterior.as_ref().map(of)), digits);
    let seeds: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| outcome.seed)
        .map(|seed| seed.to_string())
        .collect();
    let cells = [
        name.to_owned(),
        if seeds.is_empty() { "–".to_owned() } else { seeds.join(" ") },
        metric(|outcome| outcome.test.recall_20),
        metric(|outcome| outcome.test.recall_40),
        metric(|outcome| outcome.test.ndcg_20),
        metric(|outcome| outcome.test.ndcg_40),
        metric(|outcome| outcome.test.mrr),
        metric(|outcome| outcome.rare.recall_40),
        metric(|outcome| outcome.valid.ndcg_20),
        posterior(|posterior| f64::from(posterior.active_units), 0),
        posterior(|posterior| posterior.kl, 1),
        mean_text(outcomes.iter().map(|outcome| kl_to_prior(outcome)), 1),
        posterior(|posterior| posterior.mutual_information, 2),
        mean_text(
            outcomes.iter().map(|outcome| outcome.posterior.as_ref()?.contrastive_bound),
            2,
        ),
        mean_text(
            outcomes
                .iter()
                .take(1)
                .map(|outcome| Some(outcome.training.as_ref()?.parameters as f64)),
            0,
        ),
        mean_text(
            outcomes.iter().map(|outcome| Some(outcome.training.as_ref()?.epochs as f64)),
            0,
        ),
        mean_text(outcomes.iter().map(|outcome| outcome.seconds), 0),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// KL to the model's own prior; none for a composite one, whose KL no closed form has.
fn kl_to_prior(outcome: &Outcome) -> Option<f64> {
    let (posterior, training) = (outcome.posterior.as_ref()?, outcome.training.as_ref()?);
    match training.config.objective.prior {
        Prior::Standard => Some(posterior.kl),
        Prior::Adaptive => posterior.kl_to_prior,
        Prior::Composite => None,
    }
}

/// The mean, with the standard deviation where there are several; a dash where one of the values is not there.
fn mean_text(values: impl Iterator<Item = Option<f64>>, digits: usize) -> String {
    let Some(values) = values.collect::<Option<Vec<f64>>>().filter(|values| !values.is_empty()) else {
        return "–".to_owned();
    };
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() == 1 {
        return format!("{mean:.digits$}");
    }
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    format!("{mean:.digits$} ± {deviation:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_have_their_deviation() {
        assert_eq!(mean_text([Some(1.0), Some(3.0)].into_iter(), 2), "2.00 ± 1.41");
        assert_eq!(mean_text([Some(1.25)].into_iter(), 1), "1.2");
        assert_eq!(mean_text([Some(1.0), None].into_iter(), 2), "–");
        assert_eq!(mean_text(std::iter::empty(), 2), "–");
    }
}
