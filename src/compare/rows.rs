//! One row a model: the means over its seeds.
//!
//! In: outcomes. Out: [`Row`]s, for a table on the page, and as lines of Markdown with the standard deviation behind ±.

use serde::Serialize;

use super::{
    outcome::{Outcome, Posterior},
    verdict::{LatentState, Standing, Verdict},
};
use crate::{
    model::{ModelKind, Prior},
    run::Mode,
};

/// A mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// The standard deviation of the seeds (with n − 1); absent where there is one.
    pub deviation: Option<f64>,
}

/// A model. A value that one seed lacks is absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// As it was asked for, settings included.
    pub model: String,
    /// Empty where nothing is drawn.
    pub seeds: Vec<u32>,
    /// On the test, as are the others without another word.
    pub recall_20: Mean,
    /// Likewise.
    pub recall_40: Mean,
    /// Likewise.
    pub ndcg_20: Mean,
    /// Likewise.
    pub ndcg_40: Mean,
    /// Likewise.
    pub mrr: Mean,
    /// Of the answers that occur fewer than ten times in training.
    pub rare_recall_40: Mean,
    /// On validation.
    pub valid_ndcg_20: Mean,
    /// Dimensions whose means differ from user to user.
    pub active_units: Option<Mean>,
    /// Dimensions in all.
    pub dimensions: Option<u32>,
    /// To N(0, I), nats.
    pub kl: Option<Mean>,
    /// To the model's own prior, nats; absent for a composite one, whose KL no closed form has.
    pub kl_to_prior: Option<Mean>,
    /// Nats.
    pub mutual_information: Option<Mean>,
    /// Lower bound of the mutual information of the views, nats.
    pub contrastive_bound: Option<Mean>,
    /// Trained values.
    pub parameters: Option<usize>,
    /// Epochs done.
    pub epochs: Option<Mean>,
    /// Of training, or of building and ranking a baseline.
    pub seconds: Option<Mean>,
    /// Classification relative to the other rows.
    pub verdict: Verdict,
}

/// The rows of outcomes, in the order in which their models came first.
pub(super) fn rows(outcomes: &[Outcome]) -> Vec<Row> {
    let mut names: Vec<&str> = Vec::new();
    for outcome in outcomes {
        if !names.contains(&outcome.model.as_str()) {
            names.push(&outcome.model);
        }
    }
    let mut rows: Vec<Row> = names
        .into_iter()
        .map(|name| {
            let of_name: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.model == name).collect();
            Row::of(name, &of_name)
        })
        .collect();
    judge(&mut rows, outcomes);
    rows
}

/// Gives each row its verdict.
fn judge(rows: &mut [Row], outcomes: &[Outcome]) {
    let of = |model: &str| rows.iter().find(|row| row.model == model).map(|row| row.ndcg_20.mean);
    let popularity = of("popularity");
    let network = outcomes
        .iter()
        .find(|outcome| is_deterministic(outcome))
        .map(|one| one.model.clone());
    let deterministic = network.as_deref().and_then(of);
    for row in rows {
        let itself = row.model == "popularity" || Some(&row.model) == network.as_ref();
        row.verdict = Verdict {
            latent: row.latent_state(),
            ranking: if itself {
                None
            } else {
                Standing::of(row.ndcg_20.mean, popularity, deterministic)
            },
        };
    }
}

fn is_deterministic(outcome: &Outcome) -> bool {
    let config = outcome.training.as_ref().map(|training| &training.config);
    config.is_some_and(|config| config.model.kind == ModelKind::Contrastvae && config.view.mode == Mode::Deterministic)
}

impl Row {
    /// The head of the table in Markdown.
    pub(super) const HEADER: &'static str = "| model | seeds | R@20 | R@40 | N@20 | N@40 | MRR | R@40 rare | valid N@20 | active units | KL | KL to prior | MI | bound | parameters | epochs | seconds | verdict |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

