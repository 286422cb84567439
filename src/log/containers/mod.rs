//! Containers of a log: plain files, compressed ones and archives.

pub(crate) mod archive;
pub(crate) mod found;
