//! The session: the loaded data, the run, and the one task that owns both.
//!
//! In: requests from a queue. Out: answers and events. Between two steps the task gives way to the browser, so that requests come in while
//! it trains; a request that arrives meanwhile is done before the next step. [`Session::obey`] has one function for each command; a
//! command that takes long begins a job, which answers when it is done.

mod checkpoints;
mod loaded;
mod presets;
mod probe;

use std::sync::Arc;

use async_channel::{Receiver, TryRecvError};

use super::{
    ahead::ReadAhead,
    clock::{give_way, now_seconds, sleep},
    events::{Answered, Outbox},
    files,
    host::{Course, Host, words},
    jobs::{Around, CompareModels, Job, JobKind, Jobs, RankBaselines},
    protocol::{Answer, Command, ComparisonPlan, DeviceKind, Event, LatentKind, ModelChoice, Request, RunState},
    questions::{attention, explain, recommend},
    warm_up::WarmUp,
};
use crate::{
    device::{Compute, Kind},
    log::{Dataset, Example, ReadOptions},
    run::{Config, Run, RunError, RunSize},
};
use loaded::Loaded;
use presets::presets;
use probe::Trusted;

/// Seconds between two looks at the queue while the run rests.
const REST_SECONDS: f64 = 0.05;

/// The worker's state.
pub struct Session {
    compute: Compute,
    outbox: Outbox,
    ahead: ReadAhead,
    config: Config,
    loaded: Loaded,
    host: Option<Host>,
    /// A model that was kept to compare with; of the same data as the run.
    pinned: Option<Run>,
    state: RunState,
    trusted: Trusted,
    /// Seconds that the run rests after each step, and when it may take the next one.
    rest: f64,
    next_step_at: f64,
    jobs: Jobs,
    /// Reading of an invented log, ahead of the visitor's; None once a log came.
    warm_up: Option<WarmUp>,
}

impl Session {
    /// A session with nothing loaded.
    pub fn new(compute: Compute, outbox: Outbox, ahead: ReadAhead) -> Self {
        Self {
            compute,
            outbox,
            ahead,
            config: Config::default(),
            loaded: Loaded::default(),
            host: None,
            pinned: None,
            state: RunState::Empty,
            trusted: Trusted::default(),
            rest: 0.0,
            next_step_at: 0.0,
            jobs: Jobs::default(),
            warm_up: Some(WarmUp::default()),
        }
    }

