//! Times as they stand in logs, made comparable.
//!
//! In: the text of one field and the unit of its column. Out: seconds since 1970 as a double, or, where only the order is
//! known, the number as it stands. A double tells times of this century apart down to a quarter of a microsecond; what is closer
//! counts as a tie, and ties keep the order of the file.

use serde::{Deserialize, Serialize};

/// How a column writes time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
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
    /// ISO 8601: `2024-01-31`, `2024-01-31T12:00:00.5+02:00`, with `/` for `-` and a space for `T` allowed.
    Date,
    /// `20240131`.
    CompactDate,
    /// `31/01/2024`, with or without a time of day; `.` or `-` for `/` allowed.
    DayMonthYear,
    /// `01/31/2024`, the same.
    MonthDayYear,
    /// Numbers of which only the order is known, such as a step count.
    #[default]
    Order,
}

impl TimeUnit {
    /// The time as a number, or nothing where the text is no such time: seconds since 1970, or for [`TimeUnit::Order`] the
    /// number as it stands.
    pub(crate) fn parse(self, text: &str) -> Option<f64> {
        match self {
            TimeUnit::Seconds | TimeUnit::Order => number(text),
            TimeUnit::Milliseconds => number(text).map(|value| value / 1e3),
            TimeUnit::Microseconds => number(text).map(|value| value / 1e6),
            TimeUnit::Nanoseconds => number(text).map(|value| value / 1e9),
            TimeUnit::Days => number(text).map(|value| value * DAY),
            TimeUnit::Date => date(text),
            TimeUnit::CompactDate => compact_date(text),
            TimeUnit::DayMonthYear => local_date(text, true),
            TimeUnit::MonthDayYear => local_date(text, false),
        }
    }

    /// The same for the bytes of a field.
    pub(crate) fn parse_bytes(self, field: &[u8]) -> Option<f64> {
        match (self, whole(field)) {
            (TimeUnit::Seconds | TimeUnit::Order, Some(value)) => Some(value),
            (TimeUnit::Milliseconds, Some(value)) => Some(value / 1e3),
            _ => std::str::from_utf8(field).ok().and_then(|text| self.parse(text)),
        }
    }

    /// What was expected, for a sentence.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            TimeUnit::Date => "an ISO 8601 date",
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
        if most(&|text| number(text).is_some()) {
            let mut sizes: Vec<f64> = values.filter_map(number).map(f64::abs).collect();
            sizes.sort_unstable_by(f64::total_cmp);
            let middle = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
            let (least, largest) = (
                sizes.first().copied().unwrap_or_default(),
                sizes.last().copied().unwrap_or_default(),
            );
            // From 1973 to the year 5138 the number of digits tells the units apart.
            return Some(match middle {
                size if size >= 1e17 => (TimeUnit::Nanoseconds, 0.9),
                size if size >= 1e14 => (TimeUnit::Microseconds, 0.9),
                size if size >= 1e11 => (TimeUnit::Milliseconds, 0.95),
                size if size >= 1e8 => (TimeUnit::Seconds, 0.95),
                // Days from 1991 to 2106; a step count could be as large.
                _ if least >= 7_700.0 && largest < 50_000.0 => (TimeUnit::Days, 0.5),
                _ => (TimeUnit::Order, 0.6),
            });
        }
        let (day_first, month_first) = (
            most(&|text| local_date(text, true).is_some()),
            most(&|text| local_date(text, false).is_some()),
        );
        match (day_first, month_first) {
            (true, false) => Some((TimeUnit::DayMonthYear, 0.95)),
            (false, true) => Some((TimeUnit::MonthDayYear, 0.95)),
            // No day beyond the twelfth: points are written where the day comes first, the rest is a guess.
            (true, true) if values.clone().any(|text| text.contains('.')) => Some((TimeUnit::DayMonthYear, 0.8)),
            (true, true) => Some((TimeUnit::MonthDayYear, 0.4)),
            (false, false) => None,
        }
    }
}

/// Seconds of a day.
pub(crate) const DAY: f64 = 86_400.0;

/// A whole number of at most 15 digits. They are the rule, and need no care about rounding.
fn whole(text: &[u8]) -> Option<f64> {
    if !(1..=15).contains(&text.len()) {
        return None;
    }
    let mut value = 0u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value as f64)
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

/// A time in seconds since 1970 as a person reads it: `2024-01-31 12:00`, in UTC.
pub(crate) fn shown_time(seconds: f64) -> String {
    let days = (seconds / DAY).floor();
    // Beyond these the calendar says nothing to anybody.
    if !(-1e7..=1e7).contains(&days) {
        return format!("{seconds} s");
    }
    let (year, month, day) = civil(days as i64);
    let minutes = ((seconds - days * DAY) / 60.0) as i64;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
}

/// Year, month and day of a number of days since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    // The mean year is 365.2425 days, so the guess is at most one off.
    let mut year = 1970 + (days as f64 / 365.2425).floor() as i64;
    while days_since_1970(year, 1, 1) > days {
        year -= 1;
    }
    while days_since_1970(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (2..=12)
        .take_while(|&month| days_since_1970(year, month, 1) <= days)
        .last()
        .unwrap_or(1);
    (year, month, days - days_since_1970(year, month, 1) + 1)
}

