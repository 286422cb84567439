//! The shapes that a file can have, as they are found out from its first bytes.

use crate::log::records::json::frame::JsonLayout;
use crate::log::records::layout::Separator;

/// How a table is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Delimited {
        separator: Separator,
        /// Whether quotation marks enclose fields.
        quoting: bool,
    },
    Json(JsonLayout),
    Parquet,
}

/// A file with columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) format: Format,
    /// The names, where there are any: on the first line, as keys, or in the schema.
    pub(crate) header: Option<Vec<String>>,
    /// Fields of most lines.
    pub(crate) columns: usize,
    /// Which columns hold lists; empty where no format of this kind can.
    pub(crate) lists: Vec<bool>,
    /// Lines under the header, as far as the sample goes.
    pub(crate) rows: Vec<Vec<String>>,
    /// Records above the header, or above the data: a title, a date of export.
    pub(crate) above: usize,
    /// Blocks of lines stand below a line with their item and a colon; the last column is that item.
    pub(crate) blocks: bool,
}

/// Shape of a file.
#[derive(Debug)]
pub(crate) enum Shape {
    Table(Table),
    /// One user a line: the user, then the items.
    Sequences,
    OneColumn,
    /// JSON that cannot be read from its first value on.
    BadJson {
        line: u64,
        why: String,
    },
    Ragged {
        separator: Separator,
        least: usize,
        most: usize,
    },
}

impl Table {
    /// The values of a column, as far as the sample goes.
    pub(crate) fn column(&self, at: usize) -> impl Iterator<Item = &str> + Clone {
        self.rows.iter().filter_map(move |row| row.get(at)).map(String::as_str)
    }

    /// The values of a column, the elements of lists one by one.
    pub(crate) fn elements(&self, at: usize) -> Vec<&str> {
        match self.is_list(at) {
            true => self.column(at).flat_map(|cell| cell.split('|')).collect(),
            false => self.column(at).collect(),
        }
    }

    /// Whether a column holds lists, as far as the format knows.
    pub(crate) fn is_list(&self, at: usize) -> bool {
        self.lists.get(at) == Some(&true)
    }
}
