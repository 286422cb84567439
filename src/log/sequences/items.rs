//! Titles and genres of items, from a second file beside the log.
//!
//! In: bytes of a file such as `movies.dat` (`id::Title (Year)::Genre|Genre`) or `movieId,title,genres`. Out: an
//! [`ItemTable`] that [`assemble`](crate::log::assemble) joins to the log by identifier. Texts that are not UTF-8 are read as
//! Latin-1, as the older MovieLens files are.

use std::collections::HashMap;

use crate::log::error::LogError;
use crate::log::limits::limits;
use crate::log::meaning::item_roles::{ItemRoles, item_roles};
use crate::log::meaning::sniff::sniff;
use crate::log::meaning::table::{Format, Shape};
use crate::log::records::cutter::Records;
use crate::log::records::record::{Piece, Record};
use crate::log::sequences::dictionary::identifier;
use crate::log::sequences::item_info::{GenreNames, ItemInfo, genres_of, title_of};
use crate::log::sequences::summary::{Skips, check_skips};
use crate::log::text::encoding::Decoder;
use crate::log::text::head::{Head, TextGuard};

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its identifier as it stood in the log.
    pub id: String,
    /// Its title, where one is known.
    pub title: Option<String>,
    /// Indices into [`Dataset::genres`](crate::log::Dataset::genres), the main one first; empty where none is known.
    pub genres: Vec<u32>,
}

/// Titles and genres by item identifier.
#[derive(Clone, Debug)]
pub struct ItemTable {
    pub(crate) file: String,
    pub(crate) infos: HashMap<String, ItemInfo>,
    pub(crate) genre_names: Vec<String>,
    pub(crate) skipped: u64,
}

impl ItemTable {
    /// Number of items in the file.
    pub fn len(&self) -> usize {
        self.infos.len()
    }

    /// Whether the file has no items.
    pub fn is_empty(&self) -> bool {
        self.infos.is_empty()
    }
}

/// A push parser for files of items.
pub struct ItemReader {
    decoder: Decoder,
    text: TextReader,
}

/// The reader behind the decoder: it sees UTF-8.
struct TextReader {
    file: String,
    guard: TextGuard,
    state: State,
}

enum State {
    Head(Head),
    Rows(Box<Rows>),
}

struct Rows {
    records: Records,
    entries: Entries,
}

struct Entries {
    file: String,
    roles: ItemRoles,
    /// The first line is a header that is still to come.
    header: bool,
    expected: usize,
    infos: HashMap<String, ItemInfo>,
    genres: GenreNames,
    text: usize,
    skips: Skips,
    lines: u64,
}

impl ItemReader {
    /// A reader for one file of items.
    pub fn new(file_name: &str) -> Self {
        ItemReader {
            decoder: Decoder::new(None),
            text: TextReader {
                file: file_name.to_owned(),
                guard: TextGuard::default(),
                state: State::Head(Head::default()),
            },
        }
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let ItemReader { decoder, text } = self;
        text.push(decoder.push(chunk))
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<ItemTable, LogError> {
        self.text.push(self.decoder.finish())?;
        self.text.finish()
    }
}

impl TextReader {
    fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        match &mut self.state {
            State::Head(head) => match head.fill(chunk) {
                Some(rest) => {
                    self.decide(false)?;
                    self.push(rest)
                }
                None => Ok(()),
            },
            State::Rows(rows) => {
                self.guard.check(&self.file, chunk)?;
                let Rows { records, entries } = &mut **rows;
                records.push(chunk, |piece| entries.take(piece))
            }
        }
    }

    fn finish(mut self) -> Result<ItemTable, LogError> {
        if matches!(self.state, State::Head(_)) {
            self.decide(true)?;
        }
        let State::Rows(rows) = self.state else {
            return Err(LogError::Empty { file: self.file });
        };
        let Rows {
            mut records,
            mut entries,
        } = *rows;
        records.finish(|piece| entries.take(piece))?;
        check_skips(&self.file, &entries.skips, entries.lines)?;
        if entries.infos.is_empty() {
            return Err(LogError::HeaderOnly { file: self.file });
        }
        Ok(ItemTable {
            file: self.file,
            infos: entries.infos,
            genre_names: entries.genres.into_names(),
            skipped: entries.skips.count,
        })
    }

    fn decide(&mut self, complete: bool) -> Result<(), LogError> {
        let State::Head(mut head) = std::mem::replace(&mut self.state, State::Head(Head::default())) else {
            return Ok(());
        };
        let text = head.open(&self.file, &mut self.guard)?;
        let Shape::Table(table) = sniff(text, complete, None) else {
            return Err(LogError::OneColumn { file: self.file.clone() });
        };
        let mut entries = Entries {
            file: self.file.clone(),
            roles: item_roles(&self.file, &table)?,
            header: matches!(table.format, Format::Delimited { .. }) && table.header.is_some(),
            expected: table.columns,
            infos: HashMap::new(),
            genres: GenreNames::default(),
            text: 0,
            skips: Skips::default(),
            lines: 0,
        };
        let mut records = match &table.format {
            Format::Delimited { separator, quoting } => Records::delimited(&self.file, *separator, *quoting),
            Format::Json(layout) => Records::json(&self.file, layout, table.header.unwrap_or_default(), None, Vec::new()),
            Format::Parquet => return Err(LogError::OneColumn { file: self.file.clone() }),
        };
        records.push(text, |piece| entries.take(piece))?;
        self.state = State::Rows(Box::new(Rows { records, entries }));
        Ok(())
    }
}

