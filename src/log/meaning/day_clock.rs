//! The time of day in a column of its own.
//!
//! In: the values of the column. Out: its [`ClockUnit`], by which each becomes seconds from midnight. Programs write it in more ways than
//! people: `12:34`, `3 PM`, `1234`, `123456`, the hour alone, seconds, milliseconds, a fraction of a day, a moment of the day 0.

use crate::log::meaning::time::{date, decimal};
use crate::log::text::calendar::{DAY, clock};

/// How a column of numbers writes the time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ClockUnit {
    #[default]
    Seconds,
    Milliseconds,
    /// Whole hours, 0 to 23.
    Hours,
    /// `1234`, 0 to 2359.
    HoursMinutes,
    /// `123456`, 0 to 235959.
    HoursMinutesSeconds,
    /// A part of a day, 0 to 1, as spreadsheets keep it.
    Days,
}

impl ClockUnit {
    /// The unit in which a sample of numbers makes sense.
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let values: Vec<f64> = values.filter_map(decimal).filter(|value| *value >= 0.0).collect();
        let most = values.iter().copied().fold(0.0, f64::max);
        let whole = values.iter().all(|value| value.fract() == 0.0);
        let minutes = values.iter().all(|value| value % 100.0 < 60.0);
        let seconds = values.iter().all(|value| (value / 100.0).floor() % 100.0 < 60.0);
        match whole {
            false if most < 1.0 => ClockUnit::Days,
            true if most <= 24.0 => ClockUnit::Hours,
            true if most < 2_400.0 && minutes => ClockUnit::HoursMinutes,
            true if most < 240_000.0 && minutes && seconds => ClockUnit::HoursMinutesSeconds,
            _ if most >= DAY => ClockUnit::Milliseconds,
            _ => ClockUnit::Seconds,
        }
    }

    /// Seconds from midnight; `None` if the text is no time of day.
    pub(crate) fn read(self, text: &str) -> Option<f64> {
        if let Some(seconds) = clock(text).or_else(|| of_half_day(text)).or_else(|| of_day_zero(text)) {
            return Some(seconds);
        }
        let value = decimal(text)?;
        let part = |size: f64| (value / size).floor() % 100.0;
        Some(match self {
            ClockUnit::Seconds => value,
            ClockUnit::Milliseconds => value / 1e3,
            ClockUnit::Hours => value * 3600.0,
            ClockUnit::HoursMinutes => part(100.0) * 3600.0 + part(1.0) * 60.0,
            ClockUnit::HoursMinutesSeconds => part(1e4) * 3600.0 + part(100.0) * 60.0 + part(1.0),
            // Rounded to what a person meant: whole seconds.
            ClockUnit::Days => (value * DAY).round(),
        })
    }
}

/// Seconds from midnight of an hour with its half of the day: `3 PM`.
pub(crate) fn of_half_day(text: &str) -> Option<f64> {
    let text = text.trim();
    let at = text.len().checked_sub(2).filter(|&at| text.is_char_boundary(at))?;
    let (hour, half) = text.split_at(at);
    let hour: u32 = hour.trim_end().parse().ok().filter(|hour| (1..=12).contains(hour))?;
    let noon = match half {
        "AM" | "am" => 0,
        "PM" | "pm" => 12,
        _ => return None,
    };
    Some(f64::from(hour % 12 + noon) * 3600.0)
}

/// Seconds from midnight of a moment of 1899-12-30, 1899-12-31, 1900-01-01 or 1970-01-01, by which programs without times of day write one.
pub(crate) fn of_day_zero(text: &str) -> Option<f64> {
    const DAYS: [f64; 4] = [-25_569.0, -25_568.0, -25_567.0, 0.0];
    // Other dates are not looked at twice.
    let known = ["1899", "1900", "1970"].iter().any(|year| text.contains(year)) && text.contains(':');
    let seconds = date(text).filter(|_| known)?;
    DAYS.contains(&(seconds / DAY).floor()).then(|| seconds.rem_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_times_of_day() {
        for (values, unit, text, seconds) in [
            (["141", "1744", "5"], ClockUnit::HoursMinutes, "1744", 63_840.0),
            (
                ["062746", "230028", "000001"],
                ClockUnit::HoursMinutesSeconds,
                "062746",
                23_266.0,
            ),
            (["0", "7", "23"], ClockUnit::Hours, "7", 25_200.0),
            (["0.25", "0.5", "0.75"], ClockUnit::Days, "0.75", 64_800.0),
            (["86399", "61", "75"], ClockUnit::Seconds, "75", 75.0),
            (["86400000", "61", "75"], ClockUnit::Milliseconds, "75000", 75.0),
        ] {
            assert_eq!(ClockUnit::of(values.into_iter()), unit, "{values:?}");
            assert_eq!(unit.read(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn texts_that_are_times_of_day() {
        for (text, seconds) in [
            ("12:34", Some(45_240.0)),
            ("3 PM", Some(54_000.0)),
            ("12 AM", Some(0.0)),
            ("13 PM", None),
            ("1899-12-30 12:34:56", Some(45_296.0)),
            ("2023-12-30 12:34:56", None),
        ] {
            assert_eq!(ClockUnit::Seconds.read(text), seconds, "{text}");
        }
    }
}
