//! The way in for a log of text: push its bytes, chunk by chunk.
//!
//! In: a file name (for sentences), options, and chunks of any size. Out: a [`RawLog`], and as soon as the format is known a
//! [`Preview`]. The first 64 KiB are held back until they show the format; after that each chunk is used up at once, so a
//! file is never in memory as a whole.

use super::error::LogError;
use super::mapping::{Layout, Mapping, Preview, PreviewColumn, Role, Separator};
use super::options::ReadOptions;
use super::raw::RawLog;
use super::records::words;
use super::roles::{LogRoles, log_roles};
use super::sequence_lines::SequenceLines;
use super::sniff::{Format, Shape, Table, check_kind, sniff};
use super::table::TableReader;
use super::{PREVIEW_ROWS, SNIFF_BYTES};

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
    /// A reader for one file. Filter and split matter to [`assemble`](super::assemble) only.
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
    pub(super) fn end_of_head(&mut self) -> Result<(), LogError> {
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

/// What a person sees of a table.
pub(super) fn preview_of_table(file: &str, table: &Table, found: &LogRoles) -> Preview {
    let (layout, separator) = match table.format {
        Format::Delimited { separator, .. } => (Layout::Delimited, separator),
        Format::Json(_) => (Layout::Json, Separator::default()),
        Format::Parquet => (Layout::Parquet, Separator::default()),
    };
    let name = |at: usize| {
        table
            .header
            .as_ref()
            .and_then(|names| names.get(at).cloned())
            .unwrap_or_default()
    };
    let columns = found.roles.iter().zip(&found.confidence).enumerate();
    Preview {
        file: file.to_owned(),
        mapping: Mapping {
            layout,
            separator,
            header: table.header.is_some(),
            roles: found.roles.clone(),
            time: found.time,
        },
        columns: columns
            .map(|(at, (&role, &confidence))| PreviewColumn {
                name: name(at),
                role,
                confidence,
            })
            .collect(),
        rows: table
            .rows
            .iter()
            .take(PREVIEW_ROWS)
            .map(|row| row.iter().map(|text| shortened(text)).collect())
            .collect(),
        problem: found.problem.as_ref().map(ToString::to_string),
        entries: Vec::new(),
    }
}

/// What a person sees of a file that nothing was found in, so that layout and separator can be chosen.
fn preview_of_no_table(file: &str, text: &[u8], complete: bool, separator: Separator, error: &LogError) -> Option<Preview> {
    let mapping = Mapping {
        separator,
        ..Mapping::default()
    };
    let Shape::Table(table) = sniff(text, complete, Some(&mapping)) else {
        return None;
    };
    let found = log_roles(file, &table, None);
    Some(Preview {
        problem: Some(error.to_string()),
        ..preview_of_table(file, &table, &found)
    })
}

fn preview_of_sequences(file: &str, head: &[u8]) -> Preview {
    const WORDS: usize = 8;
    let column = |role, confidence| PreviewColumn {
        name: String::new(),
        role,
        confidence,
    };
    let lines = head.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let rows = lines.take(PREVIEW_ROWS).map(|line| {
        let text = |word| shortened(&String::from_utf8_lossy(word));
        let mut words = words(line);
        let user = words.next().map(text).unwrap_or_default();
        let mut items: Vec<String> = words.by_ref().take(WORDS).map(text).collect();
        if words.next().is_some() {
            items.push("…".to_owned());
        }
        vec![user, items.join(" ")]
    });
    Preview {
        file: file.to_owned(),
        mapping: Mapping {
            layout: Layout::Sequences,
            separator: Separator::Space,
            header: false,
            roles: vec![Role::User, Role::Item],
            time: None,
        },
        columns: vec![column(Role::User, 0.8), column(Role::Item, 0.8)],
        rows: rows.collect(),
        problem: None,
        entries: Vec::new(),
    }
}

/// A text fit for a cell of a small table.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
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

    /// Checks the head to be text; takes off a byte order mark and what stands above the data.
    pub(super) fn open(&mut self, file: &str, guard: &mut TextGuard) -> Result<&[u8], LogError> {
        blank_preamble(&mut self.0);
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

/// Blanks the lines above the data that are none of it: comments (`# …`, `% …`) and the line by which Excel is told the separator
/// (`sep=;`). Carriage returns take their place, which all cutters pass over, so that the lines keep their numbers.
pub(super) fn blank_preamble(head: &mut [u8]) {
    let mut at = head.len() - without_mark(head).len();
    let mut first = true;
    while let Some(rest) = head.get_mut(at..).filter(|rest| !rest.is_empty()) {
        let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = rest[..end].trim_ascii();
        let comment = matches!(line, [b'#' | b'%'] | [b'#' | b'%', b' ' | b'\t' | b'#' | b'%', ..]);
        let excel = first && line.len() <= 5 && line.starts_with(b"sep=");
        if !comment && !excel {
            return;
        }
        rest[..end].fill(b'\r');
        first = false;
        at += end + 1;
    }
}

/// Watches for NUL bytes, which no text has.
#[derive(Debug, Default)]
pub(super) struct TextGuard {
    breaks: u64,
}

impl TextGuard {
    pub(super) fn check(&mut self, file: &str, chunk: &[u8]) -> Result<(), LogError> {
        let breaks = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u64;
        if let Some(at) = memchr::memchr(0, chunk) {
            return Err(LogError::Binary {
                file: file.to_owned(),
                line: self.breaks + breaks(&chunk[..at]) + 1,
            });
        }
        self.breaks += breaks(chunk);
        Ok(())
    }
}
