//! The way in for a log of text: push its bytes, chunk by chunk.
//!
//! In: a file name (for sentences), options, and chunks of any size. Out: a [`RawLog`], and as soon as the format is known a
//! [`Preview`]. The first 64 KiB are held back until they show the format; after that each chunk is used up at once, so a
//! file is never in memory as a whole, but for a JSON document that keeps its columns apart (`records/json/document`).

use crate::log::error::LogError;
use crate::log::meaning::mapping::{Mapping, Preview};
use crate::log::meaning::preview::{preview_of_no_table, preview_of_sequences, preview_of_table};
use crate::log::meaning::printed::Printed;
use crate::log::meaning::roles::log_roles;
use crate::log::meaning::sniff::sniff;
use crate::log::meaning::table::Shape;
use crate::log::records::json::rewrite::Rewrite;
use crate::log::records::layout::{Layout, Separator};
use crate::log::sequences::options::ReadOptions;
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::sequence_lines::SequenceLines;
use crate::log::sequences::table_reader::TableReader;
use crate::log::text::encoding::Decoder;
use crate::log::text::head::{Head, TextGuard};

/// A push parser for logs. After an error it takes nothing more that counts.
pub struct Reader {
    decoder: Decoder,
    text: TextReader,
}

/// The reader behind the decoder: it sees UTF-8.
struct TextReader {
    file: String,
    mapping: Option<Mapping>,
    preview: Option<Preview>,
    state: State,
    guard: TextGuard,
    /// Rewriter of the text before it is cut.
    rewrite: Option<Rewrite>,
    /// Rewriter of printed tables.
    printed: Option<Printed>,
}

enum State {
    /// The head of the file, too short yet to decide.
    Head(Head),
    /// All of the file, which is rewritten as a whole.
    Whole,
    Table(Box<TableReader>),
    Sequences(Box<SequenceLines>),
}

impl Reader {
    /// A reader for one file. Filter and split matter to [`assemble`](crate::log::assemble) only.
    pub fn new(file_name: &str, options: &ReadOptions) -> Self {
        Reader {
            decoder: Decoder::new(options.encoding.as_deref()),
            text: TextReader {
                file: file_name.to_owned(),
                mapping: options.mapping.clone(),
                preview: None,
                state: State::Head(Head::default()),
                guard: TextGuard::default(),
                rewrite: None,
                printed: None,
            },
        }
    }

    /// How the file is understood; there as soon as enough has been pushed, and also where it cannot be read like that.
    pub fn preview(&self) -> Option<&Preview> {
        self.text.preview.as_ref()
    }

    /// The encoding of the text, if it is known by now and not UTF-8.
    pub fn encoding(&self) -> Option<&str> {
        self.decoder.name()
    }

    /// Takes the next bytes of the file, as many or few as there are.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let Reader { decoder, text } = self;
        text.push(decoder.push(chunk))
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<RawLog, LogError> {
        self.end()?;
        let encoding = self.decoder.name().map(str::to_owned);
        let mut log = match self.text.state {
            State::Head(_) | State::Whole => return Err(LogError::Empty { file: self.text.file }),
            State::Table(reader) => reader.finish()?,
            State::Sequences(reader) => reader.finish()?,
        };
        if let Some(name) = &encoding {
            log.notes
                .push(format!("The text is read as {name}; `--encoding` takes another encoding."));
            if let Some(preview) = &mut log.preview {
                preview.encoding.clone_from(&encoding);
            }
        }
        log.encoding = encoding;
        Ok(log)
    }

    /// Takes what was held back, and decides where the file is shorter than the head that is looked at.
    pub(crate) fn end(&mut self) -> Result<(), LogError> {
        let Reader { decoder, text } = self;
        text.push(decoder.finish())?;
        text.end()
    }
}

impl TextReader {
    fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        match &mut self.state {
            State::Head(head) => match head.fill(chunk) {
                Some(rest) => {
                    self.decide(false)?;
                    self.push(rest)
                }
                None => Ok(()),
            },
            State::Whole | State::Table(_) | State::Sequences(_) => {
                self.guard.check(&self.file, chunk)?;
                let mut out = Vec::new();
                match (&mut self.rewrite, &mut self.printed) {
                    (None, None) => return self.state.take(chunk),
                    (Some(rewrite), _) => rewrite.push(&self.file, chunk, &mut out)?,
                    (None, Some(printed)) => printed.push(chunk, &mut out),
                }
                self.state.take(&out)
            }
        }
    }

    fn end(&mut self) -> Result<(), LogError> {
        if matches!(self.state, State::Head(_)) {
            self.decide(true)?;
        }
        let mut out = Vec::new();
        if let Some(mut printed) = self.printed.take() {
            printed.finish(&mut out);
            return self.state.take(&out);
        }
        match self.rewrite.take() {
            None => Ok(()),
            Some(mut rewrite) => {
                rewrite.finish(&self.file, &mut out)?;
                match self.state {
                    State::Head(_) | State::Whole => self.decide_on(&out, true),
                    State::Table(_) | State::Sequences(_) => self.state.take(&out),
                }
            }
        }
    }

    fn decide(&mut self, complete: bool) -> Result<(), LogError> {
        let State::Head(mut head) = std::mem::replace(&mut self.state, State::Head(Head::default())) else {
            return Ok(());
        };
        let text = head.open(&self.file, &mut self.guard)?.to_vec();
        let Some(mut rewrite) =
            Rewrite::of(&text, complete).filter(|_| self.mapping.as_ref().is_none_or(|m| m.layout == Layout::Json))
        else {
            return self.decide_on_table(&text, complete);
        };
        let mut out = Vec::new();
        rewrite.push(&self.file, &text, &mut out)?;
        if complete {
            rewrite.finish(&self.file, &mut out)?;
            return self.decide_on(&out, true);
        }
        let whole = rewrite.needs_all();
        self.rewrite = Some(rewrite);
        if whole {
            self.state = State::Whole;
            return Ok(());
        }
        self.decide_on(&out, false)
    }

    /// Decides on a text that is no JSON. What was printed is read as if tabs stood between the fields.
    fn decide_on_table(&mut self, text: &[u8], complete: bool) -> Result<(), LogError> {
        let tabs = |mapping: &Mapping| (mapping.layout, mapping.separator) == (Layout::Delimited, Separator::Tab);
        let printed = Printed::of(text).filter(|_| self.mapping.as_ref().is_none_or(tabs));
        let Some(mut printed) = printed else {
            return self.decide_on(text, complete);
        };
        let mut out = Vec::new();
        printed.push(text, &mut out);
        if complete {
            printed.finish(&mut out);
        } else {
            self.printed = Some(printed);
        }
        self.decide_on(&out, complete)
    }

    fn decide_on(&mut self, text: &[u8], complete: bool) -> Result<(), LogError> {
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

impl State {
    fn take(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        match self {
            State::Head(_) | State::Whole => Ok(()),
            State::Table(reader) => reader.push(chunk),
            State::Sequences(reader) => reader.push(chunk),
        }
    }
}
