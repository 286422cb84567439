//! The interaction log: from a file's bytes to one sequence of items for each user, ready to train on.
//!
//! In: chunks of bytes of a log file (and, beside it, of a file of item titles), or the parameters of the generated example
//! shop. Out: a [`Dataset`] with its [`Summary`], or a [`LogError`] that says in one sentence what is wrong and what to do.
//! Nothing here knows tensors, browsers or files; whoever has bytes may push them.
//!
//! The way through, one module a step: `sniff` finds the separator and the header in the first 64 KiB, `roles` gives each
//! column its meaning, `records` and `sequence_lines` cut the stream, `raw` keeps it as columns of numbers, `filter` takes the
//! k-core, `dataset` puts the sequences in order of time, `split` says what is trained on and what is held back.
//!
//! Every quantity that input decides has a limit, a constant in this module, and going over it is an error in words rather
//! than an end of memory.

mod dataset;
mod delimited;
mod error;
mod example;
mod filter;
mod items;
mod raw;
mod reader;
mod records;
mod roles;
mod sequence_lines;
mod sniff;
mod split;
mod summary;
mod time;

pub use dataset::{Dataset, Item, assemble};
pub use error::LogError;
pub use example::{Example, generate};
pub use items::{ItemReader, ItemTable, looks_like_items};
pub use raw::RawLog;
pub use reader::{ReadOptions, Reader};
pub use split::{Split, query, train_part};
pub use summary::{SkippedRow, Summary};

/// Bytes from the start of a file on which its format is decided.
pub const SNIFF_BYTES: usize = 64 * 1024;
/// Most interactions that a log may have.
pub const MAX_INTERACTIONS: usize = 40_000_000;
/// Most users that a log may have.
pub const MAX_USERS: usize = 5_000_000;
/// Most items that a log, or a file of items, may have.
pub const MAX_ITEMS: usize = 2_000_000;
/// Longest identifier of a user or an item, in bytes.
pub const MAX_ID_BYTES: usize = 256;
/// Most bytes that all identifiers and titles of one file may take together.
pub const MAX_TEXT_BYTES: usize = 512 * 1024 * 1024;
/// Longest record of a file with columns, in bytes.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// Longest line of a file with one user a line, in bytes.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// Most columns that a file may have.
pub const MAX_COLUMNS: usize = 4096;
/// Longest title that is kept whole, in bytes.
pub const MAX_TITLE_BYTES: usize = 512;
/// Most genres that are told apart; the rarest beyond are left out.
pub const MAX_GENRES: usize = 256;
/// Most skipped lines that are listed one by one; all are counted.
pub const MAX_LISTED_SKIPS: usize = 100;
/// Largest share of lines, in percent, that may be skipped before the file is refused.
pub const MAX_SKIPPED_PERCENT: u64 = 5;

/// Reads a whole log that is already in memory, with its file of items where there is one: all the steps in one call.
///
/// `log` and `items` are pairs of a file name and its bytes.
pub fn read(log: (&str, &[u8]), items: Option<(&str, &[u8])>, options: &ReadOptions) -> Result<Dataset, LogError> {
    let mut reader = Reader::new(log.0, options.clone());
    reader.push(log.1)?;
    let raw = reader.finish()?;
    let table = match items {
        Some((name, bytes)) => {
            let mut reader = ItemReader::new(name);
            reader.push(bytes)?;
            Some(reader.finish()?)
        }
        None => None,
    };
    assemble(&raw, table.as_ref(), options)
}
