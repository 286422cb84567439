//! The session: what is loaded, what runs, and the one task that owns both.
//!
//! In: commands from a queue. Out: events. Between two steps the task gives way to the browser, so that commands come in while
//! it trains; a command that arrives meanwhile is done before the next step.

use std::sync::Arc;

use async_channel::{Receiver, TryRecvError};

use super::{
    clock::{give_way, now_seconds},
    events::{Outbox, integers, naturals},
    files,
    host::{Course, Host, recommend},
    protocol::{Command, DeviceKind, Event, LatentKind, ModelChoice, RunState},
    warm_up::warm_up,
};
use crate::{
    device::{Compute, Kind},
    log::{Dataset, ItemTable, RawLog, ReadOptions, assemble, generate_log},
    run::{Checkpoint, Config, Run},
};

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
    /// How the data was read, filtered and split.
    read: ReadOptions,
    host: Option<Host>,
    /// A model that was kept to compare with; of the same data as the run.
    pinned: Option<Run>,
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
            read: ReadOptions::default(),
            host: None,
            pinned: None,
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
            Command::Restore { request, bytes } => self.restore(request, &bytes.to_vec()).await,
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
            item_titles: items.clone().map(|item| data.title(item).to_string()).collect(),
            genres: data.genres.clone(),
            item_genre: integers(&items.map(genre_of).collect::<Vec<_>>()),
            item_count: naturals(&data.item_counts()),
        });
        self.data = Some(Arc::new(data));
        self.host = None;
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
                self.host = Some(Host::new(run, self.read.clone()));
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
            Some(host) => host.advance(&self.outbox).await,
            None => return self.enter(RunState::Ready),
        };
        match course {
            Ok(Course::On) => {}
            Ok(Course::Held) => self.enter(RunState::Paused),
            Ok(Course::Over) => self.enter(RunState::Finished),
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
        host.tell_restored(&self.outbox, weights_of);
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
