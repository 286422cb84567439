//! Users and items of a request, as people name them: by the identifiers of the log.
//!
//! In: identifiers and the texts of files with identifiers, and what the log or the run knows. Out: their numbers, or a [`RequestError`], which
//! is the sentence that the page and the command line say.

use thiserror::Error;

use super::{FoundIds, ListOptions, allowed_items, find_ids};
use crate::log::Dataset;

/// Unknown identifiers that a sentence names.
const NAMED: usize = 3;
/// Signs of each at most.
const SIGNS: usize = 40;

/// Why a request cannot be fulfilled: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// An item that the run does not know.
    #[error("The run knows no item {id}; give identifiers as they stand in the log, such as {example}.")]
    UnknownItem {
        /// The identifier that was given.
        id: String,
        /// One that there is.
        example: String,
    },
    /// A user whom the log does not have.
    #[error("The log has no user {id}; give an identifier as it stands there, such as {example}.")]
    UnknownUser {
        /// The identifier that was given.
        id: String,
        /// One that there is.
        example: String,
    },
    /// A file of users or items, none of which is in the log.
    #[error("{file} names no {what} of the log{}; write an identifier a line as it stands there, such as {example}.", held(.unknown))]
    NoneKnown {
        /// The file as the sentence names it.
        file: String,
        /// `user` or `item`.
        what: &'static str,
        /// Identifiers of the file.
        unknown: Vec<String>,
        /// One that there is.
        example: String,
    },
    /// A file that is no key of pseudonyms.
    #[error(
        "{file} is no key of pseudonyms (line {line}); give a file that was saved as one, with the columns pseudonym and user and each of them once."
    )]
    NoKey {
        /// The file as the sentence names it.
        file: String,
        /// The first line that does not fit, from 1.
        line: usize,
    },
    /// A critique by an attribute that no latent dimension is tied to.
    #[error("The run has no attribute {name}; its latent directions are tied to {known}.")]
    UnknownAttribute {
        /// The attribute that was given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A critique with a strength that is none.
    #[error("{text} has no strength from 0 to 20 behind its last colon; write it as genre=Comedy or genre=Comedy:1.5.")]
    Strength {
        /// The critique that was given.
        text: String,
    },
    /// A critique of a run without tied dimensions.
    #[error(
        "No latent direction of this run is tied to an attribute; train one with the preset beta-vae-critique, or with objective.attributes=labels."
    )]
    NoAttributes,
    /// All items are left out.
    #[error("No item is left that may be recommended; ask for fewer interactions, or allow other items.")]
    NothingAllowed,
}

/// Identifiers of a file as a part of a sentence.
fn held(unknown: &[String]) -> String {
    match unknown {
        [] => String::new(),
        _ => format!(" (it holds {})", some_of(unknown)),
    }
}

/// The first few identifiers of a list, for a sentence: each shortened, without signs that a terminal would obey.
pub fn some_of(ids: &[String]) -> String {
    let more = if ids.len() > NAMED { ", …" } else { "" };
    ids.iter().take(NAMED).map(|id| plain(id)).collect::<Vec<_>>().join(", ") + more
}

fn plain(id: &str) -> String {
    let mut text: String = id.chars().take(SIGNS).collect();
    text.retain(|sign| !sign.is_control());
    if text.len() < id.len() { text + "…" } else { text }
}

/// Number of an item among the identifiers `ids`.
pub fn item_of(ids: &[String], id: &str) -> Result<u32, RequestError> {
    match (0..).zip(ids).find(|(_, known)| *known == id) {
        Some((item, _)) => Ok(item),
        None => Err(RequestError::UnknownItem {
            id: id.to_owned(),
            example: ids.first().cloned().unwrap_or_default(),
        }),
    }
}

/// Numbers of the items of a history that is written with commas between them, oldest first.
pub fn history_of(ids: &[String], history: &str) -> Result<Vec<u32>, RequestError> {
    let each = history.split(',').map(str::trim).filter(|id| !id.is_empty());
    each.map(|id| item_of(ids, id)).collect()
}

/// Number of a user of the log.
pub fn user_of(log: &Dataset, id: &str) -> Result<u32, RequestError> {
    match (0..).zip(&log.users).find(|(_, known)| *known == id) {
        Some((user, _)) => Ok(user),
        None => Err(RequestError::UnknownUser {
            id: id.to_owned(),
            example: log.users.first().cloned().unwrap_or_default(),
        }),
    }
}

/// Users whose identifiers begin with `text`, whether in capitals or not, and how many there are: the one that is the text first, then those
/// that come first in the log, `most` of them at most.
pub fn users_that_begin(log: &Dataset, text: &str, most: usize) -> (Vec<u32>, usize) {
    let begins = |id: &str| {
        let head = id.as_bytes().get(..text.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()))
    };
    let is = (0..).zip(&log.users).find(|(_, id)| *id == text).map(|(user, _)| user);
    let all = || (0u32..).zip(&log.users).filter(|(_, id)| begins(id)).map(|(user, _)| user);
    let others = all().filter(|&user| Some(user) != is);
    (is.into_iter().chain(others).take(most).collect(), all().count())
}

/// A file with an identifier a line.
#[derive(Clone, Copy, Debug)]
pub struct IdFile<'a> {
    /// Name of the file as a sentence begins with it.
    pub name: &'a str,
    /// Its contents.
    pub text: &'a [u8],
}

