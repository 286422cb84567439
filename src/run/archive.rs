//! The two files of a run in one: a zip archive of `model.safetensors` and `run.json`.
//!
//! In: a [`Checkpoint`]. Out: the bytes of the archive, and back. The page saves and opens such archives, the command line takes them
//! in the place of a folder. Nothing is compressed on writing, since weights hardly shrink; what another program has compressed
//! is read as well, also where the two files lie in a folder of the archive.

use super::{
    checkpoint::{Checkpoint, CheckpointError},
    zip_file::{Entry, begins_as_archive, entries, pack},
};

/// Name of the file of tensors.
const TENSORS: &str = "model.safetensors";
/// Name of the record.
const RECORD: &str = "run.json";

impl Checkpoint {
    /// The archive. The same checkpoint gives the same bytes.
    pub fn to_archive(&self) -> Result<Vec<u8>, CheckpointError> {
        let json = self.json()?;
        pack(&[(TENSORS, &self.tensors), (RECORD, json.as_bytes())]).ok_or_else(|| {
            CheckpointError::Archive(
                "The run has more than the 4 GB that a zip archive can hold, so it is not saved; use a smaller model.hidden_size."
                    .to_owned(),
            )
        })
    }

    /// A checkpoint out of an archive.
    pub fn from_archive(archive: &[u8]) -> Result<Self, CheckpointError> {
        let entries = entries(archive).map_err(|wrong| match begins_as_archive(archive) {
            true => CheckpointError::Archive(format!(
                "The archive is cut short or damaged ({wrong}); save or copy the checkpoint again."
            )),
            false => CheckpointError::NoArchive,
        })?;
        let json = String::from_utf8(unpack(&entries, RECORD)?);
        let json = json.map_err(|_| CheckpointError::Record("it is not text".to_owned()))?;
        Checkpoint::from_files(unpack(&entries, TENSORS)?, &json)
    }
}

/// One file of the archive, wherever it lies.
fn unpack(entries: &[Entry], name: &str) -> Result<Vec<u8>, CheckpointError> {
    // Archives of macOS hold a twin of each file.
    let is_it = |path: &str| path.rsplit('/').next() == Some(name) && !path.starts_with("__MACOSX/");
    let entry = entries.iter().find(|entry| is_it(&entry.path)).ok_or_else(|| {
        CheckpointError::Archive(format!(
            "The archive holds no {name}; a checkpoint is a zip archive of {TENSORS} and {RECORD}."
        ))
    })?;
    entry.unpack().map_err(|wrong| {
        CheckpointError::Archive(format!(
            "{name} in the archive cannot be unpacked ({wrong}); save or copy the checkpoint again."
        ))
    })
}
