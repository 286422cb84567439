//! The log as it was understood, after the filters, written for other programs.
//!
//! In: a [`RawLog`] and options. Out: [`Cleaned`], whose rows are users together, each oldest first, and text of them: user, item, time
//! (ISO 8601 in UTC), and what the log has of ratings and kinds of interactions. What is written here is read back to the same sequences.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::log::error::{LogError, shown};
use crate::log::meaning::time::{TimeUnit, iso_time};
use crate::log::sequences::options::ReadOptions;
use crate::log::sequences::order::Sequences;
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::sieve::Sieve;

/// How a cleaned log is written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CleanedFormat {
    /// One JSON object a line.
    Jsonl,
    /// Commas between fields.
    Csv,
    /// Tabs between fields.
    Tsv,
    /// RecBole's atomic file.
    Inter,
    /// `user item item …`, a user a line.
    Sequences,
}

/// A row of a cleaned log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CleanedRow<'a> {
    /// Identifier of the user.
    pub user: &'a str,
    /// Identifier of the item.
    pub item: &'a str,
    /// Seconds since 1970; absent if the log has no times that a calendar knows.
    pub time: Option<f64>,
    /// The rating.
    pub rating: Option<f64>,
    /// The kind of interaction.
    pub event: Option<&'a str>,
}

/// A log after the filters.
pub struct Cleaned<'a> {
    log: &'a RawLog,
    sequences: Sequences,
    times: bool,
    /// Names of the users that stay, in the place of their identifiers; None if they go by these.
    names: Option<&'a [String]>,
}

/// Filters a log and puts each user's interactions in order.
pub fn cleaned<'a>(log: &'a RawLog, options: &ReadOptions) -> Result<Cleaned<'a>, LogError> {
    options.check()?;
    let sieve = Sieve::filtered(log, options)?;
    let sequences = Sequences::new(log, &sieve.keep);
    let all = &log.interactions;
    let known = |at: usize| iso_time(all.time(at)).is_some();
    let times = all.has_times() && log.unit != TimeUnit::Order && (0..all.len()).filter(|&at| sieve.keep[at]).all(known);
    Ok(Cleaned {
        log,
        sequences,
        times,
        names: None,
    })
}

impl<'a> Cleaned<'a> {
    /// Whether the rows have times, ratings and kinds.
    pub fn columns(&self) -> [bool; 3] {
        [self.times, !self.log.ratings.is_empty(), !self.log.events.is_empty()]
    }

