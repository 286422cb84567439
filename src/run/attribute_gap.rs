//! How well single latent dimensions know attributes: the mutual information gap of a run.
//!
//! In: posterior means at the last position of some users, and what these users had. Out: [`AttributeGaps`]. The factor of an attribute is its
//! mean value over the history that the encoder saw: the share of a user's items that have it, or how popular they are.

use serde::{Deserialize, Serialize};

use super::{ItemAttributes, latents::UserHistory, plan::Plan};
use crate::latent::{BINS, CLASSES, FactorInformation, factor_information};

/// Attributes that are looked at in a run that ties none.
const UNTIED: usize = 8;

/// Mutual information gap of the attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeGaps {
    /// Mean of the attributes' gaps (MIG), 0 to 1; `None` if none has one.
    pub mean_gap: Option<f64>,
    /// Classes that a dimension is cut into.
    pub bins: u32,
    /// Classes that an attribute is cut into at most.
    pub classes: u32,
    /// One by one.
    pub attributes: Vec<AttributeGap>,
}

/// Information of the dimensions about one attribute, in nats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeGap {
    /// Its name, such as `genre=Comedy`.
    pub attribute: String,
    /// Dimension that is tied to it; `None` if none is.
    pub tied: Option<u32>,
    /// Dimension that knows most of it.
    pub best: u32,
    /// Information of the best dimension.
    pub best_information: f64,
    /// Information of the second best.
    pub second_information: f64,
    /// Information of the tied dimension; `None` if none is tied.
    pub tied_information: Option<f64>,
    /// Entropy of the attribute's classes.
    pub entropy: f64,
    /// Difference of best and second over the entropy; `None` if the attribute is the same for all users.
    pub gap: Option<f64>,
}

/// Gaps of a run's attributes, or, if `untied`, of attributes of its data where it ties none; `None` without either. `means` are the
/// posterior means of `users`, row-major.
pub(super) fn attribute_gaps(plan: &Plan, users: &[u32], means: &[f32], untied: bool) -> Option<AttributeGaps> {
    let other = match (&plan.attributes, untied) {
        (None, true) => Some(ItemAttributes::of(&plan.data, UNTIED)),
        _ => None,
    };
    let attributes = plan.attributes.as_ref().or(other.as_ref())?;
    let tied = plan.attributes.is_some();
    let factors = factors(plan, users, attributes);
    let dimensions = plan.config.latent_size();
    let rows = attributes.names().iter().zip(&factors).enumerate();
    let found: Vec<AttributeGap> = rows
        .map(|(at, (name, factor))| {
            let FactorInformation {
                entropy,
                information,
                best,
                gap,
            } = factor_information(dimensions, means, factor);
            let mut sorted = information.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            AttributeGap {
                attribute: name.clone(),
                tied: tied.then_some(at as u32),
                best,
                best_information: sorted.first().copied().unwrap_or_default(),
                second_information: sorted.get(1).copied().unwrap_or_default(),
                tied_information: tied.then(|| information.get(at).copied().unwrap_or_default()),
                entropy,
                gap,
            }
        })
        .collect();
    let gaps: Vec<f64> = found.iter().filter_map(|attribute| attribute.gap).collect();
    Some(AttributeGaps {
        mean_gap: (!gaps.is_empty()).then(|| gaps.iter().sum::<f64>() / gaps.len() as f64),
        bins: BINS as u32,
        classes: CLASSES as u32,
        attributes: found,
    })
}

/// Mean value of each attribute over what the encoder saw of each user, by attribute.
fn factors(plan: &Plan, users: &[u32], attributes: &ItemAttributes) -> Vec<Vec<f32>> {
    let mut factors = vec![Vec::with_capacity(users.len()); attributes.names().len()];
    for &user in users {
        let history = UserHistory::BeforeTest.of(&plan.data, user as usize);
        let seen = match plan.config.model.kind.is_of_bags() {
            true => history,
            false => &history[history.len().saturating_sub(plan.config.model.max_length)..],
        };
        for (at, factor) in factors.iter_mut().enumerate() {
            let values = seen.iter().filter_map(|&item| attributes.of_item(item).get(at));
            factor.push(values.sum::<f32>() / seen.len().max(1) as f32);
        }
    }
    factors
}
