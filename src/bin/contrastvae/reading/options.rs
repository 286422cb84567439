//! Options of reading, as the command line has them.
//!
//! In: words of the command line, and a first look at the file that they correct. Out: [`ReadOptions`], or a sentence that says what
//! does not fit.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use contrastvae::log::{Filter, Layout, Mapping, Preview, ReadOptions, Repeats, Role, Separator, SplitRule, TimeUnit};
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::reading::input::{Input, opening};

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

const REPEATS: [&str; 4] = ["keep", "first", "last", "consecutive"];
const LAYOUTS: [&str; 2] = ["delimited", "sequences"];
const TIME_UNITS: [&str; 12] = [
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
    "year-month-day",
    "order",
];

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
    pub(super) fn of_an_example(&self) -> Result<ReadOptions, Failure> {
        if self.corrects() || self.entry.is_some() || self.encoding.is_some() {
            return Err(Failure::Input(
                "The example is no file, so there are no columns, separators and entries to choose.".to_owned(),
            ));
        }
        Ok(self.choices(1))
    }

    /// Options for a file: the corrections of the command line go before what is found out.
    pub(super) fn read_options(&self, inputs: &[Input]) -> Result<ReadOptions, Failure> {
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
    pub(super) fn check_columns(&self, preview: &Preview) -> Result<(), Failure> {
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
    let mut opening = opening(inputs, options)?;
    while opening.preview().is_none() {
        if !matches!(opening.step(), Ok(true)) {
            break;
        }
    }
    Ok(opening.preview())
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
