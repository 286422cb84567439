//! The comparison of several models, beside the run.
//!
//! In: the names of the models, settings for all of them, and the rows of earlier comparisons. Out: events on the progress, and all rows
//! after each model that is done. Finished rows are the page's to keep; a model that is cut off begins anew.

use std::{collections::VecDeque, future::Future, pin::Pin, sync::Arc};

use super::{Around, Job as BesideJob, JobError, Slice};
use crate::{
    compare::{BaselineWork, Comparison, Job, Outcome, Piece, Stage, TrainedWork, plan},
    device::Compute,
    evaluate::BaselineError,
    log::Dataset,
    run::{Run, RunError},
    web::{
        clock::now_seconds,
        events::Outbox,
        protocol::{Answer, ComparisonPlan, ComparisonStage, Event},
    },
};

/// Seconds between two events on the progress.
const PROGRESS_SECONDS: f64 = 0.1;

/// A comparison with what is left of it.
pub struct CompareModels {
    data: Arc<Dataset>,
    compute: Compute,
    comparison: Comparison,
    /// With the floating-point operations of each.
    left: VecDeque<(Job, f64)>,
    under_way: Option<UnderWay>,
    /// Models and seeds in all of this comparison.
    total: usize,
    /// Operations in all, those of models that are done, and the seconds that these took.
    work: f64,
    done: f64,
    seconds: f64,
    told: f64,
}

/// The model that is being done.
struct UnderWay {
    job: Job,
    work: f64,
    what: Work,
    /// Of all pieces, and of those that count as training.
    seconds: f64,
    training_seconds: f64,
    sequences: usize,
}

enum Work {
    Baseline(Box<BaselineWork>),
    Trained(Box<TrainedWork>),
}

impl CompareModels {
    /// A comparison of which nothing is done but what was done before.
    pub fn new(wanted: &ComparisonPlan, data: Arc<Dataset>, compute: Compute) -> Result<Self, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let jobs = plan(&wanted.models, &wanted.settings, wanted.seeds).map_err(|error| words(&error))?;
        let mut comparison = Comparison::of(&data);
        // An earlier version may have kept what this one does not understand.
        let before: Vec<serde_json::Value> = serde_json::from_str(&wanted.before).unwrap_or_default();
        let before: Vec<Comparison> = before
            .into_iter()
            .filter_map(|one| serde_json::from_value(one).ok())
            .collect();
        comparison.take_over(&before, &wanted.settings);
        let total = jobs.len();
        let mut left = VecDeque::new();
        for job in jobs {
            job.check(data.items.len()).map_err(|error| words(&error))?;
            let work = job.work(&data).map_err(|error| format!("{}: {error}", job.model()))?;
            if !comparison.has(job.model(), job.seed()) {
                left.push_back((job, work));
            }
        }
        Ok(Self {
            data,
            compute,
            comparison,
            work: left.iter().map(|(_, work)| work).sum(),
            left,
            under_way: None,
            total,
            done: 0.0,
            seconds: 0.0,
            told: 0.0,
        })
    }

    /// The work that is left of it.
    pub fn estimate(&self) -> Answer {
        Answer::EstimateComparison {
            total: self.total as u32,
            left: self.left.len() as u32,
            work: self.work,
            rows: self.comparison.rows(),
            comparison: self.comparison.clone(),
        }
    }

    /// Does the next slice. An error comes with the name of its model.
    async fn slice(&mut self, outbox: &Outbox) -> Result<Option<Answer>, (String, RunError)> {
        if self.under_way.is_none() {
            let Some((job, work)) = self.left.pop_front() else {
                return Ok(Some(Answer::Compare {
                    rows: self.comparison.rows(),
                    comparison: self.comparison.clone(),
                }));
            };
            let model = job.model().to_owned();
            self.under_way = Some(self.begun(job, work).map_err(|error| (model, error))?);
            self.tell(outbox, now_seconds());
            return Ok(None);
        }
        let Some(under_way) = &mut self.under_way else {
            return Ok(None);
        };
        let outcome = under_way
            .advance(&self.data)
            .await
            .map_err(|error| (under_way.job.model().to_owned(), error))?;
        if let Some(outcome) = outcome {
            self.done += under_way.work;
            self.seconds += under_way.seconds;
            self.under_way = None;
            self.comparison.outcomes.push(outcome);
            outbox.send(&Event::ComparisonRows {
                rows: self.comparison.rows(),
                comparison: self.comparison.clone(),
            });
        }
        let now = now_seconds();
        if now - self.told >= PROGRESS_SECONDS {
            self.tell(outbox, now);
        }
        Ok(None)
    }

    fn begun(&self, job: Job, work: f64) -> Result<UnderWay, RunError> {
        let what = match &job {
            Job::Baseline(name) => Work::Baseline(Box::new(BaselineWork::new(name, &self.data).map_err(unranked)?)),
            Job::Trained { model, config } => {
                let run = Run::new(config.as_ref().clone(), self.data.clone(), self.compute.clone())?;
                Work::Trained(Box::new(TrainedWork::new(model, run)))
            }
        };
        Ok(UnderWay {
            job,
            work,
            what,
            seconds: 0.0,
            training_seconds: 0.0,
            sequences: 0,
        })
    }

    /// Tells how far it is.
    fn tell(&mut self, outbox: &Outbox, now: f64) {
        let Some(under_way) = &self.under_way else {
            return;
        };
        self.told = now;
        let done = self.done + under_way.work * under_way.share();
        let seconds = self.seconds + under_way.seconds;
        let (epoch, epochs) = under_way.epochs();
        outbox.send(&Event::ComparisonProgress {
            model: under_way.job.model().to_owned(),
            seed: under_way.job.seed(),
            stage: under_way.stage(),
            done: (self.total - self.left.len() - 1) as u32,
            total: self.total as u32,
            epoch,
            epochs,
            share: (done / self.work.max(f64::MIN_POSITIVE)) as f32,
            sequences_per_second: (under_way.sequences as f64 / under_way.training_seconds.max(1e-3)) as f32,
            seconds_left: (done > 0.0).then(|| ((self.work - done) * seconds / done) as f32),
        });
    }
}

