//! Which of year, month and day stands first in dates of numbers.
//!
//! In: dates one after another. Out: the order in which they are written, as far as their values tell: what the calendar refuses, the order in
//! which the log runs more evenly, and of years that have two digits that a year varies least.

use crate::log::text::calendar::{self, DAY, DayOrder, Moment};

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

/// The orders in which three numbers of two digits can be a date.
const ORDERS: [DayOrder; 3] = [DayOrder::DayFirst, DayOrder::MonthFirst, DayOrder::YearFirst];

/// Dates of three numbers of two digits at most, any outer one of which can be the year.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShortDates {
    /// The first date that cannot be written in an order, with its line, for each of [`ORDERS`].
    refuted: [Option<(u64, String)>; 3],
    /// Values of the first and of the last number, a bit each.
    values: [u128; 2],
    latest: Option<[i64; 3]>,
    /// Steps up and down in each order.
    steps: [[u64; 2]; 3],
    dotted: bool,
}

impl ShortDates {
    pub(crate) fn see(&mut self, short: [u32; 3], line: u64, text: &str) {
        let [first, _, last] = short;
        self.values[0] |= 1 << first.min(127);
        self.values[1] |= 1 << last.min(127);
        self.dotted |= text.contains('.');
        let days = ORDERS.map(|order| order.days(short));
        for (refuted, _) in self.refuted.iter_mut().zip(days).filter(|(_, days)| days.is_none()) {
            refuted.get_or_insert_with(|| (line, text.to_owned()));
        }
        let days = days.map(Option::unwrap_or_default);
        if let Some(latest) = self.latest {
            for ((steps, now), before) in self.steps.iter_mut().zip(days).zip(latest) {
                steps[0] += u64::from(now > before);
                steps[1] += u64::from(now < before);
            }
        }
        self.latest = Some(days);
    }

    /// Two dates that cannot be written in one order, if there is no order that all of them can have.
    pub(crate) fn contradiction(&self) -> Option<[&(u64, String); 2]> {
        match &self.refuted {
            [Some(not_day), Some(not_month), Some(_)] => Some([not_month, not_day]),
            _ => None,
        }
    }

    /// The order and how sure it is, 0 to 1; nothing where the dates contradict each other.
    pub(crate) fn order(&self) -> Option<(DayOrder, f32)> {
        let can: Vec<usize> = (0..3).filter(|&at| self.refuted[at].is_none()).collect();
        if let [only] = can[..] {
            return Some((ORDERS[only], 0.95));
        }
        if let Some(even) = self.even(&can) {
            return Some((ORDERS[even], 0.9));
        }
        let [first, last] = self.values.map(u128::count_ones);
        let [day, month, year] = [0, 1, 2].map(|at| can.contains(&at));
        match () {
            // A year varies least, and days are many.
            () if year && last >= 4 && last >= 2 * first => Some((DayOrder::YearFirst, 0.9)),
            () if year && last > first && last >= 4 => Some((DayOrder::YearFirst, 0.4)),
            () if day && !month => Some((DayOrder::DayFirst, if last < first { 0.95 } else { 0.6 })),
            () if month && !day => Some((DayOrder::MonthFirst, if last < first { 0.95 } else { 0.6 })),
            () if day && self.dotted => Some((DayOrder::DayFirst, 0.8)),
            () if month => Some((DayOrder::MonthFirst, 0.4)),
            () => None,
        }
    }

    /// The order in which the log runs, where it is out of order in all others.
    fn even(&self, can: &[usize]) -> Option<usize> {
        let odd = |at: usize| self.steps[at][0].min(self.steps[at][1]);
        let best = can.iter().copied().min_by_key(|&at| odd(at))?;
        let others = can.iter().filter(|&&at| at != best).map(|&at| odd(at)).min()?;
        let steps: u64 = self.steps[best].iter().sum();
        (steps >= 8 && others * 10 >= steps && odd(best) * 4 <= others).then_some(best)
    }
}

/// Seconds that the code of a date leaves for its time of day: a day before it, and a time of day beside one with an offset.
const SLOT: f64 = 4.0 * DAY;
/// Distance of a date that is sure from the codes of those that are not.
const SURE: f64 = 1e12;

/// A number for a date of which the order is not known yet, which [`decoded`] turns into the time that it is; `day_first` is how it was read.
pub(crate) fn coded(moment: &Moment, day_first: bool) -> Option<f64> {
    let Some(short @ [a, b, c]) = moment.short else {
        return Some(moment.seconds - SURE);
    };
    let order = match moment.order {
        DayOrder::MonthFirst | DayOrder::YearFirst => moment.order,
        DayOrder::Either if !day_first => DayOrder::MonthFirst,
        _ => DayOrder::DayFirst,
    };
    let of_day = moment.seconds - order.days(short)? as f64 * DAY;
    Some(f64::from((a * 100 + b) * 100 + c) * SLOT + DAY + of_day)
}

/// The time of a code, with its numbers in their order; the code itself if the calendar has no such day.
pub(crate) fn decoded(code: f64, order: DayOrder) -> f64 {
    if code < 0.0 {
        return code + SURE;
    }
    let slot = (code / SLOT).floor();
    let number = slot as u32;
    let days = order.days([number / 10_000, number / 100 % 100, number % 100]);
    days.map_or(code, |days| days as f64 * DAY + (code - slot * SLOT - DAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::text::calendar::moment;

    fn order(dates: &[&str]) -> Option<DayOrder> {
        let mut all = ShortDates::default();
        for date in dates {
            all.see(moment(date, true).and_then(|moment| moment.short).unwrap(), 1, date);
        }
        all.order().map(|(order, _)| order)
    }

    #[test]
    fn a_year_varies_least() {
        let days = ["01", "02", "05", "09", "12", "20", "28"];
        let with = |date: &dyn Fn(&str) -> String| {
            let dates: Vec<String> = days.iter().map(|day| date(day)).collect();
            order(&dates.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert_eq!(with(&|day| format!("23-05-{day}")), Some(DayOrder::YearFirst));
        assert_eq!(with(&|day| format!("12/11/{day}")), Some(DayOrder::YearFirst));
        assert_eq!(with(&|day| format!("{day}.05.12")), Some(DayOrder::DayFirst));
        assert_eq!(with(&|day| format!("5/{day}/12")), Some(DayOrder::MonthFirst));
        assert_eq!(order(&["98-03-01"]), Some(DayOrder::YearFirst));
        assert_eq!(order(&["01.02.24"]), Some(DayOrder::DayFirst));
        assert_eq!(order(&["31/01/24", "01/31/24", "98-03-01"]), None);
    }

    #[test]
    fn a_code_keeps_the_time_of_day() {
        for (text, order, expected) in [
            ("13/06/18 03:32", DayOrder::YearFirst, "2013-06-18 03:32"),
            ("13/06/18 03:32", DayOrder::DayFirst, "2018-06-13 03:32"),
            ("01/06/18 23:59:59 -0800", DayOrder::MonthFirst, "2018-01-07 07:59:59"),
            ("05/06/18 03:32", DayOrder::YearFirst, "2005-06-18 03:32"),
            ("05/06/18 03:32", DayOrder::MonthFirst, "2018-05-06 03:32"),
            ("5 Jan 24 10:00", DayOrder::YearFirst, "2024-01-05 10:00"),
        ] {
            let expected = moment(expected, true).map(|moment| moment.seconds);
            for day_first in [true, false] {
                let code = moment(text, day_first).and_then(|moment| coded(&moment, day_first));
                assert_eq!(code.map(|code| decoded(code, order)), expected, "{text}");
            }
        }
    }
}
