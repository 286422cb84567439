//! Records out of each format.

pub(crate) mod cutter;
pub(crate) mod delimited;
pub(crate) mod json;
pub(crate) mod layout;
pub(crate) mod lines;
pub(crate) mod parquet;
pub(crate) mod record;
