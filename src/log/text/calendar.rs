//! Dates and times of day as people write them.
//!
//! In: the text of one field. Out: a [`Moment`], seconds since 1970 in UTC (without an offset the clock is taken as UTC), and what its
//! parts say about the order of day and month. Year first or day or month first, padded or not, two-digit years, years of the
//! Republic of China (民國), month names in the languages of the page's visitors, both halves of the day, offsets and zones. A text with
//! any word that belongs to no date is none, so that titles are not taken for times.

mod words;

use chrono::{Datelike, NaiveDate};

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
fn of_day(hour: u32, minute: u32, second: u32) -> Option<f64> {
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
    let text = text.trim();
    if let Some(seconds) = iso(text.as_bytes()) {
        let clock = text.len() > 10;
        return Some(Moment {
            seconds,
            order: DayOrder::Plain,
            short_year: false,
            clock,
        });
    }
    // JavaScript writes the name of the zone in brackets.
    let text = match text.rsplit_once('(') {
        Some((before, name)) if name.len() > 4 && name.ends_with(')') => before.trim_end(),
        _ => text,
    };
    has_date(text).then_some(())?;
    let tokens = tokens(text)?;
    let mut parts = Parts::default();
    parts.fill(&tokens)?;
    parts.moment(day_first)
}

/// Whether a text has the digits of a date: in two places, or eight in one. Most texts that are none fail here.
fn has_date(text: &str) -> bool {
    let mut places = text
        .as_bytes()
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    match (places.next(), places.next()) {
        (Some(_), Some(_)) => true,
        (Some(only), None) => only.len() == 8,
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
                Token::Number(hour, 1..=2) if self.hour.is_none() && is_colon(token(at)) => {
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

    /// Takes minutes, seconds and their fraction behind the hour.
    fn after_hour(&mut self, tokens: &[Token<'_>], mut at: usize) -> Option<usize> {
        let token = |at: usize| tokens.get(at).copied();
        let Some(Token::Number(minute, 1..=2)) = token(at + 1) else {
            return None;
        };
        self.minute = u32::try_from(minute).ok()?;
        at += 2;
        if let (true, Some(Token::Number(second, 1..=2))) = (is_colon(token(at)), token(at + 1)) {
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
        })
    }

    fn date(&self, day_first: bool) -> Option<(i64, DayOrder, bool)> {
        let plain = |year, month, day, short| Some((days_since_1970(year, month, day)?, DayOrder::Plain, short));
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
            (None, &[(value, 8)]) => plain(
                (value / 10_000) as i64,
                (value / 100 % 100) as u32,
                (value % 100) as u32,
                false,
            ),
            (None, &[a, b, c]) if a.1 <= 4 && b.1 <= 2 && c.1 <= 4 => {
                let number = |part: (u64, usize)| u32::try_from(part.0).ok();
                let year_first = a.1 >= 3 || (a.0 > 31 && c.1 <= 2);
                if year_first {
                    return plain(year_of(a)?, number(b)?, number(c)?, a.1 == 2);
                }
                (c.1 == 4 || c.1 == 2).then_some(())?;
                let (year, short) = (year_of(c)?, c.1 == 2);
                let (order, day, month) = match (a.0, b.0) {
                    (13.., _) => (DayOrder::DayFirst, a, b),
                    (_, 13..) => (DayOrder::MonthFirst, b, a),
                    (a_value, b_value) if a_value == b_value => (DayOrder::Plain, a, b),
                    _ if day_first => (DayOrder::Either, a, b),
                    _ => (DayOrder::Either, b, a),
                };
                Some((days_since_1970(year, number(month)?, number(day)?)?, order, short))
            }
            _ => None,
        }
    }
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
