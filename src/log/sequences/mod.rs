//! Interactions, and the sequences that are made of them.

pub(crate) mod dataset;
pub(crate) mod dictionary;
pub(crate) mod filter;
pub(crate) mod item_info;
pub(crate) mod items;
pub(crate) mod options;
pub(crate) mod raw;
pub(crate) mod rows;
pub(crate) mod sequence_lines;
pub(crate) mod short_ids;
pub(crate) mod split;
pub(crate) mod summary;
