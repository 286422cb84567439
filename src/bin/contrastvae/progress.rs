//! Progress for a person at a terminal.
//!
//! In: how far it is. Out: one line on stderr, which goes when it is done; nothing where stderr is not a terminal. stdout is left to
//! the result.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line on stderr, cleared when it is dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar over the bytes of files, with rate and time left.
    pub fn of_bytes(doing: &str, total: u64) -> Self {
        let template = "{msg}  {bar:30}  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        let bar = ProgressBar::new(total);
        Self::styled(bar, ProgressStyle::with_template(template), doing)
    }

    /// A bar over steps, with rate and time left.
    pub fn of_steps(doing: &str, total: u64) -> Self {
        let template = "{msg}  {bar:30}  {pos} of {len}, {per_sec}, {eta} left";
        let bar = ProgressBar::new(total);
        Self::styled(bar, ProgressStyle::with_template(template), doing)
    }

    /// A line that stays above the bar.
    pub fn say(&self, line: &str) {
        self.0.println(line);
    }

    /// A sign of life for work whose length nobody knows.
    pub fn of_work(doing: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(120));
        Self::styled(bar, ProgressStyle::with_template("{spinner} {msg}  {elapsed}"), doing)
    }

    fn styled(bar: ProgressBar, style: Result<ProgressStyle, indicatif::style::TemplateError>, doing: &str) -> Self {
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(doing.to_owned());
        Self(bar)
    }

    /// How far it is.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
