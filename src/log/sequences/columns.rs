//! A log under way, one interaction after another from whatever layout.
//!
//! In: users, items, times, ratings and kinds as the file has them. Out: a [`RawLog`], in which each identifier is kept once. All
//! limits on numbers and memory are enforced here.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::log::MAX_RATINGS;
use crate::log::error::LogError;
use crate::log::limits::{Limits, limits};
use crate::log::meaning::mapping::{Preview, Role};
use crate::log::meaning::time::{TimeUnit, decimal, number};
use crate::log::sequences::dictionary::{Dictionary, Name};
use crate::log::sequences::interactions::{Interactions, NO_RATING};
use crate::log::sequences::item_info::{GenreNames, ItemInfo};
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::spoiled;
use crate::log::sequences::summary::{NEEDED, Skips, check_skips};
use crate::log::text::unicode::composed;

/// An interaction whose user or item is still to be looked up.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    line: u64,
    user: Name,
    item: Name,
    rating: u16,
    time: Option<f64>,
}

/// Interactions that wait at most. Where users and items come in no order, each is found in a place of memory that has not been touched for
/// long; a processor waits for many such places at once, if it is asked for them one right after the other.
const WAITING: usize = 64;

/// A log under way: takes interactions, refuses what goes over a limit.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) file: String,
    limits: Limits,
    users: Dictionary,
    /// The user of the line before: most logs are sorted by user, and comparing is cheaper than looking up.
    latest: Option<(String, u32)>,
    items: Dictionary,
    interactions: Interactions,
    ratings: Ratings,
    infos: Vec<ItemInfo>,
    pub(super) genres: GenreNames,
    text: usize,
    waiting: Vec<Waiting>,
    events: Vec<String>,
    /// Identifiers that were written in another form than the composed one.
    decomposed: HashSet<String>,
    pub(super) skips: Skips,
    /// Lines that hold data, good and bad.
    pub(super) lines: u64,
}

/// Description of a log by its layout, besides its interactions.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) format: String,
    pub(super) columns: Vec<String>,
    pub(super) column_names: Vec<String>,
    pub(super) unit: TimeUnit,
    pub(super) notes: Vec<String>,
    pub(super) preview: Option<Preview>,
    /// The columns of user and item for a sentence.
    pub(super) places: Option<[String; 2]>,
    /// The column that could be the user where the user is missing.
    pub(super) instead: Option<String>,
}

impl Columns {
    pub(super) fn new(file: &str) -> Self {
        Columns {
            file: file.to_owned(),
            limits: limits(),
            users: Dictionary::default(),
            latest: None,
            items: Dictionary::default(),
            interactions: Interactions::default(),
            ratings: Ratings::default(),
            infos: Vec::new(),
            genres: GenreNames::default(),
            text: 0,
            waiting: Vec::with_capacity(WAITING),
            events: Vec::new(),
            decomposed: HashSet::new(),
            skips: Skips::default(),
            lines: 0,
        }
    }

    /// Name of a user at a glance.
    pub(super) fn glance_at_user(&self, id: &[u8]) -> Option<Name> {
        self.users.glance(id)
    }

    /// Name of an item at a glance.
    pub(super) fn glance_at_item(&self, id: &[u8]) -> Option<Name> {
        self.items.glance(id)
    }

    /// The number of an item that was met a moment ago.
    pub(super) fn recall_item(&self, name: Name) -> Option<u32> {
        self.items.recall(name)
    }

    /// One interaction, whose user and item may still have to be looked up. Nothing more is to be said of the item, should it be new.
    pub(super) fn interaction_of(
        &mut self,
        line: u64,
        [user, item]: [Name; 2],
        rating: Option<&[u8]>,
        time: Option<f64>,
    ) -> Result<(), LogError> {
        let rating = rating.map_or(NO_RATING, |text| self.ratings.code(text));
        if let (Name::Known(user), Name::Known(item), true) = (user, item, self.waiting.is_empty()) {
            return self.push(line, user, item, rating, time);
        }
        self.waiting.push(Waiting {
            line,
            user,
            item,
            rating,
            time,
        });
        match self.waiting.len() < WAITING {
            true => Ok(()),
            false => self.catch_up(),
        }
    }

    /// Looks up what waits, in its order.
    fn catch_up(&mut self) -> Result<(), LogError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut numbers = [(None, None); WAITING];
        for (numbers, waiting) in numbers.iter_mut().zip(&self.waiting) {
            *numbers = (self.users.recall(waiting.user), self.items.recall(waiting.item));
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        for ((user, item), waiting) in numbers.into_iter().zip(waiting.drain(..)) {
            let line = waiting.line;
            let user = match user {
                Some(number) => number,
                None => self.named_user(line, waiting.user)?,
            };
            let item = match item {
                Some(number) => number,
                None => self.named_item(line, waiting.item)?.0,
            };
            self.push(line, user, item, waiting.rating, waiting.time)?;
        }
        self.waiting = waiting;
        Ok(())
    }

