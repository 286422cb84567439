//! Logs with columns: one interaction a row, or several where a cell holds a list.
//!
//! In: a sniffed table with the roles of its columns, and rows. Out: interactions in [`Columns`]; rows that are left out are noted with
//! their reason: damaged ones, those in which user, item or time is missing, and lines that are no data (a header again, rulers, totals).

mod width;

use crate::log::error::{LogError, shown};
use crate::log::meaning::cells::CellList;
use crate::log::meaning::mapping::{Preview, Role};
use crate::log::meaning::roles::LogRoles;
use crate::log::meaning::table::{Format, Table};
use crate::log::meaning::time::TimeUnit;
use crate::log::meaning::time_column::{Correction, TimeColumn};
use crate::log::records::json::frame::JsonLayout;
use crate::log::records::record::{Piece, Record};
use crate::log::sequences::columns::{About, Columns};
use crate::log::sequences::dictionary::{Name, identifier};
use crate::log::sequences::item_info::{ItemInfo, genres_of, title_of};
use crate::log::sequences::left_out::{Other, is_cut, is_no_data};
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::rows::width::{OtherTable, wrong_width};
use crate::log::text::missing::is_missing;
use crate::log::text::ruler::is_ruler;
use crate::log::text::unicode::trimmed;

/// Where a row holds a list of items: one user's, each with its time and rating in lists of the same length.
pub(crate) struct Spread {
    /// The column with the list of items.
    pub(crate) list: Option<usize>,
    /// The columns with lists that go along.
    pub(crate) beside: Vec<usize>,
}