impl BesideJob for CompareModels {
    fn advance<'a>(&'a mut self, around: Around<'a>) -> Pin<Box<dyn Future<Output = Slice> + 'a>> {
        Box::pin(async move {
            self.slice(around.outbox).await.map_err(|(model, error)| match error {
                RunError::Device(_) if around.on_gpu => JobError {
                    message: error.to_string(),
                    device_lost: true,
                },
                error => JobError::new(format!(
                    "The comparison stopped at {model}: {error} The models that are done stay."
                )),
            })
        })
    }
}

impl UnderWay {
    /// Does the next piece; the outcome when this was the last one.
    async fn advance(&mut self, data: &Dataset) -> Result<Option<Outcome>, RunError> {
        let began = now_seconds();
        let piece = match &mut self.what {
            Work::Baseline(work) => match work.advance(data).map_err(unranked)? {
                Some(outcome) => Piece::Done(Box::new(outcome)),
                None => Piece::Part,
            },
            Work::Trained(work) => work.advance().await?,
        };
        let took = now_seconds() - began;
        self.seconds += took;
        Ok(match piece {
            Piece::Step(step) => {
                self.training_seconds += took;
                self.sequences += step.sequences;
                None
            }
            Piece::Part | Piece::Epoch(_) => None,
            Piece::Done(mut outcome) => {
                // As the command line counts: the steps of a training, all of a baseline.
                outcome.seconds = Some(match self.what {
                    Work::Baseline(_) => self.seconds,
                    Work::Trained(_) => self.training_seconds,
                });
                Some(*outcome)
            }
        })
    }

    fn stage(&self) -> ComparisonStage {
        match &self.what {
            Work::Baseline(_) => ComparisonStage::Counting,
            Work::Trained(work) => match work.stage() {
                Some(Stage::Training) => ComparisonStage::Training,
                Some(Stage::Validation) => ComparisonStage::Validation,
                Some(Stage::Ranking) => ComparisonStage::Ranking,
                Some(Stage::Latents) | None => ComparisonStage::Latents,
            },
        }
    }

    /// The epoch under way, from 1, and how many there are at most; zeros of a baseline.
    fn epochs(&self) -> (u32, u32) {
        match &self.what {
            Work::Baseline(_) => (0, 0),
            Work::Trained(work) => {
                let (run, epochs) = (work.run(), work.run().config().training.epochs);
                ((run.epochs_done() + 1).min(epochs) as u32, epochs as u32)
            }
        }
    }

    fn share(&self) -> f64 {
        match &self.what {
            Work::Baseline(work) => {
                let (done, all) = work.progress();
                done as f64 / all.max(1) as f64
            }
            Work::Trained(work) => work.share(),
        }
    }
}

fn unranked(error: BaselineError) -> RunError {
    RunError::Ranking(error.to_string())
}