    /// The number of a user, new or known.
    pub(super) fn named_user(&mut self, line: u64, name: Name) -> Result<u32, LogError> {
        match name {
            Name::Known(number) => Ok(number),
            Name::Short(id) => {
                let (bytes, length) = id.bytes();
                self.user(line, &String::from_utf8_lossy(&bytes[..length]))
            }
        }
    }

    /// The number of an item, and whether it is new.
    pub(super) fn named_item(&mut self, line: u64, name: Name) -> Result<(u32, bool), LogError> {
        match name {
            Name::Known(number) => Ok((number, false)),
            Name::Short(id) => {
                let (bytes, length) = id.bytes();
                self.item(line, &String::from_utf8_lossy(&bytes[..length]))
            }
        }
    }

    /// The number of a user, new or known.
    pub(super) fn user(&mut self, line: u64, id: &str) -> Result<u32, LogError> {
        self.catch_up()?;
        if let Some((latest, number)) = &self.latest
            && latest == id
        {
            return Ok(*number);
        }
        let before = self.users.len();
        let number = number_of(&mut self.users, &mut self.decomposed, id);
        let (latest, of_latest) = self.latest.get_or_insert_default();
        latest.clear();
        latest.push_str(id);
        *of_latest = number;
        if number as usize == before {
            self.room(line, before, self.limits.users, "users", id.len())?;
        }
        Ok(number)
    }

    /// The number of an item, and whether it is new.
    pub(super) fn item(&mut self, line: u64, id: &str) -> Result<(u32, bool), LogError> {
        let before = self.items.len();
        let number = number_of(&mut self.items, &mut self.decomposed, id);
        let new = number as usize == before;
        if new {
            self.room(line, before, self.limits.items, "items", id.len())?;
        }
        Ok((number, new))
    }

    /// One interaction. A log has a time with all its interactions or with none.
    pub(super) fn interaction(
        &mut self,
        line: u64,
        user: u32,
        item: u32,
        rating: Option<&[u8]>,
        time: Option<f64>,
    ) -> Result<(), LogError> {
        self.catch_up()?;
        let rating = rating.map_or(NO_RATING, |text| self.ratings.code(text));
        self.push(line, user, item, rating, time)
    }

    /// The kind of the interaction that comes next.
    pub(super) fn event(&mut self, name: &[u8]) {
        let known = self.events.iter().position(|known| known.as_bytes() == name);
        let code = known.or_else(|| {
            (self.events.len() < usize::from(OTHER_EVENT)).then(|| {
                self.events.push(String::from_utf8_lossy(name).into_owned());
                self.events.len() - 1
            })
        });
        self.interactions
            .push_event(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(OTHER_EVENT));
    }

    /// Puts another time in the place of each.
    pub(super) fn change_times(&mut self, change: impl Fn(f64) -> f64) {
        for waiting in &mut self.waiting {
            waiting.time = waiting.time.map(&change);
        }
        self.interactions.change_times(change);
    }

    fn push(&mut self, line: u64, user: u32, item: u32, rating: u16, time: Option<f64>) -> Result<(), LogError> {
        self.room(line, self.interactions.len(), self.limits.interactions, "interactions", 0)?;
        self.interactions.push(user, item, rating, time);
        Ok(())
    }

    /// Adds title and genres of the item that was new last.
    pub(super) fn info(&mut self, line: u64, info: ItemInfo) -> Result<(), LogError> {
        self.room(line, 0, 1, "items", info.title.as_ref().map_or(0, |title| title.len()))?;
        self.infos.push(info);
        Ok(())
    }

    fn room(&mut self, line: u64, count: usize, limit: usize, what: &'static str, text: usize) -> Result<(), LogError> {
        if count >= limit {
            return Err(LogError::Limit {
                file: self.file.clone(),
                line,
                what,
                limit,
            });
        }
        self.text += text;
        if self.text > self.limits.text_bytes {
            return Err(LogError::TextLimit {
                file: self.file.clone(),
                line,
                limit: self.limits.text_bytes >> 20,
            });
        }
        Ok(())
    }

    /// Ends the log; refuses one with too many bad lines.
    pub(super) fn finish(mut self, about: About) -> Result<RawLog, LogError> {
        self.catch_up()?;
        check_skips(&self.file, &self.skips, self.lines)?;
        let places = about.places.unwrap_or_default();
        if self.interactions.len() == 0 {
            return Err(self.nothing(&places));
        }
        let mut notes = about.notes;
        self.tell_missing(&places, about.instead.as_deref(), &mut notes);
        for (role, place, dictionary) in [("user", &places[0], &self.users), ("item", &places[1], &self.items)] {
            let rows = |number: u32| {
                let is = |(user, item): (u32, u32)| if role == "user" { user == number } else { item == number };
                self.interactions.pairs().filter(|&pair| is(pair)).count() as u64
            };
            spoiled::check(&self.file, role, place, dictionary, self.lines, rows, &mut notes)?;
        }
        if !self.decomposed.is_empty() {
            notes.push(match self.decomposed.len() {
                1 => "1 identifier is written in decomposed letters and counts as its composed form.".to_owned(),
                count => format!("{count} identifiers are written in decomposed letters and count as their composed forms."),
            });
        }
        if self.ratings.other > 0 {
            notes.push(match self.ratings.other {
                1 => "1 rating is no number; a least rating leaves it out.".to_owned(),
                count => format!("{count} ratings are no numbers, or too many different ones; a least rating leaves them out."),
            });
        }
        Ok(RawLog {
            name: self.file,
            format: about.format,
            columns: about.columns,
            column_names: about.column_names,
            users: self.users.settle(),
            items: self.items.settle(),
            interactions: self.interactions,
            unit: about.unit,
            ratings: self.ratings.values,
            infos: self.infos,
            genre_names: self.genres.into_names(),
            events: self.events,
            skips: self.skips,
            notes,
            preview: about.preview,
            encoding: None,
        })
    }

