//! Dates and times of day as people write them.
//!
//! In: the text of one field. Out: a [`Moment`], seconds since 1970 in UTC (without an offset the clock is taken as UTC), and what its
//! parts say about the order of day and month. Year first or day or month first, padded or not, two-digit years, years of the
//! Republic of China (民國), month names in the languages of the page's visitors, both halves of the day, offsets and zones. A text with
//! any word that belongs to no date is none, so that titles are not taken for times.

mod iso;
mod words;

use chrono::{Datelike, NaiveDate};

pub(crate) use crate::log::text::calendar::iso::iso;
use crate::log::text::calendar::iso::{bare, of_day, of_dotnet, of_month_or_week};
use crate::log::text::calendar::words::{FILLERS, is_weekday, month_named, zone};

/// Seconds of a day.
pub(crate) const DAY: f64 = 86_400.0;
/// Longest text that is looked at.
const MAX_BYTES: usize = 80;

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// Seconds since 1970.
    pub(crate) seconds: f64,
    /// Order of day and month, as far as the numbers tell.
    pub(crate) order: DayOrder,
    /// Whether the year has two digits.
    pub(crate) short_year: bool,
    /// Whether there is a time of day.
    pub(crate) clock: bool,
    /// The three numbers in their order, where each has two digits at most: any of the outer ones can be the year.
    pub(crate) short: Option<[u32; 3]>,
}

impl Moment {
    /// A date whose parts explain themselves.
    fn plain(seconds: f64, clock: bool) -> Self {
        Moment {
            seconds,
            order: DayOrder::Plain,
            short_year: false,
            clock,
            short: None,
        }
    }
}

/// Order of the day and the month of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayOrder {
    /// The year stands first, or the month has a name, or both numbers are the same.
    Plain,
    /// `03/04/2024`
    Either,
    /// `31/01/2024`
    DayFirst,
    /// `01/31/2024`
    MonthFirst,
    /// `24-01-31`, where neither of the others can be.
    YearFirst,
}

impl DayOrder {
    /// Days since 1970 of three numbers of two digits that stand in this order; `None` if the calendar has no such day.
    pub(crate) fn days(self, [a, b, c]: [u32; 3]) -> Option<i64> {
        let (year, month, day) = match self {
            DayOrder::YearFirst => (a, b, c),
            DayOrder::MonthFirst => (c, a, b),
            _ => (c, b, a),
        };
        days_since_1970(year_of((year.into(), 2))?, month, day)
    }
}

/// Days since 1970 of a date; `None` if the calendar has no such day.
pub(crate) fn days_since_1970(year: i64, month: u32, day: u32) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(i64::from(date.num_days_from_ce()) - EPOCH)
}

/// Days from the beginning of the calendar to 1970.
const EPOCH: i64 = 719_163;

/// Year, month and day of a number of days since 1970; `None` beyond the calendar.
pub(crate) fn civil(days: i64) -> Option<(i32, u32, u32)> {
    let date = NaiveDate::from_num_days_from_ce_opt(i32::try_from(days.checked_add(EPOCH)?).ok()?)?;
    Some((date.year(), date.month(), date.day()))
}

