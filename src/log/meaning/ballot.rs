//! The vote on the roles of columns.
//!
//! In: a table with its names. Out: for each role a [`Choice`]. A column's name and its values are weighed together; what the values rule
//! out no name can bring back, but a name that is known outweighs values that are merely odd.

mod evidence;

use crate::log::meaning::cells::CellList;
use crate::log::meaning::day_clock::ClockUnit;
use crate::log::meaning::looks::{Looks, is_event};
use crate::log::meaning::mapping::Role;
use crate::log::meaning::names::{Meaning, is_fixed_date, is_identifier, meaning, mentions_time, plain};
use crate::log::meaning::table::Table;
use crate::log::meaning::time::TimeUnit;

/// A column that has a role.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) at: usize,
    /// How sure it is, 0 to 1.
    pub(crate) confidence: f32,
}

/// Evidence about the columns.
pub(crate) struct Ballot<'a> {
    table: &'a Table,
    header: Option<&'a [String]>,
    looks: Vec<Looks>,
    meanings: Vec<Option<(Meaning, f32)>>,
}

/// Weight of a column whose name says nothing, as user or item.
const GUESS: f32 = 0.3;
/// Weight of a title as the item.
const TITLE: f32 = 0.4;
/// Weights of a device, a session and a document as the user.
const DEVICE: f32 = 0.68;
const SESSION: f32 = 0.6;
const ORDER: f32 = 0.35;

