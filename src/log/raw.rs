//! A log as it was read, before any filter: columns of numbers and the identifiers they stand for.
//!
//! In: one interaction after another from whatever layout. Out: [`RawLog`], 16 bytes an interaction (8 without times) besides
//! the identifiers, each of which is kept once. All limits on numbers and memory are enforced here.

use std::collections::HashMap;

use super::error::LogError;
use super::items::{GenreNames, ItemInfo};
use super::summary::Skips;
use super::{MAX_ID_BYTES, MAX_INTERACTIONS, MAX_ITEMS, MAX_SKIPPED_PERCENT, MAX_TEXT_BYTES, MAX_USERS};

/// A log that was read but not yet filtered and put in order. [`assemble`](super::assemble) makes a data set of it, as often as
/// wanted with different options.
#[derive(Clone, Debug)]
pub struct RawLog {
    pub(super) name: String,
    pub(super) format: String,
    pub(super) columns: Vec<String>,
    pub(super) column_names: Vec<String>,
    pub(super) users: Vec<String>,
    pub(super) items: Vec<String>,
    /// User of each interaction, in the order of the file.
    pub(super) user: Vec<u32>,
    /// Item of each interaction.
    pub(super) item: Vec<u32>,
    /// Time of each interaction; empty where the order of the file is the time.
    pub(super) time: Vec<f64>,
    /// What the log itself says about its items; empty, or one entry an item.
    pub(super) infos: Vec<ItemInfo>,
    pub(super) genre_names: Vec<String>,
    pub(super) skips: Skips,
    pub(super) notes: Vec<String>,
}

impl RawLog {
    /// Number of interactions.
    pub fn interactions(&self) -> usize {
        self.user.len()
    }

    /// Number of users.
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.items.len()
    }
}

/// Identifiers and their numbers, in order of first appearance. Each is kept once, in the table.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    numbers: HashMap<Box<str>, u32>,
}

impl Dictionary {
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The number of a new identifier.
    pub(super) fn insert(&mut self, id: &str) -> u32 {
        // Callers hold the length under a limit far below 2^32.
        let number = self.numbers.len() as u32;
        self.numbers.insert(id.into(), number);
        number
    }

    /// The identifiers by number.
    pub(super) fn into_names(self) -> Vec<String> {
        let mut names = vec![String::new(); self.numbers.len()];
        for (id, number) in self.numbers {
            if let Some(name) = names.get_mut(number as usize) {
                *name = id.into();
            }
        }
        names
    }
}

/// A log under way: takes interactions, refuses what goes over a limit.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) file: String,
    users: Dictionary,
    items: Dictionary,
    user: Vec<u32>,
    item: Vec<u32>,
    time: Vec<f64>,
    infos: Vec<ItemInfo>,
    pub(super) genres: GenreNames,
    text: usize,
    pub(super) skips: Skips,
    /// Lines that hold data, good and bad.
    pub(super) lines: u64,
}

impl Columns {
    pub(super) fn new(file: &str) -> Self {
        Columns {
            file: file.to_owned(),
            users: Dictionary::default(),
            items: Dictionary::default(),
            user: Vec::new(),
            item: Vec::new(),
            time: Vec::new(),
            infos: Vec::new(),
            genres: GenreNames::default(),
            text: 0,
            skips: Skips::default(),
            lines: 0,
        }
    }

    /// The number of a user, new or known.
    pub(super) fn user(&mut self, line: u64, id: &str) -> Result<u32, LogError> {
        match self.users.get(id) {
            Some(number) => Ok(number),
            None => {
                self.room(line, self.users.len(), MAX_USERS, "users", id.len())?;
                Ok(self.users.insert(id))
            }
        }
    }

    /// The number of an item, and whether it is new.
    pub(super) fn item(&mut self, line: u64, id: &str) -> Result<(u32, bool), LogError> {
        match self.items.get(id) {
            Some(number) => Ok((number, false)),
            None => {
                self.room(line, self.items.len(), MAX_ITEMS, "items", id.len())?;
                Ok((self.items.insert(id), true))
            }
        }
    }

    /// One interaction. A log has a time with all its interactions or with none.
    pub(super) fn interaction(&mut self, line: u64, user: u32, item: u32, time: Option<f64>) -> Result<(), LogError> {
        self.room(line, self.user.len(), MAX_INTERACTIONS, "interactions", 0)?;
        self.user.push(user);
        self.item.push(item);
        self.time.extend(time);
        Ok(())
    }

