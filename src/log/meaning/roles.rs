//! Which column is the user, which the item, which the time.
//!
//! In: a sniffed table, or a person's choice. Out: a [`Role`] for each column, how sure it is, how the time is written, what is
//! doubtful, and, where no log comes of it, the problem. Names and values vote together: `ballot` weighs each column for each role,
//! and the pair of user and item that is best together is taken. A column of dates is neither, a column that differs in every row is
//! no user unless its name says so, and the order in which columns stand counts only where nothing else does.

mod matrix;
mod order;
mod unnamed;

use crate::log::error::{LogError, shown};
use crate::log::meaning::ballot::{Ballot, Choice};
use crate::log::meaning::cells::CellList;
use crate::log::meaning::date_parts::DateParts;
use crate::log::meaning::mapping::{Mapping, Role};
use crate::log::meaning::names::{Meaning, counts_up, is_plural, meaning, plain};
use crate::log::meaning::roles::matrix::is_matrix;
use crate::log::meaning::roles::order::counted;
use crate::log::meaning::roles::unnamed::without_names;
use crate::log::meaning::table::{Format, Table};
use crate::log::meaning::time::TimeUnit;

/// Below this a person is asked before training.
pub(crate) const DOUBTFUL: f32 = 0.5;

/// The meaning of a log's columns.
#[derive(Debug)]
pub(crate) struct LogRoles {
    pub(crate) roles: Vec<Role>,
    /// How sure each role is, 0 to 1.
    pub(crate) confidence: Vec<f32>,
    /// How the time column is written, where there is one.
    pub(crate) time: Option<TimeUnit>,
    /// A person has said how the time column is written.
    pub(crate) time_given: bool,
    /// The column that could be the user where the user is missing, in quotation marks.
    pub(crate) instead: Option<String>,
    /// Sentences about what was guessed.
    pub(crate) notes: Vec<String>,
    /// The column that is most doubtful, and why.
    pub(crate) doubt: Option<(usize, String)>,
    /// How cells hold several values, a column; empty where none does.
    pub(crate) cells: Vec<Option<CellList>>,
    /// Why no log comes of it.
    pub(crate) problem: Option<LogError>,
}

impl LogRoles {
    pub(crate) fn find(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|&found| found == role)
    }
}

/// Gives each column of a log its role; a person's mapping goes before what is found out.
pub(crate) fn log_roles(file: &str, table: &Table, mapping: Option<&Mapping>) -> LogRoles {
    let width = table.columns.max(2);
    let given = mapping.filter(|mapping| mapping.roles.len() == width);
    let mut found = match given {
        Some(mapping) => chosen(file, &mapping.roles),
        None => voted(file, table),
    };
    // A header may be longer than the lines by empty names only, so nothing with a role is cut off.
    found.roles.resize(width, Role::Ignored);
    found.confidence.resize(width, 1.0);
    found.cells = cells(table, &found);
    let said = mapping.and_then(|mapping| mapping.time);
    match found.find(Role::Time) {
        Some(at) => {
            let name = named(table).and_then(|header| header.get(at));
            let counts = name.is_some_and(|name| counts_up(name).is_some() && !matches!(meaning(name), Some((Meaning::Time, _))));
            let unit = if counts {
                Some((TimeUnit::Order, 0.6))
            } else {
                unit_of(table, at, found.cells[at])
            };
            let (unit, confidence) = match DateParts::of(&found.roles, table).are_dates() {
                true => (TimeUnit::Date, 0.9),
                false => unit.unwrap_or((TimeUnit::Order, 0.1)),
            };
            found.time = Some(said.unwrap_or(unit));
            found.time_given = said.is_some();
            if said.is_none() && mapping.is_none() {
                found.confidence[at] = found.confidence[at].min(confidence);
            }
        }
        None if found.problem.is_none() => {
            let what = if matches!(table.format, Format::Delimited { .. }) {
                "lines"
            } else {
                "rows"
            };
            found.notes.push(format!(
                "There is no time column, so the order of the {what} is taken as the order in time."
            ));
        }
        None => {}
    }
    if found.doubt.is_none() && given.is_none() {
        found.doubt = doubt(table, &found);
    }
    found
}

