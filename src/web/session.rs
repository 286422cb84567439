//! The session: what is loaded, what runs, and the one task that owns both.
//!
//! In: commands from a queue. Out: events. Between two steps the task gives way to the browser, so that commands come in while
//! it trains; a command that arrives meanwhile is done before the next step.

use std::sync::Arc;

use async_channel::{Receiver, TryRecvError};

use super::{
    clock::{give_way, now_seconds},
    events::{Outbox, floats, integers, naturals},
    files,
    protocol::{Command, DeviceKind, Event, LatentKind, Recommendation, RunState},
    warm_up::warm_up,
};
use crate::{
    device::{Compute, Kind},
    evaluate::{Metrics, popularity},
    latent::Projector,
    log::{Dataset, ItemTable, RawLog, ReadOptions, Split, assemble, generate_log},
    run::{Config, LatentSubject, LossTerms, Run, RunError},
};

/// Progress events a second at most.
const PROGRESS_SECONDS: f64 = 0.1;
/// Seconds between latent snapshots while a run goes on: often enough to see movement, seldom enough to cost little.
const SNAPSHOT_SECONDS: f64 = 1.0;

/// What a run's host keeps beside the run.
struct Host {
    run: Run,
    popularity: Metrics,
    /// Steps that `step` asked for and that are not done yet; `None` while the run goes on by itself.
    steps_left: Option<u32>,
    items: Projector,
    users: Projector,
    meter: Meter,
    snapshot_at: f64,
}

/// Sums what happened since the last progress event.
#[derive(Default)]
struct Meter {
    since: f64,
    sequences: usize,
    losses: LossTerms,
    reads: f32,
    /// Smoothed rate in sequences a second.
    rate: f64,
    /// Smoothed time of a step on this thread.
    step_seconds: f64,
}

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
    config: Config,
    origin: Option<Origin>,
    data: Option<Arc<Dataset>>,
    host: Option<Host>,
    state: RunState,
}

