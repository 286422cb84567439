//! What can be wrong with a log, each case one sentence for people.
//!
//! In: the facts of a failure (file, line, column). Out: [`LogError`], whose `Display` is one clear sentence that names the
//! place and says what to do. Texts out of the file are shortened and their control characters shown escaped.

use super::{MAX_SKIPPED_PERCENT, MAX_TEXT_BYTES};

/// Why a log, a file of items or an example could not be made into a data set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LogError {
    /// No bytes, or white space only.
    #[error("{file} is empty; choose a file that has one interaction on each line.")]
    Empty {
        /// Name of the file.
        file: String,
    },
    /// A NUL byte: not text.
    #[error("{file} is not a text file (a NUL byte on line {line}); choose a log as text, such as CSV.")]
    Binary {
        /// Name of the file.
        file: String,
        /// 1-based line.
        line: u64,
    },
    /// A kind of file that is known by its first bytes but not read.
    #[error("{file} is {what}; {advice}.")]
    OtherKind {
        /// Name of the file.
        file: String,
        /// What it is, with an article.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// No separator anywhere.
    #[error(
        "{file} has one column only; a log needs at least a user and an item on each line, separated by commas, tabs, semicolons, \
         `|` or `::`."
    )]
    OneColumn {
        /// Name of the file.
        file: String,
    },
    /// Separators, but no agreement on the number of columns.
    #[error(
        "{file} has lines of {least} to {most} {separator} fields; give every line the same columns, or write one user a line \
         as `user item item …` with spaces."
    )]
    Ragged {
        /// Name of the file.
        file: String,
        /// "comma separated" and the like.
        separator: &'static str,
        /// Fewest fields on a line.
        least: usize,
        /// Most fields on a line.
        most: usize,
    },
    /// Names, but no data under them.
    #[error("{file} has a header but no lines under it; choose a file with interactions.")]
    HeaderOnly {
        /// Name of the file.
        file: String,
    },
    /// The header and the lines under it disagree.
    #[error("{file}, line 1: the header names {names} columns but the lines under it have {columns}; make them agree.")]
    HeaderMismatch {
        /// Name of the file.
        file: String,
        /// Names in the header.
        names: usize,
        /// Fields in most lines.
        columns: usize,
    },
    /// No column for the user, the item or (in a file of items) the title.
    #[error("{file}, line 1: no column is named like the {role} (the columns are {found}); rename it to `{suggestion}`.")]
    MissingColumn {
        /// Name of the file.
        file: String,
        /// "user", "item" or "title".
        role: &'static str,
        /// The names that are there.
        found: String,
        /// A name that is understood.
        suggestion: &'static str,
    },
    /// More bad lines than are skipped in silence.
    #[error(
        "{file}: {bad} of {lines} lines cannot be read, more than the {MAX_SKIPPED_PERCENT} % that may be skipped; the first is \
         line {line}: {why}; correct the file."
    )]
    TooManyBad {
        /// Name of the file.
        file: String,
        /// Lines that cannot be read.
        bad: u64,
        /// Lines in all.
        lines: u64,
        /// The first bad line, 1-based.
        line: u32,
        /// What is wrong with it.
        why: String,
    },
    /// A record or line without end.
    #[error("{file}, line {line}: the text from here on is longer than {limit} bytes without an end; {hint}.")]
    TooLong {
        /// Name of the file.
        file: String,
        /// 1-based line on which it begins.
        line: u64,
        /// The limit in bytes.
        limit: usize,
        /// What the cause may be.
        hint: &'static str,
    },
    /// One of the stated limits.
    #[error("{file}, line {line}: more than {limit} {what}, the most that is read; choose a smaller part of the log.")]
    Limit {
        /// Name of the file.
        file: String,
        /// 1-based line where the limit was met.
        line: u64,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Identifiers and titles take too much memory.
    #[error(
        "{file}, line {line}: identifiers and titles take more than {} MiB, the most that is kept; choose a smaller part of the log.",
        MAX_TEXT_BYTES / (1024 * 1024)
    )]
    TextLimit {
        /// Name of the file.
        file: String,
        /// 1-based line where the limit was met.
        line: u64,
    },
    /// The filter took everything.
    #[error(
        "{file}: none of the {interactions} interactions ({users} users, {items} items) is left when every user and item must \
         have at least {k_core}; {advice}."
    )]
    NothingLeft {
        /// Name of the file.
        file: String,
        /// Interactions before the filter.
        interactions: u32,
        /// Users before the filter.
        users: u32,
        /// Items before the filter.
        items: u32,
        /// The minimum that was asked for.
        k_core: u32,
        /// A smaller minimum that works, or that none does.
        advice: String,
    },
    /// No sequence from which something can be learnt and checked.
    #[error(
        "{file}: no user has 3 interactions or more, so there is nothing to train on ({interactions} interactions of {users} \
         users); choose a longer log."
    )]
    TooShort {
        /// Name of the file.
        file: String,
        /// Interactions in the log.
        interactions: u32,
        /// Users in the log.
        users: u32,
    },
    /// A parameter of the generated example out of its range.
    #[error("The example cannot be made: `{key}` is {value}, but must be {range}.")]
    Example {
        /// Name of the parameter.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        range: String,
    },
}

/// A text out of the file, in quotation marks, fit to stand in a sentence: shortened, control characters escaped.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let mut out = String::from("\"");
    for (count, c) in text.chars().enumerate() {
        if count == MOST {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shortened_and_escaped() {
        assert_eq!(shown("a\u{1b}b"), "\"a\\u{1b}b\"");
        assert_eq!(shown(&"x".repeat(50)), format!("\"{}…\"", "x".repeat(40)));
    }

    #[test]
    fn a_sentence_names_the_place_and_the_remedy() {
        let error = LogError::Limit {
            file: "a.csv".into(),
            line: 7,
            what: "users",
            limit: 5,
        };
        assert_eq!(
            error.to_string(),
            "a.csv, line 7: more than 5 users, the most that is read; choose a smaller part of the log."
        );
    }
}
