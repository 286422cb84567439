//! Names of users in files: the identifiers of the log, or pseudonyms by a key that is a file of its own.
//!
//! In: the users of a log, and where wanted the path of a key. Out: a name for each user. The key is read if it is there, and written before
//! anything that is named by it, so that no file is left whose names lead nowhere.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use contrastvae::log::Dataset;
use contrastvae::run::PseudonymKey;

use crate::failure::Failure;
use crate::whole_file::write_bytes;

#[derive(Debug, Default, clap::Args)]
pub struct Pseudonyms {
    /// Pseudonyms in the place of users' identifiers; FILE is the key that leads back (.csv), read if it is there, and new users are added
    #[arg(long, value_name = "FILE", requires = "data")]
    pseudonyms: Option<PathBuf>,
}

impl Pseudonyms {
    /// Whether there are to be pseudonyms.
    pub fn are_wanted(&self) -> bool {
        self.pseudonyms.is_some()
    }

    /// Names of all users of a log, in its order.
    pub fn names<'a>(&self, log: &'a Dataset) -> Result<Cow<'a, [String]>, Failure> {
        match &self.pseudonyms {
            Some(path) => drawn(path, &log.users).map(Cow::Owned),
            None => Ok(Cow::Borrowed(&log.users)),
        }
    }

    /// Error if `out` would take the place of the key.
    pub fn check_apart(&self, out: &Path) -> Result<(), Failure> {
        self.pseudonyms.as_deref().map_or(Ok(()), |key| check_apart(key, out))
    }
}

/// Pseudonyms of these users by the key at `path`, to which those are added that it does not know.
pub fn drawn(path: &Path, users: &[String]) -> Result<Vec<String>, Failure> {
    let mut key = earlier(path)?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::Other(format!("The system gives no random numbers for pseudonyms: {error}.")))?;
    if key.complete(users, seed) > 0 {
        write_bytes(path, &key.text())
            .map_err(|error| Failure::Other(format!("The key {} cannot be written: {error}.", path.display())))?;
    }
    Ok(key.names(users))
}

/// Error if what is written to `out` would take the place of the key.
pub fn check_apart(key: &Path, out: &Path) -> Result<(), Failure> {
    match place(key).is_some_and(|key| place(out) == Some(key)) {
        true => Err(Failure::Input(format!(
            "{} is to hold the key of the pseudonyms; give --out another name.",
            key.display()
        ))),
        false => Ok(()),
    }
}

/// Where a file is or would be, one path for each place; None if its folder is not there.
fn place(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
    Some(folder.join(path.file_name()?))
}

/// The key that is there; an empty one if there is none.
fn earlier(path: &Path) -> Result<PseudonymKey, Failure> {
    match fs::read(path) {
        Ok(text) => Ok(PseudonymKey::parse(&path.display().to_string(), &text)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(PseudonymKey::default()),
        Err(error) => Err(Failure::Input(format!("{} cannot be read: {error}.", path.display()))),
    }
}
