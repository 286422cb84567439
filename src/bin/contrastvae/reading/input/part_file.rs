//! A file of many, open only while it is read.
//!
//! In: a path. Out: a source of its bytes. A folder may hold more parts than a process may have files open.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use contrastvae::log::NamedSource;

use super::cannot_open;
use crate::failure::Failure;

/// A file that opens at its first reading.
pub(super) struct PartFile {
    path: PathBuf,
    length: u64,
    at: u64,
    file: Option<File>,
}

impl PartFile {
    /// The file with its name.
    pub(super) fn named(path: &Path) -> Result<NamedSource, Failure> {
        let length = fs::metadata(path).map_err(|error| cannot_open(path, &error))?.len();
        Ok(NamedSource {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            source: Box::new(Self {
                path: path.to_owned(),
                length,
                at: 0,
                file: None,
            }),
        })
    }
}

impl Read for PartFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut file = File::open(&self.path)?;
                file.seek(SeekFrom::Start(self.at))?;
                self.file.insert(file)
            }
        };
        let count = file.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for PartFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(self.at))?;
        }
        Ok(self.at)
    }
}
