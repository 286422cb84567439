//! The losses of steps: each term as it is, and what it adds to the total.
//!
//! In: the numbers of a step as they come from the device, with the weights of that step. Out: [`LossTerms`], of which means over steps are
//! made. A mean of weighted terms is not the weighted mean where a weight changes from step to step, so each step is weighed by itself.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{RunError, readback::read};

/// Mean losses over some steps, in nats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossTerms {
    /// Minimised loss: the sum of the shares.
    pub total: f32,
    /// Reconstruction, the sum over the views.
    pub reconstruction: f32,
    /// KL divergence from the prior, the sum over the views, unweighted and without free bits; 0 in the deterministic mode. Of the
    /// composite prior an estimate from one draw, which may be below 0.
    pub kl: f32,
    /// The contrastive term, unweighted; 0 where there is none.
    pub contrast: f32,
    /// Supervision of latents by attributes, unweighted, the sum over the views; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<f32>,
    /// Share of each term in the total; absent if an earlier version of the program did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<TermShares>,
}

/// Share of each term in the total, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TermShares {
    /// Reconstruction, whose weight is 1.
    pub reconstruction: f32,
    /// The weight of the KL times what of it is minimised: with free bits, or weighted by length, where the configuration says so.
    pub kl: f32,
    /// The weight of the contrastive term times the term.
    pub contrast: f32,
    /// The prior of alpha in the variational modes, whose weight is 1; else 0.
    pub alpha_prior: f32,
    /// The weight of the supervision by attributes times the term; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<f32>,
}

impl Default for LossTerms {
    /// The sums over no step.
    fn default() -> Self {
        Self {
            total: 0.0,
            reconstruction: 0.0,
            kl: 0.0,
            contrast: 0.0,
            attributes: None,
            shares: Some(TermShares::default()),
        }
    }
}

impl LossTerms {
    /// Adds the means of `count` steps, so that sums can be kept. Shares that are not known of all steps are known of none.
    pub(crate) fn add(&mut self, means: &LossTerms, count: f32) {
        self.total += means.total * count;
        self.reconstruction += means.reconstruction * count;
        self.kl += means.kl * count;
        self.contrast += means.contrast * count;
        self.attributes = added(self.attributes, means.attributes, count);
        self.shares = self.shares.zip(means.shares).map(|(sum, mean)| TermShares {
            reconstruction: sum.reconstruction + mean.reconstruction * count,
            kl: sum.kl + mean.kl * count,
            contrast: sum.contrast + mean.contrast * count,
            alpha_prior: sum.alpha_prior + mean.alpha_prior * count,
            attributes: added(sum.attributes, mean.attributes, count),
        });
    }

    /// The sums divided by the number of steps.
    pub(crate) fn divided(&self, count: f32) -> LossTerms {
        LossTerms {
            total: self.total / count,
            reconstruction: self.reconstruction / count,
            kl: self.kl / count,
            contrast: self.contrast / count,
            attributes: self.attributes.map(|sum| sum / count),
            shares: self.shares.map(|sum| TermShares {
                reconstruction: sum.reconstruction / count,
                kl: sum.kl / count,
                contrast: sum.contrast / count,
                alpha_prior: sum.alpha_prior / count,
                attributes: sum.attributes.map(|sum| sum / count),
            }),
        }
    }
}

/// A sum with the mean of `count` steps added; `None` if neither is there.
fn added(sum: Option<f32>, mean: Option<f32>, count: f32) -> Option<f32> {
    mean.map_or(sum, |mean| Some(sum.unwrap_or(0.0) + mean * count))
}

/// The terms of one step while they are on the device.
#[derive(Clone)]
pub(super) struct UnreadTerms {
    /// `[4]`, `[6]` or `[7]`, as [`ContrastElbo::to_vector`](crate::objective::ContrastElbo::to_vector) gives them.
    pub values: Tensor<1>,
    /// Weight of what of the KL is minimised.
    pub kl_weight: f64,
    /// Weight of the contrast.
    pub contrast_weight: f64,
    /// Weight of the supervision by attributes.
    pub attribute_weight: f64,
}

