//! The zip archive around a checkpoint.
//!
//! In: the bytes of a file. Out: the pickle program and the bytes of each storage, checked against their sizes and checksums.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::storage::Storage;
use super::{MAX_PICKLE_BYTES, PytorchError};

const PICKLE: &str = "data.pkl";
/// Most bytes of the entry that tells the order of bytes.
const MAX_ORDER_BYTES: u64 = 64;
/// How files of PyTorch before 1.6 begin: protocol 2, and a long integer that is their magic number.
const LEGACY: [u8; 14] = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
];

/// A checkpoint's archive.
pub(super) struct Archive<'a> {
    file: &'a str,
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// Prefix of each entry's name: the folder that PyTorch names after the file.
    root: String,
}

impl<'a> Archive<'a> {
    /// Finds the program, and sees to it that the storages are little-endian.
    pub(super) fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self, PytorchError> {
        let other = |found| PytorchError::OtherFile {
            file: file.to_owned(),
            found,
        };
        if bytes.is_empty() {
            return Err(other("it is empty"));
        }
        if bytes.starts_with(&LEGACY) {
            return Err(PytorchError::Legacy { file: file.to_owned() });
        }
        if !bytes.starts_with(b"PK") {
            return Err(other("it is no zip archive"));
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| PytorchError::Damaged {
            file: file.to_owned(),
            entry: "its table of contents".to_owned(),
            what: "is missing or cannot be read".to_owned(),
        })?;
        let root = zip
            .file_names()
            .filter_map(|name| name.ok()?.strip_suffix(PICKLE).map(str::to_owned))
            .filter(|root| root.is_empty() || root.ends_with('/'))
            .min_by_key(String::len)
            .ok_or_else(|| other("it is a zip archive without data.pkl"))?;
        let mut archive = Self { file, zip, root };
        // PyTorch writes this entry since 2.1; before, it wrote as its machine did, and those were all alike.
        let entry = archive.name("byteorder");
        if archive.zip.index_for_name(&entry).is_some() {
            let found = archive.unpack(&entry, MAX_ORDER_BYTES)?;
            if found.trim_ascii() != b"little" {
                return Err(PytorchError::ByteOrder {
                    file: file.to_owned(),
                    found: super::pickle::shown(&String::from_utf8_lossy(found.trim_ascii())),
                    entry,
                });
            }
        }
        Ok(archive)
    }

    /// The program that builds the dictionary.
    pub(super) fn pickle(&mut self) -> Result<Vec<u8>, PytorchError> {
        self.unpack(&self.pickle_name(), MAX_PICKLE_BYTES)
    }

    /// The name of its entry.
    pub(super) fn pickle_name(&self) -> String {
        self.name(PICKLE)
    }

    /// The bytes of a storage: as many as its numbers take.
    pub(super) fn storage(&mut self, storage: Storage) -> Result<Vec<u8>, PytorchError> {
        let entry = self.name(&format!("data/{}", storage.key));
        // No overflow: the caller has held the count against MAX_VALUES.
        let expected = storage.count * storage.kind.bytes() as u64;
        let bytes = self.unpack(&entry, expected)?;
        if bytes.len() as u64 != expected {
            let what = format!("has {} bytes instead of {expected}", bytes.len());
            return Err(self.damaged(&entry, what));
        }
        Ok(bytes)
    }

    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.root)
    }

    fn damaged(&self, entry: &str, what: impl Into<String>) -> PytorchError {
        PytorchError::Damaged {
            file: self.file.to_owned(),
            entry: super::pickle::shown(entry),
            what: what.into(),
        }
    }

    /// An entry, of at most so many bytes. Its checksum is verified by reading to its end.
    fn unpack(&mut self, name: &str, most: u64) -> Result<Vec<u8>, PytorchError> {
        let Some(index) = self.zip.index_for_name(name) else {
            return Err(self.damaged(name, "is missing"));
        };
        let mut bytes = Vec::new();
        let unpacked = match self.zip.by_index(index) {
            // One byte more than there may be: what is longer shows, and what is not is read to its end.
            Ok(entry) => entry
                .take(most + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match unpacked {
            Ok(_) if bytes.len() as u64 > most => {
                Err(self.damaged(name, format!("has more than the {most} bytes that it may have")))
            }
            Ok(_) => Ok(bytes),
            Err(why) => Err(self.damaged(name, format!("cannot be unpacked ({why})"))),
        }
    }
}
