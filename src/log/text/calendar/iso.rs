//! Dates as ISO 8601 and .NET write them, cut byte by byte.
//!
//! In: the text of one field. Out: seconds since 1970, or nothing where it is written otherwise; [`bare`] takes off what surrounds a date.

use chrono::NaiveDate;

use crate::log::text::calendar::{DAY, days_since_1970};

/// A date without the brackets around it (`[28/Jun/2023:12:58:00 +0000]`) and without the name of a zone in brackets behind it, as
/// JavaScript and Java write them.
pub(super) fn bare(text: &str) -> &str {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        return inner.trim();
    }
    let [open, close] = if text.ends_with(']') { ['[', ']'] } else { ['(', ')'] };
    match text.rsplit_once(open) {
        Some((before, name)) if name.len() > 3 && name.ends_with(close) => before.trim_end(),
        _ => text,
    }
}

/// `/Date(1690000000000)/`, milliseconds since 1970 as .NET writes them; an offset behind them changes nothing.
pub(super) fn of_dotnet(text: &str) -> Option<f64> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
    let millis: i64 = inner[..sign.map_or(inner.len(), |(at, _)| at)].parse().ok()?;
    Some(millis as f64 / 1e3)
}

/// The first day of a month (`2025-05`) or a day of a week (`2023-W51-3`, `2023-W51`).
pub(super) fn of_month_or_week(text: &str) -> Option<f64> {
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    (1900..2200).contains(&year).then_some(())?;
    take(&mut rest, b'-')?;
    let days = if take(&mut rest, b'W').is_some() {
        let week = digits(&mut rest, 2)?;
        let day = match take(&mut rest, b'-') {
            Some(()) => digits(&mut rest, 1)?,
            None => 1,
        };
        let day = chrono::Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
        let date = NaiveDate::from_isoywd_opt(i32::try_from(year).ok()?, week, day)?;
        date.signed_duration_since(NaiveDate::default()).num_days()
    } else {
        days_since_1970(year.into(), digits(&mut rest, 2)?, 1)?
    };
    rest.is_empty().then_some(days as f64 * DAY)
}

/// A date written with the year first and padded, with or without a time of day and an offset: the usual case, cut byte by byte.
pub(crate) fn iso(text: &[u8]) -> Option<f64> {
    let mut rest = text;
    let year = digits(&mut rest, 4)?;
    let mark = *rest.first().filter(|mark| matches!(mark, b'-' | b'/'))?;
    take(&mut rest, mark)?;
    let month = digits(&mut rest, 2)?;
    take(&mut rest, mark)?;
    let day = digits(&mut rest, 2)?;
    let mut seconds = days_since_1970(year.into(), month, day)? as f64 * DAY;
    if rest.is_empty() {
        return Some(seconds);
    }
    take(&mut rest, b'T')
        .or_else(|| take(&mut rest, b't'))
        .or_else(|| take(&mut rest, b' '))?;
    let hour = digits(&mut rest, 2)?;
    take(&mut rest, b':')?;
    let minute = digits(&mut rest, 2)?;
    let second = match take(&mut rest, b':') {
        Some(()) => digits(&mut rest, 2)?,
        None => 0,
    };
    seconds += of_day(hour, minute, second)?;
    if take(&mut rest, b'.').or_else(|| take(&mut rest, b',')).is_some() {
        seconds += fraction(&mut rest)?;
    }
    // Some programs write a space before the offset, or "UTC".
    while take(&mut rest, b' ').is_some() {}
    match rest {
        b"" | b"Z" | b"z" | b"UTC" => Some(seconds),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let mut rest = offset;
            let hours = digits(&mut rest, 2)?;
            let colon = take(&mut rest, b':').is_some();
            let minutes = if rest.is_empty() && !colon { 0 } else { digits(&mut rest, 2)? };
            if !rest.is_empty() || hours > 23 || minutes > 59 {
                return None;
            }
            let offset = f64::from(hours * 3600 + minutes * 60);
            Some(if *sign == b'+' { seconds - offset } else { seconds + offset })
        }
        _ => None,
    }
}

/// Seconds from midnight. 24:00 and a leap second's 60 are allowed by the standard.
pub(super) fn of_day(hour: u32, minute: u32, second: u32) -> Option<f64> {
    (hour <= 24 && minute <= 59 && second <= 60).then(|| f64::from(hour * 3600 + minute * 60 + second))
}

/// The digits of a fraction.
fn fraction(rest: &mut &[u8]) -> Option<f64> {
    let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let (mut value, mut unit) = (0.0, 1.0);
    for &b in &rest[..length] {
        unit /= 10.0;
        value += f64::from(b - b'0') * unit;
    }
    *rest = &rest[length..];
    Some(value)
}

fn digits(rest: &mut &[u8], count: usize) -> Option<u32> {
    let (head, tail) = rest.split_at_checked(count)?;
    let mut value = 0;
    for b in head {
        if !b.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(b - b'0');
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