/// The same moment with day and month in each other's place; itself if they cannot be.
pub(crate) fn swapped(seconds: f64) -> f64 {
    let days = (seconds / DAY).floor();
    let other = civil(days as i64).and_then(|(year, month, day)| days_since_1970(year.into(), day, month));
    other.map_or(seconds, |other| seconds + (other as f64 - days) * DAY)
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    /// Its value, and how many digits it has.
    Number(u64, usize),
    Word(&'a str),
    Mark(char),
    Space,
}

/// A date, a time of day or both, as a person may write them; `day_first` decides where the numbers leave it open.
pub(crate) fn moment(text: &str, day_first: bool) -> Option<Moment> {
    let text = bare(text);
    if let Some(seconds) = iso(text.as_bytes()) {
        return Some(Moment::plain(seconds, text.len() > 10));
    }
    if let Some(seconds) = of_dotnet(text) {
        return Some(Moment::plain(seconds, true));
    }
    has_date(text).then_some(())?;
    let tokens = tokens(text)?;
    let mut parts = Parts::default();
    parts.fill(&tokens)?;
    parts.moment(day_first)
}

/// Seconds since 1970 of a month or a week of the calendar: `2025-05`, `2023-W51-3`.
pub(crate) fn month_or_week(text: &str) -> Option<f64> {
    of_month_or_week(text)
}

/// Whether a text has the digits of a date: in two places, or six to eight in one. Most texts that are none fail here.
fn has_date(text: &str) -> bool {
    let mut places = text
        .as_bytes()
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    match (places.next(), places.next()) {
        (Some(_), Some(_)) => true,
        (Some(only), None) => (6..=8).contains(&only.len()),
        (None, _) => false,
    }
}

/// Seconds from midnight of a time of day alone: `8:05`, `08:05:09.5`, `8:05 PM`, `下午 8:05`.
pub(crate) fn clock(text: &str) -> Option<f64> {
    // What says that a number is an hour.
    (text.contains(':') || !text.is_ascii()).then_some(())?;
    let tokens = tokens(text.trim())?;
    let mut parts = Parts::default();
    parts.fill(&tokens)?;
    (parts.numbers.is_empty() && parts.month.is_none()).then_some(())?;
    parts.of_day()
}

/// Cuts a text into numbers, words and marks; `None` if it is too long or has no digit.
fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    if text.len() > MAX_BYTES || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = |test: &dyn Fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
        let taken = if first.is_ascii_digit() {
            let taken = length(&|c| c.is_ascii_digit());
            tokens.push(Token::Number(rest[..taken].parse().ok()?, taken));
            taken
        } else if is_unit(first) {
            tokens.push(Token::Mark(first));
            first.len_utf8()
        } else if first.is_alphabetic() {
            let taken = length(&|c| c.is_alphabetic() && !is_unit(c));
            tokens.push(Token::Word(&rest[..taken]));
            taken
        } else if first.is_whitespace() {
            tokens.push(Token::Space);
            length(&char::is_whitespace)
        } else {
            tokens.push(Token::Mark(first));
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    Some(tokens)
}

/// Whether a sign stands behind a number and says what it counts.
fn is_unit(c: char) -> bool {
    "年月日号號時时点點分秒년월일시분초".contains(c)
}

/// The parts of a date as they are found.
#[derive(Default)]
struct Parts {
    /// Numbers that belong to the date, with their digits.
    numbers: Vec<(u64, usize)>,
    month: Option<u32>,
    /// Which of `numbers` come before a month's name.
    before_month: usize,
    hour: Option<u32>,
    minute: u32,
    second: f64,
    /// A `T`, behind which a time of day must stand.
    t: bool,
    /// Hours that the half of the day adds: 0 or 12.
    half: Option<u32>,
    offset: f64,
}

impl Parts {
    fn fill(&mut self, tokens: &[Token<'_>]) -> Option<()> {
        let mut at = 0;
        let token = |at: usize| tokens.get(at).copied();
        // Whether the token before is a number of the date, so that a hyphen belongs to it.
        let mut of_date = false;
        while let Some(this) = token(at) {
            at += 1;
            let numbers = self.numbers.len();
            match this {
                Token::Number(hour, 1..=2) if self.hour.is_none() && self.parts_hour(token(at), token(at + 1)) => {
                    self.hour = Some(u32::try_from(hour).ok()?);
                    at = self.after_hour(tokens, at)?;
                }
                Token::Number(value, 1..=2) if matches!(token(at), Some(Token::Mark('時' | '时' | '点' | '點' | '시'))) => {
                    self.hour = Some(u32::try_from(value).ok()?);
                }
                Token::Number(value, 1..=2) if matches!(token(at), Some(Token::Mark('分' | '분'))) => {
                    self.minute = u32::try_from(value).ok()?;
                }
                Token::Number(value, 1..=2) if matches!(token(at), Some(Token::Mark('秒' | '초'))) => {
                    self.second = value as f64
                }
                // `2024-01-31 14`: the hour alone.
                Token::Number(hour, 2) if self.hour.is_none() && self.is_long() && token(at).is_none() => {
                    self.hour = Some(u32::try_from(hour).ok()?);
                }
                // 20240131T120000
                Token::Number(value, length @ (4 | 6))
                    if self.hour.is_none() && self.numbers.len() == 1 && self.numbers[0].1 == 8 =>
                {
                    let value = if length == 4 { value * 100 } else { value };
                    (self.hour, self.minute) = (Some((value / 10_000) as u32), (value / 100 % 100) as u32);
                    self.second = (value % 100) as f64;
                }
                Token::Number(value, length) => self.numbers.push((value, length)),
                Token::Mark(sign @ ('+' | '-' | '−')) if self.hour.is_some() && !of_date => {
                    let Some(Token::Number(value, length @ (2 | 4))) = token(at) else {
                        return None;
                    };
                    at += 1;
                    let (hours, mut minutes) = if length == 4 { (value / 100, value % 100) } else { (value, 0) };
                    if let (2, Some(Token::Mark(':')), Some(Token::Number(more, 2))) = (length, token(at), token(at + 1)) {
                        (minutes, at) = (more, at + 2);
                    }
                    (hours <= 23 && minutes <= 59).then_some(())?;
                    let offset = (hours * 3600 + minutes * 60) as f64;
                    self.offset += if sign == '+' { -offset } else { offset };
                }
                // Servers and SAS write a colon before the hour, others an underscore.
                Token::Mark(':' | '_') if self.hour.is_none() && of_date && self.is_complete() => {}
                Token::Word(word) => self.word(word)?,
                Token::Mark(
                    '-' | '/' | '.' | ',' | '年' | '月' | '日' | '号' | '號' | '년' | '월' | '일' | '時' | '时' | '点' | '點'
                    | '시' | '分' | '분' | '秒' | '초' | '\'' | '’' | '(' | ')' | '（' | '）' | '，',
                ) => {}
                Token::Mark(_) => return None,
                Token::Space => {}
            }
            of_date = self.numbers.len() > numbers;
        }
        Some(())
    }

    /// Whether the date has all its numbers, so that a time of day must follow.
    fn is_complete(&self) -> bool {
        match (self.month, self.numbers.as_slice()) {
            (Some(_), numbers) => numbers.len() == 2,
            (None, &[(_, digits)]) => digits == 8,
            (None, numbers) => numbers.len() == 3,
        }
    }

    /// Whether the date is complete and begins with a year of four digits.
    fn is_long(&self) -> bool {
        self.is_complete() && self.numbers.first().is_some_and(|(_, digits)| *digits == 4)
    }

    /// Whether what follows a number says that it is an hour: a colon, or behind a date also `.`, `-` and `h`.
    fn parts_hour(&self, mark: Option<Token<'_>>, minute: Option<Token<'_>>) -> bool {
        is_colon(mark) || (self.is_complete() && is_clock_mark(mark) && matches!(minute, Some(Token::Number(_, 2))))
    }

    /// Takes minutes, seconds and their fraction behind the hour.
    fn after_hour(&mut self, tokens: &[Token<'_>], mut at: usize) -> Option<usize> {
        let token = |at: usize| tokens.get(at).copied();
        let Some(Token::Number(minute, 1..=2)) = token(at + 1) else {
            return None;
        };
        self.minute = u32::try_from(minute).ok()?;
        at += 2;
        let same = token(at).is_some() && token(at) == token(at - 2);
        if let (true, Some(Token::Number(second, 1..=2))) = (same || is_colon(token(at)), token(at + 1)) {
            self.second = second as f64;
            at += 2;
            if let (Some(Token::Mark('.' | ',')), None) = (token(at), token(at + 1)) {
                return None;
            }
            if let (Some(Token::Mark('.' | ',')), Some(Token::Number(part, length))) = (token(at), token(at + 1)) {
                self.second += part as f64 / 10f64.powi(i32::try_from(length).ok()?);
                at += 2;
            }
        }
        Some(at)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let lower = word.to_lowercase();
        let lower = lower.as_str();
        if let Some(month) = month_named(lower) {
            if self.month.is_none() {
                self.before_month = self.numbers.len();
            }
            self.month = Some(month);
            return Some(());
        }
        match lower {
            "am" | "上午" | "午前" | "早上" | "오전" => self.half = Some(0),
            "凌晨" => self.half = Some(0),
            "pm" | "下午" | "午後" | "午后" | "晚上" | "中午" | "오후" => self.half = Some(12),
            // `a. m.`, `p. m.`
            "a" | "m" if self.hour.is_some() => self.half = self.half.or(Some(0)),
            "p" if self.hour.is_some() => self.half = Some(12),
            "t" => self.t = true,
            "z" | "utc" | "gmt" | "cst" => {}
            "民國" | "民国" => {}
            _ if let Some(hours) = zone(lower) => self.offset -= f64::from(hours) * 3600.0,
            _ if is_weekday(lower) || FILLERS.contains(&lower) => {}
            _ => return None,
        }
        Some(())
    }

    fn of_day(&self) -> Option<f64> {
        let hour = self.hour?;
        let hour = match self.half {
            Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
            // 下午 13:05 is said, too.
            Some(_) if (13..=24).contains(&hour) || hour == 0 => hour,
            Some(_) => return None,
            None => hour,
        };
        (self.second < 61.0).then_some(())?;
        Some(of_day(hour, self.minute, 0)? + self.second)
    }

    fn moment(&self, day_first: bool) -> Option<Moment> {
        let (date, order, short_year) = self.date(day_first)?;
        let of_day = match self.hour {
            Some(_) => self.of_day()?,
            None if self.half.is_some() || self.t => return None,
            None => 0.0,
        };
        Some(Moment {
            seconds: date as f64 * DAY + of_day + self.offset,
            order,
            short_year,
            clock: self.hour.is_some(),
            short: self.short(),
        })
    }

    /// Three numbers of two digits at most, also as six digits in a row.
    fn short(&self) -> Option<[u32; 3]> {
        let number = |value: u64| u32::try_from(value).ok();
        match (self.month, self.numbers.as_slice()) {
            (None, &[(value, 6)]) => Some([number(value / 10_000)?, number(value / 100 % 100)?, number(value % 100)?]),
            (None, &[a, b, c]) if a.1.max(b.1).max(c.1) <= 2 && a.1.max(c.1) == 2 => {
                Some([number(a.0)?, number(b.0)?, number(c.0)?])
            }
            _ => None,
        }
    }

    fn date(&self, day_first: bool) -> Option<(i64, DayOrder, bool)> {
        let plain = |year, month, day, short| Some((days_since_1970(year, month, day)?, DayOrder::Plain, short));
        if let Some(short) = self.short() {
            let padded = self.numbers.iter().all(|(_, digits)| *digits >= 2);
            return of_short(
                short,
                day_first,
                self.numbers.last().is_some_and(|(_, digits)| *digits == 1),
                padded,
            );
        }
        match (self.month, self.numbers.as_slice()) {
            (Some(month), &[first, second]) => {
                let (year, day) = if first.1 == 4 || first.0 > 31 {
                    (first, second)
                } else {
                    (second, first)
                };
                (day.1 <= 2).then_some(())?;
                plain(year_of(year)?, month, u32::try_from(day.0).ok()?, year.1 == 2)
            }
            (None, &[(value, digits @ (7 | 8))]) => {
                let part = |from: u64, count: u64| (value / from % count) as u32;
                let year_first = (digits == 8).then(|| plain((value / 10_000) as i64, part(100, 100), part(1, 100), false));
                // 31012024, whose first zero a spreadsheet may have taken off.
                let year_last = || {
                    let (a, b, year) = (part(1_000_000, 100), part(10_000, 100), (value % 10_000, 4));
                    of_two(
                        a,
                        b,
                        year_of(year).filter(|year| (1900..2200).contains(year))?,
                        day_first,
                        false,
                    )
                };
                year_first.flatten().or_else(year_last)
            }
            (None, &[a, b, c]) if a.1 <= 4 && b.1 <= 2 && c.1 <= 4 => {
                let number = |part: (u64, usize)| u32::try_from(part.0).ok();
                if a.1 >= 3 {
                    return plain(year_of(a)?, number(b)?, number(c)?, false);
                }
                (c.1 == 4).then_some(())?;
                of_two(number(a)?, number(b)?, year_of(c)?, day_first, false)
            }
            _ => None,
        }
    }
}

/// Day or month first, the year behind them.
fn of_two(a: u32, b: u32, year: i64, day_first: bool, short: bool) -> Option<(i64, DayOrder, bool)> {
    let (order, day, month) = match (a, b) {
        (13.., _) => (DayOrder::DayFirst, a, b),
        (_, 13..) => (DayOrder::MonthFirst, b, a),
        _ if a == b => (DayOrder::Plain, a, b),
        _ if day_first => (DayOrder::Either, a, b),
        _ => (DayOrder::Either, b, a),
    };
    Some((days_since_1970(year, month, day)?, order, short))
}

/// Three numbers of two digits: the year last where the calendar allows, else first. A last number of one digit is no year.
fn of_short(short @ [a, b, c]: [u32; 3], day_first: bool, last_of_one: bool, padded: bool) -> Option<(i64, DayOrder, bool)> {
    let year_first = || Some((DayOrder::YearFirst.days(short)?, DayOrder::YearFirst, true));
    if last_of_one {
        return year_first();
    }
    let year = year_of((c.into(), 2))?;
    of_two(a, b, year, day_first, true).or_else(|| if padded || a > 31 { year_first() } else { None })
}

/// Whether a sign parts hour and minute behind a date: `12.58.00`, `12-58-00`, `01h41`.
fn is_clock_mark(token: Option<Token<'_>>) -> bool {
    matches!(token, Some(Token::Mark('.' | '-') | Token::Word("h" | "H")))
}

fn is_colon(token: Option<Token<'_>>) -> bool {
    matches!(token, Some(Token::Mark(':' | '：')))
}

/// The year that a number means by how many digits it has.
fn year_of((value, digits): (u64, usize)) -> Option<i64> {
    let value = i64::try_from(value).ok()?;
    match digits {
        4 => (1000..=2999).contains(&value).then_some(value),
        // Of the Republic of China, whose first year is 1912.
        3 => (80..=200).contains(&value).then_some(value + 1911),
        2 if value < 70 => Some(value + 2000),
        2 => Some(value + 1900),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