impl Session {
    /// A session with nothing loaded.
    pub fn new(compute: Compute, outbox: Outbox) -> Self {
        Self {
            compute,
            outbox,
            config: Config::default(),
            origin: None,
            data: None,
            host: None,
            state: RunState::Empty,
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
        });
        warm_up(&commands).await;
        loop {
            if self.state == RunState::Running {
                match commands.try_recv() {
                    Ok(command) => self.obey(command, &commands).await,
                    Err(TryRecvError::Closed) => return,
                    Err(TryRecvError::Empty) => {
                        self.advance().await;
                        give_way().await;
                    }
                }
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
            Command::Start { request } => {
                if self.start(request) {
                    self.enter(RunState::Running);
                    self.snapshot(LatentKind::Items, None).await;
                    self.snapshot(LatentKind::Users, None).await;
                    self.outbox.send(&Event::Done { request });
                }
            }
            Command::Pause { request } => match self.state {
                RunState::Running => {
                    // So that what is shown is where the run stands.
                    self.report(now_seconds());
                    self.enter(RunState::Paused);
                    self.outbox.send(&Event::Done { request });
                }
                _ => self.outbox.fail(Some(request), "There is no run to pause; start one first."),
            },
            Command::Resume { request } => match (&mut self.host, self.state) {
                (Some(host), RunState::Paused) => {
                    host.steps_left = None;
                    host.meter = host.meter.again(now_seconds());
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
                    host.steps_left = Some(count.max(1));
                    host.meter = host.meter.again(now_seconds());
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
            Command::Recommend { request, history, k } => self.recommend(request, &history, k).await,
            Command::Latents { request, what } => match self.host {
                Some(_) => self.snapshot(what, Some(request)).await,
                None => self
                    .outbox
                    .fail(Some(request), "There are no latents yet; start a run first."),
            },
        }
    }

    /// Reads files; what was loaded before stays where nothing comes of them.
    async fn load(&mut self, request: u32, files: Vec<web_sys::File>, options: ReadOptions, commands: &Receiver<Command>) {
        let mut configured = Vec::new();
        let outcome = files::read(request, &files, &options, &self.outbox, commands, &mut configured).await;
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
                origin.options = options;
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
            item_titles: items.clone().map(|item| data.title(item).to_string()).collect(),
            genres: data.genres.clone(),
            item_genre: integers(&items.map(genre_of).collect::<Vec<_>>()),
            item_count: naturals(&data.item_counts()),
        });
        self.data = Some(Arc::new(data));
        self.host = None;
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
                let popularity = popularity(data, Split::Valid);
                let meter = Meter {
                    since: now_seconds(),
                    ..Meter::default()
                };
                let (items, users) = (Projector::default(), Projector::default());
                self.host = Some(Host {
                    run,
                    popularity,
                    steps_left: None,
                    items,
                    users,
                    meter,
                    snapshot_at: now_seconds(),
                });
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
        let Some(host) = &mut self.host else {
            self.enter(RunState::Ready);
            return;
        };
        let began = now_seconds();
        let outcome = match host.run.step().await {
            Ok(outcome) => outcome,
            Err(error) => return self.fail_run(error),
        };
        host.steps_left = host.steps_left.map(|left| left.saturating_sub(1));
        // A step that reads its losses from a GPU waits for the queue, which is not the host's work.
        let waited = outcome.losses.is_some() && self.compute.steps_between_reads() > 1;
        if !waited {
            host.meter.add_step_time(now_seconds() - began);
        }
        let last_step = outcome.finished || host.steps_left == Some(0);
        let losses = match outcome.losses {
            // Before a halt the losses are read even where a read is not due, so that a single step shows what it did.
            None if last_step => match host.run.read_losses().await {
                Ok(losses) => Some(losses),
                Err(error) => return self.fail_run(error),
            },
            losses => losses,
        };
        host.meter.add(outcome.sequences, losses);
        let now = now_seconds();
        if now - host.meter.since >= PROGRESS_SECONDS || last_step || outcome.epoch_ended {
            self.report(now);
        }
        let Some(host) = &mut self.host else {
            return;
        };
        let due = now - host.snapshot_at >= SNAPSHOT_SECONDS;
        if due || last_step || outcome.epoch_ended {
            host.snapshot_at = now;
            self.snapshot(LatentKind::Items, None).await;
            // A pass over the users costs several steps, so users move once an epoch and at a halt.
            if outcome.epoch_ended || last_step {
                self.snapshot(LatentKind::Users, None).await;
            }
        }
        let mut over = false;
        if outcome.epoch_ended {
            over = match self.validate().await {
                Ok(over) => over,
                Err(error) => return self.fail_run(error),
            };
        }
        if let Some(host) = &mut self.host {
            host.meter.since = if outcome.epoch_ended || last_step {
                now_seconds()
            } else {
                host.meter.since
            };
        }
        if outcome.finished || over {
            self.enter(RunState::Finished);
        } else if last_step {
            self.enter(RunState::Paused);
        }
    }

    /// Tells the progress since the last time, where there is any.
    fn report(&mut self, now: f64) {
        let Some(host) = self.host.as_mut().filter(|host| host.meter.reads > 0.0) else {
            return;
        };
        let (losses, rate) = host.meter.take(now);
        let (config, step, steps_per_epoch) = (host.run.config(), host.run.steps_done(), host.run.steps_per_epoch());
        let latest = step.saturating_sub(1);
        let steps_left = (config.training.epochs * steps_per_epoch).saturating_sub(step);
        let sequences_left = steps_left as f64 / steps_per_epoch as f64 * host.run.trainable_users() as f64;
        self.outbox.send(&Event::Progress {
            epoch: (latest / steps_per_epoch) as u32,
            epochs: config.training.epochs as u32,
            step: step as u32,
            steps_per_epoch: steps_per_epoch as u32,
            losses,
            kl_weight: config.kl_weight_at(latest) as f32,
            sequences_per_second: rate as f32,
            step_milliseconds: (host.meter.step_seconds * 1000.0) as f32,
            seconds_left: if rate > 0.0 { (sequences_left / rate) as f32 } else { 0.0 },
        });
    }

    fn fail_run(&mut self, error: RunError) {
        self.outbox.fail(None, error);
        self.enter(RunState::Finished);
    }

