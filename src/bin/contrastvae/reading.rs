//! Reading a log, as every subcommand that needs one does.
//!
//! In: paths, and the options that say how the columns are meant, what is left out and what is held back. Out: a [`Log`], or a
//! sentence that names the path. What the file looks like is found out first; the options correct that. In the place of a path
//! there may stand `example`, the generated shop of the page, with numbers of its own where they are wanted
//! (`example:users=300,seed=2`); a file of that name is read as a file.

use std::fs::{self, File};
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use bytes::Bytes;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use contrastvae::log::{
    Dataset, Example, Filter, ItemTable, Layout, Mapping, NamedSource, Opening, Preview, RawLog, ReadOptions, Repeats, Role,
    Separator, Source, SplitRule, TimeUnit, assemble, generate_log,
};
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::progress::Progress;

/// Most bytes of a pipe, which has to be held in memory since a log is read from more than one place.
const MAX_PIPED_BYTES: u64 = 1 << 30;

/// Options of reading.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Least number of interactions of each user and of each item; 1 keeps all [default: 5, and 1 for the example]
    #[arg(long, value_name = "K", help_heading = "What is left out")]
    k_core: Option<u32>,
    /// Least number of interactions of each user, instead of K
    #[arg(long, value_name = "N", help_heading = "What is left out")]
    min_user: Option<u32>,
    /// Least number of interactions of each item, instead of K
    #[arg(long, value_name = "N", help_heading = "What is left out")]
    min_item: Option<u32>,
    /// Kinds of interactions that stay, as the log writes them; e.g. purchase,cart
    #[arg(long, value_name = "KINDS", value_delimiter = ',', help_heading = "What is left out")]
    events: Option<Vec<String>>,
    /// Least rating that stays; interactions without a rating go
    #[arg(long, value_name = "X", value_parser = finite, allow_negative_numbers = true, help_heading = "What is left out")]
    min_rating: Option<f64>,
    /// Earliest time that stays: a date such as 2024-01-31, or a number as in the time column
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, help_heading = "What is left out")]
    from: Option<String>,
    /// Latest time that stays; a date stands for its whole day
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, help_heading = "What is left out")]
    to: Option<String>,
    /// Treatment of repeated interactions of a user with an item
    #[arg(long, value_name = "WHICH", default_value = "keep", value_parser = one_of::<Repeats>(&REPEATS), help_heading = "What is left out")]
    repeats: Repeats,
    /// Keep only this many users, those whose last interaction is the latest
    #[arg(long, value_name = "N", help_heading = "What is left out")]
    recent_users: Option<u32>,
    /// Split into training, validation and test: `leave-one-out`, or `time-cut:V,T`, which holds back the last V and T percent in time
    #[arg(long, value_name = "RULE", default_value = "leave-one-out", value_parser = split_rule, help_heading = "What is held back")]
    split: SplitRule,
    /// Meaning of each column in order: user, item, time, clock (the time of day), rating, event, title, genres, history, or `_` for none;
    /// e.g. user,item,_,time
    #[arg(long, value_name = "ROLES", value_parser = columns, help_heading = "How the file is meant")]
    columns: Option<Columns>,
    /// Separator of the fields: comma, tab, semicolon, pipe, double-colon, space, or the sign itself
    #[arg(long, value_name = "SIGN", value_parser = separator, help_heading = "How the file is meant")]
    separator: Option<Separator>,
    /// Whether a line is an interaction, or a user followed by the items
    #[arg(long, value_name = "LAYOUT", value_parser = one_of::<Layout>(&LAYOUTS), help_heading = "How the file is meant")]
    layout: Option<Layout>,
    /// The first line names the columns
    #[arg(long, overrides_with = "no_header", help_heading = "How the file is meant")]
    header: bool,
    /// The first line is data
    #[arg(long, overrides_with = "header", help_heading = "How the file is meant")]
    no_header: bool,
    /// How the time column is written
    #[arg(long, value_name = "UNIT", value_parser = one_of::<TimeUnit>(&TIME_UNITS), help_heading = "How the file is meant")]
    time_unit: Option<TimeUnit>,
    /// The encoding of the text, such as big5, gb18030, shift_jis, windows-1252
    #[arg(long, value_name = "NAME", help_heading = "How the file is meant")]
    encoding: Option<String>,
    /// The file inside a zip archive that is the log
    #[arg(long, value_name = "NAME", help_heading = "How the file is meant")]
    entry: Option<String>,
}

