//! Files that are there whole or not at all.
//!
//! In: a path and what writes the contents. Out: a file under a temporary name beside it, which takes its place when it is kept and
//! goes when it is not, also when the program is interrupted; a kill in between never leaves half a file under the name.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::Failure;

/// Temporary files that are there at the moment.
static PARTIAL: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn partial() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PARTIAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the program on Ctrl-C or another signal that asks for it, without leaving a temporary file.
#[cfg(unix)]
pub fn clean_up_when_interrupted() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    // Without a handler or its thread the program ends as it would otherwise.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Held to the end, so that no file is begun any more.
            let partial = partial();
            for path in partial.iter() {
                let _ = fs::remove_file(path);
            }
            end(signal);
        }
    });
}

/// Elsewhere a temporary file stays until the next one of its name.
#[cfg(not(unix))]
pub fn clean_up_when_interrupted() {}

/// Ends the program with the status that shells give to one that a signal ended.
#[cfg(unix)]
#[expect(clippy::exit, reason = "the thread of a signal is not the one that could return")]
fn end(signal: i32) -> ! {
    std::process::exit(128 + signal)
}

/// A file that is written but not yet in its place.
pub struct WholeFile {
    path: PathBuf,
    temporary: PathBuf,
}

impl WholeFile {
    /// Writes the contents under `.NAME.partial` beside `path`, through to the disk.
    pub fn write(path: &Path, contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.partial"));
        let mut file = BufWriter::new(Self::begin(&temporary)?);
        // From here on dropping it removes the file.
        let whole = Self {
            path: path.to_owned(),
            temporary,
        };
        contents(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(whole)
    }

    fn begin(temporary: &Path) -> io::Result<File> {
        let mut partial = partial();
        let file = File::create(temporary)?;
        partial.insert(temporary.to_owned());
        Ok(file)
    }

    /// Puts it in its place, over whatever was there.
    pub fn keep(self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.path)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After `keep` there is nothing under this name any more.
        let _ = fs::remove_file(&self.temporary);
        partial().remove(&self.temporary);
    }
}

/// The same for contents that are in memory.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    WholeFile::write(path, |file| file.write_all(bytes))?.keep()
}

/// Error if the folder that a file is to be written to is not there.
pub fn check_folder(out: &Path) -> Result<(), Failure> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(Failure::Input(format!(
            "There is no folder {}; make it, or choose another place with --out.",
            folder.display()
        ))),
        None => Ok(()),
    }
}

/// Writes contents to a file that is there whole or not at all, or with `-` to the standard output; what they came to.
pub fn write_to<T: Default>(out: &Path, contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<T>) -> Result<T, Failure> {
    check_folder(out)?;
    let written = if out == Path::new("-") {
        let mut file = BufWriter::new(io::stdout());
        contents(&mut file).and_then(|told| file.flush().map(|()| told))
    } else {
        let mut told = T::default();
        let whole = WholeFile::write(out, |file| contents(file).map(|value| told = value));
        whole.and_then(WholeFile::keep).map(|()| told)
    };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Unheard,
        _ => Failure::Other(format!("{} cannot be written: {error}.", out.display())),
    })
}
