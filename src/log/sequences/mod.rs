//! Interactions, and the sequences that are made of them.

pub(crate) mod cleaned;
mod columns;
pub(crate) mod dataset;
pub(crate) mod dictionary;
pub(crate) mod filter;
pub(crate) mod interactions;
pub(crate) mod item_info;
pub(crate) mod items;
pub(crate) mod left_out;
pub(crate) mod options;
pub(crate) mod order;
pub(crate) mod raw;
pub(crate) mod rows;
pub(crate) mod sequence_lines;
pub(crate) mod short_ids;
pub(crate) mod sieve;
pub(crate) mod split;
pub(crate) mod spoiled;
pub(crate) mod summary;
pub(crate) mod table_reader;
pub(crate) mod titles;
pub(crate) mod warnings;
