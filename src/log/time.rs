//! Times as they stand in logs, made comparable.
//!
//! In: the text of one field and the kind of its column. Out: a number that orders as the times do. Numbers stay as they are,
//! whatever their unit, since only their order counts; dates become seconds since 1970. A double holds whole numbers up to
//! 9e15, enough for microseconds; nanoseconds closer than 256 to each other count as ties, and ties keep the order of the file.

/// How a column writes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    /// Integers or decimals.
    Number,
    /// ISO 8601: `2024-01-31`, `2024-01-31T12:00:00.5+02:00`, with `/` for `-` and a space for `T` allowed.
    Date,
}

impl TimeKind {
    /// The time as a number, or nothing where the text is no such time.
    pub(super) fn parse(self, text: &str) -> Option<f64> {
        match self {
            TimeKind::Number => number(text),
            TimeKind::Date => date(text),
        }
    }

    /// What was expected, for a sentence.
    pub(super) fn expected(self) -> &'static str {
        match self {
            TimeKind::Number => "a number",
            TimeKind::Date => "an ISO 8601 date",
        }
    }
}

/// A finite number. Minus zero becomes zero, so that the two are a tie.
pub(super) fn number(text: &str) -> Option<f64> {
    let value: f64 = text.trim().parse().ok()?;
    value.is_finite().then_some(value + 0.0)
}

/// Seconds since 1970 of an ISO 8601 date, with or without a time of day and an offset (none: taken as UTC).
pub(super) fn date(text: &str) -> Option<f64> {
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
    let mut seconds = days_since_1970(year, month, day) as f64 * 86_400.0;
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
        for text in ["", "nan", "inf", "1e999", "12a", "1,5"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
