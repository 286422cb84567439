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
    assert_eq!(date("2025-05"), date("2025-05-01"));
    assert_eq!(date("2023-W51-3"), date("2023-12-20"));
    assert_eq!(date("2024-W01"), date("2024-01-01"));
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "2013",
        "2013-13-01",
        "2013-02-29",
        "2013-00-10",
        "2013-14",
        "2013-W54-1",
        "2013-04-07T",
        "2013-04-07x",
        "2013-04-07T25:00",
        "2013-04-07T10:61",
        "2013-04-07T10:00:00.",
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
        (&["98-03-01"], TimeUnit::YearMonthDay),
        (&["20240131.0", "20231201.0"], TimeUnit::CompactDate),
        (&["1,365,029,107", "1,365,029,108"], TimeUnit::Seconds),
        (&["0000-00-00", "2024-01-31", "null"], TimeUnit::Date),
        (&["06:49:56", "10:55:49"], TimeUnit::Order),
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
    assert_eq!(
        TimeUnit::MonthDayYear.parse("2/29/2000 1:30 PM"),
        Some(951_782_400.0 + 13.5 * 3600.0)
    );
    for text in ["30/02/2000", "2/29/2000 25:00 PM", "2/29/2000x", "31/1/2000"] {
        assert_eq!(TimeUnit::MonthDayYear.parse(text), None, "{text}");
    }
    assert_eq!(
        TimeUnit::SpreadsheetDays.parse("45294,25"),
        TimeUnit::Date.parse("2024-01-03 06:00")
    );
    assert_eq!(TimeUnit::YearMonthDay.parse("13/06/18 03:32"), date("2013-06-18 03:32"));
    assert_eq!(TimeUnit::YearMonthDay.parse("130618"), date("2013-06-18"));
    assert_eq!(
        TimeUnit::CompactDate.parse("20000229123456250"),
        date("2000-02-29 12:34:56.25")
    );
    assert_eq!(
        TimeUnit::CompactDate.parse("20000229123456"),
        TimeUnit::Date.parse("2000-02-29 12:34:56")
    );
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

#[test]
fn times_are_written_as_iso() {
    for text in [
        "2024-01-31T12:00:00Z",
        "1969-12-31T23:59:59.5Z",
        "2024-01-31T12:00:00.123456Z",
    ] {
        assert_eq!(date(text).and_then(iso_time).as_deref(), Some(text));
    }
    assert_eq!(iso_time(0.9999999).as_deref(), Some("1970-01-01T00:00:01Z"));
    assert_eq!(iso_time(1e18), None);
}

#[test]
fn decimals_may_stand_behind_a_comma() {
    assert_eq!(
        (decimal("1,5"), decimal("-1,25"), decimal("1.5")),
        (Some(1.5), Some(-1.25), Some(1.5))
    );
    for text in [",5", "1,", "1,2,3", "1,5.2", "a,1"] {
        assert_eq!(decimal(text), None, "{text}");
    }
}

#[test]
fn a_whole_number_is_digits_alone() {
    let slow = |text: &[u8]| {
        let digits = !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_digit);
        digits.then(|| text.iter().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0')) as f64)
    };
    let digits = *b"9081726354059182";
    for length in 0..=16 {
        assert_eq!(whole(&digits[..length]), slow(&digits[..length]));
        for at in 0..length {
            for byte in 0..=255 {
                let mut text = digits;
                text[at] = byte;
                assert_eq!(whole(&text[..length]), slow(&text[..length]), "{:?}", &text[..length]);
            }
        }
    }
    assert_eq!(whole(b"99999999"), Some(99_999_999.0));
    assert_eq!(whole(b"00000000"), Some(0.0));
}

#[test]
fn zeros_are_no_date() {
    for text in ["0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00000000"] {
        assert!(is_zero_date(text), "{text}");
    }
    for text in ["00:00:00.000", "0", "0000-00-01", "2000-00-00"] {
        assert!(!is_zero_date(text), "{text}");
    }
}
