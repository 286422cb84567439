//! The session: what is loaded, what runs, and the one task that owns both.
//!
//! In: commands from a queue. Out: events. Between two steps the task gives way to the browser, so that commands come in while
//! it trains; a command that arrives meanwhile is done before the next step.

use std::sync::Arc;

use async_channel::{Receiver, TryRecvError};

use super::{
    ahead::ReadAhead,
    clock::{give_way, now_seconds, sleep},
    comparing::{Comparing, Wish},
    events::{Outbox, integers, naturals},
    files,
    host::{Course, Host, recommend},
    protocol::{Command, DeviceKind, Event, LatentKind, ModelChoice, Preset, RunState},
    warm_up::WarmUp,
};
use crate::{
    device::{Compute, Kind},
    evaluate::BaselineRanking,
    log::{CleanedFormat, Dataset, ItemTable, RawLog, ReadOptions, assemble, cleaned, generate_log},
    run::{Checkpoint, Config, PRESETS, Run, RunError, RunSize},
};

/// Steps of a probe: the first one also warms up.
const PROBE_STEPS: usize = 4;
/// Seconds between two looks at the queue while the run rests.
const REST_SECONDS: f64 = 0.05;
/// Seconds between two words on the progress of the baselines.
const BASELINE_SECONDS: f64 = 0.1;

/// What the data is made of, so that it can be made anew with other options.
struct Origin {
    log: RawLog,
    items: Option<ItemTable>,
    /// The files that it was read from; none for the example.
    files: Vec<web_sys::File>,
    options: ReadOptions,
}

/// The worker's state.
pub struct Session {
    compute: Compute,
    outbox: Outbox,
    ahead: ReadAhead,
    config: Config,
    origin: Option<Origin>,
    data: Option<Arc<Dataset>>,
    /// How the data was read, filtered and split.
    read: ReadOptions,
    host: Option<Host>,
    /// A model that was kept to compare with; of the same data as the run.
    pinned: Option<Run>,
    state: RunState,
    /// Seconds that the run rests after each step, and when it may take the next one.
    rest: f64,
    next_step_at: f64,
    baselines: Option<Baselines>,
    comparing: Option<Comparing>,
    /// What is left to do before a log comes; nothing once one came.
    warm_up: Option<WarmUp>,
}

/// The ranking by the baselines under way.
struct Baselines {
    request: u32,
    ranking: BaselineRanking,
    began: f64,
    told: f64,
}

impl Session {
    /// A session with nothing loaded.
    pub fn new(compute: Compute, outbox: Outbox, ahead: ReadAhead) -> Self {
        Self {
            compute,
            outbox,
            ahead,
            config: Config::default(),
            origin: None,
            data: None,
            read: ReadOptions::default(),
            host: None,
            pinned: None,
            state: RunState::Empty,
            rest: 0.0,
            next_step_at: 0.0,
            baselines: None,
            comparing: None,
            warm_up: Some(WarmUp::default()),
        }
    }

    /// Takes commands until the queue closes.
    pub async fn serve(mut self, commands: Receiver<Command>) {
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
            let beside = self.works_beside();
            if running || beside {
                match commands.try_recv() {
                    Ok(command) => self.obey(command, &commands).await,
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
            } else if let (Some(warm_up), true) = (&mut self.warm_up, commands.is_empty()) {
                if !warm_up.step() {
                    self.warm_up = None;
                }
                give_way().await;
            } else {
                match commands.recv().await {
                    Ok(command) => self.obey(command, &commands).await,
                    Err(_) => return,
                }
            }
        }
    }

    fn enter(&mut self, state: RunState) {
        self.state = state;
        self.outbox.send(&Event::State { state });
    }