    /// Ranks the validation items; true where that says to end the run.
    async fn validate(&mut self) -> Result<bool, RunError> {
        let Some(host) = &mut self.host else {
            return Ok(false);
        };
        let began = now_seconds();
        let mut evaluation = host.run.evaluation(Split::Valid);
        let metrics = loop {
            if let Some(metrics) = evaluation.advance(&host.run).await? {
                break metrics;
            }
            give_way().await;
        };
        let over = host.run.note_validation(metrics.clone());
        self.outbox.send(&Event::Validation {
            epoch: host.run.epochs_done() as u32,
            metrics,
            popularity: host.popularity.clone(),
            seconds: (now_seconds() - began) as f32,
        });
        Ok(over)
    }

    async fn recommend(&mut self, request: u32, history: &[u32], k: u32) {
        let Some(host) = &self.host else {
            return self.outbox.fail(Some(request), "There is no model yet; start a run first.");
        };
        match host.run.recommend(history, k as usize).await {
            Ok(ranked) => {
                let items = ranked
                    .into_iter()
                    .map(|(item, score)| Recommendation { item, score })
                    .collect();
                self.outbox.send(&Event::Recommendations { request, items });
            }
            Err(error) => self.outbox.fail(Some(request), error),
        }
    }

    async fn snapshot(&mut self, what: LatentKind, request: Option<u32>) {
        let Some(host) = &mut self.host else {
            return;
        };
        let (subject, projector) = match what {
            LatentKind::Items => (LatentSubject::Items, &mut host.items),
            LatentKind::Users => (LatentSubject::Users, &mut host.users),
        };
        let set = match host.run.latents(subject).await {
            Ok(set) => set,
            Err(error) => return self.outbox.fail(request, error),
        };
        let projection = projector.project(&set.values, set.dimensions);
        let (genre, popularity) = host.attributes(what, &set.indices);
        self.outbox.send(&Event::Latents {
            request,
            what,
            epoch: host.run.epochs_done() as u32,
            step: host.run.steps_done() as u32,
            explained: projection.explained,
            points: floats(&projection.points),
            indices: naturals(&set.indices),
            genre: integers(&genre),
            popularity: floats(&popularity),
        });
    }
}

impl Host {
    /// Main genre (-1 unknown) and popularity of each point of a map.
    fn attributes(&self, what: LatentKind, indices: &[u32]) -> (Vec<i32>, Vec<f32>) {
        let data = self.run.data();
        let counts = data.item_counts();
        let genre_of = |item: u32| data.main_genre(item).map_or(-1, |genre| genre as i32);
        match what {
            LatentKind::Items => indices
                .iter()
                .map(|&item| (genre_of(item), counts[item as usize] as f32))
                .unzip(),
            LatentKind::Users => indices
                .iter()
                .map(|&user| {
                    let sequence = &data.sequences[user as usize];
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
                    (
                        commonest.map_or(-1, |genre| genre as i32),
                        total as f32 / sequence.len().max(1) as f32,
                    )
                })
                .unzip(),
        }
    }
}

/// An exponential mean that begins at its first value.
fn smooth(mean: f64, value: f64) -> f64 {
    if mean == 0.0 { value } else { 0.8 * mean + 0.2 * value }
}

impl Meter {
    /// A fresh meter that keeps what was smoothed, after a halt.
    fn again(&self, now: f64) -> Self {
        Self {
            since: now,
            rate: self.rate,
            step_seconds: self.step_seconds,
            ..Self::default()
        }
    }

    fn add_step_time(&mut self, seconds: f64) {
        self.step_seconds = smooth(self.step_seconds, seconds);
    }

    fn add(&mut self, sequences: usize, losses: Option<LossTerms>) {
        self.sequences += sequences;
        if let Some(losses) = losses {
            self.reads += 1.0;
            self.losses.total += losses.total;
            self.losses.reconstruction += losses.reconstruction;
            self.losses.kl += losses.kl;
            self.losses.contrast += losses.contrast;
        }
    }

    /// The means since the last call, and the smoothed rate.
    fn take(&mut self, now: f64) -> (LossTerms, f64) {
        let reads = self.reads.max(1.0);
        let losses = LossTerms {
            total: self.losses.total / reads,
            reconstruction: self.losses.reconstruction / reads,
            kl: self.losses.kl / reads,
            contrast: self.losses.contrast / reads,
        };
        let rate = self.sequences as f64 / (now - self.since).max(1e-3);
        self.rate = smooth(self.rate, rate);
        *self = self.again(now);
        (losses, self.rate)
    }
}
