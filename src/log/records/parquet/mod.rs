//! Rows of a Parquet file as fields of text, so that everything behind may treat it as a table.
//!
//! In: a source that can be read at any place. Out: names of columns, a sample of rows, and then row after row as a [`Record`],
//! batch by batch, so that the file is never in memory as a whole. Only the columns that are asked for are read and unpacked. A
//! column may hold lists; one of them can be spread, so that a row with a list of items becomes one record an item.
//!
//! The columns are read through the levels and values of the format rather than through rows of the crate `parquet`: those
//! allocate each name for each row, and stop the program where a text is not UTF-8.

mod column;
mod pages;
mod text;

use std::io::Read;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
};
use parquet::file::reader::Length;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::Type;

use crate::log::MAX_COLUMNS;
use crate::log::error::{LogError, shown};
use crate::log::records::parquet::column::Column;
use crate::log::records::parquet::pages::{Pages, SoundPages};
use crate::log::records::record::{BadRecord, Record};
use crate::log::text::source::{Position, SharedSource, failure};

/// Rows that are unpacked at once.
const BATCH_ROWS: u64 = 8192;
/// Entries of lists that are unpacked at once, as far as their mean length in the row group tells.
const BATCH_ENTRIES: u64 = 1024 * 1024;

/// A Parquet file, read from its first row to its last.
pub(crate) struct ParquetRows {
    layout: Layout,
    names: Vec<String>,
    lists: Vec<bool>,
    keep: Vec<bool>,
    spread: Option<usize>,
    parallel: Vec<usize>,
    place: Place,
    /// Number of the last row that was handed over.
    row: u64,
    total: u64,
    /// Where to count what was read, and how many bytes the whole file counts.
    progress: Option<(Position, u64)>,
}

impl ParquetRows {
    /// Opens a file by what its end says about it.
    pub(crate) fn open(file: &str, source: SharedSource) -> Result<Self, LogError> {
        let layout = Layout::new(file, source)?;
        let schema = layout.metadata.file_metadata().schema_descr();
        let mut names = Vec::new();
        for field in schema.root_schema().get_fields() {
            name_leaves(field, field.name(), &mut names);
        }
        let lists: Vec<bool> = schema.columns().iter().map(|column| column.max_rep_level() == 1).collect();
        let groups = layout.metadata.row_groups();
        let total = groups
            .iter()
            .try_fold(0_u64, |sum, group| sum.checked_add(u64::try_from(group.num_rows()).ok()?));
        let total = total.ok_or_else(|| layout.damaged("a number of rows is negative"))?;
        if names.len() != lists.len() || groups.iter().any(|group| group.num_columns() != lists.len()) {
            return Err(layout.damaged("its parts have different columns"));
        }
        if names.len() > MAX_COLUMNS {
            return Err(LogError::Limit {
                file: file.to_owned(),
                line: 1,
                what: "columns",
                limit: MAX_COLUMNS,
            });
        }
        for chunk in groups.iter().flat_map(|group| group.columns()) {
            layout.check(chunk)?;
        }
        if total == 0 {
            return Err(LogError::Empty { file: file.to_owned() });
        }
        Ok(ParquetRows {
            layout,
            keep: vec![true; names.len()],
            names,
            lists,
            spread: None,
            parallel: Vec::new(),
            place: Place::default(),
            row: 0,
            total,
            progress: None,
        })
    }