    async fn obey(&mut self, command: Command, commands: &Receiver<Command>) {
        match command {
            Command::LoadExample {
                request,
                example,
                options,
            } => match generate_log(&example) {
                Ok(log) => {
                    self.origin = Some(Origin {
                        log,
                        items: None,
                        files: Vec::new(),
                        options: ReadOptions::default(),
                    });
                    self.assemble(request, options.unwrap_or(ReadOptions::with_k_core(1)));
                }
                Err(error) => self.outbox.fail(Some(request), error),
            },
            Command::LoadFiles { request, files, options } => match files::files_of(&files) {
                Ok(files) => self.load(request, files, options.unwrap_or_default(), commands).await,
                Err(message) => self.outbox.fail(Some(request), message),
            },
            Command::Reload { request, options } => match &self.origin {
                Some(origin) if origin.files.is_empty() || origin.options.reads_like(&options) => {
                    self.assemble(request, options);
                }
                Some(origin) => {
                    let files = origin.files.clone();
                    self.load(request, files, options, commands).await;
                }
                None => self
                    .outbox
                    .fail(Some(request), "Nothing is loaded yet; load the example or open a file first."),
            },
            // Reading files watches the queue itself; here nothing is being read any more.
            Command::CancelLoading { request } => self.outbox.send(&Event::Done { request }),
            Command::Configure { request, config } => self.configure(request, config),
            Command::Estimate { request, config } => self.estimate(request, &config),
            Command::Probe { request } => self.probe(request).await,
            Command::Rest { request, milliseconds } => {
                self.rest = f64::from(milliseconds) / 1000.0;
                // A shorter rest holds at once.
                self.next_step_at = self.next_step_at.min(now_seconds() + self.rest);
                self.outbox.send(&Event::Done { request });
            }
            Command::Baselines { request } => self.begin_baselines(request),
            Command::CancelBaselines { request } => {
                self.drop_baselines("The ranking by the baselines was cancelled.");
                self.outbox.send(&Event::Done { request });
            }
            Command::Compare {
                request,
                models,
                settings,
                seeds,
                before,
            } => match (&self.comparing, self.comparison(request, &models, &settings, seeds, &before)) {
                (Some(_), _) => {
                    let words = "A comparison is under way already; wait until that is done, or cancel it.";
                    self.outbox.fail(Some(request), words);
                }
                (None, Ok(comparing)) => self.comparing = Some(comparing),
                (None, Err(why)) => self.outbox.fail(Some(request), why),
            },
            Command::EstimateComparison {
                request,
                models,
                settings,
                seeds,
                before,
            } => match self.comparison(request, &models, &settings, seeds, &before) {
                Ok(comparing) => self.outbox.send(&comparing.estimate()),
                Err(why) => self.outbox.fail(Some(request), why),
            },
            Command::CancelComparison { request } => {
                self.drop_comparison("The comparison was cancelled; the models that are done stay.");
                self.outbox.send(&Event::Done { request });
            }
            Command::Test { request } => match &mut self.host {
                Some(host) => host.begin_test(&self.outbox, request),
                None => self.outbox.fail(Some(request), "There is no run to test; start one first."),
            },
            Command::Start { request } => {
                if self.start(request) {
                    self.enter(RunState::Running);
                    if let Some(host) = &mut self.host {
                        host.snapshot(&self.outbox, LatentKind::Items, None).await;
                        host.snapshot(&self.outbox, LatentKind::Users, None).await;
                    }
                    self.outbox.send(&Event::Done { request });
                }
            }
            Command::Pause { request } => match (&mut self.host, self.state) {
                (Some(host), RunState::Running) => {
                    // So that what is shown is where the run stands.
                    host.report(&self.outbox, now_seconds());
                    self.enter(RunState::Paused);
                    self.outbox.send(&Event::Done { request });
                }
                _ => self.outbox.fail(Some(request), "There is no run to pause; start one first."),
            },
            Command::Resume { request } => match (&mut self.host, self.state) {
                (Some(host), RunState::Paused) => {
                    host.go_on(None);
                    self.enter(RunState::Running);
                    self.outbox.send(&Event::Done { request });
                }
                _ => self
                    .outbox
                    .fail(Some(request), "There is no paused run to resume; start one first."),
            },
            Command::Step { request, count } => {
                let begun = match self.state {
                    RunState::Paused | RunState::Running => true,
                    _ => self.start(request),
                };
                if let (true, Some(host)) = (begun, &mut self.host) {
                    host.go_on(Some(count.max(1)));
                    self.enter(RunState::Running);
                    self.outbox.send(&Event::Done { request });
                }
            }
            Command::Stop { request } => match self.state {
                RunState::Running | RunState::Paused => {
                    self.enter(RunState::Finished);
                    self.outbox.send(&Event::Done { request });
                }
                _ => self.outbox.fail(Some(request), "There is no run to stop."),
            },
            Command::Recommend {
                request,
                history,
                k,
                model: ModelChoice::Present,
            } => match &self.host {
                Some(host) => host.recommend(&self.outbox, request, &history, k as usize).await,
                None => self.outbox.fail(Some(request), "There is no model yet; start a run first."),
            },
            Command::Recommend {
                request,
                history,
                k,
                model: ModelChoice::Pinned,
            } => match &self.pinned {
                Some(run) => recommend(run, &self.outbox, request, &history, k as usize).await,
                None => self
                    .outbox
                    .fail(Some(request), "No model is kept to compare with; keep one first."),
            },
            Command::Pin { request } => match &self.host {
                Some(host) => match host.copy().await {
                    Ok(run) => {
                        self.outbox.send(&Event::Pinned {
                            request,
                            epoch: run.epochs_done() as u32,
                            step: run.steps_done() as u32,
                        });
                        self.pinned = Some(run);
                    }
                    Err(error) => self.outbox.fail(Some(request), error),
                },
                None => self
                    .outbox
                    .fail(Some(request), "There is no model to keep yet; start a run first."),
            },
            Command::Unpin { request } => {
                self.pinned = None;
                self.outbox.send(&Event::Done { request });
            }
            Command::Latents { request, what } => match &mut self.host {
                Some(host) => host.snapshot(&self.outbox, what, Some(request)).await,
                None => self
                    .outbox
                    .fail(Some(request), "There are no latents yet; start a run first."),
            },
            Command::Vectors {
                request,
                what,
                most,
                views,
            } => match &self.host {
                Some(host) => host.vectors(&self.outbox, request, what, most as usize, views).await,
                None => self
                    .outbox
                    .fail(Some(request), "There are no latents yet; start a run first."),
            },
            Command::Posterior { request, history } => match &self.host {
                Some(host) => host.posterior(&self.outbox, request, &history).await,
                None => self.outbox.fail(Some(request), "There is no model yet; start a run first."),
            },
            Command::Checkpoint { request } => match &self.host {
                Some(host) => host.checkpoint(&self.outbox, request).await,
                None => self
                    .outbox
                    .fail(Some(request), "There is no run to save yet; start one first."),
            },
            Command::Clean { request, format } => self.clean(request, format),
            Command::Restore { request, bytes } => self.restore(request, &bytes.to_vec()).await,
        }
    }