impl UnreadTerms {
    /// The losses of the step, once its values were read.
    pub fn of_row(&self, row: &[f32]) -> LossTerms {
        let at = |term: usize| row.get(term).copied();
        let [total, reconstruction, kl, contrast] = [0, 1, 2, 3].map(|term| at(term).unwrap_or(f32::NAN));
        let weighted = |weight: f64, value: f32| (weight * f64::from(value)) as f32;
        LossTerms {
            total,
            reconstruction,
            kl,
            contrast,
            attributes: at(6),
            shares: Some(TermShares {
                reconstruction,
                kl: weighted(self.kl_weight, at(4).unwrap_or(kl)),
                contrast: weighted(self.contrast_weight, contrast),
                alpha_prior: at(5).unwrap_or(0.0),
                attributes: at(6).map(|value| weighted(self.attribute_weight, value)),
            }),
        }
    }
}

/// Losses of one step while it is under way.
pub(super) struct StepLosses {
    /// Minimised loss, on the tape.
    pub(super) total: Tensor<1>,
    /// Its terms, on the device.
    pub(super) terms: UnreadTerms,
    /// Weight of the KL.
    pub(super) kl_weight: f64,
}

/// Losses of an epoch: those on the device that were not read yet, and the sums of those that were.
#[derive(Default)]
pub(super) struct LossMeter {
    unread: Vec<UnreadTerms>,
    /// Sums over the steps of this epoch that were read, and their number.
    epoch: (LossTerms, usize),
}

impl LossMeter {
    /// Meter that goes on with the sums of an epoch under way.
    pub(super) fn resumed(epoch: (LossTerms, usize)) -> Self {
        Self {
            unread: Vec::new(),
            epoch,
        }
    }

    /// Adds the terms of a step.
    pub(super) fn push(&mut self, terms: UnreadTerms) {
        self.unread.push(terms);
    }

    /// Number of steps whose losses were not read yet.
    pub(super) fn unread(&self) -> usize {
        self.unread.len()
    }

    /// Means over the steps since the last read, which count as read from now on. Error if one of them is not finite; `step` is the
    /// number that the error names.
    pub(super) async fn take(&mut self, step: usize) -> Result<LossTerms, RunError> {
        let (losses, count) = self.read().await?.unwrap_or_default();
        self.unread.clear();
        // The terms come before their sum, so that the sentence names the cause.
        for (what, value) in [
            ("reconstruction loss", losses.reconstruction),
            ("KL term", losses.kl),
            ("contrastive term", losses.contrast),
            ("attribute term", losses.attributes.unwrap_or_default()),
            ("total loss", losses.total),
        ] {
            if !value.is_finite() {
                return Err(RunError::NotFinite {
                    what,
                    value,
                    step,
                    culprit: None,
                });
            }
        }
        self.epoch.0.add(&losses, count as f32);
        self.epoch.1 += count;
        Ok(losses)
    }

    /// Sums over this epoch and the number of their steps, unread ones included.
    pub(super) async fn sums(&self) -> Result<(LossTerms, usize), RunError> {
        let (mut sums, mut steps) = self.epoch;
        if let Some((losses, count)) = self.read().await? {
            sums.add(&losses, count as f32);
            steps += count;
        }
        Ok((sums, steps))
    }

    /// Means over the read steps of the epoch under way; None if there are none.
    pub(super) fn under_way(&self) -> Option<LossTerms> {
        let (sums, count) = &self.epoch;
        (*count > 0).then(|| sums.divided(*count as f32))
    }

    /// Means over the read steps of the epoch, which ends here.
    pub(super) fn end_epoch(&mut self) -> LossTerms {
        let (sums, count) = std::mem::take(&mut self.epoch);
        sums.divided(count.max(1) as f32)
    }

    /// Means over the unread steps, and their number; None if all were read.
    async fn read(&self) -> Result<Option<(LossTerms, usize)>, RunError> {
        if self.unread.is_empty() {
            return Ok(None);
        }
        let count = self.unread.len();
        let all = self.unread.iter().map(|terms| terms.values.clone()).collect();
        let values = read(Tensor::cat(all, 0)).await?;
        let mut losses = LossTerms::default();
        for (terms, row) in self.unread.iter().zip(values.chunks_exact(values.len() / count)) {
            losses.add(&terms.of_row(row), 1.0);
        }
        Ok(Some((losses.divided(count as f32), count)))
    }
}
