//! Limits of a log in memory: in a browser the constants of a tab, natively what the machine has room for.
//!
//! In: natively, once, the bytes that are free. Out: [`Limits`], which every reader holds its log to.

use crate::log::{MAX_INTERACTIONS, MAX_ITEMS, MAX_TEXT_BYTES, MAX_USERS};

/// Most users or items that have a number: an interaction packs both beside its rating into eight bytes.
pub(crate) const MAX_NUMBERS: usize = (1 << 24) - 1;

/// Most that is read of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Interactions.
    pub interactions: usize,
    /// Users.
    pub users: usize,
    /// Items, also of a file of items.
    pub items: usize,
    /// Bytes of all identifiers and titles of one file.
    pub text_bytes: usize,
}

const _: () = assert!(MAX_USERS <= MAX_NUMBERS && MAX_ITEMS <= MAX_NUMBERS);

impl Limits {
    /// Of a tab, and of a machine of which nobody knows more.
    pub const TAB: Self = Self {
        interactions: MAX_INTERACTIONS,
        users: MAX_USERS,
        items: MAX_ITEMS,
        text_bytes: MAX_TEXT_BYTES,
    };
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn limits() -> Limits {
    Limits::TAB
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::limits;
#[cfg(not(target_arch = "wasm32"))]
pub use native::set_memory;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::sync::OnceLock;

    use super::{Limits, MAX_NUMBERS};

    /// Bytes that an interaction takes at most while a log is read, filtered and put in order, with its share of what stands beside it; measured
    /// by `cargo xtask bench scale`.
    const INTERACTION_BYTES: u64 = 48;
    /// Part of the memory that identifiers and titles may take.
    const TEXT_PART: u64 = 8;
    /// Places of interactions are 32 bits wide.
    const MOST_INTERACTIONS: u64 = u32::MAX as u64 - 1;

    static LIMITS: OnceLock<Limits> = OnceLock::new();

    impl Limits {
        /// Of a machine with so many bytes free.
        pub fn of_memory(bytes: u64) -> Self {
            Self {
                interactions: (bytes / INTERACTION_BYTES).min(MOST_INTERACTIONS) as usize,
                users: MAX_NUMBERS,
                items: MAX_NUMBERS,
                text_bytes: usize::try_from(bytes / TEXT_PART).unwrap_or(usize::MAX),
            }
        }
    }

    /// Takes the limits from the bytes that are free; the first call counts.
    pub fn set_memory(bytes: u64) {
        // A second one would find the memory that the first log takes already.
        let _ = LIMITS.set(Limits::of_memory(bytes));
    }

    pub(crate) fn limits() -> Limits {
        LIMITS.get().copied().unwrap_or(Limits::TAB)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_machine_with_more_memory_reads_more() {
            let of = |gibibytes: u64| Limits::of_memory(gibibytes << 30);
            assert!(of(24).interactions > 500_000_000 && of(24).text_bytes == 3 << 30);
            assert!(of(1).interactions < Limits::TAB.interactions, "what would not fit is refused");
            assert_eq!(of(1 << 20).interactions, MOST_INTERACTIONS as usize);
            assert_eq!(limits(), Limits::TAB);
        }
    }
}
