//! Packed streams, Parquet with zstd, and spreadsheets as archives of their sheets.
//!
//! In: the first bytes of a file, a Parquet file, or all of a workbook. Out: a reader of what is packed, a Parquet file without zstd, or the
//! workbook as a zip archive of CSV. gzip is unpacked everywhere. Natively `contrastvae-unpack` brings the rest; a page has that as a module of
//! its own and hands on only what came out of it, so that here such a file is one of another kind.

#[cfg(not(target_arch = "wasm32"))]
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::io::{BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::log::error::LogError;
#[cfg(not(target_arch = "wasm32"))]
use crate::log::error::legible;
#[cfg(not(target_arch = "wasm32"))]
use crate::log::text::source::failure;
use crate::log::text::source::{NamedSource, SharedSource};

/// Bytes that are read of a packed file at once.
const PIECE_BYTES: usize = 1 << 20;
/// Most bytes of a workbook that are taken into memory.
#[cfg(not(target_arch = "wasm32"))]
const MOST_WORKBOOK_BYTES: u64 = 512 * 1024 * 1024;

/// How a stream is packed.
#[derive(Clone, Copy)]
pub(crate) enum Packed {
    Gzip,
    #[cfg(not(target_arch = "wasm32"))]
    Rarer(contrastvae_unpack::Packing),
}

impl Packed {
    /// The packing that begins with these bytes.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x1f\x8b") {
            return Some(Self::Gzip);
        }
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(packing) = contrastvae_unpack::Packing::of(head) {
            return Some(Self::Rarer(packing));
        }
        None
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            #[cfg(not(target_arch = "wasm32"))]
            Self::Rarer(packing) => packing.name(),
        }
    }

    pub(crate) fn reader(self, packed: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(PIECE_BYTES, packed))),
            #[cfg(not(target_arch = "wasm32"))]
            Self::Rarer(packing) => packing.reader(packed),
        }
    }
}

/// Whether a file is named as spreadsheets are; the sheets of one come as a zip archive under its name.
pub(crate) fn is_workbook_name(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    ["xlsx", "xlsm", "xlsb", "xls", "ods"].contains(&ending.as_str())
}

/// The sheets of a workbook as a zip archive; anything else as it is.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn sheets_of(mut named: NamedSource) -> Result<NamedSource, LogError> {
    use std::io::Cursor;

    use contrastvae_unpack::{Refused, is_spreadsheet, sheets};

    let name = legible(&named.name);
    named.source.rewind().map_err(|error| failure(&name, &error))?;
    let is_one = is_spreadsheet(&mut named.source);
    named.source.rewind().map_err(|error| failure(&name, &error))?;
    if !is_one {
        return Ok(named);
    }
    let other = |what, advice| LogError::OtherKind {
        file: name.clone(),
        what,
        advice,
    };
    let large = || other("a spreadsheet larger than can be held", "save the sheet as CSV");
    let mut workbook = Vec::new();
    let read = named.source.take(MOST_WORKBOOK_BYTES + 1).read_to_end(&mut workbook);
    if read.map_err(|error| failure(&name, &error))? as u64 > MOST_WORKBOOK_BYTES {
        return Err(large());
    }
    let archive = sheets(&workbook).map_err(|refused| match refused {
        Refused::Password => other("a spreadsheet with a password", "save it without one, or the sheet as CSV"),
        Refused::Large => large(),
        Refused::Damaged => other("a spreadsheet that is damaged or of an unknown kind", "save the sheet as CSV"),
        Refused::Empty => other("a spreadsheet without a value", "choose the one that holds the log"),
    })?;
    let ending = if is_workbook_name(&name) { "" } else { ".xlsx" };
    Ok(NamedSource {
        name: named.name + ending,
        source: Box::new(Cursor::new(archive)),
    })
}

/// A page unpacks workbooks before they come here.
#[cfg(target_arch = "wasm32")]
pub(crate) fn sheets_of(named: NamedSource) -> Result<NamedSource, LogError> {
    Ok(named)
}

/// A Parquet file with its pages as they are before zstd; any other as it is.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn plain_parquet(source: SharedSource) -> Result<SharedSource, LogError> {
    let file = source.name();
    let told = |error| parquet_failure(file, error);
    let bytes = source.stretch(0, source.length());
    match contrastvae_unpack::PlainParquet::new(bytes).map_err(|error| failure(file, &told(error)))? {
        None => Ok(source),
        Some(inner) => SharedSource::new(NamedSource {
            name: file.to_owned(),
            source: Box::new(Told {
                inner,
                file: file.to_owned(),
            }),
        }),
    }
}

/// A page unpacks such a file before it comes here, but for one in an archive.
#[cfg(target_arch = "wasm32")]
pub(crate) fn plain_parquet(source: SharedSource) -> Result<SharedSource, LogError> {
    Ok(source)
}

/// A Parquet file whose errors are sentences.
#[cfg(not(target_arch = "wasm32"))]
struct Told<R> {
    inner: R,
    file: String,
}

#[cfg(not(target_arch = "wasm32"))]
impl<R: Read> Read for Told<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| parquet_failure(&self.file, error))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<R: Seek> Seek for Told<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// An error of the source stays what it is; any other comes of what the file says.
#[cfg(not(target_arch = "wasm32"))]
fn parquet_failure(file: &str, error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::Interrupted || error.get_ref().is_some_and(|inner| inner.is::<LogError>()) {
        return error;
    }
    let why = match error.kind() {
        ErrorKind::UnexpectedEof => "a page ends too early".to_owned(),
        _ => error.to_string(),
    };
    io::Error::other(LogError::ParquetDamaged {
        file: file.to_owned(),
        why,
    })
}
