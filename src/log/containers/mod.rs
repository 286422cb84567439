//! What a log may be packed in.

pub(crate) mod archive;
pub(crate) mod found;
