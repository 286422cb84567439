//! Statistics of the values of a column.
//!
//! In: a sample of a column. Out: [`Looks`], counts and shares from which roles are voted on.

use std::collections::HashMap;

use crate::log::meaning::day_clock::{of_day_zero, of_half_day};
use crate::log::meaning::epochs::in_seconds;
use crate::log::meaning::time::{compact_date, date, decimal, number};
use crate::log::text::calendar::{DAY, clock, moment};
use crate::log::text::missing::is_missing;

/// A column at a glance. Shares are of the values that are there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looks {
    /// Values that are there.
    pub(crate) filled: usize,
    /// Share of the rows in which the value is missing.
    pub(crate) missing: f32,
    /// Different values.
    pub(crate) distinct: usize,
    /// Share of dates.
    pub(crate) dates: f32,
    /// Whether any of the dates has a time of day.
    pub(crate) of_day: bool,
    /// Share of dates such as `20240131`.
    pub(crate) compact: f32,
    /// Share of times of day.
    pub(crate) clocks: f32,
    pub(crate) numbers: f32,
    /// Share of numbers with something behind the point.
    pub(crate) fractions: f32,
    /// Share of numbers that can be times since 1970.
    pub(crate) epochs: f32,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// Share of texts of several words.
    pub(crate) phrases: f32,
    /// Share of words for what people do in a shop.
    pub(crate) events: f32,
    /// Whether each value is the one before and one more.
    pub(crate) counter: bool,
    /// Share of numbers of 16 digits or more, as services give them to accounts.
    pub(crate) wide: f32,
    /// Share of addresses of electronic mail.
    pub(crate) mails: f32,
    /// How often the value is another than on the line before.
    pub(crate) turns: usize,
    /// Whether all numbers are whole minutes.
    pub(crate) round: bool,
}

/// Bounds of a number that is taken as a time since 1970, in seconds: from 1973, below which numbers are counts, to 2035.
const EPOCHS: std::ops::Range<f64> = 1e8..2_051_222_400.0;

/// Whether a number can be a time since 1970 in the unit that its digits tell.
fn is_epoch(value: f64) -> bool {
    EPOCHS.contains(&in_seconds(value))
}

/// Words for kinds of interactions, as they stand in logs.
const EVENTS: &str = "view views pageview page_view detail_view click clicks clicked cart carts add_to_cart addtocart atc remove_from_cart \
                      removefromcart purchase purchased buy bought order orders transaction checkout fav favorite favourite like liked sale sold ordered \
                      dislike share wishlist add_to_wishlist impression pv play played skip skipped rate rated download install return \
                      refund search complete completed start watch watched listen read 瀏覽 浏览 點擊 点击 購買 购买 收藏 加購 加购 加入購物車 下單 \
                      下单 ansehen gekauft kauf warenkorb vue achat compra vista";

/// Words for taking back what was chosen before.
pub(crate) fn takes_back(event: &str) -> bool {
    let event = event.to_lowercase();
    [
        "remove", "unlike", "delete", "cancel", "refund", "return", "dislike", "移除", "取消", "退",
    ]
    .iter()
    .any(|word| event.contains(word))
}

/// Bytes of the longest of [`EVENTS`].
const LONGEST_EVENT: usize = 16;

/// Kinds of values that a text may be, in the order in which [`Looks::of`] counts.
#[derive(Clone, Copy)]
struct Kinds {
    value: Option<f64>,
    of_day: bool,
    are: [bool; 10],
}

impl Kinds {
    fn of(text: &str) -> Self {
        let value = number(text).or_else(|| decimal(text));
        let date = if value.is_none() { moment(text, true) } else { None };
        // A time of day alone is one of the day 0 in programs that know no other.
        let zero = date.is_some() && of_day_zero(text).is_some();
        let date = date.filter(|_| !zero);
        // No number is one of these.
        let word = value.is_none();
        let letters = || text.chars().any(char::is_alphabetic);
        let event = || text.len() <= LONGEST_EVENT && EVENTS.split(' ').any(|event| event.eq_ignore_ascii_case(text));
        Kinds {
            value,
            of_day: date.is_some_and(|date| date.clock && date.seconds % DAY != 0.0),
            are: [
                date.is_some(),
                compact_date(text).is_some(),
                word && date.is_none() && (zero || clock(text).is_some() || of_half_day(text).is_some()),
                value.is_some(),
                value.is_some_and(|value| value.fract() != 0.0),
                value.is_some_and(is_epoch),
                word && text.contains(' ') && letters(),
                word && !text.bytes().any(|byte| byte.is_ascii_digit()) && event(),
                value.is_some() && text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_digit()),
                word && !text.contains(' ')
                    && text
                        .split_once('@')
                        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
            ],
        }
    }
}

