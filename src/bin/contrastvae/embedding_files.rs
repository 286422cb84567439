//! A matrix of latents, and what each of its rows is, as files that other programs read.
//!
//! In: the values, columns about the rows, a path. Out: by the ending of the path
//! - `.tsv`: the vectors without a header, as the Embedding Projector of TensorFlow takes them;
//! - `.npy`: NumPy's own format, version 1.0, little-endian 32-bit floats in rows;
//! - `.parquet`: one table, the columns first, then `x` and `y`, the first two principal components (which a part leaves out), and the vector as
//!   a list of floats last.
//!
//! Beside `.tsv` and `.npy` stands `NAME.metadata.tsv` with the columns, a header first, one line a row of the matrix. Files are
//! written under temporary names and take their places together when all are whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contrastvae::latent::Projector;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::failure::Failure;
use crate::parquet_columns::{io_error, whole};
use crate::whole_file::WholeFile;

/// Rows of a row group: what a reader holds at once.
const ROWS_OF_A_GROUP: usize = 16_384;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Tsv,
    Npy,
    Parquet,
}

impl Format {
    /// By the ending of the name.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match ending.as_str() {
            "tsv" => Ok(Format::Tsv),
            "npy" => Ok(Format::Npy),
            "parquet" => Ok(Format::Parquet),
            _ => Err(Failure::Input(format!(
                "{} names no format that can be written; end the name in .tsv (Embedding Projector), .npy (NumPy) or .parquet.",
                path.display()
            ))),
        }
    }
}

/// A matrix with columns about its rows.
pub struct Table {
    /// Row-major.
    pub values: Vec<f32>,
    /// Width of a row.
    pub dimensions: usize,
    /// Whether a table of Parquet has a place on a plane for each row.
    pub points: bool,
    /// As long as there are rows, each.
    pub columns: Vec<Column>,
}

/// Something about each row.
pub struct Column {
    pub name: &'static str,
    pub cells: Cells,
}

/// The cells of a column.
pub enum Cells {
    Text(Vec<String>),
    Count(Vec<u32>),
}

impl Cells {
    /// A cell as a field of a line: whatever would break the line becomes a space.
    fn field(&self, row: usize) -> String {
        match self {
            Cells::Text(cells) => cells[row].replace(char::is_control, " "),
            Cells::Count(cells) => cells[row].to_string(),
        }
    }
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// Writes it to `path` in the format of its ending; the paths of what was written.
    pub fn write(&self, path: &Path) -> Result<Vec<PathBuf>, Failure> {
        let format = Format::of(path)?;
        let beside = path.with_extension("metadata.tsv");
        let mut paths = vec![path.to_owned()];
        let written = || -> io::Result<()> {
            let vectors = WholeFile::write(path, |file| match format {
                Format::Tsv => self.write_tsv(file),
                Format::Npy => self.write_npy(file),
                Format::Parquet => self.write_parquet(file).map_err(io_error),
            })?;
            if format != Format::Parquet {
                let metadata = WholeFile::write(&beside, |file| self.write_metadata(file))?;
                metadata.keep()?;
            }
            vectors.keep()
        };
        written().map_err(|error| {
            Failure::Other(format!(
                "The latents cannot be written to {}: {error}; choose another place with --out.",
                path.display()
            ))
        })?;
        if format != Format::Parquet {
            paths.push(beside);
        }
        Ok(paths)
    }

    fn write_tsv(&self, file: &mut BufWriter<File>) -> io::Result<()> {
        for row in self.values.chunks_exact(self.dimensions) {
            for (at, value) in row.iter().enumerate() {
                // The shortest text that reads back as the same float.
                write!(file, "{}{value}", if at > 0 { "\t" } else { "" })?;
            }
            writeln!(file)?;
        }
        Ok(())
    }

    fn write_metadata(&self, file: &mut BufWriter<File>) -> io::Result<()> {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        writeln!(file, "{}", names.join("\t"))?;
        for row in 0..self.rows() {
            let fields: Vec<String> = self.columns.iter().map(|column| column.cells.field(row)).collect();
            writeln!(file, "{}", fields.join("\t"))?;
        }
        Ok(())
    }

    /// The format is described in NumPy's `numpy.lib.format`.
    fn write_npy(&self, file: &mut BufWriter<File>) -> io::Result<()> {
        let mut header = format!(
            "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}",
            self.rows(),
            self.dimensions
        );
        // Ten bytes stand before the header; with its line end all of it is a multiple of 64.
        let padding = 63 - (10 + header.len()) % 64;
        header += &" ".repeat(padding);
        header.push('\n');
        file.write_all(b"\x93NUMPY\x01\x00")?;
        file.write_all(&(header.len() as u16).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        for value in &self.values {
            file.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    }

    fn write_parquet(&self, file: &mut BufWriter<File>) -> Result<(), ParquetError> {
        let mut message = String::from("message latents {\n");
        for Column { name, cells } in &self.columns {
            message += &match cells {
                Cells::Text(_) => format!("required binary {name} (STRING);\n"),
                Cells::Count(_) => format!("required int64 {name};\n"),
            };
        }
        if self.points {
            message += "required float x;\nrequired float y;\n";
        }
        message += "required group vector (LIST) { repeated group list { required float element; } }\n}";
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut writer = SerializedFileWriter::new(file, Arc::new(parse_message_type(&message)?), Arc::new(properties))?;
        // As on the map: programs that draw a table of points need a place for each.
        let points = match self.points {
            true => Projector::default().project(&self.values, self.dimensions).points,
            false => Vec::new(),
        };
        for first in (0..self.rows()).step_by(ROWS_OF_A_GROUP) {
            let rows = first..(first + ROWS_OF_A_GROUP).min(self.rows());
            let mut group = writer.next_row_group()?;
            for Column { cells, .. } in &self.columns {
                let Some(mut column) = group.next_column()? else { break };
                match cells {
                    Cells::Text(cells) => {
                        let texts: Vec<ByteArray> = cells[rows.clone()].iter().map(|text| text.as_str().into()).collect();
                        column.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
                    }
                    Cells::Count(cells) => {
                        let counts: Vec<i64> = cells[rows.clone()].iter().map(|&count| i64::from(count)).collect();
                        column.typed::<Int64Type>().write_batch(&counts, None, None)?;
                    }
                }
                column.close()?;
            }
            for axis in 0..if self.points { 2 } else { 0 } {
                let places: Vec<f32> = points[2 * rows.start..2 * rows.end]
                    .iter()
                    .copied()
                    .skip(axis)
                    .step_by(2)
                    .collect();
                whole::<FloatType>(&mut group, &places)?;
            }
            if let Some(mut column) = group.next_column()? {
                let values = &self.values[rows.start * self.dimensions..rows.end * self.dimensions];
                // Each element is there (1), and continues the list of its row (1) unless it is the first of it (0).
                let there = vec![1i16; values.len()];
                let continues: Vec<i16> = (0..values.len()).map(|at| i16::from(at % self.dimensions > 0)).collect();
                column
                    .typed::<FloatType>()
                    .write_batch(values, Some(&there), Some(&continues))?;
                column.close()?;
            }
            group.close()?;
        }
        writer.close()?;
        Ok(())
    }
}