/// Seconds since 1970 of `20240131`.
fn compact_date(text: &str) -> Option<f64> {
    let text = text.trim();
    let mut rest = text.as_bytes();
    let (year, month, day) = (digits(&mut rest, 4)?, digits(&mut rest, 2)?, digits(&mut rest, 2)?);
    if !rest.is_empty() || !(1900..=2200).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    Some(days_since_1970(year, month, day) as f64 * DAY)
}

/// Seconds since 1970 of `31/01/2024` (day first) or `1/31/2024 8:26`.
fn local_date(text: &str, day_first: bool) -> Option<f64> {
    let mut rest = text.trim().as_bytes();
    let first = few_digits(&mut rest)?;
    let mark = *rest.first().filter(|b| matches!(b, b'/' | b'.' | b'-'))?;
    take(&mut rest, mark)?;
    let second = few_digits(&mut rest)?;
    take(&mut rest, mark)?;
    let year = digits(&mut rest, 4)?;
    let (day, month) = if day_first { (first, second) } else { (second, first) };
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let mut seconds = days_since_1970(year, month, day) as f64 * DAY;
    if take(&mut rest, b' ').is_some() {
        let hour = few_digits(&mut rest)?;
        take(&mut rest, b':')?;
        let minute = digits(&mut rest, 2)?;
        let second = if take(&mut rest, b':').is_some() {
            digits(&mut rest, 2)?
        } else {
            0
        };
        let half = match rest {
            b"" => 0,
            b" AM" | b" am" if hour <= 12 => -(hour / 12 * 12),
            b" PM" | b" pm" if hour <= 12 => 12 - hour / 12 * 12,
            _ => return None,
        };
        let hour = hour + half;
        if hour > 24 || minute > 59 || second > 60 {
            return None;
        }
        seconds += (hour * 3600 + minute * 60 + second) as f64;
        rest = b"";
    }
    rest.is_empty().then_some(seconds)
}

/// One digit or two.
fn few_digits(rest: &mut &[u8]) -> Option<i64> {
    digits(rest, 2).or_else(|| digits(rest, 1))
}

/// Seconds since 1970 of an ISO 8601 date, with or without a time of day and an offset (none: taken as UTC).
pub(crate) fn date(text: &str) -> Option<f64> {
    let text = text.trim();
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    let mark = *rest.first()?;
    if mark != b'-' && mark != b'/' {
        return None;
    }
    take(&mut rest, mark)?;
    let month = digits(&mut rest, 2)?;
    take(&mut rest, mark)?;
    let day = digits(&mut rest, 2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let mut seconds = days_since_1970(year, month, day) as f64 * DAY;
    if rest.is_empty() {
        return Some(seconds);
    }
    take(&mut rest, b'T')
        .or_else(|| take(&mut rest, b't'))
        .or_else(|| take(&mut rest, b' '))?;
    let hour = digits(&mut rest, 2)?;
    take(&mut rest, b':')?;
    let minute = digits(&mut rest, 2)?;
    let second = if take(&mut rest, b':').is_some() {
        digits(&mut rest, 2)?
    } else {
        0
    };
    // 24:00 and a leap second's 60 are allowed by the standard.
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    seconds += (hour * 3600 + minute * 60 + second) as f64;
    if take(&mut rest, b'.').or_else(|| take(&mut rest, b',')).is_some() {
        let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        let mut unit = 1.0;
        for &b in &rest[..length] {
            unit /= 10.0;
            seconds += f64::from(b - b'0') * unit;
        }
        rest = &rest[length..];
    }
    // Some programs write a space before the offset, or "UTC".
    while take(&mut rest, b' ').is_some() {}
    match rest {
        b"" | b"Z" | b"z" | b"UTC" => Some(seconds),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let mut rest = offset;
            let hours = digits(&mut rest, 2)?;
            let _ = take(&mut rest, b':');
            let minutes = if rest.is_empty() { 0 } else { digits(&mut rest, 2)? };
            if !rest.is_empty() || hours > 23 || minutes > 59 {
                return None;
            }
            let offset = (hours * 3600 + minutes * 60) as f64;
            Some(if *sign == b'+' { seconds - offset } else { seconds + offset })
        }
        _ => None,
    }
}

fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(count)?;
    let mut value = 0;
    for b in head {
        if !b.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(b - b'0');
    }
    *rest = tail;
    Some(value)
}

