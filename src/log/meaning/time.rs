//! Times as they stand in logs, made comparable.
//!
//! In: the text of one field and the unit of its column. Out: seconds since 1970 as a double, or, where only the order is
//! known, the number as it stands. A double tells times of this century apart down to a quarter of a microsecond; what is closer
//! counts as a tie, and ties keep the order of the file.

use serde::{Deserialize, Serialize};

use crate::log::meaning::date_order::{Evenness, ShortDates};
use crate::log::meaning::epochs::{LEAST, unit_of};
use crate::log::text::calendar::{self, DAY, DayOrder, civil, clock, days_since_1970, moment, month_or_week};
use crate::log::text::missing::is_missing;

/// How a column writes time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Seconds since 1970, with or without decimals.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Microseconds since 1970.
    Microseconds,
    /// Nanoseconds since 1970.
    Nanoseconds,
    /// Days since 1970.
    Days,
    /// Days since 1899-12-30, as spreadsheets keep them, with the time of day as a fraction.
    SpreadsheetDays,
    /// A date whose parts explain themselves: ISO 8601 such as `2024-01-31T12:00:00.5+02:00`, `2024/1/31`, `31 Jan 2024`,
    /// `Wed Jan 31 12:00:00 +0200 2024`, `2024年1月31日`; with or without a time of day.
    Date,
    /// `20240131`, also with a time of day: `20240131120000`, `20240131120000250`.
    CompactDate,
    /// `31/01/2024`, with or without a time of day; `.` or `-` for `/`, two digits for the year.
    DayMonthYear,
    /// `01/31/2024`, the same.
    MonthDayYear,
    /// `24-01-31`, a year of two digits first, with or without a time of day; `/` or `.` for `-`, or nothing.
    YearMonthDay,
    /// Numbers or times of day of which only the order is known, such as a step count.
    #[default]
    Order,
}

/// Days from 1899-12-30, the day 0 of spreadsheets, to 1970.
const SPREADSHEET_EPOCH: f64 = 25_569.0;

/// Units of times since 1970.
const SINCE_1970: [TimeUnit; 4] = [
    TimeUnit::Seconds,
    TimeUnit::Milliseconds,
    TimeUnit::Microseconds,
    TimeUnit::Nanoseconds,
];

impl TimeUnit {
    /// Place among the units of times since 1970; `None` if it is another way of writing times.
    pub(crate) fn since_1970(self) -> Option<usize> {
        SINCE_1970.iter().position(|&unit| unit == self)
    }

    /// The time as a number, or nothing where the text is no such time: seconds since 1970, or for [`TimeUnit::Order`] the
    /// number as it stands.
    pub(crate) fn parse(self, text: &str) -> Option<f64> {
        let dated = |day_first: bool, allowed: DayOrder| {
            let moment = moment(text, day_first)?;
            matches!(moment.order, DayOrder::Plain | DayOrder::Either)
                .then_some(moment.seconds)
                .or((moment.order == allowed).then_some(moment.seconds))
        };
        match self {
            TimeUnit::Order => decimal(text).or_else(|| clock(text)),
            TimeUnit::Seconds => decimal(text),
            TimeUnit::Milliseconds => decimal(text).map(|value| value / 1e3),
            TimeUnit::Microseconds => decimal(text).map(|value| value / 1e6),
            TimeUnit::Nanoseconds => decimal(text).map(|value| value / 1e9),
            TimeUnit::Days => decimal(text).map(|value| value * DAY),
            TimeUnit::SpreadsheetDays => decimal(text).map(of_spreadsheet),
            TimeUnit::Date => date(text),
            TimeUnit::CompactDate => compact_date(text),
            TimeUnit::DayMonthYear => dated(true, DayOrder::DayFirst),
            TimeUnit::MonthDayYear => dated(false, DayOrder::MonthFirst),
            TimeUnit::YearMonthDay => year_first(text),
        }
    }

