//! A column of times while it is read.
//!
//! In: its fields, line by line. Out: seconds since 1970. What the first 64 KiB leave open is decided here by every value that can decide it:
//! which of year, month and day stands first, and whether times since 1970 are in one unit, is kept open until all values are known, and as a
//! time read the one way can be turned into the other, nothing has to be read again.

mod separators;

use crate::log::error::{LogError, shown};
use crate::log::meaning::date_order::{Evenness, ShortDates, coded, decoded};
use crate::log::meaning::date_parts::DateParts;
use crate::log::meaning::day_clock::ClockUnit;
use crate::log::meaning::epochs::{Epochs, LEAST, by_digits};
use crate::log::meaning::mapping::Role;
use crate::log::meaning::roles::LogRoles;
use crate::log::meaning::table::Table;
use crate::log::meaning::time::{TimeUnit, decimal, is_zero_date, number, whole};
use crate::log::meaning::time_column::separators::Separators;
use crate::log::text::calendar::{DayOrder, Moment, moment, swapped};
use crate::log::text::missing::is_missing;

/// A column of times, with what its values have told so far.
#[derive(Clone, Debug)]
pub(crate) struct TimeColumn {
    pub(crate) at: usize,
    pub(crate) unit: TimeUnit,
    /// The column with the time of day.
    pub(crate) clock: Option<usize>,
    clock_unit: ClockUnit,
    /// Columns of year, month and day, or of minute and second.
    pub(crate) parts: Option<DateParts>,
    /// A person has said how the column is written.
    given: bool,
    /// All times of the sample are far from 1970, so that a zero is none.
    zero_is_none: bool,
    /// A value in which the day must stand first, and one in which the month must, each with its line.
    shows: [Option<(u64, String)>; 2],
    /// A value with two digits for the year, and one with four.
    years: [Option<(u64, String)>; 2],
    even: Evenness,
    separators: Separators,
    /// Dates that have two digits for the year; they are kept as codes until their order is known.
    short: Option<ShortDates>,
    epochs: Epochs,
    /// Whether any value could be read, and some that could not.
    any: bool,
    unknown: Vec<String>,
}

/// Unit and corrections of the times, settled at the end of a column.
pub(crate) struct Settled {
    pub(crate) unit: TimeUnit,
    pub(crate) correction: Correction,
    /// The values themselves have told which of year, month and day comes first.
    pub(crate) sure: bool,
    pub(crate) notes: Vec<String>,
}

/// Change to all times that were read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Correction {
    None,
    /// Day and month change places.
    Swap,
    /// Each is in the unit that its number of digits tells, not in this one.
    Digits(usize),
    /// Codes become the dates that they mean in this order.
    Order(DayOrder),
}

impl Correction {
    pub(crate) fn of(self, time: f64) -> f64 {
        match self {
            Correction::None => time,
            Correction::Swap => swapped(time),
            Correction::Digits(unit) => by_digits(time, unit),
            Correction::Order(order) => decoded(time, order),
        }
    }
}

impl TimeColumn {
    /// `table` is the sample, by which the unit of a column with the time of day is found.
    pub(crate) fn new(found: &LogRoles, given: bool, table: &Table) -> Option<Self> {
        let (at, unit) = found.find(Role::Time).zip(found.time)?;
        let parts = DateParts::of(&found.roles, table);
        let clock = (0..found.roles.len()).find(|&at| found.roles[at] == Role::Clock && !parts.has(at));
        let sizes = table.column(at).filter_map(decimal).map(f64::abs);
        let least = sizes.filter(|&size| size > 1.0).fold(f64::INFINITY, f64::min);
        Some(TimeColumn {
            at,
            unit,
            clock,
            clock_unit: ClockUnit::of(clock.into_iter().flat_map(|at| table.column(at))),
            parts: parts.is_any().then_some(parts),
            given,
            zero_is_none: unit.since_1970().is_some() && least >= LEAST && least.is_finite(),
            shows: [None, None],
            years: [None, None],
            even: Evenness::default(),
            separators: Separators::default(),
            short: None,
            epochs: Epochs::default(),
            any: false,
            unknown: Vec::new(),
        })
    }

    /// The time of a field; `None` if it is none.
    #[inline]
    pub(crate) fn read(&mut self, field: &[u8], line: u64) -> Option<f64> {
        let time = match (self.unit, whole(field)) {
            (TimeUnit::Order, Some(value)) => Some(value),
            (TimeUnit::Seconds, Some(value)) if value >= LEAST => {
                self.epochs.see(value);
                Some(value)
            }
            (TimeUnit::Milliseconds, Some(value)) if value >= LEAST => {
                self.epochs.see(value);
                Some(value / 1e3)
            }
            _ => self.odd(std::str::from_utf8(field).ok()?, line),
        };
        self.any |= time.is_some();
        time
    }

    /// Any other than the usual.
    fn odd(&mut self, text: &str, line: u64) -> Option<f64> {
        if self.is_none(text) {
            return None;
        }
        let time = match self.unit {
            TimeUnit::DayMonthYear | TimeUnit::MonthDayYear | TimeUnit::YearMonthDay if !self.given => {
                moment(text, self.unit == TimeUnit::DayMonthYear).and_then(|moment| self.dated(moment, text, line))
            }
            unit => unit.parse(text),
        };
        if time.is_some() && self.unit.since_1970().is_some() {
            decimal(text).into_iter().for_each(|value| self.epochs.see(value));
        }
        let new = self.unknown.len() < 3 && !self.unknown.iter().any(|known| known == text);
        if time.is_none() && new && !is_missing(text.as_bytes()) {
            self.unknown.push(text.to_owned());
        }
        time
    }

