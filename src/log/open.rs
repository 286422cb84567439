//! Reads the visitor's files piece by piece, whatever they are packed in.
//!
//! In: sources (files) and options. Out: a [`RawLog`] and, where there is one, an [`ItemTable`], after as many calls of
//! [`Opening::step`] as it takes. Each step does a small piece of work, so that whoever drives it can show the progress, give
//! way and stop in between; stopping is dropping it.

use std::io::{ErrorKind, Read};

use crate::log::containers::archive::{Content, Opened};
use crate::log::containers::found::{Found, open_all};
#[cfg(not(target_arch = "wasm32"))]
use crate::log::containers::{found::open_folder, parts::Parts};
use crate::log::error::LogError;
use crate::log::meaning::mapping::{Preview, Role};
use crate::log::meaning::preview::preview_of_table;
use crate::log::meaning::roles::log_roles;
use crate::log::meaning::table::{Format, Table};
use crate::log::reader::Reader;
use crate::log::records::layout::Layout;
use crate::log::records::parquet::ParquetRows;
use crate::log::sequences::items::{ItemReader, ItemTable};
use crate::log::sequences::options::ReadOptions;
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::rows::{Rows, Spread};
use crate::log::text::source::{ArchiveEntry, NamedSource, Position, failure};

/// Bytes of text that a step reads at most.
pub const PIECE_BYTES: usize = 1 << 20;
/// Bytes that the reader takes at once.
const SLICE_BYTES: usize = 1 << 16;
/// Rows of Parquet that a step reads.
const PIECE_ROWS: usize = 1 << 15;
/// Rows of Parquet on which the roles of the columns are decided.
const SAMPLE_ROWS: usize = 1000;

/// How far the reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadProgress {
    /// Bytes of the files that were used up.
    pub bytes_done: u64,
    /// Bytes of the files.
    pub bytes_total: u64,
}

/// A reading under way.
pub struct Opening {
    stage: Stage,
    items: Option<Opened>,
    log: Option<RawLog>,
    table: Option<ItemTable>,
    preview: Option<Preview>,
    entries: Vec<ArchiveEntry>,
    notes: Vec<String>,
    packed: Option<String>,
    position: Position,
    total: u64,
    buffer: Vec<u8>,
    /// Parts of Parquet that are still to be read.
    #[cfg(not(target_arch = "wasm32"))]
    parts: Parts,
}

enum Stage {
    Text { reader: Box<Reader>, input: Input },
    Parquet { rows: Box<Rows>, source: Box<ParquetRows> },
    Items { reader: ItemReader, input: Input },
    Done,
}

/// Unpacked bytes with the name that a sentence about them needs.
struct Input {
    name: String,
    bytes: Box<dyn Read + Send>,
}

impl Input {
    /// Fills the buffer as far as there are bytes. Each read asks for all that is missing: in a browser one that asks for little
    /// costs as much as one that asks for much (`read_to_end` would begin with little).
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<(), LogError> {
        buffer.resize(PIECE_BYTES, 0);
        let mut filled = 0;
        while filled < PIECE_BYTES {
            match self.bytes.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failure(&self.name, &error)),
            }
        }
        buffer.truncate(filled);
        Ok(())
    }
}

impl Opening {
    /// Looks into the files and finds out which is the log. One log and at most one file of items, or a zip archive with both.
    pub fn new(sources: Vec<NamedSource>, options: &ReadOptions) -> Result<Self, LogError> {
        options.check()?;
        Self::of(open_all(sources, options.entry.as_deref())?, options)
    }