    /// Expected notation, for a sentence.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            TimeUnit::Date => "a date such as 2024-01-31 12:00",
            TimeUnit::CompactDate => "a date such as 20240131",
            TimeUnit::DayMonthYear => "a date such as 31/01/2024",
            TimeUnit::MonthDayYear => "a date such as 01/31/2024",
            TimeUnit::YearMonthDay => "a date such as 24-01-31",
            _ => "a number",
        }
    }

    /// A bound that a person gives: an ISO 8601 date, or a number as it stands in the column. `end` says that a bare date means
    /// the last moment of its day.
    pub(crate) fn bound(self, text: &str, end: bool) -> Option<f64> {
        if self == TimeUnit::Order {
            return number(text);
        }
        match date(text) {
            Some(day) if end && text.trim().len() <= 10 => Some((day + DAY).next_down()),
            Some(moment) => Some(moment),
            None => self.parse(text),
        }
    }

    /// The unit of a sample of a column and how sure it is, 0 to 1; nothing where most of it is no time at all.
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<(TimeUnit, f32)> {
        let values = values.filter(|text| !is_missing(text.trim().as_bytes()) && !is_zero_date(text));
        let count = values.clone().count();
        let most =
            |test: &dyn Fn(&str) -> bool| count > 0 && values.clone().filter(|text| test(text)).count() * 100 >= count * 80;
        if most(&|text| date(text).is_some()) {
            return Some((TimeUnit::Date, 1.0));
        }
        if most(&|text| compact_date(text).is_some()) {
            return Some((TimeUnit::CompactDate, 0.9));
        }
        if most(&|text| decimal(text).is_some()) {
            let dated = dates_in_a_row(values.clone());
            return Some(dated.unwrap_or_else(|| of_numbers(values.filter_map(decimal).collect())));
        }
        if most(&|text| clock(text).is_some()) {
            return Some((TimeUnit::Order, 0.5));
        }
        most(&|text| moment(text, true).is_some()).then(|| of_dates(values))
    }

    /// The unit of dates in which the numbers stand in an order.
    pub(crate) fn ordered(order: DayOrder) -> Self {
        match order {
            DayOrder::YearFirst => TimeUnit::YearMonthDay,
            DayOrder::MonthFirst => TimeUnit::MonthDayYear,
            _ => TimeUnit::DayMonthYear,
        }
    }
}

/// The order of dates of numbers: as a number tells that cannot be a month, or as all of them tell that have two digits for the year.
fn of_dates<'a>(values: impl Iterator<Item = &'a str> + Clone) -> (TimeUnit, f32) {
    let moments = || {
        values
            .clone()
            .filter_map(|text| moment(text, true).map(|moment| (text, moment)))
    };
    let mut short = ShortDates::default();
    let mut shorts = 0usize;
    for (text, numbers) in moments().filter_map(|(text, moment)| Some((text, moment.short?))) {
        short.see(numbers, 0, text);
        shorts += 1;
    }
    if shorts * 2 > moments().count() {
        let order = short.order();
        return order.map_or((TimeUnit::DayMonthYear, 0.1), |(order, confidence)| {
            (TimeUnit::ordered(order), confidence)
        });
    }
    let shows = |order| moments().any(|(_, other)| other.order == order);
    match (shows(DayOrder::DayFirst), shows(DayOrder::MonthFirst)) {
        (true, false) => (TimeUnit::DayMonthYear, 0.95),
        (false, true) => (TimeUnit::MonthDayYear, 0.95),
        (true, true) => (TimeUnit::DayMonthYear, 0.1),
        // No day beyond the twelfth.
        (false, false) => guessed(values),
    }
}

/// The unit of numbers that are dates without anything between their parts, `31012024` or `240131`: if each of several can be read so.
fn dates_in_a_row<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<(TimeUnit, f32)> {
    const FEWEST: usize = 8;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text.len());
    let all = |lengths: &[usize]| {
        let mut different: Vec<&str> = Vec::new();
        for text in values.clone().map(str::trim) {
            let fits = digits(text).is_some_and(|length| lengths.contains(&length));
            (fits && moment(text, true).is_some()).then_some(())?;
            if different.len() < FEWEST && !different.contains(&text) {
                different.push(text);
            }
        }
        (different.len() == FEWEST).then_some(())
    };
    all(&[7, 8]).or_else(|| all(&[6]))?;
    let (unit, confidence) = of_dates(values);
    (confidence > 0.1).then_some((unit, confidence.min(0.8)))
}

