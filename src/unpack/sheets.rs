//! Spreadsheets: what Excel and LibreOffice write.
//!
//! In: the bytes of a workbook. Out: its sheets as CSV, each a file of a zip archive, in their order. Values are written as they are
//! stored, not as they are shown: numbers with all their digits, moments as ISO 8601.

use std::io::{Cursor, Read, Seek, Write};

use calamine::{Data, DataType, ExcelDateTime, Ods, OdsError, Reader, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, ZipArchive};

/// Most bytes of a workbook's parts, unpacked: its cells take several times as much memory.
const MOST_BYTES: u64 = 1 << 30;
/// The container of Excel's older workbooks, and of those with a password.
const OLE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Why no sheets come of a workbook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// It asks for a password.
    Password,
    /// It is larger than can be held.
    Large,
    /// It is no workbook that is known, or damaged.
    Damaged,
    /// No sheet has a cell.
    Empty,
}

impl Refused {
    /// A word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Large => "large",
            Self::Damaged => "damaged",
            Self::Empty => "empty",
        }
    }
}

/// Whether a file is a workbook, by its first bytes and, of a zip archive, by the names in it.
pub fn is_spreadsheet<R: Read + Seek>(mut file: R) -> bool {
    let mut head = [0; 8];
    if file.read_exact(&mut head).is_err() {
        return false;
    }
    head == OLE || head.starts_with(b"PK\x03\x04") && ZipArchive::new(file).is_ok_and(|archive| is_workbook(&archive))
}

fn is_workbook<R: Read + Seek>(archive: &ZipArchive<R>) -> bool {
    let holds = |name: &str| archive.index_for_name(name).is_some();
    is_of_excel(archive) || holds("content.xml") && holds("META-INF/manifest.xml")
}

/// Some programs number the part that names the sheets.
fn is_of_excel<R: Read + Seek>(archive: &ZipArchive<R>) -> bool {
    archive
        .file_names()
        .any(|name| name.is_ok_and(|name| name.starts_with("xl/workbook")))
}

/// The sheets of a workbook as CSV, in a zip archive; a sheet without a cell is left out.
pub fn sheets(workbook: &[u8]) -> Result<Vec<u8>, Refused> {
    let file = Cursor::new(workbook);
    if workbook.starts_with(&OLE) {
        return match Xls::new(file.clone()) {
            Ok(book) => archive(book),
            Err(XlsError::Password) => Err(Refused::Password),
            // A workbook of today's Excel lies in this container where it is encrypted.
            Err(_) => match Xlsx::new(file) {
                Err(XlsxError::Password) => Err(Refused::Password),
                _ => Err(Refused::Damaged),
            },
        };
    }
    let mut zip = ZipArchive::new(file.clone()).map_err(|_| Refused::Damaged)?;
    let mut bytes = 0;
    for at in 0..zip.len() {
        bytes += zip.by_index_raw(at).map_or(0, |part| part.size());
    }
    if bytes > MOST_BYTES {
        return Err(Refused::Large);
    }
    if zip.index_for_name("xl/workbook.bin").is_some() {
        return match Xlsb::new(file) {
            Ok(book) => archive(book),
            Err(XlsbError::Password) => Err(Refused::Password),
            Err(_) => Err(Refused::Damaged),
        };
    }
    if is_of_excel(&zip) {
        return match Xlsx::new(file) {
            Ok(book) => archive(book),
            Err(XlsxError::Password) => Err(Refused::Password),
            Err(_) => Err(Refused::Damaged),
        };
    }
    match Ods::new(file) {
        Ok(book) => archive(book),
        Err(OdsError::Password) => Err(Refused::Password),
        Err(_) => Err(Refused::Damaged),
    }
}