/// How a time column is written, as far as the sample tells.
fn unit_of(table: &Table, at: usize, cells: Option<CellList>) -> Option<(TimeUnit, f32)> {
    // The elements of a list that the format itself knows are joined by bars in the sample.
    let list = cells.or_else(|| table.is_list(at).then_some(CellList::Between('|')));
    match list {
        Some(list) => {
            let mut values = Vec::new();
            table.column(at).for_each(|cell| list.split(cell, &mut values));
            TimeUnit::of(values.into_iter())
        }
        None => TimeUnit::of(table.column(at)),
    }
}

/// How the columns' cells hold several values; they matter for the item and what goes with it.
fn cells(table: &Table, found: &LogRoles) -> Vec<Option<CellList>> {
    let mut cells = vec![None; found.roles.len()];
    let Some(item) = found.find(Role::Item).filter(|&at| !table.is_list(at)) else {
        return cells;
    };
    let history = found.find(Role::History);
    if let Some(history) = history {
        let list = CellList::of(table.column(history)).unwrap_or(CellList::Between(' '));
        cells[history] = Some(list);
        return cells;
    }
    let plural = named(table)
        .and_then(|header| header.get(item))
        .is_some_and(|name| is_plural(name));
    let name = named(table)
        .and_then(|header| header.get(item))
        .and_then(|name| meaning(name));
    // A title may have a comma in it.
    let title = |list: &CellList| *list == CellList::Between(',') && matches!(name, Some((Meaning::Title, _)));
    let several = CellList::of(table.column(item)).filter(|list| !title(list));
    cells[item] = several.or_else(|| CellList::of_several(table.column(item)).filter(|_| plural));
    if let Some(list) = cells[item] {
        for role in [Role::Time, Role::Rating, Role::Event] {
            let at = found.find(role).filter(|&at| !table.is_list(at));
            let Some(at) = at else { continue };
            let times = || CellList::of_times(table.column(at)).filter(|_| role == Role::Time);
            cells[at] = CellList::of(table.column(at)).filter(|&other| other == list).or_else(times);
        }
    }
    cells
}

/// The roles that a person chose, where they make a log.
fn chosen(file: &str, roles: &[Role]) -> LogRoles {
    let problem = Role::ALL.into_iter().find_map(|role| {
        let count = roles.iter().filter(|&&other| other == role).count();
        let needed = matches!(role, Role::User | Role::Item);
        // Month, day and hour belong to the clock, each in its column.
        let wrong = (count > 1 && role != Role::Clock) || (needed && count == 0);
        wrong.then(|| LogError::Roles {
            file: file.to_owned(),
            count: if count == 0 { "no".to_owned() } else { count.to_string() },
            role: role.name(),
        })
    });
    LogRoles {
        roles: roles.to_vec(),
        confidence: vec![1.0; roles.len()],
        time: None,
        time_given: false,
        instead: None,
        notes: Vec::new(),
        doubt: None,
        cells: Vec::new(),
        problem,
    }
}

