//! From the files that a person chose to the log inside them: plain text, gzip, zip or Parquet, told apart by their first bytes
//! and never by their names.
//!
//! In: one or two sources that can be read at any place. Out: [`Found`], with the log and, where there is one, the file of item
//! titles, each as a stream of text or as rows of a Parquet file. Of the files in a zip archive the likeliest is taken, or the
//! one that is asked for.

use std::cmp::Reverse;
use std::io::Read;

use crate::log::containers::archive::{Candidate, Listed, Locked, Opened, base, list};
use crate::log::containers::packed::sheets_of;
#[cfg(not(target_arch = "wasm32"))]
use crate::log::containers::parts::{FirstPart, Parts, open_parts};
use crate::log::error::{LogError, legible, shown};
use crate::log::text::source::{ArchiveEntry, NamedSource, Position, SharedSource, failure};

/// Log and items found in the sources.
pub(crate) struct Found {
    pub(crate) log: Opened,
    pub(crate) items: Option<Opened>,
    /// The files of a zip archive that could be read as a log, the likeliest first.
    pub(crate) entries: Vec<ArchiveEntry>,
    /// Sentences about what was chosen.
    pub(crate) notes: Vec<String>,
    /// Bytes read so far, out of `total_bytes`.
    pub(crate) position: Position,
    pub(crate) total_bytes: u64,
}

/// Finds the log and the titles in what a person chose. `entry` is the file of a zip archive that is to be the log.
pub(crate) fn open_all(sources: Vec<NamedSource>, entry: Option<&str>) -> Result<Found, LogError> {
    let count = sources.len();
    let mut looked = Vec::new();
    for source in sources.into_iter().take(2) {
        looked.push(Looked::new(sheets_of(source)?, count > 1)?);
    }
    let (log, beside) = match (looked.pop(), looked.pop()) {
        (Some(log), None) => (log, None),
        (Some(second), Some(first)) if count == 2 => match (first.only_items(), second.only_items()) {
            (true, false) => (second, Some(first)),
            (false, true) => (first, Some(second)),
            _ => {
                let (first, second) = (legible(&first.name), legible(&second.name));
                return Err(LogError::WhichIsWhich { first, second });
            }
        },
        _ => return Err(LogError::FileCount { count }),
    };
    let position = Position::default();
    let mut notes = Vec::new();
    let Choice { log, items, entries } = log.choose(entry, &mut notes)?;
    let items = match beside {
        Some(beside) => beside.into_items(),
        None => items,
    };
    let total_bytes = log.packed_bytes() + items.as_ref().map_or(0, Candidate::packed_bytes);
    Ok(Found {
        log: log.open(&position)?,
        items: items.map(|items| items.open(&position)).transpose()?,
        entries,
        notes,
        position,
        total_bytes,
    })
}

/// The same of a log in parts that is called `name`, and the parts that are opened when their turn comes.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn open_folder(name: &str, parts: Vec<NamedSource>, items: Option<NamedSource>) -> Result<(Found, Parts), LogError> {
    let position = Position::default();
    let beside = match items {
        Some(items) => {
            let looked = Looked::new(sheets_of(items)?, true)?;
            let (first, second) = (legible(name), looked.name.clone());
            Some(looked.into_items().ok_or(LogError::WhichIsWhich { first, second })?)
        }
        None => None,
    };
    let FirstPart {
        log,
        waiting,
        bytes,
        count,
    } = open_parts(name, parts, &position)?;
    let found = Found {
        log,
        total_bytes: bytes + beside.as_ref().map_or(0, Candidate::packed_bytes),
        items: beside.map(|items| items.open(&position)).transpose()?,
        entries: Vec::new(),
        notes: vec![format!("{count} files of {} were read as one log.", legible(name))],
        position,
    };
    Ok((found, waiting))
}

/// Contents of one source.
struct Looked {
    name: String,
    candidates: Vec<Candidate>,
    locked: Vec<Locked>,
    is_archive: bool,
}

struct Choice {
    log: Candidate,
    items: Option<Candidate>,
    entries: Vec<ArchiveEntry>,
}