impl Spread {
    pub(crate) fn of(table: &Table, roles: &[Role]) -> Self {
        let is_list = |at: &usize| table.is_list(*at);
        let of = |role| roles.iter().position(|&other| other == role).filter(is_list);
        let list = of(Role::Item);
        let beside = if list.is_some() {
            [Role::Time, Role::Rating, Role::Title, Role::Event]
                .into_iter()
                .filter_map(of)
                .collect()
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
    time: Option<TimeColumn>,
    rating: Option<usize>,
    title: Option<usize>,
    genres: Option<usize>,
    event: Option<usize>,
    history: Option<usize>,
    cells: Vec<Option<CellList>>,
    /// Fields that a row should have.
    expected: usize,
    names: Vec<String>,
    /// Records above the header or the data that are still to be passed over.
    above: usize,
    /// The first record is the header, still to come.
    header: bool,
    /// The item whose block is read, where blocks of lines stand below their item.
    block: Option<String>,
    format: Format,
    roles: Vec<Role>,
    notes: Vec<String>,
    preview: Preview,
    columns: Columns,
    /// Column that may be the user where the user is missing.
    instead: Option<String>,
    other: OtherTable,
    /// Rows were left out where the table was printed.
    cut: bool,
}

/// A user or an item of a row.
enum Field<'a> {
    /// To be looked up, where it is not known.
    Name(Name),
    /// Any other: its identifier.
    Other(&'a str),
}

/// Why a row is left out.
enum Left {
    Bad(String),
    Missing(Role),
    Other(Other),
}

impl Rows {
    pub(crate) fn new(file: &str, table: Table, found: LogRoles, preview: Preview) -> Self {
        let find = |role| found.find(role);
        let (user, item) = (find(Role::User).unwrap_or(0), find(Role::Item).unwrap_or(1));
        let time = TimeColumn::new(&found, found.time_given, &table);
        Rows {
            user,
            item,
            time,
            rating: find(Role::Rating),
            title: find(Role::Title),
            genres: find(Role::Genres),
            event: find(Role::Event),
            history: find(Role::History),
            cells: found.cells,
            expected: table.columns - usize::from(table.blocks),
            above: table.above,
            header: matches!(table.format, Format::Delimited { .. }) && table.header.is_some(),
            block: table.blocks.then(String::new),
            names: table.header.unwrap_or_default(),
            format: table.format,
            roles: found.roles,
            notes: found.notes,
            preview,
            columns: Columns::new(file),
            instead: found.instead,
            other: OtherTable::default(),
            cut: false,
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
        if self.above > 0 {
            self.above -= 1;
            return Ok(());
        }
        if self.header && !is_ruler(record.fields()) {
            self.header = false;
            return Ok(());
        }
        if self.begins_block(&record) {
            return Ok(());
        }
        self.columns.lines += record.lines;
        match self.row(&record)? {
            Ok(()) => Ok(()),
            Err(left) => {
                self.leave_out(&record, left);
                Ok(())
            }
        }
    }

    /// Takes the item of a block from the line at its head.
    fn begins_block(&mut self, record: &Record<'_>) -> bool {
        let Some(block) = &mut self.block else { return false };
        let Some(id) = record.field(0).strip_suffix(b":").filter(|_| record.len() == 1) else {
            return false;
        };
        *block = String::from_utf8_lossy(id.trim_ascii()).into_owned();
        true
    }

    fn leave_out(&mut self, record: &Record<'_>, left: Left) {
        let left = match left {
            // What looks like damage may be no data at all.
            Left::Bad(_) | Left::Missing(_) if let Some(other) = is_no_data(record) => {
                self.cut |= is_cut(record);
                Left::Other(other)
            }
            left => left,
        };
        match left {
            Left::Bad(why) => {
                self.other.see(record);
                self.columns.skips.add(record.line, record.lines, why);
            }
            Left::Missing(role) => self.columns.skips.missing(role, record.lines),
            Left::Other(other) => self.columns.skips.other(other, record.lines),
        }
    }

    /// The interactions of a row, or why it is left out.
    fn row(&mut self, record: &Record<'_>) -> Result<Result<(), Left>, LogError> {
        if let Err(left) = self.check_shape(record) {
            return Ok(Err(left));
        }
        if self.cells.get(self.item).copied().flatten().is_some() || self.history.is_some() {
            return self.listed(record);
        }
        let block = self.block.take();
        let item = block.as_deref().map_or_else(|| record.field(self.item), str::as_bytes);
        let done = self.single(record, item);
        self.block = block;
        done
    }

    /// One interaction.
    fn single(&mut self, record: &Record<'_>, item: &[u8]) -> Result<Result<(), Left>, LogError> {
        let line = record.line;
        let user = match self.user_of(record) {
            Ok(user) => user,
            Err(left) => return Ok(Err(left)),
        };
        let item = match self.item_of(item) {
            Ok(item) => item,
            Err(left) => return Ok(Err(left)),
        };
        let time = match time_of(&mut self.time, record, &self.names) {
            Ok(time) => time,
            Err(left) => return Ok(Err(left)),
        };
        let described = self.title.is_some() || self.genres.is_some();
        let rating = self.rating.map(|at| record.field(at));
        if let Some(at) = self.event {
            self.columns.event(record.field(at));
        }
        // A new item is described by its row, so only one that is known can be left for later there.
        let later = |name| match described {
            true => self.columns.recall_item(name).map(Name::Known),
            false => Some(name),
        };
        if let (&Field::Name(user), &Field::Name(item)) = (&user, &item)
            && let Some(item) = later(item)
        {
            return self.columns.interaction_of(line, [user, item], rating, time).map(Ok);
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
            self.describe(record)?;
        }
        self.columns.interaction(line, user, item, rating, time).map(Ok)
    }

    fn describe(&mut self, record: &Record<'_>) -> Result<(), LogError> {
        let title = self.title.and_then(|at| title_of(record.field(at)));
        let genres = self
            .genres
            .map(|at| genres_of(record.field(at), &['|', ';'], &mut self.columns.genres));
        let genres = genres.unwrap_or_default();
        self.columns.info(record.line, ItemInfo { title, genres })
    }

    /// The interactions of a row whose cells hold lists.
    fn listed(&mut self, record: &Record<'_>) -> Result<Result<(), Left>, LogError> {
        let line = record.line;
        let user = match self.user_of(record) {
            Ok(Field::Name(user)) => self.columns.named_user(line, user)?,
            Ok(Field::Other(id)) => self.columns.user(line, id)?,
            Err(left) => return Ok(Err(left)),
        };
        let text = |at: usize| std::str::from_utf8(record.field(at)).unwrap_or_default();
        let list = |at: Option<usize>| at.and_then(|at| Some((at, self.cells.get(at).copied().flatten()?)));
        let mut items = Vec::new();
        if let Some((at, cells)) = list(self.history) {
            cells.split(text(at), &mut items);
        }
        match list(Some(self.item)) {
            Some((at, cells)) => cells.split(text(at), &mut items),
            None => items.push(text(self.item)),
        }
        let entries = |at: Option<usize>| {
            list(at).map(|(at, cells)| {
                let mut entries = Vec::new();
                cells.split(text(at), &mut entries);
                entries
            })
        };
        let (times, ratings, events) = (
            entries(self.time.as_ref().map(|time| time.at)),
            entries(self.rating),
            entries(self.event),
        );
        for other in [&times, &ratings, &events].into_iter().flatten() {
            if other.len() != items.len() {
                let why = format!("its lists have {} and {} entries", items.len(), other.len());
                return Ok(Err(Left::Bad(why)));
            }
        }
        let of_row = match times {
            Some(_) => None,
            None => match time_of(&mut self.time, record, &self.names) {
                Ok(time) => time,
                Err(left) => return Ok(Err(left)),
            },
        };
        let field = |list: &Option<Vec<&'_ str>>, at: Option<usize>, entry: usize| -> Option<Vec<u8>> {
            match list {
                Some(list) => Some(list[entry].as_bytes().to_vec()),
                None => at.map(|at| record.field(at).to_vec()),
            }
        };
        for (entry, item) in items.iter().enumerate() {
            if is_missing(item.as_bytes()) {
                self.columns.skips.missing(Role::Item, 1);
                continue;
            }
            let id = match identifier(trimmed(item.as_bytes()), || "an item of the list".to_owned()) {
                Ok(id) => id,
                Err(why) => return Ok(Err(Left::Bad(why))),
            };
            let time = match (&times, &mut self.time) {
                (Some(times), Some(column)) => match column.read(times[entry].as_bytes(), line) {
                    None => {
                        return Ok(Err(Left::Bad(format!(
                            "{} in its list is not {}",
                            shown(times[entry]),
                            column.unit.expected()
                        ))));
                    }
                    time => time,
                },
                _ => of_row,
            };
            if let Some(event) = field(&events, self.event, entry) {
                self.columns.event(&event);
            }
            let (item, new) = self.columns.item(line, id)?;
            if new && (self.title.is_some() || self.genres.is_some()) {
                self.columns.info(line, ItemInfo::default())?;
            }
            self.columns
                .interaction(line, user, item, field(&ratings, self.rating, entry).as_deref(), time)?;
        }
        Ok(Ok(()))
    }

    fn user_of<'a>(&self, record: &Record<'a>) -> Result<Field<'a>, Left> {
        let user = trimmed(record.field(self.user));
        if is_missing(user) {
            return Err(Left::Missing(Role::User));
        }
        match self.columns.glance_at_user(user) {
            Some(name) => Ok(Field::Name(name)),
            None => identifier(user, || self.place(self.user, "user"))
                .map(Field::Other)
                .map_err(Left::Bad),
        }
    }

