//! A fast way past the dictionary for identifiers that were met a moment ago.
//!
//! In: identifiers of at most 16 bytes, as nearly all are, with their numbers. Out: the number again, where it is still there. A log
//! names the same few thousand users and items again and again, and looking one up in a dictionary touches memory in three places
//! (table, ends, text); here the identifier itself is the key, in one place. It grows with them up to a bound, beyond which an
//! entry makes room for the next one that falls on its places.

/// Entries to begin with; a power of two.
const FEWEST: usize = 1 << 12;
/// Entries at most, 48 MiB while a log is read.
const MOST: usize = 1 << 21;
/// Neighbouring places that an identifier may have.
const PROBES: usize = 8;

/// An identifier of 1 to 16 bytes, as two numbers that tell it apart from every other of the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShortId {
    first: u64,
    last: u64,
    length: u32,
}

impl ShortId {
    /// `None` for an empty or a longer identifier.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
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

    /// True for ASCII without control characters: a text that no check of identifiers refuses.
    pub(crate) fn is_plain(self) -> bool {
        const ONES: u64 = 0x0101_0101_0101_0101;
        // Spaces where a shorter identifier leaves the numbers empty.
        let (first, last) = match self.length {
            8.. => (self.first, self.last),
            4..=7 => (self.first | (0x20 * ONES) << 32, self.last | (0x20 * ONES) << 32),
            _ => (self.first | (0x20 * ONES) << 16, self.last | (0x20 * ONES) << 8),
        };
        // Above 127 a byte's highest bit is set; below 32 it is once 32 is taken off, and no other byte can owe to such a one unseen.
        let odd = |bytes: u64| (bytes | bytes.wrapping_sub(0x20 * ONES)) & (0x80 * ONES);
        odd(first) | odd(last) == 0
    }

    /// The identifier itself: its bytes, and how many of them there are.
    pub(crate) fn bytes(self) -> ([u8; 16], usize) {
        let mut bytes = [0; 16];
        let length = self.length as usize;
        match length {
            8.. => {
                bytes[..8].copy_from_slice(&self.first.to_le_bytes());
                bytes[length - 8..length].copy_from_slice(&self.last.to_le_bytes());
            }
            4..=7 => {
                bytes[..4].copy_from_slice(&self.first.to_le_bytes()[..4]);
                bytes[length - 4..length].copy_from_slice(&self.last.to_le_bytes()[..4]);
            }
            _ => {
                [bytes[0], bytes[length / 2]] = [self.first as u8, (self.first >> 8) as u8];
                bytes[length - 1] = self.last as u8;
            }
        }
        (bytes, length)
    }

    fn mixed(self) -> u64 {
        let mixed =
            self.first.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.last.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(32);
        mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    /// The first of its places among `places`, a power of two of them.
    fn usual(self, places: usize) -> usize {
        (self.mixed() >> (64 - places.trailing_zeros())) as usize
    }

    /// Where it may stand among `places`, a power of two of them.
    fn candidates(self, places: usize) -> impl Iterator<Item = usize> {
        let first = self.usual(places);
        (first..first + PROBES).map(move |at| at & (places - 1))
    }
}

/// An identifier with its number.
#[derive(Clone, Copy, Debug)]
struct Entry {
    first: u64,
    last: u64,
    /// 0 where the place is free.
    length: u32,
    number: u32,
}

const FREE: Entry = Entry {
    first: 0,
    last: 0,
    length: 0,
    number: 0,
};

/// The identifiers of late, with their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShortIds {
    /// Empty before the first use.
    places: Vec<Entry>,
    taken: usize,
}

impl ShortIds {
    /// The number of an identifier, if it is still there.
    pub(crate) fn get(&self, id: ShortId) -> Option<u32> {
        if self.places.is_empty() {
            return None;
        }
        let is = |entry: &Entry| entry.first == id.first && entry.last == id.last && entry.length == id.length;
        // Nearly all stand in the first of their places.
        let usual = self.places.get(id.usual(self.places.len()))?;
        if is(usual) {
            return Some(usual.number);
        }
        id.candidates(self.places.len())
            .filter_map(|at| self.places.get(at))
            // Nothing is ever taken out, so what is there stands before the first free place.
            .take_while(|entry| entry.length > 0)
            .find(|entry| is(entry))
            .map(|entry| entry.number)
    }

    /// Takes an identifier in.
    pub(crate) fn put(&mut self, id: ShortId, number: u32) {
        // A table that is half as large stands in a nearer memory, which is worth more than the few that find no place.
        if self.places.len() < MOST && self.taken * 8 >= self.places.len() * 5 {
            let larger = vec![FREE; (self.places.len() * 2).max(FEWEST)];
            self.taken = 0;
            for entry in std::mem::replace(&mut self.places, larger) {
                let Entry {
                    first,
                    last,
                    length,
                    number,
                } = entry;
                if length > 0 {
                    self.place(ShortId { first, last, length }, number);
                }
            }
        }
        self.place(id, number);
    }

    fn place(&mut self, id: ShortId, number: u32) {
        let ShortId { first, last, length } = id;
        let mut candidates = id.candidates(self.places.len());
        let usual = candidates.next().unwrap_or(0);
        let open = |at: &usize| {
            let entry = &self.places[*at];
            entry.length == 0 || (entry.first == first && entry.last == last && entry.length == length)
        };
        let at = if open(&usual) {
            usual
        } else {
            candidates.find(open).unwrap_or(usual)
        };
        self.taken += usize::from(self.places[at].length == 0);
        self.places[at] = Entry {
            first,
            last,
            length,
            number,
        };
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
    fn an_identifier_comes_back_and_is_plain_where_every_byte_is() {
        for length in 1..=16 {
            let plain: Vec<u8> = (0..length).map(|at| b'a' + at as u8).collect();
            let id = ShortId::of(&plain).unwrap();
            let (bytes, count) = id.bytes();
            assert_eq!(&bytes[..count], plain);
            assert!(id.is_plain());
            for at in 0..length {
                for byte in 0..=255 {
                    let mut odd = plain.clone();
                    odd[at] = byte;
                    let id = ShortId::of(&odd).unwrap();
                    assert_eq!(id.is_plain(), (32..128).contains(&byte), "{odd:?}");
                    let (bytes, count) = id.bytes();
                    assert_eq!(&bytes[..count], odd);
                }
            }
        }
    }

    #[test]
    fn it_gives_back_what_was_put_or_nothing() {
        let mut ids = ShortIds::default();
        let id = |number: u32| ShortId::of(format!("user-{number}").as_bytes()).unwrap();
        assert_eq!(ids.get(id(0)), None);
        let found = |ids: &ShortIds, count: u32| {
            (0..count)
                .filter(|&number| ids.get(id(number)).inspect(|&back| assert_eq!(back, number)).is_some())
                .count()
        };
        for number in 0..100_000 {
            ids.put(id(number), number);
            assert_eq!(ids.get(id(number)), Some(number));
        }
        // While it may grow, hardly any has to go.
        assert!(found(&ids, 100_000) > 97_000, "{}", found(&ids, 100_000));
        for number in 100_000..2_000_000 {
            ids.put(id(number), number);
        }
        assert_eq!(ids.places.len(), MOST);
        // Every place holds one, as far as the numbers spread evenly.
        assert!(found(&ids, 2_000_000) > MOST / 2, "{}", found(&ids, 2_000_000));
    }
}
