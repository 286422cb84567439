//! A fast way past the dictionary for identifiers that were met a moment ago.
//!
//! In: identifiers of at most 16 bytes, as nearly all are, with their numbers. Out: the number again, where it is still there. A log
//! names the same few thousand users and items again and again, and looking one up in a dictionary touches memory in three places
//! (table, ends, text); here the identifier itself is the key, in one place. The size is fixed: an entry makes room for the next
//! one that falls on its place.

/// Entries; a power of two. Together 1.5 MiB, made at the first use.
const PLACES: usize = 1 << 16;

/// An identifier of 1 to 16 bytes, as two numbers that tell it apart from every other of the same length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ShortId {
    first: u64,
    last: u64,
    length: u32,
}

impl ShortId {
    /// `None` for an empty or a longer identifier.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let length = bytes.len();
        // The first and the last bytes, which overlap in the middle: without a loop over single bytes.
        let (first, last) = if let (8..=16, Some(first), Some(last)) = (length, bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
        } else if let (4..=7, Some(first), Some(last)) = (length, bytes.first_chunk(), bytes.last_chunk()) {
            (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
        } else if let (1..=3, Some(&first), Some(&last)) = (length, bytes.first(), bytes.last()) {
            (u64::from(first) | u64::from(bytes[length / 2]) << 8, last.into())
        } else {
            return None;
        };
        Some(ShortId {
            first,
            last,
            length: length as u32,
        })
    }

    fn place(self) -> usize {
        let mixed =
            self.first.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.last.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(32);
        (mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> (64 - PLACES.trailing_zeros())) as usize
    }
}

/// The identifiers of late, with their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct ShortIds {
    /// First and last bytes, length (0 where the place is free) and number; empty before the first use.
    places: Vec<(u64, u64, u32, u32)>,
}

impl ShortIds {
    /// The number of an identifier, if it is still there.
    pub(super) fn get(&self, id: ShortId) -> Option<u32> {
        let &(first, last, length, number) = self.places.get(id.place())?;
        (id == ShortId { first, last, length }).then_some(number)
    }

    /// Takes an identifier in.
    pub(super) fn put(&mut self, id: ShortId, number: u32) {
        if self.places.is_empty() {
            self.places = vec![(0, 0, 0, 0); PLACES];
        }
        self.places[id.place()] = (id.first, id.last, id.length, number);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_identifier_is_told_apart_from_every_other() {
        let mut seen = HashSet::new();
        let key = |id: &str| ShortId::of(id.as_bytes()).map(|id| (id.first, id.last, id.length));
        // All texts of two letters up to length 12.
        for length in 1..=12u32 {
            for bits in 0..1u32 << length {
                let id: String = (0..length).map(|at| if bits >> at & 1 == 0 { 'a' } else { 'b' }).collect();
                assert!(seen.insert(key(&id).unwrap()), "{id}");
            }
        }
        assert_eq!(key(""), None);
        assert!(key("1234567890123456").is_some());
        assert_eq!(key("12345678901234567"), None);
    }

    #[test]
    fn it_gives_back_what_was_put_or_nothing() {
        let mut ids = ShortIds::default();
        let id = |number: u32| ShortId::of(format!("user-{number}").as_bytes()).unwrap();
        assert_eq!(ids.get(id(0)), None);
        let mut found = 0;
        for number in 0..100_000 {
            ids.put(id(number), number);
            assert_eq!(ids.get(id(number)), Some(number));
        }
        for number in 0..100_000 {
            if let Some(back) = ids.get(id(number)) {
                assert_eq!(back, number);
                found += 1;
            }
        }
        // Every place holds one, as far as the numbers spread evenly.
        assert!(found > PLACES / 2, "{found}");
    }
}
