//! A log as it was read, before any filter: columns of numbers and the identifiers they stand for.
//!
//! In: one interaction after another from whatever layout. Out: [`RawLog`], 16 bytes an interaction (8 without times) besides
//! the identifiers, each of which is kept once. All limits on numbers and memory are enforced here.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::log::error::LogError;
use crate::log::meaning::mapping::{Preview, Role};
use crate::log::meaning::time::{TimeUnit, decimal, number};
use crate::log::sequences::dictionary::{Dictionary, Name};
use crate::log::sequences::item_info::{GenreNames, ItemInfo};
use crate::log::sequences::spoiled;
use crate::log::sequences::summary::{NEEDED, Skips};
use crate::log::text::calendar::swapped;
use crate::log::text::unicode::composed;
use crate::log::{MAX_ID_BYTES, MAX_INTERACTIONS, MAX_ITEMS, MAX_RATINGS, MAX_TEXT_BYTES, MAX_USERS};

/// A log that was read but not yet filtered and put in order. [`assemble`](crate::log::assemble) makes a data set of it, as often as
/// wanted with different options.
#[derive(Clone, Debug)]
pub struct RawLog {
    pub(crate) name: String,
    pub(crate) format: String,
    pub(crate) columns: Vec<String>,
    pub(crate) column_names: Vec<String>,
    pub(crate) users: Dictionary,
    pub(crate) items: Dictionary,
    pub(crate) interactions: Interactions,
    /// The scale of the times.
    pub(crate) unit: TimeUnit,
    /// The different ratings, by their codes.
    pub(crate) ratings: Vec<f64>,
    /// Titles and genres from the log itself; empty, or one entry an item.
    pub(crate) infos: Vec<ItemInfo>,
    pub(crate) genre_names: Vec<String>,
    /// The kinds of interactions, by their codes; empty where the log tells none apart.
    pub(crate) events: Vec<String>,
    pub(crate) skips: Skips,
    pub(crate) notes: Vec<String>,
    pub(crate) preview: Option<Preview>,
    /// The encoding of the text, where it is not UTF-8.
    pub(crate) encoding: Option<String>,
}

impl RawLog {
    /// Number of interactions.
    pub fn interactions(&self) -> usize {
        self.interactions.len()
    }

    /// Number of users.
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// Bytes that the interactions take in memory, without the identifiers.
    pub fn interaction_bytes(&self) -> usize {
        self.interactions.bytes()
    }

    /// How the file was understood; none for a log that was generated.
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
    }
}

/// Values of one kind in blocks: growing never copies what is there and never holds twice as much as is needed.
#[derive(Clone, Debug)]
struct Blocks<T>(Vec<Vec<T>>);

const BLOCK: usize = 1 << 16;

impl<T: Copy> Blocks<T> {
    fn push(&mut self, value: T) {
        match self.0.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(value),
            // The first block grows by itself, so that a small log stays small.
            None => self.0.push(vec![value]),
            Some(_) => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(value);
                self.0.push(block);
            }
        }
    }

    fn len(&self) -> usize {
        match self.0.split_last() {
            Some((last, full)) => full.len() * BLOCK + last.len(),
            None => 0,
        }
    }

    fn at(&self, at: usize) -> T {
        self.0[at / BLOCK][at % BLOCK]
    }

    fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.0.iter().flatten().copied()
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|block| block.capacity() * size_of::<T>()).sum()
    }
}

// A user, an item and a rating share eight bytes; the limits see to it that they fit.
const NUMBER_BITS: u32 = 24;
const NUMBER_MASK: u64 = (1 << NUMBER_BITS) - 1;
const _: () = assert!(MAX_USERS < 1 << NUMBER_BITS && MAX_ITEMS < 1 << NUMBER_BITS && MAX_RATINGS < 1 << 16);

/// The code of an interaction without a rating.
pub(crate) const NO_RATING: u16 = u16::MAX;

/// The interactions of a log, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Interactions {
    packed: Blocks<u64>,
    /// Empty where the order of the file is the time.
    time: Blocks<f64>,
    /// Codes of the kinds; empty where the log tells none apart.
    event: Blocks<u8>,
}

impl Default for Interactions {
    fn default() -> Self {
        Interactions {
            packed: Blocks(Vec::new()),
            time: Blocks(Vec::new()),
            event: Blocks(Vec::new()),
        }
    }
}

