//! Files, folders of parts and pipes that are named on the command line.
//!
//! In: a path. Out: a source of its bytes, as often as it is asked for, or a sentence that names the path. A folder is a log in parts: all files
//! below it by their names, but those that begin with a dot or an underscore, which engines write beside their parts.

mod part_file;

use std::fs::{self, File};
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use contrastvae::log::{LogError, NamedSource, Opening, ReadOptions, Source};

use crate::failure::Failure;
use part_file::PartFile;

/// Most bytes of a pipe, which has to be held in memory since a log is read from more than one place.
const MAX_PIPED_BYTES: u64 = 1 << 30;

/// A file that was named on the command line.
pub(super) struct Input {
    name: String,
    path: PathBuf,
    /// Content of a pipe.
    piped: Option<Bytes>,
    /// Files of a folder.
    parts: Option<Vec<PathBuf>>,
}

impl Input {
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let kind = fs::metadata(path).map_err(|error| cannot_open(path, &error))?;
        let parts = if kind.is_dir() { Some(parts_of(path)?) } else { None };
        if parts.as_ref().is_some_and(Vec::is_empty) {
            return Err(Failure::Input(format!(
                "There is no file in the folder {shown}; name a folder with the parts of a log, or the file of one."
            )));
        }
        let piped = if kind.is_file() || kind.is_dir() {
            None
        } else {
            Some(drain(path)?)
        };
        Ok(Input {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            path: path.to_owned(),
            piped,
            parts,
        })
    }

    /// Whether it is a log in parts.
    fn is_folder(&self) -> bool {
        self.parts.is_some()
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

/// A reading of the files, each from its beginning.
pub(super) fn opening(inputs: &[Input], options: &ReadOptions) -> Result<Opening, Failure> {
    let (folders, files): (Vec<&Input>, Vec<&Input>) = inputs.iter().partition(|input| input.is_folder());
    let sources = |inputs: &[&Input]| inputs.iter().map(|input| input.source()).collect::<Result<Vec<_>, _>>();
    match (folders.as_slice(), files.as_slice()) {
        ([], files) => Ok(Opening::new(sources(files)?, options)?),
        ([folder], [] | [_]) => {
            let part = |path: &PathBuf| PartFile::named(path);
            let parts = folder.parts.iter().flatten().map(part).collect::<Result<Vec<_>, _>>()?;
            Ok(Opening::of_parts(&folder.name, parts, sources(&files)?.pop(), options)?)
        }
        _ => Err(LogError::FileCount { count: inputs.len() }.into()),
    }
}

/// Files of a folder and of those in it, in the order of their paths.
fn parts_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| cannot_open(folder, &error))? {
        let path = entry.map_err(|error| cannot_open(folder, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '_']) {
            continue;
        }
        match path.is_dir() {
            true => parts.append(&mut parts_of(&path)?),
            false => parts.push(path),
        }
    }
    parts.sort_unstable();
    Ok(parts)
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
