//! The host of a run: calls its steps and tells the page what comes of them.
//!
//! In: a run, an outbox. Out: events after steps, epochs and on demand. The session decides when the run goes on; what happens at a
//! step, at the end of an epoch and at a halt is decided here.

use super::{
    clock::{give_way, now_seconds},
    events::{Answered, Outbox, bytes, floats, integers, naturals},
    jobs::{CompareItems, Job, MeasureBaselines, RankLists, RankTest, SearchUsers},
    meter::Meter,
    protocol::{Answer, Event, LatentKind, ListsWish, SimilarWish},
};
use crate::{
    evaluate::{ByFrequency, Metrics, answer_counts, popularity},
    latent::Projector,
    log::{ReadOptions, Split},
    run::{CheckpointError, DiagnosisOptions, LatentReport, LatentSubject, Mode, PosteriorSet, Run, RunError, StepOutcome},
};

/// Progress events a second at most.
const PROGRESS_SECONDS: f64 = 0.1;
/// Seconds between latent snapshots while a run goes on: often enough to see movement, seldom enough to cost little.
const SNAPSHOT_SECONDS: f64 = 1.0;

/// Course of a run after a step.
pub enum Course {
    /// It goes on.
    On,
    /// The steps that were asked for are done.
    Held,
    /// It is over.
    Over,
}

/// A run with what the page is shown of it.
pub struct Host {
    run: Run,
    /// How the data of the run was read.
    read: ReadOptions,
    popularity: Metrics,
    /// For each item the number of users whose answer in the test it is.
    answers: Vec<u32>,
    /// How common each user's answer on validation is.
    frequency: ByFrequency,
    /// Steps that were asked for and that are not done yet; None while the run goes on by itself.
    steps_left: Option<u32>,
    /// Outcome of the latest step; None before the first one here.
    latest: Option<StepOutcome>,
    items: Projector,
    users: Projector,
    meter: Meter,
    snapshot_at: f64,
}

impl Host {
    /// The host of a run whose data was read with these options.
    pub fn new(run: Run, read: ReadOptions) -> Self {
        Self {
            popularity: popularity(run.data(), Split::Valid),
            answers: answer_counts(run.data(), Split::Test),
            frequency: ByFrequency::new(run.data(), Split::Valid),
            run,
            read,
            steps_left: None,
            latest: None,
            items: Projector::default(),
            users: Projector::default(),
            meter: Meter::new(now_seconds()),
            snapshot_at: now_seconds(),
        }
    }

    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Begins to count and measure anew: for so many steps, or until the end.
    pub fn go_on(&mut self, steps: Option<u32>) {
        self.steps_left = steps;
        self.meter = self.meter.again(now_seconds());
    }

    /// One optimiser step and what follows from it. A step that is `followed` is told by itself, however soon it comes.
    pub async fn advance(&mut self, outbox: &Outbox, followed: bool) -> Result<Course, RunError> {
        let began = now_seconds();
        let outcome = self.run.step().await?;
        self.latest = Some(outcome);
        self.steps_left = self.steps_left.map(|left| left.saturating_sub(1));
        // A step that reads its losses from a GPU waits for the queue, which is not the host's work.
        let waited = outcome.losses.is_some() && self.run.steps_between_reads() > 1;
        if !waited {
            self.meter.add_step_time(now_seconds() - began);
        }
        let last_step = outcome.finished || self.steps_left == Some(0);
        let losses = match outcome.losses {
            // Before a halt the losses are read even where a read is not due, so that a single step shows what it did.
            None if last_step || followed => Some(self.run.read_losses().await?),
            losses => losses,
        };
        self.meter.add(outcome.sequences, losses);
        let now = now_seconds();
        if now - self.meter.since >= PROGRESS_SECONDS || last_step || followed || outcome.epoch_ended {
            self.report(outbox, now);
        }
        let due = now - self.snapshot_at >= SNAPSHOT_SECONDS;
        if due || last_step || outcome.epoch_ended {
            self.snapshot_at = now;
            self.show(outbox, LatentKind::Items).await;
            // A pass over the users costs several steps, so users move once an epoch and at a halt.
            if outcome.epoch_ended || last_step {
                self.show(outbox, LatentKind::Users).await;
            }
        }
        let mut over = false;
        if outcome.epoch_ended {
            over = self.validate(outbox).await?;
            self.diagnose(outbox).await;
        }
        if outcome.epoch_ended || last_step {
            self.meter.since = now_seconds();
        }
        Ok(match (outcome.finished || over, last_step) {
            (true, _) => Course::Over,
            (false, true) => Course::Held,
            (false, false) => Course::On,
        })
    }

