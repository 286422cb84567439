//! Identifiers and their numbers.
//!
//! In: identifiers as they come. Out: a number for each, in order of first appearance, and the identifier of a number.

use string_interner::backend::StringBackend;
use string_interner::symbol::SymbolU32;
use string_interner::{StringInterner, Symbol};

use crate::log::MAX_ID_BYTES;
use crate::log::sequences::short_ids::{ShortId, ShortIds};

/// Identifiers and their numbers, in order of first appearance. Each is kept once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    names: StringInterner<StringBackend<SymbolU32>>,
    /// Numbers of the identifiers that are small whole numbers, by their value, `u32::MAX` for those not met yet: most logs
    /// count their users and items, and this saves the look-up.
    counted: Vec<u32>,
    /// Numbers of the other identifiers that were met a moment ago.
    recent: ShortIds,
}

/// A user or an item of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    /// Its number.
    Known(u32),
    /// A text that is fit for an identifier, to be looked up now or later.
    Short(ShortId),
}

/// Identifiers below this are looked up by their value; the table takes at most 16 MiB.
const COUNTED: usize = 1 << 22;

/// The value of an identifier that is a small whole number, written the only way: without leading zeros.
fn counted(digits: &[u8]) -> Option<usize> {
    if !(1..=7).contains(&digits.len()) || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + usize::from(digit - b'0');
    }
    (value < COUNTED).then_some(value)
}

impl Dictionary {
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<u32> {
        self.names.get(id).map(|symbol| symbol.to_usize() as u32)
    }

    /// The number of an identifier that was met a moment ago or is counted. What is found was checked when it was new, so a field
    /// can be looked up before it is known to be text.
    fn known(&self, id: &[u8]) -> Option<u32> {
        match counted(id) {
            Some(value) => self.counted.get(value).copied().filter(|&number| number != u32::MAX),
            None => self.recent.get(ShortId::of(id)?),
        }
    }

    /// Name of an identifier at a glance: left to be looked up with others where it is in the table of the short ones or nowhere, and
    /// where no check could refuse it. `None` if it may be new and unfit.
    pub(crate) fn glance(&self, id: &[u8]) -> Option<Name> {
        match (counted(id), ShortId::of(id)) {
            (None, Some(short)) if short.is_plain() => Some(Name::Short(short)),
            _ => self.known(id).map(Name::Known),
        }
    }

    /// The number of a name, if it was met a moment ago.
    pub(crate) fn recall(&self, name: Name) -> Option<u32> {
        match name {
            Name::Known(number) => Some(number),
            Name::Short(id) => self.recent.get(id),
        }
    }

    /// The number of an identifier, new or known. Callers hold the length under a limit far below 2^32.
    pub(crate) fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.known(id.as_bytes()) {
            return number;
        }
        let number = self.names.get_or_intern(id).to_usize() as u32;
        if let Some(value) = counted(id.as_bytes()) {
            if self.counted.len() <= value {
                // Doubling, so that growing value by value copies each entry only a few times.
                let length = (value + 1).next_power_of_two().max(1024);
                self.counted.resize(length, u32::MAX);
            }
            self.counted[value] = number;
        } else if let Some(short) = ShortId::of(id.as_bytes()) {
            self.recent.put(short, number);
        }
        number
    }

    /// Gives back the memory that only makes taking in faster.
    pub(crate) fn settle(mut self) -> Self {
        self.recent = ShortIds::default();
        self
    }

    /// The identifier of a number; empty where there is none.
    pub(crate) fn name(&self, number: u32) -> &str {
        SymbolU32::try_from_usize(number as usize)
            .and_then(|symbol| self.names.resolve(symbol))
            .unwrap_or_default()
    }

    /// The identifiers by number.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(_, name)| name)
    }
}

impl<'a> FromIterator<&'a str> for Dictionary {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut dictionary = Dictionary::default();
        for name in names {
            dictionary.number(name);
        }
        dictionary
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
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order_and_come_back() {
        let mut dictionary = Dictionary::default();
        for id in ["b", "0", "00", "a", "0"] {
            dictionary.number(id);
        }
        assert_eq!((dictionary.get("00"), dictionary.get("c")), (Some(2), None));
        assert_eq!(dictionary.names().collect::<Vec<_>>(), ["b", "0", "00", "a"]);
        assert_eq!((dictionary.name(3), dictionary.name(9)), ("a", ""));
    }

    #[test]
    fn what_is_wrong_with_an_identifier() {
        let place = || "column 1 (user)".to_owned();
        assert_eq!(identifier(b"007", place), Ok("007"));
        assert_eq!(identifier(b"", place).unwrap_err(), "column 1 (user) is empty");
        assert_eq!(identifier(b"\xff", place).unwrap_err(), "column 1 (user) is not valid UTF-8");
        assert_eq!(
            identifier(&[b'x'; 257], place).unwrap_err(),
            "column 1 (user) is longer than 256 bytes"
        );
        assert!(identifier("é".as_bytes(), place).is_ok());
    }
}
