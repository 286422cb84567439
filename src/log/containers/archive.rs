//! One thing that could be read: a whole source, or a file of a zip archive.
//!
//! In: a source. Out: [`list`] makes a [`Candidate`] of each file of an archive; a candidate is judged by its first bytes, which
//! tell how it is packed and whether it looks like a log or like titles; and the one that is chosen is [`Opened`], as a stream of
//! text or as rows of a Parquet file.
//!
//! Nothing is unpacked as a whole but a Parquet file inside an archive, whose end must be read first. What is unpacked is
//! checked against the checksum that goes with it, so that a damaged file is an error and not a shorter log.

use std::cmp::Reverse;
use std::io::{BufReader, Cursor, Read};

use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use crate::log::SNIFF_BYTES;
use crate::log::containers::packed::{Packed, is_workbook_name, plain_parquet};
use crate::log::error::{LogError, legible, shown};
use crate::log::meaning::item_roles::looks_like_items;
use crate::log::meaning::sniff::likeness;
use crate::log::records::parquet::ParquetRows;
use crate::log::text::source::{ArchiveEntry, Checked, NamedSource, Position, SharedSource, damaged, failure};

/// Bytes that are read of a packed file at once.
const PIECE_BYTES: usize = 1 << 20;
/// Most bytes of a Parquet file inside an archive, which has to be unpacked into memory.
const MAX_PARQUET_BYTES: u64 = 256 * 1024 * 1024;
/// Most files of an archive that are looked into, the largest ones.
const MAX_JUDGED: usize = 256;
/// Rows of a Parquet file by which it is judged.
const JUDGED_ROWS: usize = 100;

/// Content of a file, ready to be read.
pub(crate) enum Content {
    /// Bytes of a text, unpacked. What goes wrong on the way is told by [`failure`].
    Text(Box<dyn Read + Send>),
    Parquet(Box<ParquetRows>),
}

/// One thing to read, found in a source.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) content: Content,
    /// How it is packed: "gzip", "zip", "gzip in zip".
    pub(crate) how: Option<String>,
}

/// Files of a zip archive.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) locked: Vec<Locked>,
}

/// A file of an archive that cannot be unpacked here, with the reason and a remedy.
pub(crate) type Locked = (String, &'static str, &'static str);

/// Lists an archive and looks into its files, the largest ones first.
pub(crate) fn list(source: &SharedSource) -> Result<Listed, LogError> {
    let file = source.name();
    let told = |error: ZipError| match error {
        ZipError::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<LogError>()) => failure(file, &error),
        _ => damaged(file, "its table of contents cannot be read"),
    };
    let mut archive = ZipArchive::new(BufReader::new(source.stretch(0, source.length()))).map_err(told)?;
    let holds = |name: &str| archive.index_for_name(name).is_some();
    if holds("xl/workbook.xml") || (holds("content.xml") && holds("META-INF/manifest.xml")) {
        return Err(LogError::OtherKind {
            file: file.to_owned(),
            what: "a spreadsheet",
            advice: "save the sheet as CSV",
        });
    }
    let mut sizes = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index_data(at).map_err(told)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        // What systems and installers add is no one's log.
        let extra = |part: &str| part.starts_with('.') || part == "__MACOSX" || part.ends_with(".dist-info");
        if !entry.is_dir() && entry.size() > 0 && !name.split('/').any(extra) {
            sizes.push((Reverse(entry.size()), at));
        }
    }
    sizes.sort_unstable();
    let mut listed = Listed::default();
    let mut parquet_bytes = MAX_PARQUET_BYTES;
    for (_, at) in sizes.into_iter().take(MAX_JUDGED) {
        let entry = archive.by_index_raw(at).map_err(told)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let deflated = match entry.compression() {
            _ if entry.encrypted() => {
                listed.locked.push((name, "encrypted", "pack it without a password"));
                continue;
            }
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => {
                let what = "packed with a method that is not read here";
                listed.locked.push((name, what, "pack it as an ordinary zip archive"));
                continue;
            }
        };
        let start = entry.data_start().ok_or_else(|| damaged(file, "a file in it has no place"))?;
        let entry = Entry {
            start,
            end: start.saturating_add(entry.compressed_size()).min(source.length()),
            size: entry.size(),
            sum: entry.crc32(),
            deflated,
            name,
        };
        let mut candidate = Candidate::new(source.clone(), Some(entry));
        let head = candidate.head();
        candidate.judge(head, &mut parquet_bytes);
        listed.candidates.push(candidate);
    }
    Ok(listed)
}

/// A file of a zip archive that can be unpacked.
#[derive(Clone)]
struct Entry {
    name: String,
    start: u64,
    end: u64,
    /// Its size when it is unpacked, as the archive has it; the unpacked bytes are held against it.
    size: u64,
    sum: u32,
    deflated: bool,
}