    /// Tells the progress since the last time, if there is any.
    pub fn report(&mut self, outbox: &Outbox, now: f64) {
        let Some(latest) = self.latest.filter(|_| self.meter.has_losses()) else {
            return;
        };
        let (losses, rate) = self.meter.take(now);
        let (epochs, steps_per_epoch) = (self.run.config().training.epochs, self.run.steps_per_epoch());
        let steps_left = (epochs * steps_per_epoch).saturating_sub(latest.step);
        let sequences_left = steps_left as f64 / steps_per_epoch as f64 * self.run.trainable_users() as f64;
        outbox.send(&Event::Progress {
            epoch: latest.epoch as u32,
            epochs: epochs as u32,
            step: latest.step as u32,
            steps_per_epoch: steps_per_epoch as u32,
            losses,
            kl_weight: latest.kl_weight as f32,
            sequences_per_second: rate as f32,
            step_milliseconds: (self.meter.step_seconds() * 1000.0) as f32,
            seconds_left: if rate > 0.0 { (sequences_left / rate) as f32 } else { 0.0 },
        });
    }

    /// Ranks the validation items; true if that says to end the run.
    async fn validate(&mut self, outbox: &Outbox) -> Result<bool, RunError> {
        let began = now_seconds();
        let mut evaluation = self.run.evaluation(Split::Valid);
        let metrics = loop {
            if let Some(metrics) = evaluation.advance(&self.run).await? {
                break metrics;
            }
            give_way().await;
        };
        let over = self.run.note_validation(metrics.clone());
        outbox.send(&Event::Validation {
            epoch: self.run.epochs_done() as u32,
            metrics,
            popularity: self.popularity.clone(),
            groups: self.frequency.of_ranks(evaluation.ranks()),
            seconds: (now_seconds() - began) as f32,
        });
        Ok(over)
    }

    /// Looks at the latent space of a sample of users. A model without a posterior has nothing to look at; what else cannot be
    /// diagnosed is told in the place of the numbers, and the run goes on.
    pub async fn diagnose(&self, outbox: &Outbox) {
        if self.run.config().view.mode == Mode::Deterministic {
            return;
        }
        let began = now_seconds();
        let users = self.run.data().sequences.len();
        let mut diagnosis = self.run.diagnosis(DiagnosisOptions::each_epoch(users));
        let found = loop {
            match diagnosis.advance(&self.run).await {
                Ok(None) => give_way().await,
                Ok(Some(found)) => break Ok(LatentReport::from(found)),
                Err(error) => break Err(error.to_string()),
            }
        };
        let (report, problem) = match found {
            Ok(report) => (Some(report), None),
            Err(problem) => (None, Some(problem)),
        };
        outbox.send(&Event::Diagnosis {
            epoch: self.run.epochs_done() as u32,
            step: self.run.steps_done() as u32,
            seconds: (now_seconds() - began) as f32,
            report,
            problem,
        });
    }

    /// The ranking of the test by the best weights so far, to be done beside the run.
    pub fn test(&self) -> Result<RankTest, String> {
        match self.run.best_evaluation(Split::Test) {
            Some((epoch, evaluation)) => Ok(RankTest::new(epoch, evaluation)),
            None => Err("There are no best weights to test yet; they are known after the first epoch.".to_owned()),
        }
    }

    /// Lists by the present weights, to be made beside the run; `names` are those of the users, if these are not their identifiers.
    pub fn lists(&self, wish: &ListsWish, names: Option<Vec<String>>) -> Result<Box<dyn Job>, String> {
        Ok(Box::new(RankLists::new(&self.run, wish, names).map_err(words)?))
    }

