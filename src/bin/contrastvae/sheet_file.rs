//! A spreadsheet (.xlsx, ECMA-376) of one sheet, written while its rows come.
//!
//! In: rows, and where to write. Out: a zip archive with the same parts as the page's (`www/features/use/files/sheet.ts`). Nothing is held but the
//! rows of the moment, and nothing is put into the temporary folder of the system. Texts stand in their cells: a table of shared texts would have
//! to be kept until the end. By hand, since rust_xlsxwriter, which was here before, panics where the temporary folder is full, and it has no
//! other way that holds no rows.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::rc::Rc;

use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Signs that a cell of Excel holds, in units of UTF-16.
const CELL_UNITS: usize = 32_767;

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const PARTS: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override \
         PartName=\"/xl/worksheets/sheet1.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>",
    ),
    (
        "_rels/.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"lists\" sheetId=\"1\" \
         r:id=\"rId1\"/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/></Relationships>",
    ),
];
const SHEET_BEGINS: &str = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews><sheetView \
                            workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" state=\"frozen\"/></sheetView></sheetViews><sheetData>";
const SHEET_ENDS: &str = "</sheetData></worksheet>";

/// A sheet under way.
pub struct Sheet<'a> {
    zip: ZipWriter<StreamWriter<Sink<'a>>>,
    fault: Fault,
}

/// The first thing that went wrong with what is written to.
type Fault = Rc<Cell<Option<io::Error>>>;

/// Takes everything and keeps what went wrong: an archive that meets a fault tells the terminal of it by itself.
struct Sink<'a> {
    out: &'a mut (dyn Write + Send),
    fault: Fault,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.out.write(bytes) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.fault.set(Some(error));
                Ok(bytes.len())
            }
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Err(error) = self.out.flush() {
            self.fault.set(Some(error));
        }
        Ok(())
    }
}

impl<'a> Sheet<'a> {
    /// A sheet with the names of its columns.
    pub fn begin(out: &'a mut (dyn Write + Send), columns: &[&str]) -> io::Result<Self> {
        let fault = Fault::default();
        let sink = Sink {
            out,
            fault: fault.clone(),
        };
        let mut zip = ZipWriter::new_stream(sink);
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (name, part) in PARTS {
            zip.start_file(name, stored).map_err(of_zip)?;
            zip.write_all(XML.as_bytes())?;
            zip.write_all(part.as_bytes())?;
        }
        let deflated = stored.compression_method(CompressionMethod::Deflated);
        zip.start_file("xl/worksheets/sheet1.xml", deflated).map_err(of_zip)?;
        let mut sheet = Self { zip, fault };
        let mut rows = Rows::default();
        rows.row(|row| columns.iter().for_each(|name| row.text(name)));
        sheet.zip.write_all(XML.as_bytes())?;
        sheet.zip.write_all(SHEET_BEGINS.as_bytes())?;
        sheet.add(&rows)?;
        Ok(sheet)
    }

    /// Writes rows below those that are there.
    pub fn add(&mut self, rows: &Rows) -> io::Result<()> {
        self.zip.write_all(rows.0.as_bytes())?;
        self.check()
    }

    /// Writes what comes behind the rows.
    pub fn finish(mut self) -> io::Result<()> {
        self.zip.write_all(SHEET_ENDS.as_bytes())?;
        let Self { zip, fault } = self;
        drop(zip.finish().map_err(of_zip)?);
        fault.take().map_or(Ok(()), Err)
    }

    fn check(&self) -> io::Result<()> {
        self.fault.take().map_or(Ok(()), Err)
    }
}

fn of_zip(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// Rows as they stand in the sheet.
#[derive(Default)]
pub struct Rows(String);

impl Rows {
    /// Adds a row with the cells that `cells` gives it.
    pub fn row(&mut self, cells: impl FnOnce(&mut Self)) {
        self.0.push_str("<row>");
        cells(self);
        self.0.push_str("</row>");
    }

    /// Adds a cell of text, so that a program for tables leaves the zeros in front of an identifier.
    pub fn text(&mut self, value: &str) {
        self.0.push_str("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        let mut units = 0;
        for (at, sign) in value.char_indices() {
            units += sign.len_utf16();
            if units > CELL_UNITS {
                break;
            }
            match sign {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                _ if is_forbidden(sign) || looks_escaped(&value[at..]) => {
                    // Writing into memory cannot fail.
                    let _ = write!(self.0, "_x{:04X}_", u32::from(sign));
                }
                _ => self.0.push(sign),
            }
        }
        self.0.push_str("</t></is></c>");
    }

    /// Adds a cell with a number, in the fewest digits that are this number.
    pub fn number(&mut self, value: impl std::fmt::Display) {
        let _ = write!(self.0, "<c><v>{value}</v></c>");
    }
}

/// Whether XML 1.0 cannot hold a sign; Excel takes `_x0007_` for such a one.
fn is_forbidden(sign: char) -> bool {
    matches!(sign, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether Excel would take what a text begins with for such a sign; the line in front is then written as one.
fn looks_escaped(text: &str) -> bool {
    match text.as_bytes() {
        [b'_', b'x', a, b, c, d, b'_', ..] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_fit_for_a_sheet() {
        let cell = |value: &str| {
            let mut rows = Rows::default();
            rows.text(value);
            let inner = rows
                .0
                .strip_prefix("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">")
                .unwrap();
            inner.strip_suffix("</t></is></c>").unwrap().to_owned()
        };
        assert_eq!(cell(" 007 <a> & \"b\""), " 007 &lt;a&gt; &amp; \"b\"");
        assert_eq!(cell("bell\u{7}\u{ffff}"), "bell_x0007__xFFFF_");
        assert_eq!(cell("_x0041_ _x004_ _x0041"), "_x005F_x0041_ _x004_ _x0041");
        assert_eq!(cell(&"é".repeat(40_000)).chars().count(), CELL_UNITS);
        assert_eq!(cell(&"😀".repeat(20_000)).chars().count(), CELL_UNITS / 2);
    }

    #[test]
    fn numbers_have_the_digits_of_the_other_formats() {
        let mut rows = Rows::default();
        rows.row(|row| [0.1f32, -12.75].iter().for_each(|value| row.number(value)));
        assert_eq!(rows.0, "<row><c><v>0.1</v></c><c><v>-12.75</v></c></row>");
    }

    /// Room for some bytes and no more.
    struct Small(usize);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_is_full_stops_it() {
        let written = |room: usize| -> io::Result<()> {
            let mut small = Small(room);
            let mut sheet = Sheet::begin(&mut small, &["user"])?;
            for user in 0..30_000u32 {
                let mut rows = Rows::default();
                rows.row(|row| row.text(&user.wrapping_mul(2_654_435_761).to_string()));
                sheet.add(&rows)?;
            }
            sheet.finish()
        };
        assert!(written(1 << 24).is_ok());
        for room in [0, 1_500, 60_000] {
            assert_eq!(written(room).unwrap_err().kind(), io::ErrorKind::StorageFull, "{room}");
        }
    }
}