    /// Whether a field stands for no time in this column, as `0000-00-00` does, and a zero among seconds since 1970.
    pub(crate) fn is_none(&self, text: &str) -> bool {
        match number(text) {
            Some(value) if self.zero_is_none => value == 0.0 || value == -1.0,
            Some(_) if self.unit.since_1970().is_some() => false,
            _ => is_zero_date(text),
        }
    }

    /// A date in which day, month or a year of two digits may stand first.
    fn dated(&mut self, moment: Moment, text: &str, line: u64) -> Option<f64> {
        let place = match moment.order {
            DayOrder::DayFirst => Some(0),
            DayOrder::MonthFirst => Some(1),
            DayOrder::Either | DayOrder::Plain | DayOrder::YearFirst => None,
        };
        let keep = |kept: &mut Option<(u64, String)>| {
            if kept.is_none() {
                *kept = Some((line, text.to_owned()));
            }
        };
        keep(&mut self.years[usize::from(!moment.short_year)]);
        if let (Some(short), None) = (moment.short, &self.years[1]) {
            self.short.get_or_insert_default().see(short, line, text);
        }
        if self.years[0].is_some() {
            return coded(&moment, self.unit == TimeUnit::DayMonthYear);
        }
        if let Some(place) = place {
            keep(&mut self.shows[place]);
        }
        self.separators.see(moment.order, line, text);
        let day_first = match moment.order {
            DayOrder::Either if self.unit != TimeUnit::DayMonthYear => swapped(moment.seconds),
            _ => moment.seconds,
        };
        self.even.see(day_first);
        Some(moment.seconds)
    }

    /// Seconds from midnight of the column with the time of day.
    pub(crate) fn clock_of(&self, field: &[u8]) -> Option<f64> {
        self.clock_unit.read(std::str::from_utf8(field).ok()?)
    }

    /// Decides at the end; an error if the values contradict each other. `column` is the column for a sentence.
    pub(crate) fn settle(&self, file: &str, column: &str) -> Result<Settled, LogError> {
        let settled = Settled {
            unit: self.unit,
            correction: Correction::None,
            sure: false,
            notes: Vec::new(),
        };
        if !self.any && !self.unknown.is_empty() && !self.given {
            let examples: Vec<String> = self.unknown.iter().map(|text| shown(text)).collect();
            return Err(LogError::UnknownTimes {
                file: file.to_owned(),
                column: column.to_owned(),
                found: examples.join(", "),
            });
        }
        match self.unit {
            _ if self.given => Ok(settled),
            TimeUnit::DayMonthYear | TimeUnit::MonthDayYear | TimeUnit::YearMonthDay => self.settle_dates(file, column),
            unit if let Some(unit) = unit.since_1970().filter(|_| self.epochs.are_mixed()) => Ok(Settled {
                correction: Correction::Digits(unit),
                notes: vec![format!(
                    "The times in {column} are written in several units ({}); each is read by its number of digits.",
                    self.epochs.told(unit)
                )],
                ..settled
            }),
            _ => Ok(settled),
        }
    }

    fn settle_dates(&self, file: &str, column: &str) -> Result<Settled, LogError> {
        let mixed = |first: &(u64, String), second: &(u64, String)| LogError::MixedDates {
            file: file.to_owned(),
            column: column.to_owned(),
            first: shown(&first.1),
            first_line: first.0,
            second: shown(&second.1),
            second_line: second.0,
        };
        if let [Some(short), Some(long)] = &self.years {
            return Err(mixed(short, long));
        }
        if self.years[0].is_some() {
            return settle_short(&self.short.clone().unwrap_or_default(), column, mixed);
        }
        if let [Some(day), Some(month)] = &self.shows {
            return Err(mixed(day, month));
        }
        if let Some([open, shows]) = self.separators.apart() {
            return Err(mixed(open, shows));
        }
        let even = self.even.day_first();
        let told = match &self.shows {
            [Some(_), None] => Some(true),
            [None, Some(_)] => Some(false),
            _ => even.or(self.separators.is_dotted().then_some(true)),
        };
        let day_first = told.unwrap_or(self.unit == TimeUnit::DayMonthYear);
        let unit = TimeUnit::ordered(if day_first { DayOrder::DayFirst } else { DayOrder::MonthFirst });
        Ok(Settled {
            unit,
            correction: if unit == self.unit {
                Correction::None
            } else {
                Correction::Swap
            },
            sure: told.is_some(),
            notes: told.is_none().then(|| undecided(column, unit)).into_iter().collect(),
        })
    }
}

/// The order of dates that have two digits for the year.
fn settle_short(
    short: &ShortDates,
    column: &str,
    mixed: impl Fn(&(u64, String), &(u64, String)) -> LogError,
) -> Result<Settled, LogError> {
    if let Some([first, second]) = short.contradiction() {
        return Err(mixed(first, second));
    }
    let (order, confidence) = short.order().unwrap_or((DayOrder::DayFirst, 0.4));
    let (unit, sure) = (TimeUnit::ordered(order), confidence > 0.5);
    Ok(Settled {
        unit,
        correction: Correction::Order(order),
        sure,
        notes: (!sure).then(|| undecided(column, unit)).into_iter().collect(),
    })
}

fn undecided(column: &str, unit: TimeUnit) -> String {
    let (what, taken) = match unit {
        TimeUnit::YearMonthDay => ("the year or the day", "the year"),
        TimeUnit::DayMonthYear => ("the day or the month", "the day"),
        _ => ("the day or the month", "the month"),
    };
    format!("No date in {column} tells whether {what} comes first; {taken} is taken, `--time-unit` says otherwise.")
}
