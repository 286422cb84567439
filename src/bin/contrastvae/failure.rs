//! How the command line ends when it cannot do what it was asked for.
//!
//! In: what went wrong. Out: one sentence on stderr, and the exit status that belongs to it.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::error::ErrorKind as UsageKind;
use contrastvae::log::LogError;
use contrastvae::run::RequestError;

/// Status of bad usage and of bad input.
const BAD_INPUT: u8 = 2;

/// Why a subcommand stopped.
#[derive(Debug)]
pub enum Failure {
    /// Unusable input: a whole sentence.
    Input(String),
    /// Anything else: a whole sentence.
    Other(String),
    /// Whoever read the output has had enough, such as `head`. Nothing is wrong.
    Unheard,
}

impl Failure {
    /// Says it on stderr; the status to end with.
    pub fn tell(&self) -> ExitCode {
        match self {
            Failure::Input(sentence) => {
                say(sentence);
                ExitCode::from(BAD_INPUT)
            }
            Failure::Other(sentence) => {
                say(sentence);
                ExitCode::FAILURE
            }
            Failure::Unheard => ExitCode::SUCCESS,
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Failure::Input(error.to_string())
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Failure::Input(error.to_string())
    }
}

/// Writes the result to stdout.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Unheard,
        _ => Failure::Other(format!("The result could not be written: {error}.")),
    })
}

/// Writes the result to stdout as one line of JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value);
    let text = text.map_err(|error| Failure::Other(format!("The result could not be written as JSON: {error}.")))?;
    print(&(text + "\n"))
}

/// Prints the message of the command line's parser: help as it is, a mistake as one sentence.
pub fn of_usage(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    match error.kind() {
        UsageKind::DisplayHelp | UsageKind::DisplayVersion => match print(&text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.tell(),
        },
        UsageKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            say(text.trim_end());
            ExitCode::from(BAD_INPUT)
        }
        _ => Failure::Input(usage_sentence(&text)).tell(),
    }
}

/// Cannot fail: where even stderr is closed, the status has to do.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// One sentence out of the parser's message, which is a line or two, tips, and a summary of the usage.
fn usage_sentence(message: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for paragraph in message.split("\n\n") {
        let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.starts_with("Usage:") || text.starts_with("For more information") {
            break;
        }
        let text = text.strip_prefix("error: ").or(text.strip_prefix("tip: ")).unwrap_or(&text);
        parts.push(text.trim_end_matches('.').to_owned());
    }
    let mut sentence = format!("{}; `--help` shows what there is.", parts.join("; "));
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parsers_message_becomes_a_sentence() {
        let message = "error: unexpected argument '--kcore' found\n\n  tip: a similar argument exists: '--k-core'\n\nUsage: contrastvae \
                       inspect --k-core <K> <FILE> [ITEMS]\n\nFor more information, try '--help'.\n";
        assert_eq!(
            usage_sentence(message),
            "Unexpected argument '--kcore' found; a similar argument exists: '--k-core'; `--help` shows what there is."
        );
        let message =
            "error: the following required arguments were not provided:\n  <FILE>\n\nUsage: contrastvae inspect <FILE>\n";
        assert_eq!(
            usage_sentence(message),
            "The following required arguments were not provided: <FILE>; `--help` shows what there is."
        );
    }
}