/// Roles by vote.
fn voted(file: &str, table: &Table) -> LogRoles {
    let header = named(table);
    let problem = header.and_then(|header| check_width(file, table, header).err());
    let ballot = Ballot::new(table, header);
    let width = ballot.width();
    let mut found = LogRoles {
        roles: vec![Role::Ignored; width],
        confidence: vec![if header.is_some() { 0.9 } else { 0.6 }; width],
        time: None,
        time_given: false,
        instead: None,
        notes: Vec::new(),
        doubt: None,
        cells: Vec::new(),
        problem,
    };
    let give = |found: &mut LogRoles, choice: Option<Choice>, role: Role| {
        if let Some(Choice { at, confidence }) = choice {
            found.roles[at] = role;
            found.confidence[at] = confidence;
        }
    };
    let (time, clocks) = times(&ballot);
    give(&mut found, time, Role::Time);
    clocks.iter().for_each(|&clock| give(&mut found, Some(clock), Role::Clock));
    let event = ballot.event(&found.roles);
    give(&mut found, event, Role::Event);
    let (user, item) = ballot.user_and_item(&found.roles);
    give(&mut found, user, Role::User);
    give(&mut found, item, Role::Item);
    if let (Some(user), Some(item)) = (user, item) {
        found.instead = header
            .and_then(|header| header.get(ballot.instead(user.at)?))
            .map(|name| shown(name));
        let history = ballot.history(&found.roles, user.at, item.at);
        give(&mut found, history, Role::History);
        explain(table, &ballot, user, item, &mut found);
    } else if let Some(problem) = incomplete(file, table, header, user, item, &ballot) {
        found.problem.get_or_insert(problem);
    }
    if let (None, Some(header)) = (time, header)
        && let Some(choice) = counted(table, header, &ballot, &found.roles)
    {
        give(&mut found, Some(choice), Role::Time);
        let name = shown(&header[choice.at]);
        found
            .notes
            .push(format!("No column holds times, so {name} gives the order in time."));
    }
    if is_matrix(header, &ballot) && time.is_none() && !table.lists.contains(&true) {
        found.problem = Some(LogError::Matrix { file: file.to_owned() });
    }
    if header.is_some() {
        for (role, is) in [
            (Role::Rating, Meaning::Rating),
            (Role::Title, Meaning::Title),
            (Role::Genres, Meaning::Genres),
        ] {
            let choice = ballot.by_name(&found.roles, is);
            give(&mut found, choice, role);
        }
    } else {
        without_names(table, &ballot, &mut found);
    }
    if let (None, Some(time), Some(header)) = (ballot.named(time, Meaning::Time), time, header)
        && ballot.date_parts()[0] != Some(time.at)
    {
        let name = shown(&header[time.at]);
        let what = if ballot.looks(time.at).dates >= 0.8 {
            "dates"
        } else {
            "times"
        };
        found
            .notes
            .push(format!("{name} is taken as the time, since it holds {what}."));
    }
    if let (Some(time), [rest @ .., last], Some(header)) = (time, clocks.as_slice(), header) {
        let name = |choice: &Choice| shown(&header[choice.at]);
        let first: Vec<String> = [time].iter().chain(rest).map(name).collect();
        let (first, last) = (first.join(", "), name(last));
        found.notes.push(format!("{first} and {last} are the time together."));
    }
    found.roles.truncate(table.columns.max(2));
    found.confidence.truncate(table.columns.max(2));
    found
}

/// The time, and the columns that belong to it: the time of day, or month and day beside a year.
fn times(ballot: &Ballot<'_>) -> (Option<Choice>, Vec<Choice>) {
    let parts = ballot.date_parts();
    let of = |parts: &[Option<usize>]| parts.iter().flatten().map(|&at| Choice { at, confidence: 0.9 }).collect();
    let time = ballot.time();
    if let [Some(at), Some(_), day, ..] = parts
        && !time.is_some_and(|time| ballot.is_dated(time.at))
    {
        // Hours without a day say nothing.
        let mut clocks: Vec<Choice> = of(&parts[1..if day.is_some() { 6 } else { 2 }]);
        clocks.extend(ballot.time_of_day().filter(|_| day.is_some()));
        return (Some(Choice { at, confidence: 0.9 }), clocks);
    }
    let mut roles = vec![Role::Ignored; ballot.width()];
    if let Some(time) = time {
        roles[time.at] = Role::Time;
    }
    let clock = ballot.clock(&roles);
    let mut clocks: Vec<Choice> = clock.into_iter().collect();
    if clock.is_some_and(|clock| parts[3] == Some(clock.at)) {
        clocks.extend::<Vec<Choice>>(of(&parts[4..]));
    }
    (time, clocks)
}

