//! Names of users in files: the identifiers of the log, or pseudonyms by a key that is a file of its own.
//!
//! In: a log, and where wanted the path of a key. Out: a name for each user. The key is read if it is there, and written before anything that is
//! named by it, so that no file is left whose names lead nowhere.

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
        let Some(path) = &self.pseudonyms else {
            return Ok(Cow::Borrowed(&log.users));
        };
        let mut key = earlier(path)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| Failure::Other(format!("The system gives no random numbers for pseudonyms: {error}.")))?;
        if key.complete(&log.users, seed) > 0 {
            write_bytes(path, &key.text())
                .map_err(|error| Failure::Other(format!("The key {} cannot be written: {error}.", path.display())))?;
        }
        Ok(Cow::Owned(key.names(&log.users)))
    }
}

/// The key that is there; an empty one if there is none.
fn earlier(path: &Path) -> Result<PseudonymKey, Failure> {
    match fs::read(path) {
        Ok(text) => Ok(PseudonymKey::parse(&path.display().to_string(), &text)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(PseudonymKey::default()),
        Err(error) => Err(Failure::Input(format!("{} cannot be read: {error}.", path.display()))),
    }
}
