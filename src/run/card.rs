//! Model card of a run: what a model that is handed on was trained on, how, and how good it is (Mitchell et al., "Model Cards for Model
//! Reporting", FAccT 2019).
//!
//! In: a plan and the measurements so far. Out: [`ModelCard`], a part of `run.json`, and its text. Of the log there are counts alone: no
//! identifier, no title, no date. What only people can say is empty, to be filled in.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{Config, RunRecord, history::History};
use crate::{evaluate::Metrics, log::Dataset};

/// Two-sided quantile of a normal distribution for 95 %.
const Z: f64 = 1.959_964;

/// Card of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Trained values.
    pub parameters: u32,
    pub data: CardData,
    /// Epoch whose weights are the model to use; absent before the first validation.
    pub best_epoch: Option<usize>,
    /// Metrics on validation after that epoch; empty before it.
    pub validation: Vec<CardMetric>,
    /// For what it is meant and for what it is not: to be filled in.
    pub intended_use: String,
    /// Whom it serves badly: to be filled in.
    pub limits: String,
    /// Source and terms of the data: to be filled in.
    pub data_terms: String,
    /// Licence of the model: to be filled in.
    pub licence: String,
}

/// Counts of a log, before and after its filters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CardData {
    pub users: u32,
    pub users_before: u32,
    pub items: u32,
    pub items_before: u32,
    pub interactions: u32,
    pub interactions_before: u32,
    pub train_interactions: u32,
    pub valid_users: u32,
    pub test_users: u32,
}

/// A metric over the users who were asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardMetric {
    pub name: String,
    pub value: f32,
    /// Interval of 95 % of a share of the users asked; absent if the metric is no share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

