//! The diagnosis of a run's latents under the names of the field, the same on the command line and on the page.
//!
//! In: [`RunDiagnostics`], as the library computes them. Out: [`LatentReport`], named as in JSON; `docs/diagnostics.md` has the
//! definitions.

use serde::Serialize;

use super::{AttributeGaps, PooledViews, PosteriorGroups, RunDiagnostics};
use crate::latent::Diagnostics;

/// Diagnosis of the latent space. For people and scripts the numbers of `last` and `views` stand at the top level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LatentReport {
    /// The posteriors at the last position of each user.
    pub last: PosteriorReport,
    /// The two views, pooled over real positions.
    pub views: PooledReport,
    /// The same posteriors at real positions, whatever their place.
    pub positions: PosteriorReport,
    /// The views pooled over padded windows; absent unless asked for.
    pub padded: Option<PooledReport>,
    /// Divergence and variance by how common the test's answer is.
    pub groups: Vec<PosteriorGroups>,
    /// Mean KL at the last position to the model's own prior where that is the adaptive one, nats; every other KL is to N(0, I).
    pub kl_to_prior: Option<f64>,
    /// How well single dimensions know attributes; absent where none were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<AttributeGaps>,
}

/// The numbers of one set of posteriors; [`Diagnostics`] says what each is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PosteriorReport {
    /// Posteriors that were looked at.
    pub rows: u32,
    /// Dimensions of the latent.
    pub dimensions: u32,
    /// Dimensions whose mean differs from row to row, by a variance of 0.01 or more.
    pub active_units: u32,
    /// Share of dimensions that are the prior.
    pub collapsed_share: f64,
    /// Mean KL to the prior, nats.
    pub kl: f64,
    /// The same by dimension.
    pub kl_per_dim: Vec<f64>,
    /// Mean of s^2.
    pub mean_variance: f64,
    /// Variance of each dimension's mean.
    pub variance_of_means: Vec<f64>,
    /// Mutual information of latent and row, nats.
    pub mutual_information: f64,
    /// The most that it can be told to know: ln of `mutual_information_rows`.
    pub mutual_information_ceiling: f64,
    /// Rows that were compared.
    pub mutual_information_rows: u32,
    /// KL of the mean of all posteriors to the prior, nats.
    pub marginal_kl: f64,
    /// How evenly the means' directions lie; `None` where there are none.
    pub uniformity: Option<f64>,
    /// Directions in use by the means.
    pub effective_rank: f64,
    pub log_singular_values: Vec<f64>,
    /// Directions in use by their covariance.
    pub effective_rank_of_covariance: f64,
    pub log_singular_values_of_covariance: Vec<f64>,
}

/// How two pooled views agree; each number is `None` where there is one view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PooledReport {
    /// Mean |u - v|^2 of the two views.
    pub alignment: Option<f64>,
    pub view_uniformity: Option<f64>,
    /// ln(2B - 1) less the contrastive loss, nats.
    pub contrastive_bound: Option<f64>,
    /// The most that it can be.
    pub contrastive_ceiling: Option<f64>,
}

impl From<&Diagnostics> for PosteriorReport {
    fn from(found: &Diagnostics) -> Self {
        let Diagnostics {
            collapse,
            information,
            geometry,
            ..
        } = found;
        Self {
            rows: found.rows,
            dimensions: found.dimensions,
            active_units: collapse.active_units,
            collapsed_share: collapse.collapsed_share,
            kl: collapse.kl,
            kl_per_dim: collapse.kl_per_dimension.clone(),
            mean_variance: collapse.mean_variance,
            variance_of_means: collapse.variance_of_means.clone(),
            mutual_information: information.mutual_information,
            mutual_information_ceiling: information.ceiling,
            mutual_information_rows: information.rows,
            marginal_kl: information.marginal_kl,
            uniformity: geometry.uniformity,
            effective_rank: geometry.means.effective_rank,
            log_singular_values: geometry.means.log_singular_values.clone(),
            effective_rank_of_covariance: geometry.covariance.effective_rank,
            log_singular_values_of_covariance: geometry.covariance.log_singular_values.clone(),
        }
    }
}

impl From<&PooledViews> for PooledReport {
    fn from(found: &PooledViews) -> Self {
        Self {
            alignment: found.geometry.map(|views| views.alignment),
            view_uniformity: found.geometry.map(|views| views.uniformity),
            contrastive_bound: found.contrast.map(|bound| bound.bound),
            contrastive_ceiling: found.contrast.map(|bound| bound.ceiling),
        }
    }
}

impl From<RunDiagnostics> for LatentReport {
    fn from(found: RunDiagnostics) -> Self {
        Self {
            last: PosteriorReport::from(&found.last),
            views: PooledReport::from(&PooledViews {
                geometry: found.last.geometry.views,
                contrast: found.last.contrast,
            }),
            positions: PosteriorReport::from(&found.positions),
            padded: found.padded.as_ref().map(PooledReport::from),
            groups: found.groups,
            kl_to_prior: found.kl_to_prior,
            attributes: found.attributes,
        }
    }
}