fn take(rest: &mut &[u8], byte: u8) -> Option<()> {
    let (&first, tail) = rest.split_first()?;
    if first != byte {
        return None;
    }
    *rest = tail;
    Some(())
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Leap days before the year begins, less those before 1970.
    let before = year - 1;
    let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 477;
    (year - 1970) * 365 + leaps + (1..month).map(|m| days_in(year, m)).sum::<i64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_seconds() {
        assert_eq!(date("1970-01-01"), Some(0.0));
        assert_eq!(date("1969-12-31T23:59:59Z"), Some(-1.0));
        assert_eq!(date("2000-02-29"), Some(951_782_400.0));
        assert_eq!(date("2013-04-07T20:03:49"), Some(1_365_365_029.0));
        assert_eq!(date("2013/04/07 20:03"), Some(1_365_364_980.0));
        assert_eq!(date("2013-04-07T22:03:49.25+02:00"), Some(1_365_365_029.25));
        assert_eq!(date("2013-04-07 15:03:49-0500"), Some(1_365_365_029.0));
        assert_eq!(date("2013-04-07 20:03:49 UTC"), Some(1_365_365_029.0));
        assert_eq!(date("1600-03-01"), Some(-11_670_912_000.0));
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "2013",
            "2013-13-01",
            "2013-02-29",
            "2013-00-10",
            "13-04-07",
            "2013-04",
            "2013-04-07T",
            "2013-04-07x",
            "2013-04-07T25:00",
            "2013-04-07T10:61",
            "2013-04-07T10:00:00.",
            "2013-04-07T10:00+2",
            "2013-04/07",
            "é013-04-07",
            "1365365029",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_must_be_finite() {
        assert_eq!(number(" 12.5 "), Some(12.5));
        assert_eq!(number("-3"), Some(-3.0));
        assert!(number("-0").is_some_and(|zero| zero.is_sign_positive()));
        assert_eq!(number("999999999999999"), Some(999_999_999_999_999.0));
        assert_eq!(number("1234567890123456789"), Some(1_234_567_890_123_456_800.0));
        for text in ["", "nan", "inf", "1e999", "12a", "1,5"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn units_are_told_apart() {
        for (values, unit) in [
            (&["1365029107", "1365029108"][..], TimeUnit::Seconds),
            (&["1365029107000", "1365029108000"], TimeUnit::Milliseconds),
            (&["1365029107000000"], TimeUnit::Microseconds),
            (&["1365029107000000000"], TimeUnit::Nanoseconds),
            (&["19800", "19745"], TimeUnit::Days),
            (&["20240131", "20231201"], TimeUnit::CompactDate),
            (&["2024-01-31", ""], TimeUnit::Date),
            (&["31/01/2024 8:26", "1/2/2024 12:00"], TimeUnit::DayMonthYear),
            (&["1/31/2024", "2/1/2024"], TimeUnit::MonthDayYear),
            (&["01.02.2024"], TimeUnit::DayMonthYear),
            (&["3", "1", "2"], TimeUnit::Order),
        ] {
            assert_eq!(
                TimeUnit::of(values.iter().copied()).map(|(unit, _)| unit),
                Some(unit),
                "{values:?}"
            );
        }
        assert_eq!(TimeUnit::of(["soon", "later"].into_iter()), None);
        assert_eq!(TimeUnit::of([].into_iter()), None);
    }

    #[test]
    fn all_units_mean_seconds() {
        let moment = Some(951_782_400.0);
        for (unit, text) in [
            (TimeUnit::Seconds, "951782400"),
            (TimeUnit::Milliseconds, "951782400000"),
            (TimeUnit::Microseconds, "951782400000000"),
            (TimeUnit::Nanoseconds, "951782400000000000"),
            (TimeUnit::Days, "11016"),
            (TimeUnit::Date, "2000-02-29"),
            (TimeUnit::CompactDate, "20000229"),
            (TimeUnit::DayMonthYear, "29.02.2000 00:00:00"),
            (TimeUnit::MonthDayYear, "2/29/2000 12:00 AM"),
        ] {
            assert_eq!(unit.parse(text), moment, "{unit:?}");
        }
        assert_eq!(local_date("2/29/2000 1:30 PM", false), Some(951_782_400.0 + 13.5 * 3600.0));
        for text in ["30/02/2000", "2/29/2000 13:00 PM", "2/29/2000x", "2-29/2000", "1/1/99"] {
            assert_eq!(local_date(text, false), None, "{text}");
        }
    }

    #[test]
    fn times_are_shown_as_people_read_them() {
        for text in [
            "1970-01-01 00:00",
            "2000-02-29 23:59",
            "1969-12-31 12:00",
            "2400-12-31 00:00",
            "1899-03-01 06:07",
        ] {
            assert_eq!(date(text).map(shown_time).as_deref(), Some(text));
        }
        assert_eq!(shown_time(1e18), "1000000000000000000 s");
    }

    #[test]
    fn bounds_are_dates_or_numbers_of_the_column() {
        assert_eq!(TimeUnit::Milliseconds.bound("1970-01-02", false), Some(DAY));
        let end = TimeUnit::Seconds.bound("1970-01-01", true).unwrap();
        assert!(end < DAY && end > DAY - 1e-6);
        assert_eq!(TimeUnit::Milliseconds.bound("2000", false), Some(2.0));
        assert_eq!(TimeUnit::Order.bound("7", true), Some(7.0));
        assert_eq!(TimeUnit::Order.bound("1970-01-02", true), None);
        assert_eq!(TimeUnit::Date.bound("soon", true), None);
    }
}