impl Looks {
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let (mut looks, mut all) = (
            Looks {
                least: f64::INFINITY,
                most: f64::NEG_INFINITY,
                ..Looks::default()
            },
            0usize,
        );
        // Each value is looked at once: this is the first code that a browser runs on a file, and it runs it before it has compiled it well.
        let mut different: HashMap<&str, Kinds> = HashMap::new();
        let mut counter = true;
        let mut latest: Option<f64> = None;
        let mut counts = [0usize; 10];
        let (mut turns, mut round, mut before) = (0, true, "");
        for text in values {
            let text = text.trim();
            all += 1;
            if is_missing(text.as_bytes()) {
                continue;
            }
            looks.filled += 1;
            let Kinds { value, of_day, are } = *different.entry(text).or_insert_with(|| Kinds::of(text));
            turns += usize::from(text != before);
            before = text;
            if let Some(value) = value {
                round &= value % 60.0 == 0.0;
                looks.least = looks.least.min(value);
                looks.most = looks.most.max(value);
            }
            counter &= value.is_some_and(|value| latest.is_none_or(|latest| value > latest && value == latest + 1.0));
            latest = value.or(latest);
            looks.of_day |= of_day;
            for (count, is) in counts.iter_mut().zip(are) {
                *count += usize::from(is);
            }
        }
        let share = |count: usize| count as f32 / looks.filled.max(1) as f32;
        let [
            dates,
            compact,
            clocks,
            numbers,
            fractions,
            epochs,
            phrases,
            events,
            wide,
            mails,
        ] = counts.map(share);
        Looks {
            missing: (all - looks.filled) as f32 / all.max(1) as f32,
            distinct: different.len(),
            dates,
            compact,
            clocks,
            numbers,
            fractions,
            epochs,
            phrases,
            events,
            counter: counter && looks.filled >= 3,
            wide,
            mails,
            turns,
            round,
            ..looks
        }
    }

    /// Whether every value is another one.
    pub(crate) fn each_once(&self) -> bool {
        self.filled >= 8 && self.distinct == self.filled
    }

    /// Whether numbers that could be times are rather identifiers: they come again and again in no order, or all within an hour.
    pub(crate) fn repeats(&self) -> bool {
        let again = self.distinct * 4 < self.filled && self.turns > self.distinct * 2;
        let unit = self.most / 2e9;
        let close = self.distinct * 2 < self.filled && self.most - self.least < 3600.0 * unit.max(1.0);
        self.filled >= 20 && !self.round && (again || close)
    }

    /// Whether all values are the same.
    pub(crate) fn constant(&self) -> bool {
        self.filled >= 8 && self.distinct == 1
    }

    /// Whether the values are as few and as small as ratings.
    pub(crate) fn like_ratings(&self) -> bool {
        self.numbers >= 0.95 && self.least >= -100.0 && self.most <= 100.0 && self.distinct <= 101
    }
}

/// Whether a text names what people do, in any form: `Product Viewed`, `view_item`.
pub(crate) fn is_event(text: &str) -> bool {
    let known = |word: &str| EVENTS.split(' ').any(|event| event.eq_ignore_ascii_case(word));
    known(text)
        || text
            .split(|c: char| !c.is_alphabetic())
            .any(|word| !word.is_empty() && known(word))
}

/// Whether a value can only be a time: a date, or seconds (or finer) since 1970 from 1973 on.
pub(crate) fn looks_like_time(text: &str) -> bool {
    date(text).is_some() || number(text).is_some_and(|value| value >= 1e8)
}

pub(crate) fn is_title(text: &str) -> bool {
    text.contains(' ') && text.chars().any(char::is_alphabetic)
}
