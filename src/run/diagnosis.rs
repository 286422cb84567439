//! The diagnosis of a run's latent space, in pieces, so that a host can show progress, answer its user and cancel.
//!
//! In: a run as it stands, and [`DiagnosisOptions`]. Out: [`RunDiagnostics`]. What is read from the device are the posteriors of
//! some users at their last position and of some of their positions, the pooled latents of two views, and scores for the decoder's
//! reliance on the latent; `latent` turns the first three into numbers. The users and all noise follow from the options' seed,
//! so that two epochs differ by what was learnt in between and not by the draw.
//!
//! Users are shown what the test shows, all before its answer: the "frequency" of Fig. 3 of the paper is that of the test's
//! answers. Nothing here is learnt from, and the reliance is measured on the validation.

use burn::tensor::{Int, Tensor, TensorData};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::{
    AttributeGaps, Run, RunError,
    attribute_gap::attribute_gaps,
    batches::views_batch,
    latents::{POSITIONS_AT_ONCE, UserHistory, users_at_once},
    plan::Plan,
    pooled::{PooledViews, ViewPairs},
    readback::read,
    reliance::{Reliance, RelianceRanking},
    schedule::{Stream, seed_for},
};
use crate::{
    batch::{Bags, Batch, Layout, Reduction, Rows},
    evaluate::{GROUPS, Grouping, assign, group_labels},
    kernel::noise_for,
    latent::{Diagnostics, DiagnosticsError, PosteriorSample, choose_rows, collapse_of_rows, diagnose},
    log::Split,
    model::{ContrastVae, Recommender},
};

/// Users whose views are pooled over padded windows: each costs a whole window, not its few positions.
const PADDED_USERS: usize = 512;
/// After an epoch, one of so many users is looked at.
const EPOCH_SHARE: usize = 8;
/// And at least so many, where there are so many.
const EPOCH_ROWS: usize = 128;

/// How much is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiagnosisOptions {
    /// Users whose last position is looked at, and positions out of all of theirs; 2 or more, fewer where there are not so many.
    pub rows: usize,
    /// Users on whom the decoder's reliance on the latent is measured; 0 leaves it out.
    pub reliance_users: usize,
    /// Whether the views are also pooled over padded windows, as the official code does. Costs many times the rest.
    pub padded: bool,
    /// Whether attributes of the data are looked at where the run ties none.
    pub untied_attributes: bool,
    /// Which users, positions and noise.
    pub seed: u32,
}

impl Default for DiagnosisOptions {
    fn default() -> Self {
        Self {
            rows: 2_048,
            reliance_users: 512,
            padded: false,
            untied_attributes: true,
            seed: 1,
        }
    }
}

impl DiagnosisOptions {
    /// A look at the latents after each epoch of a run on so many users, which costs about a tenth of the epoch: one user in eight,
    /// as many positions, and nothing about the decoder, whose reliance takes a ranking for each kind of latent.
    pub fn each_epoch(users: usize) -> Self {
        let standard = Self::default();
        Self {
            rows: (users / EPOCH_SHARE).clamp(EPOCH_ROWS, standard.rows),
            reliance_users: 0,
            untied_attributes: false,
            ..standard
        }
    }
}

/// The latent space of a run at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunDiagnostics {
    /// The posteriors at the last position of each user, which are what recommendations are made of. With it the two views and
    /// the bound from their contrast, pooled over real positions; absent where the model has one view.
    pub last: Diagnostics,
    /// The posteriors at real positions, whatever their place, of the same users.
    pub positions: Diagnostics,
    /// The two views pooled over whole padded windows, as the official code does; `None` unless asked for.
    pub padded: Option<PooledViews>,
    /// Divergence from the prior and variance at the last position, by how common the test's answer is.
    pub groups: Vec<PosteriorGroups>,
    /// Mean KL of the posteriors at the last position to the adaptive prior, in nats; `None` where the prior is another one. All other
    /// divergences are from N(0, I), whatever the prior.
    pub kl_to_prior: Option<f64>,
    /// How well single dimensions know attributes; `None` if none were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<AttributeGaps>,
    /// Loss of recommendations by another latent; None if it was not asked for or the validation asks nobody.
    pub reliance: Option<Reliance>,
}

