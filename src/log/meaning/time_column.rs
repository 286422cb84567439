//! A column of times while it is read.
//!
//! In: its fields, line by line. Out: seconds since 1970. What the first 64 KiB leave open is decided here by every value that can decide it:
//! which of day and month stands first is kept open until a value tells, and as a time read the one way can be turned into the other, nothing
//! has to be read again. Times since 1970 whose unit changes within the column are read by their number of digits, and counted.

use crate::log::error::{LogError, shown};
use crate::log::meaning::day_clock::ClockUnit;
use crate::log::meaning::mapping::Role;
use crate::log::meaning::roles::LogRoles;
use crate::log::meaning::time::{Evenness, TimeUnit, by_digits, decimal, whole};
use crate::log::text::calendar::{DayOrder, moment, swapped};

/// A column of times, with what its values have told so far.
#[derive(Clone, Debug)]
pub(crate) struct TimeColumn {
    pub(crate) at: usize,
    pub(crate) unit: TimeUnit,
    /// The column with the time of day.
    pub(crate) clock: Option<usize>,
    clock_unit: ClockUnit,
    /// A person has said how the column is written.
    given: bool,
    /// A value in which the day must stand first, and one in which the month must, each with its line.
    shows: [Option<(u64, String)>; 2],
    /// A value with two digits for the year, and one with four.
    years: [Option<(u64, String)>; 2],
    even: Evenness,
    dotted: bool,
    /// Times in seconds, milliseconds, microseconds, nanoseconds.
    digits: [u64; 4],
}

/// Unit and corrections of the times, settled at the end of a column.
pub(crate) struct Settled {
    pub(crate) unit: TimeUnit,
    /// Day and month are to change places in all times.
    pub(crate) swap: bool,
    pub(crate) notes: Vec<String>,
}

impl TimeColumn {
    /// `clocks` are values of the column with the time of day, by which its unit is found.
    pub(crate) fn new<'a>(found: &LogRoles, given: bool, clocks: impl Iterator<Item = &'a str>) -> Option<Self> {
        let (at, unit) = found.find(Role::Time).zip(found.time)?;
        Some(TimeColumn {
            at,
            unit,
            clock: found.find(Role::Clock),
            clock_unit: ClockUnit::of(clocks),
            given,
            shows: [None, None],
            years: [None, None],
            even: Evenness::default(),
            dotted: false,
            digits: [0; 4],
        })
    }

    /// The time of a field; `None` if it is none.
    #[inline]
    pub(crate) fn read(&mut self, field: &[u8], line: u64) -> Option<f64> {
        match (self.unit, whole(field)) {
            (TimeUnit::Order, Some(value)) => Some(value),
            (TimeUnit::Seconds, Some(value)) if value < 1e11 => {
                self.digits[0] += 1;
                Some(value)
            }
            (TimeUnit::Milliseconds, Some(value)) if (1e11..1e14).contains(&value) => {
                self.digits[1] += 1;
                Some(value / 1e3)
            }
            _ => self.odd(std::str::from_utf8(field).ok()?, line),
        }
    }

    /// Any other than the usual.
    fn odd(&mut self, text: &str, line: u64) -> Option<f64> {
        match self.unit {
            TimeUnit::Seconds | TimeUnit::Milliseconds | TimeUnit::Microseconds | TimeUnit::Nanoseconds if !self.given => {
                let value = decimal(text)?;
                // Below are the first years after 1970, or nothing in that unit.
                let unit = if value.abs() < 1e8 { self.unit } else { by_digits(value) };
                let place = match unit {
                    TimeUnit::Seconds => 0,
                    TimeUnit::Milliseconds => 1,
                    TimeUnit::Microseconds => 2,
                    _ => 3,
                };
                self.digits[place] += 1;
                unit.parse(text)
            }
            TimeUnit::DayMonthYear | TimeUnit::MonthDayYear if !self.given => self.dated(text, line),
            unit => unit.parse(text),
        }
    }

    /// A date in which day or month may stand first.
    fn dated(&mut self, text: &str, line: u64) -> Option<f64> {
        let moment = moment(text, self.unit == TimeUnit::DayMonthYear)?;
        let place = match moment.order {
            DayOrder::DayFirst => Some(0),
            DayOrder::MonthFirst => Some(1),
            DayOrder::Either | DayOrder::Plain => None,
        };
        let keep = |kept: &mut Option<(u64, String)>| {
            if kept.is_none() {
                *kept = Some((line, text.to_owned()));
            }
        };
        if let Some(place) = place {
            keep(&mut self.shows[place]);
        }
        keep(&mut self.years[usize::from(!moment.short_year)]);
        self.dotted |= text.contains('.');
        let day_first = match moment.order {
            DayOrder::Either if self.unit == TimeUnit::MonthDayYear => swapped(moment.seconds),
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
        let mut settled = Settled {
            unit: self.unit,
            swap: false,
            notes: Vec::new(),
        };
        let mixed = |first: &(u64, String), second: &(u64, String)| LogError::MixedDates {
            file: file.to_owned(),
            column: column.to_owned(),
            first: shown(&first.1),
            first_line: first.0,
            second: shown(&second.1),
            second_line: second.0,
        };
        self.tell_units(column, &mut settled.notes);
        if self.given || !matches!(self.unit, TimeUnit::DayMonthYear | TimeUnit::MonthDayYear) {
            return Ok(settled);
        }
        if let [Some(day), Some(month)] = &self.shows {
            return Err(mixed(day, month));
        }
        if let [Some(short), Some(long)] = &self.years {
            return Err(mixed(short, long));
        }
        let day_first = match (&self.shows, self.even.day_first()) {
            ([Some(_), None], _) => true,
            ([None, Some(_)], _) => false,
            (_, Some(even)) => even,
            _ if self.dotted => true,
            _ => {
                settled.notes.push(format!(
                    "No date in {column} tells whether the day or the month comes first; {} is taken, `--time-unit` says otherwise.",
                    if self.unit == TimeUnit::DayMonthYear { "the day" } else { "the month" }
                ));
                self.unit == TimeUnit::DayMonthYear
            }
        };
        settled.unit = if day_first {
            TimeUnit::DayMonthYear
        } else {
            TimeUnit::MonthDayYear
        };
        settled.swap = settled.unit != self.unit;
        Ok(settled)
    }

    fn tell_units(&self, column: &str, notes: &mut Vec<String>) {
        let names = ["seconds", "milliseconds", "microseconds", "nanoseconds"];
        let used: Vec<String> = names
            .iter()
            .zip(self.digits)
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} in {name}"))
            .collect();
        if used.len() > 1 {
            notes.push(format!(
                "The times in {column} are written in several units ({}); each is read by its number of digits.",
                used.join(", ")
            ));
        }
    }
}