    /// Numbers in the log of the users that stay, in order of first appearance.
    fn kept(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.sequences.users() as u32).filter(|&user| !self.sequences.of(user as usize).is_empty())
    }

    /// Identifiers of the users that stay, in the order of the rows.
    pub fn users(&self) -> Vec<String> {
        self.kept().map(|user| self.log.users.name(user).to_owned()).collect()
    }

    /// The same log with other names for its users, in the order of [`Cleaned::users`]: pseudonyms.
    #[must_use]
    pub fn with_names(self, names: &'a [String]) -> Self {
        Cleaned {
            names: Some(names),
            ..self
        }
    }

    /// The rows, users in order of first appearance and each oldest first.
    pub fn rows(&self) -> impl Iterator<Item = CleanedRow<'a>> + '_ {
        let all = &self.log.interactions;
        let named = self.kept().enumerate().map(|(at, user)| match self.names {
            Some(names) => (user, names.get(at).map_or("", String::as_str)),
            None => (user, self.log.users.name(user)),
        });
        let places = named.flat_map(|(user, name)| self.sequences.of(user as usize).iter().map(move |&at| (name, at as usize)));
        places.map(move |(user, at)| CleanedRow {
            user,
            item: self.log.items.name(all.item(at)),
            time: self.times.then(|| all.time(at)),
            rating: self.log.ratings.get(usize::from(all.rating(at))).copied(),
            event: all
                .event(at)
                .and_then(|code| self.log.events.get(usize::from(code)))
                .map(String::as_str),
        })
    }

    /// Refuses identifiers that a format cannot hold.
    pub fn check(&self, format: CleanedFormat) -> Result<(), LogError> {
        let (sign, name): (fn(char) -> bool, _) = match format {
            CleanedFormat::Inter => (|c| c == '\t', "a tab, which stands between the fields of an atomic file"),
            CleanedFormat::Sequences => (char::is_whitespace, "a space, which stands between the items of a line"),
            CleanedFormat::Jsonl | CleanedFormat::Csv | CleanedFormat::Tsv => return Ok(()),
        };
        let wrong = self.rows().flat_map(|row| [row.user, row.item]).find(|id| id.contains(sign));
        match wrong {
            Some(id) => Err(LogError::Unwritable {
                file: self.log.name.clone(),
                id: shown(id),
                what: name,
            }),
            None => Ok(()),
        }
    }

    /// Writes all rows. [`Cleaned::check`] tells before whether the format can hold them.
    pub fn write(&self, format: CleanedFormat, out: &mut impl Write) -> io::Result<()> {
        match format {
            CleanedFormat::Jsonl => self.rows().try_for_each(|row| self.object(&row, out)),
            CleanedFormat::Csv => self.table(",", out),
            CleanedFormat::Tsv => self.table("\t", out),
            CleanedFormat::Inter => self.atomic(out),
            CleanedFormat::Sequences => self.lines(out),
        }
    }

    fn object(&self, row: &CleanedRow<'_>, out: &mut impl Write) -> io::Result<()> {
        let [_, ratings, events] = self.columns();
        let json = |text: &str| serde_json::to_string(text).map_err(io::Error::other);
        write!(out, "{{\"user\":{},\"item\":{},\"time\":", json(row.user)?, json(row.item)?)?;
        match row.time.and_then(iso_time) {
            Some(time) => write!(out, "\"{time}\"")?,
            None => out.write_all(b"null")?,
        }
        if ratings {
            match row.rating {
                Some(rating) => write!(out, ",\"rating\":{rating}")?,
                None => out.write_all(b",\"rating\":null")?,
            }
        }
        if events {
            match row.event {
                Some(event) => write!(out, ",\"event\":{}", json(event)?)?,
                None => out.write_all(b",\"event\":null")?,
            }
        }
        out.write_all(b"}\n")
    }

    fn table(&self, separator: &str, out: &mut impl Write) -> io::Result<()> {
        let [times, ratings, events] = self.columns();
        let names = [
            ("user", true),
            ("item", true),
            ("time", times),
            ("rating", ratings),
            ("event", events),
        ];
        let names: Vec<&str> = names.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect();
        writeln!(out, "{}", names.join(separator))?;
        for row in self.rows() {
            write_field(row.user, separator, out)?;
            out.write_all(separator.as_bytes())?;
            write_field(row.item, separator, out)?;
            if times {
                write!(out, "{separator}{}", row.time.and_then(iso_time).unwrap_or_default())?;
            }
            if ratings {
                write!(
                    out,
                    "{separator}{}",
                    row.rating.map(|rating| rating.to_string()).unwrap_or_default()
                )?;
            }
            if events {
                out.write_all(separator.as_bytes())?;
                write_field(row.event.unwrap_or_default(), separator, out)?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn atomic(&self, out: &mut impl Write) -> io::Result<()> {
        let [times, ratings, events] = self.columns();
        out.write_all(b"user_id:token\titem_id:token")?;
        for (there, name) in [
            (ratings, "\trating:float"),
            (times, "\ttimestamp:float"),
            (events, "\tevent:token"),
        ] {
            if there {
                out.write_all(name.as_bytes())?;
            }
        }
        out.write_all(b"\n")?;
        for row in self.rows() {
            write_token(row.user, out)?;
            out.write_all(b"\t")?;
            write_token(row.item, out)?;
            if ratings {
                write!(out, "\t{}", row.rating.map(|rating| rating.to_string()).unwrap_or_default())?;
            }
            if times {
                write!(out, "\t{}", row.time.map(|time| time.to_string()).unwrap_or_default())?;
            }
            if events {
                out.write_all(b"\t")?;
                write_token(&row.event.unwrap_or_default().replace(['\t', '\n', '\r'], " "), out)?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn lines(&self, out: &mut impl Write) -> io::Result<()> {
        let mut latest = None;
        for row in self.rows() {
            if latest != Some(row.user) {
                if latest.is_some() {
                    out.write_all(b"\n")?;
                }
                out.write_all(row.user.as_bytes())?;
                latest = Some(row.user);
            }
            write!(out, " {}", row.item)?;
        }
        out.write_all(b"\n")
    }
}

/// Writes a field of a table, in quotation marks where it needs them.
pub fn write_field(text: &str, separator: &str, out: &mut impl Write) -> io::Result<()> {
    if text.contains(['"', '\n', '\r']) || text.contains(separator) {
        write!(out, "\"{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

/// Writes a token of an atomic file. RecBole reads it with pandas, to which a mark at the beginning of a field opens a quoted one.
fn write_token(text: &str, out: &mut impl Write) -> io::Result<()> {
    if text.starts_with('"') {
        write_field(text, "\t", out)
    } else {
        out.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::write_field;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let field = |text: &str| {
            let mut out = Vec::new();
            write_field(text, ",", &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(field("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(field("a b"), "a b");
    }
}
