//! The interaction log: from a file's bytes to one sequence of items for each user, ready to train on.
//!
//! In: chunks of bytes of a log file (and, beside it, of a file of item titles), or the parameters of the generated example
//! shop. Out: a [`Dataset`] with its [`Summary`], or a [`LogError`] that says in one sentence what is wrong and what to do.
//! Nothing here knows tensors, browsers or files; whoever has bytes may push them.
//!
//! The way through, one folder a step, each of which uses only those before it:
//!
//! - `text`: the bytes of a file at any place of it, and the first of them;
//! - `records`: cuts a stream into records, a module for each format (`delimited`, `lines`, `json`, `parquet`);
//! - `meaning`: `sniff` finds the layout in the first 64 KiB, `roles` gives each column its meaning, `time` reads times, and
//!   `mapping` is what a person may correct of that;
//! - `containers`: `archive` unpacks gzip and zip, `found` finds the log among several files, `parts` makes one of a folder;
//! - `sequences`: `rows` takes records, `raw` keeps them as columns of numbers (`dictionary` knows whose), `filter` leaves out what
//!   is not wanted, `dataset` puts the sequences in order of time, `split` says what is trained on and what is held back,
//!   `summary` tells what there is;
//! - `open` drives all of it piece by piece, through `reader` where the log is text.
//!
//! Every quantity that input decides has a limit, a constant in this module or natively what the memory allows (`limits`), and going over it is an
//! error in words rather than an end of memory.

mod containers;
mod error;
mod example;
mod limits;
mod meaning;
mod open;
mod reader;
mod records;
mod sequences;
mod text;

pub use error::LogError;
pub use example::{Example, generate, generate_log};
pub use limits::Limits;
#[cfg(not(target_arch = "wasm32"))]
pub use limits::set_memory;
pub use meaning::item_roles::looks_like_items;
pub use meaning::mapping::{Doubt, Mapping, Preview, PreviewColumn, Role};
pub use meaning::time::TimeUnit;
pub use open::{Opening, PIECE_BYTES, ReadProgress};
pub use reader::Reader;
pub use records::layout::{Layout, Separator};
pub use sequences::cleaned::{Cleaned, CleanedFormat, CleanedRow, cleaned, write_field};
pub use sequences::dataset::{Dataset, assemble};
pub use sequences::items::{Item, ItemReader, ItemTable};
pub use sequences::options::{Filter, ReadOptions, Repeats, SplitRule};
pub use sequences::raw::RawLog;
pub use sequences::split::Split;
pub use sequences::summary::{
    Counts, EventCount, FilterKind, FilterStep, LeftOut, LeftOutKind, LengthBin, SkippedRow, SplitSummary, Summary, TimeSpan,
};
pub use sequences::warnings::Warning;
pub use text::host;
pub use text::source::{ArchiveEntry, NamedSource, Source};

/// Bytes from the start of a file on which its format is decided.
pub const SNIFF_BYTES: usize = 64 * 1024;
/// Most interactions that a log may have in a tab.
pub const MAX_INTERACTIONS: usize = 40_000_000;
/// Most users that a log may have in a tab.
pub const MAX_USERS: usize = 5_000_000;
/// Most items that a log, or a file of items, may have in a tab.
pub const MAX_ITEMS: usize = 2_000_000;
/// Longest identifier of a user or an item, in bytes.
pub const MAX_ID_BYTES: usize = 256;
/// Most bytes that all identifiers and titles of one file may take together in a tab.
pub const MAX_TEXT_BYTES: usize = 512 * 1024 * 1024;
/// Longest record of a file with columns, in bytes.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// Longest line of a file with one user a line, in bytes.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// Most columns that a file may have.
pub const MAX_COLUMNS: usize = 4096;
/// Most different ratings; a column with more is hardly one of ratings.
pub const MAX_RATINGS: usize = 65_535;
/// Rows that a preview shows.
pub const PREVIEW_ROWS: usize = 8;
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
    let source = |(name, bytes): (&str, &[u8])| NamedSource {
        name: name.to_owned(),
        source: Box::new(std::io::Cursor::new(bytes.to_vec())),
    };
    let mut opening = Opening::new([Some(log), items].into_iter().flatten().map(source).collect(), options)?;
    while opening.step()? {}
    let (raw, table) = opening.finish()?;
    assemble(&raw, table.as_ref(), options)
}
