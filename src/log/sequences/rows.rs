//! Logs with columns: one interaction a row.
//!
//! In: a sniffed table with the roles of its columns, and the file's bytes or rows. Out: interactions in [`Columns`], bad rows
//! noted with their reason.

use crate::log::error::{LogError, shown};
use crate::log::meaning::mapping::{Preview, Role};
use crate::log::meaning::roles::LogRoles;
use crate::log::meaning::table::{Format, Table};
use crate::log::meaning::time::TimeUnit;
use crate::log::records::cutter::Records;
use crate::log::records::json::frame::JsonLayout;
use crate::log::records::record::{Piece, Record};
use crate::log::sequences::dictionary::Name;
use crate::log::sequences::item_info::{ItemInfo, genres_of, title_of};
use crate::log::sequences::raw::{About, Columns, RawLog, identifier};

/// Reads a log of text with columns.
pub(crate) struct TableReader {
    records: Records,
    rows: Rows,
}

impl TableReader {
    pub(crate) fn new(file: &str, table: Table, roles: LogRoles, preview: Preview) -> Option<Self> {
        let records = match table.format {
            Format::Delimited { separator, quoting } => Some(Records::delimited(file, separator, quoting)),
            Format::Json(ref layout) => {
                let Spread { list, beside } = Spread::of(&table, &roles.roles);
                let keys = table.header.clone().unwrap_or_default();
                Some(Records::json(file, layout, keys, list, beside))
            }
            // Its rows do not come out of text.
            Format::Parquet => None,
        }?;
        Some(TableReader {
            records,
            rows: Rows::new(file, table, roles, preview),
        })
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let TableReader { records, rows } = self;
        records.push(chunk, |piece| rows.take(piece))
    }

    pub(crate) fn finish(mut self) -> Result<RawLog, LogError> {
        let TableReader { records, rows } = &mut self;
        records.finish(|piece| rows.take(piece))?;
        self.rows.finish()
    }
}

/// Where a row holds a list of items: one user's, each with its time and rating in lists of the same length.
pub(crate) struct Spread {
    /// The column with the list of items.
    pub(crate) list: Option<usize>,
    /// The columns with lists that go along.
    pub(crate) beside: Vec<usize>,
}

impl Spread {
    pub(crate) fn of(table: &Table, roles: &[Role]) -> Self {
        let is_list = |at: &usize| table.lists.get(*at) == Some(&true);
        let of = |role| roles.iter().position(|&other| other == role).filter(is_list);
        let list = of(Role::Item);
        let beside = if list.is_some() {
            [Role::Time, Role::Rating, Role::Title].into_iter().filter_map(of).collect()
        } else {
            Vec::new()
        };
        Spread { list, beside }
    }
}

/// Takes rows, whatever they were written in.
pub(crate) struct Rows {
    user: usize,
    item: usize,
    time: Option<(usize, TimeUnit)>,
    rating: Option<usize>,
    title: Option<usize>,
    genres: Option<usize>,
    /// Fields that a row should have.
    expected: usize,
    names: Vec<String>,
    /// The first record is the header, still to come.
    header: bool,
    format: Format,
    roles: Vec<Role>,
    notes: Vec<String>,
    preview: Preview,
    columns: Columns,
}

/// A user or an item of a row.
enum Field<'a> {
    /// To be looked up, where it is not known.
    Name(Name),
    /// Any other: its identifier.
    Other(&'a str),
}

impl Rows {
    pub(crate) fn new(file: &str, table: Table, found: LogRoles, preview: Preview) -> Self {
        let LogRoles { roles, time, notes, .. } = found;
        let find = |role| roles.iter().position(|&found| found == role);
        let (user, item) = (find(Role::User).unwrap_or(0), find(Role::Item).unwrap_or(1));
        Rows {
            user,
            item,
            time: find(Role::Time).zip(time),
            rating: find(Role::Rating),
            title: find(Role::Title),
            genres: find(Role::Genres),
            expected: table.columns,
            header: matches!(table.format, Format::Delimited { .. }) && table.header.is_some(),
            names: table.header.unwrap_or_default(),
            format: table.format,
            roles,
            notes,
            preview,
            columns: Columns::new(file),
        }
    }

