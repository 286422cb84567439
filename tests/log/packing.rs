//! Packed files, made of what can be read in a review.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::{Compression, GzBuilder};
use parquet::basic::Compression as Codec;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Entries of a folder, by name.
pub fn children(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The bytes of a file, or of what a folder is packed into.
pub fn pack(path: &Path) -> Vec<u8> {
    if path.is_file() {
        return fs::read(path).unwrap();
    }
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => {
            let files = children(path);
            assert_eq!(files.len(), 1, "{} packs one file", path.display());
            gzip(&pack(&files[0]))
        }
        Some("parquet") => parquet(&serde_json::from_slice(&fs::read(path.join("columns.json")).unwrap()).unwrap()),
        Some("zip" | "xlsx") => {
            let mut files = Vec::new();
            list(path, "", &mut files);
            let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
            zip(&files)
        }
        _ => panic!("{} is a folder of no kind", path.display()),
    }
}

fn list(folder: &Path, before: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for path in children(folder) {
        let name = format!("{before}{}", path.file_name().unwrap().to_string_lossy());
        let packed = ["gz", "zip", "parquet"]
            .iter()
            .any(|ending| path.extension().is_some_and(|it| it == *ending));
        if path.is_dir() && !packed {
            list(&path, &format!("{name}/"), files);
        } else {
            files.push((name, pack(&path)));
        }
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A Parquet file out of its schema and the values of its columns: each a row, a list of values a row where the column holds
/// lists.
fn parquet(columns: &Value) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(columns["schema"].as_str().unwrap()).unwrap());
    let codec = match columns["codec"].as_str().unwrap() {
        "snappy" => Codec::SNAPPY,
        "gzip" => Codec::GZIP(Default::default()),
        _ => Codec::UNCOMPRESSED,
    };
    let properties = Arc::new(WriterProperties::builder().set_compression(codec).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for rows in columns["columns"].as_array().unwrap() {
        let (mut values, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows.as_array().unwrap() {
            match row {
                Value::Null => defined.push(0),
                Value::Array(list) => {
                    for (at, value) in list.iter().enumerate() {
                        repeated.push(i16::from(at > 0));
                        defined.push(1);
                        values.push(value);
                    }
                }
                value => {
                    defined.push(1);
                    values.push(value);
                }
            }
        }
        let mut column = group.next_column().unwrap().unwrap();
        let repeated = (!repeated.is_empty()).then_some(repeated.as_slice());
        // Lists are written as `repeated`, all else as `optional`, so that a value that is there has the level 1.
        if values.iter().all(|value| value.is_i64()) {
            let values: Vec<i64> = values.iter().map(|value| value.as_i64().unwrap()).collect();
            column
                .typed::<Int64Type>()
                .write_batch(&values, Some(&defined), repeated)
                .unwrap();
        } else if values.iter().all(|value| value.is_number()) {
            let values: Vec<f64> = values.iter().map(|value| value.as_f64().unwrap()).collect();
            column
                .typed::<DoubleType>()
                .write_batch(&values, Some(&defined), repeated)
                .unwrap();
        } else {
            let values: Vec<ByteArray> = values.iter().map(|value| ByteArray::from(value.as_str().unwrap())).collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&values, Some(&defined), repeated)
                .unwrap();
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// Damages a packed file: `{"cut": 9}` takes the last bytes, `{"behind": "PK..", "at": 8, "xor": 1}` changes one byte so far
/// behind the beginning of the first such text.
pub fn damage(bytes: &mut Vec<u8>, how: &Value) {
    if let Some(count) = how["cut"].as_u64() {
        bytes.truncate(bytes.len() - count as usize);
    }
    if let Some(mark) = how["behind"].as_str() {
        let start = bytes
            .windows(mark.len())
            .position(|window| window == mark.as_bytes())
            .unwrap();
        bytes[start + how["at"].as_u64().unwrap() as usize] ^= how["xor"].as_u64().unwrap() as u8;
    }
}