impl Entries {
    fn take(&mut self, piece: Piece<'_>) -> Result<(), LogError> {
        match piece {
            Ok(record) => self.record(record),
            Err(bad) => {
                self.lines += bad.lines;
                self.skips.add(bad.line, bad.lines, bad.why);
                Ok(())
            }
        }
    }

    fn record(&mut self, record: Record<'_>) -> Result<(), LogError> {
        if std::mem::take(&mut self.header) {
            return Ok(());
        }
        self.lines += record.lines;
        let id = match identifier(record.field(self.roles.id), || "the identifier".to_owned()) {
            Ok(_) if record.len() < self.expected || record.used() > self.expected => {
                let why = format!("it has {} fields where {} are expected", record.len(), self.expected);
                self.skips.add(record.line, record.lines, why);
                return Ok(());
            }
            Ok(id) => id,
            Err(why) => {
                self.skips.add(record.line, record.lines, why);
                return Ok(());
            }
        };
        let title = self.roles.title.and_then(|at| title_of(record.field(at)));
        let genres = self
            .roles
            .genres
            .map(|at| genres_of(record.field(at), self.roles.between, &mut self.genres));
        self.text += id.len() + title.as_ref().map_or(0, String::len);
        let limits = limits();
        if self.infos.len() >= limits.items {
            return Err(LogError::Limit {
                file: self.file.clone(),
                line: record.line,
                what: "items",
                limit: limits.items,
            });
        }
        if self.text > limits.text_bytes {
            return Err(LogError::TextLimit {
                file: self.file.clone(),
                line: record.line,
                limit: limits.text_bytes >> 20,
            });
        }
        // Of two lines for one item the first counts.
        self.infos.entry(id.to_owned()).or_insert(ItemInfo {
            title,
            genres: genres.unwrap_or_default(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::meaning::item_roles::looks_like_items;

    fn read(text: &[u8]) -> ItemTable {
        let mut reader = ItemReader::new("m");
        reader.push(text).unwrap();
        reader.finish().unwrap()
    }

    fn names(table: &ItemTable, id: &str) -> Vec<String> {
        table.infos[id]
            .genres
            .iter()
            .map(|&g| table.genre_names[g as usize].clone())
            .collect()
    }

    #[test]
    fn movielens_in_its_layouts() {
        let table = read("0002844::Fantômas: À l'ombre (1913)::Crime|Drama\n0004936::The \"Bank\" (1915)::\n".as_bytes());
        assert_eq!(table.infos["0002844"].title.as_deref(), Some("Fantômas: À l'ombre (1913)"));
        assert_eq!(names(&table, "0002844"), ["Crime", "Drama"]);
        assert_eq!(table.infos["0004936"].title.as_deref(), Some("The \"Bank\" (1915)"));
        assert!(names(&table, "0004936").is_empty());

        let table = read(b"movieId,title,genres\n1,\"Up, Again\",Comedy|Drama|Comedy\n2,Down,(no genres listed)\n");
        assert_eq!(table.infos["1"].title.as_deref(), Some("Up, Again"));
        assert_eq!(names(&table, "1"), ["Comedy", "Drama"]);
        assert!(names(&table, "2").is_empty());

        let table = read(b"item_id:token\tmovie_title:token_seq\tclass:token_seq\n1\tToy Story\tAnimation Comedy\n");
        assert_eq!(names(&table, "1"), ["Animation", "Comedy"]);
    }

    #[test]
    fn latin_1_titles() {
        let table = read(b"1::Caf\xe9 Noir (1950)::Drama\n2::B (2)::Comedy\n");
        assert_eq!(table.infos["1"].title.as_deref(), Some("Café Noir (1950)"));
    }

    #[test]
    fn which_file_is_which() {
        assert!(looks_like_items("movies.dat", b"1::A (1)::x|y\n2::B (2)::z\n"));
        assert!(looks_like_items("items.csv", b"1,lamp\n2,chair\n"));
        assert!(looks_like_items("a.csv", b"movieId,title,genres\n1,A,x\n"));
        assert!(!looks_like_items("movies.dat", b"1::2::5::1365029107\n1::3::5::1365029107\n"));
        assert!(!looks_like_items("a.csv", b"userId,movieId,title\n1,2,A b\n"));
        assert!(!looks_like_items("beauty.txt", b"1 2 3\n2 3 4\n"));
        assert!(!looks_like_items("x", b""));
        assert!(!looks_like_items("x.zip", b"PK\x03\x04\0\0"));
    }

    #[test]
    fn a_table_that_names_no_title_says_so() {
        let mut reader = ItemReader::new("m.csv");
        reader.push(b"movieId,year,length\n1,2,3\n").unwrap();
        let error = reader.finish().unwrap_err();
        assert!(matches!(error, LogError::MissingColumn { role: "title", .. }), "{error}");
    }
}