/// Default minimum of interactions, as in the literature.
const K_CORE: u32 = 5;
/// The name of the generated example in the place of a path.
const EXAMPLE: &str = "example";

const REPEATS: [&str; 4] = ["keep", "first", "last", "consecutive"];
const LAYOUTS: [&str; 2] = ["delimited", "sequences"];
const TIME_UNITS: [&str; 11] = [
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "days",
    "spreadsheet-days",
    "date",
    "compact-date",
    "day-month-year",
    "month-day-year",
    "order",
];

/// A log that was read.
pub struct Log {
    /// How it was read, filtered and split.
    pub options: ReadOptions,
    /// The sequences, with their summary.
    pub data: Dataset,
    /// How the file was understood.
    pub preview: Option<Preview>,
    /// Bytes of the files.
    pub bytes: u64,
    /// From the first look at the files to their end.
    pub read_seconds: f64,
    /// Filter, order in time and split.
    pub assemble_seconds: f64,
    /// Bytes that an interaction takes in memory while it is read.
    pub bytes_per_interaction: f64,
}

/// Reads a log and, where there is one, a file of item titles; the two may come in any order.
pub fn read(paths: &[&Path], options: &Options) -> Result<Log, Failure> {
    if let Some(example) = example(paths)? {
        return made(&example, options.of_an_example()?);
    }
    let inputs = paths.iter().map(|path| Input::new(path)).collect::<Result<Vec<_>, _>>()?;
    let read_options = options.read_options(&inputs)?;
    read_inputs(&inputs, read_options, |preview| options.check_columns(preview))
}

/// Reads a log with options that are known, such as those of a run.
pub fn read_with(paths: &[&Path], options: &ReadOptions) -> Result<Log, Failure> {
    if let Some(example) = example(paths)? {
        return made(&example, options.clone());
    }
    let inputs = paths.iter().map(|path| Input::new(path)).collect::<Result<Vec<_>, _>>()?;
    read_inputs(&inputs, options.clone(), |_| Ok(()))
}

/// Reads a log and hands it over as it was read, before any filter, with the options that say what is left out.
pub fn read_raw(paths: &[&Path], options: &Options) -> Result<(RawLog, ReadOptions), Failure> {
    if let Some(example) = example(paths)? {
        return Ok((generate_log(&example)?, options.of_an_example()?));
    }
    let inputs = paths.iter().map(|path| Input::new(path)).collect::<Result<Vec<_>, _>>()?;
    let read_options = options.read_options(&inputs)?;
    let (opening, _) = opened(&inputs, &read_options, |preview| options.check_columns(preview))?;
    Ok((opening.finish()?.0, read_options))
}

fn read_inputs(
    inputs: &[Input],
    read_options: ReadOptions,
    check: impl Fn(&Preview) -> Result<(), Failure>,
) -> Result<Log, Failure> {
    let started = Instant::now();
    let (opening, bytes) = opened(inputs, &read_options, check)?;
    let preview = opening.preview();
    let (raw, items) = opening.finish()?;
    let read_seconds = started.elapsed().as_secs_f64();
    let log = assembled(&raw, items.as_ref(), read_options, read_seconds)?;
    Ok(Log { preview, bytes, ..log })
}

