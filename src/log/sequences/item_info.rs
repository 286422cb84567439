//! Title and genres of an item.

use crate::log::MAX_TITLE_BYTES;
use crate::log::sequences::dictionary::Dictionary;

/// Most genres of one item; more are tags, not genres.
const MAX_GENRES_OF_AN_ITEM: usize = 16;

/// Most names of genres that are kept while a file is read, before the rarest are left out.
const MAX_GENRE_NAMES: usize = 65_536;

/// Title and genres of an item.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemInfo {
    pub(crate) title: Option<String>,
    /// Indices into the names that go with it, main one first.
    pub(crate) genres: Vec<u32>,
}

/// Names of genres met so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct GenreNames(Dictionary);

impl GenreNames {
    pub(crate) fn into_names(self) -> Vec<String> {
        self.0.names().map(str::to_owned).collect()
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        match self.0.get(name) {
            None if self.0.len() < MAX_GENRE_NAMES => Some(self.0.number(name)),
            known => known,
        }
    }
}

/// A title out of a field, shortened where it is longer than the limit.
pub(crate) fn title_of(field: &[u8]) -> Option<String> {
    let mut title: String = text_of(field).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if title.len() > MAX_TITLE_BYTES {
        title.truncate(title.floor_char_boundary(MAX_TITLE_BYTES));
        title.push('…');
    }
    (!title.is_empty()).then_some(title)
}

/// The genres out of a field, each once.
pub(crate) fn genres_of(field: &[u8], between: &[char], names: &mut GenreNames) -> Vec<u32> {
    let text = text_of(field);
    let mut genres = Vec::new();
    for name in text.split(between) {
        // Lists written by programs: ['Action', "Drama"].
        let name = name.trim_matches(|c: char| c.is_whitespace() || "[]'\"".contains(c));
        if name.is_empty()
            || name == "(no genres listed)"
            || name.len() > MAX_TITLE_BYTES
            || genres.len() == MAX_GENRES_OF_AN_ITEM
        {
            continue;
        }
        if let Some(number) = names.number(name).filter(|number| !genres.contains(number)) {
            genres.push(number);
        }
    }
    genres
}

/// A text that is UTF-8, or else Latin-1, whose bytes are its characters.
fn text_of(field: &[u8]) -> String {
    match std::str::from_utf8(field) {
        Ok(text) => text.to_owned(),
        Err(_) => field.iter().map(|&byte| char::from(byte)).collect(),
    }
}