    /// Writes the log as it was understood, after the filters.
    fn clean(&self, request: u32, format: CleanedFormat) {
        let Some(origin) = &self.origin else {
            return self.outbox.fail(Some(request), "There is no log yet; open one first.");
        };
        let mut bytes = Vec::new();
        let written = cleaned(&origin.log, &self.read).and_then(|rows| {
            rows.check(format)?;
            // Writing into memory cannot fail.
            let _ = rows.write(format, &mut bytes);
            Ok(())
        });
        match written {
            Ok(()) => self.outbox.send(&Event::Cleaned {
                request,
                bytes: js_sys::Uint8Array::from(bytes.as_slice()),
            }),
            Err(error) => self.outbox.fail(Some(request), &error.to_string()),
        }
    }

    /// Reads files; what was loaded before stays where nothing comes of them.
    async fn load(&mut self, request: u32, files: Vec<web_sys::File>, options: ReadOptions, commands: &Receiver<Command>) {
        let mut configured = Vec::new();
        let outcome = files::read(
            request,
            &files,
            &options,
            &self.ahead,
            &self.outbox,
            commands,
            &mut configured,
        )
        .await;
        for command in configured {
            if let Command::Configure { request, config } = command {
                self.configure(request, config);
            }
        }
        match outcome {
            Ok((log, items)) => {
                self.origin = Some(Origin {
                    log,
                    items,
                    files,
                    options: options.clone(),
                });
                self.assemble(request, options);
            }
            Err(message) => self.outbox.fail(Some(request), message),
        }
    }

    fn estimate(&self, request: u32, config: &Config) {
        let Some(data) = &self.data else {
            return self.outbox.fail(
                Some(request),
                "What a run takes depends on its data; load the example or open a file first.",
            );
        };
        match RunSize::of(config, data) {
            Ok(size) => self.outbox.send(&Event::Estimated { request, size }),
            Err(error) => self.outbox.fail(Some(request), error),
        }
    }

    /// Times steps of a small model that is dropped again.
    async fn probe(&self, request: u32) {
        let (Some(data), RunState::Ready | RunState::Finished) = (&self.data, self.state) else {
            return self.outbox.fail(
                Some(request),
                "A step can be timed only where data is loaded and no run goes on.",
            );
        };
        match timed_step(data, &self.compute).await {
            Ok((step_seconds, step_work)) => self.outbox.send(&Event::Probed {
                request,
                step_seconds: step_seconds as f32,
                step_work,
            }),
            Err(error) => self.outbox.fail(Some(request), error),
        }
    }

