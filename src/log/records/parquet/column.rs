//! One column of a Parquet file, a batch of its rows at a time.
//!
//! In: the pages of a column in one row group. Out: row after row, the entries of its list (one, where the column has no lists) as
//! text. Definition and repetition levels are taken apart here, and the types of the format met.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{AsBytes, ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use crate::log::records::parquet::pages::SoundPages;
use crate::log::records::parquet::text::{Form, integer, moment, text, write};

/// Bytes of a list that is written as one text, such as genres, after which no entry is added.
const MAX_JOINED_BYTES: usize = 4096;

/// One column of a row group with a batch of its values.
pub(super) struct Column {
    /// The definition level of a value that is there; a level below is a null.
    most: i16,
    /// The definition level from which on a list has entries.
    inside: i16,
    is_list: bool,
    defined: Vec<i16>,
    repeated: Vec<i16>,
    /// The next level and the next value.
    level: usize,
    value: usize,
    /// The current row: for each entry (one, where the column has no lists) its value, or none for a null.
    entries: Vec<Option<usize>>,
    values: Box<dyn Values>,
}

impl Column {
    pub(super) fn new(shape: &ColumnDescPtr, pages: SoundPages) -> Self {
        Column {
            most: shape.max_def_level(),
            inside: shape.repeated_ancestor_def_level(),
            is_list: shape.max_rep_level() > 0,
            defined: Vec::new(),
            repeated: Vec::new(),
            level: 0,
            value: 0,
            entries: Vec::new(),
            values: values_of(get_column_reader(shape.clone(), Box::new(pages)), Form::of(shape)),
        }
    }

    /// Reads the next rows; they are a batch.
    pub(super) fn fill(&mut self, rows: usize) -> Result<(), ParquetError> {
        (self.level, self.value) = (0, 0);
        self.defined.clear();
        self.repeated.clear();
        let read = self.values.fill(rows, &mut self.defined, &mut self.repeated)?;
        if read == rows {
            Ok(())
        } else {
            Err(ParquetError::EOF("a column has fewer rows than the file".to_owned()))
        }
    }

    /// Goes to the next row of the batch.
    pub(super) fn step(&mut self) {
        self.entries.clear();
        loop {
            let defined = self.defined.get(self.level).copied().unwrap_or(self.most);
            self.level += 1;
            if defined == self.most {
                self.entries.push(Some(self.value));
                self.value += 1;
            } else if !self.is_list || defined >= self.inside {
                self.entries.push(None);
            }
            // A repetition level above zero goes on with the row.
            if !self.is_list || self.repeated.get(self.level).is_none_or(|&level| level == 0) {
                return;
            }
        }
    }

    /// Number of entries of the current row.
    pub(super) fn length(&self) -> usize {
        self.entries.len()
    }

    /// Writes one entry of the current row; false where it is not valid UTF-8.
    pub(super) fn put(&self, entry: usize, out: &mut Vec<u8>) -> bool {
        match self.entries.get(entry) {
            Some(Some(value)) => self.values.put(*value, out),
            _ => true,
        }
    }

    /// Writes all entries of the current row with `|` between them.
    pub(super) fn join(&self, out: &mut Vec<u8>) -> bool {
        let (mut valid, start) = (true, out.len());
        for entry in 0..self.entries.len() {
            // A few bytes may stand for any number of long texts, once for each entry of a list that is spread.
            if out.len() - start > MAX_JOINED_BYTES {
                break;
            }
            if entry > 0 {
                out.push(b'|');
            }
            valid &= self.put(entry, out);
        }
        valid
    }
}

/// A batch of values of one type.
trait Values: Send {
    /// Reads whole rows, and tells how many.
    fn fill(&mut self, rows: usize, defined: &mut Vec<i16>, repeated: &mut Vec<i16>) -> Result<usize, ParquetError>;
    /// Writes a value as text; false where it is not valid UTF-8.
    fn put(&self, at: usize, out: &mut Vec<u8>) -> bool;
}

struct Typed<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    form: Form,
    write: fn(&T::T, Form, &mut Vec<u8>) -> bool,
}

impl<T: DataType> Values for Typed<T> {
    fn fill(&mut self, rows: usize, defined: &mut Vec<i16>, repeated: &mut Vec<i16>) -> Result<usize, ParquetError> {
        self.values.clear();
        let (read, _, _) = self
            .reader
            .read_records(rows, Some(defined), Some(repeated), &mut self.values)?;
        Ok(read)
    }

    fn put(&self, at: usize, out: &mut Vec<u8>) -> bool {
        self.values.get(at).is_none_or(|value| (self.write)(value, self.form, out))
    }
}

fn values_of(reader: ColumnReader, form: Form) -> Box<dyn Values> {
    fn typed<T: DataType>(
        reader: ColumnReaderImpl<T>,
        form: Form,
        write: fn(&T::T, Form, &mut Vec<u8>) -> bool,
    ) -> Box<dyn Values> {
        Box::new(Typed {
            reader,
            values: Vec::new(),
            form,
            write,
        })
    }
    match reader {
        ColumnReader::BoolColumnReader(reader) => typed(reader, form, |value, _, out| write(out, format_args!("{value}"))),
        ColumnReader::Int32ColumnReader(reader) => typed(reader, form, |value, form, out| match form {
            Form::Unsigned => integer(u32::from_ne_bytes(value.to_ne_bytes()).into(), Form::Plain, out),
            form => integer((*value).into(), form, out),
        }),
        ColumnReader::Int64ColumnReader(reader) => typed(reader, form, |value, form, out| match form {
            Form::Unsigned => write(out, format_args!("{}", u64::from_ne_bytes(value.to_ne_bytes()))),
            form => integer(*value, form, out),
        }),
        ColumnReader::Int96ColumnReader(reader) => typed(reader, form, |value: &Int96, _, out| {
            // Nanoseconds of the day in the first two words, then the Julian day.
            let [low, high, day] = [0, 1, 2].map(|at| value.data().get(at).copied().unwrap_or(0));
            let nanoseconds = i128::from(high) << 32 | i128::from(low);
            let days = i128::from(day) - 2_440_588;
            moment(days * 86_400_000_000_000 + nanoseconds, 1_000_000_000, out)
        }),
        ColumnReader::FloatColumnReader(reader) => typed(reader, form, |value, _, out| {
            // "Not a number" is how data frames write that nothing is there.
            value.is_nan() || write(out, format_args!("{value}"))
        }),
        ColumnReader::DoubleColumnReader(reader) => typed(reader, form, |value, _, out| {
            value.is_nan() || write(out, format_args!("{value}"))
        }),
        ColumnReader::ByteArrayColumnReader(reader) => {
            typed(reader, form, |value: &ByteArray, form, out| text(value.as_bytes(), form, out))
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => typed(reader, form, |value: &FixedLenByteArray, form, out| {
            text(value.as_bytes(), form, out)
        }),
    }
}