impl Looked {
    /// `choice` says that there is another source, so that this one may be the titles.
    fn new(named: NamedSource, choice: bool) -> Result<Self, LogError> {
        let source = SharedSource::new(named)?;
        let mut magic = Vec::new();
        let told = source.stretch(0, source.length().min(4)).read_to_end(&mut magic);
        told.map_err(|error| failure(source.name(), &error))?;
        // An empty archive has no first entry, only an end.
        let is_archive = magic == b"PK\x03\x04" || magic == b"PK\x05\x06";
        let Listed { candidates, locked } = if is_archive {
            list(&source)?
        } else {
            Listed {
                candidates: vec![Candidate::whole(source.clone(), choice)],
                locked: Vec::new(),
            }
        };
        Ok(Looked {
            name: source.name().to_owned(),
            candidates,
            locked,
            is_archive,
        })
    }

    /// Whether there is nothing here but titles.
    fn only_items(&self) -> bool {
        self.candidates.iter().any(|candidate| candidate.is_items) && !self.candidates.iter().any(Candidate::is_log)
    }

    /// The largest file of titles.
    fn into_items(self) -> Option<Candidate> {
        // Candidates come largest first.
        self.candidates.into_iter().find(|candidate| candidate.is_items)
    }

    fn choose(mut self, wanted: Option<&str>, notes: &mut Vec<String>) -> Result<Choice, LogError> {
        if !self.is_archive
            && let Some(wanted) = wanted
        {
            notes.push(format!(
                "{} is no zip archive, so {} was not looked for.",
                self.name,
                shown(wanted)
            ));
        }
        self.candidates.sort_by_key(|candidate| Reverse(candidate.score()));
        let entries: Vec<ArchiveEntry> = self
            .candidates
            .iter()
            .filter(|candidate| candidate.is_log())
            .filter_map(Candidate::as_entry)
            .collect();
        let at = match wanted.filter(|_| self.is_archive) {
            Some(wanted) => self.find(wanted)?,
            None if self.candidates.first().is_some_and(Candidate::is_log) => 0,
            // A single file is the log that a person means, and its reader says best what is wrong with it.
            None if self.candidates.len() == 1 && self.locked.is_empty() && !(self.is_archive && self.only_items()) => 0,
            None => return Err(self.nothing()),
        };
        let log = self.candidates.remove(at);
        let items = self.candidates.iter().position(|candidate| candidate.is_items);
        if wanted.is_none() && self.is_archive {
            let also = self
                .candidates
                .iter()
                .filter(|other| other.is_log() && other.likeness == log.likeness);
            let also: Vec<String> = also.map(Candidate::name).collect();
            let logs = match also.as_slice() {
                [] => None,
                [one] => Some(format!("{one} could be read as a log too")),
                [one, two] => Some(format!("{one} and {two} could be read as logs too")),
                [one, two, three] => Some(format!("{one}, {two} and {three} could be read as logs too")),
                [one, two, rest @ ..] => Some(format!("{one}, {two} and {} others could be read as logs too", rest.len())),
            };
            notes.extend(logs.map(|logs| format!("{} was read out of {}; {logs}.", log.name(), self.name)));
        }
        Ok(Choice {
            items: items.map(|at| self.candidates.remove(at)),
            log,
            entries,
        })
    }

    /// The place of a file of the archive, by its path or, where that is clear, by its name alone.
    fn find(&self, wanted: &str) -> Result<usize, LogError> {
        let paths = || self.candidates.iter().filter_map(Candidate::path);
        if let Some(at) = paths().position(|path| path == wanted) {
            return Ok(at);
        }
        let mut named = paths().enumerate().filter(|(_, path)| base(path) == wanted);
        if let (Some((at, _)), None) = (named.next(), named.next()) {
            return Ok(at);
        }
        if let Some(locked) = self.locked.iter().find(|(name, _, _)| name == wanted || base(name) == wanted) {
            return Err(self.locked(locked));
        }
        Err(LogError::NoSuchEntry {
            file: self.name.clone(),
            entry: shown(wanted),
            found: listed(paths()),
        })
    }

    fn nothing(&self) -> LogError {
        match self.locked.first() {
            Some(locked) => self.locked(locked),
            None => LogError::NoLogInside {
                file: self.name.clone(),
                found: listed(self.candidates.iter().filter_map(Candidate::path)),
            },
        }
    }

    fn locked(&self, (entry, what, advice): &Locked) -> LogError {
        LogError::LockedEntry {
            file: self.name.clone(),
            entry: shown(entry),
            what,
            advice,
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let mut names: Vec<String> = names.take(MOST + 1).map(shown).collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    if names.len() > MOST {
        names[MOST] = "…".to_owned();
    }
    names.join(", ")
}

#[cfg(test)]
mod tests;