/// The order of day and month where no day is beyond the twelfth: that in which the log runs more evenly; else points are written
/// where the day comes first, and the rest is a guess.
fn guessed<'a>(values: impl Iterator<Item = &'a str> + Clone) -> (TimeUnit, f32) {
    let mut even = Evenness::default();
    values
        .clone()
        .filter_map(|text| moment(text, true))
        .for_each(|moment| even.see(moment.seconds));
    match even.day_first() {
        Some(true) => (TimeUnit::DayMonthYear, 0.8),
        Some(false) => (TimeUnit::MonthDayYear, 0.8),
        None if values.clone().any(|text| text.contains('.')) => (TimeUnit::DayMonthYear, 0.8),
        None => (TimeUnit::MonthDayYear, 0.4),
    }
}

/// A date of two digits a part with the year first, or one that explains itself.
fn year_first(text: &str) -> Option<f64> {
    let moment = moment(text, true)?;
    let Some(short) = moment.short else {
        return (moment.order == DayOrder::Plain).then_some(moment.seconds);
    };
    let order = match moment.order {
        DayOrder::MonthFirst | DayOrder::YearFirst => moment.order,
        _ => DayOrder::DayFirst,
    };
    let moved = DayOrder::YearFirst.days(short)? - order.days(short)?;
    Some(moment.seconds + moved as f64 * DAY)
}

/// Whether a text is a date of zeros, `0000-00-00 00:00:00`, as databases write for none.
pub(crate) fn is_zero_date(text: &str) -> bool {
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    let zeros = date.bytes().filter(|&byte| byte == b'0').count();
    let empty = |text: &str, marks: &str| text.chars().all(|c| c == '0' || marks.contains(c));
    zeros == 8 && empty(date, "-/.") && empty(&text[date.len()..], " T:.Z")
}

/// The unit of a column of numbers.
fn of_numbers(values: Vec<f64>) -> (TimeUnit, f32) {
    let mut sizes: Vec<f64> = values.into_iter().map(f64::abs).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let middle = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    let (least, largest) = (
        sizes.first().copied().unwrap_or_default(),
        sizes.last().copied().unwrap_or_default(),
    );
    match middle {
        size if size >= LEAST => (SINCE_1970[unit_of(&sizes)], if size >= 1e14 { 0.9 } else { 0.95 }),
        // Days of spreadsheets from 1982 to 2064, and days since 1970 from 1991 to 2052; a step count could be as large.
        _ if least >= 30_000.0 && largest < 60_000.0 => {
            let dated = sizes.iter().any(|size| size.fract() != 0.0);
            (TimeUnit::SpreadsheetDays, if dated { 0.9 } else { 0.6 })
        }
        _ if least >= 7_700.0 && largest < 30_000.0 => (TimeUnit::Days, 0.5),
        _ => (TimeUnit::Order, 0.6),
    }
}

fn of_spreadsheet(days: f64) -> f64 {
    // A fraction of a day is rounded to what a person meant: whole milliseconds.
    ((days - SPREADSHEET_EPOCH) * DAY * 1e3).round() / 1e3
}

/// A whole number of at most 15 digits. They are the rule, and need no care about rounding.
pub(crate) fn whole(text: &[u8]) -> Option<f64> {
    if !(1..=15).contains(&text.len()) {
        return None;
    }
    let (mut value, rest) = match text.split_first_chunk::<8>() {
        Some((eight, rest)) => (eight_digits(*eight)?, rest),
        None => (0, text),
    };
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value as f64)
}

/// Value of eight digits, looked at together: pairs of them become numbers, then fours, then all.
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let bytes = u64::from_le_bytes(text);
    let digits = bytes.wrapping_sub(ZEROS);
    // A digit has the upper half of a zero, and still has it with six more.
    let above = bytes.wrapping_add(0x0606_0606_0606_0606);
    if (bytes | above) & 0xf0f0_f0f0_f0f0_f0f0 != ZEROS || bytes & above & ZEROS != ZEROS {
        return None;
    }
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff)
}