    /// Reads on as `before` was read; false, and as it was, if the columns are others.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn read_like(&mut self, before: &ParquetRows) -> bool {
        let same = self.names == before.names && self.lists == before.lists;
        if same {
            self.keep.clone_from(&before.keep);
            self.spread = before.spread;
            self.parallel.clone_from(&before.parallel);
        }
        same
    }

    /// Names of the columns, a group's members with a dot.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// For each column whether its values are lists.
    pub(crate) fn lists(&self) -> &[bool] {
        &self.lists
    }

    /// Rows in the file, as it says.
    #[cfg(test)]
    pub(crate) fn total_rows(&self) -> u64 {
        self.total
    }

    /// Counts towards a progress bar from now on: all rows together make `bytes`.
    pub(crate) fn count(&mut self, position: Position, bytes: u64) {
        self.progress = Some((position, bytes));
    }

    /// The first rows with all columns, lists joined with `|`. The reading itself still begins at the first row.
    pub(crate) fn sample(&mut self, rows: usize) -> Result<Vec<Vec<String>>, LogError> {
        let mut place = Place::default();
        let mut sample = Vec::new();
        let everything = vec![true; self.names.len()];
        while sample.len() < rows {
            let batch = self.layout.fill(&mut place, &everything, (rows - sample.len()) as u64)?;
            if batch == 0 {
                break;
            }
            for _ in 0..batch {
                let mut field = Vec::new();
                sample.push(
                    place
                        .open
                        .iter_mut()
                        .map(|column| {
                            field.clear();
                            if let Some(column) = column {
                                column.step();
                                column.join(&mut field);
                            }
                            String::from_utf8_lossy(&field).into_owned()
                        })
                        .collect(),
                );
            }
        }
        Ok(sample)
    }

    /// Reads only these columns from now on; the others are empty fields. The lists of the column `spread` become one record
    /// an entry, and those of the columns `parallel`, which must be as long, go with them entry by entry.
    pub(crate) fn project(&mut self, keep: &[bool], spread: Option<usize>, parallel: Vec<usize>) {
        let is_list = |at: &usize| self.lists.get(*at).copied().unwrap_or(false);
        self.spread = spread.filter(is_list);
        self.parallel = match self.spread {
            Some(main) => parallel.into_iter().filter(|at| is_list(at) && *at != main).collect(),
            None => Vec::new(),
        };
        self.keep = (0..self.names.len())
            .map(|at| keep.get(at).copied().unwrap_or(false) || self.spread == Some(at) || self.parallel.contains(&at))
            .collect();
        self.place = Place::default();
        self.row = 0;
    }

    /// Hands over up to `rows` rows; false at the end. A record's line is the number of its row.
    pub(crate) fn next_rows<F>(&mut self, rows: usize, mut sink: F) -> Result<bool, LogError>
    where
        F: FnMut(Result<Record<'_>, BadRecord>) -> Result<(), LogError>,
    {
        let batch = self.layout.fill(&mut self.place, &self.keep, rows as u64)?;
        let before = self.row;
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        let (mut joined, mut shared) = (Vec::new(), Vec::new());
        for _ in 0..batch {
            self.row += 1;
            for column in self.place.open.iter_mut().flatten() {
                column.step();
            }
            let entries = match self.spread {
                Some(main) => match self.spread_length(main) {
                    Ok(length) => length,
                    Err(bad) => {
                        sink(Err(bad))?;
                        continue;
                    }
                },
                None => 1,
            };
            // What all records of the row share is joined once.
            joined.clear();
            shared.clear();
            for (at, column) in self.place.open.iter().enumerate() {
                let start = joined.len();
                let spread = self.spread == Some(at) || self.parallel.contains(&at);
                let valid = spread || column.as_ref().is_none_or(|column| column.join(&mut joined));
                shared.push((start..joined.len(), valid));
            }
            for entry in 0..entries {
                bytes.clear();
                ends.clear();
                let mut wrong = None;
                for (at, column) in self.place.open.iter().enumerate() {
                    if let Some(column) = column {
                        let spread = self.spread == Some(at) || self.parallel.contains(&at);
                        let (range, valid) = shared[at].clone();
                        bytes.extend_from_slice(&joined[range]);
                        let put = if spread { column.put(entry, &mut bytes) } else { valid };
                        if !put {
                            wrong = wrong.or(Some(at));
                        }
                    }
                    ends.push(bytes.len());
                }
                match wrong {
                    None => sink(Ok(Record::new(self.row, 1, &bytes, &ends)))?,
                    Some(at) => sink(Err(BadRecord {
                        line: self.row,
                        lines: 1,
                        why: format!("column {} ({}) is not valid UTF-8", at + 1, shown(&self.names[at])),
                    }))?,
                }
            }
        }
        if let Some((position, whole)) = &self.progress {
            // Differences of rounded sums, so that all of them together make the whole.
            let share = |rows: u64| (u128::from(*whole) * u128::from(rows) / u128::from(self.total.max(1))) as u64;
            position.add(share(self.row) - share(before));
        }
        Ok(batch > 0)
    }

    /// How many records a row makes, or that its lists do not fit together. Such a row is as many bad lines as it had entries,
    /// since so many interactions are lost with it.
    fn spread_length(&self, main: usize) -> Result<usize, BadRecord> {
        let length = |at: usize| self.place.open.get(at).and_then(Option::as_ref).map_or(0, Column::length);
        let expected = length(main);
        match self.parallel.iter().find(|&&at| length(at) != expected) {
            None => Ok(expected),
            Some(&other) => Err(BadRecord {
                line: self.row,
                lines: expected.max(length(other)).max(1) as u64,
                why: format!(
                    "the lists of {} and {} have {expected} and {} entries",
                    shown(&self.names[main]),
                    shown(&self.names[other]),
                    length(other)
                ),
            }),
        }
    }
}

