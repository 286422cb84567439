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

use crate::project::Project;
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

/// Lets everything else on the machine go first: what this process starts from here on waits for what the visitor does meanwhile.
pub fn step_back() {
    if cfg!(unix) {
        // Only a courtesy; where there is no such program, the builds run as they are.
        let _ = ask("renice", &["-n", "15", "-p", &std::process::id().to_string()]);
    }
}

/// A command of the cargo that runs us, in the repository's root.
pub fn own_cargo(project: &Project, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(project.root());
    cargo
}

/// Runs cargo with its count of crates as the progress; what it says beyond that is shown.
pub fn cargo(command: &mut Command, stage: &Stage) -> Result<()> {
    // Cargo counts its units only where it draws its progress bar.
    command
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "120")
        .env("CARGO_TERM_COLOR", "never");
    let finished = run(command, None, |event| match event {
        Event::Line(line) => match cargo_count(line) {
            Some(count) => stage.progress(&count),
            None => stage.tick(),
        },
        Event::Silence => stage.tick(),
    })?;
    let words = diagnostics(&finished.output);
    if finished.success() {
        if !words.is_empty() {
            stage.print(&words);
        }
        return Ok(());
    }
    stage.print(&words);
    bail!("{}", cargo_fault(&words))
}

/// Why cargo stopped, with what to do. What was compiled stays, so the same command goes on from there.
fn cargo_fault(words: &str) -> &'static str {
    const OFFLINE: [&str; 5] = [
        "failed to download",
        "download of",
        "Could not resolve host",
        "failed to get",
        "unable to update registry",
    ];
    let says = |what: &str| words.contains(what);
    if says("No space left on device") {
        "the disk is full: make room (`cargo clean` frees what earlier builds left), then run the same command again"
    } else if OFFLINE.iter().any(|what| says(what)) {
        "the crate registry cannot be reached: connect to the network and run the same command again; what was compiled stays"
    } else if says("requires rustc") || says("is not supported by the following package") || says("rust-version") {
        "this Rust is too old: `rustup update stable`, then run the same command again"
    } else {
        "cargo failed, see above; once that is mended the same command goes on from there"
    }
}

/// `345 of 402 crates: burn, wgpu` out of cargo's progress bar.
fn cargo_count(line: &str) -> Option<String> {
    let bar = line.trim_start().strip_prefix("Building [")?;
    let (count, names) = bar
        .split_once("] ")?
        .1
        .split_once(':')
        .unwrap_or((bar.split_once("] ")?.1, ""));
    let (done, total) = count.trim().split_once('/')?;
    Some(format!("{} of {} crates: {}", done.trim(), total.trim(), names.trim()))
}

/// Messages of cargo, without its progress.
fn diagnostics(output: &str) -> String {
    const PROGRESS: [&str; 10] = [
        "Building [",
        "Compiling ",
        "Finished ",
        "Locking ",
        "Updating ",
        "Downloading ",
        "Downloaded ",
        "Adding ",
        "Blocking ",
        "Fresh ",
    ];
    let kept = output
        .lines()
        .filter(|line| !PROGRESS.iter().any(|word| line.trim_start().starts_with(word)));
    kept.collect::<Vec<_>>().join("\n").trim().to_owned()
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
    fn cargo_counts_are_read_from_its_progress_bar() {
        let line = "    Building [=======>                ] 112/345: burn-flex, wgpu-core";
        assert_eq!(cargo_count(line).as_deref(), Some("112 of 345 crates: burn-flex, wgpu-core"));
        assert_eq!(cargo_count("   Compiling burn v0.22.1"), None);
    }

    #[test]
    fn only_diagnostics_are_shown() {
        let output =
            "   Compiling a v1\n    Building [=> ] 1/2: a\nwarning: unused\n --> src/lib.rs:1:1\n    Finished `wasm` profile\n";
        assert_eq!(diagnostics(output), "warning: unused\n --> src/lib.rs:1:1");
    }

    #[test]
    fn a_full_disk_a_dead_network_and_an_old_compiler_are_told_apart() {
        let full = "error: failed to write target/x.rmeta: No space left on device (os error 28)";
        assert!(cargo_fault(full).starts_with("the disk is full"));
        let offline =
            "error: failed to download from `https://registry/burn`\nCaused by:\n  [6] Could not resolve host: registry";
        assert!(cargo_fault(offline).starts_with("the crate registry cannot be reached"));
        let old = "error: rustc 1.90.0 is not supported by the following package:\n  contrastvae@0.1.0 requires rustc 1.95";
        assert!(cargo_fault(old).starts_with("this Rust is too old"));
        assert!(cargo_fault("error[E0308]: mismatched types").starts_with("cargo failed, see above"));
    }

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