/// Kind of a file, by its first bytes.
#[derive(Clone, Copy)]
enum Kind {
    Text(Option<Packed>),
    Parquet,
    /// Any other kind: its name, and advice.
    Other(&'static str, &'static str),
}

/// A whole source, or a file of an archive.
pub(crate) struct Candidate {
    source: SharedSource,
    entry: Option<Entry>,
    kind: Kind,
    /// How much it looks like a log; 0 where it does not.
    pub(crate) likeness: u8,
    /// Whether it looks like a file of titles.
    pub(crate) is_items: bool,
}

impl Candidate {
    /// All of a source; judged where there is something to choose.
    pub(crate) fn whole(source: SharedSource, choice: bool) -> Self {
        let mut whole = Candidate::new(source, None);
        let head = whole.head();
        if choice {
            // A whole file is not unpacked to look into it.
            let mut unbounded = u64::MAX;
            whole.judge(head, &mut unbounded);
        }
        whole
    }

    /// A candidate that was not looked into yet.
    fn new(source: SharedSource, entry: Option<Entry>) -> Self {
        Candidate {
            source,
            entry,
            kind: Kind::Text(None),
            likeness: 0,
            is_items: false,
        }
    }

    /// Its path in the archive; `None` for a whole source.
    pub(crate) fn path(&self) -> Option<&str> {
        self.entry.as_ref().map(|entry| entry.name.as_str())
    }

    /// The name of the file alone.
    pub(crate) fn name(&self) -> String {
        let name = self.entry.as_ref().map_or(self.source.name(), |entry| base(&entry.name));
        legible(name)
    }

    pub(crate) fn is_log(&self) -> bool {
        self.likeness > 0 && !self.is_items
    }

    /// The likelier to be the log, the higher.
    pub(crate) fn score(&self) -> (u8, u64) {
        let size = self.entry.as_ref().map_or(self.source.length(), |entry| entry.size);
        (if self.is_items { 0 } else { self.likeness }, size)
    }

    pub(crate) fn as_entry(&self) -> Option<ArchiveEntry> {
        self.entry.as_ref().map(|entry| ArchiveEntry {
            name: entry.name.clone(),
            bytes: entry.size,
        })
    }

    /// How many bytes of the source it takes.
    pub(crate) fn packed_bytes(&self) -> u64 {
        let entry = self.entry.as_ref();
        entry.map_or(self.source.length(), |entry| entry.end.saturating_sub(entry.start))
    }

    /// The bytes as the source or the archive has them.
    fn raw(&self, position: Option<Position>) -> Box<dyn Read + Send> {
        let file = self.source.name();
        let Some(entry) = &self.entry else {
            return Box::new(self.source.stretch(0, self.source.length()).counted(position));
        };
        let stretch = self.source.stretch(entry.start, entry.end).counted(position);
        let sum = Some((entry.sum, entry.size));
        if entry.deflated {
            let reader = DeflateDecoder::new(BufReader::with_capacity(PIECE_BYTES, stretch));
            Box::new(Checked::new(reader, file, sum))
        } else {
            Box::new(Checked::new(stretch, file, sum))
        }
    }

    fn unpacked(&self, packed: Packed, position: Option<Position>) -> Box<dyn Read + Send> {
        let reader = packed.reader(self.raw(position));
        Box::new(Checked::new(reader, self.source.name(), None))
    }

    /// Tells the kind by the first bytes, and gives these, unpacked.
    fn head(&mut self) -> Vec<u8> {
        let mut head = first_bytes(self.raw(None));
        let packed = Packed::of(&head);
        if let Some(packed) = packed {
            head = first_bytes(self.unpacked(packed, None));
        }
        let is = |magic: &[u8]| head.starts_with(magic);
        self.kind = match (packed.is_some(), self.entry.is_some()) {
            (true, _) if Packed::of(&head).is_some() => Kind::Other("packed twice", "unpack it once"),
            (true, _) if is(b"PK\x03\x04") => Kind::Other("a packed zip archive", "unpack it once and open the archive"),
            (true, _) if is(b"PAR1") => Kind::Other("a packed Parquet file", "unpack it and open the Parquet file"),
            (_, true) if is(b"PK\x03\x04") => {
                Kind::Other("a zip archive inside another", "unpack the outer one and open the inner one")
            }
            _ if head.get(257..262) == Some(b"ustar") => Kind::Other("a tar archive", "unpack it and open the log inside"),
            _ if is(b"PAR1") || is(b"PARE") => Kind::Parquet,
            _ => Kind::Text(packed),
        };
        head
    }