fn archive<R: Read + Seek, B: Reader<R>>(mut book: B) -> Result<Vec<u8>, Refused> {
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut some = false;
    for name in book.sheet_names() {
        // A sheet of a chart has no cells.
        let Ok(range) = book.worksheet_range(&name) else {
            continue;
        };
        if range.is_empty() {
            continue;
        }
        some = true;
        let path = name.replace(['/', '\\'], "-");
        written.start_file(path, plain).map_err(|_| Refused::Damaged)?;
        let mut text = Vec::new();
        for row in range.rows() {
            if row.iter().all(DataType::is_empty) {
                continue;
            }
            line(row, &mut text);
            if text.len() >= 1 << 20 {
                written.write_all(&text).map_err(|_| Refused::Large)?;
                text.clear();
            }
        }
        written.write_all(&text).map_err(|_| Refused::Large)?;
    }
    if !some {
        return Err(Refused::Empty);
    }
    let bytes = written.finish().map_err(|_| Refused::Large)?;
    Ok(bytes.into_inner())
}

/// A row as a line of CSV.
fn line(row: &[Data], text: &mut Vec<u8>) {
    for (at, cell) in row.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        let value = value(cell);
        if value.contains([',', '"', '\n', '\r']) {
            text.push(b'"');
            text.extend_from_slice(value.replace('"', "\"\"").as_bytes());
            text.push(b'"');
        } else {
            text.extend_from_slice(value.as_bytes());
        }
    }
    text.push(b'\n');
}

/// A cell as text; an error such as `#N/A` is no value.
fn value(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(truth) => truth.to_string(),
        Data::DateTime(moment) => moment_text(*moment),
        Data::DateTimeIso(text) => text.clone(),
        Data::DurationIso(text) => iso_duration(text).unwrap_or_else(|| text.clone()),
    }
}

/// Date, time of day, or both, as far as the cell has them; a duration as hours, minutes and seconds.
fn moment_text(moment: ExcelDateTime) -> String {
    let days = moment.as_f64();
    if moment.is_duration() {
        let seconds = (days * 86_400.0).round().max(0.0);
        let (hours, minutes) = ((seconds / 3600.0).floor(), (seconds / 60.0).floor() % 60.0);
        return format!("{hours:02}:{minutes:02}:{:02}", seconds % 60.0);
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let fraction = if milli > 0 { format!(".{milli:03}") } else { String::new() };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if (0.0..1.0).contains(&days) {
        time
    } else if (hour, minute, second, milli) == (0, 0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {time}")
    }
}

/// `PT10H05M00S`, as OpenDocument stores a time of day.
fn iso_duration(text: &str) -> Option<String> {
    let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let [hours, minutes, seconds] = [hours, minutes, seconds].map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (hours?, minutes?, seconds?);
    let whole = seconds.fract() == 0.0;
    Some(if whole {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    } else {
        format!("{hours:02}:{minutes:02}:{seconds:06.3}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_are_stored() {
        let date = |days| Data::DateTime(ExcelDateTime::new(days, calamine::ExcelDateTimeType::DateTime, false));
        let row = [
            Data::Float(12.0),
            Data::Float(1_290_000_000_000_005.0),
            Data::Float(0.5),
            Data::String("a \"b\", c".to_owned()),
            date(45_356.0),
            date(45_356.5),
            date(0.25),
            Data::DurationIso("PT00H05M00S".to_owned()),
            Data::Empty,
        ];
        let mut text = Vec::new();
        line(&row, &mut text);
        let wanted = "12,1290000000000005,0.5,\"a \"\"b\"\", c\",2024-03-05,2024-03-05 12:00:00,06:00:00,00:05:00,\n";
        assert_eq!(String::from_utf8_lossy(&text), wanted);
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        assert_eq!(sheets(b"user,item\n"), Err(Refused::Damaged));
        assert_eq!(sheets(&OLE), Err(Refused::Damaged));
        assert!(!is_spreadsheet(Cursor::new(b"user,item\n")));
        assert!(is_spreadsheet(Cursor::new([OLE, OLE].concat())));
    }
}