/// The names of the leaves below a field. What only makes a list of it (`list.element`) is left out.
fn name_leaves(node: &Type, name: &str, names: &mut Vec<String>) {
    if node.is_primitive() {
        names.push(name.to_owned());
        return;
    }
    let info = node.get_basic_info();
    let is_list = info.converted_type() == ConvertedType::LIST || matches!(info.logical_type_ref(), Some(LogicalType::List));
    if let ([entries], true) = (node.get_fields(), is_list) {
        // Writers that know no wrapper around an entry are told by these names, as the format's rules say.
        let direct = entries.is_primitive()
            || entries.get_fields().len() != 1
            || entries.name() == "array"
            || entries.name() == format!("{}_tuple", node.name());
        match entries.is_group().then(|| entries.get_fields()) {
            Some([entry]) if !direct => name_leaves(entry, name, names),
            _ => name_leaves(entries, name, names),
        }
        return;
    }
    for field in node.get_fields() {
        name_leaves(field, &format!("{name}.{}", field.name()), names);
    }
}

/// Constant parts of a file: its name, pages and metadata.
struct Layout {
    file: String,
    pages: Arc<Pages>,
    metadata: ParquetMetaData,
}

impl Layout {
    fn new(file: &str, source: SharedSource) -> Result<Self, LogError> {
        let broken = |why: &str| LogError::ParquetDamaged {
            file: file.to_owned(),
            why: why.to_owned(),
        };
        let length = source.length();
        let mut tail = [0; 8];
        let at = length.checked_sub(12).ok_or_else(|| broken("it is too short"))? + 4;
        let told = source.stretch(at, length).read_exact(&mut tail);
        told.map_err(|error| failure(file, &error))?;
        if tail.ends_with(b"PARE") {
            return Err(LogError::OtherKind {
                file: file.to_owned(),
                what: "an encrypted Parquet file",
                advice: "write it without encryption, or convert it to CSV",
            });
        }
        if !tail.ends_with(b"PAR1") {
            return Err(broken("its end is missing"));
        }
        let size = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        let start = at.checked_sub(size).ok_or_else(|| broken("its end is missing"))?;
        let mut footer = Vec::new();
        let told = source.stretch(start, at).read_to_end(&mut footer);
        told.map_err(|error| failure(file, &error))?;
        let mut options = ParquetMetaDataOptions::default();
        options.set_column_stats_policy(ParquetStatisticsPolicy::SkipAll);
        let metadata = ParquetMetaDataReader::decode_metadata_with_options(&footer, Some(&options));
        Ok(Layout {
            metadata: metadata.map_err(|error| sentence(file, error))?,
            file: file.to_owned(),
            pages: Arc::new(Pages(source)),
        })
    }

