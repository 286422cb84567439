//! Statistics of the values of a column.
//!
//! In: a sample of a column. Out: [`Looks`], counts and shares from which roles are voted on.

use std::collections::HashMap;

use crate::log::meaning::time::{compact_date, date, decimal, number};
use crate::log::text::calendar::{clock, moment};
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
}

/// Words for kinds of interactions, as they stand in logs.
const EVENTS: &str = "view views pageview page_view detail_view click clicks clicked cart carts add_to_cart addtocart atc remove_from_cart \
                      removefromcart purchase purchased buy bought order orders transaction checkout fav favorite favourite like liked \
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
    are: [bool; 8],
}

impl Kinds {
    fn of(text: &str) -> Self {
        let value = number(text).or_else(|| decimal(text));
        let date = if value.is_none() { moment(text, true) } else { None };
        // No number is one of these.
        let word = value.is_none();
        let letters = || text.chars().any(char::is_alphabetic);
        let event = || text.len() <= LONGEST_EVENT && EVENTS.split(' ').any(|event| event.eq_ignore_ascii_case(text));
        Kinds {
            value,
            of_day: date.is_some_and(|date| date.clock),
            are: [
                date.is_some(),
                compact_date(text).is_some(),
                word && date.is_none() && clock(text).is_some(),
                value.is_some(),
                value.is_some_and(|value| value.fract() != 0.0),
                value.is_some_and(|value| (1e8..1e20).contains(&value)),
                word && text.contains(' ') && letters(),
                word && !text.bytes().any(|byte| byte.is_ascii_digit()) && event(),
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
        let mut counts = [0usize; 8];
        for text in values {
            let text = text.trim();
            all += 1;
            if is_missing(text.as_bytes()) {
                continue;
            }
            looks.filled += 1;
            let Kinds { value, of_day, are } = *different.entry(text).or_insert_with(|| Kinds::of(text));
            if let Some(value) = value {
                looks.least = looks.least.min(value);
                looks.most = looks.most.max(value);
            }
            counter &= value.is_some_and(|value| latest.is_none_or(|latest| value == latest + 1.0));
            latest = value.or(latest);
            looks.of_day |= of_day;
            for (count, is) in counts.iter_mut().zip(are) {
                *count += usize::from(is);
            }
        }
        let share = |count: usize| count as f32 / looks.filled.max(1) as f32;
        let [dates, compact, clocks, numbers, fractions, epochs, phrases, events] = counts.map(share);
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
            ..looks
        }
    }

    /// Whether every value is another one.
    pub(crate) fn each_once(&self) -> bool {
        self.filled >= 8 && self.distinct == self.filled
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

/// Whether a value can only be a time: a date, or seconds (or finer) since 1970 from 1973 on.
pub(crate) fn looks_like_time(text: &str) -> bool {
    date(text).is_some() || number(text).is_some_and(|value| value >= 1e8)
}

pub(crate) fn is_title(text: &str) -> bool {
    text.contains(' ') && text.chars().any(char::is_alphabetic)
}