impl IdFile<'_> {
    /// The identifiers of the file among `ids`, at least one of which must be there; `what` they are in the singular.
    fn found<'a>(&self, what: &'static str, ids: impl Iterator<Item = &'a str> + Clone) -> Result<FoundIds, RequestError> {
        let found = find_ids(self.text, ids.clone());
        if !found.known.is_empty() {
            return Ok(found);
        }
        Err(RequestError::NoneKnown {
            file: self.name.to_owned(),
            what,
            unknown: found.unknown,
            example: ids.into_iter().next().unwrap_or_default().to_owned(),
        })
    }
}

/// Lists as they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// Items of a list.
    pub k: usize,
    /// Whether items that a user has had may be in the list.
    pub with_history: bool,
    /// Interactions that an item must have in the log.
    pub least: u32,
    /// The users; all of the log if None.
    pub users: Option<IdFile<'a>>,
    /// The items that may be in a list; all if None.
    pub only: Option<IdFile<'a>>,
    /// Items that may not.
    pub without: Option<IdFile<'a>>,
}

/// The same by numbers.
#[derive(Clone, Debug)]
pub struct ResolvedLists {
    /// User indices, each once.
    pub users: Vec<u32>,
    /// Identifiers of users that the log does not have.
    pub unknown: Vec<String>,
    /// Which lists are wanted.
    pub options: ListOptions,
}

impl ListRequest<'_> {
    /// Looks up the users and items of the request in the log.
    pub fn resolve(&self, log: &Dataset) -> Result<ResolvedLists, RequestError> {
        let FoundIds { known: users, unknown } = match &self.users {
            Some(file) => file.found("user", log.users.iter().map(String::as_str))?,
            None => FoundIds {
                known: (0..log.users.len() as u32).collect(),
                unknown: Vec::new(),
            },
        };
        let items = |file: &Option<IdFile<'_>>| {
            let found = |file: &IdFile<'_>| file.found("item", log.items.iter().map(|item| item.id.as_str()));
            file.as_ref().map(found).transpose()
        };
        let (only, without) = (items(&self.only)?, items(&self.without)?);
        let only = only.as_ref().map(|found| found.known.as_slice());
        let without = without.map(|found| found.known).unwrap_or_default();
        let allowed = allowed_items(log, only, &without, self.least);
        if !allowed.is_empty() && !allowed.contains(&true) {
            return Err(RequestError::NothingAllowed);
        }
        Ok(ResolvedLists {
            users,
            unknown,
            options: ListOptions {
                k: self.k,
                with_history: self.with_history,
                allowed,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{ReadOptions, read};

    fn log() -> Dataset {
        let text = "ada a b c d\nbo a b c e\n";
        read(("a.txt", text.as_bytes()), None, &ReadOptions::with_k_core(1)).unwrap()
    }

    fn all() -> ListRequest<'static> {
        ListRequest {
            k: 3,
            with_history: false,
            least: 0,
            users: None,
            only: None,
            without: None,
        }
    }

    fn file(text: &'static str) -> Option<IdFile<'static>> {
        Some(IdFile {
            name: "The file",
            text: text.as_bytes(),
        })
    }

    #[test]
    fn users_and_items_become_numbers() {
        let everybody = all().resolve(&log()).unwrap();
        assert_eq!((everybody.users, everybody.unknown.len()), (vec![0, 1], 0));
        assert!(everybody.options.allowed.is_empty());
        let some = ListRequest {
            users: file("user\nzoe\nbo\n"),
            only: file("a\nb\n"),
            without: file("b\n"),
            ..all()
        };
        let some = some.resolve(&log()).unwrap();
        assert_eq!((some.users, some.unknown), (vec![1], vec!["zoe".to_owned()]));
        assert_eq!(some.options.allowed, [true, false, false, false, false]);
        let ids = ["a", "b"].map(str::to_owned);
        assert_eq!(history_of(&ids, " b, a,"), Ok(vec![1, 0]));
        assert_eq!(user_of(&log(), "bo"), Ok(1));
    }

    #[test]
    fn users_are_found_by_the_beginning() {
        let text = "ann a b c\nAnna a b c\nbo a b c\nan a b c\n";
        let log = read(("a.txt", text.as_bytes()), None, &ReadOptions::with_k_core(1)).unwrap();
        assert_eq!(users_that_begin(&log, "AN", 5), (vec![0, 1, 3], 3));
        assert_eq!(users_that_begin(&log, "an", 2), (vec![3, 0], 3));
        assert_eq!(users_that_begin(&log, "", 2), (vec![0, 1], 4));
        assert_eq!(users_that_begin(&log, "é", 2), (vec![], 0));
    }

    #[test]
    fn what_cannot_be_found_is_a_sentence() {
        let told = |request: ListRequest<'_>| request.resolve(&log()).unwrap_err().to_string();
        assert_eq!(
            told(ListRequest {
                users: file("v\nw\nx\ny\n"),
                ..all()
            }),
            "The file names no user of the log (it holds v, w, x, …); write an identifier a line as it stands there, such as ada."
        );
        assert_eq!(
            told(ListRequest {
                without: file(""),
                ..all()
            }),
            "The file names no item of the log; write an identifier a line as it stands there, such as a."
        );
        let least = ListRequest { least: 9, ..all() };
        assert!(told(least).starts_with("No item is left that may be recommended;"));
        let ids = ["a".to_owned()];
        assert_eq!(
            item_of(&ids, "q").unwrap_err().to_string(),
            "The run knows no item q; give identifiers as they stand in the log, such as a."
        );
        assert_eq!(
            user_of(&log(), "zoe").unwrap_err().to_string(),
            "The log has no user zoe; give an identifier as it stands there, such as ada."
        );
    }
}
