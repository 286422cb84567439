//! The way in for a log of text: push its bytes, chunk by chunk.
//!
//! In: a file name (for sentences), options, and chunks of any size. Out: a [`RawLog`], and as soon as the format is known a
//! [`Preview`]. The first 64 KiB are held back until they show the format; after that each chunk is used up at once, so a
//! file is never in memory as a whole.

use crate::log::error::LogError;
use crate::log::meaning::mapping::{Mapping, Preview};
use crate::log::meaning::preview::{preview_of_no_table, preview_of_sequences, preview_of_table};
use crate::log::meaning::roles::log_roles;
use crate::log::meaning::sniff::sniff;
use crate::log::meaning::table::Shape;
use crate::log::records::layout::{Layout, Separator};
use crate::log::sequences::options::ReadOptions;
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::rows::TableReader;
use crate::log::sequences::sequence_lines::SequenceLines;
use crate::log::text::head::{Head, TextGuard};

/// A push parser for logs. After an error it takes nothing more that counts.
pub struct Reader {
    file: String,
    mapping: Option<Mapping>,
    preview: Option<Preview>,
    state: State,
    guard: TextGuard,
}

enum State {
    /// The head of the file, too short yet to decide.
    Head(Head),
    Table(Box<TableReader>),
    Sequences(Box<SequenceLines>),
}

impl Reader {
    /// A reader for one file. Filter and split matter to [`assemble`](crate::log::assemble) only.
    pub fn new(file_name: &str, options: &ReadOptions) -> Self {
        Reader {
            file: file_name.to_owned(),
            mapping: options.mapping.clone(),
            preview: None,
            state: State::Head(Head::default()),
            guard: TextGuard::default(),
        }
    }

    /// How the file is understood; there as soon as enough has been pushed, and also where it cannot be read like that.
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
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
            State::Table(reader) => {
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
        self.end_of_head()?;
        match self.state {
            State::Head(_) => Err(LogError::Empty { file: self.file }),
            State::Table(reader) => reader.finish(),
            State::Sequences(reader) => reader.finish(),
        }
    }

    /// Decides on what there is, where the file is shorter than the head that is looked at.
    pub(crate) fn end_of_head(&mut self) -> Result<(), LogError> {
        if matches!(self.state, State::Head(_)) {
            self.decide(true)
        } else {
            Ok(())
        }
    }

    fn decide(&mut self, complete: bool) -> Result<(), LogError> {
        let State::Head(mut head) = std::mem::replace(&mut self.state, State::Head(Head::default())) else {
            return Ok(());
        };
        let text = head.open(&self.file, &mut self.guard)?;
        let file = self.file.as_str();
        let mapping = self.mapping.as_ref().filter(|mapping| mapping.layout != Layout::Parquet);
        self.state = match sniff(text, complete, mapping) {
            Shape::Table(table) => {
                let roles = log_roles(file, &table, mapping);
                let preview = preview_of_table(file, &table, &roles);
                self.preview = Some(preview.clone());
                if let Some(problem) = roles.problem {
                    return Err(problem);
                }
                let Some(mut reader) = TableReader::new(file, table, roles, preview) else {
                    return Err(LogError::Empty { file: file.to_owned() });
                };
                reader.push(text)?;
                State::Table(Box::new(reader))
            }
            Shape::Sequences => {
                let preview = preview_of_sequences(file, text);
                self.preview = Some(preview.clone());
                let mut reader = Box::new(SequenceLines::new(file, Some(preview)));
                reader.push(text)?;
                State::Sequences(reader)
            }
            Shape::BadJson { line, why } => {
                return Err(LogError::BadJson {
                    file: file.to_owned(),
                    line,
                    why,
                });
            }
            Shape::OneColumn => {
                let error = LogError::OneColumn { file: file.to_owned() };
                self.preview = preview_of_no_table(file, text, complete, Separator::Comma, &error);
                return Err(error);
            }
            Shape::Ragged { separator, least, most } => {
                let error = LogError::Ragged {
                    file: file.to_owned(),
                    separator: separator.words(),
                    least,
                    most,
                };
                self.preview = preview_of_no_table(file, text, complete, separator, &error);
                return Err(error);
            }
        };
        Ok(())
    }
}
