//! Files and pipes that are named on the command line.
//!
//! In: a path. Out: a source of its bytes, as often as it is asked for, or a sentence that names the path.

use std::fs::{self, File};
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use contrastvae::log::{NamedSource, Source};

use crate::failure::Failure;

/// Most bytes of a pipe, which has to be held in memory since a log is read from more than one place.
const MAX_PIPED_BYTES: u64 = 1 << 30;

/// A file that was named on the command line.
pub(super) struct Input {
    name: String,
    path: PathBuf,
    /// Content of a pipe.
    piped: Option<Bytes>,
}

impl Input {
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let kind = fs::metadata(path).map_err(|error| cannot_open(path, &error))?;
        if kind.is_dir() {
            return Err(Failure::Input(format!(
                "{shown} is a folder; name the file of the log in it."
            )));
        }
        let piped = if kind.is_file() { None } else { Some(drain(path)?) };
        Ok(Input {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            path: path.to_owned(),
            piped,
        })
    }

    fn source(&self) -> Result<NamedSource, Failure> {
        let source: Box<dyn Source> = match &self.piped {
            Some(bytes) => Box::new(Cursor::new(bytes.clone())),
            None => Box::new(File::open(&self.path).map_err(|error| cannot_open(&self.path, &error))?),
        };
        Ok(NamedSource {
            name: self.name.clone(),
            source,
        })
    }
}

/// Sources of the files, each at its beginning.
pub(super) fn sources(inputs: &[Input]) -> Result<Vec<NamedSource>, Failure> {
    inputs.iter().map(Input::source).collect()
}

/// All that comes out of a pipe or a device.
fn drain(path: &Path) -> Result<Bytes, Failure> {
    let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    let mut bytes = Vec::new();
    file.take(MAX_PIPED_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot_open(path, &error))?;
    if bytes.len() as u64 > MAX_PIPED_BYTES {
        let limit = MAX_PIPED_BYTES >> 20;
        return Err(Failure::Input(format!(
            "{} is no file and brings more than {limit} MiB; write it to a file and name that.",
            path.display()
        )));
    }
    Ok(bytes.into())
}

/// Why a path gives no bytes.
pub fn cannot_open(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    Failure::Input(match error.kind() {
        ErrorKind::NotFound => format!("There is no file {shown}."),
        ErrorKind::PermissionDenied => format!("There is no permission to read {shown}."),
        _ => format!("{shown} cannot be read: {error}."),
    })
}
