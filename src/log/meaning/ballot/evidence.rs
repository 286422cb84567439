//! Evidence from more than one column: the time of day beside a day, two columns that tell the same rows apart.

use std::collections::HashMap;

use crate::log::meaning::ballot::{Ballot, Choice};
use crate::log::meaning::cells::CellList;
use crate::log::meaning::epochs::in_seconds;
use crate::log::meaning::mapping::Role;
use crate::log::meaning::names::{Meaning, date_part, is_duration, is_fixed_date, plain};
use crate::log::meaning::time::{date, decimal};
use crate::log::text::calendar::DAY;

impl Ballot<'_> {
    /// The time of day beside a day.
    pub(crate) fn clock(&self, roles: &[Role]) -> Option<Choice> {
        let day = roles.iter().position(|&role| role == Role::Time)?;
        let looks = &self.looks[day];
        // Days since 1970 or since 1899, without a part of a day.
        let serial = looks.numbers >= 0.95 && looks.fractions == 0.0 && looks.least >= 7_700.0 && looks.most < 60_000.0;
        let bare = (looks.dates >= 0.8 && !looks.of_day) || looks.compact >= 0.8 || serial;
        if !bare {
            return None;
        }
        let weights = self.free(roles).map(|at| (at, self.clock_weight(at)));
        Self::best(weights).map(|(at, confidence)| Choice { at, confidence })
    }

    /// The columns of year, month, day, hour, minute and second, by name and by what their values can be.
    pub(crate) fn date_parts(&self) -> [Option<usize>; 6] {
        const BOUNDS: [(f64, f64); 6] = [
            (1900.0, 2100.0),
            (1.0, 12.0),
            (1.0, 31.0),
            (0.0, 24.0),
            (0.0, 59.0),
            (0.0, 60.0),
        ];
        std::array::from_fn(|part| {
            let fits = |at: &usize| {
                let (looks, (least, most)) = (&self.looks[*at], BOUNDS[part]);
                let numbers = looks.numbers >= 0.95 && looks.fractions == 0.0 && looks.least >= least && looks.most <= most;
                let month = |text: &str| date(&format!("1 {text} 2000")).is_some();
                numbers || (part == 1 && looks.filled > 0 && looks.numbers == 0.0 && self.table.column(*at).take(20).all(month))
            };
            (0..self.width()).find(|at| date_part(self.name(*at)) == Some(part) && fits(at))
        })
    }

    /// The column of times since 1970, or of dates with a time of day, that are on the very days of a column of days.
    pub(super) fn finer(&self, days: usize) -> Option<usize> {
        let looks = &self.looks[days];
        (looks.dates >= 0.8 && !looks.of_day).then_some(())?;
        (0..self.width()).find(|&at| {
            let other = &self.looks[at];
            let same = |row: &Vec<String>| {
                let (day, text) = (date(row.get(days)?)?, row.get(at)?);
                let time = decimal(text).map(in_seconds).or_else(|| date(text))?;
                Some((time - day - DAY / 2.0).abs() <= DAY)
            };
            let finer = other.epochs >= 0.8 || (other.dates >= 0.8 && other.of_day);
            finer && at != days && !is_fixed_date(self.name(at)) && self.table.rows.iter().all(|row| same(row) == Some(true))
        })
    }

    /// Whether a column holds dates, or times since 1970.
    pub(crate) fn is_dated(&self, at: usize) -> bool {
        let looks = &self.looks[at];
        looks.dates >= 0.8 || looks.compact >= 0.8 || looks.epochs >= 0.8 || self.table.is_list(at)
    }

    /// A column of times of day such as `12:34`.
    pub(crate) fn time_of_day(&self) -> Option<Choice> {
        let clocks = (0..self.width()).filter(|&at| self.looks[at].clocks >= 0.8);
        let best = Self::best(clocks.map(|at| (at, self.clock_weight(at))));
        best.map(|(at, confidence)| Choice { at, confidence })
    }

    fn clock_weight(&self, at: usize) -> f32 {
        let (looks, name) = (&self.looks[at], plain(self.name(at)));
        let contains = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        let exact = ["time", "clock", "uhrzeit", "zeit", "heure", "hora", "時間", "时间", "時刻"].contains(&name.as_str());
        let counted = contains(&["time", "offset", "zeit", "heure", "hora", "時間", "时间", "時刻"]) && !name.contains("zone");
        // One hour, not an amount of them.
        let hour =
            contains(&["hour", "stunde", "heure", "hora", "小時", "小时"]) && !contains(&["hours", "horas", "heures", "stunden"]);
        let numbers = looks.numbers >= 0.95 && looks.least >= 0.0;
        let parts = looks.most < 1.0 && looks.fractions >= 0.5;
        let of_day = numbers && looks.most < 86_400_000.0 && (looks.most > 60.0 || parts);
        let hours = numbers && looks.fractions == 0.0 && looks.most <= 24.0 && looks.distinct > 2;
        match () {
            () if is_duration(self.name(at)) => 0.0,
            () if looks.clocks >= 0.8 && exact => 0.95,
            () if looks.clocks >= 0.8 => 0.9,
            () if exact && (of_day || hours) => 0.7,
            () if hour && hours => 0.6,
            () if counted && of_day => 0.55,
            () => 0.0,
        }
    }

    /// Whether a column holds a list of times in each row, as long as the list in another column.
    pub(super) fn times_beside(&self, at: usize) -> bool {
        let looks = &self.looks[at];
        let (dates, numbers) = (looks.dates >= 0.8, looks.epochs >= 0.8 && !looks.repeats());
        let times = match self.table.is_list(at) {
            true => (dates || numbers).then_some(CellList::Between('|')),
            false if dates || looks.numbers >= 0.8 => None,
            false => CellList::of_times(self.table.column(at)),
        };
        let Some(times) = times else { return false };
        (0..self.width()).filter(|&other| other != at).any(|other| {
            let items = match self.table.is_list(other) {
                true => Some(CellList::Between('|')),
                false => CellList::of(self.table.column(other)),
            };
            let Some(items) = items else { return false };
            let count = |list: CellList, cell: &str| {
                let mut values = Vec::new();
                list.split(cell, &mut values);
                values.len()
            };
            let mut both = self.table.column(at).zip(self.table.column(other));
            both.all(|(one, other)| count(times, one) == count(items, other))
        })
    }

    /// Whether two columns tell the same rows apart, so that one is but another name of what the other has.
    pub(super) fn alike(&self, one: usize, other: usize) -> bool {
        let (first, second) = (&self.looks[one], &self.looks[other]);
        let sure = |at: usize, wanted: Meaning| self.weight(at, wanted) >= 0.9;
        let named = sure(one, Meaning::User) && sure(other, Meaning::Item);
        let same = first.distinct == second.distinct && first.filled == second.filled;
        if named || !same || first.filled < 8 || !(2..first.filled).contains(&first.distinct) {
            return false;
        }
        let mut pairs: HashMap<&str, &str> = HashMap::new();
        let mut both = self.table.column(one).zip(self.table.column(other));
        both.all(|(one, other)| *pairs.entry(one).or_insert(other) == other)
    }

    /// Weight of a pair of user and item beside their own weights.
    pub(super) fn bonus(&self, user: usize, item: usize) -> f32 {
        let (by_user, by_item) = (&self.looks[user], &self.looks[item]);
        // Services give long numbers to accounts, of which there are fewer than of what the accounts do.
        let wide = by_user.wide >= 0.9 && by_item.wide < 0.9 && by_user.distinct < by_item.distinct;
        if self.header.is_none() && (wide || by_user.mails >= 0.9) {
            0.05
        } else {
            0.0
        }
    }

    /// Whether a column without a name is rather a rating, as a column of long identifiers comes after it.
    pub(super) fn before_identifiers(&self, at: usize) -> bool {
        let looks = &self.looks[at];
        let few = looks.like_ratings() && looks.distinct <= 11 && looks.filled >= 20;
        let long = |other: usize| {
            let looks = &self.looks[other];
            let time = looks.compact >= 0.8 || (looks.epochs >= 0.8 && !looks.repeats());
            looks.numbers >= 0.95 && looks.least >= 1e5 && looks.fractions == 0.0 && looks.distinct < looks.filled && !time
        };
        self.header.is_none() && at > 0 && few && (at + 1..self.width()).any(long)
    }
}