    /// The same of a log in parts, which are read in their order as if they were one file called `name`; and of a file of items beside it.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn of_parts(
        name: &str,
        parts: Vec<NamedSource>,
        items: Option<NamedSource>,
        options: &ReadOptions,
    ) -> Result<Self, LogError> {
        options.check()?;
        let (found, waiting) = open_folder(name, parts, items)?;
        let mut opening = Self::of(found, options)?;
        opening.parts = waiting;
        Ok(opening)
    }

    fn of(found: Found, options: &ReadOptions) -> Result<Self, LogError> {
        let Found {
            log,
            items,
            entries,
            notes,
            position,
            total_bytes,
        } = found;
        let mut opening = Opening {
            stage: Stage::Done,
            items,
            log: None,
            table: None,
            preview: None,
            entries,
            notes,
            packed: log.how,
            position,
            total: total_bytes,
            buffer: Vec::new(),
            #[cfg(not(target_arch = "wasm32"))]
            parts: Parts::default(),
        };
        opening.stage = match log.content {
            Content::Text(bytes) => Stage::Text {
                reader: Box::new(Reader::new(&log.name, options)),
                input: Input { name: log.name, bytes },
            },
            Content::Parquet(source) => opening.begin_parquet(&log.name, source, options)?,
        };
        Ok(opening)
    }

    fn begin_parquet(&mut self, file: &str, mut source: Box<ParquetRows>, options: &ReadOptions) -> Result<Stage, LogError> {
        let table = Table {
            format: Format::Parquet,
            columns: source.names().len(),
            header: Some(source.names().to_vec()),
            lists: source.lists().to_vec(),
            rows: source.sample(SAMPLE_ROWS)?,
            above: 0,
            blocks: false,
        };
        let mapping = options.mapping.as_ref().filter(|mapping| mapping.layout == Layout::Parquet);
        let found = log_roles(file, &table, mapping);
        let preview = preview_of_table(file, &table, &found);
        self.preview = Some(preview.clone());
        if let Some(problem) = found.problem {
            return Err(problem);
        }
        let Spread { list, beside } = Spread::of(&table, &found.roles);
        let keep: Vec<bool> = found.roles.iter().map(|&role| role != Role::Ignored).collect();
        source.project(&keep, list, beside);
        Ok(Stage::Parquet {
            rows: Box::new(Rows::new(file, table, found, preview)),
            source,
        })
    }

    /// How the log is understood, as soon as that is known; also where it cannot be read like that.
    pub fn preview(&self) -> Option<Preview> {
        let read = match &self.stage {
            Stage::Text { reader, .. } => reader.preview(),
            _ => None,
        };
        let mut preview = self
            .log
            .as_ref()
            .and_then(RawLog::preview)
            .or(read)
            .or(self.preview.as_ref())?
            .clone();
        preview.entries.clone_from(&self.entries);
        Some(preview)
    }

    /// How far the reading is.
    pub fn progress(&self) -> ReadProgress {
        ReadProgress {
            bytes_done: self.position.bytes().min(self.total),
            bytes_total: self.total,
        }
    }

    /// Reads a piece; false when all is read.
    pub fn step(&mut self) -> Result<bool, LogError> {
        match &mut self.stage {
            Stage::Text { reader, input } => {
                input.fill(&mut self.buffer)?;
                if self.buffer.is_empty() {
                    reader.end()?;
                    self.end_of_log()?;
                } else {
                    // Browsers run a function slowly until it is called anew after they have compiled it well, so the loop over
                    // the lines is entered often.
                    for slice in self.buffer.chunks(SLICE_BYTES) {
                        reader.push(slice)?;
                    }
                }
            }
            Stage::Parquet { rows, source } => {
                if !source.next_rows(PIECE_ROWS, |piece| rows.take(piece))? {
                    #[cfg(not(target_arch = "wasm32"))]
                    if let Some(next) = self.parts.next_rows(source)? {
                        *source = next;
                        return Ok(true);
                    }
                    self.end_of_log()?;
                }
            }
            Stage::Items { reader, input } => {
                input.fill(&mut self.buffer)?;
                if self.buffer.is_empty() {
                    if let Stage::Items { reader, .. } = std::mem::replace(&mut self.stage, Stage::Done) {
                        self.table = Some(reader.finish()?);
                    }
                } else {
                    reader.push(&self.buffer)?;
                }
            }
            Stage::Done => {}
        }
        Ok(!matches!(self.stage, Stage::Done))
    }

    fn end_of_log(&mut self) -> Result<(), LogError> {
        let mut log = match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Text { reader, .. } => reader.finish()?,
            Stage::Parquet { rows, .. } => rows.finish()?,
            Stage::Items { .. } | Stage::Done => return Ok(()),
        };
        if let Some(packed) = &self.packed {
            log.format = match packed.as_str() {
                // How its sheets came here is nothing that a person has seen.
                "spreadsheet" => log.format.replacen("comma separated", "spreadsheet", 1),
                packed => format!("{}, {packed}", log.format),
            };
        }
        if let Some(preview) = &mut log.preview {
            preview.entries.clone_from(&self.entries);
        }
        log.notes.append(&mut self.notes);
        self.log = Some(log);
        if let Some(items) = self.items.take() {
            let Content::Text(bytes) = items.content else {
                return Err(LogError::OtherKind {
                    file: items.name,
                    what: "a Parquet file of items",
                    advice: "titles are read from text, so convert it to CSV",
                });
            };
            self.stage = Stage::Items {
                reader: ItemReader::new(&items.name),
                input: Input { name: items.name, bytes },
            };
        }
        Ok(())
    }

    /// The log and, if there is one, the table of items; takes the steps that are left.
    pub fn finish(mut self) -> Result<(RawLog, Option<ItemTable>), LogError> {
        while self.step()? {}
        match self.log {
            Some(log) => Ok((log, self.table)),
            None => Err(LogError::Empty { file: String::new() }),
        }
    }
}
