//! Files of lists: CSV, JSON Lines and Parquet.
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
use crate::parquet_columns::whole;
use crate::progress::Progress;

/// Rows of a group of a Parquet file.
const GROUP_ROWS: usize = 1 << 18;

/// Lists to make.
pub struct Task<'a> {
    pub run: &'a Run,
    pub users: &'a [u32],
    pub options: &'a ListOptions,
}

/// How lists are written.
#[derive(Clone, Copy)]
pub enum Format {
    Text(ListFormat),
    Parquet,
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
            _ => Err(Failure::Input(format!(
                "{} names no format that can be written; end the name in .csv, .jsonl or .parquet.",
                out.display()
            ))),
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
                    lists.iter().try_for_each(|list| format.write(data, list, &mut out))
                })
            }
            Self::Parquet => parquet_of(task, meter, out).map_err(io::Error::other),
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
            &rows().map(|(user, ..)| text(&data.users[user as usize])).collect::<Vec<_>>(),
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