    fn item_of<'a>(&self, item: &'a [u8]) -> Result<Field<'a>, Left> {
        let item = trimmed(item);
        if is_missing(item) {
            return Err(Left::Missing(Role::Item));
        }
        match self.columns.glance_at_item(item) {
            Some(name) => Ok(Field::Name(name)),
            None => identifier(item, || self.place(self.item, "item"))
                .map(Field::Other)
                .map_err(Left::Bad),
        }
    }

    /// Refuses a row of another width, and a header that comes again.
    fn check_shape(&self, record: &Record<'_>) -> Result<(), Left> {
        // Empty fields beyond the last column are harmless: some programs end each line with a separator.
        if record.len() < self.expected || (record.len() > self.expected && record.used() > self.expected) {
            return Err(Left::Bad(wrong_width(record, self.expected, &self.format)));
        }
        // Below a header without a time a ruler would be a row like any other.
        if matches!(record.bytes.first(), Some(b'-' | b'=')) && is_ruler(record.fields()) {
            return Err(Left::Other(Other::Ruler));
        }
        // One byte tells nearly every line from the header, and this is asked of each. A second byte order mark may stand before it.
        let mut first = record.field(0);
        if let Some(rest) = first.strip_prefix(b"\xef\xbb\xbf") {
            first = rest;
        }
        let begins_like_header = |names: &[String]| names.first().is_some_and(|name| first.first() == name.as_bytes().first());
        let repeats_header =
            || first == self.names[0].as_bytes() && record.fields().skip(1).eq(self.names.iter().skip(1).map(String::as_bytes));
        if begins_like_header(&self.names) && repeats_header() {
            return Err(Left::Other(Other::Header));
        }
        Ok(())
    }

    fn place(&self, at: usize, role: &str) -> String {
        place(&self.names, at, role)
    }

    pub(crate) fn finish(mut self) -> Result<RawLog, LogError> {
        if self.columns.lines == 0 {
            let file = self.columns.file;
            return Err(if self.names.is_empty() {
                LogError::Empty { file }
            } else {
                LogError::HeaderOnly { file }
            });
        }
        if self.columns.skips.too_many(self.columns.lines) {
            self.other.check(&self.columns.file, self.expected)?;
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
        let format = match self.cells.get(self.item).copied().flatten() {
            Some(cells) => format!("{format}, cells with {}", cells.words()),
            None => format,
        };
        if self.cut {
            let note = "The table was printed without all of its rows, so some are missing here; export it as CSV.";
            self.notes.push(note.to_owned());
        }
        let mut unit = TimeUnit::Order;
        if let Some(time) = &self.time {
            let settled = time.settle(&self.columns.file, &self.place(time.at, "time"))?;
            unit = settled.unit;
            self.notes.extend(settled.notes);
            if settled.correction != Correction::None {
                self.columns.change_times(|time| settled.correction.of(time));
            }
            if self.preview.mapping.time.is_some() {
                self.preview.mapping.time = Some(unit);
            }
            if settled.sure {
                self.preview.settle_time(time.at);
            }
        }
        let places = [self.place(self.user, "user"), self.place(self.item, "item")];
        self.columns.finish(About {
            format,
            columns: self.roles.iter().map(|role| role.name().to_owned()).collect(),
            column_names: self.names,
            unit,
            notes: self.notes,
            preview: Some(self.preview),
            places: Some(places),
            instead: self.instead,
        })
    }
}

