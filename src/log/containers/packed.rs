//! Packed streams, and spreadsheets as archives of their sheets.
//!
//! In: the first bytes of a file, or all of a workbook. Out: a reader of what is packed, or the workbook as a zip archive of CSV. gzip is
//! unpacked everywhere. Natively `contrastvae-unpack` brings the rest; a page has that as a module of its own and hands on only what
//! came out of it, so that here such a file is one of another kind.

use std::io::{BufReader, Read};

use flate2::bufread::MultiGzDecoder;

#[cfg(not(target_arch = "wasm32"))]
use crate::log::error::{LogError, legible};
#[cfg(not(target_arch = "wasm32"))]
use crate::log::text::source::{NamedSource, failure};

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
    use std::io::{Cursor, Seek};

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
pub(crate) fn sheets_of(
    named: crate::log::text::source::NamedSource,
) -> Result<crate::log::text::source::NamedSource, crate::log::error::LogError> {
    Ok(named)
}