/// One grouping of the users that were looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PosteriorGroups {
    /// By what.
    pub grouping: Grouping,
    /// One for each of [`group_labels`], empty ones included.
    pub groups: Vec<PosteriorGroup>,
}

/// One group of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PosteriorGroup {
    /// One of [`group_labels`].
    pub label: String,
    /// Users in it that were looked at.
    pub users: u32,
    /// Mean KL from posterior to prior, the sum over dimensions, in nats; `None` where there is nobody.
    pub kl: Option<f64>,
    /// Mean of s^2 over dimensions, in squared latent units; `None` where there is nobody.
    pub mean_variance: Option<f64>,
}

/// Posteriors as they are read: means and log-variances, row after row.
#[derive(Default)]
struct Posteriors {
    mean: Vec<f32>,
    log_variance: Vec<f32>,
}

/// A diagnosis under way. It keeps the model as it was when it began, so that a training may go on meanwhile.
pub struct Diagnosis {
    options: DiagnosisOptions,
    model: Recommender,
    users: Vec<u32>,
    done: usize,
    /// The positions to look at, counted over all users in order, and how many of them and of all positions are done.
    chosen: Vec<usize>,
    chosen_done: usize,
    positions_done: usize,
    last: Posteriors,
    positions: Posteriors,
    /// Sum over users of the KL to the adaptive prior, where there is one.
    kl_to_prior: Option<f64>,
    views: ViewPairs,
    padded: ViewPairs,
    reliance: RelianceRanking,
    last_report: Option<Diagnostics>,
    groups: Vec<PosteriorGroups>,
    attributes: Option<AttributeGaps>,
    result: Option<RunDiagnostics>,
}

