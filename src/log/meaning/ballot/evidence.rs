//! Evidence from more than one column: the time of day beside a day, two columns that tell the same rows apart.

use std::collections::HashMap;

use crate::log::meaning::ballot::{Ballot, Choice};
use crate::log::meaning::mapping::Role;
use crate::log::meaning::names::{Meaning, is_duration, plain};

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
