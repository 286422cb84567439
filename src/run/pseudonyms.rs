//! Pseudonyms of users: random names in the place of identifiers that name people, and the key that leads back.
//!
//! In: identifiers, random bytes of the host, and where there is one an earlier key. Out: a pseudonym for each user, and the key as text. A
//! pseudonym is drawn and not computed from the identifier, since whoever knows or guesses an address could compute it as well. The same key
//! gives the same pseudonyms in every file; users that it does not know are added to it.

use std::collections::{HashMap, HashSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::RequestError;
use crate::log::write_field;

/// Letters and digits that nobody mistakes for each other: Crockford's base 32, in small letters.
const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Signs behind the `u` of a pseudonym: 50 bits, so that those of two keys hardly meet.
const LENGTH: usize = 10;
/// The first line of a key.
const HEADER: &str = "pseudonym,user";

/// Pseudonyms and whose they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PseudonymKey {
    /// Pseudonym and identifier, in the order in which they were added.
    pairs: Vec<(String, String)>,
    /// Place of each identifier among the pairs.
    places: HashMap<String, usize>,
}

impl PseudonymKey {
    /// A key out of its text, or the sentence that says why the text is none. `file` is its name as a sentence begins with it.
    pub fn parse(file: &str, text: &[u8]) -> Result<Self, RequestError> {
        let wrong = |line: usize| RequestError::NoKey {
            file: file.to_owned(),
            line,
        };
        let text = str::from_utf8(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).map_err(|_| wrong(1))?;
        let mut rows = rows(text).into_iter().zip(1..);
        let header = rows.next().map(|(row, _)| row.join(","));
        if header.as_deref() != Some(HEADER) {
            return Err(wrong(1));
        }
        let (mut key, mut taken) = (Self::default(), HashSet::new());
        for (row, line) in rows {
            let [pseudonym, user] = &row[..] else {
                return Err(wrong(line));
            };
            if pseudonym.is_empty() || key.places.contains_key(user) || !taken.insert(pseudonym.clone()) {
                return Err(wrong(line));
            }
            key.add(pseudonym.clone(), user.clone());
        }
        Ok(key)
    }

    fn add(&mut self, pseudonym: String, user: String) {
        self.places.insert(user.clone(), self.pairs.len());
        self.pairs.push((pseudonym, user));
    }

    /// Draws pseudonyms for the users that have none; how many these were. `seed` must be secret and fresh.
    pub fn complete(&mut self, users: &[String], seed: [u8; 32]) -> usize {
        let mut random = ChaCha20Rng::from_seed(seed);
        let mut taken: HashSet<String> = self.pairs.iter().map(|(pseudonym, _)| pseudonym.clone()).collect();
        let before = self.pairs.len();
        // In a random order, so that the order of the key says nothing of who came first.
        let mut unknown: Vec<&String> = users.iter().filter(|user| !self.places.contains_key(*user)).collect();
        for at in (1..unknown.len()).rev() {
            unknown.swap(at, random.random_range(0..=at));
        }
        for user in unknown {
            let pseudonym = loop {
                let sign = |_| char::from(SIGNS[random.random_range(0..SIGNS.len())]);
                let drawn: String = std::iter::once('u').chain((0..LENGTH).map(sign)).collect();
                if taken.insert(drawn.clone()) {
                    break drawn;
                }
            };
            self.add(pseudonym, user.clone());
        }
        self.pairs.len() - before
    }

    /// Pseudonyms of these users, in their order; empty for whom the key does not know.
    pub fn names(&self, users: &[String]) -> Vec<String> {
        let name = |user: &String| self.places.get(user).map_or("", |&at| self.pairs[at].0.as_str()).to_owned();
        users.iter().map(name).collect()
    }

    /// The key as a table of two columns.
    pub fn text(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}\n").into_bytes();
        for (pseudonym, user) in &self.pairs {
            // Writing into memory cannot fail.
            let _ = write_field(pseudonym, ",", &mut text);
            text.push(b',');
            let _ = write_field(user, ",", &mut text);
            text.push(b'\n');
        }
        text
    }
}

/// Fields of each line of a table with commas; a field in quotation marks may hold commas, line ends and, twice, the mark itself.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => field.extend(signs.next()),
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && signs.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.len() > 1 || !row[0].is_empty());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_key_that_was_kept_gives_the_same_pseudonyms() {
        let first = users(&["ada@x.org", "bo, jr.", "the \"third\"", "a\nline"]);
        let mut key = PseudonymKey::default();
        assert_eq!(key.complete(&first, [7; 32]), 4);
        let names = key.names(&first);
        assert!(names.iter().all(|name| name.len() == 11 && name.starts_with('u')));
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 4);

        let mut kept = PseudonymKey::parse("The key", &key.text()).unwrap();
        assert_eq!(kept, key);
        // Another order, one more, and other random bytes.
        let second = users(&["zoe", "a\nline", "ada@x.org"]);
        assert_eq!(kept.complete(&second, [8; 32]), 1);
        assert_eq!(kept.complete(&second, [9; 32]), 0);
        let found = kept.names(&second);
        assert_eq!((&found[1], &found[2]), (&names[3], &names[0]));
        assert_eq!(kept.names(&users(&["nobody"])), [""]);
    }

    #[test]
    fn a_pseudonym_follows_from_nothing_but_chance() {
        let names = |seed| {
            let mut key = PseudonymKey::default();
            key.complete(&users(&["ada", "bo"]), [seed; 32]);
            key.names(&users(&["ada", "bo"]))
        };
        assert_eq!(names(1), names(1));
        assert!(names(1).iter().zip(&names(2)).all(|(a, b)| a != b));
    }

    #[test]
    fn a_text_that_is_no_key_is_a_sentence() {
        let told = |text: &str| PseudonymKey::parse("key.csv", text.as_bytes()).unwrap_err().to_string();
        let begins = "key.csv is no key of pseudonyms (line ";
        assert!(told("user,city\nada,Ulm\n").starts_with(&format!("{begins}1)")));
        assert!(told("").starts_with(&format!("{begins}1)")));
        assert!(told("pseudonym,user\nu1,ada\nu2\n").starts_with(&format!("{begins}3)")));
        assert!(told("pseudonym,user\nu1,ada\nu1,bo\n").starts_with(&format!("{begins}3)")));
        assert!(told("pseudonym,user\nu1,ada\nu2,ada\n").starts_with(&format!("{begins}3)")));
        let with_mark = "\u{feff}pseudonym,user\r\nu1,\"ada\"\r\n";
        assert_eq!(
            PseudonymKey::parse("key.csv", with_mark.as_bytes())
                .unwrap()
                .names(&users(&["ada"])),
            ["u1"]
        );
    }
}