/// The names of the columns; none where the elements of lists have only their numbers.
fn named(table: &Table) -> Option<&[String]> {
    let header = table.header.as_deref()?;
    let numbered = matches!(table.format, Format::Json(_)) && header.iter().all(|name| name.parse::<usize>().is_ok());
    (!numbered).then_some(header)
}

/// Notes on the choice of user and item.
fn explain(table: &Table, ballot: &Ballot<'_>, user: Choice, item: Choice, found: &mut LogRoles) {
    let name = |at: usize| match named(table).and_then(|header| header.get(at)) {
        Some(name) => shown(name),
        None => format!("column {}", at + 1),
    };
    let (by_user, by_item) = (
        ballot.named(Some(user), Meaning::User),
        ballot.named(Some(item), Meaning::Item),
    );
    if named(table).is_none() {
        return;
    }
    if let Some(missing) = ballot.mostly_missing_user(user.at) {
        found.notes.push(format!(
            "{} is missing in {:.0} % of the lines, so {} is taken as the user.",
            name(missing),
            ballot.missing(missing) * 100.0,
            name(user.at)
        ));
    } else if let (None, Some(stand_in)) = (by_user, ballot.stand_in(user.at)) {
        found.notes.push(format!(
            "No column names a user, so {} ({stand_in}) stands in for it.",
            name(user.at)
        ));
    }
    let guessed = |choice: Choice| ballot.is_guess(choice.at);
    match (guessed(user), guessed(item)) {
        (true, true) => found.notes.push(format!(
            "No name in the {} is known, so {} is taken as the user and {} as the item.",
            names_of(table),
            name(user.at),
            name(item.at)
        )),
        (true, false) => found.notes.push(format!(
            "{} is taken as the user, since no other column can be.",
            name(user.at)
        )),
        (false, true) => found.notes.push(format!(
            "{} is taken as the item, since no other column can be.",
            name(item.at)
        )),
        (false, false) if by_item.is_none() && ballot.named(Some(item), Meaning::Title).is_some() => {
            found.notes.push(format!(
                "No column has identifiers of items, so {} is taken as the item.",
                name(item.at)
            ));
        }
        (false, false) => {}
    }
}

/// Why no log comes of columns among which there is no user or no item.
fn incomplete(
    file: &str,
    table: &Table,
    header: Option<&[String]>,
    user: Option<Choice>,
    item: Option<Choice>,
    ballot: &Ballot<'_>,
) -> Option<LogError> {
    let header = header?;
    if user.is_none() && item.is_some() && ballot.personal(item) {
        let item = header.get(item?.at).map_or_else(String::new, |name| shown(name));
        return Some(LogError::OnePerson {
            file: file.to_owned(),
            item,
            found: list(header),
        });
    }
    let (role, names) = if user.is_some() {
        ("item", ["item_id", "item", "product_id", "product"])
    } else {
        ("user", ["user_id", "user", "customer_id", "customer"])
    };
    let suggestion = not_there(header, names);
    Some(LogError::MissingColumn {
        file: file.to_owned(),
        place: place_of(table),
        role,
        found: list(header),
        suggestion,
    })
}