/// Reads to the end of the files, with a progress bar; also how many bytes they have.
fn opened(
    inputs: &[Input],
    read_options: &ReadOptions,
    check: impl Fn(&Preview) -> Result<(), Failure>,
) -> Result<(Opening, u64), Failure> {
    let mut opening = Opening::new(sources(inputs)?, read_options)?;
    let bytes = opening.progress().bytes_total;
    let progress = Progress::of_bytes("Reading", bytes);
    let mut checked = false;
    while opening.step()? {
        progress.set(opening.progress().bytes_done);
        // As soon as it is known, rather than after a whole file.
        if let (false, Some(preview)) = (checked, opening.preview()) {
            check(&preview)?;
            checked = true;
        }
    }
    drop(progress);
    let preview = opening.preview();
    if let (false, Some(preview)) = (checked, &preview) {
        check(preview)?;
    }
    Ok((opening, bytes))
}

/// The sequences of what was read.
fn assembled(raw: &RawLog, items: Option<&ItemTable>, options: ReadOptions, read_seconds: f64) -> Result<Log, Failure> {
    let _progress = Progress::of_work("Putting the sequences in order");
    let started = Instant::now();
    let data = assemble(raw, items, &options)?;
    Ok(Log {
        data,
        preview: None,
        bytes: 0,
        read_seconds,
        assemble_seconds: started.elapsed().as_secs_f64(),
        options,
        bytes_per_interaction: raw.interaction_bytes() as f64 / raw.interactions().max(1) as f64,
    })
}

/// The example that the only path stands for; none where it is the path of a file.
fn example(paths: &[&Path]) -> Result<Option<Example>, Failure> {
    let [path] = paths else { return Ok(None) };
    let after = path.to_str().and_then(|name| name.strip_prefix(EXAMPLE));
    match after.filter(|_| !path.exists()) {
        Some("") => Ok(Some(Example::default())),
        Some(after) => after.strip_prefix(':').map(example_of).transpose(),
        None => Ok(None),
    }
}

/// The example with some of its numbers given, as in `users=300,seed=2`.
fn example_of(numbers: &str) -> Result<Example, Failure> {
    let refused = |why: &str| Failure::Input(format!("There is no example {numbers}: {why}."));
    let mut given = serde_json::Map::new();
    for pair in numbers.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| refused("its numbers are written as in example:users=300,seed=2"))?;
        let value = serde_json::from_str(value).map_err(|_| refused(&format!("{value} is no number")))?;
        given.insert(key.to_owned(), value);
    }
    serde_json::from_value(given.into()).map_err(|error| refused(&error.to_string()))
}

fn made(example: &Example, options: ReadOptions) -> Result<Log, Failure> {
    let started = Instant::now();
    let raw = generate_log(example)?;
    assembled(&raw, None, options, started.elapsed().as_secs_f64())
}

impl Options {
    /// Filter and split; `k_core` is the default of both minima.
    fn choices(&self, k_core: u32) -> ReadOptions {
        let k_core = self.k_core.unwrap_or(k_core);
        ReadOptions {
            mapping: None,
            entry: self.entry.clone(),
            encoding: self.encoding.clone(),
            filter: Filter {
                events: self.events.clone(),
                min_rating: self.min_rating,
                from: self.from.clone(),
                to: self.to.clone(),
                recent_users: self.recent_users,
                repeats: self.repeats,
                min_user: self.min_user.unwrap_or(k_core),
                min_item: self.min_item.unwrap_or(k_core),
            },
            split: self.split,
        }
    }

    /// All of the example is kept unless something else is said, as on the page.
    fn of_an_example(&self) -> Result<ReadOptions, Failure> {
        if self.corrects() || self.entry.is_some() || self.encoding.is_some() {
            return Err(Failure::Input(
                "The example is no file, so there are no columns, separators and entries to choose.".to_owned(),
            ));
        }
        Ok(self.choices(1))
    }

    fn read_options(&self, inputs: &[Input]) -> Result<ReadOptions, Failure> {
        let mut options = self.choices(K_CORE);
        if self.corrects() {
            let looks = look(inputs, &options)?;
            options.mapping = Some(self.corrected(looks.as_ref().map_or_else(Mapping::default, |looks| looks.mapping.clone())));
        }
        Ok(options)
    }