    fn of(name: &str, outcomes: &[&Outcome]) -> Self {
        let metric = |of: fn(&Outcome) -> f32| {
            mean(outcomes.iter().map(|outcome| Some(f64::from(of(outcome))))).unwrap_or(Mean {
                mean: 0.0,
                deviation: None,
            })
        };
        let posterior = |of: fn(&Posterior) -> f64| mean(outcomes.iter().map(|outcome| outcome.posterior.as_ref().map(of)));
        let first = outcomes.first();
        Self {
            model: name.to_owned(),
            seeds: outcomes.iter().filter_map(|outcome| outcome.seed).collect(),
            recall_20: metric(|outcome| outcome.test.recall_20),
            recall_40: metric(|outcome| outcome.test.recall_40),
            ndcg_20: metric(|outcome| outcome.test.ndcg_20),
            ndcg_40: metric(|outcome| outcome.test.ndcg_40),
            mrr: metric(|outcome| outcome.test.mrr),
            rare_recall_40: metric(|outcome| outcome.rare.recall_40),
            valid_ndcg_20: metric(|outcome| outcome.valid.ndcg_20),
            active_units: posterior(|posterior| f64::from(posterior.active_units)),
            dimensions: first
                .and_then(|outcome| outcome.posterior.as_ref())
                .map(|posterior| posterior.dimensions),
            kl: posterior(|posterior| posterior.kl),
            kl_to_prior: mean(outcomes.iter().map(|outcome| kl_to_prior(outcome))),
            mutual_information: posterior(|posterior| posterior.mutual_information),
            contrastive_bound: mean(outcomes.iter().map(|outcome| outcome.posterior.as_ref()?.contrastive_bound)),
            parameters: first
                .and_then(|outcome| outcome.training.as_ref())
                .map(|training| training.parameters),
            epochs: mean(outcomes.iter().map(|outcome| Some(outcome.training.as_ref()?.epochs as f64))),
            seconds: mean(outcomes.iter().map(|outcome| outcome.seconds)),
            verdict: Verdict::default(),
        }
    }

    fn latent_state(&self) -> Option<LatentState> {
        let share = self.active_units?.mean / f64::from(self.dimensions?.max(1));
        Some(LatentState::of(share, self.mutual_information?.mean))
    }

    /// A line of the table in Markdown.
    pub(super) fn line(&self) -> String {
        let seeds: Vec<String> = self.seeds.iter().map(u32::to_string).collect();
        let cells = [
            self.model.clone(),
            if seeds.is_empty() { "–".to_owned() } else { seeds.join(" ") },
            written(Some(self.recall_20), 4),
            written(Some(self.recall_40), 4),
            written(Some(self.ndcg_20), 4),
            written(Some(self.ndcg_40), 4),
            written(Some(self.mrr), 4),
            written(Some(self.rare_recall_40), 4),
            written(Some(self.valid_ndcg_20), 4),
            written(self.active_units, 0),
            written(self.kl, 1),
            written(self.kl_to_prior, 1),
            written(self.mutual_information, 2),
            written(self.contrastive_bound, 2),
            self.parameters
                .map_or_else(|| "–".to_owned(), |parameters| parameters.to_string()),
            written(self.epochs, 0),
            written(self.seconds, 0),
            self.verdict.to_string(),
        ];
        format!("| {} |\n", cells.join(" | "))
    }
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

/// The mean; none where one of the values is not there.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<Mean> {
    let values = values.collect::<Option<Vec<f64>>>().filter(|values| !values.is_empty())?;
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    Some(Mean {
        mean,
        deviation: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
    })
}

/// The mean, with the standard deviation where there are several seeds; a dash where there is none.
fn written(mean: Option<Mean>, digits: usize) -> String {
    // What is written as zero has no sign.
    let unsigned = |mean: f64| {
        if mean.abs() < 0.5 * 10f64.powi(-(digits as i32)) {
            0.0
        } else {
            mean
        }
    };
    let mean = mean.map(|of| Mean {
        mean: unsigned(of.mean),
        ..of
    });
    match mean {
        None => "–".to_owned(),
        Some(Mean { mean, deviation: None }) => format!("{mean:.digits$}"),
        Some(Mean {
            mean,
            deviation: Some(deviation),
        }) => format!("{mean:.digits$} ± {deviation:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_have_their_deviation() {
        let text = |values: &[Option<f64>], digits| written(mean(values.iter().copied()), digits);
        assert_eq!(text(&[Some(1.0), Some(3.0)], 2), "2.00 ± 1.41");
        assert_eq!(text(&[Some(1.25)], 1), "1.2");
        assert_eq!(text(&[Some(1.0), None], 2), "–");
        assert_eq!(text(&[Some(-0.004)], 2), "0.00");
        assert_eq!(text(&[], 2), "–");
    }
}
