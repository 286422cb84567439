//! Times as they stand in logs, made comparable.
//!
//! In: the text of one field and the unit of its column. Out: seconds since 1970 as a double, or, where only the order is
//! known, the number as it stands. A double tells times of this century apart down to a quarter of a microsecond; what is closer
//! counts as a tie, and ties keep the order of the file.

use serde::{Deserialize, Serialize};

use crate::log::text::calendar::{self, DAY, DayOrder, civil, days_since_1970, moment};

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
    /// `20240131`, also with a time of day: `20240131120000`.
    CompactDate,
    /// `31/01/2024`, with or without a time of day; `.` or `-` for `/`, two digits for the year.
    DayMonthYear,
    /// `01/31/2024`, the same.
    MonthDayYear,
    /// Numbers of which only the order is known, such as a step count.
    #[default]
    Order,
}

/// Days from 1899-12-30, the day 0 of spreadsheets, to 1970.
const SPREADSHEET_EPOCH: f64 = 25_569.0;

impl TimeUnit {
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
            TimeUnit::Seconds | TimeUnit::Order => decimal(text),
            TimeUnit::Milliseconds => decimal(text).map(|value| value / 1e3),
            TimeUnit::Microseconds => decimal(text).map(|value| value / 1e6),
            TimeUnit::Nanoseconds => decimal(text).map(|value| value / 1e9),
            TimeUnit::Days => decimal(text).map(|value| value * DAY),
            TimeUnit::SpreadsheetDays => decimal(text).map(of_spreadsheet),
            TimeUnit::Date => date(text),
            TimeUnit::CompactDate => compact_date(text),
            TimeUnit::DayMonthYear => dated(true, DayOrder::DayFirst),
            TimeUnit::MonthDayYear => dated(false, DayOrder::MonthFirst),
        }
    }

    /// Expected notation, for a sentence.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            TimeUnit::Date => "a date such as 2024-01-31 12:00",
            TimeUnit::CompactDate => "a date such as 20240131",
            TimeUnit::DayMonthYear => "a date such as 31/01/2024",
            TimeUnit::MonthDayYear => "a date such as 01/31/2024",
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
        let count = values.clone().filter(|text| !text.is_empty()).count();
        let most =
            |test: &dyn Fn(&str) -> bool| count > 0 && values.clone().filter(|text| test(text)).count() * 100 >= count * 80;
        if most(&|text| date(text).is_some()) {
            return Some((TimeUnit::Date, 1.0));
        }
        if most(&|text| compact_date(text).is_some()) {
            return Some((TimeUnit::CompactDate, 0.9));
        }
        if most(&|text| decimal(text).is_some()) {
            return Some(of_numbers(values.filter_map(decimal).collect()));
        }
        if !most(&|text| moment(text, true).is_some()) {
            return None;
        }
        let orders = || {
            values
                .clone()
                .filter_map(|text| moment(text, true))
                .map(|moment| moment.order)
        };
        let shows = |order| orders().any(|other| other == order);
        Some(match (shows(DayOrder::DayFirst), shows(DayOrder::MonthFirst)) {
            (true, false) => (TimeUnit::DayMonthYear, 0.95),
            (false, true) => (TimeUnit::MonthDayYear, 0.95),
            (true, true) => (TimeUnit::DayMonthYear, 0.1),
            // No day beyond the twelfth.
            (false, false) => guessed(values),
        })
    }
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

/// How evenly a log runs in both orders of day and month.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Evenness {
    /// The latest time, the day first and the month first.
    latest: Option<[f64; 2]>,
    /// Steps up and down, the day first and the month first.
    steps: [[u64; 2]; 2],
}

impl Evenness {
    /// Takes the next time, read with the day first.
    pub(crate) fn see(&mut self, day_first: f64) {
        let both = [day_first, calendar::swapped(day_first)];
        if let Some(latest) = self.latest {
            for ((steps, now), before) in self.steps.iter_mut().zip(both).zip(latest) {
                steps[0] += u64::from(now > before);
                steps[1] += u64::from(now < before);
            }
        }
        self.latest = Some(both);
    }

    /// Whether the log is in order with the day first and out of it with the month first, or the other way; else nothing.
    pub(crate) fn day_first(&self) -> Option<bool> {
        let [day, month] = self.steps.map(|[up, down]| up.min(down));
        let steps = self.steps[0].iter().sum::<u64>();
        match steps >= 8 && day.max(month) * 10 >= steps {
            true if day * 4 <= month => Some(true),
            true if month * 4 <= day => Some(false),
            _ => None,
        }
    }
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
        size if size >= 1e8 => (by_digits(size), if size >= 1e14 { 0.9 } else { 0.95 }),
        // Days of spreadsheets from 1982 to 2064, and days since 1970 from 1991 to 2052; a step count could be as large.
        _ if least >= 30_000.0 && largest < 60_000.0 => {
            let dated = sizes.iter().any(|size| size.fract() != 0.0);
            (TimeUnit::SpreadsheetDays, if dated { 0.9 } else { 0.6 })
        }
        _ if least >= 7_700.0 && largest < 30_000.0 => (TimeUnit::Days, 0.5),
        _ => (TimeUnit::Order, 0.6),
    }
}

/// The unit of a time since 1970: from 1973 to the year 5138 the number of digits tells the units apart.
pub(crate) fn by_digits(size: f64) -> TimeUnit {
    match size.abs() {
        size if size >= 1e17 => TimeUnit::Nanoseconds,
        size if size >= 1e14 => TimeUnit::Microseconds,
        size if size >= 1e11 => TimeUnit::Milliseconds,
        _ => TimeUnit::Seconds,
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

/// A finite number whose decimals may stand behind a comma.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    number(text).or_else(|| {
        let (before, after) = text.split_once(',')?;
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
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

/// Seconds since 1970 of `20240131`, `202401311200` or `20240131120000`.
pub(crate) fn compact_date(text: &str) -> Option<f64> {
    let text = text.trim();
    if !matches!(text.len(), 8 | 12 | 14) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).map_or(Ok(0), str::parse::<u32>).ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if !(1900..=2200).contains(&year) || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let of_day = f64::from(hour * 3600 + minute * 60 + second);
    Some(days_since_1970(year.into(), month, day)? as f64 * DAY + of_day)
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
    let found = moment(text, true)?;
    let whole = !found.short_year || text.chars().any(char::is_alphabetic);
    (found.order == DayOrder::Plain && whole).then_some(found.seconds)
}

#[cfg(test)]
mod tests;