    /// Whether anything is said about how the file is meant.
    fn corrects(&self) -> bool {
        let said = [
            self.columns.is_some(),
            self.separator.is_some(),
            self.layout.is_some(),
            self.header,
            self.no_header,
            self.time_unit.is_some(),
        ];
        said.contains(&true)
    }

    /// The mapping as it was found, with the corrections of the command line.
    fn corrected(&self, found: Mapping) -> Mapping {
        let layout = match self.layout {
            Some(layout) => layout,
            // Only lines with fields have a separator or a header.
            None if self.separator.is_some() || self.header || self.no_header => Layout::Delimited,
            None => found.layout,
        };
        Mapping {
            layout,
            separator: self.separator.unwrap_or(found.separator),
            // Where nothing was found out there are no roles; most logs name their columns.
            header: !self.no_header && (self.header || found.header || found.roles.is_empty()),
            roles: self.columns.as_ref().map(|columns| columns.0.clone()).unwrap_or_default(),
            time: self.time_unit,
        }
    }

    /// Roles for another number of columns than there are would have no effect.
    fn check_columns(&self, preview: &Preview) -> Result<(), Failure> {
        let Some(Columns(roles)) = &self.columns else { return Ok(()) };
        if preview.mapping.layout == Layout::Sequences {
            return Err(Failure::Input(format!(
                "{} is read as one user a line, which has no columns to name; add `--layout delimited` if that is not so.",
                preview.file
            )));
        }
        if preview.columns.len() != roles.len() {
            return Err(Failure::Input(format!(
                "{} has {} columns, but `--columns` names {}; name each of them, with `_` for those that do not matter.",
                preview.file,
                preview.columns.len(),
                roles.len()
            )));
        }
        Ok(())
    }
}

/// How a log looks before anybody says more about it; nothing where it looks like no log, which the correction may mend.
fn look(inputs: &[Input], options: &ReadOptions) -> Result<Option<Preview>, Failure> {
    let mut opening = Opening::new(sources(inputs)?, options)?;
    while opening.preview().is_none() {
        if !matches!(opening.step(), Ok(true)) {
            break;
        }
    }
    Ok(opening.preview())
}

/// A file that was named on the command line.
struct Input {
    name: String,
    path: PathBuf,
    /// Content of a pipe.
    piped: Option<Bytes>,
}

impl Input {
    fn new(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let kind = fs::metadata(path).map_err(|error| cannot_open(path, &error))?;
        if kind.is_dir() {
            return Err(Failure::Input(format!(
                "{shown} is a folder; name the file of the log in it."
            )));
        }
        let piped = if kind.is_file() { None } else { Some(drain(path)?) };
        Ok(Input {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            path: path.to_owned(),
            piped,
        })
    }

    fn source(&self) -> Result<NamedSource, Failure> {
        let source: Box<dyn Source> = match &self.piped {
            Some(bytes) => Box::new(Cursor::new(bytes.clone())),
            None => Box::new(File::open(&self.path).map_err(|error| cannot_open(&self.path, &error))?),
        };
        Ok(NamedSource {
            name: self.name.clone(),
            source,
        })
    }
}

fn sources(inputs: &[Input]) -> Result<Vec<NamedSource>, Failure> {
    inputs.iter().map(Input::source).collect()
}

/// All that comes out of a pipe or a device.
fn drain(path: &Path) -> Result<Bytes, Failure> {
    let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    let mut bytes = Vec::new();
    file.take(MAX_PIPED_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot_open(path, &error))?;
    if bytes.len() as u64 > MAX_PIPED_BYTES {
        let limit = MAX_PIPED_BYTES >> 20;
        return Err(Failure::Input(format!(
            "{} is no file and brings more than {limit} MiB; write it to a file and name that.",
            path.display()
        )));
    }
    Ok(bytes.into())
}