impl Interactions {
    /// Adds one. A log has a time with all its interactions or with none.
    pub(crate) fn push(&mut self, user: u32, item: u32, rating: u16, time: Option<f64>) {
        let packed = u64::from(user) | u64::from(item) << NUMBER_BITS | u64::from(rating) << (2 * NUMBER_BITS);
        self.packed.push(packed);
        if let Some(time) = time {
            self.time.push(time);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.packed.len()
    }

    pub(crate) fn user(&self, at: usize) -> u32 {
        (self.packed.at(at) & NUMBER_MASK) as u32
    }

    pub(crate) fn item(&self, at: usize) -> u32 {
        (self.packed.at(at) >> NUMBER_BITS & NUMBER_MASK) as u32
    }

    pub(crate) fn rating(&self, at: usize) -> u16 {
        (self.packed.at(at) >> (2 * NUMBER_BITS)) as u16
    }

    /// User and item of each.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.packed
            .iter()
            .map(|packed| ((packed & NUMBER_MASK) as u32, (packed >> NUMBER_BITS & NUMBER_MASK) as u32))
    }

    /// The code of its kind.
    pub(crate) fn event(&self, at: usize) -> Option<u8> {
        (!self.event.0.is_empty()).then(|| self.event.at(at))
    }

    /// Puts other times in the place of all.
    pub(crate) fn change_times(&mut self, change: impl Fn(f64) -> f64) {
        self.time.0.iter_mut().flatten().for_each(|time| *time = change(*time));
    }

    pub(crate) fn has_times(&self) -> bool {
        !self.time.0.is_empty()
    }

    /// When it happened; its place in the file where there are no times.
    pub(crate) fn time(&self, at: usize) -> f64 {
        if self.has_times() { self.time.at(at) } else { at as f64 }
    }

    fn bytes(&self) -> usize {
        self.packed.bytes() + self.time.bytes() + self.event.bytes()
    }
}

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
pub(crate) struct Columns {
    pub(crate) file: String,
    users: Dictionary,
    /// The user of the line before: most logs are sorted by user, and comparing is cheaper than looking up.
    latest: Option<(String, u32)>,
    items: Dictionary,
    interactions: Interactions,
    ratings: Ratings,
    infos: Vec<ItemInfo>,
    pub(crate) genres: GenreNames,
    text: usize,
    waiting: Vec<Waiting>,
    events: Vec<String>,
    /// Identifiers that were written in another form than the composed one.
    decomposed: HashSet<String>,
    pub(crate) skips: Skips,
    /// Lines that hold data, good and bad.
    pub(crate) lines: u64,
}

/// Description of a log by its layout, besides its interactions.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) format: String,
    pub(crate) columns: Vec<String>,
    pub(crate) column_names: Vec<String>,
    pub(crate) unit: TimeUnit,
    pub(crate) notes: Vec<String>,
    pub(crate) preview: Option<Preview>,
    /// The columns of user and item for a sentence.
    pub(crate) places: Option<[String; 2]>,
    /// The column that could be the user where the user is missing.
    pub(crate) instead: Option<String>,
}

