//! The way in for a log: push its bytes, chunk by chunk.
//!
//! In: a file name (for sentences), options, and chunks of any size. Out: a [`RawLog`]. The first 64 KiB are held back until
//! they show the format; after that each chunk is used up at once, so a file is never in memory as a whole.

use serde::{Deserialize, Serialize};

use super::SNIFF_BYTES;
use super::delimited::Delimited;
use super::error::LogError;
use super::raw::RawLog;
use super::sequence_lines::SequenceLines;
use super::sniff::{Shape, check_kind, sniff};

/// What a person may choose about reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct ReadOptions {
    /// The least number of interactions that each user and each item must have; 1 keeps all.
    pub k_core: u32,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions { k_core: 5 }
    }
}

/// A push parser for logs. After an error it takes nothing more that counts.
pub struct Reader {
    file: String,
    state: State,
    guard: TextGuard,
}

enum State {
    /// The head of the file, too short yet to decide.
    Head(Head),
    Delimited(Box<Delimited>),
    Sequences(Box<SequenceLines>),
}

impl Reader {
    /// A reader for one file. The options matter to [`assemble`](super::assemble) so far, none to the reading itself.
    pub fn new(file_name: &str, _options: ReadOptions) -> Self {
        Reader {
            file: file_name.to_owned(),
            state: State::Head(Head::default()),
            guard: TextGuard::default(),
        }
    }

    /// Takes the next bytes of the file, as many or few as there are.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        match &mut self.state {
            State::Head(head) => match head.fill(chunk) {
                Some(rest) => {
                    self.decide(false)?;
                    self.push(rest)
                }
                None => Ok(()),
            },
            State::Delimited(reader) => {
                self.guard.check(&self.file, chunk)?;
                reader.push(chunk)
            }
            State::Sequences(reader) => {
                self.guard.check(&self.file, chunk)?;
                reader.push(chunk)
            }
        }
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<RawLog, LogError> {
        if matches!(self.state, State::Head(_)) {
            self.decide(true)?;
        }
        match self.state {
            State::Head(_) => Err(LogError::Empty { file: self.file }),
            State::Delimited(reader) => reader.finish(),
            State::Sequences(reader) => reader.finish(),
        }
    }

    fn decide(&mut self, complete: bool) -> Result<(), LogError> {
        let State::Head(head) = std::mem::replace(&mut self.state, State::Head(Head::default())) else {
            return Ok(());
        };
        let text = head.open(&self.file, &mut self.guard)?;
        let file = self.file.as_str();
        self.state = match sniff(text, complete) {
            Shape::Table(table) => {
                let mut reader = Box::new(Delimited::new(file, table)?);
                reader.push(text)?;
                State::Delimited(reader)
            }
            Shape::Sequences => {
                let mut reader = Box::new(SequenceLines::new(file));
                reader.push(text)?;
                State::Sequences(reader)
            }
            Shape::OneColumn => return Err(LogError::OneColumn { file: file.to_owned() }),
            Shape::Ragged { separator, least, most } => {
                return Err(LogError::Ragged {
                    file: file.to_owned(),
                    separator: separator.words(),
                    least,
                    most,
                });
            }
        };
        Ok(())
    }
}

/// The first bytes of a file, held back until they are enough to decide on. It is always the same bytes, whatever the chunks,
/// so that the chunks never change the result.
#[derive(Debug, Default)]
pub(super) struct Head(Vec<u8>);

impl Head {
    /// Takes a chunk. Once there is enough, what the head has no room for.
    pub(super) fn fill<'a>(&mut self, chunk: &'a [u8]) -> Option<&'a [u8]> {
        let (now, rest) = chunk.split_at(chunk.len().min(SNIFF_BYTES.saturating_sub(self.0.len())));
        self.0.extend_from_slice(now);
        (self.0.len() >= SNIFF_BYTES).then_some(rest)
    }

    /// Checks the head to be text and takes off a byte order mark.
    pub(super) fn open(&self, file: &str, guard: &mut TextGuard) -> Result<&[u8], LogError> {
        let text = without_mark(&self.0);
        check_kind(file, text)?;
        guard.check(file, text)?;
        Ok(text)
    }
}

/// The text without the byte order mark that some programs put before UTF-8.
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Watches for NUL bytes, which no text has.
#[derive(Debug, Default)]
pub(super) struct TextGuard {
    breaks: u64,
}

impl TextGuard {
    pub(super) fn check(&mut self, file: &str, chunk: &[u8]) -> Result<(), LogError> {
        let breaks = |bytes: &[u8]| bytes.iter().filter(|&&b| b == b'\n').count() as u64;
        if let Some(at) = chunk.iter().position(|&b| b == 0) {
            return Err(LogError::Binary {
                file: file.to_owned(),
                line: self.breaks + breaks(&chunk[..at]) + 1,
            });
        }
        self.breaks += breaks(chunk);
        Ok(())
    }
}
