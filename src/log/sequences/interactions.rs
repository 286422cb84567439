//! The interactions of a log in memory.
//!
//! In: user, item, rating and time of one interaction after another, as numbers and codes. Out: [`Interactions`], 16 bytes each (8
//! without times), in the order of the file.

use crate::log::MAX_RATINGS;
use crate::log::limits::MAX_NUMBERS;

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
const _: () = assert!(MAX_NUMBERS < 1 << NUMBER_BITS && MAX_RATINGS < 1 << 16);

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

    /// Adds the code of the kind of the interaction that comes next. A log has kinds with all its interactions or with none.
    pub(crate) fn push_event(&mut self, code: u8) {
        self.event.push(code);
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

    /// Bytes that they take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.packed.bytes() + self.time.bytes() + self.event.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interaction_takes_16_bytes_and_comes_back() {
        let mut interactions = Interactions::default();
        let count = 3 * BLOCK + 5;
        for n in 0..count as u32 {
            interactions.push(
                n % MAX_NUMBERS as u32,
                n % (MAX_NUMBERS as u32 - 2),
                (n % 7) as u16,
                Some(f64::from(n) / 4.0),
            );
        }
        interactions.push(MAX_NUMBERS as u32, MAX_NUMBERS as u32, NO_RATING, Some(-0.5));
        let of = |at| {
            (
                interactions.user(at),
                interactions.item(at),
                interactions.rating(at),
                interactions.time(at),
            )
        };
        assert_eq!(of(70_000), (70_000, 70_000, 0, 17_500.0));
        assert_eq!(of(count), (MAX_NUMBERS as u32, MAX_NUMBERS as u32, NO_RATING, -0.5));
        assert_eq!(interactions.pairs().count(), count + 1);
        assert!(interactions.bytes() <= (count + 1 + BLOCK) * 16, "{}", interactions.bytes());
    }
}
