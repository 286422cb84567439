//! Where a run lies: a folder with `model.safetensors` and `run.json`, or a zip archive of the two as the page saves it.
//!
//! In: a path; what ends in `.zip`, or is a file, is an archive. Out: a [`Checkpoint`], or a sentence that names the file. Each file is
//! written under a temporary name and put in place when it is whole, the tensors first, so that a kill in between never leaves
//! half a file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use contrastvae::run::{Checkpoint, CheckpointError};

use crate::failure::Failure;
use crate::whole_file::write_bytes;

const TENSORS: &str = "model.safetensors";
const RECORD: &str = "run.json";

/// Whether the path is named as an archive.
pub fn is_named_archive(place: &Path) -> bool {
    place.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// Whether the path means an archive and not a folder.
fn is_archive(place: &Path) -> bool {
    place.is_file() || (is_named_archive(place) && !place.is_dir())
}

/// Whether there is a run.
pub fn holds_a_run(place: &Path) -> bool {
    match is_archive(place) {
        true => place.exists(),
        false => place.join(RECORD).exists(),
    }
}

pub fn load(place: &Path) -> Result<Checkpoint, Failure> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| {
            Failure::Input(match error.kind() {
                ErrorKind::NotFound => format!(
                    "There is no file {}; name the folder that `contrastvae train --out` wrote, or a checkpoint that the page saved.",
                    path.display()
                ),
                _ => format!("{} cannot be read: {error}.", path.display()),
            })
        })
    };
    if is_archive(place) {
        let of = |error: CheckpointError| Failure::Input(format!("{}: {error}", place.display()));
        return Checkpoint::from_archive(&read(place)?).map_err(of);
    }
    let record = place.join(RECORD);
    let json = String::from_utf8(read(&record)?)
        .map_err(|_| Failure::Input(format!("{} is not text; it is damaged.", record.display())))?;
    Checkpoint::from_files(read(&place.join(TENSORS))?, &json).map_err(|error| Failure::Input(error.to_string()))
}

pub fn save(place: &Path, checkpoint: &Checkpoint) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::Other(format!(
            "The run cannot be written to {}: {error}; choose another place with --out.",
            place.display()
        ))
    };
    let other = |error: CheckpointError| Failure::Other(error.to_string());
    if is_archive(place) {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or(Ok(()), fs::create_dir_all).map_err(cannot)?;
        return write_bytes(place, &checkpoint.to_archive().map_err(other)?).map_err(cannot);
    }
    let json = checkpoint.json().map_err(other)?;
    fs::create_dir_all(place).map_err(cannot)?;
    for (name, bytes) in [(TENSORS, checkpoint.tensors.as_slice()), (RECORD, json.as_bytes())] {
        write_bytes(&place.join(name), bytes).map_err(cannot)?;
    }
    Ok(())
}