    /// Takes requests until the queue closes.
    pub async fn serve(mut self, requests: Receiver<Request>) {
        self.outbox.send(&Event::Hello {
            kind: match self.compute.kind() {
                Kind::Cpu => DeviceKind::Cpu,
                Kind::Gpu => DeviceKind::Gpu,
            },
            name: self.compute.name().to_string(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            default_config: Config::default(),
            presets: presets(),
        });
        loop {
            let running = self.state == RunState::Running;
            let beside = !self.jobs.is_empty();
            if running || beside {
                match requests.try_recv() {
                    Ok(request) => self.obey(request, &requests).await,
                    Err(TryRecvError::Closed) => return,
                    Err(TryRecvError::Empty) => {
                        let left = self.next_step_at - now_seconds();
                        if running && left <= 0.0 {
                            self.advance().await;
                            self.next_step_at = now_seconds() + self.rest;
                        }
                        if beside {
                            self.work_beside().await;
                        }
                        if running && !beside && left > 0.0 {
                            sleep((left.min(REST_SECONDS) * 1000.0).ceil() as i32).await;
                        } else {
                            give_way().await;
                        }
                    }
                }
            } else if let (Some(warm_up), true) = (&mut self.warm_up, requests.is_empty()) {
                if !warm_up.step() {
                    self.warm_up = None;
                }
                give_way().await;
            } else {
                match requests.recv().await {
                    Ok(request) => self.obey(request, &requests).await,
                    Err(_) => return,
                }
            }
        }
    }

    /// Does what a request asks for and answers it. A job beside the run answers when it is done.
    async fn obey(&mut self, Request { id, command }: Request, requests: &Receiver<Request>) {
        let answered = match command {
            Command::LoadExample { example, options } => self.load_example(&example, options),
            Command::LoadFiles { files, options } => match files::files_of(&files) {
                Ok(files) => self.load(files, options.unwrap_or_default(), requests).await,
                Err(message) => Err(message),
            },
            Command::Reload { options } => self.reload(options, requests).await,
            // Reading files watches the queue itself; here nothing is being read any more.
            Command::CancelLoading => Ok(Answer::Done),
            Command::Configure { config } => self.configure(config),
            Command::Estimate { config } => self.estimate(&config),
            Command::Probe => async { probe::timed_step(self.loaded.at_rest(self.state)?, &self.compute).await }.await,
            Command::TimeSteps { seconds } => self.time_steps(seconds).await,
            Command::CheckDevice { steps } => self.check_device(steps).await,
            Command::Rest { milliseconds } => self.set_rest(milliseconds),
            Command::Baselines => return self.begin(id, JobKind::Baselines, Self::baselines),
            Command::CancelBaselines => self.cancel(JobKind::Baselines, "The ranking by the baselines was cancelled."),
            Command::Compare(plan) => {
                return self.begin(id, JobKind::Comparison, |session| {
                    Ok(Box::new(session.comparison(&plan)?) as Box<dyn Job>)
                });
            }
            Command::EstimateComparison(plan) => self.comparison(&plan).map(|comparison| comparison.estimate()),
            Command::CancelComparison => self.cancel(
                JobKind::Comparison,
                "The comparison was cancelled; the models that are done stay.",
            ),
            Command::Test => return self.begin(id, JobKind::Test, Self::test),
            Command::Start => self.start().await,
            Command::Pause => self.pause(),
            Command::Resume => self.resume(),
            Command::Step { count } => self.step(count).await,
            Command::Stop => self.stop(),
            Command::Recommend {
                history,
                k,
                model,
                moves,
            } => async { recommend(self.model(model)?, &history, k as usize, &moves).await }.await,
            Command::Explain { history, item } => async { explain(self.host_for_latents()?.run(), &history, item).await }.await,
            Command::FindUsers { text, most } => self.loaded.find_users(&text, most),
            Command::Attention { history } => async { attention(self.host_for_latents()?.run(), &history).await }.await,
            Command::NearestUsers { history, count, own } => {
                let search = async { self.host_for_latents()?.nearest_users(&history, count, own).await }.await;
                return self.begin(id, JobKind::Nearest, |_| search);
            }
            Command::CancelNearestUsers => self.cancel(JobKind::Nearest, "The search for the nearest users was cancelled."),
            Command::NameUsers { users, pseudonyms } => self.loaded.name_users(users.as_deref(), pseudonyms),
            Command::Pseudonyms { key } => self.loaded.take_pseudonyms(key.as_deref()),
            Command::Lists(wish) => {
                return self.begin(id, JobKind::Lists, |session| {
                    session
                        .host_for_latents()?
                        .lists(&wish, session.loaded.names(wish.pseudonyms)?)
                });
            }
            Command::ListBaselines(wish) => {
                return self.begin(id, JobKind::Lists, |session| {
                    session.host_for_latents()?.list_baselines(&wish)
                });
            }
            Command::SimilarItems(wish) => {
                let table = async { self.host_for_latents()?.similar_items(&wish).await }.await;
                return self.begin(id, JobKind::Lists, |_| table);
            }
            Command::CancelLists => self.cancel(JobKind::Lists, "The lists were cancelled; nothing was saved."),
            Command::Pin => self.pin().await,
            Command::Unpin => self.unpin(),
            Command::Latents { what } => self.latents(what).await,
            Command::Vectors { what, most, views } => {
                async { self.host_for_latents()?.vectors(what, most as usize, views).await }.await
            }
            Command::Posterior { history } => async { self.host_for_latents()?.posterior(&history).await }.await,
            Command::Checkpoint => match &self.host {
                Some(host) => host.checkpoint().await,
                None => Err("There is no run to save yet; start one first.".to_owned()),
            },
            Command::Clean { format, pseudonyms } => self.loaded.cleaned(format, pseudonyms),
            Command::Restore { bytes } => self.restore(&bytes.to_vec()).await,
        };
        self.outbox.answer(id, answered);
    }

    fn enter(&mut self, state: RunState) {
        self.state = state;
        self.outbox.send(&Event::State { state });
    }

    // The data

    fn load_example(&mut self, example: &Example, options: Option<ReadOptions>) -> Answered {
        self.loaded.set_example(example)?;
        self.assemble(options.unwrap_or(ReadOptions::with_k_core(1)))
    }

    /// Reads files; what was loaded before stays if that fails.
    async fn load(&mut self, files: Vec<web_sys::File>, options: ReadOptions, requests: &Receiver<Request>) -> Answered {
        let mut configured = Vec::new();
        let found = files::read(&files, &options, &self.ahead, &self.outbox, requests, &mut configured).await;
        for Request { id, command } in configured {
            if let Command::Configure { config } = command {
                let answered = self.configure(config);
                self.outbox.answer(id, answered);
            }
        }
        self.loaded.set_files(found?, files, options.clone());
        self.assemble(options)
    }

    async fn reload(&mut self, options: ReadOptions, requests: &Receiver<Request>) -> Answered {
        match self.loaded.files_to_read(&options)? {
            Some(files) => self.load(files, options, requests).await,
            None => self.assemble(options),
        }
    }

    /// Makes the data of what was read, and lets go of all that belongs to other data.
    fn assemble(&mut self, options: ReadOptions) -> Answered {
        let data = self.loaded.assemble(options)?;
        self.outbox.send(&loaded::event_of(&data));
        self.warm_up = None;
        self.drop_host();
        let outbox = &self.outbox;
        self.jobs.end(
            JobKind::Baselines,
            "The baselines were not ranked, since other data was loaded.",
            outbox,
        );
        self.jobs.end(
            JobKind::Comparison,
            "The comparison was stopped, since other data was loaded.",
            outbox,
        );
        self.pinned = None;
        self.enter(RunState::Ready);
        Ok(Answer::Done)
    }

    /// The loaded data, or the sentence `why` if there is none.
    fn data(&self, why: &str) -> Result<&Arc<Dataset>, String> {
        self.loaded.data().ok_or_else(|| why.to_owned())
    }

    // The configuration

    fn configure(&mut self, config: Config) -> Answered {
        config.check().map_err(words)?;
        self.config = config.clone();
        Ok(Answer::Configure { config })
    }

    fn estimate(&self, config: &Config) -> Answered {
        let data = self.data("What a run takes depends on its data; load the example or open a file first.")?;
        let size = RunSize::of(config, data).map_err(words)?;
        Ok(Answer::Estimate { size })
    }

    async fn time_steps(&self, seconds: f64) -> Answered {
        probe::timed_steps(&self.config, self.loaded.at_rest(self.state)?, &self.compute, seconds).await
    }

    async fn check_device(&self, steps: u32) -> Answered {
        probe::checked_steps(&self.config, self.loaded.at_rest(self.state)?, &self.compute, steps).await
    }

    // Jobs beside the run

    /// Begins the job that `make` gives, unless one of the kind is under way.
    fn begin(&mut self, id: u32, kind: JobKind, make: impl FnOnce(&Self) -> Result<Box<dyn Job>, String>) {
        match self.jobs.check_free(kind).and_then(|()| make(self)) {
            Ok(job) => self.jobs.push(id, kind, job),
            Err(why) => self.outbox.answer(id, Err(why)),
        }
    }

    fn cancel(&mut self, kind: JobKind, why: &str) -> Answered {
        self.jobs.end(kind, why, &self.outbox);
        Ok(Answer::Done)
    }

    fn baselines(&self) -> Result<Box<dyn Job>, String> {
        let data = self.data("There is nothing to rank yet; load the example or open a file first.")?;
        Ok(Box::new(RankBaselines::new(data.clone())))
    }

    /// A comparison on the loaded data; nothing of it is begun.
    fn comparison(&self, plan: &ComparisonPlan) -> Result<CompareModels, String> {
        let data = self.data("There is nothing to compare models on yet; load the example or open a file first.")?;
        CompareModels::new(plan, data.clone(), self.compute.clone())
    }

    fn test(&self) -> Result<Box<dyn Job>, String> {
        let host = self.host.as_ref().ok_or("There is no run to test; start one first.")?;
        Ok(Box::new(host.test()?))
    }

    /// The next slice of each job.
    async fn work_beside(&mut self) {
        let around = Around {
            outbox: &self.outbox,
            run: self.host.as_ref().map(Host::run),
            on_gpu: self.compute.kind() == Kind::Gpu,
        };
        self.jobs.advance(around).await;
    }

    // The course of the run

    /// A new run takes the place of the present one.
    async fn begin_run(&mut self) -> Result<(), String> {
        // Not by `self.data`, which would hold all of the session.
        let why = "There is nothing to train on yet; load the example or open a file first.";
        let data = self.loaded.data().ok_or(why)?;
        self.trusted.check(&self.config, data, &self.compute, &self.outbox).await?;
        let run = Run::new(self.config.clone(), data.clone(), self.compute.clone()).map_err(words)?;
        self.drop_host();
        self.next_step_at = 0.0;
        let host = self.host.insert(Host::new(run, self.loaded.options().clone()));
        host.tell_begun(&self.outbox);
        Ok(())
    }

    /// Lets go of the run, and of the jobs that need it.
    fn drop_host(&mut self) {
        if self.host.take().is_some() {
            for (kind, what) in [
                (JobKind::Test, "The test was not ranked"),
                (JobKind::Lists, "The lists were not made"),
                (JobKind::Nearest, "The nearest users were not searched"),
            ] {
                let why = format!("{what}, since another run took the place of this one.");
                self.jobs.end(kind, &why, &self.outbox);
            }
        }
    }

    async fn start(&mut self) -> Answered {
        self.begin_run().await?;
        self.enter(RunState::Running);
        if let Some(host) = &mut self.host {
            host.show(&self.outbox, LatentKind::Items).await;
            host.show(&self.outbox, LatentKind::Users).await;
        }
        Ok(Answer::Done)
    }

    fn pause(&mut self) -> Answered {
        let (Some(host), RunState::Running) = (&mut self.host, self.state) else {
            return self.held_already("There is no run to pause; start one first.");
        };
        // So that what is shown is where the run stands.
        host.report(&self.outbox, now_seconds());
        self.enter(RunState::Paused);
        Ok(Answer::Done)
    }

    /// A run may have come to its end a moment before the wish to hold it did, which is no fault of who wished.
    fn held_already(&self, otherwise: &str) -> Answered {
        match self.state {
            RunState::Paused | RunState::Finished => Ok(Answer::Done),
            RunState::Empty | RunState::Ready | RunState::Running => Err(otherwise.to_owned()),
        }
    }

    fn resume(&mut self) -> Answered {
        let (Some(host), RunState::Paused) = (&mut self.host, self.state) else {
            return Err("There is no paused run to resume; start one first.".to_owned());
        };
        host.go_on(None);
        self.enter(RunState::Running);
        Ok(Answer::Done)
    }

    async fn step(&mut self, count: u32) -> Answered {
        if !matches!(self.state, RunState::Paused | RunState::Running) {
            self.begin_run().await?;
        }
        if let Some(host) = &mut self.host {
            host.go_on(Some(count.max(1)));
            self.enter(RunState::Running);
        }
        Ok(Answer::Done)
    }

    fn stop(&mut self) -> Answered {
        match self.state {
            RunState::Running | RunState::Paused => self.enter(RunState::Finished),
            _ => return self.held_already("There is no run to stop."),
        }
        Ok(Answer::Done)
    }

    fn set_rest(&mut self, milliseconds: u32) -> Answered {
        self.rest = f64::from(milliseconds) / 1000.0;
        // A shorter rest holds at once.
        self.next_step_at = self.next_step_at.min(now_seconds() + self.rest);
        Ok(Answer::Done)
    }

    /// One optimiser step and what follows from it.
    async fn advance(&mut self) {
        let course = match &mut self.host {
            Some(host) => host.advance(&self.outbox, self.rest > 0.0).await,
            None => return self.enter(RunState::Ready),
        };
        match course {
            Ok(Course::On) => {}
            Ok(Course::Held) => self.enter(RunState::Paused),
            Ok(Course::Over) => self.enter(RunState::Finished),
            // A GPU that failed once answers nothing any more; what it held is lost.
            Err(error @ RunError::Device(_)) if self.compute.kind() == Kind::Gpu => {
                self.outbox.send(&Event::DeviceFailed {
                    message: error.to_string(),
                    wrong: false,
                });
                self.enter(RunState::Finished);
            }
            Err(error) => {
                self.outbox.fail(error);
                self.enter(RunState::Finished);
            }
        }
    }

    // The model

    fn model(&self, model: ModelChoice) -> Result<&Run, String> {
        Ok(match model {
            ModelChoice::Present => self.host_for_latents()?.run(),
            ModelChoice::Pinned => self
                .pinned
                .as_ref()
                .ok_or("No model is kept to compare with; keep one first.")?,
        })
    }

    async fn pin(&mut self) -> Answered {
        let host = self
            .host
            .as_ref()
            .ok_or("There is no model to keep yet; start a run first.")?;
        let run = host.copy().await.map_err(words)?;
        let (epoch, step) = (run.epochs_done() as u32, run.steps_done() as u32);
        self.pinned = Some(run);
        Ok(Answer::Pin { epoch, step })
    }

    fn unpin(&mut self) -> Answered {
        self.pinned = None;
        Ok(Answer::Done)
    }

    async fn latents(&mut self, what: LatentKind) -> Answered {
        let outbox = &self.outbox;
        let host = self.host.as_mut().ok_or("There are no latents yet; start a run first.")?;
        host.snapshot(outbox, what).await.map_err(words)?;
        Ok(Answer::Done)
    }

    fn host_for_latents(&self) -> Result<&Host, String> {
        Ok(self.host.as_ref().ok_or("There is no model yet; start a run first.")?)
    }
}