impl Diagnosis {
    /// Diagnosis of `model` of which nothing is done yet.
    pub(super) fn new(plan: &Plan, model: Recommender, options: DiagnosisOptions) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed_for(options.seed, Stream::Diagnosis, 0));
        let mut pick = |candidates: Vec<u32>, most: usize| -> Vec<u32> {
            let chosen = choose_rows(candidates.len(), most, &mut rng);
            chosen.into_iter().map(|index| candidates[index]).collect()
        };
        let all = || 0..plan.users() as u32;
        let rows = options.rows.max(2);
        let shown = |user: &u32| !UserHistory::BeforeTest.of(&plan.data, *user as usize).is_empty();
        let users = pick(all().filter(shown).collect(), rows);
        let asked = |user: &u32| plan.data.query(*user as usize, Split::Valid).is_some();
        let reliance = pick(all().filter(asked).collect(), options.reliance_users);
        let length = plan.config.model.max_length;
        // A bag has one posterior and one view.
        let sequential = !plan.config.model.kind.is_of_bags();
        let position_count = users
            .iter()
            .filter(|_| sequential)
            .map(|&user| UserHistory::BeforeTest.of(&plan.data, user as usize).len().min(length))
            .sum();
        Self {
            model,
            chosen: choose_rows(position_count, rows, &mut rng),
            chosen_done: 0,
            positions_done: 0,
            last: Posteriors::default(),
            positions: Posteriors::default(),
            kl_to_prior: None,
            views: ViewPairs::new(if sequential { users.len() } else { 0 }),
            padded: ViewPairs::new(if options.padded && sequential {
                users.len().min(PADDED_USERS)
            } else {
                0
            }),
            reliance: RelianceRanking::new(reliance),
            last_report: None,
            groups: Vec::new(),
            attributes: None,
            result: None,
            users,
            done: 0,
            options,
        }
    }
    /// How much is done, and how much there is: users that are looked at and asked, and two for the numbers.
    pub fn progress(&self) -> (usize, usize) {
        let (asked, to_ask) = self.reliance.progress();
        let (padded, to_pad) = self.padded.progress();
        let reports = usize::from(self.last_report.is_some()) + usize::from(self.result.is_some());
        (self.done + padded + asked + reports, self.users.len() + to_pad + to_ask + 2)
    }

    /// Does the next piece, a few hundred users or one set of numbers; `Some` when all is done. `run` is the one that the
    /// diagnosis is of.
    pub async fn advance(&mut self, run: &Run) -> Result<Option<RunDiagnostics>, RunError> {
        let plan = run.plan();
        let (asked, to_ask) = self.reliance.progress();
        if self.result.is_some() {
            // Nothing is left to do.
        } else if self.done < self.users.len() {
            self.read_users(plan).await?;
        } else if !self.padded.is_complete() {
            self.read_padded(plan).await?;
        } else if asked < to_ask {
            let mut noise = noise_for(&plan.compute, self.noise_seed(2, asked));
            self.reliance.advance(plan, &self.model, noise.as_mut()).await?;
        } else if self.last_report.is_none() {
            self.last_report = Some(self.report_last(plan).await?);
        } else {
            self.result = self.finish(plan).await?;
        }
        Ok(self.result.clone())
    }

    /// Seeds of noise, apart for each use and each piece.
    fn noise_seed(&self, purpose: usize, piece: usize) -> u64 {
        seed_for(self.options.seed, Stream::Diagnosis, 1 + 5 * piece + purpose)
    }

    /// Posteriors and views of the next users.
    async fn read_users(&mut self, plan: &Plan) -> Result<(), RunError> {
        let histories: Vec<&[u32]> = self.users[self.done..]
            .iter()
            .map(|&user| UserHistory::BeforeTest.of(&plan.data, user as usize))
            .collect();
        let histories = &histories[..users_at_once(&histories, plan.config.model.max_length)];
        match &self.model.clone() {
            Recommender::Sequence(network) => self.read_sequences(plan, network, histories).await?,
            Recommender::Bag(model) => {
                let (mu, logvar) = model.posterior(&Bags::new(histories.iter().copied(), plan.items()));
                let (mean, log_variance) = (read(mu).await?, read(logvar).await?);
                // A bag has one posterior, which is that of its last position and of all.
                for posteriors in [&mut self.last, &mut self.positions] {
                    posteriors.mean.extend_from_slice(&mean);
                    posteriors.log_variance.extend_from_slice(&log_variance);
                }
            }
        }
        self.done += histories.len();
        Ok(())
    }

    /// Posteriors at the last and at the chosen positions, and the views.
    async fn read_sequences(&mut self, plan: &Plan, network: &ContrastVae, histories: &[&[u32]]) -> Result<(), RunError> {
        let length = plan.config.model.max_length;
        let rows = Rows::of_histories(histories, length, Layout::Packed);
        let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, plan.device());

        let mut tokens = rows.last.clone();
        for sequence in 0..histories.len() {
            let own = rows.tokens(sequence);
            let end = self.positions_done + own.len();
            while let Some(&position) = self.chosen.get(self.chosen_done).filter(|&&position| position < end) {
                tokens.push((own.start + position - self.positions_done) as i32);
                self.chosen_done += 1;
            }
            self.positions_done = end;
        }
        let (mu, logvar) = network.posterior(&batch);
        let logvar = logvar.ok_or(DiagnosticsError::NoPosterior)?;
        let dimensions = mu.dims()[1];
        let count = tokens.len();
        let tokens = Tensor::<1, Int>::from_data(TensorData::new(tokens, [count]), plan.device());
        let mut columns = vec![mu, logvar];
        columns.extend(network.prior_means(&batch));
        let width = columns.len() * dimensions;
        let values = read(Tensor::cat(columns, 1).select(0, tokens)).await?;
        for (index, row) in values.chunks_exact(width).enumerate() {
            let (row, prior) = row.split_at(2 * dimensions);
            if !prior.is_empty() && index < histories.len() {
                *self.kl_to_prior.get_or_insert_default() += kl_to_unit_normal(row, prior);
            }
            let posteriors = if index < histories.len() {
                &mut self.last
            } else {
                &mut self.positions
            };
            let (mean, log_variance) = row.split_at(dimensions);
            posteriors.mean.extend_from_slice(mean);
            posteriors.log_variance.extend_from_slice(log_variance);
        }

        let mut noise = noise_for(&plan.compute, self.noise_seed(0, self.done));
        let seed = self.noise_seed(3, self.done);
        let batch = views_batch(plan, histories, Layout::Packed, Reduction::Real, seed);
        self.views.read(plan, network, &batch, histories.len(), noise.as_mut()).await
    }

    /// Views of the next users over padded windows.
    async fn read_padded(&mut self, plan: &Plan) -> Result<(), RunError> {
        let length = plan.config.model.max_length;
        let (done, all) = self.padded.progress();
        // A window for each user, so that fewer make a pass.
        let count = (POSITIONS_AT_ONCE / length.max(1)).clamp(1, all - done);
        let users = &self.users[done..done + count];
        let histories: Vec<&[u32]> = users
            .iter()
            .map(|&user| UserHistory::BeforeTest.of(&plan.data, user as usize))
            .collect();
        let seed = self.noise_seed(4, done);
        let batch = views_batch(plan, &histories, Layout::Padded, Reduction::Padded, seed);
        let mut noise = noise_for(&plan.compute, self.noise_seed(1, done));
        let Recommender::Sequence(network) = &self.model else {
            return Ok(());
        };
        self.padded.read(plan, network, &batch, histories.len(), noise.as_mut()).await
    }

    async fn report_last(&mut self, plan: &Plan) -> Result<Diagnostics, RunError> {
        let posteriors = std::mem::take(&mut self.last);
        let mut sample = PosteriorSample::new(plan.config.latent_size(), posteriors.mean, posteriors.log_variance)?;
        self.groups = groups(plan, &self.users, &sample);
        self.attributes = attribute_gaps(plan, &self.users, sample.mean(), self.options.untied_attributes);
        if let Some((first, second)) = self.views.pairs(plan.config.latent_size()) {
            sample = sample.with_views(first.to_vec(), second.to_vec())?;
        }
        if let Some((loss, sequences)) = self.views.contrastive_loss(plan).await? {
            sample = sample.with_contrastive_loss(loss, sequences)?;
        }
        Ok(diagnose(&sample, u64::from(self.options.seed)))
    }

    async fn finish(&mut self, plan: &Plan) -> Result<Option<RunDiagnostics>, RunError> {
        let Some(last) = self.last_report.clone() else {
            return Ok(None);
        };
        let posteriors = std::mem::take(&mut self.positions);
        let sample = PosteriorSample::new(plan.config.latent_size(), posteriors.mean, posteriors.log_variance)?;
        Ok(Some(RunDiagnostics {
            last,
            positions: diagnose(&sample, u64::from(self.options.seed)),
            padded: self.padded.report(plan, u64::from(self.options.seed)).await?,
            groups: std::mem::take(&mut self.groups),
            attributes: self.attributes.take(),
            kl_to_prior: self.kl_to_prior.map(|sum| sum / self.users.len() as f64),
            reliance: self.reliance.finish(plan.config.view.sampling),
        }))
    }
}