    fn begin_baselines(&mut self, request: u32) {
        if self.baselines.is_some() {
            let words = "The baselines are being ranked already; wait until that is done, or cancel it.";
            return self.outbox.fail(Some(request), words);
        }
        let Some(data) = &self.data else {
            return self.outbox.fail(
                Some(request),
                "There is nothing to rank yet; load the example or open a file first.",
            );
        };
        self.baselines = Some(Baselines {
            request,
            ranking: BaselineRanking::new(data.clone()),
            began: now_seconds(),
            told: 0.0,
        });
    }

    fn drop_baselines(&mut self, why: &str) {
        if let Some(baselines) = self.baselines.take() {
            self.outbox.fail(Some(baselines.request), why);
        }
    }

    /// A comparison on the loaded data; nothing of it is begun.
    fn comparison(
        &self,
        request: u32,
        models: &[String],
        settings: &[String],
        seeds: u32,
        before: &str,
    ) -> Result<Comparing, String> {
        let Some(data) = &self.data else {
            return Err("There is nothing to compare models on yet; load the example or open a file first.".to_owned());
        };
        let wish = Wish {
            models,
            settings,
            seeds,
            before,
        };
        Comparing::new(request, &wish, data.clone(), self.compute.clone())
    }

    fn drop_comparison(&mut self, why: &str) {
        if let Some(comparing) = self.comparing.take() {
            self.outbox.fail(Some(comparing.request()), why);
        }
    }

    /// The next piece of the comparison under way.
    async fn compare(&mut self) {
        let Some(mut comparing) = self.comparing.take() else {
            return;
        };
        match comparing.advance(&self.outbox).await {
            Ok(true) => self.comparing = Some(comparing),
            Ok(false) => {}
            Err((_, error @ RunError::Device(_))) if self.compute.kind() == Kind::Gpu => {
                self.outbox.send(&Event::DeviceFailed {
                    message: error.to_string(),
                });
            }
            Err((model, error)) => self.outbox.fail(
                Some(comparing.request()),
                format!("The comparison stopped at {model}: {error} The models that are done stay."),
            ),
        }
    }

    /// Whether something is to be done beside the run.
    fn works_beside(&self) -> bool {
        self.baselines.is_some() || self.comparing.is_some() || self.host.as_ref().is_some_and(Host::is_testing)
    }

    /// The next slice of what is to be done beside the run.
    async fn work_beside(&mut self) {
        if let Some(host) = &mut self.host {
            host.advance_test(&self.outbox).await;
        }
        self.compare().await;
        let Some(mut baselines) = self.baselines.take() else {
            return;
        };
        let now = now_seconds();
        let request = baselines.request;
        match baselines.ranking.advance() {
            Ok(Some(found)) => self.outbox.send(&Event::Baselines {
                request,
                baselines: found.to_vec(),
                seconds: (now - baselines.began) as f32,
            }),
            Ok(None) => {
                if now - baselines.told >= BASELINE_SECONDS {
                    baselines.told = now;
                    let (done, total) = baselines.ranking.progress();
                    self.outbox.send(&Event::BaselineProgress {
                        done: done as u32,
                        total: total as u32,
                    });
                }
                self.baselines = Some(baselines);
            }
            Err(error) => self.outbox.fail(Some(request), error),
        }
    }

    /// The run goes, and what is done beside it.
    fn drop_host(&mut self) {
        if let Some(mut host) = self.host.take() {
            host.drop_test(&self.outbox);
        }
    }

    fn configure(&mut self, request: u32, config: Config) {
        match config.check() {
            Ok(()) => {
                self.config = config.clone();
                self.outbox.send(&Event::Configured { request, config });
            }
            Err(error) => self.outbox.fail(Some(request), error),
        }
    }

    /// Makes the data of what was read.
    fn assemble(&mut self, request: u32, options: ReadOptions) {
        let Some(origin) = &mut self.origin else {
            return;
        };
        match assemble(&origin.log, origin.items.as_ref(), &options) {
            Ok(data) => {
                origin.options = options.clone();
                self.read = options;
                self.loaded(request, data);
            }
            Err(error) => self.outbox.fail(Some(request), error),
        }
    }