    /// Looks for a log or titles in the first bytes. `parquet_bytes` is what may still be unpacked to look into Parquet files of
    /// an archive.
    fn judge(&mut self, mut head: Vec<u8>, parquet_bytes: &mut u64) {
        match self.kind {
            Kind::Other(..) => return,
            Kind::Parquet => {
                let size = self.entry.as_ref().map_or(0, |entry| entry.size);
                let Some(left) = parquet_bytes.checked_sub(size) else {
                    // Too large to look into; such a file is rather a log than one of titles.
                    self.likeness = 2;
                    return;
                };
                *parquet_bytes = left;
                match self.rows().and_then(|mut rows| as_text(&mut rows)) {
                    Ok(text) => head = text,
                    Err(_) => {
                        // Opened where nothing else is there, it says itself what is wrong.
                        self.likeness = 1;
                        return;
                    }
                }
            }
            Kind::Text(_) => {}
        }
        let name = self.name();
        self.is_items = looks_like_items(&name, &head);
        self.likeness = likeness(&name, &head);
    }

    fn rows(&self) -> Result<ParquetRows, LogError> {
        let name = self.name();
        let Some(entry) = &self.entry else {
            return ParquetRows::open(&name, plain_parquet(self.source.clone())?);
        };
        let too_large = || LogError::LargeParquet {
            file: self.source.name().to_owned(),
            entry: shown(&entry.name),
            limit: MAX_PARQUET_BYTES / (1024 * 1024),
        };
        if entry.size > MAX_PARQUET_BYTES {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        // The archive may say less than there is.
        let told = self.raw(None).take(MAX_PARQUET_BYTES + 1).read_to_end(&mut bytes);
        if told.map_err(|error| failure(&name, &error))? as u64 > MAX_PARQUET_BYTES {
            return Err(too_large());
        }
        let source = SharedSource::new(NamedSource {
            name: name.clone(),
            source: Box::new(Cursor::new(bytes)),
        })?;
        ParquetRows::open(&name, plain_parquet(source)?).map_err(|error| match error {
            // A page unpacks it where it is a file of its own.
            LogError::ParquetCodec { codec: "zstd", .. } => LogError::OtherKind {
                file: self.source.name().to_owned(),
                what: "an archive with a Parquet file compressed with zstd",
                advice: "unpack the archive and open the Parquet file itself",
            },
            error => error,
        })
    }

    /// Opens it for reading; what is read of its source from then on is counted in `position`.
    pub(crate) fn open(self, position: &Position) -> Result<Opened, LogError> {
        let name = self.name();
        let (content, packed) = match self.kind {
            Kind::Other(what, advice) => {
                return Err(LogError::OtherKind {
                    file: name,
                    what,
                    advice,
                });
            }
            Kind::Parquet => {
                let mut rows = self.rows()?;
                rows.count(position.clone(), self.packed_bytes());
                (Content::Parquet(Box::new(rows)), None)
            }
            Kind::Text(Some(packed)) => (
                Content::Text(self.unpacked(packed, Some(position.clone()))),
                Some(packed.name()),
            ),
            Kind::Text(None) => (Content::Text(self.raw(Some(position.clone()))), None),
        };
        let archive = self.entry.as_ref().map(|_| match is_workbook_name(self.source.name()) {
            true => "spreadsheet",
            false => "zip",
        });
        let how = match (packed, archive) {
            (Some(packed), Some(archive)) => Some(format!("{packed} in {archive}")),
            (packed, archive) => packed.or(archive).map(str::to_owned),
        };
        Ok(Opened { name, content, how })
    }
}

/// The name of a file without its folders.
pub(crate) fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The first bytes of a stream, as far as they come: what is wrong with it, its reading meets again and tells.
fn first_bytes(stream: Box<dyn Read + Send>) -> Vec<u8> {
    let mut head = Vec::new();
    let _ = stream.take(SNIFF_BYTES as u64).read_to_end(&mut head);
    head
}

/// The first rows of a Parquet file as CSV, so that it is judged as all other tables are.
fn as_text(rows: &mut ParquetRows) -> Result<Vec<u8>, LogError> {
    let mut text = Vec::new();
    let sample = rows.sample(JUDGED_ROWS)?;
    for row in std::iter::once(rows.names()).chain(sample.iter().map(Vec::as_slice)) {
        let fields: Vec<String> = row
            .iter()
            .map(|field| format!("\"{}\"", field.replace('"', "\"\"")))
            .collect();
        let line = fields.join(",") + "\n";
        // A text of full length would be taken for the beginning of a longer one.
        if text.len() + line.len() >= SNIFF_BYTES {
            break;
        }
        text.extend_from_slice(line.as_bytes());
    }
    Ok(text)
}
