//! Logs with one user a line: `user item item item …`, oldest item first.
//!
//! In: the file's bytes. Out: interactions in [`Columns`]. A user on several lines has them joined in the order of the file, so
//! a log of `user item` pairs is read by the same rule.

use crate::log::MAX_LINE_BYTES;
use crate::log::error::LogError;
use crate::log::meaning::mapping::Preview;
use crate::log::records::lines::{Lines, words};
use crate::log::sequences::columns::{About, Columns};
use crate::log::sequences::dictionary::identifier;
use crate::log::sequences::raw::RawLog;

/// Reads a log with one user a line.
pub(crate) struct SequenceLines {
    lines: Lines,
    users: Users,
    preview: Option<Preview>,
}

struct Users {
    columns: Columns,
    /// Lines whose user had one before.
    joined: u64,
    seen: Vec<bool>,
    /// Whether all lines so far have one item.
    pairs: bool,
    /// Item numbers of the line under way, kept to save allocations.
    items: Vec<u32>,
}

impl SequenceLines {
    pub(crate) fn new(file: &str, preview: Option<Preview>) -> Self {
        let users = Users {
            columns: Columns::new(file),
            joined: 0,
            seen: Vec::new(),
            pairs: true,
            items: Vec::new(),
        };
        SequenceLines {
            lines: Lines::new(file, MAX_LINE_BYTES),
            users,
            preview,
        }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let SequenceLines { lines, users, .. } = self;
        lines.push(chunk, |number, line| users.take(number, line))
    }

    pub(crate) fn finish(mut self) -> Result<RawLog, LogError> {
        let SequenceLines { lines, users, .. } = &mut self;
        lines.finish(|number, line| users.take(number, line))?;
        let Users {
            columns, joined, pairs, ..
        } = self.users;
        let mut notes = Vec::new();
        if pairs {
            notes.push("There is no time column, so the order of the lines is taken as the order in time.".to_owned());
        } else if joined > 0 {
            let lines = if joined == 1 {
                "1 line continues".to_owned()
            } else {
                format!("{joined} lines continue")
            };
            notes.push(format!("{lines} the sequence of a user who was on a line before."));
        }
        let format = if pairs {
            "one `user item` pair a line, spaces"
        } else {
            "one user a line (`user item item …`), spaces"
        };
        columns.finish(About {
            format: format.to_owned(),
            columns: vec!["user".to_owned(), "item".to_owned()],
            notes,
            preview: self.preview,
            ..About::default()
        })
    }
}

impl Users {
    fn take(&mut self, number: u64, line: &[u8]) -> Result<(), LogError> {
        self.columns.lines += 1;
        match self.check(line) {
            Ok(()) => {}
            Err(why) => {
                self.columns.skips.add(number, 1, why);
                return Ok(());
            }
        }
        let mut words = words(line);
        // `check` has seen all words to be valid, so nothing is lost to the fallback.
        let text = |word| std::str::from_utf8(word).unwrap_or_default();
        let user = self.columns.user(number, words.next().map(text).unwrap_or_default())?;
        self.items.clear();
        for word in words {
            let (item, _) = self.columns.item(number, text(word))?;
            self.items.push(item);
        }
        self.pairs &= self.items.len() == 1;
        if self.seen.len() <= user as usize {
            self.seen.push(true);
        } else {
            self.joined += 1;
        }
        for &item in &self.items {
            self.columns.interaction(number, user, item, None, None)?;
        }
        Ok(())
    }

    fn check(&self, line: &[u8]) -> Result<(), String> {
        let mut count = 0usize;
        for (at, word) in words(line).enumerate() {
            identifier(word, || {
                if at == 0 {
                    "the user".to_owned()
                } else {
                    format!("item {at}")
                }
            })?;
            count += 1;
        }
        if count < 2 {
            Err("the user has no items".to_owned())
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> RawLog {
        let mut reader = SequenceLines::new("a.txt", None);
        reader.push(text.as_bytes()).unwrap();
        reader.finish().unwrap()
    }

    #[test]
    fn lines_of_one_user_are_joined() {
        let log = read("u 1 2\nv 3\nu 0\n");
        assert_eq!((log.users.len(), log.items.len(), log.interactions()), (2, 4, 4));
        assert_eq!(log.interactions.pairs().map(|pair| pair.0).collect::<Vec<_>>(), [0, 0, 1, 0]);
        assert_eq!(
            log.notes,
            ["1 line continues the sequence of a user who was on a line before."]
        );
    }

    #[test]
    fn pairs_say_that_their_order_counts() {
        let log = read("u 1\nv 3\nu 0\n");
        assert!(log.format.contains("pair") && log.notes[0].contains("order of the lines"));
    }

    #[test]
    fn users_without_items_are_left_out() {
        let text = "u 1 2\n".repeat(30) + "w\n";
        let log = read(&text);
        assert_eq!((log.skips.count, log.skips.rows[0].line), (1, 31));
    }
}
