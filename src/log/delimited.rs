//! Logs with columns: one interaction a line.
//!
//! In: a sniffed table and the file's bytes. Out: interactions in [`Columns`], bad lines noted with their reason.

use super::error::{LogError, shown};
use super::items::{ItemInfo, genres_of, title_of};
use super::raw::{Columns, RawLog, identifier};
use super::records::{Record, Records};
use super::roles::{LogRoles, Role, log_roles};
use super::sniff::Table;

/// Reads a log with columns.
pub(super) struct Delimited {
    records: Records,
    rows: Rows,
}

impl Delimited {
    pub(super) fn new(file: &str, table: Table) -> Result<Self, LogError> {
        let LogRoles { roles, time, notes } = log_roles(file, &table)?;
        let find = |role| roles.iter().position(|&found| found == role);
        let (user, item) = (find(Role::User).unwrap_or(0), find(Role::Item).unwrap_or(1));
        let rows = Rows {
            user,
            item,
            time: find(Role::Time).map(|at| (at, time)),
            title: find(Role::Title),
            genres: find(Role::Genres),
            expected: table.columns,
            header: table.header.unwrap_or_default(),
            header_seen: false,
            separator: table.separator.words(),
            roles,
            notes,
            columns: Columns::new(file),
        };
        Ok(Delimited {
            records: Records::new(file, table.separator, table.quoting),
            rows,
        })
    }

    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let Delimited { records, rows } = self;
        records.push(chunk, |record| rows.take(record))
    }

    pub(super) fn finish(mut self) -> Result<RawLog, LogError> {
        let Delimited { records, rows } = &mut self;
        records.finish(|record| rows.take(record))?;
        self.rows.finish()
    }
}

struct Rows {
    user: usize,
    item: usize,
    time: Option<(usize, super::time::TimeKind)>,
    title: Option<usize>,
    genres: Option<usize>,
    /// Fields that a line should have.
    expected: usize,
    header: Vec<String>,
    header_seen: bool,
    separator: &'static str,
    roles: Vec<Role>,
    notes: Vec<String>,
    columns: Columns,
}

impl Rows {
    fn take(&mut self, record: Record<'_>) -> Result<(), LogError> {
        if !self.header.is_empty() && !self.header_seen {
            self.header_seen = true;
            return Ok(());
        }
        self.columns.lines += record.lines;
        match self.check(&record) {
            Ok((user, item, time)) => {
                let line = record.line;
                let user = self.columns.user(line, user)?;
                let (item, new) = self.columns.item(line, item)?;
                if new && (self.title.is_some() || self.genres.is_some()) {
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
                self.columns.interaction(line, user, item, time)
            }
            Err(why) => {
                self.columns.skips.add(record.line, record.lines, why);
                Ok(())
            }
        }
    }

    /// The identifiers and the time of a line, or what is wrong with it.
    fn check<'a>(&self, record: &Record<'a>) -> Result<(&'a str, &'a str, Option<f64>), String> {
        // Empty fields beyond the last column are harmless: some programs end each line with a separator.
        if record.len() < self.expected || record.used() > self.expected {
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
        if !self.header.is_empty() && record.fields().eq(self.header.iter().map(String::as_bytes)) {
            return Err("it repeats the header".to_owned());
        }
        let user = identifier(record.field(self.user), || self.place(self.user, "user"))?;
        let item = identifier(record.field(self.item), || self.place(self.item, "item"))?;
        let time = match self.time {
            Some((at, kind)) => {
                let text = String::from_utf8_lossy(record.field(at));
                let time = kind.parse(&text);
                if time.is_none() {
                    return Err(format!(
                        "{} is {}, which is not {}",
                        self.place(at, "time"),
                        shown(&text),
                        kind.expected()
                    ));
                }
                time
            }
            None => None,
        };
        Ok((user, item, time))
    }

    fn place(&self, at: usize, role: &str) -> String {
        match self.header.get(at) {
            Some(name) => format!("column {} ({})", at + 1, shown(name)),
            None => format!("column {} (the {role})", at + 1),
        }
    }

    fn finish(self) -> Result<RawLog, LogError> {
        if self.columns.lines == 0 {
            let file = self.columns.file;
            return Err(if self.header.is_empty() {
                LogError::Empty { file }
            } else {
                LogError::HeaderOnly { file }
            });
        }
        let header = if self.header.is_empty() { "no header" } else { "header" };
        let mut log = self.columns.finish(format!("{}, {header}", self.separator), self.notes)?;
        log.columns = self.roles.iter().map(|role| role.name().to_owned()).collect();
        log.column_names = self.header;
        Ok(log)
    }
}