    /// Why there is nothing.
    fn nothing(self, places: &[String; 2]) -> LogError {
        let most = NEEDED.iter().zip(self.skips.missing).max_by_key(|(_, lines)| *lines);
        match most {
            Some((role, lines)) if lines > 0 => LogError::AllMissing {
                file: self.file,
                role: role.name(),
                column: match role {
                    Role::User => places[0].clone(),
                    Role::Item => places[1].clone(),
                    _ => "its column".to_owned(),
                },
                lines,
            },
            _ => LogError::Empty { file: self.file },
        }
    }

    /// Tells of lines that are left out without being damaged.
    fn tell_missing(&self, places: &[String; 2], instead: Option<&str>, notes: &mut Vec<String>) {
        let of = |count: u64, what: &str| match count {
            1 => format!("1 of {} lines {}", self.lines, what.replace("have", "has")),
            count => format!("{count} of {} lines {what}", self.lines),
        };
        for (role, lines) in NEEDED.iter().zip(self.skips.missing).filter(|(_, lines)| *lines > 0) {
            let place = match role {
                Role::User => format!(" ({} is empty there)", places[0]),
                Role::Item => format!(" ({} is empty there)", places[1]),
                _ => String::new(),
            };
            let instead = match (role, instead) {
                (Role::User, Some(instead)) if lines * 10 > self.lines => format!("; {instead} could be the user instead"),
                _ if lines * 10 > self.lines => "; that is more than a tenth".to_owned(),
                _ => String::new(),
            };
            let sentence = of(lines, &format!("have no {}{place} and are left out{instead}.", role.name()));
            notes.push(if lines == 1 {
                sentence.replace("and are left", "and is left")
            } else {
                sentence
            });
        }
        let [headers, rulers, totals] = self.skips.others;
        for (lines, what) in [
            (headers, "repeat the header"),
            (rulers, "are rulers or count rows"),
            (totals, "hold totals"),
        ] {
            if lines > 0 {
                notes.push(format!("Lines that {what}, left out: {lines}."));
            }
        }
    }
}

/// The code of an interaction whose kind is one too many.
const OTHER_EVENT: u8 = u8::MAX;

/// Places of short ratings; a power of two.
const SHORT: usize = 32;

/// The different ratings of a log. There are few of them, so each interaction keeps a code of two bytes.
#[derive(Debug, Default)]
struct Ratings {
    texts: Dictionary,
    /// The number that each text stands for, by its code.
    values: Vec<f64>,
    /// Short texts with their codes, each in the one place that it may have: nearly all there are, found at once.
    short: [Option<(u64, u16)>; SHORT],
    /// Interactions whose rating is no number, or one more than there can be.
    other: u64,
}

impl Ratings {
    fn code(&mut self, text: &[u8]) -> u16 {
        let key = (1..=8)
            .contains(&text.len())
            .then(|| text.iter().fold(0u64, |key, &byte| key << 8 | u64::from(byte)));
        let place = key.map(|key| (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SHORT.trailing_zeros())) as usize);
        if let (Some(key), Some(place)) = (key, place)
            && let Some((known, code)) = self.short[place]
            && known == key
        {
            return code;
        }
        let code = self.new_code(text);
        if let (Some(key), Some(place), true) = (key, place, code != NO_RATING) {
            self.short[place] = Some((key, code));
        }
        code
    }

    fn new_code(&mut self, text: &[u8]) -> u16 {
        let known = std::str::from_utf8(text).ok().and_then(|text| match self.texts.get(text) {
            Some(code) => Some(code),
            None if self.values.len() < MAX_RATINGS => {
                let value = number(text).or_else(|| decimal(text))?;
                self.values.push(value);
                Some(self.texts.number(text))
            }
            None => None,
        });
        match known.and_then(|code| u16::try_from(code).ok()) {
            Some(code) => code,
            None => {
                // An empty field is a rating that was not given.
                self.other += u64::from(!text.is_empty());
                NO_RATING
            }
        }
    }
}

/// The number of an identifier in its composed form. One that was written otherwise is remembered in `decomposed`.
fn number_of(table: &mut Dictionary, decomposed: &mut HashSet<String>, id: &str) -> u32 {
    match composed(id) {
        Cow::Borrowed(id) => table.number(id),
        Cow::Owned(whole) => {
            decomposed.insert(id.to_owned());
            table.number(&whole)
        }
    }
}

#[cfg(test)]
mod tests;
