//! Stages: what the visitor of a terminal sees of a build.
//!
//! In: a name and the work. Out: one live line while it runs (a line every half minute where the output is not a terminal), one
//! line with its seconds when it is done, and the rows of the summary table of `cargo xtask test`.

use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a log file hears from a stage that is still running.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Tests counted in one stage.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

struct Row {
    name: String,
    seconds: f64,
    result: String,
}

/// Runs stages and remembers how they went. Stages of two threads may run at once, each with a line of its own.
pub struct Reporter {
    rows: Mutex<Vec<Row>>,
    lines: MultiProgress,
    started: Instant,
    live: bool,
}

/// A stage that is running.
pub struct Stage {
    name: String,
    started: Instant,
    lines: MultiProgress,
    line: ProgressBar,
    live: bool,
    spoke: Cell<Instant>,
    doing: RefCell<String>,
    note: RefCell<String>,
    bad: Cell<bool>,
}

impl Reporter {
    pub fn new() -> Self {
        Self {
            rows: Mutex::default(),
            lines: MultiProgress::new(),
            started: Instant::now(),
            live: std::io::stderr().is_terminal(),
        }
    }

    /// Prints a line above the live ones and notes the row.
    fn done(&self, mark: &str, row: Row) {
        let Row { name, seconds, result } = &row;
        self.lines
            .suspend(|| eprintln!("{mark} {name:<18} {seconds:>7.1} s  {result}"));
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
    }

    /// Runs `work` as a stage; an error ends up both in the table and with the caller.
    pub fn stage<T>(&self, name: &str, work: impl FnOnce(&Stage) -> Result<T>) -> Result<T> {
        let stage = Stage::start(name, &self.lines, self.live);
        let result = work(&stage);
        let seconds = stage.started.elapsed().as_secs_f64();
        stage.line.finish_and_clear();
        let note = if result.is_ok() {
            stage.note.take()
        } else {
            "failed".to_owned()
        };
        let mark = if result.is_ok() && !stage.bad.get() { "ok  " } else { "FAIL" };
        self.done(
            mark,
            Row {
                name: name.to_owned(),
                seconds,
                result: note,
            },
        );
        result
    }

    /// Notes a stage that could not run.
    pub fn skip(&self, name: &str, why: &str) {
        self.done(
            "--  ",
            Row {
                name: name.to_owned(),
                seconds: 0.0,
                result: why.to_owned(),
            },
        );
    }

    /// All stages so far with their times, in the order in which they ended, and the time since the first began.
    pub fn table(&self) -> String {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let total = self.started.elapsed().as_secs_f64();
        let mut text = format!("{:<18} {:>9}  result\n", "stage", "seconds");
        for row in rows.iter() {
            text += &format!("{:<18} {:>9.1}  {}\n", row.name, row.seconds, row.result);
        }
        text + &format!("{:<18} {total:>9.1}\n", "all")
    }
}

impl Stage {
    fn start(name: &str, lines: &MultiProgress, live: bool) -> Self {
        let line = if live {
            lines.add(ProgressBar::new_spinner())
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner}    {prefix:<18} {elapsed:>7}    {wide_msg}") {
            line.set_style(style);
        }
        line.set_prefix(name.to_owned());
        line.enable_steady_tick(Duration::from_millis(120));
        if !live {
            eprintln!("...  {name:<18} begins");
        }
        let now = Instant::now();
        Self {
            name: name.to_owned(),
            started: now,
            lines: lines.clone(),
            line,
            live,
            spoke: Cell::new(now),
            doing: RefCell::default(),
            note: RefCell::default(),
            bad: Cell::new(false),
        }
    }

    /// Shows the current activity.
    pub fn progress(&self, message: &str) {
        self.line.set_message(message.to_owned());
        message.clone_into(&mut self.doing.borrow_mut());
        self.tick();
    }

    /// Lets a log file know now and then that the stage still runs.
    pub fn tick(&self) {
        if !self.live && self.spoke.get().elapsed() >= HEARTBEAT {
            self.spoke.set(Instant::now());
            eprintln!(
                "...  {:<18} {:>7.1} s  {}",
                self.name,
                self.started.elapsed().as_secs_f64(),
                self.doing.borrow()
            );
        }
    }

    /// Prints text above the live line.
    pub fn print(&self, text: &str) {
        self.spoke.set(Instant::now());
        self.lines.suspend(|| eprintln!("{text}"));
    }

    /// The stage ran to its end, and what it found is not good.
    pub fn mark_failed(&self) {
        self.bad.set(true);
    }

    /// The words behind the seconds once the stage is done.
    pub fn note(&self, note: impl Into<String>) {
        *self.note.borrow_mut() = note.into();
    }
}