/// A column for a sentence.
fn place(names: &[String], at: usize, role: &str) -> String {
    match names.get(at) {
        Some(name) => format!("column {} ({})", at + 1, shown(name)),
        None => format!("column {} (the {role})", at + 1),
    }
}

/// The time of a row.
fn time_of(time: &mut Option<TimeColumn>, record: &Record<'_>, names: &[String]) -> Result<Option<f64>, Left> {
    let Some(column) = time else { return Ok(None) };
    let field = record.field(column.at);
    let other = |at: usize| record.field(at);
    let read = match column.parts {
        Some(parts) if parts.are_dates() => parts.day(&other),
        _ => column.read(field, record.line),
    };
    let Some(time) = read else {
        let text = String::from_utf8_lossy(field);
        if is_missing(field) || column.parts.is_some_and(|parts| parts.miss(&other)) || column.is_none(&text) {
            return Err(Left::Missing(Role::Time));
        }
        return Err(Left::Bad(format!(
            "{} is {}, which is not {}",
            place(names, column.at, "time"),
            shown(&text),
            column.unit.expected()
        )));
    };
    // A day whose time of day is missing is a time still.
    let of_day = column.clock.and_then(|at| column.clock_of(record.field(at)));
    let parts = column.parts.map(|parts| parts.of_day(&other));
    Ok(Some(time + of_day.unwrap_or(0.0) + parts.unwrap_or(0.0)))
}
