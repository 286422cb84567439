//! What came of a model, told from its numbers beside those of the others.
//!
//! In: rows. Out: for each of them a [`Verdict`]: whether its latent space collapsed, and where its ranking stands between that of
//! popularity and that of the deterministic network, as far as these two are among the rows. The page has words of its own.

use std::fmt;

use serde::Serialize;

use super::{Outcome, Row};
use crate::{model::ModelKind, run::Mode};

/// With a smaller share of units active, a latent space has collapsed.
const COLLAPSED: f64 = 0.1;
/// With as large a share of them active, it is alive.
const ALIVE: f64 = 0.5;
/// Nats that say something of the user, at least.
const SAYING: f64 = 0.5;
/// Of the way from popularity to the deterministic network: until here a model ranks as the one, from there on as the other.
const AS_POPULARITY: f64 = 0.1;
const AS_DETERMINISTIC: f64 = 0.9;
/// Without the deterministic network among the rows: what is no more than so many times popularity ranks as popularity does.
const TIMES_POPULARITY: f64 = 1.1;

/// How much of a latent space is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub enum LatentState {
    /// Fewer than 10 % of the units are active.
    Collapsed,
    /// Fewer than half are active, or they say less than half a nat of the user.
    Partial,
    /// Half of the units or more are active and say something of the user.
    Alive,
}

/// Where a ranking stands, by NDCG@20 on the test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "as")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub enum Standing {
    /// Clearly below popularity.
    BelowPopularity,
    /// It says hardly more than popularity.
    Popularity,
    /// So much of the way from popularity to the deterministic network.
    Between {
        /// From 0 to 1.
        share: f64,
    },
    /// At least nine tenths of that way.
    Deterministic,
    /// So many times popularity; the deterministic network is not among the rows.
    Beyond {
        /// NDCG@20 over that of popularity.
        times: f64,
    },
}

/// What came of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Verdict {
    /// Absent where there is no posterior.
    pub latent: Option<LatentState>,
    /// Absent where there is nothing to stand beside, and for popularity and the deterministic network themselves.
    pub ranking: Option<Standing>,
}

/// As the table in Markdown says it; a dash where there is nothing to say.
impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let latent = self.latent.map(|latent| match latent {
            LatentState::Collapsed => "collapsed",
            LatentState::Partial => "partly collapsed",
            LatentState::Alive => "alive",
        });
        let ranking = self.ranking.map(|ranking| match ranking {
            Standing::BelowPopularity => "ranks below popularity".to_owned(),
            Standing::Popularity => "ranks as popularity".to_owned(),
            Standing::Between { share } => format!("ranks {:.0} % of the way to the deterministic network", 100.0 * share),
            Standing::Deterministic => "ranks as the deterministic network or better".to_owned(),
            Standing::Beyond { times } => format!("ranks {times:.1} times as well as popularity"),
        });
        match (latent, ranking) {
            (None, None) => out.write_str("–"),
            (Some(latent), Some(ranking)) => write!(out, "{latent}, {ranking}"),
            (Some(latent), None) => out.write_str(latent),
            (None, Some(ranking)) => out.write_str(&ranking),
        }
    }
}

/// Gives each row its verdict.
pub(super) fn judge(rows: &mut [Row], outcomes: &[Outcome]) {
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
            latent: latent(row),
            ranking: if itself {
                None
            } else {
                standing(row.ndcg_20.mean, popularity, deterministic)
            },
        };
    }
}

fn is_deterministic(outcome: &Outcome) -> bool {
    let config = outcome.training.as_ref().map(|training| &training.config);
    config.is_some_and(|config| config.model.kind == ModelKind::Contrastvae && config.view.mode == Mode::Deterministic)
}

fn latent(row: &Row) -> Option<LatentState> {
    let share = row.active_units?.mean / f64::from(row.dimensions?.max(1));
    let says = row.mutual_information?.mean;
    Some(match share {
        share if share < COLLAPSED => LatentState::Collapsed,
        share if share < ALIVE || says < SAYING => LatentState::Partial,
        _ => LatentState::Alive,
    })
}

fn standing(ndcg: f64, popularity: Option<f64>, deterministic: Option<f64>) -> Option<Standing> {
    let popularity = popularity?;
    // Where the network itself learnt nothing beyond popularity, there is no way between the two.
    let Some(network) = deterministic.filter(|network| *network > TIMES_POPULARITY * popularity) else {
        return Some(match ndcg / popularity.max(f64::MIN_POSITIVE) {
            times if times * TIMES_POPULARITY < 1.0 => Standing::BelowPopularity,
            times if times <= TIMES_POPULARITY => Standing::Popularity,
            times => Standing::Beyond { times },
        });
    };
    Some(match (ndcg - popularity) / (network - popularity) {
        share if share < -AS_POPULARITY => Standing::BelowPopularity,
        share if share < AS_POPULARITY => Standing::Popularity,
        share if share < AS_DETERMINISTIC => Standing::Between { share },
        _ => Standing::Deterministic,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Comparison;

    #[test]
    fn a_ranking_stands_between_popularity_and_the_network() {
        let at = |ndcg| standing(ndcg, Some(0.1), Some(0.5));
        assert_eq!(at(0.02), Some(Standing::BelowPopularity));
        assert_eq!(at(0.12), Some(Standing::Popularity));
        assert_eq!(at(0.47), Some(Standing::Deterministic));
        assert!(matches!(at(0.3), Some(Standing::Between { share }) if (share - 0.5).abs() < 1e-9));
        // Without one of the two, less can be said.
        assert_eq!(standing(0.3, None, Some(0.5)), None);
        assert_eq!(standing(0.105, Some(0.1), None), Some(Standing::Popularity));
        assert_eq!(standing(0.08, Some(0.1), None), Some(Standing::BelowPopularity));
        assert!(matches!(standing(0.3, Some(0.1), None), Some(Standing::Beyond { .. })));
        assert_eq!(standing(0.1, Some(0.1), Some(0.1)), Some(Standing::Popularity));
    }

    #[test]
    fn a_verdict_is_said_in_a_few_words() {
        let said = |latent, ranking| Verdict { latent, ranking }.to_string();
        assert_eq!(said(None, None), "–");
        assert_eq!(said(Some(LatentState::Collapsed), None), "collapsed");
        assert_eq!(
            said(Some(LatentState::Partial), Some(Standing::Between { share: 0.254 })),
            "partly collapsed, ranks 25 % of the way to the deterministic network"
        );
        assert_eq!(
            said(None, Some(Standing::Beyond { times: 4.43 })),
            "ranks 4.4 times as well as popularity"
        );
    }

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
