//! Files of lists: CSV, JSON Lines, Parquet and spreadsheets.
//!
//! In: a run, users and where to write. Out: the lists as they come, some users at a time, with progress; and what they came to.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use contrastvae::evaluate::BeyondAccuracyMeter;
use contrastvae::run::{ListFormat, ListOptions, RankedList, Run};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use pollster::block_on;

use crate::failure::Failure;
use crate::parquet_columns::{io_error, whole};
use crate::progress::Progress;
use crate::sheet_file::{Rows, Sheet};

/// Rows of a group of a Parquet file.
const GROUP_ROWS: usize = 1 << 18;
/// Rows that a sheet of Excel holds beside the header.
const SHEET_ROWS: usize = (1 << 20) - 1;

/// Lists to make.
pub struct Task<'a> {
    pub run: &'a Run,
    pub users: &'a [u32],
    /// Name of each user of the log in the file.
    pub names: &'a [String],
    pub options: &'a ListOptions,
}

/// How lists are written.
#[derive(Clone, Copy)]
pub enum Format {
    Text(ListFormat),
    Parquet,
    Spreadsheet,
}

impl Format {
    pub fn of(out: &Path) -> Result<Self, Failure> {
        if out == Path::new("-") {
            return Ok(Self::Text(ListFormat::Csv));
        }
        match out.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Text(ListFormat::Csv)),
            Some("jsonl" | "ndjson") => Ok(Self::Text(ListFormat::Jsonl)),
            Some("parquet") => Ok(Self::Parquet),
            Some("xlsx") => Ok(Self::Spreadsheet),
            _ => Err(Failure::Input(format!(
                "{} names no format that can be written; end the name in .csv, .jsonl, .parquet or .xlsx.",
                out.display()
            ))),
        }
    }

    /// Error if so many lists of so many items at most may not fit into a file of the format.
    pub fn check(self, users: usize, items: usize) -> Result<(), Failure> {
        match (self, users.saturating_mul(items)) {
            (Self::Spreadsheet, rows) if rows > SHEET_ROWS => Err(Failure::Input(format!(
                "{users} lists of {items} items are {rows} rows, and a spreadsheet holds {SHEET_ROWS}; end the name in .csv or .parquet, or ask for \
                 fewer with -k or --users."
            ))),
            _ => Ok(()),
        }
    }

    /// Writes the lists as they come, and takes them into the measures; the number of lines.
    pub fn write(self, task: &Task<'_>, meter: &mut BeyondAccuracyMeter, out: &mut (dyn Write + Send)) -> io::Result<usize> {
        match self {
            Self::Text(format) => {
                let mut out = out;
                format.begin(&mut out)?;
                let data = task.run.data();
                task.each(meter, |lists| {
                    lists
                        .iter()
                        .try_for_each(|list| format.write(data, task.names, list, &mut out))
                })
            }
            Self::Parquet => parquet_of(task, meter, out).map_err(io_error),
            Self::Spreadsheet => spreadsheet_of(task, meter, out),
        }
    }
}

impl Task<'_> {
    /// Hands on the lists, some users at a time, with progress; the number of their lines.
    fn each<E: From<io::Error>>(
        &self,
        meter: &mut BeyondAccuracyMeter,
        mut take: impl FnMut(&[RankedList]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let progress = Progress::of_steps("Lists", self.users.len() as u64);
        let mut lists = self.run.lists(self.users.to_vec(), self.options.clone());
        let mut rows = 0;
        loop {
            let some = block_on(lists.advance(self.run)).map_err(|error| io::Error::other(error.to_string()))?;
            if some.is_empty() {
                return Ok(rows);
            }
            for list in &some {
                rows += list.items.len();
                meter.add(list.items.iter().map(|&(item, _)| item));
            }
            take(&some)?;
            progress.set(lists.progress().0 as u64);
        }
    }
}

fn parquet_of(task: &Task<'_>, meter: &mut BeyondAccuracyMeter, out: &mut (dyn Write + Send)) -> Result<usize, ParquetError> {
    let schema = "message lists { required binary user (UTF8); required int32 rank; required binary item (UTF8); \
                  required binary title (UTF8); required float score; }";
    let schema = Arc::new(parse_message_type(schema)?);
    let properties = WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY);
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()))?;
    let mut held: Vec<RankedList> = Vec::new();
    let mut group = |held: &mut Vec<RankedList>| -> Result<(), ParquetError> {
        let data = task.run.data();
        let rows = || {
            let lines = |list: &RankedList| {
                (1..)
                    .zip(list.items.clone())
                    .map(|(rank, line)| (list.user, rank, line))
                    .collect::<Vec<_>>()
            };
            held.iter().flat_map(lines)
        };
        let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        let mut group = writer.next_row_group()?;
        whole::<ByteArrayType>(
            &mut group,
            &rows().map(|(user, ..)| text(&task.names[user as usize])).collect::<Vec<_>>(),
        )?;
        whole::<Int32Type>(&mut group, &rows().map(|(_, rank, _)| rank).collect::<Vec<_>>())?;
        whole::<ByteArrayType>(
            &mut group,
            &rows()
                .map(|(.., (item, _))| text(&data.items[item as usize].id))
                .collect::<Vec<_>>(),
        )?;
        whole::<ByteArrayType>(
            &mut group,
            &rows().map(|(.., (item, _))| text(data.title(item))).collect::<Vec<_>>(),
        )?;
        whole::<FloatType>(&mut group, &rows().map(|(.., (_, score))| score).collect::<Vec<_>>())?;
        group.close()?;
        held.clear();
        Ok(())
    };
    let k = task.options.k.max(1);
    let rows = task.each(meter, |lists| -> Result<(), ParquetError> {
        held.extend_from_slice(lists);
        if held.len() * k >= GROUP_ROWS {
            group(&mut held)
        } else {
            Ok(())
        }
    })?;
    if !held.is_empty() {
        group(&mut held)?;
    }
    writer.close()?;
    Ok(rows)
}

fn spreadsheet_of(task: &Task<'_>, meter: &mut BeyondAccuracyMeter, out: &mut (dyn Write + Send)) -> io::Result<usize> {
    let data = task.run.data();
    let mut sheet = Sheet::begin(out, &ListFormat::FIELDS)?;
    let rows = task.each(meter, |lists| -> io::Result<()> {
        let mut rows = Rows::default();
        for list in lists {
            for (rank, &(item, score)) in (1u32..).zip(&list.items) {
                rows.row(|row| {
                    row.text(&task.names[list.user as usize]);
                    row.number(rank);
                    row.text(&data.items[item as usize].id);
                    row.text(data.title(item));
                    row.number(score);
                });
            }
        }
        sheet.add(&rows)
    })?;
    sheet.finish()?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_that_would_not_fit_is_refused_beforehand() {
        assert!(Format::Spreadsheet.check(104_857, 10).is_ok());
        assert!(Format::Spreadsheet.check(1_048_575, 1).is_ok());
        let Err(Failure::Input(told)) = Format::Spreadsheet.check(104_858, 10) else {
            panic!("a row too many");
        };
        assert!(
            told.starts_with("104858 lists of 10 items are 1048580 rows, and a spreadsheet holds 1048575;"),
            "{told}"
        );
        assert!(Format::Parquet.check(104_858, 10).is_ok());
    }
}