impl<'a> Ballot<'a> {
    pub(crate) fn new(table: &'a Table, header: Option<&'a [String]>) -> Self {
        let width = table.columns.max(2).max(header.map_or(0, <[String]>::len));
        let name = |at: usize| header.and_then(|header| header.get(at)).map_or("", String::as_str);
        let looks: Vec<Looks> = (0..width).map(|at| Looks::of(table.elements(at).into_iter())).collect();
        let meanings = looks.iter().enumerate().map(|(at, looks)| match plain(name(at)).as_str() {
            // Machines rather than kinds of them, if there are many.
            "device" if looks.distinct >= 5 && looks.phrases < 0.1 => Some((Meaning::Device, 0.4)),
            _ => meaning(name(at)),
        });
        Ballot {
            table,
            header,
            meanings: meanings.collect(),
            looks,
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.looks.len()
    }

    pub(crate) fn looks(&self, at: usize) -> &Looks {
        &self.looks[at]
    }

    /// Share of the rows in which a column's value is missing.
    pub(crate) fn missing(&self, at: usize) -> f32 {
        self.looks[at].missing
    }

    fn name(&self, at: usize) -> &str {
        self.header.and_then(|header| header.get(at)).map_or("", String::as_str)
    }

    fn weight(&self, at: usize, wanted: Meaning) -> f32 {
        match self.meanings[at] {
            Some((found, weight)) if found == wanted => weight,
            _ => 0.0,
        }
    }

    /// The weight of the name of a choice, if it has that meaning.
    pub(crate) fn named(&self, choice: Option<Choice>, wanted: Meaning) -> Option<f32> {
        choice
            .map(|choice| self.weight(choice.at, wanted))
            .filter(|weight| *weight > 0.0)
    }

    /// Whether a column's name says nothing.
    pub(crate) fn is_guess(&self, at: usize) -> bool {
        self.meanings[at].is_none()
    }

    /// Whether a column stands at all: a name that is empty marks the index that pandas writes.
    fn is_there(&self, at: usize) -> bool {
        self.header
            .is_none_or(|header| header.get(at).is_some_and(|name| !name.is_empty()))
            && at < self.table.columns.max(2)
    }

    fn free<'s>(&'s self, roles: &'s [Role]) -> impl Iterator<Item = usize> + 's {
        (0..self.width()).filter(|&at| roles.get(at) == Some(&Role::Ignored) && self.is_there(at))
    }

    /// The column of the highest weight that is above nothing, with that weight; of equal ones the first.
    fn best(weights: impl Iterator<Item = (usize, f32)>) -> Option<(usize, f32)> {
        weights
            .filter(|(_, weight)| *weight > 0.0)
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The time of the interactions.
    pub(crate) fn time(&self) -> Option<Choice> {
        let weights = (0..self.width())
            .filter(|&at| self.is_there(at))
            .map(|at| (at, self.time_weight(at)));
        let Some((at, weight)) = Self::best(weights) else {
            // A column of dates of another name is asked about rather than passed over.
            let dates = |looks: &Looks| looks.dates >= 0.8;
            let at = (0..self.width()).find(|&at| {
                self.is_there(at) && dates(&self.looks[at]) && !self.table.is_list(at) && !is_fixed_date(self.name(at))
            });
            return at.map(|at| Choice { at, confidence: 0.45 });
        };
        let at = self.finer(at).unwrap_or(at);
        let name = self.weight(at, Meaning::Time);
        let confidence = match (self.header.is_some(), name) {
            (true, 0.0) => 0.6,
            (true, name) if name >= 0.95 => 0.99,
            (true, name) if name >= 0.8 => 0.95,
            (true, _) => 0.7,
            (false, _) => 0.9,
        };
        // A name alone, over values that are no times.
        Some(Choice {
            at,
            confidence: if weight < 0.35 { 0.3 } else { confidence },
        })
    }

    fn time_weight(&self, at: usize) -> f32 {
        let looks = &self.looks[at];
        let mentioned = looks.dates >= 0.8 && mentions_time(self.name(at));
        let name = match self.weight(at, Meaning::Time) {
            0.0 if mentioned => 0.5,
            name => name,
        };
        let other = name == 0.0 && self.meanings[at].is_some_and(|(found, weight)| found != Meaning::Time && weight >= 0.7);
        if (name > 0.0 || self.is_guess(at)) && self.times_beside(at) {
            return 1.2 + name * 0.3;
        }
        if self.table.is_list(at) || name > 0.0 && looks.filled == 0 {
            return name * 0.4;
        }
        let listed = || CellList::of(self.table.column(at)) == Some(CellList::Brackets);
        let values = if looks.dates >= 0.8 {
            0.6 + if looks.of_day { 0.1 } else { 0.0 }
        } else if looks.compact >= 0.8 {
            if name > 0.0 || self.header.is_none() { 0.4 } else { 0.3 }
        } else if looks.epochs >= 0.8 {
            // A large number in the first two columns without a name is rather an identifier.
            match (name > 0.0, self.header.is_some()) {
                (true, _) => 0.7,
                (false, _) if looks.repeats() => return 0.0,
                (false, false) if at >= 2 && self.table.columns >= 3 => 0.5 + 0.001 * at as f32,
                (false, false) if looks.distinct * 2 > looks.filled => 0.36,
                (false, true) if !is_identifier(self.name(at)) => 0.36,
                _ => return 0.0,
            }
        } else if name > 0.0 && looks.fractions >= 0.5 && looks.least >= 0.0 && looks.most < 1.0 {
            // A part of a day.
            0.05
        } else if looks.clocks >= 0.8 {
            // A time of day is a time where there is no day.
            0.05
        } else if name >= 0.5 && (looks.numbers >= 0.8 || listed()) {
            // `1435` is rather a time of day than a time.
            let of_day =
                looks.most >= 100.0 && looks.most < 2400.0 && ClockUnit::of(self.table.column(at)) == ClockUnit::HoursMinutes;
            if of_day { 0.1 } else { 0.3 }
        } else if name >= 0.8 {
            0.0
        } else {
            return 0.0;
        };
        if other {
            return 0.0;
        }
        // Of several the one without gaps, then the surest name.
        (name * 0.5 + values - looks.missing * 0.3).max(0.01)
    }

    /// Votes for the column of the kind of interaction.
    pub(crate) fn event(&self, roles: &[Role]) -> Option<Choice> {
        let weights = self.free(roles).map(|at| {
            let (looks, name) = (&self.looks[at], self.weight(at, Meaning::Event));
            let event = plain(self.name(at)).contains("event");
            let says = || event && self.table.column(at).filter(|text| is_event(text)).count() * 10 >= looks.filled * 9;
            let words = looks.distinct >= 2 && (looks.events >= 0.9 || says());
            let one_word = looks.phrases < 0.5 || name >= 0.5 || words;
            let few = (1..=20).contains(&looks.distinct) && looks.filled > 0 && one_word && !self.table.is_list(at);
            let known = name >= 0.5
                && (looks.distinct >= 2 || looks.events >= 0.9)
                && (looks.distinct * 2 <= looks.filled || looks.filled < 8);
            (at, if few && (words || known) { 0.6 + name * 0.35 } else { 0.0 })
        });
        Self::best(weights).map(|(at, confidence)| Choice { at, confidence })
    }

    /// User and item, the pair that is best together.
    pub(crate) fn user_and_item(&self, roles: &[Role]) -> (Option<Choice>, Option<Choice>) {
        let free: Vec<usize> = self.free(roles).collect();
        let users: Vec<(usize, f32)> = free
            .iter()
            .map(|&at| (at, self.user_weight(at)))
            .filter(|(_, w)| *w > 0.0)
            .collect();
        let items: Vec<(usize, f32)> = free
            .iter()
            .map(|&at| (at, self.item_weight(at)))
            .filter(|(_, w)| *w > 0.0)
            .collect();
        let mut best: Option<(f32, usize, usize)> = None;
        for &(user, by_user) in &users {
            for &(item, by_item) in items.iter().filter(|(item, _)| *item != user) {
                // Where nothing else tells, columns stand in the order user, item, near the beginning.
                let place = if user < item { 0.02 } else { 0.0 } - 0.001 * (user + item) as f32;
                let weight = by_user + by_item + place + self.bonus(user, item);
                if self.alike(user, item) {
                    continue;
                }
                if best.is_none_or(|(most, ..)| weight > most) {
                    best = Some((weight, user, item));
                }
            }
        }
        if let Some((_, user, item)) = best {
            return (
                Some(self.chosen(
                    user,
                    &users,
                    &[Meaning::User, Meaning::Device, Meaning::Session, Meaning::Order],
                )),
                Some(self.chosen(item, &items, &[Meaning::Item, Meaning::Title])),
            );
        }
        let alone = |weights: &[(usize, f32)], of: &[Meaning]| {
            Self::best(weights.iter().copied())
                .filter(|(_, weight)| *weight > GUESS)
                .map(|(at, _)| self.chosen(at, weights, of))
        };
        match alone(&items, &[Meaning::Item, Meaning::Title]) {
            Some(item) => (None, Some(item)),
            None => (alone(&users, &[Meaning::User, Meaning::Session]), None),
        }
    }

    fn chosen(&self, at: usize, weights: &[(usize, f32)], of: &[Meaning]) -> Choice {
        let name = of.iter().map(|&wanted| self.weight(at, wanted)).fold(0.0, f32::max);
        let weight = weights
            .iter()
            .find(|(other, _)| *other == at)
            .map_or(0.0, |(_, weight)| *weight);
        let rival = weights
            .iter()
            .filter(|(other, _)| *other != at)
            .map(|(_, weight)| *weight)
            .fold(0.0, f32::max);
        let confidence: f32 = match (self.header.is_some(), self.meanings[at]) {
            (false, _) => 0.6,
            (true, None) if weights.len() == 1 => 0.6,
            (true, None) => 0.4,
            (true, Some((Meaning::Session | Meaning::Device, _))) => 0.7,
            (true, Some((Meaning::Order | Meaning::Title, _))) => 0.55,
            (true, _) if name >= 0.985 => 0.99,
            (true, _) if name >= 0.9 => 0.95,
            (true, _) if name >= 0.8 => 0.8,
            (true, _) if name < 0.35 => 0.4,
            (true, _) => 0.7,
        };
        // Values that speak against the name, or another column that is as good.
        let odd = weight + 0.45 < name;
        let close = rival > GUESS && weight - rival < 0.03 && name < 0.9;
        Choice {
            at,
            confidence: if odd || close { confidence.min(0.45) } else { confidence },
        }
    }

    /// Whether the values speak against any identifier.
    fn no_identifier(&self, at: usize, name: f32) -> bool {
        let looks = &self.looks[at];
        let decimals = looks.fractions >= 0.5 && !self.is_coded(at);
        (looks.filled == 0 && !self.table.rows.is_empty() && name < 0.7)
            || looks.dates >= 0.8
            || looks.clocks >= 0.8
            || (decimals && name < 0.9)
    }

    /// Whether numbers with a fraction are all of one kind such as versions; the decimals of identifiers that went through floats are `.0`,
    /// which is no fraction.
    fn is_coded(&self, at: usize) -> bool {
        self.looks[at].numbers < 0.5
    }

    fn user_weight(&self, at: usize) -> f32 {
        let looks = &self.looks[at];
        let name = self
            .weight(at, Meaning::User)
            .max(self.weight(at, Meaning::Device) * DEVICE)
            .max(self.weight(at, Meaning::Session) * SESSION)
            .max(self.weight(at, Meaning::Order) * ORDER);
        let block = self.table.blocks && at + 1 == self.table.columns;
        if block || self.no_identifier(at, name) || (self.meanings[at].is_some() && name == 0.0) || self.table.is_list(at) {
            return 0.0;
        }
        let several = || self.table.lists.contains(&true) || self.holds_lists(at);
        if name < 0.5
            && ((looks.each_once() && !several())
                // Without names the place counts, and a log may be one person's.
                || (looks.constant() && self.header.is_some())
                || (looks.counter && looks.filled >= 8 && !several()))
        {
            return 0.0;
        }
        if name == 0.0 && CellList::of(self.table.column(at)).is_some() {
            return 0.0;
        }
        let base = if name > 0.0 { name } else { GUESS };
        let mut weight = base - looks.missing * 0.8;
        if name == 0.0 {
            weight -= if looks.counter { 0.1 } else { 0.0 };
            weight -= if looks.phrases >= 0.5 { 0.08 } else { 0.0 };
            // `INFO` in each line of a server's log.
            let word = || {
                self.table
                    .column(at)
                    .all(|text| !text.bytes().any(|byte| byte.is_ascii_digit()))
            };
            let level = looks.constant() && self.words_before(self.width()) >= 3 && word();
            weight -= if level { 0.1 } else { 0.0 };
            weight -= if looks.filled >= 20 && looks.distinct <= 2 && self.header.is_some() {
                0.2
            } else {
                0.0
            };
        }
        weight.max(0.01)
    }

    /// How many of the columns before this one hold words that can be identifiers.
    fn words_before(&self, at: usize) -> usize {
        let is_word = |looks: &&Looks| {
            looks.filled > 0 && looks.numbers + looks.dates + looks.clocks < 0.5 && looks.phrases < 0.5 && looks.events < 0.5
        };
        self.looks[..at].iter().filter(is_word).count()
    }

    /// Whether a column other than this one holds lists in its cells.
    fn holds_lists(&self, at: usize) -> bool {
        (0..self.width()).any(|other| other != at && CellList::of(self.table.column(other)).is_some())
    }

    fn item_weight(&self, at: usize) -> f32 {
        let looks = &self.looks[at];
        let name = self.weight(at, Meaning::Item).max(self.weight(at, Meaning::Title) * TITLE);
        let other = self.meanings[at].is_some_and(|(found, _)| found == Meaning::Other);
        let is_address = |text: &&str| text.contains("://") || text.starts_with('/');
        let address = other && self.table.column(at).filter(is_address).count() * 2 > looks.filled;
        let words = looks.numbers < 0.5 || is_identifier(self.name(at));
        let page = other && words && plain(self.name(at)).contains("page");
        let name = match (address, page) {
            (true, _) => 0.45,
            (false, true) => 0.35,
            (false, false) => name,
        };
        if name == 0.0 && looks.mails >= 0.9 && self.header.is_none() {
            return 0.0;
        }
        let listed = self.table.is_list(at);
        if (!listed && self.no_identifier(at, name)) || (self.meanings[at].is_some() && name == 0.0) {
            return 0.0;
        }
        if self.table.blocks && at + 1 == self.table.columns {
            return 0.9;
        }
        let clicks = self.header.is_none() && CellList::of(self.table.column(at)) == Some(CellList::Clicks);
        if name < 0.5 && looks.counter && looks.filled >= 8 && self.header.is_some() {
            return 0.0;
        }
        let base = match name > 0.0 {
            true => name,
            false if clicks => 0.6,
            // What comes again is no number of lines.
            false if plain(self.name(at)) == "id" && looks.distinct < looks.filled => 0.5,
            false => GUESS,
        };
        let mut weight = base - looks.missing * 0.4 - if looks.constant() { 0.6 } else { 0.0 };
        if name == 0.0 {
            // Where only two columns hold words and none has a name, one of them is the item, however few there are.
            let settled = self.header.is_none() && self.words_before(self.width()) == 2;
            weight -= if looks.filled >= 20 && looks.distinct <= 2 && !settled {
                0.15
            } else {
                0.0
            };
            weight -= if looks.counter || (looks.each_once() && self.header.is_some()) {
                0.05
            } else {
                0.0
            };
            weight -= if self.before_identifiers(at) { 0.06 } else { 0.0 };
            // Without names, small numbers behind two columns of words rate what those name, however few there are of it.
            weight -= if self.header.is_none() && looks.like_ratings() && self.words_before(at) >= 2 {
                0.7
            } else {
                0.0
            };
            // In a table with names, few small numbers are rather a rating or a count.
            weight -= if self.header.is_some() && looks.like_ratings() && looks.filled >= 20 {
                0.1
            } else {
                0.0
            };
        }
        weight.max(0.01)
    }

    /// The items before the one of the row: a list that is named like it, in a table in which each row is a sequence.
    pub(crate) fn history(&self, roles: &[Role], user: usize, item: usize) -> Option<Choice> {
        let header = self.header?;
        let one = plain(header.get(item)?);
        let at = self.free(roles).find(|&at| {
            let name = header.get(at).map(|name| plain(name)).unwrap_or_default();
            let begins = name
                .strip_prefix(&one)
                .is_some_and(|rest| ["list", "s", "seq", "sequence", "history"].contains(&rest));
            begins || name == "history"
        })?;
        let each_once = self.looks[user].distinct == self.looks[user].filled;
        (each_once && !self.table.is_list(at) && CellList::of(self.table.column(item)).is_none())
            .then_some(Choice { at, confidence: 0.9 })
    }

    /// A column for a role that its name gives.
    pub(crate) fn by_name(&self, roles: &[Role], wanted: Meaning) -> Option<Choice> {
        let fits = |at: usize| {
            wanted != Meaning::Rating || self.looks[at].filled == 0 || self.looks[at].numbers > 0.3 || self.table.is_list(at)
        };
        let weights = self
            .free(roles)
            .filter(|&at| fits(at))
            .map(|at| (at, self.weight(at, wanted)));
        let (at, weight) = Self::best(weights)?;
        Some(Choice {
            at,
            confidence: if weight >= 0.95 { 0.99 } else { 0.9 },
        })
    }

    /// The column that is named like the user, where it is missing in most rows and another one is taken.
    pub(crate) fn mostly_missing_user(&self, taken: usize) -> Option<usize> {
        (0..self.width()).find(|&at| at != taken && self.weight(at, Meaning::User) >= 0.8 && self.missing(at) > 0.35)
    }

    /// The column that could be the user in the place of the one that was taken.
    pub(crate) fn instead(&self, taken: usize) -> Option<usize> {
        let weight = |at: usize| {
            let session = self.weight(at, Meaning::Device).max(self.weight(at, Meaning::Session));
            session.max(self.weight(at, Meaning::Order) * 0.5)
        };
        Self::best((0..self.width()).filter(|&at| at != taken).map(|at| (at, weight(at)))).map(|(at, _)| at)
    }

    /// Stand-in for a user: "a device", "a session", "an order".
    pub(crate) fn stand_in(&self, at: usize) -> Option<&'static str> {
        match self.meanings[at] {
            Some((Meaning::Device, _)) => Some("a device"),
            Some((Meaning::Session, _)) => Some("a session"),
            Some((Meaning::Order, _)) => Some("an order"),
            _ => None,
        }
    }

    /// Whether a table without a user looks like the history of one person: items with times.
    pub(crate) fn personal(&self, item: Option<Choice>) -> bool {
        item.is_some()
            && self
                .time()
                .is_some_and(|time| TimeUnit::of(self.table.column(time.at)).is_some())
    }
}
