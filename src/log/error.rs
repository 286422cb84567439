//! Errors of a log, each case one sentence for people.
//!
//! In: the facts of a failure (file, line, column). Out: [`LogError`], whose `Display` is one clear sentence that names the
//! place and says what to do. Texts out of the file are shortened and their control characters shown escaped.

use crate::log::MAX_SKIPPED_PERCENT;

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
        /// Kind of the file, with an article.
        what: &'static str,
        /// Advice, as a clause.
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
    /// JSON that cannot be read from its first value on.
    #[error("{file}, line {line}: this looks like JSON, but {why}; write one object a line, or a list of objects.")]
    BadJson {
        /// Name of the file.
        file: String,
        /// 1-based line.
        line: u64,
        /// The fault, as a clause.
        why: String,
    },
    /// Names, but no data under them.
    #[error("{file} has a header but no lines under it; choose a file with interactions.")]
    HeaderOnly {
        /// Name of the file.
        file: String,
    },
    /// A line for each user and a column for each item.
    #[error("{file} looks like a matrix, a line for a user and a column for an item; write lines of user, item, rating.")]
    Matrix {
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
    #[error("{file}{place}: no column is named like the {role} (the columns are {found}); rename it to `{suggestion}`.")]
    MissingColumn {
        /// Name of the file.
        file: String,
        /// ", line 1" where the names stand on a line.
        place: &'static str,
        /// "user", "item" or "title".
        role: &'static str,
        /// The names that are there.
        found: String,
        /// A name that is understood.
        suggestion: &'static str,
    },
    /// The history of one person.
    #[error(
        "{file} has no column for the user, only items ({item}) with their times, so it is the history of one person (the columns are \
         {found}); a recommender learns from many people: put the histories of several into one file, with a column `user`."
    )]
    OnePerson {
        /// Name of the file.
        file: String,
        /// The column of the items, in quotation marks.
        item: String,
        /// The names that are there.
        found: String,
    },
    /// A column of dates written in two ways that contradict each other.
    #[error(
        "{file}: the dates of {column} are written in two ways, as {first} on line {first_line} and as {second} on line {second_line}, so \
         which of day and month comes first cannot be known; write all of them in one way such as 2024-01-31."
    )]
    MixedDates {
        /// Name of the file.
        file: String,
        /// The column, in quotation marks.
        column: String,
        /// One value, in quotation marks.
        first: String,
        /// Its line, 1-based.
        first_line: u64,
        /// Another value.
        second: String,
        /// Its line, 1-based.
        second_line: u64,
    },
    /// Another table begins further down.
    #[error(
        "{file}, line {line}: another table begins here, with {fields} columns ({begins}) where the one above has {expected}; put each \
         table into a file of its own."
    )]
    SecondTable {
        /// Name of the file.
        file: String,
        /// 1-based line.
        line: u64,
        /// Fields of its lines.
        fields: usize,
        /// Fields of the lines above.
        expected: usize,
        /// How its first line begins, in quotation marks.
        begins: String,
    },
    /// User, item or time is missing everywhere.
    #[error("{file}: the {role} ({column}) is missing in all {lines} lines; choose another column.")]
    AllMissing {
        /// Name of the file.
        file: String,
        /// "user", "item" or "time".
        role: &'static str,
        /// The column.
        column: String,
        /// Lines in all.
        lines: u64,
    },
    /// Identifiers that a spreadsheet has rounded.
    #[error(
        "{file}: {count} of {lines} values of the {role} ({column}) are numbers such as {example}, rounded by a spreadsheet, so that \
         different ones have become the same; export the log again with that column as text."
    )]
    Rounded {
        /// Name of the file.
        file: String,
        /// Values that are rounded.
        count: u64,
        /// Lines in all.
        lines: u64,
        /// "user" or "item".
        role: &'static str,
        /// The column.
        column: String,
        /// A value, in quotation marks.
        example: String,
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
        /// Fault of that line.
        why: String,
    },
    /// A column of times of which not one can be read.
    #[error(
        "{file}: {column} holds no times that are known (such as {found}); write them as 2024-01-31 12:00 or as seconds since 1970, or \
         leave the column out by `--columns`."
    )]
    UnknownTimes {
        /// Name of the file.
        file: String,
        /// The column, with its name in quotation marks.
        column: String,
        /// Up to three of its values, in quotation marks.
        found: String,
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
        /// Possible cause.
        hint: &'static str,
    },
    /// One of the stated limits.
    #[error("{file}, line {line}: more than {limit} {what}, the most that is read; choose a smaller part of the log.")]
    Limit {
        /// Name of the file.
        file: String,
        /// 1-based line where the limit was met.
        line: u64,
        /// Name of the counted things, in the plural.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Identifiers and titles take too much memory.
    #[error(
        "{file}, line {line}: identifiers and titles take more than {limit} MiB, the most that is kept; choose a smaller part of the log."
    )]
    TextLimit {
        /// Name of the file.
        file: String,
        /// 1-based line where the limit was met.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// The k-core is empty.
    #[error("{file}: none of the {interactions} interactions ({users} users, {items} items) is left when {minimum}; {advice}.")]
    NothingLeft {
        /// Name of the file.
        file: String,
        /// Interactions before the filter.
        interactions: u32,
        /// Users in the log.
        users: u32,
        /// Items in the log.
        items: u32,
        /// The minimum that was asked for, as a clause.
        minimum: String,
        /// A smaller minimum that works, or that none does.
        advice: String,
    },
    /// Another filter took everything.
    #[error("{file}: the {filter} leaves none of the {interactions} interactions; {advice}.")]
    FilterTakesAll {
        /// Name of the file.
        file: String,
        /// Which filter.
        filter: &'static str,
        /// Interactions before it.
        interactions: u32,
        /// Advice: the values to choose from.
        advice: String,
    },
    /// Something was asked for that needs a column which is not there.
    #[error("{file} has no column that is taken as the {column}, so {wish}.")]
    NoColumn {
        /// Name of the file.
        file: String,
        /// Role of the column.
        column: &'static str,
        /// Consequence, as a clause.
        wish: &'static str,
    },
    /// A kind of interaction that the log does not have.
    #[error("{file} has no interactions of the kind {event} (it has {found}); name some of these.")]
    NoSuchEvent {
        /// Name of the file.
        file: String,
        /// The kind that was asked for, in quotation marks.
        event: String,
        /// The kinds that are there.
        found: String,
    },
    /// An identifier that a format cannot hold.
    #[error("{file}: the identifier {id} holds {what}; write another format, such as CSV.")]
    Unwritable {
        /// Name of the file.
        file: String,
        /// The identifier, in quotation marks.
        id: String,
        /// Content that the format cannot hold, and why.
        what: &'static str,
    },
    /// A bound on time that is none.
    #[error("{file}: `{key}` is \"{value}\", but must be {expected}.")]
    Bound {
        /// Name of the file.
        file: String,
        /// `from` or `to`.
        key: &'static str,
        /// The given value.
        value: String,
        /// Values that are allowed.
        expected: &'static str,
    },
    /// All times too much alike to cut between them.
    #[error("{file}: too many interactions have the same time to cut the log in time; leave one out instead.")]
    NoCut {
        /// Name of the file.
        file: String,
    },
    /// Columns chosen by a person do not make a log.
    #[error("{file}: {count} columns are taken as the {role}; choose exactly one.")]
    Roles {
        /// Name of the file.
        file: String,
        /// "no", or a number.
        count: String,
        /// The role.
        role: &'static str,
    },
    /// A choice out of its range.
    #[error("`{key}` is {value}, but must be {range}.")]
    Choice {
        /// Its name.
        key: &'static str,
        /// Its value.
        value: String,
        /// Range of its values.
        range: String,
    },
    /// No sequence from which something can be learnt and checked.
    #[error(
        "{file}: no user has 3 interactions or more, so there is nothing to train on (interactions: {interactions}, users: {users}); \
         choose a longer log."
    )]
    TooShort {
        /// Name of the file.
        file: String,
        /// Interactions in the log.
        interactions: u32,
        /// Users in the log.
        users: u32,
    },
    /// Too many files, or none.
    #[error("{count} files were chosen; open one log, and beside it at most one file of titles.")]
    FileCount {
        /// How many.
        count: usize,
    },
    /// Two logs, or two files of titles.
    #[error(
        "Neither or both of {first} and {second} look like a file of item titles; open one log, and beside it at most one file \
         of titles."
    )]
    WhichIsWhich {
        /// Name of one file.
        first: String,
        /// Name of the other.
        second: String,
    },
    /// The system refused to read on.
    #[error("{file} could not be read; it may have been moved or changed since it was chosen.")]
    Unreadable {
        /// Name of the file.
        file: String,
    },
    /// A packed file whose bytes are not what they were.
    #[error("{file} is damaged ({what}); download or pack it again.")]
    Damaged {
        /// Name of the file.
        file: String,
        /// Evidence of the damage, as a sentence without capital and full stop.
        what: &'static str,
    },
    /// An archive without a log.
    #[error("{file} holds no file that looks like a log (it holds {found}); open the log itself, or name the file to read.")]
    NoLogInside {
        /// Name of the archive.
        file: String,
        /// The files that are there.
        found: String,
    },
    /// A file that was asked for is not in the archive.
    #[error("{file} holds no file {entry} (it holds {found}); name one of these.")]
    NoSuchEntry {
        /// Name of the archive.
        file: String,
        /// The file that was asked for, in quotation marks.
        entry: String,
        /// The files that are there.
        found: String,
    },
    /// A file of an archive that cannot be unpacked.
    #[error("{file}: {entry} in it is {what}; {advice}.")]
    LockedEntry {
        /// Name of the archive.
        file: String,
        /// The file in it, in quotation marks.
        entry: String,
        /// Reason why it cannot be unpacked.
        what: &'static str,
        /// Advice, as a clause.
        advice: &'static str,
    },
    /// A Parquet file that would have to be unpacked as a whole.
    #[error(
        "{file}: {entry} in it is a Parquet file of more than {limit} MiB; unpack the archive and open the Parquet file itself."
    )]
    LargeParquet {
        /// Name of the archive.
        file: String,
        /// The file in it, in quotation marks.
        entry: String,
        /// The limit in MiB.
        limit: u64,
    },
    /// Columns packed in a way that is not built in.
    #[error(
        "{file} is a Parquet file compressed with {codec}, which is not read here; write it with snappy or gzip, or convert it \
         to CSV."
    )]
    ParquetCodec {
        /// Name of the file.
        file: String,
        /// The name of the compression.
        codec: &'static str,
    },
    /// A Parquet file that contradicts itself.
    #[error("{file} is a Parquet file that cannot be read ({why}); write it again, or convert it to CSV.")]
    ParquetDamaged {
        /// Name of the file.
        file: String,
        /// The fault, without a full stop.
        why: String,
    },
    /// A parameter of the generated example out of its range.
    #[error("The example cannot be made: `{key}` is {value}, but must be {range}.")]
    Example {
        /// Name of the parameter.
        key: &'static str,
        /// Its value.
        value: String,
        /// Range of its values.
        range: String,
    },
}

/// The name of a file, fit to stand in a sentence: archives and some systems allow control characters in names.
pub(crate) fn legible(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

/// A text out of the file, in quotation marks, fit to stand in a sentence: shortened, control characters escaped.
pub(crate) fn shown(text: &str) -> String {
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
mod tests;