/// KL to N(prior, I), in nats, of the posterior whose mean and then log-variance are `row`.
fn kl_to_unit_normal(row: &[f32], prior: &[f32]) -> f64 {
    let (mean, log_variance) = row.split_at(prior.len());
    let dimensions = mean.iter().zip(log_variance).zip(prior);
    let each = dimensions.map(|((&mean, &log_variance), &prior)| {
        let (distance, log_variance) = (f64::from(mean - prior), f64::from(log_variance));
        0.5 * (log_variance.exp() + distance * distance - 1.0 - log_variance)
    });
    each.sum()
}

/// Divergence and variance by how common the test's answer is; row `i` of the sample is of user `i` of `users`.
fn groups(plan: &Plan, users: &[u32], sample: &PosteriorSample) -> Vec<PosteriorGroups> {
    let rows = collapse_of_rows(sample);
    let of = |grouping: Grouping| {
        let group_of = assign(&plan.data, Split::Test, grouping);
        let mut sums = [(0u32, 0.0f64, 0.0f64); GROUPS];
        for (&user, row) in users.iter().zip(&rows) {
            if let Some(group) = group_of.get(user as usize).copied().flatten() {
                let sum = &mut sums[usize::from(group).min(GROUPS - 1)];
                *sum = (sum.0 + 1, sum.1 + row.kl, sum.2 + row.mean_variance);
            }
        }
        let groups = group_labels().into_iter().zip(sums).map(|(label, (users, kl, variance))| {
            let mean = |sum: f64| (users > 0).then(|| sum / f64::from(users));
            PosteriorGroup {
                label: label.to_owned(),
                users,
                kl: mean(kl),
                mean_variance: mean(variance),
            }
        });
        PosteriorGroups {
            grouping,
            groups: groups.collect(),
        }
    };
    vec![of(Grouping::AnswerFrequency), of(Grouping::TrainingFrequency)]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        device::Compute,
        log::{Example, generate},
        run::Config,
    };

    #[test]
    fn all_positions_are_those_of_padded_windows() {
        let example = Example {
            users: 60,
            items: 60,
            ..Example::default()
        };
        let mut config = Config::default();
        config.model.max_length = 7;
        let run = Run::new(config, Arc::new(generate(&example).unwrap()), Compute::cpu()).unwrap();
        let mut diagnosis = run.diagnosis(DiagnosisOptions {
            rows: 100_000,
            ..DiagnosisOptions::default()
        });
        let found = loop {
            if let Some(found) = block_on(diagnosis.advance(&run)).unwrap() {
                break found;
            }
        };
        // The same posteriors the other way: one user in a row, all tokens read, pads left out.
        let histories: Vec<&[u32]> = (0..60).map(|user| UserHistory::BeforeTest.of(run.data(), user)).collect();
        let rows = Rows::of_histories(&histories, 7, Layout::Padded);
        let batch = Batch::new(&rows, Layout::Padded, Reduction::Real, run.compute().device());
        let Recommender::Sequence(network) = &diagnosis.model else {
            panic!("the default is a sequential model");
        };
        let (mu, logvar) = network.posterior(&batch);
        let (mu, logvar) = (block_on(read(mu)).unwrap(), block_on(read(logvar.unwrap())).unwrap());
        let dimensions = run.config().model.hidden_size;
        let mut kept = Posteriors::default();
        for token in (0..rows.segment.len()).filter(|&token| rows.segment[token] >= 0) {
            let values = token * dimensions..(token + 1) * dimensions;
            kept.mean.extend_from_slice(&mu[values.clone()]);
            kept.log_variance.extend_from_slice(&logvar[values]);
        }
        let expected = collapse_of_rows(&PosteriorSample::new(dimensions, kept.mean, kept.log_variance).unwrap());
        assert_eq!(found.positions.rows as usize, expected.len());
        let mean = expected.iter().map(|row| row.kl).sum::<f64>() / expected.len() as f64;
        assert!(
            (found.positions.collapse.kl / mean - 1.0).abs() < 1e-5,
            "{} {mean}",
            found.positions.collapse.kl
        );
        assert_eq!(found.last.rows, 60);
        assert!(
            (found.last.collapse.kl / mean - 1.0).abs() > 1e-5,
            "the last positions are others"
        );
    }
}