impl Columns {
    pub(crate) fn new(file: &str) -> Self {
        Columns {
            file: file.to_owned(),
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
    pub(crate) fn glance_at_user(&self, id: &[u8]) -> Option<Name> {
        self.users.glance(id)
    }

    /// Name of an item at a glance.
    pub(crate) fn glance_at_item(&self, id: &[u8]) -> Option<Name> {
        self.items.glance(id)
    }

    /// The number of an item that was met a moment ago.
    pub(crate) fn recall_item(&self, name: Name) -> Option<u32> {
        self.items.recall(name)
    }

    /// One interaction, whose user and item may still have to be looked up. Nothing more is to be said of the item, should it be new.
    pub(crate) fn interaction_of(
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
    pub(crate) fn named_user(&mut self, line: u64, name: Name) -> Result<u32, LogError> {
        match name {
            Name::Known(number) => Ok(number),
            Name::Short(id) => {
                let (bytes, length) = id.bytes();
                self.user(line, &String::from_utf8_lossy(&bytes[..length]))
            }
        }
    }

    /// The number of an item, and whether it is new.
    pub(crate) fn named_item(&mut self, line: u64, name: Name) -> Result<(u32, bool), LogError> {
        match name {
            Name::Known(number) => Ok((number, false)),
            Name::Short(id) => {
                let (bytes, length) = id.bytes();
                self.item(line, &String::from_utf8_lossy(&bytes[..length]))
            }
        }
    }

    /// The number of a user, new or known.
    pub(crate) fn user(&mut self, line: u64, id: &str) -> Result<u32, LogError> {
        self.catch_up()?;
        if let Some((latest, number)) = &self.latest
            && latest == id
        {
            return Ok(*number);
        }
        let before = self.users.len();
        let number = match composed(id) {
            Cow::Borrowed(id) => self.users.number(id),
            Cow::Owned(whole) => {
                self.decomposed.insert(id.to_owned());
                self.users.number(&whole)
            }
        };
        let (latest, of_latest) = self.latest.get_or_insert_default();
        latest.clear();
        latest.push_str(id);
        *of_latest = number;
        if number as usize == before {
            self.room(line, before, MAX_USERS, "users", id.len())?;
        }
        Ok(number)
    }

    /// The number of an item, and whether it is new.
    pub(crate) fn item(&mut self, line: u64, id: &str) -> Result<(u32, bool), LogError> {
        let before = self.items.len();
        let number = match composed(id) {
            Cow::Borrowed(id) => self.items.number(id),
            Cow::Owned(whole) => {
                self.decomposed.insert(id.to_owned());
                self.items.number(&whole)
            }
        };
        let new = number as usize == before;
        if new {
            self.room(line, before, MAX_ITEMS, "items", id.len())?;
        }
        Ok((number, new))
    }

    /// One interaction. A log has a time with all its interactions or with none.
    pub(crate) fn interaction(
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
    pub(crate) fn event(&mut self, name: &[u8]) {
        let known = self.events.iter().position(|known| known.as_bytes() == name);
        let code = known.or_else(|| {
            (self.events.len() < usize::from(OTHER_EVENT)).then(|| {
                self.events.push(String::from_utf8_lossy(name).into_owned());
                self.events.len() - 1
            })
        });
        self.interactions
            .event
            .push(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(OTHER_EVENT));
    }

    /// Puts day and month in each other's place in all times.
    pub(crate) fn swap_days_and_months(&mut self) {
        for waiting in &mut self.waiting {
            waiting.time = waiting.time.map(swapped);
        }
        self.interactions.change_times(swapped);
    }

    fn push(&mut self, line: u64, user: u32, item: u32, rating: u16, time: Option<f64>) -> Result<(), LogError> {
        self.room(line, self.interactions.len(), MAX_INTERACTIONS, "interactions", 0)?;
        self.interactions.push(user, item, rating, time);
        Ok(())
    }

    /// Adds title and genres of the item that was new last.
    pub(crate) fn info(&mut self, line: u64, info: ItemInfo) -> Result<(), LogError> {
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
        if self.text > MAX_TEXT_BYTES {
            return Err(LogError::TextLimit {
                file: self.file.clone(),
                line,
            });
        }
        Ok(())
    }

    /// Ends the log; refuses one with too many bad lines.
    pub(crate) fn finish(mut self, about: About) -> Result<RawLog, LogError> {
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

/// The different ratings of a log. There are few of them, so each interaction keeps a code of two bytes.
#[derive(Debug, Default)]
struct Ratings {
    texts: Dictionary,
    /// The number that each text stands for, by its code.
    values: Vec<f64>,
    /// The short texts met first, as the eight bytes of a number, with their codes: nearly all there are, found at once.
    short: Vec<(u64, u16)>,
    /// Interactions whose rating is no number, or one more than there can be.
    other: u64,
}

impl Ratings {
    fn code(&mut self, text: &[u8]) -> u16 {
        const SHORT: usize = 16;
        let key = (1..=8)
            .contains(&text.len())
            .then(|| text.iter().fold(0u64, |key, &byte| key << 8 | u64::from(byte)));
        if let Some(key) = key
            && let Some(&(_, code)) = self.short.iter().find(|(known, _)| *known == key)
        {
            return code;
        }
        let code = self.new_code(text);
        if let Some(key) = key.filter(|_| code != NO_RATING && self.short.len() < SHORT) {
            self.short.push((key, code));
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

/// Refuses a file in which too many lines are bad.
pub(crate) fn check_skips(file: &str, skips: &Skips, lines: u64) -> Result<(), LogError> {
    match skips.rows.first() {
        Some(first) if skips.too_many(lines) => Err(LogError::TooManyBad {
            file: file.to_owned(),
            bad: skips.count,
            lines,
            line: first.line,
            why: first.why.clone(),
        }),
        _ => Ok(()),
    }
}

/// An identifier out of a field, or what is wrong with it. `place` names the field: "column 2 (item)".
pub(crate) fn identifier(field: &[u8], place: impl FnOnce() -> String) -> Result<&str, String> {
    if field.is_empty() {
        return Err(format!("{} is empty", place()));
    }
    if field.len() > MAX_ID_BYTES {
        return Err(format!("{} is longer than {MAX_ID_BYTES} bytes", place()));
    }
    match std::str::from_utf8(field) {
        Ok(id) if id.contains(['\n', '\r']) => Err(format!("{} holds a line break", place())),
        Ok(id) => Ok(id),
        Err(_) => Err(format!("{} is not valid UTF-8", place())),
    }
}

#[cfg(test)]
mod tests;
