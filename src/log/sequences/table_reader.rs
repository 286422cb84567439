//! Reads a log of text with columns.
//!
//! In: a sniffed table with the roles of its columns, and the file's bytes. Out: a [`RawLog`].

use crate::log::error::LogError;
use crate::log::meaning::mapping::Preview;
use crate::log::meaning::roles::LogRoles;
use crate::log::meaning::table::{Format, Table};
use crate::log::records::cutter::Records;
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::rows::{Rows, Spread};

/// A cutter and what takes its rows.
pub(crate) struct TableReader {
    records: Records,
    rows: Rows,
}

impl TableReader {
    pub(crate) fn new(file: &str, table: Table, roles: LogRoles, preview: Preview) -> Option<Self> {
        let records = match table.format {
            Format::Delimited { separator, quoting } => {
                let fields = table.columns - usize::from(table.blocks);
                Some(Records::delimited(file, separator, quoting).of_width(fields))
            }
            Format::Json(ref layout) => {
                let Spread { list, beside } = Spread::of(&table, &roles.roles);
                let keys = table.header.clone().unwrap_or_default();
                Some(Records::json(file, layout, keys, list, beside))
            }
            // Its rows do not come out of text.
            Format::Parquet => None,
        }?;
        Some(TableReader {
            records,
            rows: Rows::new(file, table, roles, preview),
        })
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let TableReader { records, rows } = self;
        records.push(chunk, |piece| rows.take(piece))
    }

    pub(crate) fn finish(mut self) -> Result<RawLog, LogError> {
        let TableReader { records, rows } = &mut self;
        records.finish(|piece| rows.take(piece))?;
        self.rows.finish()
    }
}
