//! The loaded data, and what it was made of.
//!
//! In: a log out of files or of the example, with options. Out: the data set of the next run; the same log is made into another one when
//! options change that only concern its filters and its split.

use std::sync::Arc;

use crate::{
    log::{CleanedFormat, Dataset, Example, ItemTable, RawLog, ReadOptions, assemble, cleaned, generate_log},
    run::{PseudonymKey, users_that_begin},
    web::{
        events::{Answered, bytes, integers, naturals},
        host::words,
        protocol::{Answer, Event, FoundUser, RunState},
    },
};

/// Users of an answer at most.
const USERS_AT_MOST: u32 = 50;
const NO_DATA: &str = "Nothing is loaded yet; load the example or open a file first.";

/// A log as it was read.
struct Origin {
    log: RawLog,
    items: Option<ItemTable>,
    /// Files that it was read from; none for the example.
    files: Vec<web_sys::File>,
    /// Options that it was read with.
    options: ReadOptions,
}

/// The loaded data, if there is any.
#[derive(Default)]
pub struct Loaded {
    origin: Option<Origin>,
    data: Option<Arc<Dataset>>,
    /// Options that the data was read, filtered and split with.
    options: ReadOptions,
    /// Pseudonyms of users, of this log and of those before it; None until they are asked for.
    pseudonyms: Option<PseudonymKey>,
}

impl Loaded {
    /// The data set; None if nothing is loaded.
    pub fn data(&self) -> Option<&Arc<Dataset>> {
        self.data.as_ref()
    }

    /// The data set while no run goes on, for steps of a model that is dropped again.
    pub fn at_rest(&self, state: RunState) -> Result<&Arc<Dataset>, String> {
        match (self.data(), state) {
            (Some(data), RunState::Ready | RunState::Finished) => Ok(data),
            _ => Err("A step can be timed only where data is loaded and no run goes on.".to_owned()),
        }
    }

    /// Options that the data was read, filtered and split with.
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// Takes the example shop for the log.
    pub fn set_example(&mut self, example: &Example) -> Result<(), String> {
        self.origin = Some(Origin {
            log: generate_log(example).map_err(words)?,
            items: None,
            files: Vec::new(),
            options: ReadOptions::default(),
        });
        Ok(())
    }

    /// Takes what was read from files for the log.
    pub fn set_files(&mut self, (log, items): (RawLog, Option<ItemTable>), files: Vec<web_sys::File>, options: ReadOptions) {
        self.origin = Some(Origin {
            log,
            items,
            files,
            options,
        });
    }

    /// Files that must be read again for these options; None if the log that is there will do.
    pub fn files_to_read(&self, options: &ReadOptions) -> Result<Option<Vec<web_sys::File>>, String> {
        match &self.origin {
            Some(origin) if origin.files.is_empty() || origin.options.reads_like(options) => Ok(None),
            Some(origin) => Ok(Some(origin.files.clone())),
            None => Err(NO_DATA.to_owned()),
        }
    }

    /// The log as it was understood, after the filters, in a format of text; its users by their pseudonyms if these are wanted.
    pub fn cleaned(&self, format: CleanedFormat, pseudonyms: bool) -> Answered {
        let origin = self.origin.as_ref().ok_or("There is no log yet; open one first.")?;
        let mut rows = cleaned(&origin.log, &self.options).map_err(words)?;
        let names = pseudonyms.then(|| self.pseudonyms_of(&rows.users())).transpose()?;
        if let Some(names) = &names {
            rows = rows.with_names(names);
        }
        rows.check(format).map_err(words)?;
        let mut text = Vec::new();
        // Writing into memory cannot fail.
        let _ = rows.write(format, &mut text);
        Ok(Answer::Clean { bytes: bytes(&text) })
    }