/// A finite number. Minus zero becomes zero, so that the two are a tie.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(value) = whole(text.as_bytes()) {
        return Some(value);
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(value + 0.0)
}

/// A finite number whose decimals may stand behind a comma, or whose thousands are parted where it is as long as a time.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    number(text).or_else(|| {
        let (before, after) = text.split_once([',', '.', '\''])?;
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if let Some(mark @ (',' | '.' | '\'')) = text.get(1..2).and_then(|mark| mark.chars().next())
            && (13..=25).contains(&text.len())
            && plain(before)
            && after.split(mark).all(|part| part.len() == 3 && plain(part))
        {
            return number(&text.replace(mark, ""));
        }
        text.contains(',').then_some(())?;
        (plain(before.trim_start_matches(['-', ' '])) && plain(after.trim_end())).then_some(())?;
        number(&format!("{before}.{after}"))
    })
}

/// A time in seconds since 1970 as a person reads it: `2024-01-31 12:00`, in UTC.
pub(crate) fn shown_time(seconds: f64) -> String {
    match instant(seconds) {
        Some((date, of_day)) => {
            let minutes = (of_day / 60.0) as i64;
            format!("{date} {:02}:{:02}", minutes / 60, minutes % 60)
        }
        // Beyond the calendar it says nothing to anybody.
        None => format!("{seconds} s"),
    }
}

/// A time in seconds since 1970 as ISO 8601 in UTC, down to the microsecond: `2024-01-31T12:00:00.5Z`; `None` beyond the calendar.
pub(crate) fn iso_time(seconds: f64) -> Option<String> {
    // Rounded first, so that no second has sixty of them.
    let (date, of_day) = instant((seconds * 1e6).round() / 1e6)?;
    let micros = (of_day * 1e6).round() as u64;
    let second = micros / 1_000_000;
    let mut text = format!("{date}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if !micros.is_multiple_of(1_000_000) {
        text += format!(".{:06}", micros % 1_000_000).trim_end_matches('0');
    }
    text.push('Z');
    Some(text)
}

/// The date and the seconds from its midnight.
fn instant(seconds: f64) -> Option<(String, f64)> {
    let days = (seconds / DAY).floor();
    if !(-1e7..=1e7).contains(&days) {
        return None;
    }
    let (year, month, day) = civil(days as i64)?;
    Some((format!("{year:04}-{month:02}-{day:02}"), seconds - days * DAY))
}

/// Seconds since 1970 of `20240131`, `202401311200` or `20240131120000`, also with the digits of a fraction behind it.
pub(crate) fn compact_date(text: &str) -> Option<f64> {
    let text = text.trim();
    let (text, fraction) = match text.split_once('.') {
        // Programs that know numbers alone write one behind the point.
        Some((whole, zero)) if zero.bytes().all(|b| b == b'0') => (whole, ""),
        Some((whole, fraction)) if whole.len() == 14 => (whole, fraction),
        Some(_) => return None,
        None if matches!(text.len(), 17 | 20) => text.split_at_checked(14)?,
        None => (text, ""),
    };
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !matches!(text.len(), 8 | 12 | 14) || !plain(text) || !plain(fraction) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).map_or(Ok(0), str::parse::<u32>).ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if !(1900..=2200).contains(&year) || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let of_day = f64::from(hour * 3600 + minute * 60 + second);
    let part = if fraction.is_empty() {
        0.0
    } else {
        format!("0.{fraction}").parse().ok()?
    };
    Some(days_since_1970(year.into(), month, day)? as f64 * DAY + of_day + part)
}

/// Seconds since 1970 of a date that explains itself, with or without a time of day and an offset (none: taken as UTC).
pub(crate) fn date(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(seconds) = calendar::iso(text.as_bytes()) {
        return Some(seconds);
    }
    // Eight digits alone are a number as well.
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Some(seconds) = month_or_week(text) {
        return Some(seconds);
    }
    let found = moment(text, true)?;
    let whole = !found.short_year || text.chars().any(char::is_alphabetic);
    (found.order == DayOrder::Plain && whole).then_some(found.seconds)
}

#[cfg(test)]
mod tests;