/// Why a path gives no bytes.
pub fn cannot_open(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    Failure::Input(match error.kind() {
        ErrorKind::NotFound => format!("There is no file {shown}."),
        ErrorKind::PermissionDenied => format!("There is no permission to read {shown}."),
        _ => format!("{shown} cannot be read: {error}."),
    })
}

/// Roles of all columns.
#[derive(Clone, Debug, PartialEq)]
struct Columns(Vec<Role>);

fn columns(text: &str) -> Result<Columns, String> {
    let role = |name: &str| match name.trim() {
        "_" => Ok(Role::Ignored),
        name => named(name.to_owned())
            .map_err(|_| format!("\"{name}\" is none of user, item, time, rating, title, genres, clock, event, history and _")),
    };
    text.split(',').map(role).collect::<Result<_, _>>().map(Columns)
}

fn separator(text: &str) -> Result<Separator, String> {
    Ok(match text {
        "," => Separator::Comma,
        "\t" | "\\t" => Separator::Tab,
        ";" => Separator::Semicolon,
        "|" => Separator::Pipe,
        "::" => Separator::DoubleColon,
        " " => Separator::Space,
        name => named(name.to_owned())
            .map_err(|_| "it must be one of comma, tab, semicolon, pipe, double-colon and space".to_owned())?,
    })
}

fn split_rule(text: &str) -> Result<SplitRule, String> {
    const EXPECTED: &str = "it must be leave-one-out, or time-cut:V,T with two whole numbers of percent";
    if text == "leave-one-out" {
        return Ok(SplitRule::LeaveOneOut);
    }
    let shares = text.strip_prefix("time-cut:").and_then(|shares| shares.split_once(','));
    let percent = |text: &str| text.trim().trim_end_matches('%').parse().map_err(|_| EXPECTED.to_owned());
    let (valid, test) = shares.ok_or(EXPECTED)?;
    Ok(SplitRule::TimeCut {
        valid_percent: percent(valid)?,
        test_percent: percent(test)?,
    })
}

fn finite(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err("it must be a number".to_owned()),
    }
}

/// A parser for the named values of a type of the library, which knows of no command line.
fn one_of<T: DeserializeOwned + Clone + Send + Sync + 'static>(
    names: &'static [&'static str],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names).try_map(named::<T>)
}

/// The value of a name, written as on the command line.
fn named<T: DeserializeOwned>(name: String) -> Result<T, serde_json::Error> {
    serde_json::from_value(name.replace('-', "_").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_value() {
        assert!(REPEATS.iter().all(|name| named::<Repeats>((*name).to_owned()).is_ok()));
        assert!(LAYOUTS.iter().all(|name| named::<Layout>((*name).to_owned()).is_ok()));
        assert!(TIME_UNITS.iter().all(|name| named::<TimeUnit>((*name).to_owned()).is_ok()));
    }

    #[test]
    fn columns_separators_and_splits() {
        assert_eq!(
            columns("user,item,_,time"),
            Ok(Columns(vec![Role::User, Role::Item, Role::Ignored, Role::Time]))
        );
        assert_eq!(
            columns("user,thing").unwrap_err(),
            "\"thing\" is none of user, item, time, rating, title, genres, clock, event, history and _"
        );
        assert_eq!(
            ["::", "double-colon", "tab", "\\t"].map(separator),
            [Separator::DoubleColon, Separator::DoubleColon, Separator::Tab, Separator::Tab].map(Ok)
        );
        assert!(separator("/").is_err());
        let cut = SplitRule::TimeCut {
            valid_percent: 5,
            test_percent: 10,
        };
        assert_eq!(split_rule("time-cut:5,10"), Ok(cut));
        assert!(
            ["time-cut", "time-cut:5", "time-cut:a,b", "random"]
                .iter()
                .all(|text| split_rule(text).is_err())
        );
        assert!(finite("nan").is_err() && finite("3.5") == Ok(3.5));
    }
}
