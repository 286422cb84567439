//! The two files of a run in a folder: `model.safetensors` and `run.json`.
//!
//! In: a folder. Out: a [`Checkpoint`], or a sentence that names the file. Each file is written under a temporary name and put in
//! place when it is whole, the tensors first, so that a kill in between never leaves half a file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use contrastvae::run::Checkpoint;

use crate::failure::Failure;
use crate::whole_file::write_bytes;

const TENSORS: &str = "model.safetensors";
const RECORD: &str = "run.json";

/// Whether the folder holds a run.
pub fn holds_a_run(folder: &Path) -> bool {
    folder.join(RECORD).exists()
}

pub fn load(folder: &Path) -> Result<Checkpoint, Failure> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|error| {
            Failure::Input(match error.kind() {
                ErrorKind::NotFound => format!(
                    "There is no file {}; name the folder that `contrastvae train --out` wrote.",
                    path.display()
                ),
                _ => format!("{} cannot be read: {error}.", path.display()),
            })
        })
    };
    let json = String::from_utf8(read(RECORD)?)
        .map_err(|_| Failure::Input(format!("{} is not text; it is damaged.", folder.join(RECORD).display())))?;
    Checkpoint::from_files(read(TENSORS)?, &json).map_err(|error| Failure::Input(error.to_string()))
}

pub fn save(folder: &Path, checkpoint: &Checkpoint) -> Result<(), Failure> {
    let json = checkpoint.json().map_err(|error| Failure::Other(error.to_string()))?;
    let cannot = |error: std::io::Error| {
        Failure::Other(format!(
            "The run cannot be written to {}: {error}; choose another folder with --out.",
            folder.display()
        ))
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    for (name, bytes) in [(TENSORS, checkpoint.tensors.as_slice()), (RECORD, json.as_bytes())] {
        write_bytes(&folder.join(name), bytes).map_err(cannot)?;
    }
    Ok(())
}
