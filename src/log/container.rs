//! From the files that a person chose to the log inside them: plain text, gzip, zip or Parquet, told apart by their first bytes
//! and never by their names.
//!
//! In: one or two sources that can be read at any place. Out: [`Found`], with the log and, where there is one, the file of item
//! titles, each as a stream of text or as rows of a Parquet file. Of the files in a zip archive the likeliest is taken, or the
//! one that is asked for.
//!
//! Nothing is unpacked as a whole but a Parquet file inside an archive, whose end must be read first. What is unpacked is
//! checked against the checksum that goes with it, so that a damaged file is an error and not a shorter log.

use std::cmp::Reverse;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use serde::{Deserialize, Serialize};
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::SNIFF_BYTES;
use super::error::{LogError, shown};
use super::items::looks_like_items;
use super::parquet_rows::ParquetRows;
use super::sniff::likeness;

/// Bytes that are read of a packed file at once.
const PIECE_BYTES: usize = 1 << 20;
/// Most bytes of a Parquet file inside an archive, which has to be unpacked into memory.
const MAX_PARQUET_BYTES: u64 = 256 * 1024 * 1024;
/// Most files of an archive that are looked into, the largest ones.
const MAX_JUDGED: usize = 256;
/// Rows of a Parquet file by which it is judged.
const JUDGED_ROWS: usize = 100;

/// What a log is read from: a file, or a browser's `File` that is read in ranges.
pub trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// A source with the name of its file.
pub struct NamedSource {
    /// The file's name, for sentences.
    pub name: String,
    /// Its bytes.
    pub source: Box<dyn Source>,
}

/// A file of a zip archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct ArchiveEntry {
    /// Its path in the archive.
    pub name: String,
    /// Its size when it is unpacked.
    pub bytes: u64,
}

/// How many bytes of the sources were used up so far. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Position(Arc<AtomicU64>);

impl Position {
    /// The bytes so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What there is to read in a file.
pub(super) enum Content {
    /// Bytes of a text, unpacked. What goes wrong on the way is told by [`failure`].
    Text(Box<dyn Read + Send>),
    Parquet(Box<ParquetRows>),
}

/// One thing to read, found in a source.
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) content: Content,
    /// How it is packed: "gzip", "zip", "gzip in zip".
    pub(super) how: Option<&'static str>,
}

/// What was found in the sources.
pub(super) struct Found {
    pub(super) log: Opened,
    pub(super) items: Option<Opened>,
    /// The files of a zip archive that could be read as a log, the likeliest first.
    pub(super) entries: Vec<ArchiveEntry>,
    /// Sentences about what was chosen.
    pub(super) notes: Vec<String>,
    /// Bytes read so far, out of `total_bytes`.
    pub(super) position: Position,
    pub(super) total_bytes: u64,
}

/// Finds the log and the titles in what a person chose. `entry` is the file of a zip archive that is to be the log.
pub(super) fn open_all(sources: Vec<NamedSource>, entry: Option<&str>) -> Result<Found, LogError> {
    let count = sources.len();
    let mut looked = Vec::new();
    for source in sources.into_iter().take(2) {
        looked.push(Looked::new(source)?);
    }
    let (log, beside) = match (looked.pop(), looked.pop()) {
        (Some(log), None) => (log, None),
        (Some(second), Some(first)) if count == 2 => match (first.only_items(), second.only_items()) {
            (true, false) => (second, Some(first)),
            (false, true) => (first, Some(second)),
            _ => {
                let (first, second) = (first.name, second.name);
                return Err(LogError::WhichIsWhich { first, second });
            }
        },
        _ => return Err(LogError::FileCount { count }),
    };
    let position = Position::default();
    let mut notes = Vec::new();
    let Choice { log, items, entries } = log.choose(entry, &mut notes)?;
    let items = match beside {
        Some(beside) => beside.into_items(),
        None => items,
    };
    let total_bytes = log.packed_bytes() + items.as_ref().map_or(0, Candidate::packed_bytes);
    Ok(Found {
        log: log.open(&position)?,
        items: items.map(|items| items.open(&position)).transpose()?,
        entries,
        notes,
        position,
        total_bytes,
    })
}

/// The sentence for an error that came out of a [`Content::Text`].
pub(super) fn failure(file: &str, error: &io::Error) -> LogError {
    let told = error.get_ref().and_then(|inner| inner.downcast_ref::<LogError>());
    told.cloned()
        .unwrap_or_else(|| LogError::Unreadable { file: file.to_owned() })
}

/// What a source holds.
struct Looked {
    name: String,
    candidates: Vec<Candidate>,
    /// Files of the archive that cannot be unpacked here, with the reason and a remedy.
    locked: Vec<(String, &'static str, &'static str)>,
    is_archive: bool,
}

