use super::*;

fn day_first(text: &str) -> Option<f64> {
    moment(text, true).map(|moment| moment.seconds)
}

#[test]
fn one_moment_in_many_dresses() {
    // 2024-01-05 21:03:09 UTC
    let expected = Some(1_704_488_589.0);
    for text in [
        "2024-01-05T21:03:09Z",
        "2024/1/5 21:03:09",
        "2024.1.5 21:3:9",
        "2024-1-5T21:03:09.000+00:00",
        "5.1.2024 21:03:09",
        "05/01/2024 9:03:09 PM",
        "5.1.24 21:03:09",
        "05-01-24, 9:03:09 p. m.",
        "Jan 5, 2024 9:03:09 PM",
        "Fri Jan 05 21:03:09 +0000 2024",
        "Fri Jan 05 13:03:09 -0800 2024",
        "Fri Jan 05 2024 22:03:09 GMT+0100 (Mitteleuropäische Normalzeit)",
        "Fri, 05 Jan 2024 21:03:09 GMT",
        "5. Januar 2024 21:03:09",
        "5 janv. 2024 21:03:09",
        "5 de enero de 2024, 21:03:09",
        "5 de janeiro de 2024 21:03:09",
        "05-Jan-24 21:03:09",
        "January 5th, 2024 at 9:03:09 PM",
        "2024/1/5 下午 09:03:09",
        "2024/1/5 下午9:03:09",
        "2024年1月5日 21:03:09",
        "2024年1月5日(金) 21時3分9秒",
        "113/01/05 21:03:09",
        "民國113年1月5日 下午9點3分9秒",
        "2024. 1. 5. 오후 9:03:09",
        "20240105T210309Z",
        "Fri Jan 05 16:03:09 EST 2024",
        "[05/Jan/2024:21:03:09 +0000]",
        "05/Jan/2024:22:03:09 +0100",
        "05-JAN-24 09.03.09.000000 PM",
        "05JAN2024:21:03:09",
        "2024-01-05T21:03:09Z[UTC]",
        "2024-01-05_21-03-09",
        "/Date(1704488589000)/",
        "/Date(1704488589000+0200)/",
        "5 января 2024 г. 21:03:09",
        "5 gennaio 2024 21:03:09",
    ] {
        assert_eq!(day_first(text), expected, "{text}");
    }
}

#[test]
fn noon_and_midnight() {
    let hour = |text: &str| clock(text).map(|seconds| seconds / 3600.0);
    for (text, expected) in [
        ("12:00 AM", 0.0),
        ("12:00 PM", 12.0),
        ("上午 12:30", 0.5),
        ("下午 12:30", 12.5),
        ("1:30 pm", 13.5),
        ("13:30", 13.5),
        ("下午 13:30", 13.5),
        ("24:00", 24.0),
    ] {
        assert_eq!(hour(text), Some(expected), "{text}");
    }
    for text in ["25:00", "12:61", "1:2:3:4", "2024-01-05", "12", "noon", "10:30 pm Jan"] {
        assert_eq!(hour(text), None, "{text}");
    }
}

#[test]
fn the_order_of_day_and_month() {
    let order = |text: &str| moment(text, false).map(|moment| (moment.order, moment.short_year));
    assert_eq!(order("31/01/2024"), Some((DayOrder::DayFirst, false)));
    assert_eq!(order("1/31/24 8:26"), Some((DayOrder::MonthFirst, true)));
    assert_eq!(order("03/04/2024"), Some((DayOrder::Either, false)));
    assert_eq!(order("04/04/2024"), Some((DayOrder::Plain, false)));
    assert_eq!(order("2024/3/4"), Some((DayOrder::Plain, false)));
    let either = |day_first| moment("03/04/2024 10:00", day_first).map(|moment| moment.seconds).unwrap();
    assert_eq!(swapped(either(true)), either(false));
    assert_eq!(swapped(either(false)), either(true));
}

#[test]
fn parts_of_a_time_may_be_left_out() {
    assert_eq!(day_first("5 août 2023 à 01h41"), day_first("2023-08-05 01:41"));
    assert_eq!(day_first("2023-08-05 14"), day_first("2023-08-05 14:00"));
    assert_eq!(day_first("05082023"), day_first("2023-08-05"));
    assert_eq!(day_first("5082023"), day_first("2023-08-05"));
    assert_eq!(day_first("24/1/5"), day_first("2024-01-05"));
    assert_eq!(moment("98-03-01", true).map(|moment| moment.order), Some(DayOrder::YearFirst));
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "2013",
        "2013-13-01",
        "2013-02-29",
        "2013-00-10",
        "2013-04",
        "2013-04-07x",
        "2013-04-07T25:00",
        "2013-04-07T10:61",
        "é013-04-07",
        "1365365029",
        "The 5th of 11",
        "May 2024",
        "Blade Runner 2049",
        "1984",
        "12 Monkeys 1995 1",
        "30/02/2000",
        "1/2",
        "1/2/3/4",
        "10.0.0.1",
        "i001",
        "4711-2-3x",
    ] {
        assert_eq!(moment(text, false), None, "{text}");
    }
}