    fn loaded(&mut self, request: u32, data: Dataset) {
        let genre_of = |item| data.main_genre(item).map_or(-1, |genre| genre as i32);
        let items = 0..data.items.len() as u32;
        self.outbox.send(&Event::Loaded {
            request,
            summary: data.summary.clone(),
            item_ids: data.items.iter().map(|item| item.id.clone()).collect(),
            item_titles: match data.items.iter().any(|item| item.title.is_some()) {
                true => items.clone().map(|item| data.title(item).to_string()).collect(),
                // A hundred thousand texts less to hand over, and the page has them already.
                false => Vec::new(),
            },
            genres: data.genres.clone(),
            item_genre: integers(&items.map(genre_of).collect::<Vec<_>>()),
            item_count: naturals(&data.item_counts()),
        });
        self.warm_up = None;
        self.data = Some(Arc::new(data));
        self.drop_host();
        self.drop_baselines("The baselines were not ranked, since other data was loaded.");
        self.drop_comparison("The comparison was stopped, since other data was loaded.");
        self.pinned = None;
        self.enter(RunState::Ready);
    }

    /// Begins a new run; false after a failure that was told.
    fn start(&mut self, request: u32) -> bool {
        let Some(data) = &self.data else {
            self.outbox.fail(
                Some(request),
                "There is nothing to train on yet; load the example or open a file first.",
            );
            return false;
        };
        match Run::new(self.config.clone(), data.clone(), self.compute.clone()) {
            Ok(run) => {
                self.drop_host();
                self.next_step_at = 0.0;
                let host = self.host.insert(Host::new(run, self.read.clone()));
                host.tell_begun(&self.outbox);
                true
            }
            Err(error) => {
                self.outbox.fail(Some(request), error);
                false
            }
        }
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
                });
                self.enter(RunState::Finished);
            }
            Err(error) => {
                self.outbox.fail(None, error);
                self.enter(RunState::Finished);
            }
        }
    }

    /// Puts the run of a checkpoint in the place of the present one, which stays where the checkpoint cannot be used.
    async fn restore(&mut self, request: u32, archive: &[u8]) {
        let (host, weights_of) = match self.run_of(archive) {
            Ok(found) => found,
            Err(message) => return self.outbox.fail(Some(request), message),
        };
        let run = host.run();
        let config = run.config().clone();
        let over = run.is_finished() || run.history().is_over(config.training.patience) || weights_of.is_some();
        self.config = config;
        self.drop_host();
        host.tell_restored(&self.outbox, weights_of);
        host.tell_begun(&self.outbox);
        let host = self.host.insert(host);
        self.state = if over { RunState::Finished } else { RunState::Paused };
        self.outbox.send(&Event::State { state: self.state });
        host.snapshot(&self.outbox, LatentKind::Items, None).await;
        host.snapshot(&self.outbox, LatentKind::Users, None).await;
        host.diagnose(&self.outbox).await;
        self.outbox.send(&Event::Done { request });
    }

    /// The run that a checkpoint holds and, where it brought weights alone, the file that these came from.
    fn run_of(&self, archive: &[u8]) -> Result<(Host, Option<String>), String> {
        let checkpoint = Checkpoint::from_archive(archive).map_err(|error| error.to_string())?;
        let of = &checkpoint.record.data;
        let Some(data) = &self.data else {
            return Err(format!(
                "The checkpoint is of {} ({} users, {} items), and nothing is loaded yet; load that data with the same filter and \
                 split, then open the checkpoint again.",
                of.name, of.users, of.items
            ));
        };
        let run = Run::resume(&checkpoint, data.clone(), self.compute.clone()).map_err(|error| error.to_string())?;
        let weights_of = checkpoint.nothing_to_resume().map(str::to_owned);
        Ok((Host::new(run, self.read.clone()), weights_of))
    }
}

/// All presets with their configurations.
fn presets() -> Vec<Preset> {
    PRESETS
        .iter()
        .filter_map(|&(name, about)| {
            let config = Config::preset(name).ok()?;
            Some(Preset {
                name: name.to_owned(),
                about: about.to_owned(),
                config,
            })
        })
        .collect()
}

/// Seconds and work of a step of the default configuration, the quickest of a few.
async fn timed_step(data: &Arc<Dataset>, compute: &Compute) -> Result<(f64, f64), RunError> {
    let config = Config::default();
    let work = RunSize::of(&config, data)?.step_work;
    let mut run = Run::new(config, data.clone(), compute.clone())?;
    let mut quickest = f64::INFINITY;
    for _ in 0..PROBE_STEPS {
        let began = now_seconds();
        run.step().await?;
        run.read_losses().await?;
        quickest = quickest.min(now_seconds() - began);
        give_way().await;
    }
    Ok((quickest, work))
}