    /// What the log says about the item that was new last.
    pub(super) fn info(&mut self, line: u64, info: ItemInfo) -> Result<(), LogError> {
        self.room(line, 0, 1, "items", info.title.as_ref().map_or(0, |title| title.len()))?;
        self.infos.push(info);
        Ok(())
    }

    fn room(&mut self, line: u64, count: usize, limit: usize, what: &'static str, text: usize) -> Result<(), LogError> {
        if count >= limit {
            return Err(LogError::Limit {
                file: self.file.clone(),
                line,
                what,
                limit,
            });
        }
        self.text += text;
        if self.text > MAX_TEXT_BYTES {
            return Err(LogError::TextLimit {
                file: self.file.clone(),
                line,
            });
        }
        Ok(())
    }

    /// Ends the log; refuses one with too many bad lines.
    pub(super) fn finish(self, format: String, notes: Vec<String>) -> Result<RawLog, LogError> {
        check_skips(&self.file, &self.skips, self.lines)?;
        if self.user.is_empty() {
            return Err(LogError::Empty { file: self.file });
        }
        Ok(RawLog {
            name: self.file,
            format,
            columns: Vec::new(),
            column_names: Vec::new(),
            users: self.users.into_names(),
            items: self.items.into_names(),
            user: self.user,
            item: self.item,
            time: self.time,
            infos: self.infos,
            genre_names: self.genres.into_names(),
            skips: self.skips,
            notes,
        })
    }
}

/// Refuses a file in which too many lines are bad.
pub(super) fn check_skips(file: &str, skips: &Skips, lines: u64) -> Result<(), LogError> {
    match skips.rows.first() {
        Some(first) if skips.count * 100 > lines * MAX_SKIPPED_PERCENT => Err(LogError::TooManyBad {
            file: file.to_owned(),
            bad: skips.count,
            lines,
            line: first.line,
            why: first.why.clone(),
        }),
        _ => Ok(()),
    }
}

/// An identifier out of a field, or what is wrong with it. `place` names the field: "column 2 (item)".
pub(super) fn identifier(field: &[u8], place: impl FnOnce() -> String) -> Result<&str, String> {
    if field.is_empty() {
        return Err(format!("{} is empty", place()));
    }
    if field.len() > MAX_ID_BYTES {
        return Err(format!("{} is longer than {MAX_ID_BYTES} bytes", place()));
    }
    match std::str::from_utf8(field) {
        Ok(id) if id.contains(['\n', '\r']) => Err(format!("{} holds a line break", place())),
        Ok(id) => Ok(id),
        Err(_) => Err(format!("{} is not valid UTF-8", place())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order_and_come_back() {
        let mut dictionary = Dictionary::default();
        for id in ["b", "0", "00", "a"] {
            assert_eq!(dictionary.get(id), None);
            dictionary.insert(id);
        }
        assert_eq!(dictionary.get("00"), Some(2));
        assert_eq!(dictionary.into_names(), ["b", "0", "00", "a"]);
    }

    #[test]
    fn limits_are_told_with_their_line() {
        let mut columns = Columns::new("a.csv");
        let error = columns.room(9, MAX_USERS, MAX_USERS, "users", 0).unwrap_err();
        assert_eq!(
            error,
            LogError::Limit {
                file: "a.csv".into(),
                line: 9,
                what: "users",
                limit: MAX_USERS
            }
        );
        columns.text = MAX_TEXT_BYTES;
        assert_eq!(
            columns.user(3, "x").unwrap_err(),
            LogError::TextLimit {
                file: "a.csv".into(),
                line: 3
            }
        );
    }

    #[test]
    fn what_is_wrong_with_an_identifier() {
        let place = || "column 1 (user)".to_owned();
        assert_eq!(identifier(b"007", place), Ok("007"));
        assert_eq!(identifier(b"", place).unwrap_err(), "column 1 (user) is empty");
        assert_eq!(identifier(b"\xff", place).unwrap_err(), "column 1 (user) is not valid UTF-8");
        assert_eq!(
            identifier(&[b'x'; 257], place).unwrap_err(),
            "column 1 (user) is longer than 256 bytes"
        );
        assert!(identifier("é".as_bytes(), place).is_ok());
    }

    #[test]
    fn five_in_a_hundred_may_be_bad() {
        let mut skips = Skips::default();
        for line in 1..=5 {
            skips.add(line, 1, "bad".into());
        }
        assert!(check_skips("a", &skips, 100).is_ok());
        assert!(check_skips("a", &skips, 99).is_err());
    }
}
