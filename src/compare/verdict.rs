//! Classification of a model relative to the others of a comparison.
//!
//! In: the numbers of a model, and those of popularity and of the deterministic network as far as they are there. Out: a [`Verdict`]: whether
//! the latent space collapsed, and where the ranking stands between these two. The page has words of its own.

use std::fmt;

use serde::Serialize;

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

/// Classification of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
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

impl LatentState {
    /// State of a latent space in which this share of the units is active and says so many nats of the user.
    pub(super) fn of(share: f64, says: f64) -> Self {
        match share {
            share if share < COLLAPSED => Self::Collapsed,
            share if share < ALIVE || says < SAYING => Self::Partial,
            _ => Self::Alive,
        }
    }
}

impl Standing {
    /// Place of an NDCG between those of popularity and of the deterministic network; `None` without popularity.
    pub(super) fn of(ndcg: f64, popularity: Option<f64>, deterministic: Option<f64>) -> Option<Self> {
        let popularity = popularity?;
        // Where the network itself learnt nothing beyond popularity, there is no way between the two.
        let Some(network) = deterministic.filter(|network| *network > TIMES_POPULARITY * popularity) else {
            return Some(match ndcg / popularity.max(f64::MIN_POSITIVE) {
                times if times * TIMES_POPULARITY < 1.0 => Self::BelowPopularity,
                times if times <= TIMES_POPULARITY => Self::Popularity,
                times => Self::Beyond { times },
            });
        };
        Some(match (ndcg - popularity) / (network - popularity) {
            share if share < -AS_POPULARITY => Self::BelowPopularity,
            share if share < AS_POPULARITY => Self::Popularity,
            share if share < AS_DETERMINISTIC => Self::Between { share },
            _ => Self::Deterministic,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ranking_stands_between_popularity_and_the_network() {
        let at = |ndcg| Standing::of(ndcg, Some(0.1), Some(0.5));
        assert_eq!(at(0.02), Some(Standing::BelowPopularity));
        assert_eq!(at(0.12), Some(Standing::Popularity));
        assert_eq!(at(0.47), Some(Standing::Deterministic));
        assert!(matches!(at(0.3), Some(Standing::Between { share }) if (share - 0.5).abs() < 1e-9));
        // Without one of the two, less can be said.
        assert_eq!(Standing::of(0.3, None, Some(0.5)), None);
        assert_eq!(Standing::of(0.105, Some(0.1), None), Some(Standing::Popularity));
        assert_eq!(Standing::of(0.08, Some(0.1), None), Some(Standing::BelowPopularity));
        assert!(matches!(Standing::of(0.3, Some(0.1), None), Some(Standing::Beyond { .. })));
        assert_eq!(Standing::of(0.1, Some(0.1), Some(0.1)), Some(Standing::Popularity));
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
}
