//! The bytes of the files that a person chose, at any place of them and for several readers at once.
//!
//! In: a [`NamedSource`], a file or a browser's `File`. Out: [`Stretch`]es of it, each a reader with its own place that may count
//! what it reads in a [`Position`]; and [`Checked`] readers, which make sentences of what goes wrong in unpacking. An error of the
//! source itself is marked as such, so that [`failure`] does not take it for a damage of what is packed in it.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Crc;
use serde::{Deserialize, Serialize};

use crate::log::error::{LogError, legible};

/// Source of a log: a file, or a browser's `File` that is read in ranges.
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

    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A source that several readers share, each with its own place.
#[derive(Clone)]
pub(crate) struct SharedSource {
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
    pub(crate) fn new(mut named: NamedSource) -> Result<Self, LogError> {
        let length = named.source.seek(SeekFrom::End(0));
        let name = legible(&named.name);
        Ok(SharedSource {
            length: length.map_err(|error| failure(&name, &error))?,
            name: name.into(),
            inner: Arc::new(Mutex::new(Inner {
                source: named.source,
                at: None,
            })),
        })
    }

    /// The file's name, for sentences.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// A reader of the bytes from `start` up to `end`.
    pub(crate) fn stretch(&self, start: u64, end: u64) -> Stretch {
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
pub(crate) struct Stretch {
    source: SharedSource,
    start: u64,
    end: u64,
    at: u64,
    position: Option<Position>,
}

impl Stretch {
    /// The same bytes, counted there as they are read.
    pub(crate) fn counted(self, position: Option<Position>) -> Self {
        Stretch { position, ..self }
    }
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
pub(crate) struct Checked<R> {
    reader: R,
    file: String,
    sum: Option<(Crc, u32, u64)>,
}

impl<R: Read> Checked<R> {
    /// `sum` is an archive's checksum of what is read, and its size.
    pub(crate) fn new(reader: R, file: &str, sum: Option<(u32, u64)>) -> Self {
        Checked {
            reader,
            file: file.to_owned(),
            sum: sum.map(|(sum, size)| (Crc::new(), sum, size)),
        }
    }
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

/// The sentence for an error that came out of a source, or out of what is unpacked from one.
pub(crate) fn failure(file: &str, error: &io::Error) -> LogError {
    let told = error.get_ref().and_then(|inner| inner.downcast_ref::<LogError>());
    told.cloned()
        .unwrap_or_else(|| LogError::Unreadable { file: file.to_owned() })
}

/// The sentence for a file whose packing cannot be undone.
pub(crate) fn damaged(file: &str, what: &'static str) -> LogError {
    LogError::Damaged {
        file: file.to_owned(),
        what,
    }
}
