//! Runs other programs.
//!
//! In: a command. Out: its whole output and how it ended, with every line handed to the caller while it runs. A missing program,
//! a failure and a passed time limit each become one sentence.

use std::ffi::OsStr;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::stage::Stage;

/// How a program ended.
pub struct Finished {
    /// `None` when it ran past its limit and was stopped.
    pub status: Option<ExitStatus>,
    pub output: String,
}

impl Finished {
    pub fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Event of a running program.
pub enum Event<'a> {
    /// A line of either output stream; a progress bar's redrawing counts as one.
    Line(&'a str),
    /// Nothing came for a moment.
    Silence,
}

/// Runs to the end or to the limit.
pub fn run(command: &mut Command, limit: Option<Duration>, mut on_event: impl FnMut(Event<'_>)) -> Result<Finished> {
    let started = Instant::now();
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => anyhow!("`{program}` was not found on this machine"),
            _ => anyhow!("`{program}` could not be started: {error}"),
        })?;
    let (sender, lines) = mpsc::channel();
    if let Some(stream) = child.stdout.take() {
        read_lines(stream, sender.clone());
    }
    if let Some(stream) = child.stderr.take() {
        read_lines(stream, sender);
    }
    let mut output = String::new();
    loop {
        match lines.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => {
                on_event(Event::Line(&line));
                output += &line;
                output.push('\n');
            }
            Err(RecvTimeoutError::Timeout) => on_event(Event::Silence),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if limit.is_some_and(|limit| started.elapsed() > limit) {
            child.kill().with_context(|| format!("`{program}` could not be stopped"))?;
            child.wait().with_context(|| format!("`{program}` could not be waited for"))?;
            return Ok(Finished { status: None, output });
        }
    }
    let status = child.wait().with_context(|| format!("`{program}` could not be waited for"))?;
    Ok(Finished {
        status: Some(status),
        output,
    })
}

/// Runs a program whose last line is the progress; its output is shown only if it fails.
pub fn quietly(command: &mut Command, stage: &Stage) -> Result<String> {
    let name = describe(command);
    let finished = run(command, None, |event| follow(event, stage))?;
    if !finished.success() {
        stage.print(finished.output.trim_end());
        bail!("`{name}` failed, see its output above");
    }
    Ok(finished.output)
}

/// Runs a program whose output is what the reader came for.
pub fn aloud(command: &mut Command, stage: &Stage) -> Result<Finished> {
    run(command, None, |event| match event {
        Event::Line(line) => stage.print(line),
        Event::Silence => stage.tick(),
    })
}

/// Shows the last line of a program as the progress of its stage.
pub fn follow(event: Event<'_>, stage: &Stage) {
    match event {
        Event::Line(line) => stage.progress(line.trim()),
        Event::Silence => stage.tick(),
    }
}

/// The trimmed output of a small program, or nothing when it is missing or fails.
pub fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Program and first words of a command without their folders, for messages.
fn describe(command: &Command) -> String {
    let short = |word: &OsStr| Path::new(word).file_name().unwrap_or(word).to_string_lossy().into_owned();
    std::iter::once(command.get_program())
        .chain(command.get_args().take(2))
        .map(short)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Splits a stream at line ends and at the carriage returns of progress bars.
fn read_lines(mut stream: impl Read + Send + 'static, sender: Sender<String>) {
    thread::spawn(move || {
        let mut line = Vec::new();
        let mut buffer = [0; 8192];
        while let Ok(count) = stream.read(&mut buffer) {
            if count == 0 {
                break;
            }
            for &byte in &buffer[..count] {
                if byte == b'\n' || byte == b'\r' {
                    // The receiver is gone when the limit has passed; then there is nobody left to tell.
                    let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
                    line.clear();
                } else {
                    line.push(byte);
                }
            }
        }
        if !line.is_empty() {
            let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_past_its_limit_is_stopped() -> Result<()> {
        let started = Instant::now();
        let finished = run(Command::new("sleep").arg("60"), Some(Duration::from_millis(300)), |_| {})?;
        assert!(finished.status.is_none());
        assert!(started.elapsed() < Duration::from_secs(10));
        Ok(())
    }

    #[test]
    fn a_missing_program_is_a_sentence() {
        let error = run(&mut Command::new("no-such-program-here"), None, |_| {})
            .err()
            .map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("`no-such-program-here` was not found on this machine"));
    }

    #[test]
    fn carriage_returns_end_lines() -> Result<()> {
        let mut seen = Vec::new();
        let finished = run(Command::new("printf").arg("one\rtwo\nthree"), None, |event| {
            if let Event::Line(line) = event {
                seen.push(line.to_owned());
            }
        })?;
        assert!(finished.success());
        assert_eq!(seen, ["one", "two", "three"]);
        Ok(())
    }
}