struct Choice {
    log: Candidate,
    items: Option<Candidate>,
    entries: Vec<ArchiveEntry>,
}

impl Looked {
    fn new(named: NamedSource) -> Result<Self, LogError> {
        let source = SharedSource::new(named)?;
        let mut whole = Candidate {
            source: source.clone(),
            entry: None,
            kind: Kind::Text { gzip: false },
            likeness: 0,
            is_items: false,
        };
        let mut looked = Looked {
            name: source.name.to_string(),
            candidates: Vec::new(),
            locked: Vec::new(),
            is_archive: false,
        };
        let mut magic = Vec::new();
        let told = source.stretch(0, source.length().min(4)).read_to_end(&mut magic);
        told.map_err(|error| failure(&source.name, &error))?;
        // An empty archive has no first entry, only an end.
        looked.is_archive = magic == b"PK\x03\x04" || magic == b"PK\x05\x06";
        if looked.is_archive {
            looked.list(&source)?;
        } else {
            // A whole file is not unpacked to look into it.
            let mut unbounded = u64::MAX;
            whole.judge(&mut unbounded);
            looked.candidates.push(whole);
        }
        Ok(looked)
    }

    /// Lists an archive and looks into its files.
    fn list(&mut self, source: &SharedSource) -> Result<(), LogError> {
        let file = &source.name;
        let told = |error: ZipError| match error {
            ZipError::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<LogError>()) => failure(file, &error),
            _ => damaged(file, "its table of contents cannot be read"),
        };
        let mut archive = ZipArchive::new(BufReader::new(source.stretch(0, source.length()))).map_err(told)?;
        let holds = |name: &str| archive.index_for_name(name).is_some();
        if holds("xl/workbook.xml") || (holds("content.xml") && holds("META-INF/manifest.xml")) {
            return Err(LogError::OtherKind {
                file: file.to_string(),
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
        let mut parquet_bytes = MAX_PARQUET_BYTES;
        for (_, at) in sizes.into_iter().take(MAX_JUDGED) {
            let entry = archive.by_index_raw(at).map_err(told)?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let deflated = match entry.compression() {
                _ if entry.encrypted() => {
                    self.locked.push((name, "encrypted", "pack it without a password"));
                    continue;
                }
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                _ => {
                    let what = "packed with a method that is not read here";
                    self.locked.push((name, what, "pack it as an ordinary zip archive"));
                    continue;
                }
            };
            let start = entry.data_start().ok_or_else(|| damaged(file, "a file in it has no place"))?;
            let mut candidate = Candidate {
                source: source.clone(),
                entry: Some(Entry {
                    start,
                    end: start.saturating_add(entry.compressed_size()).min(source.length()),
                    size: entry.size(),
                    sum: entry.crc32(),
                    deflated,
                    name,
                }),
                kind: Kind::Text { gzip: false },
                likeness: 0,
                is_items: false,
            };
            candidate.judge(&mut parquet_bytes);
            self.candidates.push(candidate);
        }
        Ok(())
    }

    /// Whether there is nothing here but titles.
    fn only_items(&self) -> bool {
        self.candidates.iter().any(|candidate| candidate.is_items) && !self.candidates.iter().any(Candidate::is_log)
    }

    /// The largest file of titles.
    fn into_items(self) -> Option<Candidate> {
        // Candidates come largest first.
        self.candidates.into_iter().find(|candidate| candidate.is_items)
    }

    fn choose(mut self, wanted: Option<&str>, notes: &mut Vec<String>) -> Result<Choice, LogError> {
        if !self.is_archive
            && let Some(wanted) = wanted
        {
            notes.push(format!(
                "{} is no zip archive, so {} was not looked for.",
                self.name,
                shown(wanted)
            ));
        }
        self.candidates.sort_by_key(|candidate| Reverse(candidate.score()));
        let entries: Vec<ArchiveEntry> = self
            .candidates
            .iter()
            .filter(|candidate| candidate.is_log())
            .filter_map(Candidate::as_entry)
            .collect();
        let at = match wanted.filter(|_| self.is_archive) {
            Some(wanted) => self.find(wanted)?,
            None if self.candidates.first().is_some_and(Candidate::is_log) => 0,
            // A single file is the log that a person means, and its reader says best what is wrong with it.
            None if self.candidates.len() == 1 && self.locked.is_empty() && !(self.is_archive && self.only_items()) => 0,
            None => return Err(self.nothing()),
        };
        let log = self.candidates.remove(at);
        let items = self.candidates.iter().position(|candidate| candidate.is_items);
        if wanted.is_none() && self.is_archive {
            let also = self
                .candidates
                .iter()
                .filter(|other| other.is_log() && other.likeness == log.likeness);
            let also: Vec<String> = also.map(Candidate::name).collect();
            let logs = match also.as_slice() {
                [] => None,
                [one] => Some(format!("{one} could be read as a log too")),
                [one, two] => Some(format!("{one} and {two} could be read as logs too")),
                [one, two, three] => Some(format!("{one}, {two} and {three} could be read as logs too")),
                [one, two, rest @ ..] => Some(format!("{one}, {two} and {} others could be read as logs too", rest.len())),
            };
            notes.extend(logs.map(|logs| format!("{} was read out of {}; {logs}.", log.name(), self.name)));
        }
        Ok(Choice {
            items: items.map(|at| self.candidates.remove(at)),
            log,
            entries,
        })
    }

    /// The place of a file of the archive, by its path or, where that is clear, by its name alone.
    fn find(&self, wanted: &str) -> Result<usize, LogError> {
        let paths = || self.candidates.iter().filter_map(|candidate| candidate.entry.as_ref());
        if let Some(at) = paths().position(|entry| entry.name == wanted) {
            return Ok(at);
        }
        let mut named = paths().enumerate().filter(|(_, entry)| base(&entry.name) == wanted);
        if let (Some((at, _)), None) = (named.next(), named.next()) {
            return Ok(at);
        }
        if let Some(locked) = self.locked.iter().find(|(name, _, _)| name == wanted || base(name) == wanted) {
            return Err(self.locked(locked));
        }
        Err(LogError::NoSuchEntry {
            file: self.name.clone(),
            entry: shown(wanted),
            found: listed(paths().map(|entry| entry.name.as_str())),
        })
    }

    fn nothing(&self) -> LogError {
        match self.locked.first() {
            Some(locked) => self.locked(locked),
            None => LogError::NoLogInside {
                file: self.name.clone(),
                found: listed(
                    self.candidates
                        .iter()
                        .filter_map(|c| c.entry.as_ref())
                        .map(|e| e.name.as_str()),
                ),
            },
        }
    }

    fn locked(&self, (entry, what, advice): &(String, &'static str, &'static str)) -> LogError {
        LogError::LockedEntry {
            file: self.name.clone(),
            entry: shown(entry),
            what,
            advice,
        }
    }
}

/// The name of a file without its folders.
fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let mut names: Vec<String> = names.take(MOST + 1).map(shown).collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    if names.len() > MOST {
        names[MOST] = "…".to_owned();
    }
    names.join(", ")
}

fn damaged(file: &str, what: &'static str) -> LogError {
    LogError::Damaged {
        file: file.to_owned(),
        what,
    }
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

/// What the first bytes show.
#[derive(Clone, Copy)]
enum Kind {
    Text {
        gzip: bool,
    },
    Parquet,
    /// What it is, and what to do.
    Other(&'static str, &'static str),
}

/// A whole source, or a file of an archive.
struct Candidate {
    source: SharedSource,
    entry: Option<Entry>,
    kind: Kind,
    likeness: u8,
    is_items: bool,
}

impl Candidate {
    fn name(&self) -> String {
        let name = self.entry.as_ref().map_or(&*self.source.name, |entry| base(&entry.name));
        name.to_owned()
    }

    fn is_log(&self) -> bool {
        self.likeness > 0 && !self.is_items
    }

    fn score(&self) -> (u8, u64) {
        let size = self.entry.as_ref().map_or(self.source.length(), |entry| entry.size);
        (if self.is_items { 0 } else { self.likeness }, size)
    }

    fn as_entry(&self) -> Option<ArchiveEntry> {
        self.entry.as_ref().map(|entry| ArchiveEntry {
            name: entry.name.clone(),
            bytes: entry.size,
        })
    }

    fn packed_bytes(&self) -> u64 {
        let entry = self.entry.as_ref();
        entry.map_or(self.source.length(), |entry| entry.end.saturating_sub(entry.start))
    }

    /// The bytes as the source or the archive has them.
    fn raw(&self, position: Option<Position>) -> Box<dyn Read + Send> {
        let file = self.source.name.to_string();
        let Some(entry) = &self.entry else {
            return Box::new(Stretch {
                position,
                ..self.source.stretch(0, self.source.length())
            });
        };
        let stretch = Stretch {
            position,
            ..self.source.stretch(entry.start, entry.end)
        };
        let sum = Some((Crc::new(), entry.sum, entry.size));
        if entry.deflated {
            let reader = DeflateDecoder::new(BufReader::with_capacity(PIECE_BYTES, stretch));
            Box::new(Checked { reader, file, sum })
        } else {
            Box::new(Checked {
                reader: stretch,
                file,
                sum,
            })
        }
    }

    fn unzipped(&self, position: Option<Position>) -> Box<dyn Read + Send> {
        Box::new(Checked {
            reader: MultiGzDecoder::new(BufReader::with_capacity(PIECE_BYTES, self.raw(position))),
            file: self.source.name.to_string(),
            sum: None,
        })
    }

    /// Looks at the first bytes. `parquet_bytes` is what may still be unpacked to look into Parquet files of an archive.
    fn judge(&mut self, parquet_bytes: &mut u64) {
        let mut head = first_bytes(self.raw(None));
        let gzip = head.starts_with(b"\x1f\x8b");
        if gzip {
            head = first_bytes(self.unzipped(None));
        }
        let is = |magic: &[u8]| head.starts_with(magic);
        self.kind = match (gzip, self.entry.is_some()) {
            (true, _) if is(b"\x1f\x8b") => Kind::Other("packed with gzip twice", "unpack it once"),
            (true, _) if is(b"PK\x03\x04") => Kind::Other("a zip archive inside gzip", "unpack it once and open the archive"),
            (true, _) if is(b"PAR1") => Kind::Other("a Parquet file inside gzip", "unpack it and open the Parquet file"),
            (_, true) if is(b"PK\x03\x04") => {
                Kind::Other("a zip archive inside another", "unpack the outer one and open the inner one")
            }
            _ if head.get(257..262) == Some(b"ustar") => Kind::Other("a tar archive", "unpack it and open the log inside"),
            _ if is(b"PAR1") || is(b"PARE") => Kind::Parquet,
            _ => Kind::Text { gzip },
        };
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
            Kind::Text { .. } => {}
        }
        let name = self.name();
        self.is_items = looks_like_items(&name, &head);
        self.likeness = likeness(&name, &head);
    }

    fn rows(&self) -> Result<ParquetRows, LogError> {
        let name = self.name();
        let Some(entry) = &self.entry else {
            return ParquetRows::open(&name, self.source.clone());
        };
        let too_large = || LogError::LargeParquet {
            file: self.source.name.to_string(),
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
        let source = Box::new(Cursor::new(bytes));
        ParquetRows::open(
            &name,
            SharedSource::new(NamedSource {
                name: name.clone(),
                source,
            })?,
        )
    }

    fn open(self, position: &Position) -> Result<Opened, LogError> {
        let name = self.name();
        let gzip = match self.kind {
            Kind::Other(what, advice) => {
                return Err(LogError::OtherKind {
                    file: name,
                    what,
                    advice,
                });
            }
            Kind::Text { gzip } => gzip,
            Kind::Parquet => false,
        };
        let content = match self.kind {
            Kind::Parquet => {
                let mut rows = self.rows()?;
                rows.count(position.clone(), self.packed_bytes());
                Content::Parquet(Box::new(rows))
            }
            _ if gzip => Content::Text(self.unzipped(Some(position.clone()))),
            _ => Content::Text(self.raw(Some(position.clone()))),
        };
        let how = match (gzip, self.entry.is_some()) {
            (true, true) => Some("gzip in zip"),
            (true, false) => Some("gzip"),
            (false, true) => Some("zip"),
            (false, false) => None,
        };
        Ok(Opened { name, content, how })
    }
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

/// A source that several readers share, each with its own place.
#[derive(Clone)]
pub(super) struct SharedSource {
    name: Arc<str>,
    length: u64,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    source: Box<dyn Source>,
    /// Where the source itself stands, if that is known.
    at: Option<u64>,
}

impl SharedSource {
    pub(super) fn new(mut named: NamedSource) -> Result<Self, LogError> {
        let length = named.source.seek(SeekFrom::End(0));
        Ok(SharedSource {
            length: length.map_err(|error| failure(&named.name, &error))?,
            name: named.name.into(),
            inner: Arc::new(Mutex::new(Inner {
                source: named.source,
                at: None,
            })),
        })
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// A reader of the bytes from `start` up to `end`.
    pub(super) fn stretch(&self, start: u64, end: u64) -> Stretch {
        Stretch {
            source: self.clone(),
            start,
            end,
            at: start,
            position: None,
        }
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // A reader that panicked leaves nothing half done here but the place, which is set anew.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = inner.at.take();
        let mut read = || {
            if stands != Some(at) {
                inner.source.seek(SeekFrom::Start(at))?;
            }
            inner.source.read(buffer)
        };
        match read() {
            Ok(count) => {
                inner.at = Some(at + count as u64);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            // Marked here, so that it is not taken for a damage of what is unpacked.
            Err(error) => Err(io::Error::other(failure(&self.name, &error))),
        }
    }
}

/// A reader of a part of a source.
pub(super) struct Stretch {
    source: SharedSource,
    start: u64,
    end: u64,
    at: u64,
    position: Option<Position>,
}

impl Read for Stretch {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        if room == 0 {
            return Ok(0);
        }
        let read = self.source.read_at(self.at, &mut buffer[..room])?;
        self.at += read as u64;
        if let Some(position) = &self.position {
            position.add(read as u64);
        }
        Ok(read)
    }
}

impl Seek for Stretch {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => self.start.checked_add(at),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let at = at.filter(|at| *at >= self.start);
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at - self.start)
    }
}

/// Makes a sentence of what goes wrong in unpacking, and holds the bytes against the archive's checksum and size.
struct Checked<R> {
    reader: R,
    file: String,
    sum: Option<(Crc, u32, u64)>,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wrong = |what| Err(io::Error::other(damaged(&self.file, what)));
        match (self.reader.read(buffer), &mut self.sum) {
            (Ok(0), Some((sum, expected, size))) if !buffer.is_empty() => {
                // The checksum counts its bytes modulo 2^32.
                if sum.amount() != *size as u32 {
                    wrong("a file in it is shorter or longer than it should be")
                } else if sum.sum() != *expected {
                    wrong("the checksum of a file in it does not fit")
                } else {
                    Ok(0)
                }
            }
            (Ok(read), sum) => {
                if let Some((sum, _, _)) = sum {
                    sum.update(&buffer[..read]);
                }
                Ok(read)
            }
            (Err(error), _) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            (Err(error), _) if error.get_ref().is_some_and(|inner| inner.is::<LogError>()) => Err(error),
            (Err(error), _) if error.kind() == io::ErrorKind::UnexpectedEof => wrong("it ends too early"),
            (Err(_), _) => wrong("what is packed in it makes no sense"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zip_by(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = SimpleFileOptions::default().compression_method(method);
            if name.ends_with('/') {
                writer.add_directory(*name, options).unwrap();
            } else {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        zip_by(CompressionMethod::Deflated, files)
    }

    fn named(name: &str, bytes: &[u8]) -> NamedSource {
        NamedSource {
            name: name.to_owned(),
            source: Box::new(Cursor::new(bytes.to_vec())),
        }
    }

    fn open(files: &[(&str, &[u8])], entry: Option<&str>) -> Result<Found, LogError> {
        open_all(files.iter().map(|(name, bytes)| named(name, bytes)).collect(), entry)
    }

    fn error(files: &[(&str, &[u8])], entry: Option<&str>) -> String {
        match open(files, entry) {
            Ok(found) => panic!("{} was opened", found.log.name),
            Err(error) => error.to_string(),
        }
    }

    fn drain(opened: Opened) -> Result<Vec<u8>, LogError> {
        let Content::Text(mut text) = opened.content else {
            panic!("{} is no text", opened.name);
        };
        let mut bytes = Vec::new();
        match text.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(failure(&opened.name, &error)),
        }
    }

    /// A log of `rows` lines, each made of a user, an item and a time.
    fn log(rows: usize, header: &str, line: impl Fn(usize, usize, usize) -> String) -> Vec<u8> {
        let mut text = header.to_owned();
        for at in 0..rows {
            text += &line(at % 97 + 1, at * 7 % 1001 + 1, 978_300_760 + at * 31);
        }
        text.into_bytes()
    }

    fn ratings(rows: usize) -> Vec<u8> {
        log(rows, "userId,movieId,rating,timestamp\n", |u, i, t| {
            format!("{u},{i},4.0,{t}\n")
        })
    }

    const MOVIES: &[u8] = b"movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n2,\"Up, Again (1996)\",Drama\n";

    #[test]
    fn a_text_comes_as_it_is_and_is_counted() {
        let text = ratings(20_000);
        let found = open(&[("a.csv", &text)], None).unwrap();
        assert_eq!(
            (found.log.how, found.position.bytes()),
            (None, 0),
            "looking into it does not count"
        );
        assert!(found.items.is_none() && found.entries.is_empty() && found.notes.is_empty());
        let (position, total) = (found.position.clone(), found.total_bytes);
        assert_eq!(drain(found.log).unwrap(), text);
        assert_eq!((position.bytes(), total), (text.len() as u64, text.len() as u64));
        assert!(drain(open(&[("empty.csv", b"")], None).unwrap().log).unwrap().is_empty());
    }

    #[test]
    fn gzip_of_several_members_whatever_the_name() {
        let text = ratings(30_000);
        let mut packed = gzip(&text[..500_000]);
        packed.extend(gzip(&text[500_000..]));
        let found = open(&[("ratings.csv", &packed)], None).unwrap();
        assert_eq!(found.log.how, Some("gzip"));
        let (position, total) = (found.position.clone(), found.total_bytes);
        assert_eq!(drain(found.log).unwrap(), text);
        assert_eq!((position.bytes(), total), (packed.len() as u64, packed.len() as u64));
    }

    #[test]
    fn gzip_that_is_cut_or_changed_is_damaged() {
        let packed = gzip(&ratings(5000));
        let mut changed = packed.clone();
        *changed.iter_mut().nth_back(6).unwrap() ^= 1;
        for (bytes, what) in [
            (&packed[..packed.len() / 2], "it ends too early"),
            (&changed, "what is packed in it makes no sense"),
        ] {
            let told = drain(open(&[("a.gz", bytes)], None).unwrap().log).unwrap_err().to_string();
            assert_eq!(told, format!("a.gz is damaged ({what}); download or pack it again."));
        }
    }

    #[test]
    fn what_gzip_should_not_hold() {
        for (inside, what) in [
            (gzip(b"1,2\n"), "packed with gzip twice; unpack it once"),
            (
                zip(&[("a.csv", b"1,2\n")]),
                "a zip archive inside gzip; unpack it once and open the archive",
            ),
            (
                b"PAR1....".to_vec(),
                "a Parquet file inside gzip; unpack it and open the Parquet file",
            ),
        ] {
            assert_eq!(error(&[("a.gz", &gzip(&inside))], None), format!("a.gz is {what}."));
        }
        let mut tar = vec![0; 1024];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(
            error(&[("a.tgz", &gzip(&tar))], None),
            "a.tgz is a tar archive; unpack it and open the log inside."
        );
    }

    #[test]
    fn movielens_latest_small() {
        let ratings = ratings(10_000);
        let tags = log(300, "userId,movieId,tag,timestamp\n", |u, i, t| {
            format!("{u},{i},funny,{t}\n")
        });
        let links = log(900, "movieId,imdbId,tmdbId\n", |_, i, t| format!("{i},{t},862\n"));
        let readme = b"Summary\n=======\n\nThis dataset describes 5-star rating and free-text tagging activity.\n";
        let archive = zip(&[
            ("ml-latest-small/", b""),
            ("ml-latest-small/links.csv", &links),
            ("ml-latest-small/tags.csv", &tags),
            ("ml-latest-small/ratings.csv", &ratings),
            ("ml-latest-small/README.txt", readme),
            ("ml-latest-small/movies.csv", MOVIES),
            ("__MACOSX/ml-latest-small/._ratings.csv", &ratings.repeat(2)),
            ("ml-latest-small/.hidden.csv", &ratings.repeat(2)),
        ]);
        let found = open(&[("ml.zip", &archive)], None).unwrap();
        assert_eq!((found.log.name.as_str(), found.log.how), ("ratings.csv", Some("zip")));
        assert_eq!(
            found.notes,
            ["ratings.csv was read out of ml.zip; tags.csv could be read as a log too."]
        );
        let names: Vec<&str> = found.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names[..2], ["ml-latest-small/ratings.csv", "ml-latest-small/tags.csv"]);
        assert_eq!(found.entries[0].bytes, ratings.len() as u64);
        let position = found.position.clone();
        assert_eq!(drain(found.log).unwrap(), ratings);
        let items = found.items.unwrap();
        assert_eq!(items.name, "movies.csv");
        assert_eq!(drain(items).unwrap(), MOVIES);
        assert_eq!(position.bytes(), found.total_bytes);

        for wanted in ["ml-latest-small/tags.csv", "tags.csv"] {
            let found = open(&[("ml.zip", &archive)], Some(wanted)).unwrap();
            assert_eq!(drain(found.log).unwrap(), tags);
            assert!(found.notes.is_empty());
            assert_eq!(found.items.unwrap().name, "movies.csv");
        }
        let told = error(&[("ml.zip", &archive)], Some("rating.csv"));
        assert!(
            told.starts_with("ml.zip holds no file \"rating.csv\" (it holds \"ml-latest-small/"),
            "{told}"
        );
        assert!(told.ends_with("); name one of these."), "{told}");
    }

    #[test]
    fn movielens_1m_and_100k() {
        let ratings = log(9000, "", |u, i, t| format!("{u}::{i}::5::{t}\n"));
        let users = log(900, "", |u, i, _| format!("{u}{i}::F::1::10::48067\n"));
        let movies = "1::Toy Story (1995)::Animation|Children's\n2::Jumanji (1995)::Adventure\n".as_bytes();
        let archive = zip(&[
            ("ml-1m/movies.dat", movies),
            ("ml-1m/ratings.dat", &ratings),
            ("ml-1m/README", b"SUMMARY\n====\n\nThese files contain ratings.\n"),
            ("ml-1m/users.dat", &users),
        ]);
        let found = open(&[("ml-1m.zip", &archive)], None).unwrap();
        assert_eq!(drain(found.log).unwrap(), ratings);
        assert_eq!(drain(found.items.unwrap()).unwrap(), movies);

        let of = |rows| log(rows, "", |u, i, t| format!("{u}\t{i}\t3\t{t}\n"));
        let item =
            "1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/Toy|0|0|1\n2|GoldenEye (1995)|01-Jan-1995||http://x|0|1|0\n";
        let archive = zip(&[
            (
                "ml-100k/allbut.pl",
                b"#!/usr/local/bin/perl\n\n# get args\nif (@ARGV < 3) {\n",
            ),
            ("ml-100k/u.data", &of(10_000)),
            ("ml-100k/u.genre", b"unknown|0\nAction|1\nAdventure|2\n"),
            ("ml-100k/u.info", b"943 users\n1682 items\n100000 ratings\n"),
            ("ml-100k/u.item", item.as_bytes()),
            ("ml-100k/u.user", b"1|24|M|technician|85711\n2|53|F|other|94043\n"),
            ("ml-100k/ua.base", &of(9057)),
            ("ml-100k/ua.test", &of(943)),
            ("ml-100k/u1.base", &of(8000)),
        ]);
        let found = open(&[("ml-100k.zip", &archive)], None).unwrap();
        assert_eq!(found.log.name, "u.data");
        assert_eq!(found.items.unwrap().name, "u.item");
        assert!(
            found.notes[0].starts_with("u.data was read out of ml-100k.zip; ua.base"),
            "{:?}",
            found.notes
        );
    }

    #[test]
    fn two_sources_in_any_order_and_packing() {
        let ratings = ratings(3000);
        let (packed, archive) = (gzip(&ratings), zip(&[("x/ratings.csv", &ratings), ("x/movies.csv", MOVIES)]));
        let titles = [MOVIES.to_vec(), gzip(MOVIES), zip(&[("movies.csv", MOVIES)])];
        for log in [&ratings, &packed, &archive] {
            for items in &titles {
                for turned in [false, true] {
                    let mut files: Vec<(&str, &[u8])> = vec![("log", log), ("titles", items)];
                    if turned {
                        files.reverse();
                    }
                    let found = open(&files, None).unwrap();
                    let (position, total) = (found.position.clone(), found.total_bytes);
                    assert_eq!(drain(found.log).unwrap(), ratings);
                    assert_eq!(drain(found.items.unwrap()).unwrap(), MOVIES);
                    assert_eq!(position.bytes(), total);
                }
            }
        }
        for (first, second) in [(&ratings[..], &ratings[..]), (MOVIES, MOVIES)] {
            assert_eq!(
                error(&[("a", first), ("b", second)], None),
                "Neither or both of a and b look like a file of item titles; open one log, and beside it at most one file of titles."
            );
        }
        assert_eq!(
            error(&[("a", MOVIES), ("b", MOVIES), ("c", MOVIES)], None),
            "3 files were chosen; open one log, and beside it at most one file of titles."
        );
        assert!(error(&[], None).starts_with("0 files were chosen;"));
        let found = open(&[("a.csv", &ratings)], Some("x.csv")).unwrap();
        assert_eq!(found.notes, ["a.csv is no zip archive, so \"x.csv\" was not looked for."]);
    }

    #[test]
    fn gzip_and_stored_files_inside_a_zip() {
        let ratings = ratings(9000);
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let archive = zip_by(method, &[("d/ratings.csv.gz", &gzip(&ratings)), ("notes.txt", b"hello\n")]);
            let found = open(&[("a.zip", &archive)], None).unwrap();
            assert_eq!(
                (found.log.name.as_str(), found.log.how),
                ("ratings.csv.gz", Some("gzip in zip"))
            );
            let (position, total) = (found.position.clone(), found.total_bytes);
            assert_eq!(drain(found.log).unwrap(), ratings);
            assert_eq!(position.bytes(), total);
        }
        let inner = zip(&[("ratings.csv", &ratings)]);
        assert_eq!(
            error(&[("a.zip", &zip(&[("b.zip", &inner)]))], None),
            "b.zip is a zip archive inside another; unpack the outer one and open the inner one."
        );
    }

    #[test]
    fn an_archive_whose_bytes_were_changed_is_damaged() {
        let ratings = ratings(9000);
        let place = |archive: &[u8], what: &[u8]| archive.windows(what.len()).position(|w| w == what).unwrap();
        // One digit of a stored file.
        let mut archive = zip_by(CompressionMethod::Stored, &[("ratings.csv", &ratings)]);
        let at = place(&archive, b"978300760");
        archive[at + 8] = b'1';
        let told = drain(open(&[("a.zip", &archive)], None).unwrap().log).unwrap_err();
        assert_eq!(
            told.to_string(),
            "a.zip is damaged (the checksum of a file in it does not fit); download or pack it again."
        );
        // The checksum in the table of contents.
        let mut archive = zip(&[("ratings.csv", &ratings)]);
        let at = place(&archive, b"PK\x01\x02");
        archive[at + 16] ^= 1;
        let told = drain(open(&[("a.zip", &archive)], None).unwrap().log).unwrap_err();
        assert!(
            matches!(told, LogError::Damaged { what, .. } if what.contains("checksum")),
            "{told}"
        );
        // The packed size: the packed bytes end too early.
        let mut archive = zip(&[("ratings.csv", &ratings)]);
        let at = at_of(&archive);
        archive[at + 21] -= 10;
        let told = drain(open(&[("a.zip", &archive)], None).unwrap().log).unwrap_err();
        assert!(matches!(told, LogError::Damaged { .. }), "{told}");
        // A cut archive has no table of contents.
        let told = error(&[("a.zip", &archive[..archive.len() / 2])], None);
        assert_eq!(
            told,
            "a.zip is damaged (its table of contents cannot be read); download or pack it again."
        );
    }

    fn at_of(archive: &[u8]) -> usize {
        archive.windows(4).position(|w| w == b"PK\x01\x02").unwrap()
    }

    #[test]
    fn files_that_cannot_be_unpacked() {
        let ratings = ratings(900);
        let locked = |offset: usize, value: u8, files: &[(&str, &[u8])]| {
            let mut archive = zip(files);
            let at = at_of(&archive);
            archive[at + offset] |= value;
            archive
        };
        let alone: &[(&str, &[u8])] = &[("d/ratings.csv", &ratings)];
        assert_eq!(
            error(&[("a.zip", &locked(8, 1, alone))], None),
            "a.zip: \"d/ratings.csv\" in it is encrypted; pack it without a password."
        );
        let told =
            "a.zip: \"d/ratings.csv\" in it is packed with a method that is not read here; pack it as an ordinary zip archive.";
        assert_eq!(error(&[("a.zip", &locked(10, 4, alone))], None), told);
        let readme: &[(&str, &[u8])] = &[("d/ratings.csv", &ratings), ("README", b"read\nme\n")];
        assert_eq!(
            error(&[("a.zip", &locked(10, 4, readme))], None),
            told,
            "a text beside it is no log"
        );
        let both: &[(&str, &[u8])] = &[("d/ratings.csv", &ratings), ("other.csv", &ratings)];
        let archive = locked(10, 4, both);
        assert_eq!(open(&[("a.zip", &archive)], None).unwrap().log.name, "other.csv");
        assert_eq!(error(&[("a.zip", &archive)], Some("ratings.csv")), told);
    }

    #[test]
    fn archives_without_a_log() {
        assert_eq!(
            error(&[("a.zip", &zip(&[]))], None),
            "a.zip holds no file that looks like a log (it holds nothing); open the log itself, or name the file to read."
        );
        let told = error(&[("a.zip", &zip(&[("a.txt", b"x\ny\n"), ("movies.csv", MOVIES)]))], None);
        assert!(told.contains("(it holds \"movies.csv\", \"a.txt\")"), "{told}");
        let told = error(&[("a.zip", &zip(&[("movies.csv", MOVIES)]))], None);
        assert!(told.contains("no file that looks like a log"), "{told}");
        // The reader knows best what is wrong with the only file.
        assert_eq!(
            open(&[("a.zip", &zip(&[("a.txt", b"x\ny\n")]))], None).unwrap().log.name,
            "a.txt"
        );
        let sheet = zip(&[("xl/workbook.xml", b"<x/>"), ("xl/sheet1.xml", b"<y/>")]);
        assert_eq!(
            error(&[("a.xlsx", &sheet)], None),
            "a.xlsx is a spreadsheet; save the sheet as CSV."
        );
    }

    #[test]
    fn a_source_that_fails_is_not_called_damaged() {
        struct Failing(Cursor<Vec<u8>>);
        impl Read for Failing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.position() > 100_000 {
                    return Err(io::ErrorKind::PermissionDenied.into());
                }
                let room = buffer.len().min(50_000);
                self.0.read(&mut buffer[..room])
            }
        }
        impl Seek for Failing {
            fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
                self.0.seek(to)
            }
        }
        let text = log(60_000, "u,i,t\n", |u, i, t| {
            format!("{u},{i},{}\n", t.wrapping_mul(2_654_435_761) % 4_000_000_000)
        });
        for bytes in [text.clone(), gzip(&text)] {
            assert!(bytes.len() > 150_000);
            let source = Box::new(Failing(Cursor::new(bytes)));
            let name = "a.csv".to_owned();
            let found = open_all(vec![NamedSource { name, source }], None).unwrap();
            assert_eq!(
                drain(found.log).unwrap_err().to_string(),
                "a.csv could not be read; it may have been moved or changed since it was chosen."
            );
        }
    }
}