    fn damaged(&self, why: &str) -> LogError {
        LogError::ParquetDamaged {
            file: self.file.clone(),
            why: why.to_owned(),
        }
    }

    /// Refuses a column whose place or packing cannot be.
    fn check(&self, chunk: &ColumnChunkMetaData) -> Result<(), LogError> {
        let codec = match chunk.compression() {
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => None,
            Compression::LZ4 | Compression::LZ4_RAW => None,
            Compression::ZSTD(_) => Some("zstd"),
            Compression::BROTLI(_) => Some("brotli"),
            Compression::LZO => Some("LZO"),
        };
        if let Some(codec) = codec {
            return Err(LogError::ParquetCodec {
                file: self.file.clone(),
                codec,
            });
        }
        let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
        let end = start.checked_add(chunk.compressed_size());
        let inside = end.is_some_and(|end| start >= 0 && end >= start && end as u64 <= self.pages.len());
        if inside && chunk.num_values() >= 0 {
            Ok(())
        } else {
            Err(self.damaged("a column lies outside of the file"))
        }
    }

    /// Unpacks the next rows of the columns that are kept, and tells how many; none at the end.
    fn fill(&self, place: &mut Place, keep: &[bool], rows: u64) -> Result<u64, LogError> {
        while place.left == 0 {
            let Some(group) = self.metadata.row_groups().get(place.group) else {
                return Ok(0);
            };
            let rows = group.num_rows().max(0) as u64;
            place.open.clear();
            place.batch = BATCH_ROWS;
            for (at, chunk) in group.columns().iter().enumerate() {
                // Lists of lists have no meaning here.
                let wanted = keep.get(at) == Some(&true) && chunk.column_descr().max_rep_level() <= 1;
                place.open.push(if wanted { Some(self.column(chunk, rows)?) } else { None });
                if wanted && chunk.column_descr().max_rep_level() > 0 {
                    let mean = chunk.num_values().max(1) as u64 / rows.max(1);
                    place.batch = place.batch.min(BATCH_ENTRIES / mean.max(1)).max(1);
                }
            }
            place.left = rows;
            place.group += 1;
        }
        let batch = rows.min(place.left).min(place.batch);
        for column in place.open.iter_mut().flatten() {
            column.fill(batch as usize).map_err(|error| sentence(&self.file, error))?;
        }
        place.left -= batch;
        Ok(batch)
    }

    fn column(&self, chunk: &ColumnChunkMetaData, rows: u64) -> Result<Column, LogError> {
        let told = |error| sentence(&self.file, error);
        let rows = usize::try_from(rows).map_err(|_| self.damaged("a row group is too long"))?;
        let pages = SerializedPageReader::new(Arc::clone(&self.pages), chunk, rows, None).map_err(told)?;
        let shape = chunk.column_descr_ptr();
        Ok(Column::new(&shape, SoundPages::new(pages, chunk.column_descr_ptr())))
    }
}

/// One sentence out of an error of the crate.
fn sentence(file: &str, error: ParquetError) -> LogError {
    let why = match &error {
        ParquetError::External(inner) => match inner.downcast_ref::<std::io::Error>() {
            Some(inner) if inner.get_ref().is_some_and(|inner| inner.is::<LogError>()) => return failure(file, inner),
            _ => inner.to_string(),
        },
        ParquetError::General(why) | ParquetError::NYI(why) | ParquetError::EOF(why) => why.clone(),
        other => other.to_string(),
    };
    let why: String = why.chars().filter(|c| !c.is_control()).take(120).collect();
    LogError::ParquetDamaged {
        file: file.to_owned(),
        why: why.trim_end_matches('.').to_owned(),
    }
}

/// How far the reading is.
#[derive(Default)]
struct Place {
    /// The next row group.
    group: usize,
    /// Rows of the current one that are still to come.
    left: u64,
    /// Rows of the current one that are unpacked at once.
    batch: u64,
    /// The columns of the current one, where they are kept.
    open: Vec<Option<Column>>,
}

#[cfg(test)]
mod tests;