    /// Measures of the lists of baselines.
    pub fn list_baselines(&self, wish: &ListsWish) -> Result<Box<dyn Job>, String> {
        Ok(Box::new(MeasureBaselines::new(self.run.data().clone(), wish).map_err(words)?))
    }

    /// A table of items that are alike by the present weights.
    pub async fn similar_items(&self, wish: &SimilarWish) -> Result<Box<dyn Job>, String> {
        Ok(Box::new(CompareItems::new(&self.run, wish).await.map_err(words)?))
    }

    /// A search for the users whose sequences are nearest to a history.
    pub async fn nearest_users(&self, history: &[u32], count: u32, own: Option<u32>) -> Result<Box<dyn Job>, String> {
        let search = self.run.nearest_users(history, count as usize, own).await.map_err(words)?;
        Ok(Box::new(SearchUsers::new(search)))
    }

    /// Tells that the run is there.
    pub fn tell_begun(&self, outbox: &Outbox) {
        outbox.send(&Event::Begun {
            parameters: self.run.parameter_count() as u32,
            attributes: self
                .run
                .attributes()
                .map_or_else(Vec::new, |attributes| attributes.names().to_vec()),
        });
    }

    /// A copy of the run as it stands, which does not change any more.
    pub async fn copy(&self) -> Result<Run, CheckpointError> {
        let checkpoint = self.run.checkpoint(&self.read).await?;
        Run::resume(&checkpoint, self.run.data().clone(), self.run.compute().clone())
    }

    /// Latents as they are, of at most `most` items or users.
    pub async fn vectors(&self, what: LatentKind, most: usize, views: bool) -> Answered {
        let found = match what {
            LatentKind::Items => self.run.latents(LatentSubject::Items).await.map(|set| {
                let rows = set.indices.len();
                let shown = rows.min(most);
                let indices: Vec<u32> = (0..shown).map(|index| (index * rows / shown) as u32).collect();
                let row = |&item: &u32| {
                    let first = item as usize * set.dimensions;
                    set.values[first..first + set.dimensions].to_vec()
                };
                PosteriorSet {
                    mean: indices.iter().flat_map(row).collect(),
                    dimensions: set.dimensions,
                    indices,
                    ..PosteriorSet::default()
                }
            }),
            LatentKind::Users => {
                let users = self.run.sample_of_users(most);
                self.run.user_posteriors(&users, views).await
            }
        };
        let set = found.map_err(words)?;
        let Attributes {
            genre,
            popularity,
            frequency,
        } = self.attributes(what, &set.indices);
        let data = self.run.data();
        Ok(Answer::Vectors {
            what,
            epoch: self.run.epochs_done() as u32,
            step: self.run.steps_done() as u32,
            dimensions: set.dimensions as u32,
            total: match what {
                LatentKind::Items => data.items.len() as u32,
                LatentKind::Users => data.sequences.len() as u32,
            },
            indices: naturals(&set.indices),
            mean: floats(&set.mean),
            log_variance: floats(&set.log_variance),
            first_view: floats(&set.first_view),
            second_view: floats(&set.second_view),
            genre: integers(&genre),
            popularity: floats(&popularity),
            frequency: integers(&frequency),
        })
    }

    /// Where a history lies.
    pub async fn posterior(&self, history: &[u32]) -> Answered {
        let set = self.run.posterior_after(history).await.map_err(words)?;
        Ok(Answer::Posterior {
            epoch: self.run.epochs_done() as u32,
            step: self.run.steps_done() as u32,
            mean: floats(&set.mean),
            log_variance: floats(&set.log_variance),
        })
    }

    /// The run as it stands, as a file.
    pub async fn checkpoint(&self) -> Answered {
        let began = now_seconds();
        let checkpoint = self.run.checkpoint(&self.read).await.map_err(words)?;
        let archive = checkpoint.to_archive().map_err(words)?;
        Ok(Answer::Checkpoint {
            data: self.run.data().name.clone(),
            epoch: self.run.epochs_done() as u32,
            step: self.run.steps_done() as u32,
            seconds: (now_seconds() - began) as f32,
            bytes: bytes(&archive),
        })
    }