/// Interval of 95 % of a share of `users` (Wilson, JASA 22, 1927), which stays between 0 and 1 and holds for small shares. Recall is such a
/// share, since each user has one answer.
fn share_interval(share: f64, users: u32) -> Option<[f64; 2]> {
    let users = f64::from(users);
    if users <= 0.0 {
        return None;
    }
    let middle = share + Z * Z / (2.0 * users);
    let half = Z * (share * (1.0 - share) / users + Z * Z / (4.0 * users * users)).sqrt();
    let whole = 1.0 + Z * Z / users;
    Some([((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0)])
}

impl ModelCard {
    /// Card of a model with so many trained values.
    pub(super) fn new(parameters: usize, data: &Dataset, history: &History) -> Self {
        let (summary, best) = (&data.summary, history.best());
        Self {
            parameters: parameters as u32,
            data: CardData {
                users: summary.users,
                users_before: summary.users_before,
                items: summary.items,
                items_before: summary.items_before,
                interactions: summary.interactions,
                interactions_before: summary.interactions_before,
                train_interactions: summary.split.train_interactions,
                valid_users: summary.split.valid_users,
                test_users: summary.split.test_users,
            },
            best_epoch: best.map(|record| record.epoch),
            validation: best.map(|record| metrics(&record.valid)).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The card as Markdown, with what the rest of the record says of program, seed and settings.
    pub fn text(&self, record: &RunRecord) -> String {
        let Config { seed, .. } = record.config;
        let data = &self.data;
        let mut text = String::from(
            "# Model card\n\n*Written by ContrastVAE Lab. Please fill in the lines with “…” before you hand the model on.*\n",
        );
        let mut section = |heading: &str, lines: &[String]| {
            let _ = write!(text, "\n## {heading}\n\n{}\n", lines.join("\n"));
        };
        let or_dots = |filled: &String| if filled.is_empty() { "…".to_owned() } else { filled.clone() };
        let counted = |what: &str, left: u32, before: u32| match left == before {
            true => format!("- {what}: {left}"),
            false => format!("- {what}: {left} after the filter, {before} before"),
        };
        section(
            "Model",
            &[
                format!(
                    "- Kind: {}",
                    serde_json::to_string(&record.config.model.kind)
                        .unwrap_or_default()
                        .trim_matches('"')
                ),
                format!("- Trained values: {}", self.parameters),
                format!("- Program: ContrastVAE Lab {}", record.program),
                format!("- Seed: {seed}"),
                match self.best_epoch {
                    Some(epoch) => format!(
                        "- Epochs: best on validation after {epoch} of {}",
                        record.history.epochs.len()
                    ),
                    None => format!("- Steps: {}", record.step),
                },
            ],
        );
        section("Intended use", &[or_dots(&self.intended_use)]);
        section(
            "Data",
            &[
                counted("Users", data.users, data.users_before),
                counted("Items", data.items, data.items_before),
                counted("Interactions", data.interactions, data.interactions_before),
                format!("- Interactions that training saw: {}", data.train_interactions),
                format!(
                    "- Users asked: {} in validation, {} in the test",
                    data.valid_users, data.test_users
                ),
                format!("- Source and terms: {}", or_dots(&self.data_terms)),
            ],
        );
        let rows = self.validation.iter().map(|metric| {
            let interval = metric
                .interval
                .map(|[low, high]| format!(" ({low:.4}–{high:.4})"))
                .unwrap_or_default();
            format!("| {} | {:.4}{interval} |", metric.name, metric.value)
        });
        let table: Vec<String> = ["| Metric, validation | Value |".to_owned(), "| --- | --- |".to_owned()]
            .into_iter()
            .chain(rows)
            .collect();
        section(
            "Metrics",
            &[
                table.join("\n"),
                "\nEach user is asked for one item among all of the catalogue. In brackets: 95 % interval of a share over the users asked (Wilson 1927). \
                 It says nothing of other seeds. Validation chose the epoch, so it is kinder than the test."
                    .to_owned(),
            ],
        );
        let settings = serde_json::to_string_pretty(&record.config).unwrap_or_default();
        section("Settings", &[format!("```json\n{settings}\n```")]);
        section("Limits", &[or_dots(&self.limits)]);
        section("Licence", &[or_dots(&self.licence)]);
        text
    }
}

/// Metrics with their intervals, if they are shares.
fn metrics(of: &Metrics) -> Vec<CardMetric> {
    let share = |name: &str, value: f32| CardMetric {
        name: name.to_owned(),
        value,
        interval: share_interval(f64::from(value), of.users),
    };
    let mean = |name: &str, value: f32| CardMetric {
        name: name.to_owned(),
        value,
        interval: None,
    };
    vec![
        share("recall@5", of.recall_5),
        share("recall@10", of.recall_10),
        share("recall@20", of.recall_20),
        share("recall@40", of.recall_40),
        mean("ndcg@5", of.ndcg_5),
        mean("ndcg@10", of.ndcg_10),
        mean("ndcg@20", of.ndcg_20),
        mean("ndcg@40", of.ndcg_40),
        mean("mrr", of.mrr),
    ]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        device::Compute,
        log::{Example, ReadOptions, Split, generate},
        run::Run,
    };

    #[test]
    fn an_interval_is_that_of_wilson() {
        // Newcombe, Statistics in Medicine 17 (1998), table I: 15 of 148.
        let [low, high] = share_interval(15.0 / 148.0, 148).unwrap();
        assert!((low - 0.0624).abs() < 5e-5 && (high - 0.1605).abs() < 5e-5, "{low} {high}");
        assert_eq!(share_interval(0.0, 20).unwrap()[0], 0.0);
        assert_eq!(share_interval(0.5, 0), None);
    }

    #[test]
    fn a_card_counts_and_measures_and_names_nobody() {
        let data = Arc::new(generate(&Example::default()).unwrap());
        let mut config = Config::default();
        config.model.hidden_size = 8;
        config.training.epochs = 1;
        let mut run = Run::new(config, data.clone(), Compute::cpu()).unwrap();
        while !block_on(run.step()).unwrap().epoch_ended {}
        let mut evaluation = run.evaluation(Split::Valid);
        let valid = loop {
            if let Some(valid) = block_on(evaluation.advance(&run)).unwrap() {
                break valid;
            }
        };
        run.note_validation(valid.clone());
        let record = block_on(run.checkpoint(&ReadOptions::with_k_core(1))).unwrap().record;
        let card = record.card.clone().unwrap();
        assert_eq!((card.data.users, card.best_epoch), (data.users.len() as u32, Some(1)));
        assert_eq!(card.parameters as usize, run.parameter_count());
        assert_eq!(card.validation[2].value, valid.recall_20);
        assert_eq!(
            card.validation[2].interval,
            share_interval(f64::from(valid.recall_20), valid.users)
        );
        assert_eq!(card.validation[8].interval, None);
        let text = card.text(&record);
        assert!(text.contains(&format!("| recall@20 | {:.4} (", valid.recall_20)), "{text}");
        let named = data.items.iter().map(|item| item.title.clone().unwrap_or_default());
        assert!(named.chain(data.users.clone()).all(|name| !text.contains(&name)));
    }
}