/// The first of some names that no column has.
pub(crate) fn not_there<const N: usize>(header: &[String], names: [&'static str; N]) -> &'static str {
    let there = |name: &str| header.iter().any(|other| plain(other) == plain(name));
    names.into_iter().find(|name| !there(name)).unwrap_or(names[0])
}

/// The most doubtful of the columns that matter, with a sentence; none where all are sure enough.
fn doubt(table: &Table, found: &LogRoles) -> Option<(usize, String)> {
    let matter = |role: &Role| matches!(role, Role::User | Role::Item | Role::Time | Role::Clock);
    let (at, role) = found
        .roles
        .iter()
        .enumerate()
        .filter(|(at, role)| matter(role) && found.confidence[*at] < DOUBTFUL)
        .min_by(|a, b| found.confidence[a.0].total_cmp(&found.confidence[b.0]))?;
    let name = match named(table).and_then(|header| header.get(at)) {
        Some(name) => shown(name),
        None => format!("Column {}", at + 1),
    };
    let example = table.column(at).find(|text| !text.is_empty()).map(shown).unwrap_or_default();
    let why = match (role, found.time) {
        (Role::Time, Some(TimeUnit::DayMonthYear | TimeUnit::MonthDayYear | TimeUnit::YearMonthDay)) => {
            format!("{name} has dates such as {example} in which the day or the month may come first; choose which.")
        }
        (Role::Time, Some(unit)) if unit != TimeUnit::Order && unit_of(table, at, None).is_some() => {
            format!(
                "{name} is taken as the time, as it holds times such as {example}, but its name does not say so; choose another column if that is wrong."
            )
        }
        (Role::Time, _) => {
            format!("{name} is taken as the time, but {example} is no time that is known; choose the column and its unit.")
        }
        (role, _) => format!(
            "{name} with values such as {example} is taken as the {}, which is a guess; choose the right column.",
            role.name()
        ),
    };
    Some((at, why))
}

/// The roles of a header's columns by their names alone; of several columns with one role the surest name has it.
pub(crate) fn by_name(header: &[String]) -> Vec<Role> {
    let mut roles = vec![Role::Ignored; header.len()];
    for (role, is) in [
        (Role::User, Meaning::User),
        (Role::Item, Meaning::Item),
        (Role::Time, Meaning::Time),
        (Role::Rating, Meaning::Rating),
        (Role::Title, Meaning::Title),
        (Role::Genres, Meaning::Genres),
    ] {
        let weights = header.iter().enumerate().filter_map(|(at, name)| match meaning(name) {
            Some((found, weight)) if found == is && weight >= 0.5 => Some((at, weight)),
            _ => None,
        });
        // Of equally sure ones the first.
        let best = weights.reduce(|best, next| if next.1 > best.1 { next } else { best });
        if let Some((at, _)) = best {
            roles[at] = role;
        }
    }
    roles
}

/// A header with other than the lines' number of names cannot be trusted to name them.
pub(crate) fn check_width(file: &str, table: &Table, header: &[String]) -> Result<(), LogError> {
    let used = |row: &Vec<String>| row.iter().rposition(|field| !field.is_empty()).map_or(0, |at| at + 1);
    let names = header.iter().rposition(|name| !name.is_empty()).map_or(0, |at| at + 1);
    let widest = table
        .rows
        .iter()
        .filter(|row| row.len() == table.columns)
        .map(used)
        .max()
        .unwrap_or(names);
    if table.rows.is_empty() || (widest <= names && names <= table.columns) {
        return Ok(());
    }
    Err(LogError::HeaderMismatch {
        file: file.to_owned(),
        names,
        columns: table.columns,
    })
}

/// Where the names of a table stand, for a sentence.
fn names_of(table: &Table) -> &'static str {
    match table.format {
        Format::Delimited { .. } => "header",
        Format::Json(_) => "first objects",
        Format::Parquet => "schema",
    }
}

/// The line of the names, where they stand on one.
pub(crate) fn place_of(table: &Table) -> &'static str {
    if matches!(table.format, Format::Delimited { .. }) {
        ", line 1"
    } else {
        ""
    }
}

pub(crate) fn list(header: &[String]) -> String {
    const MOST: usize = 12;
    let mut names: Vec<String> = header.iter().take(MOST).map(|name| shown(name)).collect();
    if header.len() > MOST {
        names.push("…".to_owned());
    }
    names.join(", ")
}

#[cfg(test)]
mod tests;