    /// Users whose identifiers begin with a text.
    pub fn find_users(&self, text: &str, most: u32) -> Answered {
        let data = self.data().ok_or(NO_DATA)?;
        let (found, total) = users_that_begin(data, text, most.min(USERS_AT_MOST) as usize);
        let found = found.into_iter().map(|user| FoundUser {
            user,
            id: data.users[user as usize].clone(),
            history: data.sequences[user as usize].clone(),
        });
        Ok(Answer::FindUsers {
            users: found.collect(),
            total: total as u32,
        })
    }

    /// Identifiers of users by their numbers, or of all; or their pseudonyms.
    pub fn name_users(&self, users: Option<&[u32]>, pseudonyms: bool) -> Answered {
        let data = self.data().ok_or(NO_DATA)?;
        let all = self.names(pseudonyms)?;
        let all = all.as_ref().unwrap_or(&data.users);
        let name = |&user: &u32| all.get(user as usize).cloned().unwrap_or_default();
        Ok(Answer::NameUsers {
            ids: users.map_or_else(|| all.clone(), |users| users.iter().map(name).collect()),
        })
    }

    /// Pseudonyms of all users if they are wanted; None if they are not.
    pub fn names(&self, pseudonyms: bool) -> Result<Option<Vec<String>>, String> {
        let wanted = pseudonyms.then(|| self.pseudonyms_of(&self.data().ok_or(NO_DATA)?.users));
        wanted.transpose()
    }

    /// Pseudonyms of these users, each of whom must have one.
    fn pseudonyms_of(&self, users: &[String]) -> Result<Vec<String>, String> {
        let key = self.pseudonyms.as_ref();
        let key = key.ok_or("There are no pseudonyms yet; draw them or give their key first.")?;
        let names = key.names(users);
        match names.iter().all(|name| !name.is_empty()) {
            true => Ok(names),
            false => Err("Other data was loaded since the pseudonyms were drawn; draw those that are missing first.".to_owned()),
        }
    }

    /// Takes a key of pseudonyms, and draws one for each user whom it does not know.
    pub fn take_pseudonyms(&mut self, key: Option<&str>) -> Answered {
        let data = self.data.as_ref().ok_or(NO_DATA)?;
        let mut pseudonyms = match key {
            Some(text) => PseudonymKey::parse("The file", text.as_bytes()).map_err(words)?,
            None => self.pseudonyms.take().unwrap_or_default(),
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| format!("The browser gives no random numbers for pseudonyms: {error}."))?;
        let added = pseudonyms.complete(&data.users, seed);
        let key = bytes(&pseudonyms.text());
        self.pseudonyms = Some(pseudonyms);
        Ok(Answer::Pseudonyms {
            key,
            added: added as u32,
        })
    }

    /// Makes the data of the log. What was loaded before stays if that fails.
    pub fn assemble(&mut self, options: ReadOptions) -> Result<Arc<Dataset>, String> {
        let Some(origin) = &mut self.origin else {
            return Err(NO_DATA.to_owned());
        };
        let data = assemble(&origin.log, origin.items.as_ref(), &options).map_err(words)?;
        let data = Arc::new(data);
        origin.options = options.clone();
        self.options = options;
        self.data = Some(data.clone());
        Ok(data)
    }
}

/// Event that tells the page of data that was loaded.
pub fn event_of(data: &Dataset) -> Event {
    let genre_of = |item| data.main_genre(item).map_or(-1, |genre| genre as i32);
    let items = 0..data.items.len() as u32;
    Event::Loaded {
        summary: data.summary.clone(),
        item_ids: data.items.iter().map(|item| item.id.clone()).collect(),
        item_titles: match data.items.iter().any(|item| item.title.is_some()) {
            true => items.clone().map(|item| data.title(item).to_string()).collect(),
            // A hundred thousand texts less to hand over, and the page has them already.
            false => Vec::new(),
        },
        genres: data.genres.clone(),
        item_genre: integers(&items.map(genre_of).collect::<Vec<_>>()),
        item_count: naturals(data.item_counts()),
    }
}