    /// Tells the page of a run that came out of a checkpoint. `weights_of` names the program's file that brought weights alone.
    pub fn tell_restored(&self, outbox: &Outbox, weights_of: Option<String>) {
        let run = &self.run;
        outbox.send(&Event::Restored {
            config: run.config().clone(),
            epoch: run.epochs_done() as u32,
            epochs: run.config().training.epochs as u32,
            step: run.steps_done() as u32,
            steps_per_epoch: run.steps_per_epoch() as u32,
            kl_weight: run.config().kl_weight_at(run.steps_done().saturating_sub(1)) as f32,
            history: run.history().epochs.clone(),
            under_way: run.losses_under_way(),
            popularity: self.popularity.clone(),
            weights_of,
        });
    }

    /// Shows latents on the plane, or tells why it cannot.
    pub async fn show(&mut self, outbox: &Outbox, what: LatentKind) {
        if let Err(error) = self.snapshot(outbox, what).await {
            outbox.fail(error);
        }
    }

    /// Projects latents to the plane and tells of it.
    pub async fn snapshot(&mut self, outbox: &Outbox, what: LatentKind) -> Result<(), RunError> {
        let (subject, projector) = match what {
            LatentKind::Items => (LatentSubject::Items, &mut self.items),
            LatentKind::Users => (LatentSubject::Users, &mut self.users),
        };
        let set = self.run.latents(subject).await?;
        let projection = projector.project(&set.values, set.dimensions);
        let Attributes {
            genre,
            popularity,
            frequency,
        } = self.attributes(what, &set.indices);
        outbox.send(&Event::Latents {
            what,
            epoch: self.run.epochs_done() as u32,
            step: self.run.steps_done() as u32,
            explained: projection.explained,
            points: floats(&projection.points),
            indices: naturals(&set.indices),
            genre: integers(&genre),
            popularity: floats(&popularity),
            frequency: integers(&frequency),
            plane: floats(&[projection.plane.centre, projection.plane.axes].concat()),
        });
        Ok(())
    }

    /// Attributes of each point of a map.
    fn attributes(&self, what: LatentKind, indices: &[u32]) -> Attributes {
        let data = self.run.data();
        let counts = data.item_counts();
        let genre_of = |item: u32| data.main_genre(item).map_or(-1, |genre| genre as i32);
        let asked = |answer: u32| self.answers[answer as usize] as i32;
        let mut attributes = Attributes::default();
        for &index in indices {
            let (genre, popularity, frequency) = match what {
                LatentKind::Items => (genre_of(index), counts[index as usize] as f32, asked(index)),
                LatentKind::Users => {
                    let sequence = &data.sequences[index as usize];
                    let mut tally = vec![0u32; data.genres.len()];
                    for &item in sequence {
                        if let Some(genre) = data.main_genre(item) {
                            tally[genre as usize] += 1;
                        }
                    }
                    // The first of the commonest, so that ties do not depend on the iterator.
                    let commonest = (0..tally.len())
                        .rev()
                        .max_by_key(|&genre| tally[genre])
                        .filter(|&genre| tally[genre] > 0);
                    let total: u32 = sequence.iter().map(|&item| counts[item as usize]).sum();
                    let answer = data.query(index as usize, Split::Test).map(|(_, answer)| answer);
                    (
                        commonest.map_or(-1, |genre| genre as i32),
                        total as f32 / sequence.len().max(1) as f32,
                        answer.map_or(-1, asked),
                    )
                }
            };
            attributes.genre.push(genre);
            attributes.popularity.push(popularity);
            attributes.frequency.push(frequency);
        }
        attributes
    }
}

/// Attributes of each point of a map, named as in [`Event::Latents`].
#[derive(Default)]
struct Attributes {
    genre: Vec<i32>,
    popularity: Vec<f32>,
    frequency: Vec<i32>,
}

/// An error as the sentence that it is.
pub fn words(error: impl ToString) -> String {
    error.to_string()
}
