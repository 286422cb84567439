//! The two files of a run in one: a zip archive of `model.safetensors` and `run.json`.
//!
//! In: a [`Checkpoint`]. Out: the bytes of the archive, and back. The page saves and opens such archives, the command line takes them
//! in the place of a folder. Nothing is compressed on writing, since weights hardly shrink; what another program has compressed
//! is read as well, also where the two files lie in a folder of the archive.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::checkpoint::{Checkpoint, CheckpointError};

/// Name of the file of tensors.
const TENSORS: &str = "model.safetensors";
/// Name of the record.
const RECORD: &str = "run.json";
/// How a zip archive begins.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
/// Most bytes that a file of the archive may have when it is unpacked: what the memory of a browser's module can hold beside a run.
const MOST_BYTES: u64 = 1 << 30;

impl Checkpoint {
    /// The archive. The same checkpoint gives the same bytes.
    pub fn to_archive(&self) -> Result<Vec<u8>, CheckpointError> {
        let json = self.json()?;
        let unwritten =
            |error: &dyn std::fmt::Display| CheckpointError::Archive(format!("The archive cannot be written ({error})."));
        // No time of its own: a run knows no clock.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default());
        let mut archive = ZipWriter::new(Cursor::new(Vec::with_capacity(self.tensors.len() + json.len() + 512)));
        for (name, bytes) in [(TENSORS, self.tensors.as_slice()), (RECORD, json.as_bytes())] {
            archive.start_file(name, options).map_err(|error| unwritten(&error))?;
            archive.write_all(bytes).map_err(|error| unwritten(&error))?;
        }
        let bytes = archive.finish().map_err(|error| unwritten(&error))?;
        Ok(bytes.into_inner())
    }

    /// A checkpoint out of an archive.
    pub fn from_archive(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| match error {
            _ if !bytes.starts_with(ZIP_MAGIC) => CheckpointError::NoArchive,
            error => CheckpointError::Archive(format!(
                "The archive is cut short or damaged ({error}); save or copy the checkpoint again.",
                error = reason(&error)
            )),
        })?;
        let json = unpack(&mut archive, RECORD)?;
        let json = String::from_utf8(json).map_err(|_| CheckpointError::Record("it is not text".to_owned()))?;
        Checkpoint::from_files(unpack(&mut archive, TENSORS)?, &json)
    }
}

/// One file of the archive, wherever it lies. Its checksum is verified by reading to its end.
fn unpack(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &'static str) -> Result<Vec<u8>, CheckpointError> {
    let is_it = |path: &str| path.rsplit('/').next() == Some(name) && !path.starts_with("__MACOSX/");
    let found = archive.file_names().flatten().find(|path| is_it(path));
    let Some(index) = found.and_then(|path| archive.index_for_name(&path)) else {
        return Err(CheckpointError::Archive(format!(
            "The archive holds no {name}; a checkpoint is a zip archive of {TENSORS} and {RECORD}."
        )));
    };
    let damaged = |why: &dyn std::fmt::Display| {
        CheckpointError::Archive(format!(
            "{name} in the archive is damaged ({why}); save or copy the checkpoint again."
        ))
    };
    let entry = archive.by_index(index).map_err(|error| damaged(&reason(&error)))?;
    let size = entry.size();
    let mut bytes = Vec::new();
    // Memory is asked for with care: the size is only what the archive says.
    if size > MOST_BYTES || bytes.try_reserve_exact(size as usize).is_err() {
        return Err(CheckpointError::Archive(format!(
            "{name} in the archive has {} MB, more than can be held in memory here.",
            size / 1_000_000
        )));
    }
    entry
        .take(size + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(&error))?;
    if bytes.len() as u64 != size {
        return Err(damaged(&format!("it has not the {size} bytes that the archive says")));
    }
    Ok(bytes)
}

/// What is wrong, without the words that the zip library begins with.
fn reason(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(why) => why.to_string(),
        error => error.to_string(),
    }
}