    /// Takes one row, good or bad.
    pub(crate) fn take(&mut self, piece: Piece<'_>) -> Result<(), LogError> {
        let record = match piece {
            Ok(record) => record,
            Err(bad) => {
                self.columns.lines += bad.lines;
                self.columns.skips.add(bad.line, bad.lines, bad.why);
                return Ok(());
            }
        };
        if std::mem::take(&mut self.header) {
            return Ok(());
        }
        self.columns.lines += record.lines;
        match self.check(&record) {
            Ok((user, item, time)) => {
                let line = record.line;
                let described = self.title.is_some() || self.genres.is_some();
                let rating = self.rating.map(|at| record.field(at));
                // A new item is described by its row, so only one that is known can be left for later there.
                let later = |name| match described {
                    true => self.columns.recall_item(name).map(Name::Known),
                    false => Some(name),
                };
                if let (&Field::Name(user), &Field::Name(item)) = (&user, &item)
                    && let Some(item) = later(item)
                {
                    return self.columns.interaction_of(line, [user, item], rating, time);
                }
                let user = match user {
                    Field::Name(user) => self.columns.named_user(line, user)?,
                    Field::Other(id) => self.columns.user(line, id)?,
                };
                let (item, new) = match item {
                    Field::Name(item) => self.columns.named_item(line, item)?,
                    Field::Other(id) => self.columns.item(line, id)?,
                };
                if new && described {
                    let title = self.title.and_then(|at| title_of(record.field(at)));
                    let genres = self
                        .genres
                        .map(|at| genres_of(record.field(at), &['|', ';'], &mut self.columns.genres));
                    self.columns.info(
                        line,
                        ItemInfo {
                            title,
                            genres: genres.unwrap_or_default(),
                        },
                    )?;
                }
                self.columns.interaction(line, user, item, rating, time)
            }
            Err(why) => {
                self.columns.skips.add(record.line, record.lines, why);
                Ok(())
            }
        }
    }

    /// The identifiers and the time of a line, or what is wrong with it.
    fn check<'a>(&self, record: &Record<'a>) -> Result<(Field<'a>, Field<'a>, Option<f64>), String> {
        // Empty fields beyond the last column are harmless: some programs end each line with a separator.
        if record.len() < self.expected || (record.len() > self.expected && record.used() > self.expected) {
            let to = match record.lines {
                1 => String::new(),
                lines => format!(
                    " and runs on to line {}, so a quotation mark may be open",
                    record.line + lines - 1
                ),
            };
            let fields = if record.len() == 1 { "field" } else { "fields" };
            return Err(format!(
                "it has {} {fields} where {} are expected{to}",
                record.len(),
                self.expected
            ));
        }
        // One byte tells nearly every line from the header, and this is asked of each.
        let begins_like_header = |names: &[String]| {
            names
                .first()
                .is_some_and(|name| record.field(0).first() == name.as_bytes().first())
        };
        if begins_like_header(&self.names) && record.fields().eq(self.names.iter().map(String::as_bytes)) {
            return Err("it repeats the header".to_owned());
        }
        let user = record.field(self.user);
        let user = match self.columns.glance_at_user(user) {
            Some(name) => Field::Name(name),
            None => Field::Other(identifier(user, || self.place(self.user, "user"))?),
        };
        let item = record.field(self.item);
        let item = match self.columns.glance_at_item(item) {
            Some(name) => Field::Name(name),
            None => Field::Other(identifier(item, || self.place(self.item, "item"))?),
        };
        let time = match self.time {
            Some((at, unit)) => {
                let field = record.field(at);
                let time = unit.parse_bytes(field);
                if time.is_none() {
                    let text = String::from_utf8_lossy(field);
                    return Err(format!(
                        "{} is {}, which is not {}",
                        self.place(at, "time"),
                        shown(&text),
                        unit.expected()
                    ));
                }
                time
            }
            None => None,
        };
        Ok((user, item, time))
    }

    fn place(&self, at: usize, role: &str) -> String {
        match self.names.get(at) {
            Some(name) => format!("column {} ({})", at + 1, shown(name)),
            None => format!("column {} (the {role})", at + 1),
        }
    }

    pub(crate) fn finish(self) -> Result<RawLog, LogError> {
        if self.columns.lines == 0 {
            let file = self.columns.file;
            return Err(if self.names.is_empty() {
                LogError::Empty { file }
            } else {
                LogError::HeaderOnly { file }
            });
        }
        let format = match self.format {
            Format::Delimited { separator, .. } => {
                let header = if self.names.is_empty() { "no header" } else { "header" };
                format!("{}, {header}", separator.words())
            }
            Format::Json(JsonLayout::Stream) => "JSON Lines".to_owned(),
            Format::Json(JsonLayout::List { .. }) => "JSON".to_owned(),
            Format::Parquet => "Parquet".to_owned(),
        };
        self.columns.finish(About {
            format,
            columns: self.roles.iter().map(|role| role.name().to_owned()).collect(),
            column_names: self.names,
            unit: self.time.map_or(TimeUnit::Order, |(_, unit)| unit),
            notes: self.notes,
            preview: Some(self.preview),
        })
    }
}
