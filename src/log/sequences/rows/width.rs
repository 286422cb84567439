//! Rows of another width than the table's.
//!
//! In: rows that were left out as damaged. Out: a sentence on a row with too few or too many fields, and an error for a file in
//! which a second table begins further down.

use crate::log::error::{LogError, shown};
use crate::log::meaning::names::known_roles;
use crate::log::meaning::table::Format;
use crate::log::records::layout::Separator;
use crate::log::records::record::Record;

/// Evidence of a second table further down.
#[derive(Default)]
pub(super) struct OtherTable {
    /// Line and fields of the first line of another width, and how it begins.
    first: Option<(u64, usize, String)>,
    /// A line below the first whose width is yet another.
    mixed: bool,
    /// The first line has names of columns.
    named: bool,
    /// Lines of another width.
    lines: u64,
}

impl OtherTable {
    /// Takes a row that is damaged.
    pub(super) fn see(&mut self, record: &Record<'_>) {
        self.lines += 1;
        match &self.first {
            None => {
                let texts: Vec<String> = record
                    .fields()
                    .map(|field| String::from_utf8_lossy(field).into_owned())
                    .collect();
                self.named = known_roles(&texts) > 0;
                self.first = Some((record.line, record.len(), texts.join(",")));
            }
            Some((_, fields, _)) => self.mixed |= *fields != record.len(),
        }
    }

    /// Whether the lines of another width look like a table.
    fn is_table(&self) -> bool {
        !self.mixed && self.lines >= if self.named { 2 } else { 3 }
    }

    /// Refuses a file in which another table begins further down; rows of the first have the expected number of fields.
    pub(super) fn check(&self, file: &str, expected: usize) -> Result<(), LogError> {
        match &self.first {
            Some((line, fields, begins)) if self.is_table() && *fields != expected && *fields > 1 => Err(LogError::SecondTable {
                file: file.to_owned(),
                line: *line,
                fields: *fields,
                expected,
                begins: shown(begins),
            }),
            _ => Ok(()),
        }
    }
}

/// Sentence on a row with other than the expected number of fields.
pub(super) fn wrong_width(record: &Record<'_>, expected: usize, format: &Format) -> String {
    let to = match record.lines {
        1 => String::new(),
        lines => format!(
            " and runs on to line {}, so a quotation mark may be open",
            record.line + lines - 1
        ),
    };
    let fields = if record.len() == 1 { "field" } else { "fields" };
    if let (Format::Delimited { separator, .. }, Some(other)) = (format, other_separator(record, expected)) {
        return format!("it is {} where the file is {}", other.words(), separator.words());
    }
    format!("it has {} {fields} where {expected} are expected{to}", record.len())
}

/// The separator by which a line that is one field would have as many fields as it should.
fn other_separator(record: &Record<'_>, expected: usize) -> Option<Separator> {
    let text = record.field(0);
    let count = |sign: u8| memchr::memchr_iter(sign, text).count();
    (record.len() == 1).then_some(())?;
    [Separator::Comma, Separator::Semicolon, Separator::Tab, Separator::Pipe]
        .into_iter()
        .find(|separator| separator.byte().is_some_and(|sign| count(sign) + 1 == expected))
}
